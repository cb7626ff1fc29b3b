//! One media description: an `m=` line and what belongs to it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::attribute::{
    Attribute, Direction, Extmap, Fingerprint, Fmtp, Msid, Rid, RtcpFb, Rtpmap, Setup, Simulcast,
    Ssrc, SsrcGroup,
};
use crate::connection::Connection;
use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};
use crate::limits::{Limit, MAX_FORMATS};
use crate::line::Line;

/// The protocol of audio and video in WebRTC (RFC 8829 §5.1.2).
pub const PROTOCOL_RTP: &str = "UDP/TLS/RTP/SAVPF";
/// The protocol of data channels (RFC 8841 §4.2).
pub const PROTOCOL_SCTP: &str = "UDP/DTLS/SCTP";
/// The only format of data channels (RFC 8841 §4.3).
pub const FORMAT_DATA_CHANNEL: &str = "webrtc-datachannel";
/// What a peer receives at most if it does not say (RFC 8841 §6.1), in bytes.
pub const DEFAULT_MAX_MESSAGE_SIZE: u64 = 65_536;

/// What a media description is about.
///
/// ```
/// use lariat_sdp::MediaKind;
///
/// assert_eq!(MediaKind::Application.to_string(), "application");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// `audio`
    Audio,
    /// `video`
    Video,
    /// `application`: data channels.
    Application,
    /// `text`, `image` and others.
    Other(String),
}

impl MediaKind {
    fn parse(value: Cursor<'_>) -> Result<Self, Fault> {
        Ok(match value.token(Field::MediaKind)? {
            "audio" => Self::Audio,
            "video" => Self::Video,
            "application" => Self::Application,
            other => Self::Other(other.into()),
        })
    }
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Application => "application",
            Self::Other(name) => name,
        })
    }
}

/// One media description (RFC 8866 §5.14).
///
/// ```text
/// m=<kind> <port>[/<number of ports>] <protocol> <format>[ <format>]*
/// ```
///
/// ```
/// use lariat_sdp::{Attribute, Direction, Media, MediaKind, PROTOCOL_RTP, Rtpmap};
///
/// let mut media = Media::new(MediaKind::Audio, 9, PROTOCOL_RTP, ["111"]);
/// media.push(Attribute::Mid("0".into()));
/// media.push(Direction::SendOnly);
/// media.push(Rtpmap::new(111, "opus", 48_000).with_channels(2));
/// assert_eq!(media.mid(), Some("0"));
/// assert_eq!(media.direction(), Direction::SendOnly);
/// assert_eq!(media.rtpmap(111).map(|map| map.clock_rate), Some(48_000));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// What it is about.
    pub kind: MediaKind,
    /// The port: 0 if it is rejected (or only usable in its bundle), 9 if it is not known yet.
    pub port: u16,
    /// The number of consecutive ports, which WebRTC never has.
    pub port_count: Option<u16>,
    /// The protocol, [`PROTOCOL_RTP`] for example.
    pub protocol: String,
    /// Payload types if the protocol is one of RTP's.
    pub formats: Vec<String>,
    /// `c=` and the other lines before the attributes.
    pub lines: Vec<Line>,
    /// The attributes, in the order written.
    pub attributes: Vec<Attribute>,
}

impl Media {
    /// A media description with a place holder for its address and no attributes.
    pub fn new<S: Into<String>>(
        kind: MediaKind,
        port: u16,
        protocol: impl Into<String>,
        formats: impl IntoIterator<Item = S>,
    ) -> Self {
        Self {
            kind,
            port,
            port_count: None,
            protocol: protocol.into(),
            formats: formats.into_iter().map(Into::into).collect(),
            lines: Vec::from([Line::Connection(Connection::unspecified())]),
            attributes: Vec::new(),
        }
    }

    /// Adds an attribute.
    pub fn push(&mut self, attribute: impl Into<Attribute>) {
        self.attributes.push(attribute.into());
    }

