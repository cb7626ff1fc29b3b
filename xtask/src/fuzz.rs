//! `cargo xtask fuzz`: builds the fuzz targets and runs each for some seconds.

use std::fs;

use crate::steps::{Failure, Step, target_folder};

pub(crate) const DEFAULT_SECONDS: u32 = 5;

/// Files of the tests that a target starts from too, beside its own in `fuzz/seeds`.
const SEEDS: &[(&str, &str)] =
    &[("sdp_session", "sdp/tests/data"), ("peer_offer", "sdp/tests/data")];

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
        let corpora = corpora(&target)?;
        let mut run = vec!["run", &target];
        run.extend(corpora.iter().map(String::as_str));
        let limit = format!("-max_total_time={seconds}");
        run.extend(["--", &limit, "-len_control=0", "-timeout=10", "-rss_limit_mb=2048"]);
        compiler.cargo_fuzz(&format!("fuzz: {target}, {seconds} s"), &run).run()?;
    }
    Ok(())
}

/// Holds the targets to clippy, which needs neither coverage nor sanitizers.
pub(crate) fn clippy() -> Result<(), Failure> {
    let target_dir = target_folder().join("fuzz");
    let target_dir = target_dir.to_string_lossy();
    Step::cargo("fuzz: clippy", &["clippy", "--locked", "--manifest-path", "fuzz/Cargo.toml"])
        .args(&["--all-targets", "--target-dir", &target_dir, "--", "-D", "warnings"])
        .run()
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

/// Where `target` finds its inputs: first where it keeps new ones, then what it starts from.
fn corpora(target: &str) -> Result<Vec<String>, Failure> {
    let root = lariat_conformance::root();
    let kept = target_folder().join("fuzz-corpus").join(target);
    fs::create_dir_all(&kept)
        .map_err(|error| Failure::new(format!("{}: {error}", kept.display())))?;
    let shared = SEEDS.iter().filter(|(name, _)| *name == target).map(|(_, path)| root.join(path));
    let seeds = [root.join("fuzz/seeds").join(target)].into_iter().chain(shared);
    let corpora = [kept].into_iter().chain(seeds.filter(|folder| folder.is_dir()));
    Ok(corpora.map(|folder| folder.to_string_lossy().into_owned()).collect())
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
