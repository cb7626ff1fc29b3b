//! Which pair to use (RFC 8445 §8).

use lariat_base::{Deadline, Instant};

use crate::agent::{Agent, Phase};
use crate::pair::{CheckState, Nomination, Pair, PairFailure};
use crate::{Event, FailureReason, Role, SelectedPair, State};

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
        self.select();
        self.give_up();
        self.update_state();
    }

    /// The peer accepted our nomination, or made one.
    pub(crate) fn on_nominated(&mut self) {
        if let Phase::Running(running) = &mut self.phase {
            running.concluded = true;
        }
        if let Some(floor) = self.check_floor() {
            self.checklist.cancel_below(floor);
        }
        if self.role.role() == Role::Controlling {
            self.checklist.clear_triggered();
        }
    }

    /// The priority at and below which ordinary checks are pointless.
    pub(crate) fn check_floor(&self) -> Option<u64> {
        let Phase::Running(running) = &self.phase else { return None };
        if !running.concluded {
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

    /// As controlling agent: picks the pair to use, once.
    fn nominate(&mut self, now: Instant) {
        let Some(at) = self.nomination_due() else { return };
        // Nothing better can come: no need to wait.
        let settled = self.end_of_candidates && !self.better_pair_is_possible();
        if now < at && !settled {
            return;
        }
        let Some(pair) = self.checklist.iter_mut().find(|pair| pair.is_live()) else { return };
        // rfc8445 §8.1.1: the check that made it valid is repeated, now with USE-CANDIDATE.
        pair.nomination = Nomination::Chosen;
        let id = pair.id;
        self.checklist.trigger(id);
    }

    /// When we nominate, if that is up to us and still to be done.
    fn nomination_due(&self) -> Option<Instant> {
        let Phase::Running(running) = &self.phase else { return None };
        let chosen = || {
            self.checklist.iter().any(|pair| {
                matches!(pair.nomination, Nomination::Chosen | Nomination::Announced(_))
            })
        };
        if self.role.role() == Role::Controlled || running.concluded || chosen() {
            return None;
        }
        let first_valid = running.first_valid?;
        self.checklist.iter().any(Pair::is_live).then(|| first_valid + self.timing.nomination_delay)
    }

    fn better_pair_is_possible(&self) -> bool {
        // Sorted by priority: whatever stands before the first that works would be better.
        let before = self.checklist.iter().take_while(|pair| !pair.is_live());
        before.into_iter().any(|pair| !matches!(pair.state, CheckState::Failed(_)))
    }

    /// Chooses what to send on.
    fn select(&mut self) {
        let Phase::Running(running) = &self.phase else { return };
        let concluded = running.concluded;
        // Sorted by priority, so the first of a kind is the best. A pair on which the peer still
        // answers goes before one on which it does not.
        let usable = || self.checklist.iter().filter(|pair| pair.is_valid());
        let best = if concluded {
            let nominated = || usable().filter(|pair| is_nominated(pair));
            nominated().find(|pair| pair.is_live()).or_else(|| nominated().next())
        } else {
            // rfc8445 §12.1: before nomination any valid pair will do. Keep the one in use: data
            // that hops from path to path arrives out of order.
            let current = usable().find(|pair| Some(pair.id) == self.selected);
            let live = |pair: &&Pair| pair.is_live();
            let current_live = current.filter(live);
            current_live.or_else(|| usable().find(live)).or(current).or_else(|| usable().next())
        };
        let best = best.map(|pair| (pair.id, selected_pair(pair)));
        if best.map(|(id, _)| id) == self.selected {
            return;
        }
        self.selected = best.map(|(id, _)| id);
        if let Some((_, pair)) = best {
            self.push_event(Event::SelectedPairChanged(pair));
        }
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
            if lost {
                self.push_event(Event::ConsentLost);
                return self.fail(if revoked {
                    FailureReason::ConsentRevoked
                } else {
                    FailureReason::ConsentExpired
                });
            }
        }
        // rfc8863 §4: not before the PAC timer has expired, whatever the pairs say; and not while a
        // check is under way.
        if running.patience_until.is_none() && !self.checklist.is_busy(self.check_floor()) {
            let reason = if self.checklist.len() == 0 {
                FailureReason::NoPairs
            } else {
                FailureReason::AllPairsFailed
            };
            self.fail(reason);
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
                    None => State::Checking,
                    Some(pair) if !pair.is_live() => State::Disconnected,
                    Some(_) if running.concluded && self.is_finished() => State::Completed,
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
        self.end_of_candidates && !self.checklist.is_busy(self.check_floor())
    }

    pub(crate) fn nomination_deadline(&self) -> Option<Deadline> {
        self.nomination_due().map(|at| Deadline::new(at, "nomination"))
    }
}

pub(crate) const fn selected_pair(pair: &Pair) -> SelectedPair {
    SelectedPair { local: pair.local.address, remote: pair.remote.address }
}

fn is_nominated(pair: &Pair) -> bool {
    pair.nomination == Nomination::Nominated
}
