//! Errors, and the reasons why something was refused or dropped.

use core::fmt;

use lariat_base::ReadError;

use crate::alert::AlertDescription;
use crate::event::Version;

/// Why a handshake message or a certificate could not be read.
///
/// ```
/// use lariat_dtls::ParseError;
///
/// assert_eq!(ParseError::Invalid("cookie").to_string(), "cookie has a value it cannot have");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// The message ends before its last field.
    Truncated,
    /// The message goes on after its last field.
    Trailing,
    /// The named field has a value that it cannot have.
    Invalid(&'static str),
    /// There are more of the named things than the crate's limit.
    TooMany(&'static str),
    /// The extension with this code point occurs twice.
    DuplicateExtension(u16),
}

impl From<ReadError> for ParseError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Trailing => Self::Trailing,
            _ => Self::Truncated,
        }
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("message ends too early"),
            Self::Trailing => f.write_str("message goes on after its last field"),
            Self::Invalid(field) => write!(f, "{field} has a value it cannot have"),
            Self::TooMany(things) => write!(f, "too many {things}"),
            Self::DuplicateExtension(code_point) => {
                write!(f, "extension {code_point} occurs twice")
            }
        }
    }
}

impl core::error::Error for ParseError {}

/// Why no connection can come of a [`Config`](crate::Config).
///
/// ```
/// use lariat_dtls::{ConfigError, Version};
///
/// let error = ConfigError::NoGroup(Version::Dtls12);
/// assert!(error.to_string().contains("DTLS 1.2"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// No version is spoken.
    NoVersion,
    /// This version is spoken, and none of its cipher suites is configured.
    NoCipherSuite(Version),
    /// This version is spoken, and no key exchange group is configured that it has.
    NoGroup(Version),
    /// The provider does not have a group of which a key is to be sent; its name.
    UnsupportedGroup(&'static str),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVersion => f.write_str("no version is spoken"),
            Self::NoCipherSuite(version) => {
                write!(f, "{} is spoken, but none of its cipher suites is", version.name())
            }
            Self::NoGroup(version) => {
                write!(f, "{} is spoken, but no group that it has", version.name())
            }
            Self::UnsupportedGroup(name) => write!(f, "the provider does not have {name}"),
        }
    }
}

impl core::error::Error for ConfigError {}

