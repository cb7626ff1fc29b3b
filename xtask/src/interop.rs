//! `cargo xtask interop`: installs foreign peers, builds the others, and lets Lariat meet them all.

use std::env;
use std::path::PathBuf;

use crate::debian;
use crate::steps::{Failure, Step, target_folder};

/// Packages of Python, in fixed versions: what fails today passed yesterday for no reason but ours.
const PACKAGES: &[(&str, &str)] = &[("aiortc", "1.16.0"), ("pylibsrtp", "1.0.0")];

/// Programs that the tests start, and the packages of Debian that bring them.
const PROGRAMS: &[(&[&str], &[&str])] = &[
    (&["chromium", "chromedriver"], &["chromium", "chromium-driver"]),
    (&["firefox-esr"], &["firefox-esr"]),
    (&["gnutls-cli", "gnutls-serv"], &["gnutls-bin"]),
    (&["ip"], &["iproute2"]),
    (&["openssl"], &["openssl"]),
    (&["python3"], &["python3", "python3-venv"]),
    BORINGSSL,
    WOLFSSL,
];

/// What builds BoringSSL, which comes as source, and the peer on it.
const BORINGSSL: (&[&str], &[&str]) =
    (&["c++", "clang", "cmake", "git"], &["g++", "clang", "libclang-dev", "cmake", "git"]);

/// What builds wolfSSL, and the peer on it.
const WOLFSSL: (&[&str], &[&str]) = (
    &["autoreconf", "automake", "cc", "clang", "libtoolize", "make", "patch"],
    &["autoconf", "automake", "gcc", "clang", "libclang-dev", "libtool", "make", "patch"],
);

pub(crate) fn run(filters: &[&str]) -> Result<(), Failure> {
    // A machine of a developer may lack a peer; CI may not.
    let strict = env::var("CI").is_ok_and(|ci| ci == "true");
    let forgive = |result: Result<(), Failure>| match result {
        Err(failure) if !strict => {
            println!("not installed, so tests are skipped: {}", failure.last_line());
            Ok(())
        }
        result => result,
    };
    forgive(install_programs())?;
    forgive(install_packages())?;
    Step::cargo("interop: building lariat", &["build", "--locked", "--package", "lariat-cli"])
        .run()?;
    let members = members();
    let member = |verb| [&[verb], &members[..]].concat();
    cargo("interop: building peers", &member("build")).args(&["--all-targets"]).run()?;
    cargo("interop: clippy", &member("clippy"))
        .args(&["--all-targets", "--", "-D", "warnings"])
        .run()?;
    cargo("interop: meeting peers", &member("test"))
        .args(&["--", "--test-threads=2"])
        .args(filters)
        .env("LARIAT_PYTHON", python())
        .env("LARIAT_PROGRAM", target_folder().join("debug/lariat"))
        .env("LARIAT_ARTEFACTS", target_folder().join("artefacts"))
        .run()
}

/// The packages that can be built here.
fn members() -> Vec<&'static str> {
    let mut members = vec!["--workspace"];
    for (package, needs) in [("boringssl-peer", BORINGSSL), ("wolfssl-peer", WOLFSSL)] {
        if !debian::absent(&[needs]).is_empty() {
            println!("{package} cannot be built, so its tests are skipped");
            members.extend(["--exclude", package]);
        }
    }
    members
}

/// A cargo command in the workspace of the tests.
pub(crate) fn cargo(name: &str, arguments: &[&str]) -> Step {
    let (verb, rest) = arguments.split_first().expect("cargo is called with a verb");
    let target_dir = target_folder().join("interop");
    let target_dir = target_dir.to_string_lossy();
    let common = ["--locked", "--manifest-path", "interop/Cargo.toml", "--target-dir", &target_dir];
    Step::cargo(name, &[*verb]).args(&common).args(rest)
}

fn install_programs() -> Result<(), Failure> {
    debian::install("interop", &debian::absent(PROGRAMS))
}

fn install_packages() -> Result<(), Failure> {
    let python = python();
    let python = python.to_string_lossy();
    let is_there = |(name, version): &(&str, &str)| {
        let check =
            format!("import importlib.metadata as m; assert m.version('{name}') == '{version}'");
        Step::new("", &python).args(&["-c", &check]).succeeds()
    };
    if PACKAGES.iter().all(is_there) {
        return Ok(());
    }
    let environment = environment();
    let environment = environment.to_string_lossy();
    Step::new("interop: making an environment of Python", "python3")
        .args(&["-m", "venv", &environment])
        .run()?;
    let wanted: Vec<_> =
        PACKAGES.iter().map(|(name, version)| format!("{name}=={version}")).collect();
    Step::new(format!("interop: installing {}", wanted.join(", ")), &python)
        .args(&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(&wanted)
        .run()
}

fn environment() -> PathBuf {
    target_folder().join("interop-python")
}

fn python() -> PathBuf {
    environment().join("bin/python")
}
