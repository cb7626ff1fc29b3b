//! Versions of what is measured, out of the lock file that it was built with.

/// The lock file of this workspace.
const LOCK: &str = include_str!("../Cargo.lock");

/// The version of `package`; the latest one if there are several.
///
/// # Panics
///
/// If the workspace has no such package.
pub fn locked(package: &str) -> String {
    version_in(LOCK, package).unwrap_or_else(|| panic!("Cargo.lock does not name {package}"))
}

/// Each of them once.
pub fn distinct<'a>(all: impl Iterator<Item = &'a String>) -> String {
    let mut versions: Vec<&str> = Vec::new();
    for version in all {
        if !versions.contains(&version.as_str()) {
            versions.push(version);
        }
    }
    versions.join(", ")
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let lock: toml::Table = lock.parse().ok()?;
    let packages = lock.get("package")?.as_array()?.iter();
    let versions = packages
        .filter(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .filter_map(|entry| entry.get("version")?.as_str());
    let number = |version: &str| -> Vec<u64> {
        version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
    };
    versions.max_by_key(|version| number(version)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_of_several_versions_is_told() {
        let lock = r#"
            [[package]]
            name = "aes"
            version = "0.10.4"
            [[package]]
            name = "aes"
            version = "0.9.4"
            [[package]]
            name = "ctr"
            version = "1.0.0"
        "#;
        assert_eq!(version_in(lock, "aes").as_deref(), Some("0.10.4"));
        assert_eq!(version_in(lock, "sha1"), None);
    }
}
