//! The media sections that both sides know, and how a description changes them.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use lariat_base::Rng;
use lariat_sdp::{Direction, Fingerprint, Setup};

use super::codec;
use super::local::{LocalDescription, LocalSection};
use super::remote::{Content, RemoteDescription, RemoteSection, RemoteTransport, RtpContent};
use super::signaling::{SdpType, SessionDescription, Side, SignalingState};
use super::transceiver::{MediaKind, Negotiated, Transceiver, TransceiverId, intersect};
use crate::Error;
use crate::error::NegotiationError;
use crate::limits::MAX_SECTIONS;

/// The id of the mid extension in our offers.
const OFFERED_MID_EXTENSION: u8 = 4;

/// What our descriptions say of our end of the transport.
#[derive(Clone, Debug)]
pub(crate) struct LocalTransport {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) candidates: Vec<String>,
    pub(crate) max_message_size: u64,
}

/// What a description changed.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The negotiation goes on.
    Pending,
    /// Both descriptions are in force.
    Agreed(Agreement),
}

/// What the two descriptions together say of the transport; transceivers hold what they say of
/// media.
#[derive(Clone, Debug)]
pub(crate) struct Agreement {
    pub(crate) remote: RemoteTransport,
    pub(crate) we_offered: bool,
    /// Our part in the DTLS handshake: never [`Setup::ActPass`].
    pub(crate) setup: Setup,
    /// If there are data channels: the longest message that the other side takes.
    pub(crate) data: Option<u64>,
}

#[derive(Clone, Debug)]
struct Section {
    mid: String,
    content: SectionContent,
}

#[derive(Clone, Debug)]
enum SectionContent {
    Rtp(TransceiverId),
    Data,
    Rejected { media: lariat_sdp::MediaKind, protocol: String, formats: Vec<String> },
}

/// Theirs, while it waits for our answer.
#[derive(Clone, Debug)]
struct RemoteOffer {
    description: RemoteDescription,
    /// The transceivers that were made for it, and go if it is taken back.
    created: Vec<TransceiverId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Negotiation {
    state: SignalingState,
    transceivers: Vec<Transceiver>,
    /// In the order of the media lines, with those of a negotiation that is under way.
    sections: Vec<Section>,
    /// The sections as both sides last agreed on them.
    agreed: Vec<Section>,
    wants_data: bool,
    session_id: u64,
    session_version: u64,
    next_transceiver: u32,
    cname: String,
    /// Our part in the DTLS handshake, once there is one.
    setup: Option<Setup>,
    /// What the other side last said of its end of the transport, once that is agreed on.
    remote: Option<RemoteTransport>,
    created_offer: Option<String>,
    created_answer: Option<String>,
    remote_offer: Option<RemoteOffer>,
    rng: Rng,
}

impl Negotiation {
    pub(crate) fn new(mut rng: Rng) -> Self {
        // rfc9429 §5.2.1: 62 random bits, so that it fits a signed number with room for the
        // version.
        let session_id = rng.u64() >> 2;
        let cname = alloc::format!("{:016x}", rng.u64());
        Self {
            state: SignalingState::Stable,
            transceivers: Vec::new(),
            sections: Vec::new(),
            agreed: Vec::new(),
            wants_data: false,
            session_id,
            session_version: 0,
            next_transceiver: 0,
            cname,
            setup: None,
            remote: None,
            created_offer: None,
            created_answer: None,
            remote_offer: None,
            rng,
        }
    }

    pub(crate) const fn state(&self) -> SignalingState {
        self.state
    }

    pub(crate) const fn close(&mut self) {
        self.state = SignalingState::Closed;
    }

    pub(crate) fn cname(&self) -> &str {
        &self.cname
    }

    /// The next offer asks for data channels.
    pub(crate) const fn want_data(&mut self) {
        self.wants_data = true;
    }

    pub(crate) fn transceivers(&self) -> &[Transceiver] {
        &self.transceivers
    }

