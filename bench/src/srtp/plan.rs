//! Who is measured at what, in which order, and what the numbers make of it.

use std::fmt::Write as _;

use crate::figure::ratio;
use crate::progress::Progress;
use crate::rounds::Rounds;
use crate::srtp::check::Trouble;
use crate::srtp::profile::Profile;
use crate::srtp::raw::{Limit, composite, gcm};
use crate::srtp::subject::{Operation, Role, Subject, copies};
use crate::srtp::{lariat, libsrtp, rtc, rustrtc, str0m};
use crate::summary::Summary;
use crate::table::Table;
use crate::versions;

/// Bytes of payload.
pub const PAYLOADS: [usize; 3] = [160, 1_200, 8_000];

const OPERATIONS: [Operation; 2] = [Operation::Protect, Operation::Unprotect];

/// Everybody, and who should be there and is not.
pub struct Plan {
    /// In the order of the tables.
    pub subjects: Vec<Subject>,
    /// Who is not there, and why.
    pub missing: Vec<String>,
}

impl Plan {
    /// Of all subjects.
    pub fn new() -> Self {
        let mut subjects = lariat::subjects();
        subjects.extend(limits());
        let mut missing = Vec::new();
        match libsrtp::subject() {
            Ok(subject) => subjects.push(subject),
            Err(why) => missing.push(why),
        }
        subjects.push(str0m::subject());
        subjects.extend(rtc::subjects());
        subjects.push(rustrtc::subject());
        subjects.push(copies());
        Self { subjects, missing }
    }

    /// Holds everybody to the same packets.
    ///
    /// # Errors
    ///
    /// [`Trouble`] that names who makes or takes others.
    pub fn check(&self) -> Result<(), Trouble> {
        for subject in &self.subjects {
            for profile in Profile::ALL {
                subject.check(profile).map_err(|trouble| {
                    Trouble::new(format!("{}, {profile}: {trouble}", subject.name))
                })?;
            }
        }
        Ok(())
    }

    /// What is measured, with versions.
    pub fn versions(&self) -> String {
        versions::distinct(self.subjects.iter().flat_map(|subject| &subject.versions))
    }

    /// Measures everything, group by group.
    pub fn measure(&self, rounds: Rounds, progress: &mut Progress) -> Results<'_> {
        let mut groups = Vec::new();
        let all = Profile::ALL.len() * OPERATIONS.len() * PAYLOADS.len();
        for profile in Profile::ALL {
            for operation in OPERATIONS {
                for payload in PAYLOADS {
                    let number = groups.len() + 1;
                    let what = format!("{profile}, {operation}, {} bytes", thousands(payload));
                    progress.say(&format!("[{number}/{all}] {what}"));
                    groups.push(self.group(rounds, profile, operation, payload));
                }
            }
        }
        Results { subjects: &self.subjects, groups }
    }

    fn group(
        &self,
        rounds: Rounds,
        profile: Profile,
        operation: Operation,
        payload: usize,
    ) -> Group {
        let case = |subject: &Subject| subject.case(profile, operation, payload);
        let summaries = rounds.measure_row(self.subjects.iter().map(case));
        Group { profile, operation, payload, summaries }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::new()
    }
}

/// The ciphers alone.
fn limits() -> Vec<Subject> {
    let limit = |name: &str| format!("limit: {name}");
    let (ring, aws_lc_rs) = (Limit::new(gcm::Ring::new), Limit::new(gcm::AwsLcRs::new));
    let rust_crypto = Limit::new(composite::RustCrypto::new);
    let aws_lc_rs_cm = Limit::new(composite::AwsLcRs::new);
    vec![
        Subject::new(limit("ring"), Role::Limit, Some("ring"), ring).of(&["ring"]),
        Subject::new(limit("aws-lc-rs"), Role::Limit, Some("aws-lc-rs"), aws_lc_rs)
            .of(&["aws-lc-rs"]),
        Subject::new(limit("RustCrypto"), Role::Limit, None, rust_crypto)
            .of(&["aes", "ctr", "hmac", "sha1"]),
        Subject::new(limit("aws-lc-rs"), Role::Limit, None, aws_lc_rs_cm).of(&["aws-lc-rs"]),
    ]
}

/// What was measured.
pub struct Results<'a> {
    subjects: &'a [Subject],
    groups: Vec<Group>,
}

/// What is compared: one profile, operation and length.
struct Group {
    profile: Profile,
    operation: Operation,
    payload: usize,
    /// By subject.
    summaries: Vec<Option<Summary>>,
}

/// One cell: a subject at one profile, operation and length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The profile.
    pub profile: Profile,
    /// The operation.
    pub operation: Operation,
    /// Bytes of payload.
    pub payload: usize,
}

