//! The media sections that both sides know, and how a description changes them.

use alloc::string::String;
use alloc::vec::Vec;

use lariat_base::Rng;
use lariat_sdp::{Direction, Fingerprint, Setup};

use super::local::LocalDescription;
use super::remote::{RemoteDescription, RemoteTransport};
use super::section::{Planned, Section, SectionContent};
use super::signaling::{SdpType, SessionDescription, Side, SignalingState};
use super::transceiver::{MediaKind, Origin, Transceiver, TransceiverId};
use crate::Error;
use crate::error::NegotiationError;
use crate::limits::MAX_SECTIONS;

/// What our descriptions say of our end of the transport.
#[derive(Clone, Debug)]
pub(crate) struct LocalTransport {
    pub(crate) ufrag: String,
    pub(crate) pwd: String,
    pub(crate) fingerprints: Vec<Fingerprint>,
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

/// Where the negotiation stands, with what it holds there.
#[derive(Clone, Debug)]
enum State {
    Stable,
    /// Ours waits for its answer.
    LocalOffer {
        sections: Vec<Section>,
    },
    RemoteOffer(RemoteOffer),
    Closed,
}

/// Theirs, while it waits for our answer.
#[derive(Clone, Debug)]
pub(super) struct RemoteOffer {
    pub(super) description: RemoteDescription,
    /// Its sections, paired with our transceivers.
    pub(super) sections: Vec<Section>,
    /// The transceivers that were made for it, and go if it is taken back.
    pub(super) created: Vec<TransceiverId>,
}

/// An offer that may be put in force.
#[derive(Clone, Debug)]
struct CreatedOffer {
    sdp: String,
    sections: Vec<Section>,
}

/// An answer that may be put in force.
#[derive(Clone, Debug)]
struct CreatedAnswer {
    sdp: String,
    plan: Vec<Planned>,
    setup: Setup,
}

/// The negotiation as a value: a description is applied to a copy, which replaces the original if
/// all went well.
#[derive(Clone, Debug)]
pub(crate) struct Negotiation {
    state: State,
    /// In the order of their ids.
    pub(super) transceivers: Vec<Transceiver>,
    /// The sections as both sides last agreed on them.
    pub(super) agreed: Vec<Section>,
    pub(super) wants_data: bool,
    session_id: u64,
    session_version: u64,
    pub(super) next_transceiver: u32,
    /// Where to look for a mid that was never used.
    pub(super) next_mid: u32,
    cname: String,
    /// Our part in the DTLS handshake, once there is one.
    setup: Option<Setup>,
    /// What the other side last said of its end of the transport, once that is agreed on.
    remote: Option<RemoteTransport>,
    created_offer: Option<CreatedOffer>,
    created_answer: Option<CreatedAnswer>,
    rng: Rng,
}

impl Negotiation {
    pub(crate) fn new(mut rng: Rng) -> Self {
        // rfc9429 §5.2.1: 62 random bits, so that it fits a signed number with room for the
        // version.
        let session_id = rng.u64() >> 2;
        let cname = alloc::format!("{:016x}", rng.u64());
        Self {
            state: State::Stable,
            transceivers: Vec::new(),
            agreed: Vec::new(),
            wants_data: false,
            session_id,
            session_version: 0,
            next_transceiver: 0,
            next_mid: 0,
            cname,
            setup: None,
            remote: None,
            created_offer: None,
            created_answer: None,
            rng,
        }
    }

    pub(crate) const fn state(&self) -> SignalingState {
        match self.state {
            State::Stable => SignalingState::Stable,
            State::LocalOffer { .. } => SignalingState::HaveLocalOffer,
            State::RemoteOffer(_) => SignalingState::HaveRemoteOffer,
            State::Closed => SignalingState::Closed,
        }
    }

    pub(crate) fn close(&mut self) {
        self.state = State::Closed;
    }

    pub(crate) fn cname(&self) -> &str {
        &self.cname
    }

    /// The next offer asks for data channels.
    pub(crate) const fn want_data(&mut self) {
        self.wants_data = true;
    }

    /// Whether data channels have a section, or will have one.
    fn has_data(&self) -> bool {
        let is_data = |section: &Section| matches!(section.content, SectionContent::Data);
        self.wants_data || self.agreed.iter().any(is_data)
    }

    /// Whether data channels have a section, or there is one for them.
    pub(crate) fn check_room_for_data(&self) -> Result<(), Error> {
        if !self.has_data() && self.transceivers.len() >= MAX_SECTIONS {
            return Err(Error::TooManyTransceivers);
        }
        Ok(())
    }

    /// Whether media flows on any transceiver, one way or the other.
    pub(crate) fn has_media(&self) -> bool {
        self.transceivers.iter().any(|one| one.sends() || one.receives())
    }

    pub(crate) fn transceivers(&self) -> &[Transceiver] {
        &self.transceivers
    }

    pub(crate) fn transceiver(&self, id: TransceiverId) -> Option<&Transceiver> {
        let index = self.transceivers.binary_search_by_key(&id, |one| one.id).ok()?;
        self.transceivers.get(index)
    }