    pub(crate) fn transceiver(&self, id: TransceiverId) -> Option<&Transceiver> {
        self.transceivers.iter().find(|transceiver| transceiver.id == id)
    }

    pub(crate) fn transceiver_mut(&mut self, id: TransceiverId) -> Option<&mut Transceiver> {
        self.transceivers.iter_mut().find(|transceiver| transceiver.id == id)
    }

    pub(crate) fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
    ) -> Result<TransceiverId, Error> {
        // One section is left for data.
        if self.transceivers.len() + 1 >= MAX_SECTIONS {
            return Err(Error::TooManyTransceivers);
        }
        let id = TransceiverId(self.next_transceiver);
        self.next_transceiver += 1;
        let ssrc = self.fresh_ssrc();
        self.transceivers.push(Transceiver {
            id,
            kind,
            direction,
            mid: None,
            ssrc,
            negotiated: None,
            announced: false,
        });
        Ok(id)
    }

    // adversarial R11: two of our own streams never share an SSRC.
    fn fresh_ssrc(&mut self) -> u32 {
        loop {
            let ssrc = self.rng.u32();
            if ssrc != 0 && self.transceivers.iter().all(|other| other.ssrc != ssrc) {
                return ssrc;
            }
        }
    }

    pub(crate) fn create_offer(&mut self, transport: &LocalTransport) -> Result<String, Error> {
        if self.state == SignalingState::Closed {
            return Err(Error::Closed);
        }
        self.assign_sections();
        let sections = self
            .sections
            .iter()
            .map(|section| self.offered(section, transport.max_message_size))
            .collect();
        let sdp = self.describe(transport, Setup::ActPass, sections)?;
        self.created_offer = Some(sdp.clone());
        Ok(sdp)
    }

    /// Gives every transceiver, and data if it is wanted, a section.
    fn assign_sections(&mut self) {
        for index in 0..self.transceivers.len() {
            let mid = self.fresh_mid();
            let Some(transceiver) = self.transceivers.get_mut(index) else { break };
            if transceiver.mid.is_none() {
                transceiver.mid = Some(mid.clone());
                let content = SectionContent::Rtp(transceiver.id);
                self.sections.push(Section { mid, content });
            }
        }
        let has_data =
            self.sections.iter().any(|section| matches!(section.content, SectionContent::Data));
        if self.wants_data && !has_data {
            let mid = self.fresh_mid();
            self.sections.push(Section { mid, content: SectionContent::Data });
        }
    }

    /// The smallest number that is nobody's mid.
    fn fresh_mid(&self) -> String {
        let taken = |mid: &String| self.sections.iter().any(|section| section.mid == *mid);
        (0..=self.sections.len())
            .map(|number| number.to_string())
            .find(|mid| !taken(mid))
            .expect("of n + 1 numbers, one is not among n sections")
    }

    fn offered(&self, section: &Section, max_message_size: u64) -> LocalSection {
        let mid = section.mid.clone();
        match &section.content {
            SectionContent::Data => LocalSection::Data { mid, max_message_size },
            SectionContent::Rejected { media, protocol, formats } => LocalSection::Rejected {
                mid,
                media: media.clone(),
                protocol: protocol.clone(),
                formats: formats.clone(),
            },
            SectionContent::Rtp(id) => {
                let transceiver = self.transceiver(*id).expect("sections name our transceivers");
                let agreed = transceiver.negotiated.as_ref();
                LocalSection::Rtp {
                    mid,
                    kind: transceiver.kind,
                    direction: transceiver.direction,
                    payload_types: agreed.map_or_else(
                        || codec::offered(transceiver.kind),
                        |agreed| agreed.payload_types.clone(),
                    ),
                    mid_extension: agreed
                        .map_or(Some(OFFERED_MID_EXTENSION), |agreed| agreed.mid_extension),
                    ssrc: transceiver.ssrc,
                }
            }
        }
    }

