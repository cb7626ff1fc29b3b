//! Rules about which crate knows which.

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::steps::Failure;

/// What each of our folders may depend on, itself aside. Tests may depend on more.
const ARROWS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("lanes", &[]),
    ("crypto", &["base", "lanes"]),
    ("stun", &["base", "crypto"]),
    ("sdp", &["base", "crypto"]),
    ("rtp", &["base", "crypto"]),
    ("sctp", &["base", "crypto"]),
    ("ice", &["base", "crypto", "stun"]),
    ("srtp", &["base", "crypto", "rtp"]),
    ("dtls", &["base", "crypto"]),
    ("peer", PROTOCOLS),
    ("lariat", &["base", "crypto", "stun", "sdp", "rtp", "sctp", "ice", "srtp", "dtls", "peer"]),
    ("cli", &["base", "crypto", "rtp", "peer", "lariat"]),
    ("peer/testing", &["base", "crypto", "dtls", "ice", "peer", "sim"]),
    ("sim", &["base"]),
    ("conformance", &[]),
    ("xtask", &["conformance"]),
];

const PROTOCOLS: &[&str] = &["base", "crypto", "stun", "sdp", "rtp", "sctp", "ice", "srtp", "dtls"];

/// The folders that may see a whole peer, even in tests.
const ABOVE_PEER: &[&str] = &["peer", "peer/testing", "lariat", "cli"];

/// Folders whose crates run on an operating system.
const WITH_STD: &[&str] = &["peer/testing", "lariat", "cli", "sim", "conformance", "xtask"];

/// The folder that may use the fake cryptography outside of tests, since it is for tests.
const WITH_FAKES: &str = "peer/testing";

/// Folders that may name cryptography of others, even in tests: `crypto`, and what it is made of.
const CRYPTOGRAPHERS: &[&str] = &["crypto", "lanes"];

/// The folder of the one crate with unsafe code: the workspace forbids it, this one denies it, so
/// that a file can be an exception (`UNSAFE_FILE` in `sources.rs`).
const WITH_UNSAFE: &str = "lanes";

/// Cryptography of others.
const CRYPTO_LIBRARIES: &[&str] = &[
    "aes",
    "aes-gcm",
    "aws-lc-rs",
    "boring",
    "chacha20poly1305",
    "ctr",
    "ecdsa",
    "ed25519-dalek",
    "graviola",
    "hkdf",
    "hmac",
    "md-5",
    "ml-kem",
    "openssl",
    "p256",
    "p384",
    "ring",
    "rsa",
    "rustls",
    "rustls-pki-types",
    "rustls-webpki",
    "sha1",
    "sha2",
    "subtle",
    "webpki",
    "x25519-dalek",
];

/// Checks every member of the workspace at `root`, adding a line to `problems` for each thing that
/// is wrong.
pub(super) fn check(root: &Path, problems: &mut Vec<String>) -> Result<(), Failure> {
    let workspace = read(root, "Cargo.toml")?;
    let members = table(&workspace, &["workspace"]).and_then(|w| w.get("members"));
    let members = members.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let shared = table(&workspace, &["workspace", "dependencies"]).cloned().unwrap_or_default();
    let no_lints = Table::new();
    let lints = table(&workspace, &["workspace", "lints"]).unwrap_or(&no_lints);
    if unsafe_code(lints) != Some("forbid") {
        problems.push("Cargo.toml: the workspace does not forbid unsafe code".to_owned());
    }
    for member in members {
        let manifest = read(root, &format!("{member}/Cargo.toml"))?;
        check_member(member, &manifest, &shared, problems);
        check_lints(member, &manifest, lints, problems);
        if !WITH_STD.contains(&member) {
            let library = fs::read_to_string(root.join(member).join("src/lib.rs"));
            if !library.is_ok_and(|library| library.lines().any(|line| line == "#![no_std]")) {
                problems.push(format!("{member}/src/lib.rs: is not no_std"));
            }
        }
    }
    Ok(())
}

