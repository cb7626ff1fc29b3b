//! Packages of Debian that chores need.

use std::env;

use crate::steps::{Failure, Step};

/// Installs `packages` for `chore`. This needs root.
pub(crate) fn install(chore: &str, packages: &[&str]) -> Result<(), Failure> {
    if packages.is_empty() {
        return Ok(());
    }
    let apt = |name: &str, arguments: &[&str]| {
        Step::new(name, "apt-get")
            .args(&["-o", "DPkg::Lock::Timeout=300"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()
    };
    apt(&format!("{chore}: reading the lists of packages"), &["update"])?;
    let name = format!("{chore}: installing {}", packages.join(", "));
    apt(&name, &[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// Those of `wanted` packages, of which not all programs are there.
pub(crate) fn absent<'a>(wanted: &[(&[&str], &[&'a str])]) -> Vec<&'a str> {
    let absent = wanted.iter().filter(|(programs, _)| !programs.iter().all(|p| is_installed(p)));
    absent.flat_map(|(_, packages)| *packages).copied().collect()
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}
