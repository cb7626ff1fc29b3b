//! One candidate pair: its check, its nomination, its consent.

use alloc::vec::Vec;
use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::Instant;
use lariat_stun::{Transaction, TransactionId};

use crate::config::Timing;
use crate::consent::Consent;
use crate::limits::{MAX_OUTSTANDING, MAX_RENEWALS, PRESENT_MILLIS, RESPONSES_PER_SECOND};
use crate::outbox::Outgoing;
use crate::priority::{pair_priority, peer_reflexive_priority};
use crate::rate::RateLimit;
use crate::role::Claim;
use crate::{CandidateKind, Role, SelectedPair};

/// Names a pair for as long as the agent lives; never used again for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PairId(pub(crate) u32);

/// One end of a pair, as far as the pair cares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) address: SocketAddr,
    pub(crate) kind: CandidateKind,
    pub(crate) priority: u32,
}

#[derive(Debug)]
pub(crate) struct Pair {
    pub(crate) id: PairId,
    /// The base of the local candidate.
    pub(crate) local: End,
    pub(crate) remote: End,
    pub(crate) priority: u64,
    pub(crate) state: CheckState,
    pub(crate) nomination: Nomination,
    /// What the peer sees as our address, from its latest response.
    pub(crate) mapped: Option<SocketAddr>,
    pub(crate) rtt: Option<Duration>,
    /// Whether data may come on it: we answered a check of the peer with success, or the peer one
    /// of ours.
    pub(crate) accepted: bool,
    /// When the peer's latest check came.
    pub(crate) last_request: Option<Instant>,
    /// How often its check was begun anew since those of the peer kept coming.
    renewals: u32,
    pub(crate) counts: Counts,
    pub(crate) responses: RateLimit,
    outstanding: Vec<Outstanding>,
}

/// Where the connectivity check of a pair stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum CheckState {
    Waiting,
    InProgress(Transaction),
    Succeeded(Consent),
    Failed(PairFailure),
}

/// Where the nomination of a pair stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nomination {
    /// Nobody has nominated it.
    None,
    /// Controlled: the peer has, and we wait for our own check to succeed.
    Wanted,
    /// Controlling: we chose it, and the check that says so waits for its turn.
    Chosen,
    /// Controlling: the check that says so is under way.
    Announced(Transaction),
    /// It is.
    Nominated,
}

/// Compares how far the nomination is; of which transaction announces it there is only one.
impl PartialEq for Nomination {
    fn eq(&self, other: &Self) -> bool {
        core::mem::discriminant(self) == core::mem::discriminant(other)
    }
}

/// Why a pair failed.
///
/// ```
/// use lariat_ice::PairFailure;
///
/// assert_eq!(PairFailure::Refused(400).to_string(), "the peer refused the check with error 400");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PairFailure {
    /// No answer to any transmission of the check.
    Timeout,
    /// No answer so far, and no more checks may be spent on it
    /// ([`Config::check_budget`](crate::Config::check_budget)).
    Budget,
    /// The answer came from or to another address than the check (RFC 8445 §7.2.5.2.1).
    Asymmetric,
    /// The peer answered with an error.
    Refused(u16),
    /// The peer's answer could not be used.
    BadResponse,
    /// It worked, and the peer stopped answering. It will not be tried again.
    ConsentExpired,
    /// It worked, and the peer withdrew its consent. It will not be tried again.
    ConsentRevoked,
}

impl PairFailure {
    /// Whether the peer did answer, and in a way that ends the check.
    pub(crate) const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused(_) | Self::BadResponse)
    }

    /// RFC 7675 §5.1: the same credentials cannot win consent back.
    pub(crate) const fn is_final(self) -> bool {
        matches!(self, Self::ConsentExpired | Self::ConsentRevoked)
    }
}

impl fmt::Display for PairFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "no answer to any transmission of the check",
            Self::Budget => "no answer so far, and no more checks may be spent on it",
            Self::Asymmetric => "the answer came from or to another address than the check",
            Self::Refused(code) => {
                return write!(f, "the peer refused the check with error {code}");
            }
            Self::BadResponse => "the peer's answer could not be used",
            Self::ConsentExpired => "worked, then the peer stopped answering",
            Self::ConsentRevoked => "worked, then the peer withdrew its consent",
        })
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests_sent: u64,
    pub(crate) requests_received: u64,
    pub(crate) responses_sent: u64,
    pub(crate) responses_received: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
}

impl Counts {
    pub(crate) fn on_sent(&mut self, is_request: bool, bytes: usize) {
        let count = if is_request { &mut self.requests_sent } else { &mut self.responses_sent };
        *count = count.saturating_add(1);
        self.bytes_sent = self.bytes_sent.saturating_add(bytes as u64);
    }

    pub(crate) fn on_received(&mut self, is_request: bool, bytes: usize) {
        let count =
            if is_request { &mut self.requests_received } else { &mut self.responses_received };
        *count = count.saturating_add(1);
        self.bytes_received = self.bytes_received.saturating_add(bytes as u64);
    }
}

/// A request that may still be answered, whether or not it is still repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outstanding {
    pub(crate) id: TransactionId,
    /// When it was sent; `None` once it was repeated, since nobody knows then which one is
    /// answered.
    pub(crate) sent: Option<Instant>,
    pub(crate) role: Role,
    pub(crate) use_candidate: bool,
    expires: Instant,
}

impl Pair {
    pub(crate) fn new(id: PairId, role: Role, local: End, remote: End) -> Self {
        Self {
            id,
            local,
            remote,
            priority: pair_priority(role, local.priority, remote.priority),
            state: CheckState::Waiting,
            nomination: Nomination::None,
            mapped: None,
            rtt: None,
            accepted: false,
            last_request: None,
            renewals: 0,
            counts: Counts::default(),
            responses: RateLimit::new(RESPONSES_PER_SECOND),
            outstanding: Vec::new(),
        }
    }