    pub(crate) fn create_answer(&mut self, transport: &LocalTransport) -> Result<String, Error> {
        let Some(offer) =
            self.remote_offer.as_ref().filter(|_| self.state != SignalingState::Closed)
        else {
            return Err(Error::SignalingState { kind: SdpType::Answer, state: self.state });
        };
        let sections: Vec<_> = offer
            .description
            .sections
            .iter()
            .zip(&self.sections)
            .map(|(theirs, ours)| self.answered(theirs, ours, transport.max_message_size))
            .collect();
        let is_usable = |section: &LocalSection| !matches!(section, LocalSection::Rejected { .. });
        if !sections.iter().any(is_usable) {
            return Err(NegotiationError::NothingAcceptable.into());
        }
        let setup = self.answer_setup(offer.description.transport.setup);
        let sdp = self.describe(transport, setup, sections)?;
        self.created_answer = Some(sdp.clone());
        Ok(sdp)
    }

    /// Our part, given what the offer says of theirs.
    fn answer_setup(&self, offered: Setup) -> Setup {
        match (offered, self.setup) {
            (Setup::Active, _) => Setup::Passive,
            // rfc8842 §5.3: an offer that leaves the choice does not change a transport that
            // exists.
            (Setup::ActPass, Some(current)) => current,
            // rfc5763 §5: the answerer should be active, which saves a round trip.
            _ => Setup::Active,
        }
    }

    fn answered(
        &self,
        theirs: &RemoteSection,
        ours: &Section,
        max_message_size: u64,
    ) -> LocalSection {
        let mid = theirs.mid.clone();
        match (&theirs.content, &ours.content) {
            (Content::Data { .. }, SectionContent::Data) => {
                LocalSection::Data { mid, max_message_size }
            }
            (Content::Rtp(content), SectionContent::Rtp(id)) => {
                let transceiver = self.transceiver(*id).expect("sections name our transceivers");
                let negotiated = agree(transceiver.direction, content);
                LocalSection::Rtp {
                    mid,
                    kind: transceiver.kind,
                    direction: negotiated.direction,
                    payload_types: negotiated.payload_types,
                    mid_extension: negotiated.mid_extension,
                    ssrc: transceiver.ssrc,
                }
            }
            _ => LocalSection::Rejected {
                mid,
                media: theirs.media.clone(),
                protocol: theirs.protocol.clone(),
                formats: theirs.formats.clone(),
            },
        }
    }

    fn describe(
        &mut self,
        transport: &LocalTransport,
        setup: Setup,
        sections: Vec<LocalSection>,
    ) -> Result<String, Error> {
        self.session_version += 1;
        LocalDescription {
            session_id: self.session_id,
            session_version: self.session_version,
            ufrag: transport.ufrag.clone(),
            pwd: transport.pwd.clone(),
            fingerprint: transport.fingerprint.clone(),
            setup,
            candidates: transport.candidates.clone(),
            cname: self.cname.clone(),
            sections,
        }
        .write()
        .map_err(Error::Write)
    }

    pub(crate) fn set_local(&mut self, description: &SessionDescription) -> Result<Outcome, Error> {
        let kind = description.kind;
        let next = self.state.after(Side::Local, kind)?;
        let created = match kind {
            SdpType::Offer => &self.created_offer,
            SdpType::Answer | SdpType::Pranswer => &self.created_answer,
            SdpType::Rollback => &None,
        };
        // rfc9429 §5.4: a description may not be altered between its creation and here.
        if kind != SdpType::Rollback && created.as_ref() != Some(&description.sdp) {
            return Err(Error::DescriptionAltered);
        }
        let outcome = match kind {
            SdpType::Offer => Outcome::Pending,
            SdpType::Rollback => {
                self.forget_pending();
                Outcome::Pending
            }
            SdpType::Answer | SdpType::Pranswer => {
                let offer = self.remote_offer.take().expect("the state says that there is one");
                let setup = self.answer_setup(offer.description.transport.setup);
                Outcome::Agreed(self.agree_on(offer.description, setup, false))
            }
        };
        self.created_offer = None;
        self.created_answer = None;
        self.state = next;
        Ok(outcome)
    }

