//! Asking for consent (RFC 7675), and checking a pair in use of which there is something to doubt.

use core::time::Duration;

use lariat_base::{Deadline, Instant};
use lariat_stun::TransactionId;

use crate::Agent;
use crate::agent::Phase;
use crate::consent::{Due, Reason};
use crate::limits::HINT_GAP_MILLIS;
use crate::pair::{CheckState, Nomination, Pair, PairFailure, PairId};

impl Agent {
    /// Sends the consent checks that are due, and takes consent from pairs where it expired.
    pub(crate) fn drive_consent(&mut self, now: Instant) {
        let Phase::Running(running) = &self.phase else { return };
        let concluded = running.is_concluded();
        let selected = self.selected;
        for index in 0..self.checklist.len() {
            let Some(pair) = self.checklist.get_mut(index) else { continue };
            if !is_kept_fresh(pair, concluded, selected == Some(pair.id)) {
                continue;
            }
            let CheckState::Succeeded(consent) = &mut pair.state else { continue };
            match consent.due(now, &self.timing, &mut self.rng) {
                Due::Nothing => {}
                Due::Expired => pair.fail(PairFailure::ConsentExpired),
                // A consent check is sent once, and at most every four seconds: at a fifth of all
                // datagrams lost, six of them in a row go unanswered every few minutes. But any
                // authenticated response is consent (rfc7675 §5.1), and an agent may make
                // connectivity checks of a pair when it likes, at their pace (rfc8445 §14.3).
                Due::Check => {
                    let id = pair.id;
                    self.check_in_use(now, id);
                }
            }
        }
    }

    /// Sends a check of a pair that works.
    fn check_in_use(&mut self, now: Instant, id: PairId) {
        let expires = now + self.timing.consent_expiry;
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        // rfc7675 §5.1: a new transaction id each time, and no retransmission.
        let transaction = TransactionId::random(&mut self.rng);
        let check = pair.request(now, transaction, self.role.claim(), false, expires);
        self.outbox.push(check, &mut self.dropped);
    }

    /// The pair in use is doubted: checks it at once, and does not wait long for the answer.
    pub(crate) fn doubt_selected(&mut self, now: Instant, reason: Reason) {
        let Some(pair) = self.selected.and_then(|id| self.checklist.by_id_mut(id)) else { return };
        let id = pair.id;
        let round_trip = pair.rtt.unwrap_or_default();
        let CheckState::Succeeded(consent) = &mut pair.state else { return };
        if consent.doubt(now, reason, round_trip, &self.timing) {
            self.check_in_use(now, id);
        }
    }

    /// Looks whether a check of the peer is of those that somebody makes who does not hear us.
    ///
    /// Then the path from us to the peer may be dead while the other way works, and nothing that
    /// arrives here tells. `since_last` is the time since the peer's check before on the same pair.
    pub(crate) fn judge_check(&mut self, now: Instant, id: PairId, since_last: Option<Duration>) {
        let Phase::Running(running) = &self.phase else { return };
        if !running.is_settled(now) {
            return;
        }
        // On the pair in use the peer asks for consent every four seconds at most; and from an
        // address that it never used it has no reason to check while all is well.
        let searches = match since_last {
            Some(gap) => self.selected == Some(id) && gap < Duration::from_millis(HINT_GAP_MILLIS),
            None => self.selected != Some(id),
        };
        if searches && self.recovery.may_take_hint(now) {
            self.doubt_selected(now, Reason::PeerSearches);
        }
    }

    pub(crate) fn consent_deadline(&self) -> Option<Deadline> {
        let Phase::Running(running) = &self.phase else { return None };
        let concluded = running.is_concluded();
        let deadlines = self.checklist.iter().map(|pair| match &pair.state {
            CheckState::Succeeded(consent)
                if is_kept_fresh(pair, concluded, self.selected == Some(pair.id)) =>
            {
                consent.deadline(&self.timing)
            }
            _ => None,
        });
        Deadline::earliest(deadlines)
    }
}

/// Every pair that works is kept fresh until one is nominated; afterwards only those that carry
/// data, and those that did until they fell silent: their consent comes back or ends.
fn is_kept_fresh(pair: &Pair, concluded: bool, selected: bool) -> bool {
    !concluded || selected || pair.nomination == Nomination::Nominated || pair.is_lost()
}