/// Why a connection failed.
///
/// ```
/// use lariat_dtls::FailureReason;
///
/// assert!(FailureReason::Fingerprint.to_string().contains("fingerprint"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureReason {
    /// Our own configuration leads to no connection, so nothing was sent.
    Config(ConfigError),
    /// The peer's certificate has none of the expected fingerprints.
    Fingerprint,
    /// The handshake took too long.
    HandshakeTimeout,
    /// The client said no hello in time: see
    /// [`Connection::expect_hello`](crate::Connection::expect_hello).
    NoHello,
    /// The peer ended the connection with this alert.
    PeerAlert(AlertDescription),
    /// A handshake message could not be read.
    Malformed(ParseError),
    /// A handshake message came where it does not belong.
    UnexpectedMessage,
    /// The messages of the handshake are longer in sum than the crate's limit.
    HandshakeTooLong,
    /// No protocol version in common.
    NoCommonVersion,
    /// No cipher suite in common.
    NoCommonCipherSuite,
    /// No key exchange group in common.
    NoCommonGroup,
    /// No signature scheme in common.
    NoCommonSignatureScheme,
    /// The peer does not offer, or does not answer, the extended master secret (RFC 7627).
    NoExtendedMasterSecret,
    /// The peer took the hello for a renegotiation (RFC 5746).
    Renegotiation,
    /// The hello lacks an extension that DTLS 1.3 requires; it is named.
    MissingExtension(&'static str),
    /// The server claims to speak nothing newer than DTLS 1.2 and shows that it does (RFC 8446
    /// §4.1.3).
    Downgrade,
    /// The server answered an extension that was not offered.
    UnsolicitedExtension(u16),
    /// The peer chose something that was not offered; the field is named.
    NotOffered(&'static str),
    /// A field of a message has a value that is not allowed; the field is named.
    IllegalParameter(&'static str),
    /// The peer sent no certificate.
    NoCertificate,
    /// The peer's certificate holds no public key that can be read.
    Certificate(ParseError),
    /// The peer's key share is not valid in its group.
    KeyShare,
    /// The peer's signature does not verify, so it does not hold the certificate's key.
    Signature,
    /// The peer's Finished does not verify: the two sides saw different handshakes.
    Finished,
    /// The local cryptographic backend failed.
    Crypto,
    /// Our own key did not sign: see [`Certificate::with_signer`](crate::Certificate::with_signer).
    Signing,
    /// All sequence numbers of the epoch are spent.
    SequenceExhausted,
    /// The peer asked for connection identifiers too often without having been given any.
    TooManyConnectionIdRequests,
    /// So many forged records came that the next one might get through (RFC 9147 §4.5.3).
    TooManyForgeries,
}

impl FailureReason {
    /// Whether it lies with our side, whatever the peer has said.
    pub(crate) const fn is_our_own(self) -> bool {
        matches!(self, Self::Config(_) | Self::Crypto | Self::Signing | Self::SequenceExhausted)
    }

    /// The alert that tells the peer, if it is told.
    pub const fn alert(self) -> Option<AlertDescription> {
        Some(match self {
            Self::Config(_)
            | Self::PeerAlert(_)
            | Self::HandshakeTimeout
            | Self::NoHello
            | Self::SequenceExhausted
            | Self::TooManyForgeries => return None,
            Self::Fingerprint | Self::NoCertificate | Self::Certificate(_) => {
                AlertDescription::BAD_CERTIFICATE
            }
            Self::Malformed(ParseError::DuplicateExtension(_))
            | Self::NotOffered(_)
            | Self::IllegalParameter(_)
            | Self::Downgrade
            | Self::KeyShare => AlertDescription::ILLEGAL_PARAMETER,
            Self::Malformed(_) | Self::HandshakeTooLong => AlertDescription::DECODE_ERROR,
            Self::UnexpectedMessage => AlertDescription::UNEXPECTED_MESSAGE,
            Self::TooManyConnectionIdRequests => AlertDescription::TOO_MANY_CIDS_REQUESTED,
            Self::NoCommonVersion => AlertDescription::PROTOCOL_VERSION,
            Self::NoCommonCipherSuite
            | Self::NoCommonGroup
            | Self::NoCommonSignatureScheme
            | Self::NoExtendedMasterSecret
            | Self::Renegotiation => AlertDescription::HANDSHAKE_FAILURE,
            Self::MissingExtension(_) => AlertDescription::MISSING_EXTENSION,
            Self::UnsolicitedExtension(_) => AlertDescription::UNSUPPORTED_EXTENSION,
            Self::Signature | Self::Finished => AlertDescription::DECRYPT_ERROR,
            Self::Crypto | Self::Signing => AlertDescription::INTERNAL_ERROR,
        })
    }
}

impl From<ParseError> for FailureReason {
    fn from(error: ParseError) -> Self {
        Self::Malformed(error)
    }
}

impl From<ConfigError> for FailureReason {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config(error) => return write!(f, "our configuration: {error}"),
            Self::Fingerprint => "the certificate has none of the expected fingerprints",
            Self::HandshakeTimeout => "the handshake took too long",
            Self::NoHello => "the client said no hello",
            Self::PeerAlert(alert) => return write!(f, "the peer sent {alert}"),
            Self::Malformed(error) => return write!(f, "malformed handshake message: {error}"),
            Self::UnexpectedMessage => "a handshake message came where it does not belong",
            Self::HandshakeTooLong => "the handshake's messages are too long",
            Self::NoCommonVersion => "no protocol version in common",
            Self::NoCommonCipherSuite => "no cipher suite in common",
            Self::NoCommonGroup => "no key exchange group in common",
            Self::NoCommonSignatureScheme => "no signature scheme in common",
            Self::NoExtendedMasterSecret => "the peer does not do extended_master_secret",
            Self::Renegotiation => "the peer took a first hello for a renegotiation",
            Self::MissingExtension(name) => return write!(f, "the hello lacks {name}"),
            Self::Downgrade => "somebody hides that both sides speak a newer version",
            Self::UnsolicitedExtension(code_point) => {
                return write!(
                    f,
                    "the server answered extension {code_point}, which was not offered"
                );
            }
            Self::NotOffered(field) => return write!(f, "the server chose a {field} not offered"),
            Self::IllegalParameter(field) => return write!(f, "{field} is not allowed here"),
            Self::NoCertificate => "the peer sent no certificate",
            Self::Certificate(error) => return write!(f, "unreadable certificate: {error}"),
            Self::KeyShare => "the peer's key share is not valid in its group",
            Self::Signature => "the peer's signature does not verify",
            Self::Finished => "the peer's Finished does not verify",
            Self::Crypto => "the cryptographic backend failed",
            Self::Signing => "our own key did not sign",
            Self::SequenceExhausted => "all sequence numbers are spent",
            Self::TooManyConnectionIdRequests => "the peer asked for identifiers too often",
            Self::TooManyForgeries => "too many forged records came",
        })
    }
}

impl core::error::Error for FailureReason {}

