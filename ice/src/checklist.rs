//! The pairs, in order of priority, and which of them to check next (RFC 8445 §6.1.2 and §6.1.4).
//!
//! There is one component, so there is nothing to freeze: the foundations of RFC 8445 §6.1.2.6 hold
//! back the checks of one component until another's has told whether they make sense. The pacer
//! remains.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::net::SocketAddr;

use lariat_base::Instant;
use lariat_stun::TransactionId;

use crate::Role;
use crate::pair::{CheckState, End, Nomination, Pair, PairId};

#[derive(Debug)]
pub(crate) struct Checklist {
    /// Sorted by falling priority.
    pairs: Vec<Pair>,
    /// Where each pair stands in that order: every datagram of the owner's asks.
    positions: Positions,
    /// rfc8445 §6.1.4.1: first in, first out.
    triggered: VecDeque<PairId>,
    next_id: u32,
    max_pairs: usize,
    /// Whether the limit has kept a pair out, or pushed one out.
    pub(crate) overflowed: bool,
    /// When the next check may leave.
    pub(crate) next_check: Instant,
}

/// Where the pairs stand, by their names and by their addresses.
#[derive(Debug, Default)]
struct Positions {
    by_id: BTreeMap<PairId, usize>,
    by_addresses: BTreeMap<(SocketAddr, SocketAddr), usize>,
}

impl Positions {
    fn rebuild(&mut self, pairs: &[Pair]) {
        self.by_id.clear();
        self.by_addresses.clear();
        for (position, pair) in pairs.iter().enumerate() {
            self.by_id.insert(pair.id, position);
            self.by_addresses.insert((pair.local.address, pair.remote.address), position);
        }
    }
}

/// What became of an attempt to add a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    New(PairId),
    /// It is redundant with one that was there.
    Known(PairId),
    /// There are too many better ones.
    Full,
    /// No datagram could go from one end to the other.
    Incompatible,
}

/// A check to send now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextCheck {
    /// Start the check of this pair, at this index.
    Start(usize),
    /// Send the check under way once more.
    Repeat(usize),
}

