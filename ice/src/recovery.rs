//! What happens when the pair in use stops working: others are checked again, and one that works
//! takes over.
//!
//! rfc8445 §8.1.1 allows one nomination, and rfc7675 §5.1 no consent checks closer than four
//! seconds. Held to the letter, a NAT that gives us another port ends every call. So a pair that
//! leaves ordinary checks unanswered is left all the same: a controlling agent nominates the one
//! that takes over, a controlled one uses it until the peer nominates, and the owner is told if the
//! peer does not come along.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::{Deadline, Instant};

use crate::agent::{Agent, Phase};
use crate::consent::Reason;
use crate::limits::{
    HINT_INTERVAL_MILLIS, MAX_SWITCH_BURST, RECOVERY_MILLIS, RESTART_AFTER_MILLIS,
    SWITCH_INTERVAL_MILLIS,
};
use crate::pair::{CheckState, Pair, PairId};
use crate::{Event, Role};

/// How long since its latest check the peer counts as present on a pair.
const PRESENT: Duration = Duration::from_secs(3);

/// What was answered so recently need not be asked again.
const FRESH: Duration = Duration::from_secs(1);

/// Where an outage stands, and what the next change of the pair in use depends on.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    outage: Option<Outage>,
    /// The pair that was nominated last, if it is to be used.
    follow: Option<PairId>,
    switches: SwitchLimit,
    /// Whether a nominated pair was left.
    moved: bool,
    /// Until when a change has to wait.
    held_until: Option<Instant>,
    /// From when on a check of the peer may make us check again.
    next_hint: Instant,
    /// Until when the peer may take to come along to the pair that took over.
    peer_due: Option<Instant>,
}

/// The pair in use does not work any more, since then.
#[derive(Clone, Copy, Debug)]
struct Outage {
    since: Instant,
    /// Whether the owner knows.
    told: bool,
    /// Whether it has lasted so long that an agent without a pair in use fails.
    hopeless: bool,
}

/// Bounds how often the pair in use changes: a path that comes and goes, or somebody who lets it,
/// must not make the data hop.
#[derive(Debug, Default)]
struct SwitchLimit {
    /// When all that was allowed so far has been earned back.
    settled_at: Instant,
}

impl SwitchLimit {
    /// When the next change may be.
    fn next(&self) -> Instant {
        let interval = Duration::from_millis(SWITCH_INTERVAL_MILLIS);
        let burst = interval.saturating_mul(MAX_SWITCH_BURST - 1);
        let earliest = self.settled_at.as_nanos().saturating_sub(burst.as_nanos() as u64);
        Instant::from_nanos(earliest)
    }

    fn allow(&mut self, now: Instant) -> bool {
        if now < self.next() {
            return false;
        }
        let interval = Duration::from_millis(SWITCH_INTERVAL_MILLIS);
        self.settled_at = self.settled_at.max(now) + interval;
        true
    }
}

impl Recovery {
    /// A nomination asks for this pair.
    pub(crate) const fn follow(&mut self, id: PairId) {
        self.follow = Some(id);
    }

    pub(crate) const fn followed(&self) -> Option<PairId> {
        self.follow
    }

    /// Whether the pair in use may be left at `now`; if not, `poll_timeout` says when.
    pub(crate) fn may_switch(&mut self, now: Instant) -> bool {
        let allowed = self.switches.allow(now);
        self.held_until = (!allowed).then(|| self.switches.next());
        allowed
    }

    /// Whether a check of the peer may make us check the pair in use.
    pub(crate) fn may_take_hint(&mut self, now: Instant) -> bool {
        let may = now >= self.next_hint;
        if may {
            self.next_hint = now + Duration::from_millis(HINT_INTERVAL_MILLIS);
        }
        may
    }

    /// The pair in use stays.
    pub(crate) const fn on_stay(&mut self) {
        self.follow = None;
        self.held_until = None;
    }

