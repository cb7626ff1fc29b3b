//! Which track of which stream a media description carries.

use alloc::string::String;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::Field;

/// `a=msid` (RFC 8830 §2): the stream and the track that a media description carries.
///
/// ```text
/// msid:<stream>[ <track>]
/// ```
///
/// ```
/// use lariat_sdp::Msid;
///
/// assert_eq!(Msid::new("camera", "front").to_string(), "camera front");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Msid {
    /// The stream, or `-` for none.
    pub stream: String,
    /// The track. RFC 8829 leaves it out; Chromium and Firefox send it.
    pub track: Option<String>,
}

impl Msid {
    /// A track of a stream.
    pub fn new(stream: impl Into<String>, track: impl Into<String>) -> Self {
        Self { stream: stream.into(), track: Some(track.into()) }
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let stream = value.word().text(Field::StreamId)?.into();
        let track = value.word();
        value.finish()?;
        let track = (!track.is_empty()).then(|| track.rest().into());
        Ok(Self { stream, track })
    }
}

impl fmt::Display for Msid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stream)?;
        self.track.as_ref().map_or(Ok(()), |track| write!(f, " {track}"))
    }
}
