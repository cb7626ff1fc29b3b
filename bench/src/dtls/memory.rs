//! How much memory a connection takes, as the system sees it: libraries in C take theirs past
//! Rust's allocator.
//!
//! Each case is a process of its own, the same program with [`OPTION`]. It makes many connections,
//! and the growth of its resident memory is divided by their number. What handshakes gave back is
//! in that only as far as nothing else could use it.

use std::any::Any;
use std::env;
use std::fmt;
use std::fs;
use std::process::Command;

use crate::dtls::lariat::{self, Lariat};
use crate::dtls::pair::End;
use crate::dtls::parameters::{Parameters, Version};
use crate::dtls::plan::Plan;
use crate::dtls::subject::{Role, Subject};
use crate::figure::{Bound, Figure};
use crate::progress::Progress;
use crate::table::Table;

/// What the program is told to measure one case: its number among [`cases`], and how many
/// connections to make.
pub const OPTION: &str = "--memory";

/// How many connections are made.
const CONNECTIONS: usize = 10_000;

/// How many hellos are spoofed.
const HELLOS: usize = 100_000;

/// What an idle connection may take at most, in KiB.
const IDLE: f64 = 16.0;

/// What is held, and measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// One end of a connection on which all is said.
    Idle(Version, End),
    /// A server that got one hello of 1.3, with a key of X25519MLKEM768, and has answered.
    HalfOpen,
    /// What is left of hellos from addresses that are not theirs, behind a gate.
    Spoofed,
}

/// A case of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Among the plan's.
    row: usize,
    held: Held,
}

/// All that was measured.
pub struct Memory(Vec<(Case, Option<f64>)>);

/// All cases of a plan, in the order of their numbers.
fn cases(plan: &Plan) -> Vec<Case> {
    let mut cases = Vec::new();
    for (row, subject) in plan.subjects.iter().enumerate() {
        let Some(stack) = subject.stack() else { continue };
        let versions = Version::ALL.into_iter();
        for version in versions.filter(|version| stack.pair(Parameters::of(*version)).is_some()) {
            let ends = [End::Client, End::Server].into_iter();
            cases.extend(ends.map(|end| Case { row, held: Held::Idle(version, end) }));
        }
        if subject.role == Role::Lariat {
            cases.extend([Held::HalfOpen, Held::Spoofed].map(|held| Case { row, held }));
        }
    }
    cases
}

/// Measures the case that the program was started for, if it was, and says the result.
pub fn answer() -> Option<()> {
    let mut arguments = env::args().skip_while(|argument| argument != OPTION).skip(1);
    let mut number = || arguments.next()?.parse::<usize>().ok();
    let (case, count) = (number()?, number()?);
    let plan = Plan::new();
    let Case { row, held } = *cases(&plan).get(case)?;
    let subject = &plan.subjects[row];
    let bytes = match held {
        Held::Idle(version, end) => {
            let stack = subject.stack()?;
            grown(count, || {
                let mut pair = stack.pair(Parameters::of(version)).expect("it was there before");
                pair.handshake().expect("it worked before");
                pair.keep(end)
            })
        }
        Held::HalfOpen => {
            let half_open = of_lariat(subject)?.half_open();
            grown(count, || Box::new(half_open()))
        }
        Held::Spoofed => {
            let mut gate = of_lariat(subject)?.gate();
            let mut address = 0_u64;
            grown(count, || {
                address += 1;
                gate(&address.to_be_bytes());
                Box::new(())
            })
        }
    };
    println!("{}", bytes?);
    Some(())
}

fn of_lariat(subject: &Subject) -> Option<Lariat> {
    let is_of = |(backend, _): &(&str, _)| subject.backend == Some(*backend);
    lariat::backends().into_iter().find(is_of).map(|(_, provider)| Lariat::new(provider))
}

/// By how many bytes the process grows with each thing that is made.
fn grown(count: usize, mut make: impl FnMut() -> Box<dyn Any>) -> Option<f64> {
    // The list has its memory before anything is put on it.
    let mut kept: Vec<Box<dyn Any>> = Vec::new();
    kept.resize_with(count + count / 10, || Box::new(()));
    kept.clear();
    // The first ones make room for what is done while one is made.
    kept.extend((0..count / 10).map(|_| make()));
    let before = resident()?;
    kept.extend((0..count).map(|_| make()));
    Some((resident()? - before) / count as f64)
}

