//! Which pair to use (RFC 8445 §8).

use lariat_base::{Deadline, Instant};

use crate::agent::{Agent, Phase};
use crate::checklist::Bounds;
use crate::pair::{CheckState, Nomination, Pair, PairFailure, PairId};
use crate::{Event, FailureReason, Role, State};

impl Agent {
    /// Draws the conclusions from whatever just happened: nominates, selects, fails, tells.
    pub(crate) fn conclude(&mut self, now: Instant) {
        if let Phase::Running(running) = &mut self.phase {
            if running.first_valid.is_none() && self.checklist.iter().any(Pair::is_valid) {
                running.first_valid = Some(now);
            }
            if running.patience_until.is_some_and(|until| now >= until) {
                running.patience_until = None;
            }
        }
        self.nominate(now);
        self.select(now);
        self.give_up();
        self.update_state();
    }

    /// The peer accepted our nomination of a pair, or made one.
    pub(crate) fn on_nominated(&mut self, now: Instant, id: PairId) {
        let Phase::Running(running) = &mut self.phase else { return };
        let is_late = running.is_settled(now);
        running.concluded.get_or_insert(now);
        let current = self.selected.and_then(|id| self.checklist.by_id(id));
        let nominated = self.checklist.by_id(id).map_or(0, |pair| pair.priority);
        // rfc8445 §8.1.1: of several nominated pairs, the one of highest priority; but a nomination
        // long after the first says that the peer has left that pair.
        let follow = self.role.role() == Role::Controlling
            || is_late
            || current.is_none_or(|pair| !is_nominated(pair) || nominated > pair.priority);
        if follow {
            self.recovery.follow(id);
        }
        self.end_needless_checks();
    }

    /// Ends the checks that a nomination makes pointless (RFC 8445 §8.1.2).
    pub(crate) fn end_needless_checks(&mut self) {
        if let Some(floor) = self.check_floor() {
            self.checklist.cancel_below(floor);
            if self.role.role() == Role::Controlling {
                self.checklist.clear_triggered();
            }
        }
    }

    /// The priority at and below which ordinary checks are pointless.
    pub(crate) fn check_floor(&self) -> Option<u64> {
        let Phase::Running(running) = &self.phase else { return None };
        if !running.is_concluded() || self.recovery.is_outage() {
            return None;
        }
        match self.role.role() {
            // rfc8445 §8.1.1: having nominated one pair, we may not nominate another.
            Role::Controlling => Some(u64::MAX),
            // A peer that nominates aggressively may still nominate a better one.
            Role::Controlled => {
                let nominated = self.checklist.iter().filter(|pair| is_nominated(pair));
                nominated.map(|pair| pair.priority).max()
            }
        }
    }

    /// As controlling agent: picks the pair to use, once while it works.
    fn nominate(&mut self, now: Instant) {
        let Some(at) = self.nomination_due() else { return };
        // Nothing better can come: no need to wait.
        let settled = self.end_of_candidates && !self.better_pair_is_possible();
        if now < at && !settled {
            return;
        }
        let Some(pair) = self.checklist.iter().find(|pair| pair.is_usable()) else { return };
        self.announce_again(pair.id);
    }

    /// Makes a check with USE-CANDIDATE of a pair that works, as if there had been none.
    pub(crate) fn announce_again(&mut self, id: PairId) {
        if self.role.role() == Role::Controlling
            && let Some(pair) = self.checklist.by_id_mut(id)
        {
            // rfc8445 §8.1.1: the check that made it valid is repeated, now with USE-CANDIDATE.
            pair.nomination = Nomination::Chosen;
            self.checklist.trigger(id);
        }
    }

    /// The pair in use took over from another: nominates it, if the other was nominated.
    pub(crate) fn nominate_again(&mut self, id: PairId) {
        let Phase::Running(running) = &mut self.phase else { return };
        let is_new = self.checklist.by_id(id).is_some_and(|pair| !is_nominated(pair));
        if is_new && running.concluded.take().is_some() {
            self.recovery.on_second_nomination();
            self.announce_again(id);
        }
    }

    /// When we nominate, if that is up to us and still to be done.
    fn nomination_due(&self) -> Option<Instant> {
        let Phase::Running(running) = &self.phase else { return None };
        let chosen = || {
            self.checklist.iter().any(|pair| {
                matches!(pair.nomination, Nomination::Chosen | Nomination::Announced(_))
            })
        };
        if self.role.role() == Role::Controlled || running.is_concluded() || chosen() {
            return None;
        }
        let first_valid = running.first_valid?;
        self.checklist
            .iter()
            .any(Pair::is_usable)
            .then(|| first_valid + self.timing.nomination_delay)
    }

    fn better_pair_is_possible(&self) -> bool {
        // Sorted by priority: whatever stands before the first that works would be better.
        let before = self.checklist.iter().take_while(|pair| !pair.is_usable());
        before.into_iter().any(|pair| !matches!(pair.state, CheckState::Failed(_)))
    }