    pub(crate) fn transceiver_mut(&mut self, id: TransceiverId) -> Option<&mut Transceiver> {
        let index = self.transceivers.binary_search_by_key(&id, |one| one.id).ok()?;
        self.transceivers.get_mut(index)
    }

    pub(crate) fn add_transceiver(
        &mut self,
        kind: MediaKind,
        direction: Direction,
        origin: Origin,
    ) -> Result<TransceiverId, Error> {
        // What an offer brings is as bounded as the offer, and has its section.
        let needs_section = origin == Origin::Owner;
        if needs_section && self.transceivers.len() + usize::from(self.has_data()) >= MAX_SECTIONS {
            return Err(Error::TooManyTransceivers);
        }
        let id = TransceiverId(self.next_transceiver);
        self.next_transceiver += 1;
        let ssrc = self.fresh_ssrc();
        self.transceivers.push(Transceiver::new(id, kind, direction, origin, ssrc));
        Ok(id)
    }

    // adversarial R11: two of our own streams never share an SSRC, and none has one that the other
    // side announced.
    fn fresh_ssrc(&mut self) -> u32 {
        loop {
            let ssrc = self.rng.u32();
            if ssrc != 0 && !self.transceivers.iter().any(|other| other.uses_ssrc(ssrc)) {
                return ssrc;
            }
        }
    }

    /// Ends a transceiver: at once if no section has it, else with the next agreement.
    pub(crate) fn stop_transceiver(&mut self, id: TransceiverId) -> Result<(), Error> {
        let transceiver = self.transceiver_mut(id).ok_or(Error::NoSuchTransceiver)?;
        transceiver.is_stopped = true;
        if transceiver.mid.is_none() {
            self.transceivers.retain(|other| other.id != id);
        }
        // What was written with it is void.
        self.created_offer = None;
        self.created_answer = None;
        Ok(())
    }

    pub(crate) fn create_offer(&mut self, transport: &LocalTransport) -> Result<String, Error> {
        let base = match &self.state {
            State::Stable => &self.agreed,
            State::LocalOffer { sections } => sections,
            State::RemoteOffer(_) | State::Closed => {
                let state = self.state();
                return Err(Error::SignalingState { kind: SdpType::Offer, state });
            }
        };
        let sections = self.propose(base)?;
        let offered = sections
            .iter()
            .map(|section| self.offered(section, transport.max_message_size))
            .collect();
        let sdp = self.describe(transport, Setup::ActPass, offered)?;
        self.created_offer = Some(CreatedOffer { sdp: sdp.clone(), sections });
        Ok(sdp)
    }

    pub(crate) fn create_answer(&mut self, transport: &LocalTransport) -> Result<String, Error> {
        let State::RemoteOffer(offer) = &self.state else {
            return Err(Error::SignalingState { kind: SdpType::Answer, state: self.state() });
        };
        let plan = self.plan_answer(offer);
        // With a transport there is something to go on with, even if it carries nothing for now.
        if self.remote.is_none() && plan.iter().all(Planned::is_rejected) {
            return Err(NegotiationError::NothingAcceptable.into());
        }
        let offered = offer.description.transport.as_ref().map(|transport| transport.setup);
        let setup = answer_setup(offered, self.setup);
        let sections = offer
            .sections
            .iter()
            .zip(&plan)
            .map(|(section, planned)| {
                self.answered(&section.mid, planned, transport.max_message_size)
            })
            .collect();
        let sdp = self.describe(transport, setup, sections)?;
        self.created_answer = Some(CreatedAnswer { sdp: sdp.clone(), plan, setup });
        Ok(sdp)
    }

