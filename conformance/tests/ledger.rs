//! The ledger is true.

use std::fs;

use lariat_conformance::{Evidence, Snapshot, load, root};

#[test]
fn every_test_that_the_ledger_names_exists() {
    let mut missing = Vec::new();
    for rfc in load(&root()).unwrap() {
        for requirement in &rfc.requirements {
            let Evidence::Shown(tests) = &requirement.evidence else { continue };
            for test in tests {
                if let Err(error) = test.check(&root()) {
                    let section = &requirement.section;
                    missing.push(format!("rfc{} §{section}: {test} {error}", rfc.number));
                }
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn no_rfc_shows_less_than_it_did() {
    let snapshot = fs::read_to_string(root().join("conformance/counts.toml")).unwrap();
    let shrunk = Snapshot::parse(&snapshot).unwrap().shrunk(&load(&root()).unwrap());
    assert!(shrunk.is_empty(), "\n{}", shrunk.join("\n"));
}
