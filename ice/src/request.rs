//! Checks of the peer: requests that come in (RFC 8445 §7.3).

use alloc::string::String;
use core::net::SocketAddr;

use lariat_base::{Datagram, Instant};
use lariat_stun::{Attribute, Message};

use crate::agent::{Agent, Phase, RemoteCandidate};
use crate::candidate::check_address;
use crate::checklist::Inserted;
use crate::limits::{MAX_EARLY_CHECKS, MAX_PEER_REFLEXIVE_CANDIDATES};
use crate::outbox::{Outgoing, Refusal};
use crate::pair::{CheckState, End, Nomination, Pair, PairId};
use crate::priority::is_valid;
use crate::role::{Claim, Verdict};
use crate::{Candidate, CandidateKind, Dropped, Event, FailureReason, Role};

/// An authenticated check, as far as it concerns what follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerCheck {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
    priority: u32,
    use_candidate: bool,
}

/// A check from before the peer's credentials were known.
#[derive(Clone, Debug)]
pub(crate) struct EarlyCheck {
    pub(crate) check: PeerCheck,
    /// Whom it claims to come from.
    ufrag: String,
}

impl Agent {
    pub(crate) fn handle_request(
        &mut self,
        now: Instant,
        datagram: &Datagram<'_>,
        message: &Message<'_>,
    ) {
        let checked = self.authenticate(datagram, message).and_then(|ufrag| {
            self.limit_rate(now, datagram)?;
            Ok(ufrag)
        });
        let ufrag = match checked {
            Ok(ufrag) => ufrag,
            Err(reason) => return self.dropped.add(reason),
        };
        let check = match self.accept(datagram, message) {
            Ok(check) => check,
            Err((refusal, reason)) => {
                if let Some(reason) = reason {
                    self.dropped.add(reason);
                }
                let (local, remote) = (datagram.local, datagram.remote);
                let id = message.transaction_id();
                let response = Outgoing::Error { local, remote, id, refusal };
                return self.respond(response);
            }
        };
        let Datagram { local, remote, .. } = *datagram;
        // rfc8445 §7.3: answered at once, whether or not the peer's credentials are known.
        self.respond(Outgoing::Success { local, remote, id: message.transaction_id() });
        match self.phase {
            Phase::New => self.remember(check, ufrag),
            Phase::Running(_) => self.learn(now, check, datagram.payload.len()),
            Phase::Failed(_) | Phase::Closed => {}
        }
    }

