//! Media sections: which transceiver has which, and what becomes of it.
//!
//! A section has a place for good. What has it may change: a section that both sides have rejected
//! is free for something else, under another mid.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use lariat_sdp::Direction;

use super::codec;
use super::local::LocalSection;
use super::remote::{Content, RemoteDescription, RemoteSection, RtpContent};
use super::session::{Negotiation, RemoteOffer};
use super::transceiver::{Negotiated, Origin, PayloadType, Transceiver, TransceiverId, intersect};
use crate::error::NegotiationError;
use crate::limits::MAX_SECTIONS;
use crate::{Error, MediaKind};

/// The id of the mid extension in our offers, unless another is agreed on already.
const OFFERED_MID_EXTENSION: u8 = 4;

#[derive(Clone, Debug)]
pub(super) struct Section {
    pub(super) mid: String,
    pub(super) content: SectionContent,
}

#[derive(Clone, Debug)]
pub(super) enum SectionContent {
    /// `direction` is what our description asks for.
    Rtp {
        id: TransceiverId,
        direction: Direction,
    },
    Data,
    Rejected(Refused),
}

/// What to reject a section with: the contents of its `m=` line.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    media: lariat_sdp::MediaKind,
    protocol: String,
    formats: Vec<String>,
}

/// What the two descriptions together make of a section.
#[derive(Clone, Debug)]
pub(super) enum Planned {
    Rtp { id: TransceiverId, negotiated: Negotiated },
    Data { max_message_size: u64 },
    Rejected(Refused),
}

impl Section {
    pub(super) fn is_of(&self, transceiver: TransceiverId) -> bool {
        matches!(self.content, SectionContent::Rtp { id, .. } if id == transceiver)
    }

    const fn is_rejected(&self) -> bool {
        matches!(self.content, SectionContent::Rejected(_))
    }
}

impl Planned {
    pub(super) const fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }
}

impl Refused {
    fn theirs(section: &RemoteSection) -> Self {
        Self {
            media: section.media.clone(),
            protocol: section.protocol.clone(),
            formats: section.formats.clone(),
        }
    }

    fn ours(transceiver: &Transceiver) -> Self {
        let media = match transceiver.kind {
            MediaKind::Audio => lariat_sdp::MediaKind::Audio,
            MediaKind::Video => lariat_sdp::MediaKind::Video,
        };
        let formats = Vec::from(["0".to_string()]);
        Self { media, protocol: "UDP/TLS/RTP/SAVPF".to_string(), formats }
    }

    fn describe(&self, mid: String) -> LocalSection {
        LocalSection::Rejected {
            mid,
            media: self.media.clone(),
            protocol: self.protocol.clone(),
            formats: self.formats.clone(),
        }
    }
}

// Our offers.
impl Negotiation {
    /// The sections of the next offer: those there were, and one for everything that has none.
    pub(super) fn propose(&self, base: &[Section]) -> Result<Vec<Section>, Error> {
        let mut sections = base.to_vec();
        for section in &mut sections {
            let SectionContent::Rtp { id, direction } = &mut section.content else { continue };
            let Some(transceiver) = self.transceiver(*id) else { continue };
            *direction = transceiver.direction;
            if transceiver.is_stopped {
                section.content = SectionContent::Rejected(Refused::ours(transceiver));
            }
        }
        for transceiver in self.transceivers.iter().filter(|one| one.mid.is_none()) {
            let (id, direction) = (transceiver.id, transceiver.direction);
            self.place(&mut sections, SectionContent::Rtp { id, direction });
        }
        let has_data =
            sections.iter().any(|section| matches!(section.content, SectionContent::Data));
        if self.wants_data && !has_data {
            self.place(&mut sections, SectionContent::Data);
        }
        if sections.len() > MAX_SECTIONS {
            return Err(Error::TooManyTransceivers);
        }
        Ok(sections)
    }

    /// Puts something where there is room. rfc9429 §5.2.2: a section that both sides have rejected
    /// is used again, under a new mid, before a new one is made.
    fn place(&self, sections: &mut Vec<Section>, content: SectionContent) {
        let section = Section { mid: self.fresh_mid(sections), content };
        let free = sections
            .iter_mut()
            .zip(&self.agreed)
            .find(|(section, agreed)| section.is_rejected() && agreed.is_rejected());
        match free {
            Some((free, _)) => *free = section,
            None => sections.push(section),
        }
    }

    /// The next number that nobody has, and if possible nobody had: packets under an old mid may
    /// still be under way.
    fn fresh_mid(&self, sections: &[Section]) -> String {
        let is_taken = |mid: &String| sections.iter().any(|section| section.mid == *mid);
        (self.next_mid..=u32::MAX)
            .chain(0..=u32::MAX)
            .map(|number| number.to_string())
            .find(|mid| !is_taken(mid))
            .expect("of all numbers, one is not among the sections")
    }

