//! Counts of the ledger, and the snapshot that they may not fall below.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::{Table, Value};

use crate::{LedgerError, Rfc};

/// How many requirements of one RFC are shown, and how many are not.
///
/// ```
/// let counts = lariat_conformance::Counts { shown: 12, not_yet: 3, not_applicable: 1 };
/// assert_eq!(counts.total(), 16);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Shown by a test.
    pub shown: u32,
    /// Not met, or not shown.
    pub not_yet: u32,
    /// No concern of this project.
    pub not_applicable: u32,
}

impl Counts {
    /// All of them.
    pub fn total(self) -> u32 {
        self.shown + self.not_yet + self.not_applicable
    }
}

/// What the ledger held when `counts.toml` was last written: per RFC, how many requirements were
/// shown and how many there were.
///
/// ```
/// use lariat_conformance::Snapshot;
///
/// let snapshot = Snapshot::parse("rfc8489 = { shown = 12, total = 16 }")?;
/// let shrunk = ["RFC 8489 showed 12 of 16 requirements and now shows 0 of 0"];
/// assert_eq!(snapshot.shrunk(&[]), shrunk);
/// # Ok::<(), lariat_conformance::LedgerError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    shown_and_total: BTreeMap<u32, (u32, u32)>,
}

impl Snapshot {
    /// What the ledger holds now.
    pub fn of(ledger: &[Rfc]) -> Self {
        let row = |rfc: &Rfc| (rfc.number, (rfc.counts().shown, rfc.counts().total()));
        Self { shown_and_total: ledger.iter().map(row).collect() }
    }

    /// Reads `counts.toml`.
    ///
    /// # Errors
    ///
    /// The first row that is not as it should be.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let broken = |what: String| LedgerError::new("counts.toml", what);
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| broken(error.to_string()))?;
        let mut snapshot = Self::default();
        for (name, row) in &table {
            let number = |key: &str| {
                let value = row.as_table().and_then(|row| row.get(key)).and_then(Value::as_integer);
                let value = value.and_then(|value| u32::try_from(value).ok());
                value.ok_or_else(|| broken(format!("`{name}` has no number `{key}`")))
            };
            let rfc = name.strip_prefix("rfc").and_then(|rfc| rfc.parse().ok());
            let rfc = rfc.ok_or_else(|| broken(format!("`{name}` is no RFC")))?;
            snapshot.shown_and_total.insert(rfc, (number("shown")?, number("total")?));
        }
        Ok(snapshot)
    }

    /// What [`parse`](Self::parse) reads.
    pub fn write(&self) -> String {
        let mut text = String::from(
            "# No RFC may show less than this. Written by `cargo xtask conformance --write`.\n",
        );
        for (rfc, (shown, total)) in &self.shown_and_total {
            writeln!(text, "rfc{rfc} = {{ shown = {shown}, total = {total} }}")
                .expect("a String takes everything");
        }
        text
    }

    /// The RFCs that `ledger` shows less of than this, or that it lists fewer requirements of, a
    /// sentence for each.
    pub fn shrunk(&self, ledger: &[Rfc]) -> Vec<String> {
        let now = Self::of(ledger).shown_and_total;
        let row = |(rfc, (shown, total)): (&u32, &(u32, u32))| {
            let (shown_now, total_now) = now.get(rfc).copied().unwrap_or_default();
            (shown_now < *shown || total_now < *total).then(|| {
                format!(
                    "RFC {rfc} showed {shown} of {total} requirements and now shows {shown_now} of \
                     {total_now}"
                )
            })
        };
        self.shown_and_total.iter().filter_map(row).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_reads_what_it_writes() {
        let text = "rfc8445 = { shown = 3, total = 4 }\nrfc8489 = { shown = 1, total = 1 }\n";
        let snapshot = Snapshot::parse(text).unwrap();
        assert_eq!(Snapshot::parse(&snapshot.write()), Ok(snapshot.clone()));
        assert!(snapshot.write().ends_with(text));
    }

    #[test]
    fn a_row_without_numbers_is_an_error() {
        for text in
            ["rfc1 = 5", "rfc1 = { shown = 1 }", "rfc1 = { shown = -1, total = 1 }", "x = 1"]
        {
            assert!(Snapshot::parse(text).is_err(), "{text}");
        }
    }
}
