//! Who is measured, in which order.

use crate::dtls::parameters::Parameters;
use crate::dtls::results::{Group, Results};
use crate::dtls::subject::{Subject, Work};
use crate::dtls::{dimpl, gcm, lariat, openssl, primitives, rtc};
use crate::progress::Progress;
use crate::rounds::Rounds;
use crate::versions;

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
        versions::distinct(self.subjects.iter().flat_map(|subject| &subject.versions))
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
        let summaries = rounds.measure_row(self.subjects.iter().map(|subject| subject.case(work)));
        Group { work, summaries }
    }
}

impl Default for Plan {
    fn default() -> Self {
        Self::new()
    }
}