    pub(crate) fn connects(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.local.address == local && self.remote.address == remote
    }

    pub(crate) const fn addresses(&self) -> SelectedPair {
        SelectedPair { local: self.local.address, remote: self.remote.address }
    }

    pub(crate) fn update_priority(&mut self, role: Role) {
        self.priority = pair_priority(role, self.local.priority, self.remote.priority);
    }

    pub(crate) const fn is_valid(&self) -> bool {
        matches!(self.state, CheckState::Succeeded(_))
    }

    /// Whether it works and the peer has not been silent for long.
    pub(crate) fn is_live(&self) -> bool {
        matches!(&self.state, CheckState::Succeeded(consent) if consent.is_live())
    }

    /// Whether it works, as far as we know, and is as good as any.
    pub(crate) fn is_usable(&self) -> bool {
        matches!(&self.state, CheckState::Succeeded(consent) if !consent.is_lost())
    }

    /// Whether it worked, and any other that works is better.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(&self.state, CheckState::Succeeded(consent) if consent.is_lost())
    }

    /// Whether there is something against it.
    pub(crate) fn is_doubted(&self) -> bool {
        match &self.state {
            CheckState::Succeeded(consent) => consent.is_doubted() || consent.is_lost(),
            CheckState::Waiting | CheckState::InProgress(_) | CheckState::Failed(_) => true,
        }
    }

    /// It is not to be used any more, unless it is nominated anew.
    pub(crate) fn forget_nomination(&mut self) {
        self.nomination = Nomination::None;
    }

    /// Whether it works no more by `now`, since the peer's consent has run out.
    pub(crate) fn is_expired(&self, now: Instant, timing: &Timing) -> bool {
        matches!(&self.state, CheckState::Succeeded(consent) if consent.is_expired(now, timing))
    }

    pub(crate) fn fail(&mut self, failure: PairFailure) {
        self.state = CheckState::Failed(failure);
        self.nomination = Nomination::None;
        if failure.is_final() {
            // rfc7675 §5.1: what is outstanding when consent ends is discarded.
            self.outstanding.clear();
        }
    }

    /// All transmissions of its check were lost: fails, unless checks of the peer arrive, which
    /// say that something gets through, and it has not been begun anew too often.
    pub(crate) fn expire(&mut self, now: Instant) {
        let present = Duration::from_millis(PRESENT_MILLIS);
        let hears = self.last_request.is_some_and(|at| now < at + present);
        if hears && self.renewals < MAX_RENEWALS {
            self.renewals += 1;
            self.state = CheckState::Waiting;
        } else {
            // rfc8445 §7.2.5.2.3.
            self.fail(PairFailure::Timeout);
        }
    }

    /// Stops repeating the check under way. Its answer still counts.
    pub(crate) fn cancel(&mut self) {
        if matches!(self.state, CheckState::InProgress(_)) {
            self.state = CheckState::Waiting;
        }
    }

    /// Makes a request and remembers that it may be answered until `expires`.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        id: TransactionId,
        claim: Claim,
        use_candidate: bool,
        expires: Instant,
    ) -> Outgoing {
        self.outstanding.retain(|outstanding| outstanding.expires > now);
        if self.outstanding.len() >= MAX_OUTSTANDING {
            self.outstanding.remove(0);
        }
        let sent = Some(now);
        self.outstanding.push(Outstanding { id, sent, role: claim.role, use_candidate, expires });
        self.outgoing(id, claim, use_candidate)
    }

    /// Makes the same request again.
    pub(crate) fn repeat(
        &mut self,
        id: TransactionId,
        claim: Claim,
        use_candidate: bool,
    ) -> Outgoing {
        if let Some(outstanding) = self.outstanding.iter_mut().find(|known| known.id == id) {
            outstanding.sent = None;
        }
        self.outgoing(id, claim, use_candidate)
    }

    fn outgoing(&self, id: TransactionId, claim: Claim, use_candidate: bool) -> Outgoing {
        Outgoing::Check {
            local: self.local.address,
            remote: self.remote.address,
            id,
            // rfc8445 §7.1.1: what a peer-reflexive candidate of this base would have.
            priority: peer_reflexive_priority(self.local.priority),
            claim,
            use_candidate,
        }
    }

    /// An earlier request that may be repeated in place of a new one, if there is room for no more.
    ///
    /// A peer that sends us checks faster than it answers ours must not make us forget every
    /// request before its answer arrives.
    pub(crate) fn repeatable(&self, now: Instant, role: Role) -> Option<TransactionId> {
        let open = self.outstanding.iter().filter(|outstanding| outstanding.expires > now);
        let newest = open.clone().next_back()?;
        let full = open.count() >= MAX_OUTSTANDING;
        (full && newest.role == role && !newest.use_candidate).then_some(newest.id)
    }

    pub(crate) fn awaits(&self, id: TransactionId) -> Option<Outstanding> {
        self.outstanding.iter().find(|outstanding| outstanding.id == id).copied()
    }

    /// Takes the answer to a request: a second one with this id is none.
    pub(crate) fn retire(&mut self, id: TransactionId) {
        self.outstanding.retain(|outstanding| outstanding.id != id);
    }

    pub(crate) fn on_rtt(&mut self, sample: Duration) {
        // As RFC 6298 §2 smooths it: seven parts of the old, one of the new.
        self.rtt = Some(self.rtt.map_or(sample, |rtt| (rtt * 7 + sample) / 8));
    }
}
