//! What is said of single sources.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::Field;

/// `a=ssrc` (RFC 5576 §4.1): an attribute of one RTP source.
///
/// ```text
/// ssrc:<ssrc> <attribute>[:<value>]
/// ```
///
/// ```
/// use lariat_sdp::Ssrc;
///
/// assert_eq!(Ssrc::cname(7, "somebody").to_string(), "7 cname:somebody");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssrc {
    /// The source.
    pub ssrc: u32,
    /// The name of its attribute, `cname` for example.
    pub attribute: String,
    /// The attribute's value.
    pub value: Option<String>,
}

impl Ssrc {
    /// The canonical name of a source.
    pub fn cname(ssrc: u32, cname: impl Into<String>) -> Self {
        Self { ssrc, attribute: "cname".into(), value: Some(cname.into()) }
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let ssrc = value.word().number(Field::Ssrc)?;
        let has_value = value.rest().contains(':');
        let attribute = value.take_until(':').token(Field::SourceAttribute)?.into();
        let value = has_value.then(|| value.rest().into());
        Ok(Self { ssrc, attribute, value })
    }
}

impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.ssrc, self.attribute)?;
        self.value.as_ref().map_or(Ok(()), |value| write!(f, ":{value}"))
    }
}

/// `a=ssrc-group` (RFC 5576 §4.2): RTP sources that belong together.
///
/// ```text
/// ssrc-group:<semantics>[ <ssrc>]*
/// ```
///
/// ```
/// use lariat_sdp::SsrcGroup;
///
/// let group = SsrcGroup { semantics: "FID".into(), ssrcs: vec![1, 2] };
/// assert_eq!(group.to_string(), "FID 1 2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsrcGroup {
    /// What the group means: `FID` for a source and its retransmissions, and so on.
    pub semantics: String,
    /// The sources in it; their order has a meaning.
    pub ssrcs: Vec<u32>,
}

impl SsrcGroup {
    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let semantics = value.word().token(Field::Semantics)?.into();
        let ssrcs = value.words().map(|ssrc| ssrc.number(Field::Ssrc)).collect::<Result<_, _>>()?;
        Ok(Self { semantics, ssrcs })
    }
}

impl fmt::Display for SsrcGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.semantics)?;
        self.ssrcs.iter().try_for_each(|ssrc| write!(f, " {ssrc}"))
    }
}
