//! Why a packet cannot be read, and why one cannot be written.

use core::fmt;

use lariat_base::ReadError;

/// Why bytes are not a packet.
///
/// ```
/// use lariat_rtp::{Packet, ParseError};
///
/// assert_eq!(Packet::parse(&[0x80, 96]).unwrap_err(), ParseError::Truncated);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ParseError {
    /// The bytes end before the packet does.
    Truncated,
    /// Bytes are left after the packet's end.
    Trailing,
    /// The version is not 2.
    Version(u8),
    /// The header extension's length points past the end.
    ExtensionLength,
    /// The padding count is zero, too large, or not a whole number of words in RTCP.
    Padding,
    /// The RTCP length field points past the end.
    RtcpLength,
    /// The RTCP packet is of another type or format than was asked for.
    RtcpType {
        /// The packet type that is there.
        packet_type: u8,
        /// The count or format that is there.
        format: u8,
    },
    /// The count of report blocks, chunks or sources says more than the packet holds.
    RtcpCount,
    /// A list of SDES items does not end before its packet does.
    SdesEnd,
    /// The reason of a BYE is longer than the packet.
    ByeReason,
    /// A generic NACK names no packet, or ends in half an entry.
    NackEntries,
    /// A picture loss indication has a body.
    PliBody,
    /// The datagram holds more RTCP packets than [`MAX_COMPOUND_PACKETS`].
    ///
    /// [`MAX_COMPOUND_PACKETS`]: crate::limits::MAX_COMPOUND_PACKETS
    TooManyPackets,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("packet ends too early"),
            Self::Trailing => f.write_str("bytes follow the packet's end"),
            Self::Version(version) => write!(f, "RTP version is {version}, not 2"),
            Self::ExtensionLength => f.write_str("header extension is longer than the packet"),
            Self::Padding => f.write_str("padding count does not fit the packet"),
            Self::RtcpLength => f.write_str("RTCP length points past the datagram's end"),
            Self::RtcpType { packet_type, format } => {
                write!(f, "RTCP packet type {packet_type} with format {format} is not this one")
            }
            Self::RtcpCount => f.write_str("RTCP count says more than the packet holds"),
            Self::SdesEnd => f.write_str("SDES items have no end"),
            Self::ByeReason => f.write_str("BYE reason is longer than the packet"),
            Self::NackEntries => f.write_str("generic NACK has no whole number of entries"),
            Self::PliBody => f.write_str("picture loss indication has a body"),
            Self::TooManyPackets => f.write_str("datagram holds too many RTCP packets"),
        }
    }
}

impl core::error::Error for ParseError {}

impl From<ReadError> for ParseError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Trailing => Self::Trailing,
            _ => Self::Truncated,
        }
    }
}

/// Why a packet cannot be written. Nothing has been written then.
///
/// ```
/// use lariat_rtp::{BuildError, PacketBuilder};
///
/// let packet = PacketBuilder { payload_type: 200, ..PacketBuilder::default() };
/// assert_eq!(packet.encode(&mut Vec::new()), Err(BuildError::PayloadType(200)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// The payload type has more than seven bits, or is one of 64 to 95, which RTCP takes.
    PayloadType(u8),
    /// More contributing sources than [`MAX_CSRCS`](crate::limits::MAX_CSRCS).
    TooManyCsrcs(usize),
    /// An extension identifier that the allowed form cannot carry: 0, or above 14 in the one-byte
    /// form.
    ExtensionId(u8),
    /// An extension value of a length that the allowed form cannot carry.
    ExtensionValue {
        /// The extension's identifier.
        id: u8,
        /// The length in bytes.
        length: usize,
    },
    /// The header extensions are longer than their length field can say.
    ExtensionsTooLong,
    /// More report blocks, chunks or sources than
    /// [`MAX_RTCP_COUNT`](crate::limits::MAX_RTCP_COUNT).
    TooManyEntries(usize),
    /// A text longer than [`MAX_RTCP_TEXT`](crate::limits::MAX_RTCP_TEXT) bytes.
    TextTooLong(usize),
    /// An SDES item whose kind is 0, which would end the list.
    SdesKind,
    /// A generic NACK without entries.
    EmptyNack,
    /// An RTCP body that is not a whole number of words.
    Unaligned(usize),
    /// An RTCP packet longer than its length field can say.
    RtcpTooLong(usize),
    /// The packet does not fit into what is left of the datagram.
    DatagramFull {
        /// How many bytes the packet takes.
        needed: usize,
        /// How many are left.
        left: usize,
    },
    /// A compound packet has to begin with a sender or receiver report.
    FirstNotReport,
    /// A compound packet has to name its sender: it needs an SDES packet with a CNAME.
    NoCname,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadType(value) => write!(f, "payload type {value} is not usable"),
            Self::TooManyCsrcs(count) => write!(f, "{count} contributing sources are too many"),
            Self::ExtensionId(id) => write!(f, "extension identifier {id} cannot be written"),
            Self::ExtensionValue { id, length } => {
                write!(f, "{length} bytes cannot be the value of extension {id}")
            }
            Self::ExtensionsTooLong => f.write_str("header extensions are too long"),
            Self::TooManyEntries(count) => write!(f, "{count} entries are too many for one packet"),
            Self::TextTooLong(length) => write!(f, "text of {length} bytes is too long"),
            Self::SdesKind => f.write_str("SDES item kind 0 is the end of the list"),
            Self::EmptyNack => f.write_str("generic NACK names no packet"),
            Self::Unaligned(length) => write!(f, "body of {length} bytes is not in whole words"),
            Self::RtcpTooLong(length) => write!(f, "RTCP packet of {length} bytes is too long"),
            Self::DatagramFull { needed, left } => {
                write!(f, "packet takes {needed} bytes where {left} are left")
            }
            Self::FirstNotReport => f.write_str("compound packet does not begin with a report"),
            Self::NoCname => f.write_str("compound packet has no CNAME"),
        }
    }
}

impl core::error::Error for BuildError {}
