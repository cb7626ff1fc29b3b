//! What can be wrong with a description, and where.

use core::fmt;

use crate::limits::Limit;

/// Why a description was refused, and the place of the fault.
///
/// ```
/// use lariat_sdp::{Field, Reason, Session};
///
/// let error = Session::parse("v=0\r\no=- 1 x IN IP4 0.0.0.0\r\n").unwrap_err();
/// assert_eq!((error.line, error.column), (2, 7));
/// assert_eq!(error.reason, Reason::Malformed(Field::SessionVersion));
/// assert_eq!(error.to_string(), "line 2, column 7: the session version is malformed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The character within the line, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: Reason,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

impl core::error::Error for ParseError {}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A bound of [`limits`](crate::limits) is exceeded.
    Limit(Limit),
    /// The input is not UTF-8.
    NotUtf8,
    /// The line is not one letter, an equals sign and a value.
    NotALine,
    /// There is a NUL, or a carriage return that does not end the line.
    ControlCharacter,
    /// The line's letter is none of RFC 8866's.
    UnknownLetter,
    /// A line with this letter has to stand here.
    Expected(char),
    /// The line may not stand here: it is a second one, or lines of its kind come earlier.
    OutOfOrder,
    /// The field is absent.
    Missing(Field),
    /// The field is not written as its grammar says.
    Malformed(Field),
    /// The field is well written, but its value is not allowed.
    OutOfRange(Field),
    /// Something follows where the value should end.
    Trailing,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit(limit) => write!(f, "{limit}"),
            Self::NotUtf8 => f.write_str("the text is not UTF-8"),
            Self::NotALine => f.write_str("not a line of the form letter=value"),
            Self::ControlCharacter => f.write_str("a NUL or a stray carriage return"),
            Self::UnknownLetter => f.write_str("no SDP line starts with this letter"),
            Self::Expected(letter) => write!(f, "a line {letter}= has to stand here"),
            Self::OutOfOrder => f.write_str("this line may not stand here"),
            Self::Missing(field) => write!(f, "the {field} is missing"),
            Self::Malformed(field) => write!(f, "the {field} is malformed"),
            Self::OutOfRange(field) => write!(f, "the {field} is out of range"),
            Self::Trailing => f.write_str("the line goes on after its end"),
        }
    }
}

/// A part of a line that an error can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant says its name; `Display` says it in words")]
pub enum Field {
    Version,
    Username,
    SessionId,
    SessionVersion,
    NetworkType,
    AddressType,
    Address,
    BandwidthType,
    Bandwidth,
    StartTime,
    StopTime,
    MediaKind,
    Port,
    PortCount,
    Protocol,
    Format,
    PayloadType,
    Encoding,
    ClockRate,
    Channels,
    FormatParameters,
    Feedback,
    Mid,
    Semantics,
    IceUfrag,
    IcePwd,
    IceOption,
    Candidate,
    HashFunction,
    FingerprintBytes,
    TlsId,
    Setup,
    Direction,
    ExtensionId,
    ExtensionUri,
    Ssrc,
    SourceAttribute,
    StreamId,
    TrackId,
    SctpPort,
    MaxMessageSize,
    RidId,
    RidRestriction,
    Simulcast,
    AttributeValue,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "version",
            Self::Username => "user name",
            Self::SessionId => "session id",
            Self::SessionVersion => "session version",
            Self::NetworkType => "network type",
            Self::AddressType => "address type",
            Self::Address => "address",
            Self::BandwidthType => "bandwidth type",
            Self::Bandwidth => "bandwidth",
            Self::StartTime => "start time",
            Self::StopTime => "stop time",
            Self::MediaKind => "media kind",
            Self::Port => "port",
            Self::PortCount => "number of ports",
            Self::Protocol => "protocol",
            Self::Format => "format",
            Self::PayloadType => "payload type",
            Self::Encoding => "encoding name",
            Self::ClockRate => "clock rate",
            Self::Channels => "number of channels",
            Self::FormatParameters => "format parameters",
            Self::Feedback => "feedback type",
            Self::Mid => "mid",
            Self::Semantics => "semantics",
            Self::IceUfrag => "ICE user name fragment",
            Self::IcePwd => "ICE password",
            Self::IceOption => "ICE option",
            Self::Candidate => "candidate",
            Self::HashFunction => "hash function",
            Self::FingerprintBytes => "fingerprint",
            Self::TlsId => "TLS id",
            Self::Setup => "setup role",
            Self::Direction => "direction",
            Self::ExtensionId => "header extension id",
            Self::ExtensionUri => "header extension URI",
            Self::Ssrc => "SSRC",
            Self::SourceAttribute => "source attribute",
            Self::StreamId => "stream id",
            Self::TrackId => "track id",
            Self::SctpPort => "SCTP port",
            Self::MaxMessageSize => "maximum message size",
            Self::RidId => "rid",
            Self::RidRestriction => "rid restriction",
            Self::Simulcast => "simulcast description",
            Self::AttributeValue => "attribute's value",
        })
    }
}

/// Why a description cannot be written, and the line it would have been.
///
/// ```
/// use lariat_sdp::{Attribute, BuildReason};
///
/// let error = Attribute::Mid("0\r\na=ice-lite".into()).check().unwrap_err();
/// assert_eq!(error.reason, BuildReason::LineBreak);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// The line of the text that would have been written, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: BuildReason,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} cannot be written: {}", self.line, self.reason)
    }
}

impl core::error::Error for BuildError {}

/// Why a line cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildReason {
    /// A value holds a carriage return, a line feed or a NUL: it would become lines of its own.
    LineBreak,
    /// The line would be refused by whoever reads it, for this reason.
    Unreadable(Reason),
    /// The line would be read back as something else, a value with a space in it for example.
    Ambiguous,
}

impl fmt::Display for BuildReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineBreak => f.write_str("a value holds a line break or a NUL"),
            Self::Unreadable(reason) => write!(f, "{reason}"),
            Self::Ambiguous => f.write_str("it would be read back as something else"),
        }
    }
}
