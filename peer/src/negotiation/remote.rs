//! What the other side's description says to us.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use lariat_dtls::Fingerprint;
use lariat_ice::Credentials;
use lariat_sdp::{Attribute, Direction, Media, Session, Setup};

use crate::error::NegotiationError;
use crate::limits::MAX_SECTIONS;
use crate::negotiation::transceiver::PayloadType;
use crate::{Error, MediaKind, SdpType};

/// The header extension that names the media section of a packet (RFC 9143 §15).
pub(crate) const MID_EXTENSION: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";

/// A description, reduced to what matters to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteDescription {
    pub(crate) sections: Vec<RemoteSection>,
    /// None if no section is in use.
    pub(crate) transport: Option<RemoteTransport>,
}

/// What it says of the one transport that everything is bundled on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteTransport {
    pub(crate) credentials: Credentials,
    pub(crate) ice_lite: bool,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Setup,
    /// The values of `a=candidate`.
    pub(crate) candidates: Vec<String>,
    pub(crate) end_of_candidates: bool,
}

/// A media section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteSection {
    pub(crate) mid: String,
    pub(crate) content: Content,
    /// As in the `m=` line, to reject the section with.
    pub(crate) media: lariat_sdp::MediaKind,
    pub(crate) protocol: String,
    pub(crate) formats: Vec<String>,
}

/// What a media section offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Rtp(RtpContent),
    Data {
        max_message_size: u64,
    },
    /// Rejected by the other side, not bundled, or of a kind that is not spoken here.
    Unusable,
}

/// What a section of audio or video offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RtpContent {
    pub(crate) kind: MediaKind,
    /// As the other side sees it.
    pub(crate) direction: Direction,
    pub(crate) payload_types: Vec<PayloadType>,
    pub(crate) mid_extension: Option<u8>,
    pub(crate) rtcp_rsize: bool,
    pub(crate) ssrcs: Vec<u32>,
}

impl RemoteDescription {
    pub(crate) fn parse(kind: SdpType, sdp: &str) -> Result<Self, Error> {
        let session = Session::parse(sdp).map_err(Error::Sdp)?;
        if session.media.len() > MAX_SECTIONS {
            return Err(NegotiationError::TooManySections.into());
        }
        let bundle = bundle(&session)?;
        let mut sections: Vec<RemoteSection> = Vec::new();
        for media in &session.media {
            let mid = media.mid().ok_or(NegotiationError::NoMid)?;
            if sections.iter().any(|section| section.mid == mid) {
                return Err(NegotiationError::DuplicateMid.into());
            }
            sections.push(RemoteSection {
                mid: mid.to_string(),
                content: content(&session, media, bundle.iter().any(|bundled| bundled == mid))?,
                media: media.kind.clone(),
                protocol: media.protocol.clone(),
                formats: media.formats.clone(),
            });
        }
        // rfc9143 §7.2.1: the first section of the group that is in use describes the transport of
        // all.
        let usable = sections.iter().position(|section| section.content != Content::Unusable);
        let transport = usable
            .and_then(|index| session.media.get(index))
            .map(|first| transport(kind, &session, first))
            .transpose()?;
        Ok(Self { sections, transport })
    }
}

/// The mids that share one transport: the first BUNDLE group, or else the first usable section
/// alone.
fn bundle(session: &Session) -> Result<Vec<String>, NegotiationError> {
    let mids: Vec<String> = session.bundle().map(ToString::to_string).collect();
    if !mids.is_empty() {
        return Ok(mids);
    }
    for media in &session.media {
        let mid = media.mid().ok_or(NegotiationError::NoMid)?;
        if !matches!(content(session, media, true)?, Content::Unusable) {
            return Ok(Vec::from([mid.to_string()]));
        }
    }
    Ok(Vec::new())
}

