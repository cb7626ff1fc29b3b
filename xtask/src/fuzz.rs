//! `cargo xtask fuzz`: builds the fuzz targets and runs each for some seconds.

use std::fs;

use crate::steps::{Failure, Step, target_folder};

pub(crate) const DEFAULT_SECONDS: u32 = 5;

const CARGO_FUZZ: &str = "0.13.2";

/// Which compiler builds the targets: coverage and sanitizers are not stable features.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Compiler {
    Nightly,
    /// The default one, told to accept unstable features: it has the same sanitizers.
    Bootstrap,
}

pub(crate) fn run(seconds: u32, names: &[&str]) -> Result<(), Failure> {
    if !Step::cargo("", &["fuzz", "--version"]).succeeds() {
        let install = ["install", "--locked", "cargo-fuzz", "--version", CARGO_FUZZ];
        Step::cargo(format!("installing cargo-fuzz {CARGO_FUZZ}"), &install).run()?;
    }
    let nightly = Step::cargo("", &["+nightly", "--version"]).succeeds();
    let compiler = if nightly { Compiler::Nightly } else { Compiler::Bootstrap };
    compiler.cargo_fuzz("fuzz: building", &["build"]).run()?;
    for target in targets(names)? {
        let corpus = target_folder().join("fuzz-corpus").join(&target);
        fs::create_dir_all(&corpus)
            .map_err(|error| Failure::new(format!("{}: {error}", corpus.display())))?;
        let limit = format!("-max_total_time={seconds}");
        let corpus = corpus.to_string_lossy();
        // What was found may stay; what is found wrong goes to fuzz/artifacts, for `cargo fuzz
        // run`.
        let run = ["run", &target, &corpus, "--", &limit, "-timeout=10", "-rss_limit_mb=2048"];
        compiler.cargo_fuzz(&format!("fuzz: {target}, {seconds} s"), &run).run()?;
    }
    Ok(())
}

impl Compiler {
    fn cargo_fuzz(self, name: &str, arguments: &[&str]) -> Step {
        let step = match self {
            Self::Nightly => Step::cargo(name, &["+nightly", "fuzz"]),
            Self::Bootstrap => Step::cargo(name, &["fuzz"]).env("RUSTC_BOOTSTRAP", "1"),
        };
        let (verb, rest) = arguments.split_first().expect("cargo fuzz is called with a verb");
        let target_dir = target_folder().join("fuzz");
        let target_dir = target_dir.to_string_lossy();
        step.args(&[verb, "--target-dir", &target_dir]).args(rest)
    }
}

/// The names of the targets: those that are asked for, or all.
fn targets(names: &[&str]) -> Result<Vec<String>, Failure> {
    if !names.is_empty() {
        return Ok(names.iter().map(|&name| name.to_owned()).collect());
    }
    let folder = lariat_conformance::root().join("fuzz/fuzz_targets");
    let unreadable = |error| Failure::new(format!("{}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}
