//! Which connection identifiers records bear (RFC 9146, RFC 9147 §9).

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::connection_id::{ConnectionId, ConnectionIdError, ConnectionIdUsage};
use crate::error::FailureReason;
use crate::limits;
use crate::message::NewConnectionId;

/// The identifiers of both directions; none in either before that is agreed on.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionIds {
    /// What our records bear; empty if the peer wants none.
    outbound: ConnectionId,
    /// What our records may bear when we go on from another address, the next one first.
    spare: VecDeque<ConnectionId>,
    /// What the peer's records may bear, in the order it was given them. All have one length, and
    /// none is empty.
    inbound: Vec<ConnectionId>,
    /// Which of them the peer has come to.
    in_use: usize,
}

impl ConnectionIds {
    /// What either side wants to receive, or nothing where it is empty.
    pub(crate) fn agreed(ours: ConnectionId, theirs: ConnectionId) -> Self {
        let inbound = if ours.is_empty() { Vec::new() } else { alloc::vec![ours] };
        Self { outbound: theirs, inbound, ..Self::default() }
    }

    /// What our records bear.
    pub(crate) const fn outbound(&self) -> &ConnectionId {
        &self.outbound
    }

    /// What the peer's records may bear.
    pub(crate) fn inbound(&self) -> &[ConnectionId] {
        &self.inbound
    }

    /// How long an identifier in the peer's records is; 0 if they have none.
    pub(crate) fn inbound_len(&self) -> usize {
        self.inbound.first().map_or(0, ConnectionId::len)
    }

    /// Whether a protected record of the peer may bear this, or nothing if it is empty.
    pub(crate) fn is_expected(&self, cid: &[u8]) -> bool {
        if cid.is_empty() { self.inbound.is_empty() } else { self.position(cid).is_some() }
    }

    /// An authentic record bore this. If no record has come this far, the peer has moved on.
    ///
    /// rfc9147 §9: they are used in order, so one that is before it was only late.
    pub(crate) fn heard(&mut self, cid: &[u8]) -> Option<&ConnectionId> {
        let position = self.position(cid).filter(|position| *position > self.in_use)?;
        self.in_use = position;
        self.inbound.get(position)
    }

    fn position(&self, cid: &[u8]) -> Option<usize> {
        self.inbound.iter().position(|known| known.as_ref() == cid)
    }

    /// The peer may use these, too. Of those that it has moved on from, the oldest are forgotten if
    /// there are too many.
    pub(crate) fn issue(&mut self, new: &NewConnectionId) -> Result<(), ConnectionIdError> {
        let expected = self.inbound_len();
        if expected == 0 {
            return Err(ConnectionIdError::NotNegotiated);
        }
        if new.cids.is_empty() && new.usage == ConnectionIdUsage::Immediate {
            return Err(ConnectionIdError::NoneGiven);
        }
        if new.cids.iter().any(|cid| cid.len() != expected) {
            return Err(ConnectionIdError::WrongLength { expected });
        }
        let mut all = self.inbound.clone();
        for cid in &new.cids {
            if all.contains(cid) {
                return Err(ConnectionIdError::Repeated);
            }
            all.push(cid.clone());
        }
        let forgotten = all.len().saturating_sub(limits::CONNECTION_IDS);
        if forgotten > self.in_use {
            return Err(ConnectionIdError::TooMany { max: limits::CONNECTION_IDS });
        }
        self.inbound = all.split_off(forgotten);
        self.in_use = self.in_use.saturating_sub(forgotten);
        Ok(())
    }

    /// The peer gives us these. Those longer than `longest` are of no use to us.
    pub(crate) fn take_up(
        &mut self,
        new: NewConnectionId,
        longest: usize,
    ) -> Result<(), FailureReason> {
        if new.usage == ConnectionIdUsage::Immediate {
            // They come after all that were given before.
            self.spare.clear();
        }
        let usable = new.cids.into_iter().filter(|cid| cid.len() <= longest);
        let room = limits::CONNECTION_IDS.saturating_sub(self.spare.len());
        self.spare.extend(usable.take(room));
        match new.usage {
            ConnectionIdUsage::Spare => Ok(()),
            ConnectionIdUsage::Immediate if self.use_spare() => Ok(()),
            ConnectionIdUsage::Immediate => Err(FailureReason::IllegalParameter("cids")),
        }
    }

    /// How many there are to go on with.
    pub(crate) fn spare(&self) -> usize {
        self.spare.len()
    }