    /// Puts `connection` in the place of the first `c=` line, or adds one.
    pub fn set_connection(&mut self, connection: Connection) {
        let is_connection = |line: &&mut Line| matches!(line, Line::Connection(_));
        match self.lines.iter_mut().find(is_connection) {
            Some(line) => *line = Line::Connection(connection),
            None => self.lines.push(Line::Connection(connection)),
        }
    }

    /// The first `c=` line.
    pub fn connection(&self) -> Option<&Connection> {
        self.lines.iter().find_map(|line| match line {
            Line::Connection(connection) => Some(connection),
            _ => None,
        })
    }

    /// Whether the protocol is one of RTP's, so that the formats are payload types.
    pub fn is_rtp(&self) -> bool {
        is_rtp(&self.protocol)
    }

    /// Whether the media description is refused, or taken out of use.
    ///
    /// `a=bundle-only` is taken at its word here: whether the media description is in a bundle at
    /// all is for the caller to see, and if it is not, the attribute does not count.
    // rfc9143 §6: a zero port together with bundle-only is no refusal.
    pub fn is_rejected(&self) -> bool {
        self.port == 0 && !self.has(&Attribute::BundleOnly)
    }

    /// Whether the attribute occurs, just like this.
    pub fn has(&self, attribute: &Attribute) -> bool {
        self.attributes.contains(attribute)
    }

    /// The name of this media description.
    pub fn mid(&self) -> Option<&str> {
        find!(self, Mid).map(String::as_str)
    }

    /// Who sends, as this media description says it; both if it does not. The session's default is
    /// not looked at: see [`Session::direction`](crate::Session::direction).
    pub fn direction(&self) -> Direction {
        self.own_direction().unwrap_or_default()
    }

    pub(crate) fn own_direction(&self) -> Option<Direction> {
        find!(self, Direction).copied()
    }

    pub(crate) fn own_setup(&self) -> Option<Setup> {
        find!(self, Setup).copied()
    }

    pub(crate) fn own_fingerprints(&self) -> impl Iterator<Item = &Fingerprint> {
        all!(self, Fingerprint)
    }

