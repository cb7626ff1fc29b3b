//! The files of the ledger.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::{Counts, TestReference};

/// One RFC's file.
///
/// The crate's documentation shows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rfc {
    /// The RFC's number.
    pub number: u32,
    /// The RFC's title.
    pub title: String,
    /// The folder of the crate that implements it.
    pub implemented_by: String,
    /// What it requires, in the order of the file.
    pub requirements: Vec<Requirement>,
}

/// One thing that an RFC requires.
///
/// ```
/// use lariat_conformance::{Evidence, Level, Requirement};
///
/// let requirement = Requirement {
///     section: "7.3.1.1".to_owned(),
///     level: Level::Must,
///     text: "The agent with the larger tie-breaker controls.".to_owned(),
///     evidence: Evidence::NotYet("roles are fixed".to_owned()),
/// };
/// assert_eq!(requirement.level.to_string(), "MUST");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The section that states it.
    pub section: String,
    /// How strongly.
    pub level: Level,
    /// The requirement in our own words.
    pub text: String,
    /// What shows it, or why nothing does.
    pub evidence: Evidence,
}

/// How strongly something is required (RFC 2119).
///
/// ```
/// use lariat_conformance::Level;
///
/// assert_eq!(Level::MustNot.to_string(), "MUST NOT");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Required.
    Must,
    /// Forbidden.
    MustNot,
    /// Required unless there is a reason against it.
    Should,
    /// Forbidden unless there is a reason for it.
    ShouldNot,
    /// Allowed.
    May,
}

/// What shows that a requirement is met, or why nothing does.
///
/// ```
/// use lariat_conformance::Evidence;
///
/// let evidence = Evidence::NotApplicable("there is no multihoming under DTLS".to_owned());
/// assert!(!matches!(evidence, Evidence::Shown(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// These tests fail if it is not met.
    Shown(Vec<TestReference>),
    /// It is not met, or no test shows it, and this is why.
    NotYet(String),
    /// It does not concern this project, and this is why.
    NotApplicable(String),
}

/// What is wrong with a file of the ledger.
///
/// ```
/// use lariat_conformance::Rfc;
///
/// let error = Rfc::parse("rfc = 1").unwrap_err();
/// assert_eq!(error.to_string(), "the ledger: `title` is missing or is not text");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerError {
    place: String,
    what: String,
}

/// The root of the project's checkout.
///
/// ```
/// assert!(lariat_conformance::root().join("Cargo.toml").exists());
/// ```
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.to_owned(), Path::to_owned)
}

/// Reads every `conformance/rfc*.toml` of the checkout at `root`, in the order of the RFCs'
/// numbers.
///
/// # Errors
///
/// The first file that cannot be read or is not as it should be.
///
/// ```
/// let ledger = lariat_conformance::load(&lariat_conformance::root())?;
/// assert!(ledger.is_sorted_by_key(|rfc| rfc.number));
/// # Ok::<(), lariat_conformance::LedgerError>(())
/// ```
pub fn load(root: &Path) -> Result<Vec<Rfc>, LedgerError> {
    let folder = root.join("conformance");
    let unreadable = |error: std::io::Error| LedgerError::new("conformance", error.to_string());
    let mut ledger = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("rfc") || !name.ends_with(".toml") {
            continue;
        }
        let at = |error: LedgerError| error.within(&name);
        let text = fs::read_to_string(&path).map_err(unreadable).map_err(at)?;
        let rfc = Rfc::parse(&text).map_err(at)?;
        if name != format!("rfc{}.toml", rfc.number) {
            return Err(LedgerError::new(name, "the name and `rfc` disagree"));
        }
        if !root.join(&rfc.implemented_by).join("Cargo.toml").exists() {
            let what = format!("there is no crate `{}`", rfc.implemented_by);
            return Err(LedgerError::new(name, what));
        }
        ledger.push(rfc);
    }
    ledger.sort_by_key(|rfc| rfc.number);
    Ok(ledger)
}

impl Rfc {
    /// Reads one file of the ledger.
    ///
    /// # Errors
    ///
    /// The first thing that is not as it should be.
    pub fn parse(text: &str) -> Result<Self, LedgerError> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            LedgerError::new("the ledger", error.message().to_owned())
        })?;
        let top = |error: LedgerError| error.within("the ledger");
        known_keys(&table, &["rfc", "title", "crate", "requirement"]).map_err(top)?;
        let title = text_of(&table, "title").map_err(top)?;
        let number = table.get("rfc").and_then(Value::as_integer);
        let number = number.and_then(|number| u32::try_from(number).ok());
        let number = number.ok_or_else(|| LedgerError::new("", "`rfc` is not a number"))?;
        let implemented_by = text_of(&table, "crate").map_err(top)?;
        let rows = table.get("requirement").and_then(Value::as_array);
        let requirements = rows.into_iter().flatten().enumerate().map(|(index, row)| {
            let place = format!("requirement {}", index + 1);
            let row = row.as_table().ok_or_else(|| LedgerError::new(&place, "is not a table"))?;
            Requirement::from_table(row).map_err(|error| error.within(&place))
        });
        let requirements = requirements.collect::<Result<_, _>>()?;
        Ok(Self { number, title, implemented_by, requirements })
    }

    /// How many requirements are shown, and how many are not.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for requirement in &self.requirements {
            match requirement.evidence {
                Evidence::Shown(_) => counts.shown += 1,
                Evidence::NotYet(_) => counts.not_yet += 1,
                Evidence::NotApplicable(_) => counts.not_applicable += 1,
            }
        }
        counts
    }
}

