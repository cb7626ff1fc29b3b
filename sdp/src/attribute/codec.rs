//! What is said of a payload type: `rtpmap`, `fmtp` and `rtcp-fb`.

use alloc::string::String;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// `a=rtpmap` (RFC 8866 §6.6): which codec a payload type stands for.
///
/// ```text
/// rtpmap:<payload type> <encoding>/<clock rate>[/<channels>]
/// ```
///
/// ```
/// use lariat_sdp::Rtpmap;
///
/// let opus = Rtpmap::new(111, "opus", 48_000).with_channels(2);
/// assert_eq!(opus.to_string(), "111 opus/48000/2");
/// assert!(opus.is("OPUS"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rtpmap {
    /// 0 to 127.
    pub payload_type: u8,
    /// The codec's name; letter case does not matter.
    pub encoding: String,
    /// Ticks per second of the RTP timestamp, never 0 in what was parsed.
    pub clock_rate: u32,
    /// Audio channels, never 0 in what was parsed. Absent means one.
    pub channels: Option<u8>,
}

impl Rtpmap {
    /// A mapping without a number of channels.
    pub fn new(payload_type: u8, encoding: impl Into<String>, clock_rate: u32) -> Self {
        Self { payload_type, encoding: encoding.into(), clock_rate, channels: None }
    }

    /// The same mapping with a number of channels.
    #[must_use]
    pub fn with_channels(self, channels: u8) -> Self {
        Self { channels: Some(channels), ..self }
    }

    /// Whether the codec's name is `encoding`, in whatever letter case.
    pub fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let payload_type = value.word().payload_type()?;
        let encoding = value.take_until('/').token(Field::Encoding)?;
        let has_channels = value.rest().contains('/');
        let clock_rate = positive(value.take_until('/'), Field::ClockRate)?;
        let channels = if has_channels { Some(positive(value, Field::Channels)?) } else { None };
        Ok(Self { payload_type, encoding: encoding.into(), clock_rate, channels })
    }
}

/// A number that somebody may divide by.
fn positive<T: TryFrom<u64> + Default + PartialEq>(
    text: Cursor<'_>,
    field: Field,
) -> Result<T, Fault> {
    let number = text.number(field)?;
    if number == T::default() { Err(text.fault(Reason::OutOfRange(field))) } else { Ok(number) }
}

impl fmt::Display for Rtpmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.payload_type, self.encoding, self.clock_rate)?;
        self.channels.map_or(Ok(()), |channels| write!(f, "/{channels}"))
    }
}

/// `a=fmtp` (RFC 8866 §6.15): parameters of a payload type.
///
/// ```text
/// fmtp:<payload type> <parameters>
/// ```
///
/// ```
/// use lariat_sdp::Fmtp;
///
/// let fmtp = Fmtp::new(97, "apt=96; rtx-time=3000");
/// assert_eq!(fmtp.parameter("rtx-time"), Some("3000"));
/// assert_eq!(fmtp.parameter("profile-id"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fmtp {
    /// 0 to 127.
    pub payload_type: u8,
    /// In the codec's own form, mostly `name=value` pairs between semicolons.
    pub parameters: String,
}

impl Fmtp {
    /// Parameters for a payload type.
    pub fn new(payload_type: u8, parameters: impl Into<String>) -> Self {
        Self { payload_type, parameters: parameters.into() }
    }

    /// The value of the first parameter of this name, in whatever letter case, in a list of
    /// `name=value` pairs.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .split(';')
            .filter_map(|pair| pair.split_once('='))
            .find_map(|(key, value)| key.trim().eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let payload_type = value.word().payload_type()?;
        let parameters = value.text(Field::FormatParameters)?;
        Ok(Self::new(payload_type, parameters))
    }
}

impl fmt::Display for Fmtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.payload_type, self.parameters)
    }
}

/// `a=rtcp-fb` (RFC 4585 §4.2): RTCP feedback that a payload type may use.
///
/// ```text
/// rtcp-fb:<payload type or *> <type> [<parameters>]
/// ```
///
/// ```
/// use lariat_sdp::RtcpFb;
///
/// assert_eq!(RtcpFb::new(96, "nack pli").to_string(), "96 nack pli");
/// assert_eq!(RtcpFb::for_all("transport-cc").to_string(), "* transport-cc");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtcpFb {
    /// 0 to 127, or `None` for `*`: every payload type of the media description.
    pub payload_type: Option<u8>,
    /// The type and its parameters, `nack pli` for example.
    pub value: String,
}

impl RtcpFb {
    /// Feedback for one payload type.
    pub fn new(payload_type: u8, value: impl Into<String>) -> Self {
        Self { payload_type: Some(payload_type), value: value.into() }
    }

    /// Feedback for every payload type.
    pub fn for_all(value: impl Into<String>) -> Self {
        Self { payload_type: None, value: value.into() }
    }

    /// Whether this line speaks of `payload_type`.
    pub fn applies_to(&self, payload_type: u8) -> bool {
        self.payload_type.is_none_or(|own| own == payload_type)
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let payload_type = value.word();
        let payload_type = match payload_type.rest() {
            "*" => None,
            _ => Some(payload_type.payload_type()?),
        };
        let value = value.text(Field::Feedback)?.into();
        Ok(Self { payload_type, value })
    }
}

impl fmt::Display for RtcpFb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload_type {
            Some(payload_type) => write!(f, "{payload_type} {}", self.value),
            None => write!(f, "* {}", self.value),
        }
    }
}