    /// The pair in use is another one. `awaits` says whether the peer, which was heard before, has
    /// to come along.
    pub(crate) fn on_switch(&mut self, now: Instant, awaits: bool) {
        self.on_stay();
        self.outage = None;
        self.peer_due = awaits.then(|| now + Duration::from_millis(RESTART_AFTER_MILLIS));
    }

    /// A nominated pair was left, so what is nominated now is more than RFC 8445 §8.1.1 grants.
    pub(crate) const fn on_second_nomination(&mut self) {
        self.moved = true;
    }

    pub(crate) const fn has_moved(&self) -> bool {
        self.moved
    }

    pub(crate) const fn is_outage(&self) -> bool {
        self.outage.is_some()
    }

    /// Whether pairs are still checked although none is in use.
    pub(crate) fn is_hopeful(&self) -> bool {
        self.hope_until().is_some()
    }

    fn hope_until(&self) -> Option<Instant> {
        let hopeful = self.outage.filter(|outage| !outage.hopeless);
        hopeful.map(|outage| outage.since + Duration::from_millis(RECOVERY_MILLIS))
    }

    /// When the owner is to be told that a restart is needed.
    fn restart_at(&self) -> Option<Instant> {
        let untold = self.outage.filter(|outage| !outage.told);
        let outage =
            untold.map(|outage| outage.since + Duration::from_millis(RESTART_AFTER_MILLIS));
        [outage, self.peer_due].into_iter().flatten().min()
    }
}

impl Agent {
    /// Acts on silence where traffic flowed, and begins and ends outages.
    pub(crate) fn recover(&mut self, now: Instant) {
        let Phase::Running(running) = &self.phase else { return };
        if running.first_valid.is_none() {
            return;
        }
        if self.traffic.silent_at().is_some_and(|at| now >= at) {
            self.traffic.on_silence();
            self.doubt_selected(now, Reason::Quiet);
        }
        let selected = self.selected.and_then(|id| self.checklist.by_id(id));
        let works = selected.is_some_and(Pair::is_usable);
        match (works, &self.recovery.outage) {
            (false, None) => {
                self.recovery.outage = Some(Outage { since: now, told: false, hopeless: false });
                self.recheck_others(now);
            }
            (true, Some(_)) => {
                self.recovery.outage = None;
                self.end_needless_checks();
            }
            _ => {}
        }
        if self.recovery.hope_until().is_some_and(|until| now >= until)
            && let Some(outage) = &mut self.recovery.outage
        {
            outage.hopeless = true;
        }
        // A peer that goes on over the old pair, and gets through there, is heard as well.
        let since =
            self.recovery.peer_due.map(|due| self.traffic.heard_elsewhere() + PRESENT > due);
        if !self.traffic.is_awaited() || since == Some(true) {
            self.recovery.peer_due = None;
        }
        if self.recovery.restart_at().is_some_and(|at| now >= at) {
            self.recovery.peer_due = None;
            if let Some(outage) = &mut self.recovery.outage {
                outage.told = true;
            }
            self.push_event(Event::RestartNeeded);
        }
    }

    /// The peer's traffic comes on another pair than that in use. A controlling peer has decided
    /// so, though its nomination may be lost or not even made: the pair is used, if it works.
    pub(crate) fn follow_traffic(&mut self, now: Instant, local: SocketAddr, remote: SocketAddr) {
        let Phase::Running(running) = &self.phase else { return };
        if self.role.role() == Role::Controlling || !running.is_settled(now) {
            return;
        }
        let Some(pair) = self.checklist.between(local, remote) else { return };
        let id = pair.id;
        // That the peer gets through there says nothing about the other way.
        let is_fresh = matches!(&pair.state, CheckState::Succeeded(consent)
            if !consent.is_lost() && now < consent.last_response() + PRESENT);
        if is_fresh {
            self.recovery.follow(id);
        } else {
            self.recheck(now, id);
        }
        self.drive(now);
    }

