//! `cargo xtask conformance`: how much of each RFC is shown.

use std::fs;

use lariat_conformance::{Counts, LedgerError, Snapshot, load, root};

use crate::steps::Failure;

/// Prints the table.
pub(crate) fn print() -> Result<(), Failure> {
    let ledger = load(&root()).map_err(|error: LedgerError| Failure::new(error.to_string()))?;
    println!(
        "{:<8} {:<7} {:>5} {:>7} {:>14}  title",
        "RFC", "crate", "shown", "not yet", "not applicable"
    );
    let mut sum = Counts::default();
    for rfc in &ledger {
        let counts = rfc.counts();
        row(&rfc.number.to_string(), &rfc.implemented_by, counts, &rfc.title);
        sum.shown += counts.shown;
        sum.not_yet += counts.not_yet;
        sum.not_applicable += counts.not_applicable;
    }
    row("", "", sum, "all of them");
    Ok(())
}

/// Writes `counts.toml`, below which no RFC may fall.
pub(crate) fn write() -> Result<(), Failure> {
    let ledger = load(&root()).map_err(|error: LedgerError| Failure::new(error.to_string()))?;
    let path = root().join("conformance/counts.toml");
    fs::write(&path, Snapshot::of(&ledger).write())
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    print()
}

fn row(rfc: &str, implemented_by: &str, counts: Counts, title: &str) {
    let Counts { shown, not_yet, not_applicable } = counts;
    println!("{rfc:<8} {implemented_by:<7} {shown:>5} {not_yet:>7} {not_applicable:>14}  {title}");
}
