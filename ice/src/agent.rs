//! The agent: what it holds, and who is called when.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::{Datagram, Deadline, Instant, Rng, Tally, Transmit};
use lariat_stun::{Class, IntegrityKey, Message, Method};

use crate::budget::Spending;
use crate::checklist::Checklist;
use crate::config::Timing;
use crate::limits::{self, MAX_QUEUED_EVENTS, UNPAIRED_RESPONSES_PER_SECOND};
use crate::outbox::{Outbox, Outgoing};
use crate::pair::{CheckState, End, PairId};
use crate::rate::RateLimit;
use crate::recovery::Recovery;
use crate::request::EarlyCheck;
use crate::role::RoleState;
use crate::traffic::Traffic;
use crate::{
    Candidate, Config, Credentials, CredentialsError, Dropped, Event, FailureReason, Role, State,
};

/// An ICE agent with one data stream of one component.
///
/// See the [crate documentation](crate) for how to drive it.
///
/// ```
/// use lariat_base::{Instant, Seed};
/// use lariat_ice::{Agent, Candidate, Config, Credentials, Role, State};
///
/// let provider = lariat_crypto::ring::provider();
/// let config = Config::new(provider, Seed::new([1; 32]), Role::Controlling);
/// let mut agent = Agent::new(config);
/// let now = Instant::ZERO;
/// agent.add_local_candidate(now, Candidate::host("192.0.2.1:5000".parse()?))?;
/// agent.add_remote_candidate(now, Candidate::host("192.0.2.2:6000".parse()?))?;
/// let pwd = "asd88fgpdd777uzjYhagZg".to_string();
/// agent.set_remote_credentials(now, Credentials { ufrag: "8hhY".to_string(), pwd })?;
/// assert_eq!(agent.state(), State::Checking);
///
/// let mut datagram = Vec::new();
/// let transmit = agent.poll_transmit(now, &mut datagram).ok_or("no check")?;
/// assert_eq!(transmit.remote, "192.0.2.2:6000".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Agent {
    pub(crate) config: Config,
    pub(crate) timing: Timing,
    pub(crate) rng: Rng,
    pub(crate) role: RoleState,
    pub(crate) credentials: Credentials,
    pub(crate) key: IntegrityKey,
    pub(crate) remote: Option<Remote>,
    pub(crate) local_candidates: Vec<Candidate>,
    /// The addresses that we send from, each once, with the best candidate that it is the base of.
    pub(crate) bases: Vec<End>,
    pub(crate) remote_candidates: Vec<RemoteCandidate>,
    pub(crate) end_of_candidates: bool,
    pub(crate) early: Vec<EarlyCheck>,
    pub(crate) unpaired_responses: RateLimit,
    pub(crate) checklist: Checklist,
    pub(crate) spending: Spending,
    pub(crate) selected: Option<PairId>,
    pub(crate) traffic: Traffic,
    pub(crate) recovery: Recovery,
    pub(crate) phase: Phase,
    /// What the owner was last told.
    pub(crate) state: State,
    pub(crate) outbox: Outbox,
    pub(crate) events: VecDeque<Event>,
    pub(crate) told_limit: bool,
    pub(crate) dropped: Tally<Dropped>,
}

/// The peer.
pub(crate) struct Remote {
    pub(crate) credentials: Credentials,
    pub(crate) key: IntegrityKey,
    /// The USERNAME of our checks.
    pub(crate) username: String,
}

/// A remote candidate, and whether it came by signaling or from a check.
#[derive(Clone, Debug)]
pub(crate) struct RemoteCandidate {
    pub(crate) candidate: Candidate,
    pub(crate) signaled: bool,
}

/// How far we are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Phase {
    /// Without the peer's credentials no check can be sent.
    New,
    Running(Running),
    Failed(FailureReason),
    Closed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    /// Until when not to fail (RFC 8863); `None` once that has passed.
    pub(crate) patience_until: Option<Instant>,
    /// When the first pair worked.
    pub(crate) first_valid: Option<Instant>,
    /// When a pair was nominated.
    pub(crate) concluded: Option<Instant>,
}

impl Running {
    pub(crate) const fn is_concluded(&self) -> bool {
        self.concluded.is_some()
    }

    /// Whether a nomination is so old that a further one says that the peer has left the pair.
    pub(crate) fn is_settled(&self, now: Instant) -> bool {
        let settling = Duration::from_millis(limits::SETTLING_MILLIS);
        self.concluded.is_some_and(|at| now >= at + settling)
    }
}

