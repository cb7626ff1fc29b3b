//! Who is measured, in which order.

use crate::case::Case;
use crate::dtls::parameters::Parameters;
use crate::dtls::results::{Group, Results};
use crate::dtls::subject::{Subject, Work};
use crate::dtls::{dimpl, gcm, lariat, openssl, primitives, rtc};
use crate::progress::Progress;
use crate::rounds::Rounds;

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
        subjects.extend(primitives::subjects());
        subjects.extend(gcm::subjects());
        subjects.extend(dimpl::subjects());
        subjects.extend(rtc::subjects());
        let mut missing = Vec::new();
        match openssl::subject() {
            Ok(subject) => subjects.push(subject),
            Err(why) => missing.push(why),
        }
        Self { subjects, missing }
    }

    /// Has every pair shake hands and talk.
    ///
    /// # Errors
    ///
    /// Which one does not, and what it does instead.
    pub fn check(&self) -> Result<(), String> {
        let of = |subject| Parameters::all().map(move |parameters| (subject, parameters));
        self.subjects.iter().flat_map(of).try_for_each(|(s, parameters)| s.check(parameters))
    }

    /// What is measured, with versions.
    pub fn versions(&self) -> String {
        let mut versions: Vec<&str> = Vec::new();
        for version in self.subjects.iter().flat_map(|subject| &subject.versions) {
            if !versions.contains(&version.as_str()) {
                versions.push(version);
            }
        }
        versions.join(", ")
    }

    /// Measures everything, group by group.
    pub fn measure(&self, rounds: Rounds, progress: &mut Progress) -> Results<'_> {
        let mut groups = Vec::new();
        let all = Work::all().count();
        for work in Work::all() {
            progress.say(&format!("[{}/{all}] {work}", groups.len() + 1));
            groups.push(self.group(rounds, work));
        }
        Results { subjects: &self.subjects, groups }
    }

    fn group(&self, rounds: Rounds, work: Work) -> Group {
        let mut rows = Vec::new();
        let mut cases: Vec<Box<dyn Case>> = Vec::new();
        for (row, subject) in self.subjects.iter().enumerate() {
            if let Some(case) = subject.case(work) {
                rows.push(row);
                cases.push(case);
            }
        }
        let mut summaries = vec![None; self.subjects.len()];
        for (row, summary) in rows.into_iter().zip(rounds.measure(&mut cases)) {
            summaries[row] = Some(summary);
        }
        Group { work, summaries }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::new()
    }
}