/// Why a datagram, a record or a fragment was dropped.
///
/// ```
/// use lariat_dtls::Dropped;
///
/// assert_eq!(Dropped::Replayed.to_string(), "record was seen before");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// A client that has not started expects nothing.
    NotStarted,
    /// The connection is over.
    Over,
    /// What is left of the datagram is no record.
    Header,
    /// A record's version is not one of DTLS.
    Version,
    /// A record's content type is unknown.
    ContentType,
    /// A record bears a connection identifier that is not ours, or where there can be none, or it
    /// lacks one.
    ConnectionId,
    /// A record's epoch is neither the current one nor the next.
    Epoch,
    /// A record's length is impossible for its content.
    Length,
    /// A record was seen before, or is too old to tell.
    Replayed,
    /// A record does not authenticate.
    NotAuthentic,
    /// A record came before its keys, and no more are kept.
    EarlyRecord,
    /// Application data came before the handshake was complete, and no more is kept.
    EarlyData,
    /// Application data without protection.
    PlaintextData,
    /// A handshake fragment cannot be read or contradicts itself.
    Fragment,
    /// A handshake fragment contradicts an earlier one of the same message.
    FragmentConflict,
    /// A handshake message is too far ahead.
    MessageWindow,
    /// A handshake message does not fit into what is left of the reassembly buffer.
    ReassemblyFull,
    /// A handshake message came in an epoch in which it cannot be sent.
    HandshakeEpoch,
    /// A handshake message came that was processed already.
    Retransmission,
    /// A handshake message came after the handshake.
    LateHandshake,
    /// The peer asked for another handshake.
    Renegotiation,
    /// An alert cannot be read.
    Alert,
    /// An alert without protection, which ends nothing. In a handshake that goes no further it says
    /// why: see [`limits::DOUBT`](crate::limits::DOUBT).
    PlaintextAlert,
    /// A ChangeCipherSpec that is not one.
    ChangeCipherSpec,
    /// An acknowledgement that cannot be read, or that nothing vouches for.
    Ack,
    /// The owner does not take its events.
    EventsFull,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotStarted => "not started",
            Self::Over => "connection is over",
            Self::Header => "not a record",
            Self::Version => "record version is not of DTLS",
            Self::ContentType => "content type is unknown",
            Self::ConnectionId => "record is of another connection, or does not say of which",
            Self::Epoch => "record is of another epoch",
            Self::Length => "record length is impossible",
            Self::Replayed => "record was seen before",
            Self::NotAuthentic => "record does not authenticate",
            Self::EarlyRecord => "too many records came before their keys",
            Self::EarlyData => "too much data came before the handshake was complete",
            Self::PlaintextData => "application data without protection",
            Self::Fragment => "handshake fragment is malformed",
            Self::FragmentConflict => "handshake fragment contradicts an earlier one",
            Self::MessageWindow => "handshake message is too far ahead",
            Self::ReassemblyFull => "handshake message does not fit",
            Self::HandshakeEpoch => "handshake message is in the wrong epoch",
            Self::Retransmission => "handshake message was processed already",
            Self::LateHandshake => "handshake message came after the handshake",
            Self::Renegotiation => "renegotiation is refused",
            Self::Alert => "alert is malformed",
            Self::PlaintextAlert => "alert without protection",
            Self::ChangeCipherSpec => "ChangeCipherSpec is malformed",
            Self::Ack => "acknowledgement is malformed or without protection",
            Self::EventsFull => "events are not taken",
        })
    }
}

/// Why [`Connection::send`](crate::Connection::send) refused. Nothing was written.
///
/// ```
/// use lariat_dtls::SendError;
///
/// assert!(SendError::TooLong { max: 16_384 }.to_string().contains("16384"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// The handshake is not complete.
    NotConnected,
    /// The connection is closed or has failed.
    Closed,
    /// The data does not fit into one record.
    TooLong {
        /// The most that does, in bytes.
        max: usize,
    },
    /// All sequence numbers are spent, or in DTLS 1.3 all that one key may protect, and the peer
    /// does not acknowledge a new key. The connection must be closed.
    SequenceExhausted,
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("the handshake is not complete"),
            Self::Closed => f.write_str("the connection is over"),
            Self::TooLong { max } => write!(f, "a record takes at most {max} bytes"),
            Self::SequenceExhausted => f.write_str("all sequence numbers are spent"),
        }
    }
}

impl core::error::Error for SendError {}

/// Why [`Connection::export_keying_material`](crate::Connection::export_keying_material) refused.
///
/// ```
/// use lariat_dtls::ExportError;
///
/// assert_eq!(ExportError::NotConnected.to_string(), "there are no keys to derive from");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExportError {
    /// The handshake is not complete, or the connection is over.
    NotConnected,
    /// The label is one of the protocol's own (RFC 5705 §4).
    ReservedLabel,
    /// The context is longer than 65,535 bytes.
    ContextTooLong,
    /// The label is longer than DTLS 1.3 has room for, which is 249 bytes.
    LabelTooLong,
    /// More is asked for than DTLS 1.3 can derive, which is 255 times the length of the hash.
    OutputTooLong,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotConnected => "there are no keys to derive from",
            Self::ReservedLabel => "the label is reserved for the protocol itself",
            Self::ContextTooLong => "the context is longer than 65535 bytes",
            Self::LabelTooLong => "the label is longer than 249 bytes",
            Self::OutputTooLong => "more is asked for than can be derived",
        })
    }
}

impl core::error::Error for ExportError {}