impl Agent {
    /// An agent that waits for candidates and for the peer's credentials.
    pub fn new(config: Config) -> Self {
        let mut rng = config.seed.split("ice").rng();
        let given = config.credentials.clone().filter(|given| given.validate().is_ok());
        let credentials = given.unwrap_or_else(|| Credentials::random(&mut rng));
        let key = IntegrityKey::short_term(&*config.provider, &credentials.pwd);
        Self {
            timing: config.timing(),
            role: RoleState::new(config.role, config.remote_lite, &mut rng),
            rng,
            credentials,
            key,
            remote: None,
            local_candidates: Vec::new(),
            bases: Vec::new(),
            remote_candidates: Vec::new(),
            end_of_candidates: false,
            early: Vec::new(),
            unpaired_responses: RateLimit::new(UNPAIRED_RESPONSES_PER_SECOND),
            checklist: Checklist::new(config.max_pairs.min(limits::MAX_PAIRS)),
            spending: Spending::new(config.check_budget),
            selected: None,
            traffic: Traffic::default(),
            recovery: Recovery::default(),
            phase: Phase::New,
            state: State::New,
            outbox: Outbox::default(),
            events: VecDeque::new(),
            told_limit: false,
            dropped: Tally::new(),
            config,
        }
    }

    /// The present role. It may change to repair a conflict; [`Event::RoleChanged`] then tells.
    pub fn role(&self) -> Role {
        self.role.role()
    }

    /// Changes the role. Has an effect only while the agent is [`State::New`], and none against a
    /// lite peer.
    pub fn set_role(&mut self, role: Role) {
        if matches!(self.phase, Phase::New) {
            self.role.set(role);
            self.checklist.on_role_change(self.role.role());
        }
    }

    /// Says whether the peer is an ICE-lite implementation, in place of
    /// [`Config::remote_lite`]. Has an effect only while the agent is [`State::New`].
    pub fn set_remote_lite(&mut self, remote_lite: bool) {
        if matches!(self.phase, Phase::New) {
            self.role.set_remote_lite(remote_lite);
            self.checklist.on_role_change(self.role.role());
        }
    }

    /// Our credentials, for the peer.
    pub fn local_credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The peer's credentials, once known.
    pub fn remote_credentials(&self) -> Option<&Credentials> {
        self.remote.as_ref().map(|remote| &remote.credentials)
    }

