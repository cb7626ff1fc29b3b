//! Sending checks, one at a time (RFC 8445 §6.1.4.2 and §14).

use core::time::Duration;

use lariat_base::Instant;
use lariat_stun::{Transaction, TransactionId};

use crate::CheckBudget;
use crate::agent::{Agent, Phase};
use crate::checklist::{Bounds, NextCheck};
use crate::config::Timing;
use crate::pair::{CheckState, Nomination, PairFailure};

impl Agent {
    /// What has gone to addresses that have not answered, of what
    /// [`Config::check_budget`](crate::Config::check_budget) allows.
    pub fn unanswered(&self) -> CheckBudget {
        self.spending.spent()
    }

    /// Changes what may go to addresses that have not answered, in all. Pairs whose checks had come
    /// to an end for want of it go on.
    pub fn set_check_budget(&mut self, now: Instant, budget: CheckBudget) {
        self.spending.allow(budget);
        self.checklist.resume_stinted();
        self.drive(now);
    }

    pub(crate) fn bounds(&self) -> Bounds<'_> {
        Bounds { floor: self.check_floor(), spending: &self.spending }
    }

    /// Sends one check, if one is due and the last was Ta ago.
    ///
    /// Repetitions keep to the same pace as first transmissions. So the total is bounded by the
    /// pace however many pairs there are, and the retransmission timeout need not grow with their
    /// number as RFC 8445 §14.3 makes it (which allows other ways).
    pub(crate) fn send_check(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Running(_)) || now < self.checklist.next_check {
            return;
        }
        let bounds = Bounds { floor: self.check_floor(), spending: &self.spending };
        let Some(next) = self.checklist.pick(now, bounds) else { return };
        self.checklist.next_check = now + self.timing.pacing;
        match next {
            NextCheck::Start(index) => self.start_check(now, index),
            NextCheck::Repeat(index) => self.repeat_check(now, index),
        }
    }

    fn start_check(&mut self, now: Instant, index: usize) {
        let timing = self.timing;
        let claim = self.role.claim();
        let fresh = TransactionId::random(&mut self.rng);
        let Some(pair) = self.checklist.get_mut(index) else { return };
        let start =
            |id| Transaction::start_with(now, id, timing.check_timeout, timing.check_transmissions);
        let expires = now + timing.check_lifetime();
        let check = if pair.is_valid() {
            pair.nomination = Nomination::Announced(start(fresh));
            pair.request(now, fresh, claim, true, expires)
        } else if let Some(earlier) = pair.repeatable(now, claim.role) {
            pair.state = CheckState::InProgress(start(earlier));
            pair.repeat(earlier, claim, false)
        } else {
            pair.state = CheckState::InProgress(start(fresh));
            pair.request(now, fresh, claim, false, expires)
        };
        self.outbox.push(check, &mut self.dropped);
    }

    fn repeat_check(&mut self, now: Instant, index: usize) {
        let claim = self.role.claim();
        let Some(pair) = self.checklist.get_mut(index) else { return };
        let (transaction, use_candidate) = match (&mut pair.state, &mut pair.nomination) {
            (CheckState::InProgress(transaction), _) => (transaction, false),
            (CheckState::Succeeded(_), Nomination::Announced(transaction)) => (transaction, true),
            _ => return,
        };
        // Due, since it was picked, and not the last: `expire_checks` has just taken those.
        let _ = transaction.handle_timeout(now);
        let id = transaction.id();
        let check = pair.repeat(id, claim, use_candidate);
        self.outbox.push(check, &mut self.dropped);
    }

    /// Fails the pairs whose last transmission has gone unanswered for long enough.
    pub(crate) fn expire_checks(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Running(_)) {
            return;
        }
        let limit = self.timing.check_transmissions;
        for pair in self.checklist.iter_mut() {
            let transaction = match (&pair.state, &pair.nomination) {
                (CheckState::InProgress(transaction), _)
                | (CheckState::Succeeded(_), Nomination::Announced(transaction)) => transaction,
                _ => continue,
            };
            let covered = pair.is_valid() || self.spending.covers(pair.remote.address.ip());
            if !covered && now >= transaction.deadline().at {
                pair.fail(PairFailure::Budget);
            } else if transaction.transmissions() >= limit && now >= transaction.deadline().at {
                if pair.is_valid() {
                    // Not the pair failed but this check: its consent tells whether it works, and
                    // if so, it is nominated again. rfc8445 §7.2.5.3.4 would fail it.
                    pair.forget_nomination();
                } else {
                    pair.expire(now);
                }
            }
        }
    }
}

impl Timing {
    /// How long a check may be answered: all its transmissions, the wait after the last, and
    /// something for those that the pace held up.
    fn check_lifetime(&self) -> Duration {
        let doublings = 1_u32.checked_shl(self.check_transmissions).unwrap_or(u32::MAX);
        let last_wait = lariat_stun::limits::LAST_WAIT;
        self.check_timeout.saturating_mul(doublings.saturating_add(last_wait))
    }
}