    pub(super) fn offered(&self, section: &Section, max_message_size: u64) -> LocalSection {
        let mid = section.mid.clone();
        let (id, direction) = match &section.content {
            SectionContent::Data => return LocalSection::Data { mid, max_message_size },
            SectionContent::Rejected(refused) => return refused.describe(mid),
            SectionContent::Rtp { id, direction } => (*id, *direction),
        };
        let transceiver = self.transceiver(id).expect("a section's transceiver outlives it");
        let agreed = transceiver.negotiated.as_ref();
        let all_agreed = || self.transceivers.iter().filter_map(|one| one.negotiated.as_ref());
        LocalSection::Rtp {
            mid,
            kind: transceiver.kind,
            direction,
            payload_types: agreed.map_or_else(
                || {
                    // rfc9143 §9.1: in one bundle, a payload type means one thing.
                    let taken: Vec<&PayloadType> =
                        all_agreed().flat_map(|negotiated| &negotiated.payload_types).collect();
                    codec::offered(transceiver.kind, &taken)
                },
                |agreed| agreed.payload_types.clone(),
            ),
            // The same goes for the ids of extensions.
            mid_extension: agreed.map_or_else(
                || {
                    let known = all_agreed().find_map(|negotiated| negotiated.mid_extension);
                    known.or(Some(OFFERED_MID_EXTENSION))
                },
                |agreed| agreed.mid_extension,
            ),
            rtcp_rsize: agreed.is_none_or(|agreed| agreed.rtcp_rsize),
            ssrc: transceiver.ssrc,
        }
    }

    /// rfc3264 §6: an answer has the offer's sections, in its order, and asks for no more than was
    /// offered.
    pub(super) fn plan_from_answer(
        &self,
        sections: &[Section],
        remote: &RemoteDescription,
    ) -> Result<Vec<Planned>, NegotiationError> {
        let mut plan = Vec::new();
        if remote.sections.len() != sections.len() {
            return Err(NegotiationError::SectionsDiffer);
        }
        for (theirs, ours) in remote.sections.iter().zip(sections) {
            if theirs.mid != ours.mid {
                return Err(NegotiationError::SectionsDiffer);
            }
            plan.push(match (&theirs.content, &ours.content) {
                (Content::Unusable, _) => Planned::Rejected(Refused::theirs(theirs)),
                (Content::Data { max_message_size }, SectionContent::Data) => {
                    Planned::Data { max_message_size: *max_message_size }
                }
                (Content::Rtp(content), SectionContent::Rtp { id, direction })
                    if self.transceiver(*id).is_some_and(|ours| ours.kind == content.kind) =>
                {
                    if content.direction.sends() && !direction.receives()
                        || content.direction.receives() && !direction.sends()
                    {
                        return Err(NegotiationError::Direction);
                    }
                    self.plan_rtp(*id, *direction, content, theirs)
                }
                _ => return Err(NegotiationError::SectionsDiffer),
            });
        }
        Ok(plan)
    }

    fn plan_rtp(
        &self,
        id: TransceiverId,
        direction: Direction,
        content: &RtpContent,
        theirs: &RemoteSection,
    ) -> Planned {
        let negotiated = Negotiated {
            direction: intersect(direction, content.direction),
            payload_types: codec::supported(content.kind, &content.payload_types),
            mid_extension: content.mid_extension,
            rtcp_rsize: content.rtcp_rsize,
            remote_ssrcs: content.ssrcs.clone(),
        };
        let is_stopped = self.transceiver(id).is_none_or(|transceiver| transceiver.is_stopped);
        if is_stopped || negotiated.payload_types.is_empty() {
            return Planned::Rejected(Refused::theirs(theirs));
        }
        Planned::Rtp { id, negotiated }
    }
}

// Their offers.
impl Negotiation {
    /// Pairs the sections of an offer with ours, and makes transceivers for those that are new.
    pub(super) fn pair_offer(&mut self, remote: RemoteDescription) -> Result<RemoteOffer, Error> {
        if remote.sections.len() < self.agreed.len() {
            return Err(NegotiationError::SectionsDiffer.into());
        }
        let next_transceiver = self.next_transceiver;
        let mut sections: Vec<Section> = Vec::new();
        for (index, theirs) in remote.sections.iter().enumerate() {
            // rfc9429 §5.10: only a rejected section may be used for something else.
            let ours = self.agreed.get(index).filter(|ours| !ours.is_rejected());
            let content = match ours {
                Some(ours) => self.kept(ours, theirs)?,
                None => {
                    let rest = self.agreed.get(index + 1..).unwrap_or_default();
                    let is_data = |one: &Section| matches!(one.content, SectionContent::Data);
                    let has_data = sections.iter().chain(rest).any(is_data);
                    self.content_for(theirs, has_data)?
                }
            };
            sections.push(Section { mid: theirs.mid.clone(), content });
        }
        let created = (next_transceiver..self.next_transceiver).map(TransceiverId).collect();
        Ok(RemoteOffer { description: remote, sections, created })
    }