impl Results<'_> {
    /// Nanoseconds per packet of the fastest subject that is wanted, if there is one.
    pub fn best(&self, place: Place, wanted: impl Fn(&Subject) -> bool) -> Option<f64> {
        let group = self.groups.iter().find(|group| group.place() == place)?;
        let rows = self.subjects.iter().zip(&group.summaries);
        let medians = rows.filter(|(subject, _)| wanted(subject)).filter_map(|(_, s)| *s);
        medians.map(|summary| summary.median).min_by(f64::total_cmp)
    }

    /// The limit of whoever uses `backend`: the same library's cipher alone if it was measured,
    /// else the fastest one.
    pub fn limit(&self, place: Place, backend: Option<&str>) -> Option<f64> {
        let is_limit = |subject: &Subject| subject.role == Role::Limit;
        let own = |subject: &Subject| {
            is_limit(subject) && backend.is_some() && subject.backend == backend
        };
        self.best(place, own).or_else(|| self.best(place, is_limit))
    }

    /// The fastest peer.
    pub fn peer(&self, place: Place) -> Option<f64> {
        self.best(place, |subject| subject.role == Role::Peer)
    }

    /// Lariat on `backend`, one packet at a time or in runs.
    pub fn lariat(&self, place: Place, backend: &str, role: Role) -> Option<f64> {
        self.best(place, |subject| subject.role == role && subject.backend == Some(backend))
    }

    /// A table for each profile and operation.
    pub fn tables(&self) -> Vec<Table> {
        let pairs = Profile::ALL.into_iter().flat_map(|p| OPERATIONS.map(|o| (p, o)));
        pairs.map(|(profile, operation)| self.table(profile, operation)).collect()
    }

    fn table(&self, profile: Profile, operation: Operation) -> Table {
        let groups: Vec<&Group> = self
            .groups
            .iter()
            .filter(|group| group.profile == profile && group.operation == operation)
            .collect();
        let head = |group: &&Group| {
            let name = format!("{} bytes", thousands(group.payload));
            (name, vec!["ns", "±%", "×limit", "×peer"])
        };
        let mut rows = Vec::new();
        for (row, subject) in self.subjects.iter().enumerate() {
            if groups.iter().any(|group| group.summaries[row].is_some()) {
                let cells = groups.iter().flat_map(|group| self.cells(group, row));
                rows.push((subject.name.clone(), cells.collect()));
            }
        }
        let title = format!("{profile}, {operation}");
        Table { title, groups: groups.iter().map(head).collect(), rows }
    }

    fn cells(&self, group: &Group, row: usize) -> [String; 4] {
        let Some(summary) = group.summaries[row] else {
            return ["–"; 4].map(str::to_owned);
        };
        let subject = &self.subjects[row];
        let place = group.place();
        let share = |whole: Option<f64>| {
            let value = ratio(Some(summary.median), whole).filter(|_| subject.role != Role::Share);
            value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
        };
        [
            format!("{:.1}", summary.median),
            format!("{:.1}", summary.noise() * 100.0),
            share(self.limit(place, subject.backend)),
            share(self.peer(place)),
        ]
    }
}

impl Group {
    fn place(&self) -> Place {
        Place { profile: self.profile, operation: self.operation, payload: self.payload }
    }
}

/// A number with commas.
pub fn thousands(number: usize) -> String {
    let mut text = String::new();
    let digits = number.to_string();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        let _ = text.write_char(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(role: Role, backend: Option<&'static str>) -> Subject {
        Subject::with("", role, backend, Box::new(|_, _, _| None), Box::new(|_| Ok(())))
    }

    #[test]
    fn a_subject_is_compared_with_its_own_limit_and_the_fastest_peer() {
        let subjects = [
            subject(Role::Lariat, Some("ring")),
            subject(Role::Limit, Some("ring")),
            subject(Role::Limit, Some("aws-lc-rs")),
            subject(Role::Peer, None),
            subject(Role::Peer, Some("ring")),
            subject(Role::Share, None),
        ];
        let place = Place { profile: Profile::Gcm128, operation: Operation::Protect, payload: 160 };
        let summary = |median| Some(Summary { lower: median, median, upper: median });
        let group = Group {
            profile: place.profile,
            operation: place.operation,
            payload: place.payload,
            summaries: vec![
                summary(220.0),
                summary(200.0),
                summary(100.0),
                None,
                summary(440.0),
                None,
            ],
        };
        let results = Results { subjects: &subjects, groups: vec![group] };
        assert_eq!(results.limit(place, Some("ring")), Some(200.0));
        assert_eq!(results.limit(place, None), Some(100.0));
        assert_eq!(results.peer(place), Some(440.0));
        assert_eq!(results.lariat(place, "aws-lc-rs", Role::Lariat), None);
        let table = &results.tables()[0];
        assert_eq!(table.rows[0].1, ["220.0", "0.0", "1.10", "0.50"]);
        assert_eq!(results.peer(Place { payload: 1_200, ..place }), None);
    }

    #[test]
    fn large_numbers_have_commas() {
        assert_eq!([160, 1_200, 1_000_000].map(thousands), ["160", "1,200", "1,000,000"]);
    }
}