    pub(crate) fn set_remote(
        &mut self,
        description: &SessionDescription,
    ) -> Result<Outcome, Error> {
        let kind = description.kind;
        let next = self.state.after(Side::Remote, kind)?;
        let outcome = match kind {
            SdpType::Rollback => {
                self.forget_pending();
                Outcome::Pending
            }
            SdpType::Offer => {
                let remote = RemoteDescription::parse(kind, &description.sdp)?;
                self.check_transport(&remote.transport)?;
                self.take_offer(remote)?;
                Outcome::Pending
            }
            SdpType::Answer | SdpType::Pranswer => {
                let remote = RemoteDescription::parse(kind, &description.sdp)?;
                self.check_transport(&remote.transport)?;
                self.check_answer(&remote)?;
                let setup = match remote.transport.setup {
                    Setup::Active => Setup::Passive,
                    _ => Setup::Active,
                };
                Outcome::Agreed(self.agree_on(remote, setup, true))
            }
        };
        self.created_offer = None;
        self.created_answer = None;
        self.state = next;
        Ok(outcome)
    }

    /// A transport that exists stays: neither its credentials nor its identity may change.
    fn check_transport(&self, theirs: &RemoteTransport) -> Result<(), NegotiationError> {
        let Some(current) = &self.remote else { return Ok(()) };
        if theirs.fingerprints != current.fingerprints || Some(theirs.setup) == self.setup {
            return Err(NegotiationError::TransportChanged);
        }
        if theirs.credentials != current.credentials {
            return Err(NegotiationError::IceRestart);
        }
        Ok(())
    }

    /// Takes back what a pending offer, ours or theirs, did to the sections.
    fn forget_pending(&mut self) {
        let created = self.remote_offer.take().map(|offer| offer.created).unwrap_or_default();
        self.transceivers.retain(|transceiver| !created.contains(&transceiver.id));
        self.sections.clone_from(&self.agreed);
        for transceiver in &mut self.transceivers {
            let is_agreed = |mid: &String| self.agreed.iter().any(|section| section.mid == *mid);
            transceiver.mid = transceiver.mid.take().filter(is_agreed);
        }
    }

    /// Pairs the sections of an offer with ours, and makes transceivers for those that are new.
    fn take_offer(&mut self, remote: RemoteDescription) -> Result<(), Error> {
        // A second offer replaces the first, and an offer that was created but not set is void.
        self.forget_pending();
        let next_transceiver = self.next_transceiver;
        let paired = self.pair_sections(&remote);
        let created = (next_transceiver..self.next_transceiver).map(TransceiverId).collect();
        self.remote_offer = Some(RemoteOffer { description: remote, created });
        if paired.is_err() {
            self.forget_pending();
        }
        paired
    }

    fn pair_sections(&mut self, remote: &RemoteDescription) -> Result<(), Error> {
        if remote.sections.len() < self.sections.len() {
            return Err(NegotiationError::SectionsDiffer.into());
        }
        for (index, theirs) in remote.sections.iter().enumerate() {
            let ours = self.sections.get(index);
            if ours.is_some_and(|ours| ours.mid == theirs.mid) {
                continue;
            }
            // rfc9429 §5.10: only a rejected section may be used for something else.
            let is_free =
                ours.is_none_or(|ours| matches!(ours.content, SectionContent::Rejected { .. }));
            if !is_free {
                return Err(NegotiationError::SectionsDiffer.into());
            }
            let content = self.content_for(theirs)?;
            let section = Section { mid: theirs.mid.clone(), content };
            match self.sections.get_mut(index) {
                Some(free) => *free = section,
                None => self.sections.push(section),
            }
        }
        Ok(())
    }