    /// A section that is in use goes on, or ends.
    fn kept(
        &self,
        ours: &Section,
        theirs: &RemoteSection,
    ) -> Result<SectionContent, NegotiationError> {
        if ours.mid != theirs.mid {
            return Err(NegotiationError::SectionsDiffer);
        }
        match (&theirs.content, &ours.content) {
            (Content::Unusable, _) => Ok(SectionContent::Rejected(Refused::theirs(theirs))),
            (Content::Data { .. }, SectionContent::Data) => Ok(SectionContent::Data),
            (Content::Rtp(content), SectionContent::Rtp { id, .. })
                if self.transceiver(*id).is_some_and(|ours| ours.kind == content.kind) =>
            {
                Ok(ours.content.clone())
            }
            _ => Err(NegotiationError::SectionsDiffer),
        }
    }

    fn content_for(
        &mut self,
        theirs: &RemoteSection,
        has_data: bool,
    ) -> Result<SectionContent, Error> {
        let content = match &theirs.content {
            // rfc8841 §10.2: one association per transport.
            Content::Data { .. } if !has_data => return Ok(SectionContent::Data),
            Content::Rtp(content)
                if !codec::supported(content.kind, &content.payload_types).is_empty() =>
            {
                content
            }
            _ => return Ok(SectionContent::Rejected(Refused::theirs(theirs))),
        };
        let free = self
            .transceivers
            .iter()
            .find(|ours| ours.mid.is_none() && ours.kind == content.kind)
            .map(|ours| ours.id);
        let id = match free {
            Some(id) => id,
            None => self.add_transceiver(content.kind, Direction::RecvOnly, Origin::Offer)?,
        };
        let transceiver = self.transceiver_mut(id).ok_or(Error::NoSuchTransceiver)?;
        transceiver.mid = Some(theirs.mid.clone());
        Ok(SectionContent::Rtp { id, direction: transceiver.direction })
    }

    /// What we answer to an offer, as our owner wants it now.
    pub(super) fn plan_answer(&self, offer: &RemoteOffer) -> Vec<Planned> {
        let plan =
            |(theirs, ours): (&RemoteSection, &Section)| match (&theirs.content, &ours.content) {
                (Content::Data { max_message_size }, SectionContent::Data) => {
                    Planned::Data { max_message_size: *max_message_size }
                }
                (Content::Rtp(content), SectionContent::Rtp { id, .. }) => {
                    let wish = self.transceiver(*id).map(|transceiver| transceiver.direction);
                    self.plan_rtp(*id, wish.unwrap_or(Direction::Inactive), content, theirs)
                }
                _ => Planned::Rejected(Refused::theirs(theirs)),
            };
        offer.description.sections.iter().zip(&offer.sections).map(plan).collect()
    }

    pub(super) fn answered(
        &self,
        mid: &str,
        planned: &Planned,
        max_message_size: u64,
    ) -> LocalSection {
        let mid = mid.to_string();
        match planned {
            Planned::Data { .. } => LocalSection::Data { mid, max_message_size },
            Planned::Rejected(refused) => refused.describe(mid),
            Planned::Rtp { id, negotiated } => {
                let transceiver = self.transceiver(*id).expect("a plan names our transceivers");
                LocalSection::Rtp {
                    mid,
                    kind: transceiver.kind,
                    direction: negotiated.direction,
                    payload_types: negotiated.payload_types.clone(),
                    mid_extension: negotiated.mid_extension,
                    rtcp_rsize: negotiated.rtcp_rsize,
                    ssrc: transceiver.ssrc,
                }
            }
        }
    }
}

// Both.
impl Negotiation {
    /// Puts a plan in force. Returns the longest message that the other side takes, if there is
    /// data.
    pub(super) fn agree_on(&mut self, sections: Vec<Section>, plan: Vec<Planned>) -> Option<u64> {
        for transceiver in &mut self.transceivers {
            transceiver.negotiated = None;
        }
        let mut data = None;
        let mut agreed = Vec::new();
        for (Section { mid, .. }, planned) in sections.into_iter().zip(plan) {
            let number: u32 = mid.parse().unwrap_or_default();
            self.next_mid = self.next_mid.max(number.saturating_add(1));
            let content = match planned {
                Planned::Rtp { id, negotiated } => {
                    let direction = negotiated.direction;
                    if let Some(transceiver) = self.transceiver_mut(id) {
                        transceiver.negotiated = Some(negotiated);
                    }
                    SectionContent::Rtp { id, direction }
                }
                Planned::Data { max_message_size } => {
                    data = Some(max_message_size);
                    SectionContent::Data
                }
                Planned::Rejected(refused) => SectionContent::Rejected(refused),
            };
            agreed.push(Section { mid, content });
        }
        self.agreed = agreed;
        self.release_rejected();
        data
    }

    /// Transceivers whose section was rejected have none any more. Those that were made for an
    /// offer go; one of our owner's waits for the next.
    fn release_rejected(&mut self) {
        let agreed = &self.agreed;
        for transceiver in &mut self.transceivers {
            if !agreed.iter().any(|section| section.is_of(transceiver.id)) {
                transceiver.mid = None;
                transceiver.is_stopped |= transceiver.origin == Origin::Offer;
            }
        }
        self.forget_stopped();
    }
}