    /// Our candidates, those learnt from the peer's responses included.
    pub fn local_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.local_candidates.iter()
    }

    /// The peer's candidates, those learnt from its checks included.
    pub fn remote_candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.remote_candidates.iter().map(|remote| &remote.candidate)
    }

    /// The state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Why the agent is [`State::Failed`]; `None` if it is not.
    pub fn failure(&self) -> Option<FailureReason> {
        match self.phase {
            Phase::Failed(reason) => Some(reason),
            Phase::New | Phase::Running(_) | Phase::Closed => None,
        }
    }

    /// What was dropped, and why.
    pub fn dropped(&self) -> &Tally<Dropped> {
        &self.dropped
    }

    /// Takes the peer's credentials and starts the checks. Checks of the peer that came before are
    /// now acted upon.
    ///
    /// # Errors
    /// [`CredentialsError`] if they are malformed, if others are set already, or if the agent is
    /// closed.
    pub fn set_remote_credentials(
        &mut self,
        now: Instant,
        credentials: Credentials,
    ) -> Result<(), CredentialsError> {
        if matches!(self.phase, Phase::Closed) {
            return Err(CredentialsError::Closed);
        }
        credentials.validate()?;
        match &self.remote {
            Some(remote) if remote.credentials == credentials => return Ok(()),
            Some(_) => return Err(CredentialsError::AlreadySet),
            None => {}
        }
        let key = IntegrityKey::short_term(&*self.config.provider, &credentials.pwd);
        // rfc8445 §7.2.2: the peer's fragment, a colon, ours.
        let username = alloc::format!("{}:{}", credentials.ufrag, self.credentials.ufrag);
        self.remote = Some(Remote { credentials, key, username });
        if matches!(self.phase, Phase::New) {
            self.phase = Phase::Running(Running {
                // rfc8863 §4: from when both sides can check, whether or not there are candidates.
                patience_until: Some(now + self.timing.patience),
                first_valid: None,
                concluded: None,
            });
            self.checklist.next_check = now;
            self.drop_foreign_candidates();
            self.replay_early_checks(now);
            self.drive(now);
        }
        Ok(())
    }

    /// Takes note that the peer has no more candidates to tell (RFC 8838 §14).
    pub fn end_of_remote_candidates(&mut self, now: Instant) {
        self.end_of_candidates = true;
        self.drive(now);
    }

    /// Takes a STUN datagram. Whatever is wrong with it is counted in [`dropped`](Self::dropped).
    pub fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        let datagram = Datagram {
            local: normalise(datagram.local),
            remote: normalise(datagram.remote),
            ..datagram
        };
        match self.open(&datagram) {
            Err(reason) => self.dropped.add(reason),
            Ok(message) => match message.class() {
                Class::Request => self.handle_request(now, &datagram, &message),
                Class::Success | Class::Error => self.handle_response(now, &datagram, &message),
                // rfc8445 §11: keeps NAT bindings open and has no other effect.
                Class::Indication => self.dropped.add(Dropped::Indication),
            },
        }
        self.drive(now);
    }

    fn open<'d>(&self, datagram: &Datagram<'d>) -> Result<Message<'d>, Dropped> {
        if matches!(self.phase, Phase::Closed) {
            return Err(Dropped::Closed);
        }
        let message = Message::parse(datagram.payload).map_err(|_| Dropped::Malformed)?;
        if message.method() != Method::BINDING {
            return Err(Dropped::Method);
        }
        if !self.bases.iter().any(|base| base.address == datagram.local) {
            return Err(Dropped::UnknownLocal);
        }
        Ok(message)
    }

    /// Does what is due at `now`. Calling it early, late or twice is harmless.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.drive(now);
    }

    /// Appends the next datagram to `out` and says where it goes.
    ///
    /// What was queued for a pair whose consent has run out by `now` is not sent.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        loop {
            let message = self.outbox.pop()?;
            if self.is_forbidden(now, &message) {
                continue;
            }
            let (username, key) = match &self.remote {
                Some(remote) => (remote.username.as_str(), Some(&remote.key)),
                None => ("", None),
            };
            let start = out.len();
            if message.encode(out, username, key, &self.key).is_err() {
                debug_assert!(false, "what we send is made of checked parts");
                continue;
            }
            let size = out.len() - start;
            if matches!(message, Outgoing::Check { .. }) {
                self.spending.on_check(message.addresses().1.ip(), size);
            }
            let (local, remote) = message.addresses();
            if let Some(pair) = self.checklist.between_mut(local, remote) {
                pair.counts.on_sent(matches!(message, Outgoing::Check { .. }), size);
            }
            return Some(Transmit::new(local, remote, size));
        }
    }

    /// rfc7675 §5.1: after consent is lost, the same credentials are not used on the pair again.
    fn is_forbidden(&self, now: Instant, message: &Outgoing) -> bool {
        let (local, remote) = message.addresses();
        matches!(message, Outgoing::Check { .. })
            && self.checklist.between(local, remote).is_some_and(|pair| match &pair.state {
                CheckState::Failed(failure) => failure.is_final(),
                CheckState::Succeeded(_) => pair.is_expired(now, &self.timing),
                CheckState::Waiting | CheckState::InProgress(_) => false,
            })
    }

    /// What happened, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why; `None` if only input can
    /// change anything.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let Phase::Running(running) = &self.phase else { return None };
        let check = self.checklist.next_pick(self.bounds());
        let patience = running.patience_until.filter(|_| self.selected.is_none());
        Deadline::earliest([
            check.map(|at| Deadline::new(at, "connectivity check")),
            self.consent_deadline(),
            self.nomination_deadline(),
            self.recovery_deadline(),
            patience.map(|at| Deadline::new(at, "patience")),
        ])
    }

    /// Ends everything at once: nothing is sent, answered or told after this but the change of
    /// state.
    pub fn close(&mut self) {
        if matches!(self.phase, Phase::Closed) {
            return;
        }
        self.stop(Phase::Closed);
        self.outbox.clear();
        self.state = State::Closed;
        self.push_event(Event::StateChanged(State::Closed));
    }

    pub(crate) fn fail(&mut self, reason: FailureReason) {
        if matches!(self.phase, Phase::New | Phase::Running(_)) {
            self.stop(Phase::Failed(reason));
        }
    }

    fn stop(&mut self, phase: Phase) {
        self.phase = phase;
        self.selected = None;
        self.early.clear();
        self.checklist.clear_triggered();
        self.outbox.cancel_checks();
    }

    pub(crate) fn on_role_switched(&mut self) {
        let role = self.role.role();
        self.checklist.on_role_change(role);
        self.push_event(Event::RoleChanged(role));
    }

    pub(crate) fn push_event(&mut self, event: Event) {
        if event == Event::CandidateLimit && core::mem::replace(&mut self.told_limit, true) {
            return;
        }
        if self.events.len() >= MAX_QUEUED_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Everything that time or input can have made due.
    pub(crate) fn drive(&mut self, now: Instant) {
        if self.checklist.overflowed {
            self.push_event(Event::CandidateLimit);
        }
        self.expire_checks(now);
        self.drive_consent(now);
        self.recover(now);
        self.conclude(now);
        self.send_check(now);
    }
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent")
            .field("state", &self.state)
            .field("role", &self.role())
            .field("ufrag", &self.credentials.ufrag)
            .field("pairs", &self.checklist.len())
            .finish_non_exhaustive()
    }
}

/// The form in which addresses are compared: flow labels mean nothing, and scopes only where links
/// differ.
pub(crate) fn normalise(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => address,
        SocketAddr::V6(mut v6) => {
            v6.set_flowinfo(0);
            if !v6.ip().is_unicast_link_local() {
                v6.set_scope_id(0);
            }
            SocketAddr::V6(v6)
        }
    }
}