impl Requirement {
    fn from_table(row: &Table) -> Result<Self, LedgerError> {
        let keys = ["section", "level", "text", "tests", "not_yet", "not_applicable"];
        known_keys(row, &keys)?;
        Ok(Self {
            section: text_of(row, "section")?,
            level: Level::from_name(&text_of(row, "level")?)?,
            text: text_of(row, "text")?,
            evidence: Evidence::from_table(row)?,
        })
    }
}

impl Evidence {
    fn from_table(row: &Table) -> Result<Self, LedgerError> {
        match (row.get("tests"), row.contains_key("not_yet"), row.contains_key("not_applicable")) {
            (Some(tests), false, false) => {
                let tests = tests.as_array().filter(|tests| !tests.is_empty());
                let tests = tests.ok_or_else(|| LedgerError::new("", "`tests` names no test"))?;
                let references = tests.iter().map(|test| {
                    let test = test.as_str().unwrap_or_default();
                    test.parse().map_err(|error| LedgerError::new("", format!("{test:?} {error}")))
                });
                Ok(Self::Shown(references.collect::<Result<_, _>>()?))
            }
            (None, true, false) => Ok(Self::NotYet(text_of(row, "not_yet")?)),
            (None, false, true) => Ok(Self::NotApplicable(text_of(row, "not_applicable")?)),
            _ => {
                let what = "has not exactly one of `tests`, `not_yet` and `not_applicable`";
                Err(LedgerError::new("", what))
            }
        }
    }
}

impl Level {
    fn from_name(name: &str) -> Result<Self, LedgerError> {
        Ok(match name {
            "MUST" => Self::Must,
            "MUST NOT" => Self::MustNot,
            "SHOULD" => Self::Should,
            "SHOULD NOT" => Self::ShouldNot,
            "MAY" => Self::May,
            other => return Err(LedgerError::new("", format!("there is no level {other:?}"))),
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "MUST",
            Self::MustNot => "MUST NOT",
            Self::Should => "SHOULD",
            Self::ShouldNot => "SHOULD NOT",
            Self::May => "MAY",
        })
    }
}

fn known_keys(table: &Table, known: &[&str]) -> Result<(), LedgerError> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(LedgerError::new("", format!("`{key}` means nothing here"))),
    }
}

fn text_of(table: &Table, key: &str) -> Result<String, LedgerError> {
    let text = table.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    let missing = || LedgerError::new("", format!("`{key}` is missing or is not text"));
    Ok(text.ok_or_else(missing)?.to_owned())
}

impl LedgerError {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }

    fn within(mut self, outer: &str) -> Self {
        self.place = match self.place.as_str() {
            "" | "the ledger" => outer.to_owned(),
            inner => format!("{outer}, {inner}"),
        };
        self
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for LedgerError {}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "rfc = 8489\ntitle = \"STUN\"\ncrate = \"stun\"\n";

    fn error(row: &str) -> String {
        Rfc::parse(&format!("{HEAD}[[requirement]]\n{row}")).unwrap_err().to_string()
    }

    #[test]
    fn a_row_that_is_not_as_it_should_be_is_named() {
        let whole = "section = \"5\"\nlevel = \"MUST\"\ntext = \"x\"\n";
        assert_eq!(error("section = \"5\""), "requirement 1: `level` is missing or is not text");
        assert_eq!(
            error("section = \"5\"\nlevel = \"SHALL\"\ntext = \"x\""),
            "requirement 1: there is no level \"SHALL\""
        );
        let one_of =
            "requirement 1: has not exactly one of `tests`, `not_yet` and `not_applicable`";
        assert_eq!(error(whole), one_of);
        assert_eq!(error(&format!("{whole}tests = [\"a.rs::b\"]\nnot_yet = \"x\"")), one_of);
        assert_eq!(error(&format!("{whole}tests = []")), "requirement 1: `tests` names no test");
        assert_eq!(
            error(&format!("{whole}nod_yet = \"x\"")),
            "requirement 1: `nod_yet` means nothing here"
        );
    }

    #[test]
    fn a_reason_is_never_empty() {
        let row = "section = \"5\"\nlevel = \"MAY\"\ntext = \"x\"\nnot_yet = \" \"";
        assert_eq!(error(row), "requirement 1: `not_yet` is missing or is not text");
    }
}
