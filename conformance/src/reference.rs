//! Names of tests.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

/// The name of a test: its file, from the root of the project, and its function.
///
/// ```
/// use lariat_conformance::{TestReference, root};
///
/// let test: TestReference = "conformance/src/lib.rs::no_such_test".parse()?;
/// assert!(test.check(&root()).is_err());
/// # Ok::<(), lariat_conformance::ReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestReference {
    file: String,
    function: String,
}

/// Why a reference names no test.
///
/// ```
/// use lariat_conformance::{ReferenceError, TestReference};
///
/// assert_eq!("message.rs".parse::<TestReference>(), Err(ReferenceError::Malformed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReferenceError {
    /// It does not have the form `path/to/file.rs::function`.
    Malformed,
    /// The file does not exist.
    NoFile,
    /// The file has no function of that name.
    NoFunction,
    /// The function is not a test.
    NotATest,
}

impl TestReference {
    /// Whether the test exists in the checkout at `root`.
    ///
    /// # Errors
    ///
    /// What is missing: the file, the function, or its `#[test]`.
    pub fn check(&self, root: &Path) -> Result<(), ReferenceError> {
        let text = fs::read_to_string(root.join(&self.file)).map_err(|_| ReferenceError::NoFile)?;
        is_test(&text, &self.function)
    }
}

/// Whether `source` has a test function named `function`.
fn is_test(source: &str, function: &str) -> Result<(), ReferenceError> {
    let mut found = Err(ReferenceError::NoFunction);
    let mut marked = false;
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[") {
            // `#[test]`, `#[tokio::test]`, `#[tokio::test(start_paused = true)]`.
            marked |= line.contains("test]") || line.contains("test(");
        } else if names_function(line, function) {
            if marked {
                return Ok(());
            }
            found = Err(ReferenceError::NotATest);
        } else if !line.is_empty() && !line.starts_with("//") {
            marked = false;
        }
    }
    found
}

fn names_function(line: &str, function: &str) -> bool {
    let rest = line.trim_start_matches("pub ").trim_start_matches("async ");
    let rest = rest.strip_prefix("fn ").and_then(|rest| rest.strip_prefix(function));
    rest.is_some_and(|rest| rest.starts_with(['(', '<']))
}

impl FromStr for TestReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (file, function) = text.split_once("::").ok_or(ReferenceError::Malformed)?;
        // A path of modules before the function's name says nothing more: take its last part.
        let function = function.rsplit("::").next().unwrap_or(function);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !file.ends_with(".rs") || function.is_empty() || !function.chars().all(word) {
            return Err(ReferenceError::Malformed);
        }
        Ok(Self { file: file.to_owned(), function: function.to_owned() })
    }
}

impl fmt::Display for TestReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.file, self.function)
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "is not of the form `path/to/file.rs::function`",
            Self::NoFile => "names a file that does not exist",
            Self::NoFunction => "names a function that its file does not have",
            Self::NotATest => "names a function that is not a test",
        })
    }
}

impl std::error::Error for ReferenceError {}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        fn helper() {}

        #[test]
        // A comment in between.
        fn plain() {}

        #[tokio::test(start_paused = true)]
        async fn paused() {}

        proptest! {
            #[test]
            fn with_arguments(a in 0..1) {}
        }

        fn plainly() {}
    ";

    #[test]
    fn a_test_is_a_function_under_a_test_attribute() {
        for test in ["plain", "paused", "with_arguments"] {
            assert_eq!(is_test(SOURCE, test), Ok(()), "{test}");
        }
        assert_eq!(is_test(SOURCE, "helper"), Err(ReferenceError::NotATest));
        assert_eq!(is_test(SOURCE, "plainly"), Err(ReferenceError::NotATest));
        assert_eq!(is_test(SOURCE, "plai"), Err(ReferenceError::NoFunction));
    }

    #[test]
    fn a_reference_needs_a_file_and_a_function() {
        for text in ["", "a.rs", "a.rs::", "::b", "a.toml::b", "a.rs::b c"] {
            assert_eq!(text.parse::<TestReference>(), Err(ReferenceError::Malformed), "{text:?}");
        }
        let reference: TestReference = "a/b.rs::tests::c".parse().unwrap();
        assert_eq!(reference.to_string(), "a/b.rs::c");
    }
}
