//! Descriptions and candidates: what they do to the layers.

use alloc::string::{String, ToString as _};

use lariat_base::Instant;
use lariat_dtls::{Connection, Fingerprint, Role};
use lariat_ice::{Candidate, ParseError, Role as IceRole};
use lariat_sdp::Setup;

use super::{DataState, Peer, Secure};
use crate::error::Error;
use crate::limits::MAX_EARLY_CANDIDATES;
use crate::negotiation::session::{Agreement, LocalTransport, Outcome};
use crate::{Event, SessionDescription};

/// A candidate on its way from one side to the other (the W3C's `RTCIceCandidateInit`).
///
/// ```
/// use lariat_peer::IceCandidate;
///
/// let candidate = IceCandidate {
///     candidate: "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host".into(),
///     sdp_mid: Some("0".into()),
///     sdp_m_line_index: None,
/// };
/// assert!(candidate.sdp_mid.is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "the W3C's dictionary")]
pub struct IceCandidate {
    /// The candidate attribute, with or without `candidate:`; empty says that there are no more.
    pub candidate: String,
    /// The media section. All share one transport here, so it is not looked at.
    pub sdp_mid: Option<String>,
    /// The media section by its place.
    pub sdp_m_line_index: Option<u16>,
}

impl Peer {
    /// Writes an offer of everything that was added, with the candidates known so far.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub fn create_offer(&mut self) -> Result<SessionDescription, Error> {
        self.check_open()?;
        let transport = self.local_transport();
        self.negotiation.create_offer(&transport).map(SessionDescription::offer)
    }

    /// Writes an answer to the other side's offer, with the candidates known so far.
    ///
    /// # Errors
    /// [`Error::SignalingState`] if there is no offer, [`Error::Negotiation`] if none of it can be
    /// accepted.
    pub fn create_answer(&mut self) -> Result<SessionDescription, Error> {
        self.check_open()?;
        let transport = self.local_transport();
        self.negotiation.create_answer(&transport).map(SessionDescription::answer)
    }

    fn local_transport(&self) -> LocalTransport {
        let credentials = self.ice.local_credentials();
        let fingerprints = self.config.certificate.fingerprints();
        let announced = |fingerprint: &Fingerprint| {
            let value = fingerprint.value.clone();
            lariat_sdp::Fingerprint::new(fingerprint.algorithm.name(), value)
        };
        LocalTransport {
            ufrag: credentials.ufrag.clone(),
            pwd: credentials.pwd.clone(),
            fingerprints: fingerprints.map(announced).collect(),
            candidates: self.local_candidates.clone(),
            max_message_size: self.config.max_message_size as u64,
        }
    }

    /// Puts a description of ours in force: the one that was created last, unaltered.
    ///
    /// # Errors
    /// [`Error::SignalingState`] or [`Error::DescriptionAltered`]; nothing has changed then.
    pub fn set_local_description(
        &mut self,
        now: Instant,
        description: &SessionDescription,
    ) -> Result<(), Error> {
        self.check_open()?;
        let before = self.negotiation.state();
        let outcome = self.negotiation.set_local(description)?;
        self.after_description(now, before, outcome);
        Ok(())
    }

    /// Puts a description of theirs in force.
    ///
    /// # Errors
    /// [`Error::SignalingState`], [`Error::Sdp`] or [`Error::Negotiation`]; nothing has changed
    /// then.
    pub fn set_remote_description(
        &mut self,
        now: Instant,
        description: &SessionDescription,
    ) -> Result<(), Error> {
        self.check_open()?;
        let before = self.negotiation.state();
        let outcome = self.negotiation.set_remote(description)?;
        self.after_description(now, before, outcome);
        Ok(())
    }

    fn after_description(&mut self, now: Instant, before: crate::SignalingState, outcome: Outcome) {
        let state = self.negotiation.state();
        if state != before {
            self.push_event(Event::SignalingState(state));
        }
        if let Outcome::Agreed(agreement) = outcome {
            self.establish(now, &agreement);
            self.media.forget_unused(&self.negotiation);
            self.announce_tracks();
        }
        self.pump(now);
    }

    /// Starts what the two descriptions agree on, as far as it is not started.
    fn establish(&mut self, now: Instant, agreement: &Agreement) {
        let remote = &agreement.remote;
        if let Secure::Unnegotiated { early } = &mut self.secure {
            let early = core::mem::take(early);
            // rfc8445 §6.1.1: the offerer controls, except that a lite agent never does.
            let offerer = agreement.we_offered;
            self.ice.set_role(if offerer { IceRole::Controlling } else { IceRole::Controlled });
            self.ice.set_remote_lite(remote.ice_lite);
            // `RemoteTransport` has valid credentials only.
            let _valid = self.ice.set_remote_credentials(now, remote.credentials.clone());
            let role = match agreement.setup {
                Setup::Active => Role::Client,
                _ => Role::Server,
            };
            let mut dtls = Connection::new(self.config.dtls(), role, remote.fingerprints.clone());
            self.secure = match role {
                Role::Client => Secure::Waiting { dtls },
                Role::Server => {
                    dtls.start(now);
                    for datagram in &early {
                        dtls.handle_datagram(now, datagram);
                    }
                    Secure::Handshaking { dtls, role, heard: !early.is_empty() }
                }
            };
        }
        let in_description = remote.candidates.iter().cloned();
        for candidate in in_description {
            // One bad line is no reason to refuse the others (adversarial P11).
            let _skipped = self.use_candidate(now, &candidate);
        }
        for early in core::mem::take(&mut self.early_candidates) {
            let _skipped = self.use_candidate(now, &early.candidate);
        }
        if remote.end_of_candidates {
            self.ice.end_of_remote_candidates(now);
        }
        if let Some(limit) = agreement.data {
            self.max_message_size = usize::try_from(limit).unwrap_or(usize::MAX);
            self.channels.set_remote_max_message_size(self.max_message_size);
            if self.data == DataState::Absent {
                self.data = DataState::Agreed;
            }
        }
    }

    /// Tells the owner which transceivers the other side sends on from now on.
    fn announce_tracks(&mut self) {
        let mut events = alloc::vec::Vec::new();
        let ids: alloc::vec::Vec<_> =
            self.negotiation.transceivers().iter().map(|transceiver| transceiver.id).collect();
        for id in ids {
            let Some(transceiver) = self.negotiation.transceiver_mut(id) else { continue };
            let receives = transceiver.receives();
            if receives && !transceiver.announced {
                events.push(Event::Track { transceiver: id, kind: transceiver.kind });
            }
            transceiver.announced = receives;
        }
        events.into_iter().for_each(|event| self.push_event(event));
    }

    /// Adds an address of ours that datagrams can be sent from and received at. Later descriptions
    /// carry it.
    ///
    /// # Errors
    /// [`Error::Candidate`] says why it cannot be used.
    pub fn add_local_candidate(&mut self, now: Instant, candidate: Candidate) -> Result<(), Error> {
        self.check_open()?;
        let line = candidate.to_string();
        self.ice
            .add_local_candidate(now, candidate)
            .map_err(|error| Error::Candidate(error.to_string()))?;
        let value = line.strip_prefix("candidate:").unwrap_or(&line);
        if !self.local_candidates.iter().any(|known| known == value) {
            self.local_candidates.push(value.to_string());
        }
        self.pump(now);
        Ok(())
    }

    /// Adds a candidate of theirs, trickled after or even before its description.
    ///
    /// One that is well-formed but of no use here (a name instead of an address, TCP) is passed
    /// over.
    ///
    /// # Errors
    /// [`Error::Candidate`] if it is malformed, or if too many come before a description.
    pub fn add_remote_candidate(
        &mut self,
        now: Instant,
        candidate: &IceCandidate,
    ) -> Result<(), Error> {
        self.check_open()?;
        if matches!(self.secure, Secure::Unnegotiated { .. }) {
            // adversarial Q7: before the description, a few are kept.
            if self.early_candidates.len() >= MAX_EARLY_CANDIDATES {
                return Err(Error::Candidate("too many before the remote description".to_string()));
            }
            self.early_candidates.push(candidate.clone());
            return Ok(());
        }
        self.use_candidate(now, &candidate.candidate)?;
        self.pump(now);
        Ok(())
    }

    fn use_candidate(&mut self, now: Instant, line: &str) -> Result<(), Error> {
        if line.trim().is_empty() {
            self.ice.end_of_remote_candidates(now);
            return Ok(());
        }
        match Candidate::parse(line) {
            Ok(candidate) => self
                .ice
                .add_remote_candidate(now, candidate)
                .map_err(|error| Error::Candidate(error.to_string())),
            Err(ParseError::Unsupported(_)) => Ok(()),
            Err(error) => Err(Error::Candidate(error.to_string())),
        }
    }
}