    /// The payload types of the `m=` line, in order of preference. None if it is not about RTP.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> {
        let formats = if self.is_rtp() { self.formats.as_slice() } else { &[] };
        formats.iter().filter_map(|format| format.parse().ok())
    }

    /// The codecs of payload types.
    pub fn rtpmaps(&self) -> impl Iterator<Item = &Rtpmap> {
        all!(self, Rtpmap)
    }

    /// The codec of one payload type.
    pub fn rtpmap(&self, payload_type: u8) -> Option<&Rtpmap> {
        self.rtpmaps().find(|rtpmap| rtpmap.payload_type == payload_type)
    }

    /// The parameters of payload types.
    pub fn fmtps(&self) -> impl Iterator<Item = &Fmtp> {
        all!(self, Fmtp)
    }

    /// The parameters of one payload type.
    pub fn fmtp(&self, payload_type: u8) -> Option<&Fmtp> {
        self.fmtps().find(|fmtp| fmtp.payload_type == payload_type)
    }

    /// The kinds of RTCP feedback for one payload type, those for all included: `nack pli` and so
    /// on.
    pub fn feedback(&self, payload_type: u8) -> impl Iterator<Item = &str> {
        all!(self, RtcpFb)
            .filter(move |feedback: &&RtcpFb| feedback.applies_to(payload_type))
            .map(|feedback| feedback.value.as_str())
    }

    /// The ids of header extensions.
    pub fn extmaps(&self) -> impl Iterator<Item = &Extmap> {
        all!(self, Extmap)
    }

    /// The values of `a=candidate` lines, which begin with the foundation.
    pub fn candidates(&self) -> impl Iterator<Item = &str> {
        all!(self, Candidate).map(String::as_str)
    }

    /// The attributes of single sources.
    pub fn ssrcs(&self) -> impl Iterator<Item = &Ssrc> {
        all!(self, Ssrc)
    }

    /// Sources that belong together.
    pub fn ssrc_groups(&self) -> impl Iterator<Item = &SsrcGroup> {
        all!(self, SsrcGroup)
    }

    /// The streams and tracks this carries.
    pub fn msids(&self) -> impl Iterator<Item = &Msid> {
        all!(self, Msid)
    }

    /// Streams that keep to restrictions.
    pub fn rids(&self) -> impl Iterator<Item = &Rid> {
        all!(self, Rid)
    }

    /// Which of them are versions of the same source.
    pub fn simulcast(&self) -> Option<&Simulcast> {
        find!(self, Simulcast)
    }

    /// The SCTP port. A data channel's media description without one is invalid.
    pub fn sctp_port(&self) -> Option<u16> {
        find!(self, SctpPort).copied()
    }

    /// The largest message the writer takes, in bytes: 0 is any size, and
    /// [`DEFAULT_MAX_MESSAGE_SIZE`] stands in for what is not said.
    // rfc8841 §6.1: the default is 64K.
    pub fn max_message_size(&self) -> u64 {
        find!(self, MaxMessageSize).copied().unwrap_or(DEFAULT_MAX_MESSAGE_SIZE)
    }

    /// Reads the value of an `m=` line.
    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let kind = MediaKind::parse(value.word())?;
        let mut ports = value.word();
        let has_count = ports.rest().contains('/');
        let port = ports.take_until('/').digits(Field::Port)?;
        let port_count = if has_count { Some(ports.number(Field::PortCount)?) } else { None };
        let protocol = parse_protocol(value.word())?;
        let formats = parse_formats(value, port, is_rtp(protocol))?;
        let protocol = protocol.into();
        let (lines, attributes) = (Vec::new(), Vec::new());
        Ok(Self { kind, port, port_count, protocol, formats, lines, attributes })
    }
}

fn is_rtp(protocol: &str) -> bool {
    let mut parts = protocol.rsplit('/');
    matches!(parts.next(), Some("AVP" | "AVPF" | "SAVP" | "SAVPF")) && parts.next() == Some("RTP")
}

// rfc8866 §9: proto = token *("/" token)
fn parse_protocol(value: Cursor<'_>) -> Result<&str, Fault> {
    for part in value.split('/') {
        part.token(Field::Protocol)?;
    }
    Ok(value.rest())
}

fn parse_formats(value: Cursor<'_>, port: u16, is_rtp: bool) -> Result<Vec<String>, Fault> {
    let mut formats = Vec::new();
    for format in value.words() {
        if formats.len() == MAX_FORMATS {
            return Err(format.fault(Reason::Limit(Limit::Formats)));
        }
        if is_rtp {
            format.payload_type()?;
        }
        formats.push(format.token(Field::Format)?.into());
    }
    // Some servers reject a media description by taking its formats away along with its port.
    if formats.is_empty() && port != 0 {
        return Err(value.fault(Reason::Missing(Field::Format)));
    }
    Ok(formats)
}

/// A media description as far as its `m=` line goes.
pub(crate) struct MediaLine<'a>(pub(crate) &'a Media);

impl fmt::Display for MediaLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Media { kind, port, port_count, protocol, formats, .. } = self.0;
        write!(f, "{kind} {port}")?;
        if let Some(count) = port_count {
            write!(f, "/{count}")?;
        }
        write!(f, " {protocol}")?;
        formats.iter().try_for_each(|format| write!(f, " {format}"))
    }
}

impl PartialEq<Media> for MediaLine<'_> {
    fn eq(&self, other: &Media) -> bool {
        let own = self.0;
        own.kind == other.kind
            && own.port == other.port
            && own.port_count == other.port_count
            && own.protocol == other.protocol
            && own.formats == other.formats
    }
}
