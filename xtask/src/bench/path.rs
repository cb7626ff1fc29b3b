//! The peers that meet over a path.

use std::path::PathBuf;

use crate::debian;
use crate::interop;
use crate::steps::{Failure, Step, target_folder};

/// Where the bench finds the peers' programs.
pub(super) const PROGRAMS: &str = "LARIAT_PATH_PROGRAMS";

/// Where it finds libdatachannel's package.
pub(super) const NODE_MODULES: &str = "LARIAT_NODE_MODULES";

/// Programs that are started, and the packages of Debian that bring them.
const NEEDED: &[(&[&str], &[&str])] = &[
    (&["chromium", "chromedriver"], &["chromium", "chromium-driver"]),
    (&["chrt"], &["util-linux"]),
    (&["ip"], &["iproute2"]),
    (&["node", "npm"], &["nodejs", "npm"]),
];

/// libdatachannel as a package for Node, in a fixed version.
const LIBDATACHANNEL: &str = "node-datachannel@0.33.4";

/// Installs the peers that are not ours, and returns where libdatachannel is. Who cannot be
/// installed is missing in the results, which say so.
pub(super) fn install() -> PathBuf {
    forgive(debian::install("bench", &debian::absent(NEEDED)));
    let folder = target_folder().join("path-node");
    let modules = folder.join("node_modules");
    if !modules.join("node-datachannel").is_dir() {
        let prefix = folder.to_string_lossy();
        let arguments = ["install", "--no-audit", "--no-fund", "--prefix", &*prefix];
        let step = Step::new(format!("bench: installing {LIBDATACHANNEL}"), "npm");
        forgive(step.args(&arguments).args(&[LIBDATACHANNEL]).run());
    }
    modules
}

/// Builds the peers as they are shipped, and returns where they are.
pub(super) fn build() -> Result<PathBuf, Failure> {
    let packages = ["build", "--release", "--package", "lariat-path", "--package", "path-peers"];
    interop::cargo("bench: building peers", &packages).run()?;
    Ok(target_folder().join("interop/release"))
}

fn forgive(result: Result<(), Failure>) {
    if let Err(failure) = result {
        println!("not installed, so not measured: {}", failure.last_line());
    }
}
