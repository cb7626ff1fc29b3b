//! Writing our own descriptions.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use lariat_sdp::{
    Attribute, BuildError, Connection, Direction, Extmap, Fingerprint, Fmtp, Group, Media, Msid,
    Origin, Rtcp, RtcpFb, Rtpmap, Session, Setup, Ssrc,
};

use crate::MediaKind;
use crate::negotiation::remote::MID_EXTENSION;
use crate::negotiation::transceiver::PayloadType;

/// The port that stands for "see the candidates" (RFC 8839 §4.3.2).
const DISCARD_PORT: u16 = 9;

/// Everything a description of ours is written from.
#[derive(Clone, Debug)]
pub(crate) struct LocalDescription {
    pub(crate) session_id: u64,
    pub(crate) session_version: u64,
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    pub(crate) fingerprints: Vec<Fingerprint>,
    pub(crate) setup: Setup,
    /// The values of `a=candidate`.
    pub(crate) candidates: Vec<String>,
    /// Our name across streams (RFC 3550 §6.5.1), and the id of the one media stream that ours
    /// belong to.
    pub(crate) cname: String,
    pub(crate) sections: Vec<LocalSection>,
}

/// A media section of ours.
#[derive(Clone, Debug)]
pub(crate) enum LocalSection {
    Rtp {
        mid: String,
        kind: MediaKind,
        direction: Direction,
        payload_types: Vec<PayloadType>,
        mid_extension: Option<u8>,
        rtcp_rsize: bool,
        ssrc: u32,
    },
    Data {
        mid: String,
        max_message_size: u64,
    },
    /// One of theirs that we do not want.
    Rejected {
        mid: String,
        media: lariat_sdp::MediaKind,
        protocol: String,
        formats: Vec<String>,
    },
}

impl LocalDescription {
    /// The SDP. Whatever went into it was parsed or made here, so it can be written.
    pub(crate) fn write(&self) -> Result<String, BuildError> {
        let mut session = Session::new(Origin::new(self.session_id, self.session_version));
        let bundled = self.sections.iter().filter_map(|section| match section {
            LocalSection::Rtp { mid, .. } | LocalSection::Data { mid, .. } => Some(mid.clone()),
            LocalSection::Rejected { .. } => None,
        });
        session.attributes.push(Attribute::Group(Group::bundle(bundled)));
        session.attributes.push(Attribute::ExtmapAllowMixed);
        session.attributes.push(Attribute::other("msid-semantic", Some("WMS *")));
        // rfc9429 §5.2.1: bundled sections share the candidates of the first.
        let mut candidates = self.candidates.iter().cloned().map(Attribute::Candidate);
        for section in &self.sections {
            let mut media = self.section(section);
            if !matches!(section, LocalSection::Rejected { .. }) {
                media.attributes.extend(candidates.by_ref());
            }
            session.media.push(media);
        }
        session.write()
    }

    fn section(&self, section: &LocalSection) -> Media {
        match section {
            LocalSection::Rtp {
                mid,
                kind,
                direction,
                payload_types,
                mid_extension,
                rtcp_rsize,
                ssrc,
            } => {
                let formats =
                    payload_types.iter().map(|payload| payload.number.to_string()).collect();
                let kind = match kind {
                    MediaKind::Audio => lariat_sdp::MediaKind::Audio,
                    MediaKind::Video => lariat_sdp::MediaKind::Video,
                };
                let mut media = self.media(kind, "UDP/TLS/RTP/SAVPF", formats, mid);
                media.attributes.push(Attribute::Direction(*direction));
                media.attributes.push(Attribute::RtcpMux);
                if *rtcp_rsize {
                    media.attributes.push(Attribute::RtcpRsize);
                }
                media.attributes.push(Attribute::Rtcp(Rtcp {
                    port: DISCARD_PORT,
                    connection: Some(Connection::unspecified()),
                }));
                if let Some(id) = mid_extension {
                    let extmap = Extmap::new(u16::from(*id), MID_EXTENSION);
                    media.attributes.push(Attribute::Extmap(extmap));
                }
                payload_types.iter().for_each(|payload| describe(payload, &mut media.attributes));
                if direction.sends() {
                    let msid = Msid::new(self.cname.as_str(), mid.as_str());
                    media.attributes.push(Attribute::Msid(msid));
                    let cname = Ssrc::cname(*ssrc, self.cname.as_str());
                    media.attributes.push(Attribute::Ssrc(cname));
                }
                media
            }
            LocalSection::Data { mid, max_message_size } => {
                let formats = Vec::from(["webrtc-datachannel".to_string()]);
                let kind = lariat_sdp::MediaKind::Application;
                let mut media = self.media(kind, "UDP/DTLS/SCTP", formats, mid);
                media.attributes.push(Attribute::SctpPort(5_000));
                media.attributes.push(Attribute::MaxMessageSize(*max_message_size));
                media
            }
            LocalSection::Rejected { mid, media, protocol, formats } => {
                let mut media = Media::new(media.clone(), 0, protocol.as_str(), formats.clone());
                media.attributes.push(Attribute::Mid(mid.clone()));
                media.attributes.push(Attribute::Direction(Direction::Inactive));
                media
            }
        }
    }

    /// A section with what all of them say of the transport.
    fn media(
        &self,
        kind: lariat_sdp::MediaKind,
        protocol: &str,
        formats: Vec<String>,
        mid: &str,
    ) -> Media {
        let mut media = Media::new(kind, DISCARD_PORT, protocol, formats);
        media.attributes.extend([
            Attribute::Mid(mid.to_string()),
            Attribute::IceUfrag(self.ufrag.clone()),
            Attribute::IcePwd(self.pwd.clone()),
            Attribute::IceOptions(Vec::from(["trickle".to_string()])),
        ]);
        media.attributes.extend(self.fingerprints.iter().cloned().map(Attribute::Fingerprint));
        media.attributes.push(Attribute::Setup(self.setup));
        media
    }
}

fn describe(payload: &PayloadType, attributes: &mut Vec<Attribute>) {
    let mut rtpmap = Rtpmap::new(payload.number, payload.encoding.as_str(), payload.clock_rate);
    rtpmap.channels = payload.channels;
    attributes.push(Attribute::Rtpmap(rtpmap));
    if let Some(parameters) = &payload.parameters {
        attributes.push(Attribute::Fmtp(Fmtp::new(payload.number, parameters.as_str())));
    }
    if payload.pli {
        attributes.push(Attribute::RtcpFb(RtcpFb::new(payload.number, "nack pli")));
    }
}
