//! What was measured, and what the numbers make of it.

use crate::dtls::DATA_LEN;
use crate::dtls::parameters::{Parameters, Version};
use crate::dtls::subject::{Role, Subject, Work};
use crate::figure::ratio;
use crate::srtp::plan::thousands;
use crate::summary::Summary;
use crate::table::Table;

/// What was measured.
pub struct Results<'a> {
    pub(super) subjects: &'a [Subject],
    pub(super) groups: Vec<Group>,
}

/// What is compared: everybody at the same work.
pub(super) struct Group {
    pub(super) work: Work,
    /// In nanoseconds, by subject.
    pub(super) summaries: Vec<Option<Summary>>,
}

impl Results<'_> {
    /// Nanoseconds of the fastest subject that is wanted, if there is one.
    fn best(&self, work: Work, wanted: impl Fn(&Subject) -> bool) -> Option<f64> {
        let group = self.groups.iter().find(|group| group.work == work)?;
        let rows = self.subjects.iter().zip(&group.summaries);
        let medians = rows.filter(|(subject, _)| wanted(subject)).filter_map(|(_, s)| *s);
        medians.map(|summary| summary.median).min_by(f64::total_cmp)
    }

    /// The limit of whoever uses `backend`: that of the same library if it was measured, else the
    /// lowest one.
    pub fn limit(&self, work: Work, backend: Option<&str>) -> Option<f64> {
        let is_limit = |subject: &Subject| subject.role == Role::Limit;
        let is_own = |subject: &Subject| {
            is_limit(subject) && backend.is_some() && subject.backend == backend
        };
        self.best(work, is_own).or_else(|| self.best(work, is_limit))
    }

    /// The fastest peer, if one does this at all.
    pub fn peer(&self, work: Work) -> Option<f64> {
        self.best(work, |subject| subject.role == Role::Peer)
    }

    /// The fastest peer on `backend`, if there is one.
    pub fn peer_on(&self, work: Work, backend: &str) -> Option<f64> {
        self.best(work, |s| s.role == Role::Peer && s.backend == Some(backend))
    }

    /// Lariat on its faster backend.
    pub fn fastest_lariat(&self, work: Work) -> Option<f64> {
        self.best(work, |subject| subject.role == Role::Lariat)
    }

    /// Lariat on `backend`.
    pub fn lariat(&self, work: Work, backend: &str) -> Option<f64> {
        self.best(work, |s| s.role == Role::Lariat && s.backend == Some(backend))
    }

    /// One for the handshakes and one for the records of each version.
    pub fn tables(&self) -> Vec<Table> {
        let of = |version: Version| [self.handshakes(version), self.records(version)];
        Version::ALL.into_iter().flat_map(of).collect()
    }

    fn handshakes(&self, version: Version) -> Table {
        let columns = version
            .groups()
            .map(|group| (group.to_string(), Work::Handshake(Parameters { version, group })));
        let labels = ["per s", "µs", "±%", "×limit", "×peer"];
        self.table(format!("{version}, handshakes"), &labels, columns, |summary| {
            [format!("{:.0}", 1e9 / summary.median), format!("{:.1}", summary.median / 1e3)]
        })
    }

    fn records(&self, version: Version) -> Table {
        let columns = [
            ("send".to_owned(), Work::Send(version)),
            ("receive".to_owned(), Work::Receive(version)),
        ];
        let title = format!("{version}, records of {} bytes", thousands(DATA_LEN));
        self.table(title, &["ns", "±%", "×limit", "×peer"], columns, |summary| {
            [format!("{:.1}", summary.median)]
        })
    }

    fn table<const N: usize>(
        &self,
        title: String,
        labels: &[&'static str],
        columns: [(String, Work); 2],
        told: impl Fn(&Summary) -> [String; N],
    ) -> Table {
        let works = columns.each_ref().map(|(_, work)| *work);
        let groups: Vec<&Group> =
            self.groups.iter().filter(|group| works.contains(&group.work)).collect();
        let mut rows = Vec::new();
        for (row, subject) in self.subjects.iter().enumerate() {
            if groups.iter().all(|group| group.summaries[row].is_none()) {
                continue;
            }
            let cells = groups.iter().flat_map(|group| match &group.summaries[row] {
                Some(summary) => {
                    let mut cells = told(summary).to_vec();
                    cells.extend(self.compared(group.work, subject, summary));
                    cells
                }
                None => vec!["–".to_owned(); labels.len()],
            });
            rows.push((subject.name.clone(), cells.collect()));
        }
        let groups = columns.map(|(name, _)| (name, labels.to_vec())).to_vec();
        Table { title, groups, rows }
    }

    fn compared(&self, work: Work, subject: &Subject, summary: &Summary) -> [String; 3] {
        let share = |whole: Option<f64>| {
            let value = ratio(Some(summary.median), whole).filter(|_| subject.role != Role::Part);
            value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
        };
        [
            format!("{:.1}", summary.noise() * 100.0),
            share(self.limit(work, subject.backend)),
            share(self.peer(work)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(role: Role) -> Subject {
        Subject::new("", role, |_| None)
    }

    #[test]
    fn a_handshake_is_compared_with_its_own_limit_and_the_fastest_peer() {
        let subjects = [
            subject(Role::Lariat).on("ring"),
            subject(Role::Limit).on("ring"),
            subject(Role::Limit).on("aws-lc-rs"),
            subject(Role::Part).on("ring"),
            subject(Role::Peer),
            subject(Role::Peer).on("aws-lc-rs"),
        ];
        let summary = |median| Some(Summary { lower: median, median, upper: median });
        let groups = Version::V12.groups().map(|group| Group {
            work: Work::Handshake(Parameters { version: Version::V12, group }),
            summaries: vec![
                summary(250_000.0),
                summary(200_000.0),
                summary(100_000.0),
                summary(20_000.0),
                None,
                summary(500_000.0),
            ],
        });
        let work = groups[0].work;
        let results = Results { subjects: &subjects, groups: groups.into() };
        assert_eq!(results.limit(work, Some("ring")), Some(200_000.0));
        assert_eq!(results.limit(work, None), Some(100_000.0));
        assert_eq!(results.peer(work), Some(500_000.0));
        assert_eq!(results.peer_on(work, "aws-lc-rs"), Some(500_000.0));
        assert_eq!(results.peer_on(work, "ring"), None);
        assert_eq!(results.fastest_lariat(work), Some(250_000.0));
        assert_eq!(results.lariat(work, "aws-lc-rs"), None);
        let rows = &results.tables()[0].rows;
        assert_eq!(rows[0].1[..5], ["4000", "250.0", "0.0", "1.25", "0.50"]);
        assert_eq!(rows[3].1[3..5], ["–", "–"]);
        assert_eq!(rows.len(), 5);
        assert_eq!(results.peer(Work::Send(Version::V13)), None);
    }
}