impl Checklist {
    pub(crate) const fn new(max_pairs: usize) -> Self {
        Self {
            pairs: Vec::new(),
            positions: Positions { by_id: BTreeMap::new(), by_addresses: BTreeMap::new() },
            triggered: VecDeque::new(),
            next_id: 0,
            max_pairs,
            overflowed: false,
            next_check: Instant::ZERO,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Pair> {
        self.pairs.iter_mut()
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> Option<&mut Pair> {
        self.pairs.get_mut(index)
    }

    pub(crate) fn by_id(&self, id: PairId) -> Option<&Pair> {
        self.pairs.get(*self.positions.by_id.get(&id)?)
    }

    pub(crate) fn by_id_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        self.pairs.get_mut(*self.positions.by_id.get(&id)?)
    }

    pub(crate) fn between(&self, local: SocketAddr, remote: SocketAddr) -> Option<&Pair> {
        self.pairs.get(*self.positions.by_addresses.get(&(local, remote))?)
    }

    pub(crate) fn between_mut(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Option<&mut Pair> {
        self.pairs.get_mut(*self.positions.by_addresses.get(&(local, remote))?)
    }

    /// The pair whose request with this id may still be answered.
    pub(crate) fn awaiting_mut(&mut self, id: TransactionId) -> Option<&mut Pair> {
        self.pairs.iter_mut().find(|pair| pair.awaits(id).is_some())
    }

    /// Forms a pair (RFC 8445 §6.1.2.2), unless it is redundant (§6.1.2.4) or one too many
    /// (§6.1.2.5).
    pub(crate) fn insert(&mut self, role: Role, local: End, remote: End) -> Inserted {
        let same_family = local.address.is_ipv4() == remote.address.is_ipv4();
        if !same_family || local.address == remote.address {
            return Inserted::Incompatible;
        }
        if let Some(pair) = self.between_mut(local.address, remote.address) {
            return Inserted::Known(pair.id);
        }
        let pair = Pair::new(PairId(self.next_id), role, local, remote);
        if self.pairs.len() >= self.max_pairs {
            self.overflowed = true;
            if !self.make_room(pair.priority) {
                return Inserted::Full;
            }
        }
        self.next_id = self.next_id.wrapping_add(1);
        let id = pair.id;
        self.pairs.push(pair);
        self.sort();
        Inserted::New(id)
    }

    /// rfc8838 §11: first a failed pair goes, then one of lower priority; never one that is being
    /// checked or that works, and never one without consent, which must not be tried again.
    fn make_room(&mut self, priority: u64) -> bool {
        let failed =
            |pair: &Pair| matches!(pair.state, CheckState::Failed(failure) if !failure.is_final());
        let worse =
            |pair: &Pair| matches!(pair.state, CheckState::Waiting) && pair.priority < priority;
        let victim =
            self.pairs.iter().rposition(failed).or_else(|| self.pairs.iter().rposition(worse));
        match victim {
            Some(index) => {
                let gone = self.pairs.remove(index);
                self.triggered.retain(|id| *id != gone.id);
                true
            }
            None => false,
        }
    }

    /// Forgets all pairs with a remote address.
    pub(crate) fn remove_remote(&mut self, remote: SocketAddr) {
        self.pairs.retain(|pair| pair.remote.address != remote);
        self.positions.rebuild(&self.pairs);
    }

    /// Restores the order after priorities changed.
    pub(crate) fn sort(&mut self) {
        // Of equal priorities the older pair comes first, so that the order is always the same.
        self.pairs.sort_by_key(|pair| (core::cmp::Reverse(pair.priority), pair.id));
        self.positions.rebuild(&self.pairs);
    }

    /// rfc8445 §7.3.1.1: priorities depend on the role.
    pub(crate) fn on_role_change(&mut self, role: Role) {
        for pair in &mut self.pairs {
            pair.update_priority(role);
            // What is under way says the old role. Its answer still counts, but it is not repeated.
            pair.cancel();
            if pair.nomination != Nomination::Nominated {
                pair.nomination = Nomination::None;
            }
        }
        self.sort();
    }

    /// Puts a pair at the end of the triggered-check queue.
    pub(crate) fn trigger(&mut self, id: PairId) {
        if !self.triggered.contains(&id) {
            self.triggered.push_back(id);
        }
    }

    /// Which check leaves now: rfc8445 §6.1.4.2, with the repetitions of earlier ones in the same
    /// queue, so that everything together keeps to the pace.
    ///
    /// `floor` is the priority above which ordinary checks still make sense.
    pub(crate) fn pick(&mut self, now: Instant, floor: Option<u64>) -> Option<NextCheck> {
        while let Some(id) = self.triggered.pop_front() {
            let found = self.pairs.iter().position(|pair| pair.id == id && wants_start(pair));
            if let Some(index) = found {
                return Some(NextCheck::Start(index));
            }
        }
        self.pairs.iter().enumerate().find_map(|(index, pair)| {
            if pair.nomination == Nomination::Chosen && pair.is_valid() {
                return Some(NextCheck::Start(index));
            }
            match due(pair, floor)? {
                Due::Now => Some(NextCheck::Start(index)),
                Due::At(at) => (now >= at).then_some(NextCheck::Repeat(index)),
            }
        })
    }

    /// Whether a triggered check is still wanted: its pair may have come to work since.
    fn has_triggered(&self) -> bool {
        self.triggered.iter().any(|id| self.by_id(*id).is_some_and(wants_start))
    }

    /// When `pick` has something.
    pub(crate) fn next_pick(&self, floor: Option<u64>) -> Option<Instant> {
        if self.has_triggered() {
            return Some(self.next_check);
        }
        let soonest = self.pairs.iter().filter_map(|pair| match due(pair, floor)? {
            Due::Now => Some(self.next_check),
            Due::At(at) => Some(at.max(self.next_check)),
        });
        soonest.min()
    }

    /// Whether some check could still make a pair work.
    pub(crate) fn is_busy(&self, floor: Option<u64>) -> bool {
        self.has_triggered() || self.pairs.iter().any(|pair| due(pair, floor).is_some())
    }

    /// Ends the checks that a nomination makes pointless (RFC 8445 §8.1.2).
    pub(crate) fn cancel_below(&mut self, floor: u64) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.priority <= floor) {
            pair.cancel();
        }
    }

    pub(crate) fn clear_triggered(&mut self) {
        self.triggered.clear();
    }
}

enum Due {
    Now,
    At(Instant),
}

/// What the check of a pair waits for; `None` if there is nothing to check.
fn due(pair: &Pair, floor: Option<u64>) -> Option<Due> {
    match (&pair.state, &pair.nomination) {
        (CheckState::Waiting, _) if floor.is_some_and(|floor| pair.priority <= floor) => None,
        (CheckState::Waiting, _) | (CheckState::Succeeded(_), Nomination::Chosen) => Some(Due::Now),
        (CheckState::InProgress(transaction), _)
        | (CheckState::Succeeded(_), Nomination::Announced(transaction)) => {
            Some(Due::At(transaction.deadline().at))
        }
        (CheckState::Succeeded(_) | CheckState::Failed(_), _) => None,
    }
}

fn wants_start(pair: &Pair) -> bool {
    matches!(pair.state, CheckState::Waiting)
        || (pair.is_valid() && pair.nomination == Nomination::Chosen)
}

/// Whether a candidate that we were told of is worth checking from `local`. A check that came from
/// there has shown that it is, and needs no permission.
pub(crate) fn is_worth_checking(local: SocketAddr, remote: SocketAddr) -> bool {
    // rfc8445 §6.1.2.2: link-local only with link-local.
    let link_local = |address: SocketAddr| match address {
        SocketAddr::V4(_) => false,
        SocketAddr::V6(v6) => v6.ip().is_unicast_link_local(),
    };
    // A peer on the network has no business with services that only this machine reaches.
    let own_machine = remote.ip().is_loopback() && !local.ip().is_loopback();
    link_local(local) == link_local(remote) && !own_machine
}

#[cfg(test)]
mod tests;