    /// Chooses what to send on.
    fn select(&mut self, now: Instant) {
        if !matches!(self.phase, Phase::Running(_)) {
            return;
        }
        let usable = |id: &PairId| self.checklist.by_id(*id).is_some_and(Pair::is_usable);
        let followed = self.recovery.followed().filter(usable);
        let selected = self.selected.and_then(|id| self.checklist.by_id(id));
        let current = selected.filter(|pair| pair.is_valid());
        let wanted = match current {
            // rfc8445 §12.1: before nomination any valid pair will do, and afterwards the nominated
            // one. Keep the one in use: data that hops from path to path arrives out of order.
            Some(pair) if pair.is_usable() => Some(followed.unwrap_or(pair.id)),
            _ => followed.or_else(|| self.best_usable()).or(current.map(|pair| pair.id)),
        };
        let wanted = wanted.or_else(|| self.checklist.iter().find(|p| p.is_valid()).map(|p| p.id));
        if wanted == self.selected {
            self.recovery.on_stay();
        } else if current.is_none() || self.recovery.may_switch(now) {
            self.switch(now, wanted);
        }
    }

    /// The best pair to take over: a nominated one, else the one of highest priority.
    fn best_usable(&self) -> Option<PairId> {
        let mut usable = self.checklist.iter().filter(|pair| pair.is_usable());
        let nominated = usable.clone().find(|pair| is_nominated(pair));
        nominated.or_else(|| usable.next()).map(|pair| pair.id)
    }

    /// Fails if there is nothing left to hope for.
    fn give_up(&mut self) {
        let Phase::Running(running) = &self.phase else { return };
        if self.selected.is_some() {
            return;
        }
        if running.first_valid.is_some() {
            let revoked = self
                .checklist
                .iter()
                .any(|pair| matches!(pair.state, CheckState::Failed(PairFailure::ConsentRevoked)));
            let lost = self.checklist.iter().any(
                |pair| matches!(pair.state, CheckState::Failed(failure) if failure.is_final()),
            );
            // Not while there are others to try: a machine that slept finds all of them stale.
            let hopes = self.recovery.is_hopeful()
                && self.checklist.is_busy(Bounds { floor: None, spending: &self.spending });
            if lost && (revoked || !hopes) {
                self.push_event(Event::ConsentLost);
                return self.fail(if revoked {
                    FailureReason::ConsentRevoked
                } else {
                    FailureReason::ConsentExpired
                });
            }
        }
        if self.recovery.is_hopeful() {
            // The address in use is gone, and the owner may be about to bring another.
            return;
        }
        // rfc8863 §4: not before the PAC timer has expired, whatever the pairs say; and not while a
        // check is under way.
        if running.patience_until.is_none() && !self.checklist.is_busy(self.bounds()) {
            self.fail(self.why_nothing_works());
        }
    }

    /// Why no pair works, and none did until it lost consent.
    fn why_nothing_works(&self) -> FailureReason {
        let worked = matches!(&self.phase, Phase::Running(run) if run.first_valid.is_some());
        if self.bases.is_empty() {
            let removed = FailureReason::AddressRemoved;
            return if worked { removed } else { FailureReason::NoLocalCandidates };
        }
        if self.remote_candidates.is_empty() {
            return FailureReason::NoRemoteCandidates;
        }
        if self.checklist.len() == 0 {
            return FailureReason::NoPairs;
        }
        // A peer that refuses has answered: only silence is a closed way.
        let mut pairs = self.checklist.iter();
        let unanswered = |pair: &Pair| {
            let silent = PairFailure::Timeout;
            pair.last_request.is_some()
                && matches!(pair.state, CheckState::Failed(failure) if failure == silent)
        };
        if pairs.any(unanswered) {
            FailureReason::Unanswered
        } else {
            FailureReason::AllPairsFailed
        }
    }

    fn update_state(&mut self) {
        let state = match &self.phase {
            Phase::New => State::New,
            Phase::Failed(_) => State::Failed,
            Phase::Closed => State::Closed,
            Phase::Running(running) => {
                let selected = self.selected.and_then(|id| self.checklist.by_id(id));
                match selected {
                    None if running.first_valid.is_some() => State::Disconnected,
                    None => State::Checking,
                    Some(pair) if !pair.is_live() => State::Disconnected,
                    Some(_) if running.is_concluded() && self.is_finished() => State::Completed,
                    Some(_) => State::Connected,
                }
            }
        };
        if state != self.state {
            self.state = state;
            self.push_event(Event::StateChanged(state));
        }
    }

    fn is_finished(&self) -> bool {
        // What is checked in an outage is not the search for a better pair.
        if self.recovery.is_outage() {
            return self.state == State::Completed;
        }
        self.end_of_candidates && !self.checklist.is_busy(self.bounds())
    }

    pub(crate) fn nomination_deadline(&self) -> Option<Deadline> {
        self.nomination_due().map(|at| Deadline::new(at, "nomination"))
    }
}

fn is_nominated(pair: &Pair) -> bool {
    pair.nomination == Nomination::Nominated
}
