//! Instruction counts of a few cases: they are the same on a busy machine, so that a change shows
//! that a clock would miss.
//!
//! Valgrind runs the program on a processor of its own making, which has fewer extensions than
//! the machine's. Libraries may take other code there than they would; the counts compare Lariat
//! with itself, not with the clock.

use std::fmt::Write as _;
use std::fs;

use toml::{Table, Value};

use super::{cargo, debian, openssl, root_path};
use crate::steps::{Failure, Step, target_folder, timed};

const KEPT: &str = "bench/instructions.toml";
const PROGRAM: &str = "srtp_instructions";

/// The function of the program that is counted, wherever its name ends up.
const COUNTED: &str = "*counted_pass*";

/// By how many in a hundred a count may grow.
const ALLOWED: u64 = 2;

/// What was counted: the processor's extensions, and instructions per packet by case.
struct Counts {
    extensions: String,
    cases: Vec<(String, u64)>,
}

/// Counts, and compares with what was kept.
///
/// # Errors
///
/// If a count grew by more than [`ALLOWED`], or if another set of cases was kept.
pub(crate) fn compare() -> Result<(), Failure> {
    let counts = count()?;
    let text = fs::read_to_string(root_path(KEPT))
        .map_err(|error| Failure::new(format!("{KEPT}: {error}")))?;
    let kept: Table = text.parse().map_err(|error| Failure::new(format!("{KEPT}: {error}")))?;
    let (report, grown) = compared(&counts, &kept);
    println!(
        "\nInstructions per packet; the processor as valgrind shows it: {}",
        counts.extensions
    );
    println!("{report}");
    match grown {
        0 => Ok(()),
        _ => Err(Failure::new(format!(
            "{grown} counts are missing, or more than {} % above {KEPT}; if that is meant, \
             cargo xtask bench srtp --instructions --write",
            ALLOWED
        ))),
    }
}

/// Counts, and keeps it.
pub(crate) fn write() -> Result<(), Failure> {
    let counts = count()?;
    let (compiler, _) = Step::new("rustc", "rustc").args(&["--version"]).output()?;
    let mut text = String::from(
        "# Instructions per packet under callgrind; \
         `cargo xtask bench srtp --instructions --write`.\n",
    );
    let _ = writeln!(text, "compiler = {:?}", compiler.trim());
    let _ = writeln!(text, "extensions = {:?}\n\n[srtp]", counts.extensions);
    for (case, count) in &counts.cases {
        let _ = writeln!(text, "{case:?} = {count}");
    }
    fs::write(root_path(KEPT), text).map_err(|error| Failure::new(format!("{KEPT}: {error}")))
}

/// A line for each case, and how many of them are worse than they may be.
fn compared(counts: &Counts, kept: &Table) -> (String, usize) {
    let kept_of = |case: &str| u64::try_from(kept.get("srtp")?.get(case)?.as_integer()?).ok();
    let widest = counts.cases.iter().map(|(case, _)| case.chars().count()).max();
    let widest = widest.unwrap_or_default();
    let (mut report, mut worse) = (String::new(), 0);
    for (case, count) in &counts.cases {
        let (change, mark) = match kept_of(case) {
            Some(kept) => {
                let percent = (*count as f64 / kept as f64 - 1.0) * 100.0;
                let is_worse = *count * 100 > kept * (100 + ALLOWED);
                (format!("{percent:+.2} %"), if is_worse { "  WORSE" } else { "" })
            }
            None => ("not kept".to_owned(), "  MISSING"),
        };
        worse += usize::from(!mark.is_empty());
        let _ = writeln!(report, "{case:<widest$}  {count:>8}  {change:>9}{mark}");
    }
    let same = kept.get("extensions").and_then(Value::as_str) == Some(&counts.extensions);
    if !same {
        report.push_str("The kept counts are of another processor: compare with care.\n");
    }
    (report, worse)
}

fn count() -> Result<Counts, Failure> {
    debian::install("bench", &debian::absent(&[(&["valgrind"], &["valgrind"])]))?;
    openssl()?;
    let build = ["build", "--release", "--example", PROGRAM];
    cargo("bench: building what is counted", &build).run()?;
    timed("bench: counting instructions", count_cases)
}

fn count_cases() -> Result<Counts, Failure> {
    let program = target_folder().join("bench/release/examples").join(PROGRAM);
    let program = program.to_string_lossy();
    let callgrind = |argument: &str| {
        let toggle = format!("--toggle-collect={COUNTED}");
        let tool = ["--tool=callgrind", &toggle, "--callgrind-out-file=/dev/null"];
        Step::new(argument, "valgrind").args(&tool).args(&[&*program, argument]).output()
    };
    let (said, _) = callgrind("--list")?;
    let (extensions, names) = said.split_once('\n').unwrap_or_default();
    let mut cases = Vec::new();
    for case in names.lines() {
        let (packets, errors) = callgrind(case)?;
        let count = per_packet(&packets, &errors)
            .ok_or_else(|| Failure::new(format!("{case}: nothing was counted\n{errors}")))?;
        cases.push((case.to_owned(), count));
    }
    Ok(Counts { extensions: extensions.to_owned(), cases })
}

/// Out of the number of packets that the program tells, and what callgrind tells in the end.
fn per_packet(packets: &str, errors: &str) -> Option<u64> {
    let packets: u64 = packets.trim().parse().ok()?;
    let collected = errors.lines().find_map(|line| line.split_once("Collected : "))?;
    let collected: u64 = collected.1.trim().parse().ok()?;
    (collected > 0).then_some(())?;
    collected.checked_div(packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(count: u64) -> usize {
        let kept = "extensions = \"aes\"\n[srtp]\n\"a\" = 1000".parse().unwrap();
        let counts = Counts { extensions: "aes".to_owned(), cases: vec![("a".to_owned(), count)] };
        compared(&counts, &kept).1
    }

    #[test]
    fn counts_may_grow_by_two_in_a_hundred_and_shrink_at_will() {
        assert_eq!([500, 1_000, 1_020, 1_021].map(grown), [0, 0, 0, 1]);
    }

    #[test]
    fn a_case_that_was_not_kept_is_no_success() {
        let counts = Counts { extensions: String::new(), cases: vec![("b".to_owned(), 1)] };
        let (report, worse) = compared(&counts, &Table::new());
        assert_eq!(worse, 1);
        assert!(report.contains("not kept  MISSING"), "{report}");
        assert!(report.contains("another processor"), "{report}");
    }

    #[test]
    fn what_callgrind_says_is_shared_among_packets() {
        let errors = "==1== \n==1== Collected : 320\n==1== I   refs:      320\n";
        assert_eq!(per_packet("32\n", errors), Some(10));
        assert_eq!(per_packet("32\n", "==1== Collected : 0\n"), None);
        assert_eq!(per_packet("32\n", ""), None);
        assert_eq!(per_packet("", errors), None);
    }
}
