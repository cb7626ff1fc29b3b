//! The bounds on what is read.

use core::fmt;

/// Bytes in one description.
pub const MAX_BODY: usize = 1 << 20;
/// Bytes in one line, without its end.
pub const MAX_LINE: usize = 8192;
/// Media descriptions (`m=` lines) in one description.
pub const MAX_MEDIA: usize = 1024;
/// Attribute lines in one description, over all of its media.
pub const MAX_ATTRIBUTES: usize = 32_768;
/// Lines other than attributes in the session's head, or in one media description.
pub const MAX_OTHER_LINES: usize = 64;
/// Formats on one `m=` line.
pub const MAX_FORMATS: usize = 256;
/// `a=rid` lines in one media description.
pub const MAX_RIDS: usize = 64;

/// Which bound was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`MAX_BODY`].
    Body,
    /// [`MAX_LINE`].
    Line,
    /// [`MAX_MEDIA`].
    Media,
    /// [`MAX_ATTRIBUTES`].
    Attributes,
    /// [`MAX_OTHER_LINES`].
    OtherLines,
    /// [`MAX_FORMATS`].
    Formats,
    /// [`MAX_RIDS`].
    Rids,
}

impl Limit {
    /// The largest number that is still accepted.
    pub const fn value(self) -> usize {
        match self {
            Self::Body => MAX_BODY,
            Self::Line => MAX_LINE,
            Self::Media => MAX_MEDIA,
            Self::Attributes => MAX_ATTRIBUTES,
            Self::OtherLines => MAX_OTHER_LINES,
            Self::Formats => MAX_FORMATS,
            Self::Rids => MAX_RIDS,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Body => "bytes in the description",
            Self::Line => "bytes in the line",
            Self::Media => "media descriptions",
            Self::Attributes => "attributes",
            Self::OtherLines => "lines before the attributes",
            Self::Formats => "formats on the m= line",
            Self::Rids => "rids in one media description",
        };
        write!(f, "more than {} {what}", self.value())
    }
}