fn content(session: &Session, media: &Media, bundled: bool) -> Result<Content, NegotiationError> {
    if media.is_rejected() || !bundled {
        return Ok(Content::Unusable);
    }
    let kind = match &media.kind {
        lariat_sdp::MediaKind::Audio => MediaKind::Audio,
        lariat_sdp::MediaKind::Video => MediaKind::Video,
        lariat_sdp::MediaKind::Application => return data(media),
        _ => return Ok(Content::Unusable),
    };
    // rfc5764 §8, rfc5124: without the feedback profile a section is not one of WebRTC's.
    if !matches!(media.protocol.as_str(), "UDP/TLS/RTP/SAVPF" | "TCP/TLS/RTP/SAVPF") {
        return Ok(Content::Unusable);
    }
    // rfc9429 §5.1.1: everything here shares one port, so RTCP must be multiplexed.
    if !media.has(&Attribute::RtcpMux) {
        return Err(NegotiationError::NoRtcpMux);
    }
    let mid_extension = session
        .extmaps(media)
        .find(|extmap| extmap.uri == MID_EXTENSION)
        .and_then(|extmap| u8::try_from(extmap.id).ok())
        // rfc8285 §4.2: what fits the one-byte form, which everybody reads.
        .filter(|id| (1..=14).contains(id));
    let mut ssrcs: Vec<u32> = media.ssrcs().map(|ssrc| ssrc.ssrc).collect();
    ssrcs.sort_unstable();
    ssrcs.dedup();
    Ok(Content::Rtp(RtpContent {
        kind,
        direction: session.direction(media),
        payload_types: payload_types(media),
        mid_extension,
        rtcp_rsize: media.has(&Attribute::RtcpRsize),
        ssrcs,
    }))
}

fn data(media: &Media) -> Result<Content, NegotiationError> {
    let is_data_channel = media.protocol.ends_with("DTLS/SCTP")
        && media.formats.iter().any(|format| format == "webrtc-datachannel");
    if !is_data_channel {
        return Ok(Content::Unusable);
    }
    if media.sctp_port().is_none_or(|port| port == 0) {
        return Err(NegotiationError::SctpPort);
    }
    // rfc8841 §6.1: 0 means no limit.
    let max_message_size = match media.max_message_size() {
        0 => u64::MAX,
        size => size,
    };
    Ok(Content::Data { max_message_size })
}

fn payload_types(media: &Media) -> Vec<PayloadType> {
    media
        .payload_types()
        // rfc5761 §4: with the marker bit these would read as RTCP.
        .filter(|number| !(64..=95).contains(number))
        .filter_map(|number| {
            let (encoding, clock_rate, channels) = match media.rtpmap(number) {
                Some(rtpmap) => (rtpmap.encoding.as_str(), rtpmap.clock_rate, rtpmap.channels),
                // rfc3551 §6: the static types need no rtpmap.
                None if number == 0 => ("PCMU", 8_000, None),
                None if number == 8 => ("PCMA", 8_000, None),
                None if number == 9 => ("G722", 8_000, None),
                None => return None,
            };
            Some(PayloadType {
                number,
                encoding: encoding.to_string(),
                clock_rate,
                channels,
                parameters: media.fmtp(number).map(|fmtp| fmtp.parameters.clone()),
                pli: media.feedback(number).any(|feedback| feedback == "nack pli"),
            })
        })
        .collect()
}

fn transport(kind: SdpType, session: &Session, media: &Media) -> Result<RemoteTransport, Error> {
    let theirs = session.ice_credentials(media).ok_or(NegotiationError::NoIceCredentials)?;
    let credentials = Credentials { ufrag: theirs.ufrag.to_string(), pwd: theirs.pwd.to_string() };
    credentials.validate().map_err(|_| NegotiationError::NoIceCredentials)?;
    // rfc8122 §5: hashes that we do not know are passed over; SHA-1 is not good enough any more.
    let fingerprints: Vec<Fingerprint> = session
        .fingerprints(media)
        .filter_map(|fingerprint| fingerprint.to_string().parse().ok())
        .collect();
    if fingerprints.is_empty() {
        return Err(NegotiationError::NoFingerprint.into());
    }
    // rfc8842 §5: an offer leaves the choice or has made it; an answer has to make it.
    let setup = match (kind, session.setup(media)) {
        (_, Some(setup @ (Setup::Active | Setup::Passive)))
        | (SdpType::Offer, Some(setup @ Setup::ActPass)) => setup,
        _ => return Err(NegotiationError::Setup.into()),
    };
    Ok(RemoteTransport {
        credentials,
        ice_lite: session.is_ice_lite(),
        fingerprints,
        setup,
        candidates: media.candidates().map(ToString::to_string).collect(),
        end_of_candidates: media.has(&Attribute::EndOfCandidates),
    })
}
