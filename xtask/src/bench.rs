//! `cargo xtask bench`: measures Lariat beside other people's stacks. By hand, never on CI: what a
//! busy machine measures says nothing.

mod instructions;
mod libsrtp;
mod path;

use crate::debian;
use crate::steps::{Failure, Step, target_folder, timed};

const MANIFEST: &str = "bench/Cargo.toml";
const SRTP_RESULTS: &str = "bench/RESULTS.md";
const DTLS_RESULTS: &str = "bench/RESULTS-dtls.md";
const PATH_RESULTS: &str = "bench/RESULTS-path.md";

pub(crate) fn srtp(options: &[&str]) -> Result<(), Failure> {
    match options {
        [] => {
            // The last line is that of the figures.
            let counted = instructions::compare();
            let measured = measure_srtp(&["--output", &root_path(SRTP_RESULTS)]);
            counted.and(measured)
        }
        ["--quick"] => measure_srtp(&["--quick"]),
        ["--instructions"] => instructions::compare(),
        ["--instructions", "--write"] => instructions::write(),
        other => Err(Failure::new(format!("bench srtp has no option {:?}", other.join(" ")))),
    }
}

pub(crate) fn dtls(options: &[&str]) -> Result<(), Failure> {
    let bench = |options: &[&str]| build("dtls")?.args(options).show();
    match options {
        [] => bench(&["--output", &root_path(DTLS_RESULTS)]),
        ["--quick"] => bench(&["--quick"]),
        other => Err(Failure::new(format!("bench dtls has no option {:?}", other.join(" ")))),
    }
}

pub(crate) fn path(options: &[&str]) -> Result<(), Failure> {
    match options {
        [] => measure_path(&["--output", &root_path(PATH_RESULTS)]),
        ["--quick"] => measure_path(&["--quick"]),
        ["--full"] => measure_path(&["--full"]),
        other => Err(Failure::new(format!("bench path has no option {:?}", other.join(" ")))),
    }
}

/// Holds the benches to clippy, and their lock file to the manifests. This measures nothing.
pub(crate) fn clippy() -> Result<(), Failure> {
    openssl()?;
    cargo("bench: clippy", &["clippy", "--all-targets", "--", "-D", "warnings"]).run()
}

fn measure_srtp(options: &[&str]) -> Result<(), Failure> {
    let library = libsrtp::build()?;
    build("srtp")?.args(options).env(libsrtp::PATH, library).show()
}

fn measure_path(options: &[&str]) -> Result<(), Failure> {
    let modules = path::install();
    let programs = path::build()?;
    build("path")?
        .args(options)
        .env(path::PROGRAMS, programs)
        .env(path::NODE_MODULES, modules)
        .show()
}

/// Builds the bench of that name, and gives the step that runs it.
fn build(bench: &str) -> Result<Step, Failure> {
    openssl()?;
    let (messages, _) = timed("bench: building", || {
        cargo("cargo bench", &["bench", "--no-run", "--bench", bench, "--message-format=json"])
            .output()
    })?;
    let program = executable(&messages)
        .ok_or_else(|| Failure::new("cargo does not say where the bench is"))?;
    Ok(Step::new(format!("bench {bench}"), program))
}

/// The system's OpenSSL, which all programs of the workspace are linked to.
fn openssl() -> Result<(), Failure> {
    let mut packages = debian::absent(&[(&["pkg-config"], &["pkg-config"])]);
    // Without pkg-config nobody knows.
    let is_found = || Step::new("", "pkg-config").args(&["--exists", "openssl"]).succeeds();
    if !packages.is_empty() || !is_found() {
        packages.push("libssl-dev");
    }
    debian::install("bench", &packages)
}

/// The program that cargo built, out of its messages. It is started without cargo, which would have
/// the last word.
fn executable(messages: &str) -> Option<&str> {
    let (_, path) = messages.rsplit_once("\"executable\":\"")?;
    path.split('"').next()
}

/// A cargo command in the workspace of the benches.
fn cargo(name: &str, arguments: &[&str]) -> Step {
    let (verb, rest) = arguments.split_first().expect("cargo is called with a verb");
    let target_dir = target_folder().join("bench");
    let target_dir = target_dir.to_string_lossy();
    let common = ["--locked", "--manifest-path", MANIFEST, "--target-dir", &target_dir];
    Step::cargo(name, &[*verb]).args(&common).args(rest)
}

/// Where a file of the project is, wherever this runs.
fn root_path(path: &str) -> String {
    lariat_conformance::root().join(path).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_program_that_cargo_names_is_the_bench() {
        let messages = r#"{"reason":"compiler-artifact","executable":null,"fresh":true}
            {"reason":"compiler-artifact","executable":"/a/srtp-1","fresh":true}
            {"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some("/a/srtp-1"));
        assert_eq!(executable("{\"executable\":null}"), None);
    }
}