    fn content_for(&mut self, theirs: &RemoteSection) -> Result<SectionContent, Error> {
        let rejected = || SectionContent::Rejected {
            media: theirs.media.clone(),
            protocol: theirs.protocol.clone(),
            formats: theirs.formats.clone(),
        };
        Ok(match &theirs.content {
            Content::Unusable => rejected(),
            Content::Data { .. } => SectionContent::Data,
            Content::Rtp(content) => {
                if codec::supported(content.kind, &content.payload_types).is_empty() {
                    return Ok(rejected());
                }
                let free = self
                    .transceivers
                    .iter()
                    .find(|ours| ours.mid.is_none() && ours.kind == content.kind)
                    .map(|ours| ours.id);
                let id = match free {
                    Some(id) => id,
                    None => self.add_transceiver(content.kind, Direction::RecvOnly)?,
                };
                if let Some(transceiver) = self.transceiver_mut(id) {
                    transceiver.mid = Some(theirs.mid.clone());
                }
                SectionContent::Rtp(id)
            }
        })
    }

    /// rfc3264 §6: an answer has the offer's sections, in its order, and asks for no more than was
    /// offered.
    fn check_answer(&self, remote: &RemoteDescription) -> Result<(), NegotiationError> {
        let same_mids = remote.sections.len() == self.sections.len()
            && remote
                .sections
                .iter()
                .zip(&self.sections)
                .all(|(theirs, ours)| theirs.mid == ours.mid);
        if !same_mids {
            return Err(NegotiationError::SectionsDiffer);
        }
        for (theirs, ours) in remote.sections.iter().zip(&self.sections) {
            match (&theirs.content, &ours.content) {
                (Content::Unusable, _) | (Content::Data { .. }, SectionContent::Data) => {}
                (Content::Rtp(content), SectionContent::Rtp(id)) => {
                    let ours = self.transceiver(*id);
                    let kind_differs = ours.is_some_and(|ours| ours.kind != content.kind);
                    if kind_differs {
                        return Err(NegotiationError::SectionsDiffer);
                    }
                    let allowed = ours.map_or(Direction::Inactive, |ours| ours.direction);
                    if content.direction.sends() && !allowed.receives()
                        || content.direction.receives() && !allowed.sends()
                    {
                        return Err(NegotiationError::Direction);
                    }
                }
                _ => return Err(NegotiationError::SectionsDiffer),
            }
        }
        Ok(())
    }

    fn agree_on(&mut self, remote: RemoteDescription, setup: Setup, we_offered: bool) -> Agreement {
        let mut data = None;
        for (theirs, ours) in remote.sections.iter().zip(&self.sections) {
            match (&theirs.content, &ours.content) {
                (Content::Data { max_message_size }, SectionContent::Data) => {
                    data = Some(*max_message_size);
                }
                (content, SectionContent::Rtp(id)) => {
                    let id = *id;
                    let ours = self.transceivers.iter_mut().find(|ours| ours.id == id);
                    if let Some(transceiver) = ours {
                        transceiver.negotiated = match content {
                            Content::Rtp(content) => Some(agree(transceiver.direction, content)),
                            _ => None,
                        };
                    }
                }
                _ => {}
            }
        }
        self.agreed.clone_from(&self.sections);
        self.setup = Some(setup);
        self.remote = Some(remote.transport.clone());
        Agreement { remote: remote.transport, we_offered, setup, data }
    }
}

/// What both sides can do with a section.
fn agree(ours: Direction, theirs: &RtpContent) -> Negotiated {
    Negotiated {
        direction: intersect(ours, theirs.direction),
        payload_types: codec::supported(theirs.kind, &theirs.payload_types),
        mid_extension: theirs.mid_extension,
        remote_ssrcs: theirs.ssrcs.clone(),
    }
}
