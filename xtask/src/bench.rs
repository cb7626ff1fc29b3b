//! `cargo xtask bench`: measures Lariat beside other people's stacks. By hand, never on CI: what a
//! busy machine measures says nothing.

mod instructions;
mod libsrtp;

use crate::debian;
use crate::steps::{Failure, Step, target_folder};

const MANIFEST: &str = "bench/Cargo.toml";
const RESULTS: &str = "bench/RESULTS.md";

pub(crate) fn srtp(options: &[&str]) -> Result<(), Failure> {
    match options {
        [] => {
            // Everything is built and counted first: what counts instructions leaves no heat.
            let counted = instructions::compare();
            let measured = measure(&["--output", &root_path(RESULTS)]);
            measured.and(counted)
        }
        ["--quick"] => measure(&["--quick"]),
        ["--instructions"] => instructions::compare(),
        ["--instructions", "--write"] => instructions::write(),
        other => Err(Failure::new(format!("bench srtp has no option {:?}", other.join(" ")))),
    }
}

/// Whether `bench/Cargo.lock` fits the manifests. This builds nothing.
pub(crate) fn lock_is_in_step() -> Result<(), Failure> {
    let metadata = ["metadata", "--locked", "--format-version", "1", "--manifest-path", MANIFEST];
    Step::cargo("lock file: bench/Cargo.lock", &metadata).run()
}

fn measure(options: &[&str]) -> Result<(), Failure> {
    let library = libsrtp::build()?;
    cargo("bench: building", &["bench", "--no-run", "--bench", "srtp"]).run()?;
    let arguments = [&["bench", "--quiet", "--bench", "srtp", "--"], options].concat();
    cargo("bench srtp", &arguments).env(libsrtp::PATH, library).show()
}

/// A cargo command in the workspace of the benches.
fn cargo(name: &str, arguments: &[&str]) -> Step {
    let (verb, rest) = arguments.split_first().expect("cargo is called with a verb");
    let target_dir = target_folder().join("bench");
    let target_dir = target_dir.to_string_lossy();
    let common = ["--locked", "--manifest-path", MANIFEST, "--target-dir", &target_dir];
    Step::cargo(name, &[*verb]).args(&common).args(rest)
}

/// Benches run in the folder of their package, so that paths have to be whole.
fn root_path(path: &str) -> String {
    lariat_conformance::root().join(path).to_string_lossy().into_owned()
}
