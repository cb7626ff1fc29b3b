//! What can go wrong, and whose fault it is.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use lariat_dtls::FailureReason as DtlsFailure;
use lariat_ice::FailureReason as IceFailure;
use lariat_sdp::ParseError as SdpError;

use crate::{SdpType, SignalingState};

/// A command was refused; the peer is as it was.
///
/// ```
/// use lariat_peer::Error;
///
/// let error = Error::Closed;
/// assert_eq!(error.to_string(), "the peer is closed");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The peer is closed.
    Closed,
    /// The description does not fit the state of the negotiation.
    SignalingState {
        /// What was given.
        kind: SdpType,
        /// Where the negotiation stands.
        state: SignalingState,
    },
    /// A local description is not the one that was created last.
    DescriptionAltered,
    /// The description is not SDP.
    Sdp(SdpError),
    /// A description of ours cannot be written: something in it has no form in SDP.
    Write(lariat_sdp::BuildError),
    /// The description is SDP, but not one that can be agreed to.
    Negotiation(NegotiationError),
    /// The candidate is not one that can be used.
    Candidate(String),
    /// There is no such transceiver.
    NoSuchTransceiver,
    /// The transceiver's negotiated direction does not send, or nothing is negotiated yet.
    NotSending,
    /// The payload type is not negotiated for this transceiver.
    PayloadType(u8),
    /// The payload is longer than [`limits::MAX_RTP_PAYLOAD`](crate::limits::MAX_RTP_PAYLOAD).
    PayloadTooLong(usize),
    /// The packet could not be protected: its number was used before, or the keys are worn out.
    Protect,
    /// Too many transceivers: the next description could not hold them.
    TooManyTransceivers,
    /// The data channel cannot be opened.
    Channel(lariat_sctp::OpenError),
    /// The operating system gave no randomness.
    Crypto(lariat_crypto::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("the peer is closed"),
            Self::SignalingState { kind, state } => {
                write!(f, "{kind} does not fit the signaling state {state}")
            }
            Self::DescriptionAltered => {
                f.write_str("the description is not the one that was created last")
            }
            Self::Sdp(error) => write!(f, "description is not SDP: {error}"),
            Self::Write(error) => write!(f, "our description cannot be written: {error}"),
            Self::Negotiation(error) => write!(f, "description cannot be agreed to: {error}"),
            Self::Candidate(reason) => write!(f, "candidate cannot be used: {reason}"),
            Self::NoSuchTransceiver => f.write_str("no such transceiver"),
            Self::NotSending => f.write_str("the transceiver is not negotiated to send"),
            Self::PayloadType(number) => write!(f, "payload type {number} is not negotiated"),
            Self::PayloadTooLong(length) => write!(f, "payload of {length} bytes is too long"),
            Self::Protect => f.write_str("the packet cannot be protected"),
            Self::TooManyTransceivers => f.write_str("too many transceivers"),
            Self::Channel(error) => write!(f, "data channel cannot be opened: {error}"),
            Self::Crypto(error) => write!(f, "cryptography failed: {error}"),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Sdp(error) => Some(error),
            Self::Write(error) => Some(error),
            Self::Negotiation(error) => Some(error),
            Self::Channel(error) => Some(error),
            Self::Crypto(error) => Some(error),
            _ => None,
        }
    }
}

impl From<NegotiationError> for Error {
    fn from(error: NegotiationError) -> Self {
        Self::Negotiation(error)
    }
}

/// Why a description cannot be agreed to.
///
/// ```
/// use lariat_peer::NegotiationError;
///
/// assert_eq!(NegotiationError::NoFingerprint.to_string(), "no usable a=fingerprint");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NegotiationError {
    /// It has no media section that can be accepted.
    NothingAcceptable,
    /// It has more sections than [`limits::MAX_SECTIONS`](crate::limits::MAX_SECTIONS).
    TooManySections,
    /// A section has no `a=mid`.
    NoMid,
    /// Two sections have the same `a=mid`.
    DuplicateMid,
    /// An accepted section has no `a=rtcp-mux`.
    NoRtcpMux,
    /// No `a=ice-ufrag` and `a=ice-pwd`, or malformed ones.
    NoIceCredentials,
    /// No `a=fingerprint` with a hash that can be checked (SHA-256, SHA-384, SHA-512).
    NoFingerprint,
    /// `a=setup` is missing, or not one that an offer (answer) may have.
    Setup,
    /// An answer's sections are not those of the offer, in its order.
    SectionsDiffer,
    /// An answer sends where the offer does not receive, or the other way round.
    Direction,
    /// The ICE credentials changed: an ICE restart, which is not supported yet.
    IceRestart,
    /// The DTLS fingerprint or role changed, which needs a new transport.
    TransportChanged,
    /// Data channels were negotiated with a port that is not an SCTP port.
    SctpPort,
}