    /// Finds out whether the peer sent this, and returns its username fragment.
    fn authenticate<'m>(
        &self,
        datagram: &Datagram<'_>,
        message: &Message<'m>,
    ) -> Result<&'m str, Dropped> {
        check_address(datagram.remote).map_err(|_| Dropped::Address)?;
        // rfc8445 §7.3: FINGERPRINT is a must.
        if !message.has_fingerprint() {
            return Err(Dropped::NoFingerprint);
        }
        // rfc8445 §7.3: the first part of the username is our fragment; the second tells whose
        // check it is.
        let name = message.username().and_then(|name| name.split_once(':'));
        let (ours, theirs) = name.ok_or(Dropped::ForeignUfrag)?;
        let is_peer = self.remote.as_ref().is_none_or(|peer| peer.credentials.ufrag == theirs);
        if ours != self.credentials.ufrag || !is_peer {
            return Err(Dropped::ForeignUfrag);
        }
        message.verify_integrity(&self.key).map_err(|_| Dropped::Integrity)?;
        Ok(theirs)
    }

    fn limit_rate(&mut self, now: Instant, datagram: &Datagram<'_>) -> Result<(), Dropped> {
        let limit = match self.checklist.between_mut(datagram.local, datagram.remote) {
            Some(pair) => &mut pair.responses,
            None => &mut self.unpaired_responses,
        };
        if limit.allow(now) { Ok(()) } else { Err(Dropped::RateLimited) }
    }

    /// Decides whether an authenticated request gets a success response.
    fn accept(
        &mut self,
        datagram: &Datagram<'_>,
        message: &Message<'_>,
    ) -> Result<PeerCheck, (Refusal, Option<Dropped>)> {
        // rfc8489 §6.3.1: what must be understood and is not gets a 420.
        if let Some(attribute) = message.unknown_required().next() {
            let refusal = Refusal::UnknownAttribute(attribute);
            return Err((refusal, Some(Dropped::UnknownAttribute)));
        }
        // rfc8445 §7.1.1: PRIORITY is a must, and a candidate's priority has a range.
        let priority = message.priority().filter(|priority| is_valid(*priority));
        let Some(priority) = priority else {
            return Err((Refusal::BadRequest, Some(Dropped::Priority)));
        };
        // rfc8445 §7.3.1.1: settle who controls. A request that says nothing disagrees with
        // nothing.
        if let Some(claim) = claim(message) {
            match self.role.on_request(claim) {
                Verdict::Agreed => {}
                Verdict::Switched => self.on_role_switched(),
                Verdict::Refuse => return Err((Refusal::RoleConflict, None)),
                Verdict::Exhausted => {
                    self.fail(FailureReason::RoleConflict);
                    return Err((Refusal::RoleConflict, None));
                }
            }
        }
        let Datagram { local, remote, .. } = *datagram;
        Ok(PeerCheck { local, remote, priority, use_candidate: message.use_candidate() })
    }

    fn respond(&mut self, response: Outgoing) {
        self.outbox.push(response, &mut self.dropped);
    }

    /// Keeps a check until the peer's credentials are known.
    fn remember(&mut self, check: PeerCheck, ufrag: &str) {
        let same = |early: &&mut EarlyCheck| {
            (early.check.local, early.check.remote) == (check.local, check.remote)
                && early.ufrag == ufrag
        };
        if let Some(early) = self.early.iter_mut().find(same) {
            early.check.use_candidate |= check.use_candidate;
        } else if self.early.len() < MAX_EARLY_CHECKS {
            self.early.push(EarlyCheck { check, ufrag: ufrag.into() });
        } else {
            self.dropped.add(Dropped::CandidateLimit);
        }
    }

    /// Goes on with the checks that were remembered, now that the peer is known.
    pub(crate) fn replay_early_checks(&mut self, now: Instant) {
        let Some(remote) = &self.remote else { return };
        let ufrag = remote.credentials.ufrag.clone();
        for early in core::mem::take(&mut self.early) {
            if early.ufrag == ufrag {
                self.learn(now, early.check, 0);
            } else {
                self.dropped.add(Dropped::ForeignUfrag);
            }
        }
    }

    /// What follows from an accepted check (RFC 8445 §7.3.1.3 to §7.3.1.5).
    fn learn(&mut self, now: Instant, check: PeerCheck, bytes: usize) {
        let Some(id) = self.pair_of(check) else {
            self.dropped.add(Dropped::CandidateLimit);
            self.push_event(Event::CandidateLimit);
            return;
        };
        let controlling = self.role.role() == Role::Controlling;
        let concluded = matches!(&self.phase, Phase::Running(running) if running.is_concluded());
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        pair.accepted = true;
        self.spending.on_request(check.remote.ip());
        pair.counts.on_received(true, bytes);
        let since_last = pair.last_request.map(|last| now - last);
        pair.last_request = Some(now);
        self.judge_check(now, id, since_last);
        let in_trouble = concluded && self.is_in_trouble();
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        // rfc8445 §7.3.1.5: only a controlled agent is told what to use.
        let nominates = check.use_candidate && !controlling;
        match &pair.state {
            // rfc7675 §5.1: consent that was lost does not come back.
            CheckState::Failed(failure) if failure.is_final() => {}
            CheckState::Succeeded(consent) if nominates => {
                if pair.nomination != Nomination::Nominated {
                    if consent.is_expired(now, &self.timing) {
                        // It worked once, but was not kept fresh since nothing was sent on it.
                        pair.state = CheckState::Waiting;
                        pair.nomination = Nomination::Wanted;
                        self.checklist.trigger(id);
                    } else {
                        pair.nomination = Nomination::Nominated;
                        self.on_nominated(now, id);
                    }
                }
            }
            CheckState::Succeeded(_) if in_trouble && self.selected != Some(id) => {
                self.recheck(now, id);
            }
            CheckState::Succeeded(_) => {}
            // rfc8445 §8.1.2: after our nomination there is nothing left to find, while the pair
            // works.
            _ if controlling && concluded && !in_trouble => {}
            // rfc8445 §7.3.1.4: the peer can reach us, so we may be able to reach it.
            CheckState::Waiting | CheckState::InProgress(_) | CheckState::Failed(_) => {
                pair.state = CheckState::Waiting;
                if nominates {
                    pair.nomination = Nomination::Wanted;
                }
                self.checklist.trigger(id);
            }
        }
    }

    /// The pair that a check came on, new if need be.
    fn pair_of(&mut self, check: PeerCheck) -> Option<PairId> {
        if let Some(pair) = self.checklist.between(check.local, check.remote) {
            return Some(pair.id);
        }
        let local = *self.bases.iter().find(|base| base.address == check.local)?;
        let remote = self.remote_end(check)?;
        match self.checklist.insert(self.role.role(), local, remote) {
            Inserted::New(id) | Inserted::Known(id) => Some(id),
            Inserted::Full | Inserted::Incompatible => None,
        }
    }

    /// The remote candidate that a check came from, peer-reflexive if unknown (RFC 8445 §7.3.1.3).
    fn remote_end(&mut self, check: PeerCheck) -> Option<End> {
        let known = |remote: &&RemoteCandidate| remote.candidate.address == check.remote;
        if let Some(remote) = self.remote_candidates.iter().find(known) {
            return Some(remote.end());
        }
        let learnt = self.remote_candidates.iter().filter(|remote| !remote.signaled).count();
        if learnt >= MAX_PEER_REFLEXIVE_CANDIDATES && !self.forget_peer_reflexive() {
            return None;
        }
        let mut candidate = Candidate::peer_reflexive(check.remote, check.remote);
        candidate.priority = check.priority;
        candidate.related = None;
        let remote = RemoteCandidate { candidate, signaled: false };
        let end = remote.end();
        self.remote_candidates.push(remote);
        Some(end)
    }

    /// Makes room for a new peer-reflexive candidate at the expense of one that led nowhere.
    fn forget_peer_reflexive(&mut self) -> bool {
        // A pair without consent is kept, so that it is never tried again.
        let led_nowhere =
            |pair: &Pair| matches!(pair.state, CheckState::Failed(failure) if !failure.is_final());
        let useless = |remote: &RemoteCandidate| {
            let address = remote.candidate.address;
            let mut pairs = self.checklist.iter().filter(|pair| pair.remote.address == address);
            !remote.signaled && pairs.all(led_nowhere)
        };
        let Some(index) = self.remote_candidates.iter().position(useless) else { return false };
        let gone = self.remote_candidates.remove(index);
        self.checklist.remove_remote(gone.candidate.address);
        true
    }
}

impl RemoteCandidate {
    pub(crate) fn end(&self) -> End {
        let Candidate { address, kind, priority, .. } = self.candidate;
        let kind = if self.signaled { kind } else { CandidateKind::PeerReflexive };
        End { address, kind, priority }
    }
}

/// What a request says about its sender's role.
fn claim(message: &Message<'_>) -> Option<Claim> {
    message.attributes().find_map(|attribute| match attribute {
        Attribute::IceControlling(tie_breaker) => {
            Some(Claim { role: Role::Controlling, tie_breaker })
        }
        Attribute::IceControlled(tie_breaker) => {
            Some(Claim { role: Role::Controlled, tie_breaker })
        }
        _ => None,
    })
}