fn check_member(member: &str, manifest: &Table, shared: &Table, problems: &mut Vec<String>) {
    let mut problem = |what: String| problems.push(format!("{member}/Cargo.toml: {what}"));
    let Some((_, below)) = ARROWS.iter().find(|(folder, _)| *folder == member) else {
        problem("has no place in the layers; give it one in xtask/src/tidy/arrows.rs".to_owned());
        return;
    };
    for (section, in_tests) in
        [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
    {
        for (key, value) in table(manifest, &[section]).into_iter().flatten() {
            let package = package_name(key, value, shared);
            if !CRYPTOGRAPHERS.contains(&member) && CRYPTO_LIBRARIES.contains(&package) {
                problem(format!("[{section}] names {package}; only crypto may"));
            }
            let enables = |feature| enables(feature, value, shared.get(key));
            if !in_tests && member != WITH_FAKES && enables("fake") {
                problem(format!("[{section}] enables the fake cryptography"));
            }
            if enables("fuzzing") {
                problem(format!("[{section}] enables what is for fuzz targets"));
            }
            let Some(folder) = folder_of(package) else { continue };
            if !in_tests && folder != member && !below.contains(&folder) {
                problem(format!("[{section}] names {folder}; the arrow does not go there"));
            }
            if matches!(folder, "peer" | "lariat") && !ABOVE_PEER.contains(&member) {
                problem(format!("[{section}] names {folder}, which nobody below it may see"));
            }
        }
    }
}

/// Every member takes the lints of the workspace; the one with unsafe code lists them, with that
/// lint changed.
fn check_lints(member: &str, manifest: &Table, shared: &Table, problems: &mut Vec<String>) {
    let mut lints = table(manifest, &["lints"]).cloned().unwrap_or_default();
    let inherits = lints.get("workspace").and_then(Value::as_bool) == Some(true);
    if member != WITH_UNSAFE {
        if !inherits {
            problems.push(format!("{member}/Cargo.toml: does not take the workspace's lints"));
        }
        return;
    }
    if unsafe_code(&lints) != Some("deny") {
        problems.push(format!("{member}/Cargo.toml: does not deny unsafe code"));
    }
    if let Some(Value::Table(rust)) = lints.get_mut("rust") {
        rust.insert("unsafe_code".to_owned(), Value::from("forbid"));
    }
    if lints != *shared {
        problems.push(format!("{member}/Cargo.toml: has other lints than the workspace"));
    }
}

fn unsafe_code(lints: &Table) -> Option<&str> {
    table(lints, &["rust"])?.get("unsafe_code")?.as_str()
}

/// The folder of one of our own packages.
fn folder_of(package: &str) -> Option<&str> {
    let folder = if package == "lariat" { package } else { package.strip_prefix("lariat-")? };
    ARROWS.iter().any(|(known, _)| *known == folder).then_some(folder)
}

/// The package behind a dependency, which may be renamed here or in the workspace.
fn package_name<'a>(key: &'a str, value: &'a Value, shared: &'a Table) -> &'a str {
    let renamed = |value: &'a Value| value.get("package").and_then(Value::as_str);
    renamed(value).or_else(|| shared.get(key).and_then(renamed)).unwrap_or(key)
}

fn enables(name: &str, value: &Value, shared: Option<&Value>) -> bool {
    [Some(value), shared].into_iter().flatten().any(|value| {
        let features = value.get("features").and_then(Value::as_array);
        features.into_iter().flatten().any(|feature| feature.as_str() == Some(name))
    })
}

fn table<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Table> {
    path.iter().try_fold(root, |table, key| table.get(*key)?.as_table())
}