impl fmt::Display for NegotiationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NothingAcceptable => "no media section can be accepted",
            Self::TooManySections => "too many media sections",
            Self::NoMid => "a media section has no a=mid",
            Self::DuplicateMid => "two media sections have the same a=mid",
            Self::NoRtcpMux => "a media section has no a=rtcp-mux",
            Self::NoIceCredentials => "no usable a=ice-ufrag and a=ice-pwd",
            Self::NoFingerprint => "no usable a=fingerprint",
            Self::Setup => "a=setup is missing or does not fit",
            Self::SectionsDiffer => "the answer's media sections are not those of the offer",
            Self::Direction => "the answer's direction does not fit that of the offer",
            Self::IceRestart => "the ICE credentials changed, and ICE restart is not supported yet",
            Self::TransportChanged => "the DTLS fingerprint or role changed",
            Self::SctpPort => "a=sctp-port is missing or zero",
        })
    }
}

impl core::error::Error for NegotiationError {}

/// Why a connection failed for good.
///
/// ```
/// use lariat_peer::FailureReason;
///
/// fn log(reason: &FailureReason) {
///     println!("{reason}");
///     if let FailureReason::Ice { explanation, .. } = reason {
///         println!("{explanation}");
///     }
/// }
/// # log(&FailureReason::Keys);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureReason {
    /// No candidate pair works, or the one that did lost consent.
    Ice {
        /// Which of the two.
        reason: IceFailure,
        /// Both sides' candidates and every pair that was tried, with what became of it, in
        /// several lines: for whoever has to find out why. It names addresses, and no
        /// password.
        explanation: Box<str>,
    },
    /// The DTLS handshake or connection failed.
    Dtls(DtlsFailure),
    /// There was a path, and DTLS was not done within
    /// [`Config::handshake_timeout`](crate::Config::handshake_timeout).
    HandshakeTimeout {
        /// Whether anything of DTLS came from the other side. If not, it never began: it may wait
        /// for us to begin, or speak no DTLS.
        heard: bool,
    },
    /// The handshake succeeded, but its keys could not be put to use.
    Keys,
    /// Media was negotiated, and no SRTP profile that both sides know.
    NoSrtpProfile,
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ice { reason, .. } => write!(f, "ICE: {reason}"),
            Self::Dtls(reason) => write!(f, "DTLS: {reason}"),
            Self::HandshakeTimeout { heard: false } => {
                f.write_str("DTLS: the path works, and the other side never began the handshake")
            }
            Self::HandshakeTimeout { heard: true } => f.write_str(
                "DTLS: the path works, and the handshake began and was not finished in time",
            ),
            Self::Keys => f.write_str("the negotiated keys cannot be used"),
            Self::NoSrtpProfile => f.write_str("no SRTP profile in common"),
        }
    }
}

impl core::error::Error for FailureReason {}

/// Why the peer dropped a datagram or a packet that its layers had not dropped already.
///
/// ```
/// use lariat_peer::Dropped;
///
/// assert_eq!(Dropped::NotValidated.to_string(), "from an address without a validated pair");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// No protocol of WebRTC begins with its first byte (RFC 7983).
    UnknownProtocol,
    /// It came from an address that no connectivity check has validated.
    NotValidated,
    /// DTLS that came before the remote description, and more of it than is kept.
    EarlyQueueFull,
    /// Media before there were keys.
    NoKeys,
    /// Data before data channels were negotiated.
    NoDataChannels,
    /// An authentic packet that is not well-formed RTP.
    MalformedRtp,
    /// An authentic packet that is not well-formed RTCP, from some point on.
    MalformedRtcp,
    /// RTP of a stream that belongs to no transceiver that receives.
    UnknownStream,
    /// RTP with a payload type that was not negotiated.
    UnknownPayloadType,
    /// More streams than [`limits::MAX_RECEIVED_STREAMS`](crate::limits::MAX_RECEIVED_STREAMS),
    /// none of which is silent.
    TooManyStreams,
    /// Media for an owner that does not read its events.
    EventQueueFull,
    /// The driver does not send what it is given.
    SendQueueFull,
    /// It came after the peer was closed, or, of data channels, while it closes.
    Closed,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownProtocol => "not a protocol of WebRTC",
            Self::NotValidated => "from an address without a validated pair",
            Self::EarlyQueueFull => "DTLS too early",
            Self::NoKeys => "media before there were keys",
            Self::NoDataChannels => "data before data channels were negotiated",
            Self::MalformedRtp => "malformed RTP",
            Self::MalformedRtcp => "malformed RTCP",
            Self::UnknownStream => "RTP of an unknown stream",
            Self::UnknownPayloadType => "RTP with an unknown payload type",
            Self::TooManyStreams => "too many streams",
            Self::EventQueueFull => "events are not read",
            Self::SendQueueFull => "packets are not sent",
            Self::Closed => "after the end",
        })
    }
}