    /// Goes on with the next one, if there is one.
    pub(crate) fn use_spare(&mut self) -> bool {
        let Some(next) = self.spare.pop_front() else { return false };
        self.outbound = next;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ConnectionId {
        ConnectionId::new([0xcc, n]).unwrap()
    }

    fn new(numbers: core::ops::Range<u8>, usage: ConnectionIdUsage) -> NewConnectionId {
        NewConnectionId { cids: numbers.map(id).collect(), usage }
    }

    const LIMIT: u8 = limits::CONNECTION_IDS as u8;

    #[test]
    fn the_peer_has_one_identifier_past_the_limit_only_after_it_has_used_another() {
        use ConnectionIdUsage::Spare;
        let mut ids = ConnectionIds::agreed(id(0), id(100));
        ids.issue(&new(1..LIMIT, Spare)).unwrap();
        let too_many = Err(ConnectionIdError::TooMany { max: limits::CONNECTION_IDS });
        assert_eq!(ids.issue(&new(LIMIT..LIMIT + 1, Spare)), too_many);
        assert_eq!(ids.inbound().len(), limits::CONNECTION_IDS, "nothing changed");
        assert_eq!(ids.heard(id(2).as_ref()), Some(&id(2)));
        ids.issue(&new(LIMIT..LIMIT + 1, Spare)).unwrap();
        assert!(!ids.is_expected(id(0).as_ref()), "the oldest is forgotten");
        assert!(ids.is_expected(id(1).as_ref()), "and no more than necessary");
        assert_eq!(ids.heard(id(2).as_ref()), None, "that is still the one in use");
        assert_eq!(ids.heard(id(1).as_ref()), None, "that is late");
        assert_eq!(ids.heard(id(3).as_ref()), Some(&id(3)));
    }

    #[test]
    fn what_the_peer_cannot_be_given_is_refused() {
        use ConnectionIdUsage::{Immediate, Spare};
        let mut ids = ConnectionIds::agreed(id(0), ConnectionId::default());
        assert_eq!(ids.issue(&new(0..1, Spare)), Err(ConnectionIdError::Repeated));
        let twice = NewConnectionId { cids: alloc::vec![id(1), id(1)], usage: Spare };
        assert_eq!(ids.issue(&twice), Err(ConnectionIdError::Repeated));
        for length in [0, 1, 3] {
            let cids = alloc::vec![ConnectionId::new(alloc::vec![9; length]).unwrap()];
            let refused = ids.issue(&NewConnectionId { cids, usage: Spare });
            assert_eq!(refused, Err(ConnectionIdError::WrongLength { expected: 2 }));
        }
        assert_eq!(ids.issue(&new(0..0, Immediate)), Err(ConnectionIdError::NoneGiven));
        assert_eq!(ids.issue(&new(0..0, Spare)), Ok(()));
        assert_eq!(ids.inbound(), [id(0)]);
        let mut none = ConnectionIds::agreed(ConnectionId::default(), id(1));
        assert_eq!(none.issue(&new(0..1, Spare)), Err(ConnectionIdError::NotNegotiated));
    }

    #[test]
    fn spare_identifiers_are_used_in_order_and_none_is_kept_past_the_limit() {
        use ConnectionIdUsage::{Immediate, Spare};
        let mut ids = ConnectionIds::agreed(id(0), id(100));
        ids.take_up(new(0..LIMIT - 1, Spare), 2).unwrap();
        ids.take_up(new(50..60, Spare), 2).unwrap();
        assert_eq!(ids.spare(), limits::CONNECTION_IDS);
        let used = core::iter::from_fn(|| ids.use_spare().then(|| ids.outbound().clone()));
        assert!(used.eq((0..LIMIT - 1).chain([50]).map(id)));
        // One that is to be used at once makes those before it void.
        ids.take_up(new(70..72, Spare), 2).unwrap();
        ids.take_up(new(80..82, Immediate), 2).unwrap();
        assert_eq!((ids.outbound(), ids.spare()), (&id(80), 1));
        // One that is too long is passed over, unless it must be used.
        ids.take_up(new(90..91, Spare), 1).unwrap();
        assert_eq!(ids.spare(), 1);
        let refused = ids.take_up(new(90..91, Immediate), 1);
        assert_eq!(refused, Err(FailureReason::IllegalParameter("cids")));
        assert_eq!(ids.outbound(), &id(80));
        let refused = ids.take_up(new(0..0, Immediate), 2);
        assert_eq!(refused, Err(FailureReason::IllegalParameter("cids")));
    }
}
