//! Answers to our checks (RFC 8445 §7.2.5).

use core::net::SocketAddr;

use lariat_base::{Datagram, Instant};
use lariat_stun::{Class, Message};

use crate::agent::{Agent, Phase};
use crate::consent::Consent;
use crate::pair::{CheckState, Nomination, Outstanding, PairFailure, PairId};
use crate::priority::peer_reflexive_priority;
use crate::role::Verdict;
use crate::{Candidate, Dropped, Event, FailureReason, Role};

impl Agent {
    pub(crate) fn handle_response(
        &mut self,
        now: Instant,
        datagram: &Datagram<'_>,
        message: &Message<'_>,
    ) {
        if let Err(reason) = self.take_response(now, datagram, message) {
            self.dropped.add(reason);
        }
    }

    fn take_response(
        &mut self,
        now: Instant,
        datagram: &Datagram<'_>,
        message: &Message<'_>,
    ) -> Result<(), Dropped> {
        let remote = self.remote.as_ref().ok_or(Dropped::UnknownTransaction)?;
        if !matches!(self.phase, Phase::Running(_)) {
            return Err(Dropped::UnknownTransaction);
        }
        let id = message.transaction_id();
        let pair = self.checklist.awaiting_mut(id).ok_or(Dropped::UnknownTransaction)?;
        // Before anything else: a guessed id changes nothing, and the true answer may still come.
        message.verify_integrity(&remote.key).map_err(|_| Dropped::Integrity)?;
        let outstanding = pair.awaits(id).ok_or(Dropped::UnknownTransaction)?;
        pair.retire(id);
        // rfc8445 §7.2.5.2.1: back and forth between the same addresses, or the check failed.
        if !pair.connects(datagram.local, datagram.remote) {
            if !pair.is_valid() {
                pair.fail(PairFailure::Asymmetric);
            }
            return Err(Dropped::Asymmetric);
        }
        pair.counts.on_received(false, datagram.payload.len());
        if let Some(sent) = outstanding.sent {
            pair.on_rtt(now - sent);
        }
        let pair_id = pair.id;
        self.spending.on_answer(datagram.remote.ip());
        // rfc8489 §6.3.3 and §6.3.4: the transaction fails if something must be understood and is
        // not.
        let readable = message.unknown_required().next().is_none();
        let mapped = message.xor_mapped_address().filter(|_| readable);
        let error = message.error_code().filter(|_| readable);
        match (message.class(), mapped, error) {
            (Class::Success, Some(mapped), _) => {
                self.on_success(now, pair_id, &outstanding, mapped);
                Ok(())
            }
            (Class::Error, _, Some(error)) => {
                self.on_error(now, pair_id, &outstanding, error.code);
                Ok(())
            }
            _ => {
                self.fail_check(now, pair_id, &outstanding, PairFailure::BadResponse);
                Err(Dropped::BadResponse)
            }
        }
    }

    /// RFC 8445 §7.2.5.3.
    fn on_success(
        &mut self,
        now: Instant,
        id: PairId,
        outstanding: &Outstanding,
        mapped: SocketAddr,
    ) {
        let role = self.role.role();
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        match &mut pair.state {
            CheckState::Succeeded(consent) => consent.on_response(now),
            CheckState::Waiting | CheckState::InProgress(_) | CheckState::Failed(_) => {
                let consent = Consent::start(now, &self.timing, &mut self.rng);
                pair.state = CheckState::Succeeded(consent);
                pair.accepted = true;
            }
        }
        match pair.nomination {
            // rfc8445 §7.2.5.3.4: the check that succeeded is one that said so.
            Nomination::Announced(_) | Nomination::Chosen
                if outstanding.use_candidate && role == Role::Controlling =>
            {
                pair.nomination = Nomination::Nominated;
                self.on_nominated(now, id);
            }
            // rfc8445 §7.3.1.5: the peer's nomination waited for this.
            Nomination::Wanted => {
                pair.nomination = Nomination::Nominated;
                self.on_nominated(now, id);
            }
            _ => {}
        }
        self.on_mapped(id, mapped);
    }

    /// Takes our address as the peer sees it (RFC 8445 §7.2.5.3.1 and §7.2.5.3.2).
    ///
    /// The valid pair that the RFC constructs differs from the checked one in its local candidate
    /// only, and data goes from the same base, so the pair is kept and gets that candidate's
    /// priority.
    fn on_mapped(&mut self, id: PairId, mapped: SocketAddr) {
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        if pair.mapped == Some(mapped) {
            return;
        }
        let moved = pair.mapped.replace(mapped).is_some();
        if moved && pair.nomination == Nomination::Nominated {
            self.announce_again(id);
        }
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        let base = pair.local.address;
        if mapped == base {
            return;
        }
        let check_priority = peer_reflexive_priority(pair.local.priority);
        let known = self.local_candidates.iter().find(|local| local.address == mapped);
        let priority = known.map_or(check_priority, |local| local.priority);
        if known.is_none() && self.local_candidates.len() < crate::limits::MAX_LOCAL_CANDIDATES {
            // rfc8445 §7.2.5.3.1: not paired again, since its base already is.
            let mut candidate = Candidate::peer_reflexive(mapped, base);
            candidate.priority = check_priority;
            self.local_candidates.push(candidate);
        }
        pair.local.priority = priority;
        pair.update_priority(self.role.role());
        self.checklist.sort();
    }

    /// RFC 8445 §7.2.5.1 and §7.2.5.2.4.
    fn on_error(&mut self, now: Instant, id: PairId, outstanding: &Outstanding, code: u16) {
        match code {
            487 => self.on_role_refused(id, outstanding),
            // rfc7675 §5.2: an authenticated 403 ends consent at once.
            403 => {
                if let Some(pair) = self.checklist.by_id_mut(id) {
                    let failure = if pair.is_valid() {
                        PairFailure::ConsentRevoked
                    } else {
                        PairFailure::Refused(code)
                    };
                    pair.fail(failure);
                }
            }
            _ => self.fail_check(now, id, outstanding, PairFailure::Refused(code)),
        }
    }

    fn on_role_refused(&mut self, id: PairId, outstanding: &Outstanding) {
        match self.role.on_refusal(outstanding.role, &mut self.rng) {
            Verdict::Exhausted => return self.fail(FailureReason::RoleConflict),
            Verdict::Switched => self.on_role_switched(),
            Verdict::Agreed | Verdict::Refuse => {}
        }
        // rfc8445 §7.2.5.1: the check is made again, in the new role.
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        pair.cancel();
        if matches!(pair.state, CheckState::Waiting) {
            self.checklist.trigger(id);
        }
    }

    /// A check came back in a way that ends it; a consent check that does is as good as unanswered.
    fn fail_check(
        &mut self,
        now: Instant,
        id: PairId,
        outstanding: &Outstanding,
        failure: PairFailure,
    ) {
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        let under_way = match (&pair.state, &pair.nomination) {
            (CheckState::InProgress(transaction), _) => transaction.id() == outstanding.id,
            (CheckState::Succeeded(_), Nomination::Announced(transaction)) => {
                transaction.id() == outstanding.id
            }
            _ => false,
        };
        if under_way && pair.is_valid() && self.recovery.has_moved() {
            // rfc8445 §8.1.1: the peer need not take a second nomination. The pair works all the
            // same, and is used; the owner may want another beginning.
            pair.forget_nomination();
            if let Phase::Running(running) = &mut self.phase {
                running.concluded = Some(now);
            }
            self.push_event(Event::RestartNeeded);
        } else if under_way {
            pair.fail(failure);
        }
    }
}