    /// Whether there is something against the pair in use.
    pub(crate) fn is_in_trouble(&self) -> bool {
        let selected = self.selected.and_then(|id| self.checklist.by_id(id));
        selected.is_none_or(Pair::is_doubted)
    }

    /// Checks all other pairs again, whatever became of them, in the order of what they promise.
    fn recheck_others(&mut self, now: Instant) {
        let selected = self.selected;
        let mut order = Vec::new();
        for (place, pair) in self.checklist.iter_mut().enumerate() {
            let worked = pair.is_valid();
            if selected == Some(pair.id) || !pair.recheck(now) {
                continue;
            }
            // Where the peer makes checks, it expects us.
            let present = pair.last_request.filter(|at| now < *at + PRESENT);
            order.push((Reverse(present), Reverse(worked), place, pair.id));
        }
        order.sort_unstable();
        self.checklist.clear_triggered();
        for (.., id) in order {
            self.checklist.trigger(id);
        }
    }

    /// Checks a pair again on which the peer makes checks while ours fails.
    pub(crate) fn recheck(&mut self, now: Instant, id: PairId) {
        let Some(pair) = self.checklist.by_id_mut(id) else { return };
        if pair.recheck(now) {
            self.checklist.trigger(id);
        }
    }

    /// Begins to use a pair, or none.
    pub(crate) fn switch(&mut self, now: Instant, wanted: Option<PairId>) {
        let controlling = self.role.role() == Role::Controlling;
        let old = core::mem::replace(&mut self.selected, wanted);
        if let Some(old) = old.and_then(|id| self.checklist.by_id_mut(id))
            && (controlling || old.is_lost())
        {
            // It has to be nominated anew to be used again.
            old.forget_nomination();
        }
        let new = wanted.and_then(|id| self.checklist.by_id(id)).map(Pair::addresses);
        self.traffic.follow(new.map(|pair| (pair.local, pair.remote)));
        self.recovery.on_stay();
        let Some(pair) = new else { return };
        self.recovery.on_switch(now, self.traffic.is_awaited());
        self.push_event(Event::SelectedPairChanged(pair));
        if controlling && let Some(id) = wanted {
            self.nominate_again(id);
        }
    }

    pub(crate) fn recovery_deadline(&self) -> Option<Deadline> {
        let hope = self.recovery.hope_until().filter(|_| self.selected.is_none());
        Deadline::earliest([
            self.traffic.silent_at().map(|at| Deadline::new(at, "silence after traffic")),
            self.recovery.held_until.map(|at| Deadline::new(at, "change of the pair in use")),
            self.recovery.restart_at().map(|at| Deadline::new(at, "restart needed")),
            hope.map(|at| Deadline::new(at, "end of the search for another pair")),
        ])
    }
}

impl Pair {
    /// Makes the pair wait for a check, if it makes sense; whether it does.
    fn recheck(&mut self, now: Instant) -> bool {
        match &self.state {
            CheckState::Succeeded(consent) => {
                // Consent that was used and is in doubt comes back by its own checks or not at all.
                if consent.is_lost() || now < consent.last_response() + FRESH {
                    return false;
                }
            }
            // Who answered with an error would do so again.
            CheckState::Failed(failure) if failure.is_final() || failure.is_refusal() => {
                return false;
            }
            CheckState::Waiting | CheckState::InProgress(_) | CheckState::Failed(_) => {}
        }
        self.state = CheckState::Waiting;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_of_switches_is_followed_by_one_per_interval() {
        let mut limit = SwitchLimit::default();
        let start = Instant::from_millis(1_000);
        let burst = (0..100).filter(|_| limit.allow(start)).count();
        assert_eq!(burst, MAX_SWITCH_BURST as usize);
        let interval = Duration::from_millis(SWITCH_INTERVAL_MILLIS);
        assert_eq!(limit.next(), start + interval);
        assert!(!limit.allow(Instant::from_millis(1_000 + SWITCH_INTERVAL_MILLIS - 1)));
        assert!(limit.allow(start + interval));
        assert!(!limit.allow(start + interval));
    }
}
