//! Groups of media descriptions.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::Field;

/// `a=group` (RFC 5888 §5): media descriptions that belong together.
///
/// ```text
/// group:<semantics>[ <mid>]*
/// ```
///
/// ```
/// use lariat_sdp::Group;
///
/// let group = Group::bundle(["0", "1"]);
/// assert!(group.is_bundle());
/// assert_eq!(group.to_string(), "BUNDLE 0 1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the group means: `BUNDLE`, `LS` and so on.
    pub semantics: String,
    /// The media descriptions in it, first the one whose address a bundle uses.
    pub mids: Vec<String>,
}

impl Group {
    /// A BUNDLE group (RFC 9143).
    pub fn bundle<S: Into<String>>(mids: impl IntoIterator<Item = S>) -> Self {
        Self { semantics: "BUNDLE".into(), mids: mids.into_iter().map(Into::into).collect() }
    }

    /// Whether this is a BUNDLE group.
    pub fn is_bundle(&self) -> bool {
        self.semantics == "BUNDLE"
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let semantics = value.word().token(Field::Semantics)?.into();
        let mids = value
            .words()
            .map(|mid| mid.token(Field::Mid).map(String::from))
            .collect::<Result<_, _>>()?;
        Ok(Self { semantics, mids })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.semantics)?;
        self.mids.iter().try_for_each(|mid| write!(f, " {mid}"))
    }
}