fn read(root: &Path, name: &str) -> Result<Table, Failure> {
    let text = fs::read_to_string(root.join(name))
        .map_err(|error| Failure::new(format!("{name}: {error}")))?;
    text.parse().map_err(|error: toml::de::Error| Failure::new(format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(member: &str, dependencies: &str) -> Vec<String> {
        let manifest = dependencies.parse().unwrap();
        let shared = "pki-types = { package = \"rustls-pki-types\" }".parse().unwrap();
        let mut problems = Vec::new();
        check_member(member, &manifest, &shared, &mut problems);
        problems
    }

    #[test]
    fn an_arrow_goes_down_only() {
        let ok =
            "[dependencies]\nlariat-stun.workspace = true\n[dev-dependencies]\nlariat-rtp = {}";
        assert_eq!(problems("ice", ok), [""; 0]);
        assert_eq!(
            problems("stun", "[dependencies]\nlariat-ice.workspace = true"),
            ["stun/Cargo.toml: [dependencies] names ice; the arrow does not go there"]
        );
        assert_eq!(
            problems("rtp", "[dev-dependencies]\nlariat-peer = { workspace = true }"),
            ["rtp/Cargo.toml: [dev-dependencies] names peer, which nobody below it may see"]
        );
    }

    #[test]
    fn only_crypto_names_cryptography() {
        assert_eq!(problems("crypto", "[dependencies]\nring = {}"), [""; 0]);
        assert_eq!(problems("lanes", "[dependencies]\nsha1 = {}"), [""; 0]);
        assert_eq!(
            problems("dtls", "[dependencies]\npki-types.workspace = true"),
            ["dtls/Cargo.toml: [dependencies] names rustls-pki-types; only crypto may"]
        );
        assert_eq!(
            problems("cli", "[dependencies]\nrustls = {}"),
            ["cli/Cargo.toml: [dependencies] names rustls; only crypto may"]
        );
    }

    #[test]
    fn fake_cryptography_is_for_tests() {
        let fake = "lariat-crypto = { workspace = true, features = [\"fake\"] }";
        assert_eq!(problems("ice", &format!("[dev-dependencies]\n{fake}")), [""; 0]);
        assert_eq!(problems("peer/testing", &format!("[dependencies]\n{fake}")), [""; 0]);
        assert_eq!(
            problems("ice", &format!("[dependencies]\n{fake}")),
            ["ice/Cargo.toml: [dependencies] enables the fake cryptography"]
        );
    }

    #[test]
    fn the_inside_is_for_fuzz_targets() {
        let fuzzing = "[dependencies]\nlariat-dtls = { features = [\"fuzzing\"] }";
        assert_eq!(
            problems("peer", fuzzing),
            ["peer/Cargo.toml: [dependencies] enables what is for fuzz targets"]
        );
    }

    #[test]
    fn a_crate_without_a_place_is_a_problem() {
        assert_eq!(problems("drawer", "").len(), 1);
    }

    fn lint_problems(member: &str, lints: &str) -> Vec<String> {
        let shared: Table =
            "rust.unsafe_code = 'forbid'\nrust.missing_docs = 'deny'".parse().unwrap();
        let mut problems = Vec::new();
        check_lints(member, &lints.parse().unwrap(), &shared, &mut problems);
        problems
    }

    #[test]
    fn lints_are_those_of_the_workspace() {
        assert_eq!(lint_problems("base", "lints.workspace = true"), [""; 0]);
        assert_eq!(
            lint_problems("base", "lints.rust.unsafe_code = 'forbid'"),
            ["base/Cargo.toml: does not take the workspace's lints"]
        );
    }

    #[test]
    fn one_crate_may_deny_unsafe_code_where_others_forbid_it() {
        let denies = "lints.rust.unsafe_code = 'deny'";
        let documented = "lints.rust.missing_docs = 'deny'";
        assert_eq!(lint_problems("lanes", &format!("{denies}\n{documented}")), [""; 0]);
        assert_eq!(
            lint_problems("lanes", denies),
            ["lanes/Cargo.toml: has other lints than the workspace"]
        );
        assert_eq!(
            lint_problems("lanes", &format!("lints.rust.unsafe_code = 'warn'\n{documented}")),
            ["lanes/Cargo.toml: does not deny unsafe code"]
        );
        assert_eq!(
            lint_problems("crypto", &format!("{denies}\n{documented}")),
            ["crypto/Cargo.toml: does not take the workspace's lints"]
        );
    }
}
