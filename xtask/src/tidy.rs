//! `cargo xtask tidy`: the rules of the house that no compiler knows.

mod arrows;
mod sources;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::steps::{Failure, Step, timed};

pub(crate) fn run() -> Result<(), Failure> {
    timed("tidy", || match check(&lariat_conformance::root())?.as_slice() {
        [] => Ok(()),
        problems => Err(Failure::new(problems.join("\n"))),
    })
}

/// Breaks comments that are too wide, which only a nightly rustfmt can.
pub(crate) fn fix() -> Result<(), Failure> {
    let widths = format!("wrap_comments=true,comment_width={}", sources::MAX_COLUMNS);
    Step::cargo("breaking wide comments", &["+nightly", "fmt", "--all", "--", "--config", &widths])
        .run()?;
    Step::cargo("formatting", &["fmt", "--all"]).run()?;
    run()
}

/// Everything in the checkout at `root` that is not as it should be, a line for each.
fn check(root: &Path) -> Result<Vec<String>, Failure> {
    let mut problems = Vec::new();
    for name in tracked_files(root)? {
        // What is no text holds no lines to check; what was deleted is no problem of this kind.
        if let Ok(text) = fs::read_to_string(root.join(&name)) {
            sources::check(&name, &text, &mut problems);
        }
    }
    arrows::check(root, &mut problems)?;
    Ok(problems)
}

/// The files of the project: those that git tracks, and new ones that it would.
fn tracked_files(root: &Path) -> Result<Vec<String>, Failure> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| Failure::new(format!("git ls-files: {error}")))?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_project_is_tidy() {
        let problems = check(&lariat_conformance::root()).unwrap();
        assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    }
}
