//! `cargo xtask ci`: everything that CI holds a change to.

use crate::steps::{self, Failure, Step};
use crate::{bench, conformance, fuzz, interop, tidy};

/// Whether the workspace's tests are part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tests {
    /// They are.
    Run,
    /// They ran before.
    Skip,
}

pub(crate) fn run(tests: Tests) -> Result<(), Failure> {
    let started = steps::now();
    tidy::run()?;
    for workspace in ["Cargo.toml", "interop/Cargo.toml", "bench/Cargo.toml", "fuzz/Cargo.toml"] {
        Step::cargo(
            format!("formatting: {workspace}"),
            &["fmt", "--all", "--check", "--manifest-path", workspace],
        )
        .run()?;
    }
    let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    Step::cargo("clippy", &clippy).run()?;
    Step::cargo("documentation", &["doc", "--workspace", "--no-deps", "--locked"])
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    if tests == Tests::Run {
        Step::cargo("tests", &["test", "--workspace", "--locked"]).run()?;
    }
    // The second backend is no default feature, for AWS-LC takes a minute to compile.
    let backends = ["-p", "lariat-crypto", "--features", "aws-lc-rs,fake", "--locked"];
    Step::cargo("clippy of every backend", &["clippy", "--all-targets"])
        .args(&backends)
        .args(&["--", "-D", "warnings"])
        .run()?;
    Step::cargo("tests of every backend", &["test"]).args(&backends).run()?;
    conformance::print()?;
    // The benches are run by hand, and are to compile when somebody wants them.
    bench::clippy()?;
    fuzz::clippy()?;
    fuzz::run(fuzz::DEFAULT_SECONDS, &[])?;
    interop::run(&[])?;
    steps::total("ci", started);
    Ok(())
}