    fn describe(
        &mut self,
        transport: &LocalTransport,
        setup: Setup,
        sections: Vec<super::local::LocalSection>,
    ) -> Result<String, Error> {
        self.session_version += 1;
        LocalDescription {
            session_id: self.session_id,
            session_version: self.session_version,
            ufrag: transport.ufrag.clone(),
            pwd: transport.pwd.clone(),
            fingerprints: transport.fingerprints.clone(),
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
        self.state().after(Side::Local, kind)?;
        let mut draft = self.clone();
        let outcome = match kind {
            SdpType::Offer => {
                let created = draft.created_offer.take();
                draft.put_offer(unaltered(created, &description.sdp, |offer| &offer.sdp)?);
                Outcome::Pending
            }
            SdpType::Rollback => {
                draft.forget_pending();
                Outcome::Pending
            }
            SdpType::Answer | SdpType::Pranswer => {
                let created = draft.created_answer.take();
                let answer = unaltered(created, &description.sdp, |answer| &answer.sdp)?;
                Outcome::Agreed(draft.put_answer(answer)?)
            }
        };
        self.take_over(draft);
        Ok(outcome)
    }

    fn put_offer(&mut self, offer: CreatedOffer) {
        for section in &offer.sections {
            if let SectionContent::Rtp { id, .. } = section.content
                && let Some(transceiver) = self.transceiver_mut(id)
            {
                transceiver.mid = Some(section.mid.clone());
            }
        }
        self.state = State::LocalOffer { sections: offer.sections };
    }

    fn put_answer(&mut self, answer: CreatedAnswer) -> Result<Agreement, Error> {
        let State::RemoteOffer(offer) = core::mem::replace(&mut self.state, State::Stable) else {
            return Err(Error::DescriptionAltered);
        };
        self.conclude(offer.sections, answer.plan, offer.description.transport, answer.setup, false)
    }

    pub(crate) fn set_remote(
        &mut self,
        description: &SessionDescription,
    ) -> Result<Outcome, Error> {
        let kind = description.kind;
        self.state().after(Side::Remote, kind)?;
        let mut draft = self.clone();
        let outcome = match kind {
            SdpType::Rollback => {
                draft.forget_pending();
                Outcome::Pending
            }
            SdpType::Offer => {
                let remote = RemoteDescription::parse(kind, &description.sdp)?;
                draft.check_transport(remote.transport.as_ref())?;
                // A second offer replaces the first.
                draft.forget_pending();
                let offer = draft.pair_offer(remote)?;
                draft.state = State::RemoteOffer(offer);
                Outcome::Pending
            }
            SdpType::Answer | SdpType::Pranswer => {
                let remote = RemoteDescription::parse(kind, &description.sdp)?;
                draft.check_transport(remote.transport.as_ref())?;
                Outcome::Agreed(draft.take_answer(remote)?)
            }
        };
        self.take_over(draft);
        Ok(outcome)
    }

    fn take_answer(&mut self, remote: RemoteDescription) -> Result<Agreement, Error> {
        let State::LocalOffer { sections } = core::mem::replace(&mut self.state, State::Stable)
        else {
            return Err(NegotiationError::SectionsDiffer.into());
        };
        let plan = self.plan_from_answer(&sections, &remote)?;
        let setup = match remote.transport.as_ref().map(|transport| transport.setup) {
            Some(Setup::Active) => Setup::Passive,
            Some(_) => Setup::Active,
            None => self.setup.unwrap_or(Setup::Active),
        };
        self.conclude(sections, plan, remote.transport, setup, true)
    }

    /// Puts a draft in force. What was created before the description is void after it.
    fn take_over(&mut self, draft: Self) {
        *self = draft;
        self.created_offer = None;
        self.created_answer = None;
    }

    /// A transport that exists stays: neither its credentials nor its identity may change.
    fn check_transport(&self, theirs: Option<&RemoteTransport>) -> Result<(), NegotiationError> {
        let (theirs, current) = match (theirs, &self.remote) {
            (Some(theirs), Some(current)) => (theirs, current),
            (None, None) => return Err(NegotiationError::NothingAcceptable),
            // What uses no section says nothing of the transport; it stays for what comes next.
            _ => return Ok(()),
        };
        if theirs.fingerprints != current.fingerprints || Some(theirs.setup) == self.setup {
            return Err(NegotiationError::TransportChanged);
        }
        if theirs.credentials != current.credentials {
            return Err(NegotiationError::IceRestart);
        }
        Ok(())
    }

    /// Takes back what a pending offer, ours or theirs, did.
    fn forget_pending(&mut self) {
        if let State::RemoteOffer(offer) = core::mem::replace(&mut self.state, State::Stable) {
            self.transceivers.retain(|transceiver| !offer.created.contains(&transceiver.id));
        }
        let agreed = &self.agreed;
        for transceiver in &mut self.transceivers {
            transceiver.mid = transceiver.mid.take().filter(|mid| {
                let id = transceiver.id;
                agreed.iter().any(|section| section.mid == *mid && section.is_of(id))
            });
        }
        self.forget_stopped();
    }

    /// A stopped transceiver goes as soon as no section has it.
    pub(super) fn forget_stopped(&mut self) {
        self.transceivers.retain(|one| one.mid.is_some() || !one.is_stopped);
    }

    /// Both descriptions are in force.
    fn conclude(
        &mut self,
        sections: Vec<Section>,
        plan: Vec<Planned>,
        transport: Option<RemoteTransport>,
        setup: Setup,
        we_offered: bool,
    ) -> Result<Agreement, Error> {
        let data = self.agree_on(sections, plan);
        let remote = transport
            .or_else(|| self.remote.clone())
            .ok_or(Error::Negotiation(NegotiationError::NothingAcceptable))?;
        self.setup = Some(setup);
        self.remote = Some(remote.clone());
        Ok(Agreement { remote, we_offered, setup, data })
    }
}

/// rfc9429 §5.4: a description may not be altered between its creation and here.
fn unaltered<T>(created: Option<T>, sdp: &str, of: fn(&T) -> &String) -> Result<T, Error> {
    created.filter(|created| of(created) == sdp).ok_or(Error::DescriptionAltered)
}

/// Our part, given what the offer says of theirs.
const fn answer_setup(offered: Option<Setup>, current: Option<Setup>) -> Setup {
    match (offered, current) {
        (Some(Setup::Active), _) => Setup::Passive,
        // rfc8842 §5.3: an offer that leaves the choice does not change a transport that exists.
        (Some(Setup::ActPass) | None, Some(current)) => current,
        // rfc5763 §5: the answerer should be active, which saves a round trip.
        _ => Setup::Active,
    }
}