/// How much of the machine's memory this process has, in bytes. Only Linux tells.
fn resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? * 1024.0)
}

impl Memory {
    /// Has every case measured; `quick` with a tenth of the connections.
    pub fn measure(plan: &Plan, quick: bool, progress: &mut Progress) -> Self {
        let cases = cases(plan);
        let all = cases.len();
        let measured = cases.into_iter().enumerate().map(|(number, case)| {
            progress.say(&format!("[{}/{all}] memory", number + 1));
            let count = if case.held == Held::Spoofed { HELLOS } else { CONNECTIONS };
            (case, ask(number, if quick { count / 10 } else { count }))
        });
        Self(measured.collect())
    }

    /// Of all stacks.
    pub fn table(&self, plan: &Plan) -> Table {
        let of_version = |version: Version| (version.to_string(), vec!["client", "server"]);
        let mut groups = Version::ALL.map(of_version).to_vec();
        groups.push(("one hello".to_owned(), vec!["server"]));
        groups.push(("spoofed hello".to_owned(), vec!["gate"]));
        let columns = Version::ALL
            .into_iter()
            .flat_map(|version| [End::Client, End::Server].map(|end| Held::Idle(version, end)));
        let columns: Vec<Held> = columns.chain([Held::HalfOpen, Held::Spoofed]).collect();
        let stacks = plan.subjects.iter().enumerate().filter(|(_, s)| s.stack().is_some());
        let row = |(row, subject): (usize, &Subject)| {
            let cell = |held: &Held| match self.kib(Case { row, held: *held }) {
                Some(kib) => format!("{kib:.1}"),
                None => "–".to_owned(),
            };
            (subject.name.clone(), columns.iter().map(cell).collect())
        };
        let title = "KiB of memory, each".to_owned();
        Table { title, groups, rows: stacks.map(row).collect() }
    }

    /// What Lariat is to reach.
    pub fn figures(&self, plan: &Plan) -> Vec<Figure> {
        let ours = self.0.iter().filter(|(case, _)| plan.subjects[case.row].role == Role::Lariat);
        let figure = |(case, _): &(Case, _)| Figure {
            name: format!("{}, {}: KiB", case.held, plan.subjects[case.row].backend.unwrap_or("")),
            bound: match case.held {
                Held::Idle(..) | Held::HalfOpen => Bound::AtMost(IDLE),
                // A page or two that the system gives to all of them is not one's.
                Held::Spoofed => Bound::Below(0.001),
            },
            value: self.kib(*case),
        };
        ours.map(figure).collect()
    }

    fn kib(&self, wanted: Case) -> Option<f64> {
        let (_, bytes) = self.0.iter().find(|(case, _)| *case == wanted)?;
        Some((*bytes)? / 1024.0)
    }
}

/// What the program says when it is started for this case.
fn ask(case: usize, count: usize) -> Option<f64> {
    let arguments = [OPTION, &case.to_string(), &count.to_string()].map(str::to_owned);
    let output = Command::new(env::current_exe().ok()?).args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Idle(version, End::Client) => write!(f, "idle client, {version}"),
            Self::Idle(version, End::Server) => write!(f, "idle server, {version}"),
            Self::HalfOpen => f.write_str("server after one hello"),
            Self::Spoofed => f.write_str("spoofed hello with a gate"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_makes_the_process_grow() {
        let bytes = grown(1_000, || Box::new(vec![1_u8; 100_000])).expect("Linux tells");
        assert!((90_000.0..150_000.0).contains(&bytes), "{bytes}");
    }

    #[test]
    fn every_case_has_one_number() {
        let cases = cases(&Plan::new());
        assert!(cases.iter().all(|case| cases.iter().filter(|other| *other == case).count() == 1));
        assert!(cases.iter().any(|case| case.held == Held::Spoofed));
    }
}
