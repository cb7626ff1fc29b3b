//! When to acknowledge what (RFC 9147 §7.1).
//!
//! - During the handshake, a flight of the peer is answered by one of ours, and needs nothing else.
//!   But when a part of it came before another that is missing, or when nothing more of it comes
//!   for a quarter of a retransmission timeout, the peer is told what is here, and sends the rest
//!   at once.
//! - What has no answer is acknowledged as soon as its datagram is done with: the client's last
//!   flight, each message after the handshake, and every copy of them.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::Instant;

use crate::limits;
use crate::message::Ack;
use crate::record::RecordNumber;

/// The records to acknowledge.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    numbers: BTreeSet<RecordNumber>,
    /// Whether some of them were in no acknowledgement yet.
    is_fresh: bool,
    /// When they are acknowledged if the rest of the flight does not come.
    at: Option<Instant>,
    is_due: bool,
}

impl Acks {
    /// Adds a record of which every handshake fragment was taken, now or before.
    pub(crate) fn add(&mut self, number: RecordNumber) {
        self.numbers.insert(number);
        self.is_fresh = true;
        if self.numbers.len() > limits::ACKNOWLEDGED {
            self.numbers.pop_first();
        }
    }

    /// Takes a record back, of which another fragment was not taken.
    pub(crate) fn retract(&mut self, number: RecordNumber) {
        if self.numbers.remove(&number) && self.numbers.is_empty() {
            self.clear();
        }
    }

    /// The flight is answered by one of ours.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// There are records that must be acknowledged now.
    pub(crate) fn hurry(&mut self) {
        self.is_due |= self.is_fresh;
    }

    /// There may be records that are to be acknowledged if nothing more comes for so long.
    pub(crate) fn wait(&mut self, now: Instant, delay: Duration) {
        if self.is_fresh && !self.is_due {
            self.at.get_or_insert(now + delay);
        }
    }

    /// When [`Self::expire`] is to be called.
    pub(crate) const fn at(&self) -> Option<Instant> {
        self.at
    }

    /// Waits no longer, if the time is over.
    pub(crate) fn expire(&mut self, now: Instant) {
        if self.at.is_some_and(|at| at <= now) {
            (self.is_due, self.at) = (true, None);
        }
    }

    /// The acknowledgement that is due, if one is, no longer than `room` bytes.
    ///
    /// What was acknowledged before is said again: that acknowledgement may have been lost.
    pub(crate) fn take(&mut self, room: usize) -> Option<Ack> {
        if !self.is_due {
            return None;
        }
        (self.is_due, self.is_fresh, self.at) = (false, false, None);
        let fitting = room.saturating_sub(2) / Ack::NUMBER_LEN;
        let skipped = self.numbers.len().saturating_sub(fitting);
        // rfc9147 §7: in increasing order. Of too many the newest are the most telling.
        let record_numbers: Vec<RecordNumber> =
            self.numbers.iter().copied().skip(skipped).collect();
        Some(Ack { record_numbers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Epoch;

    const DELAY: Duration = Duration::from_millis(50);

    fn number(sequence: u64) -> RecordNumber {
        RecordNumber { epoch: Epoch::HANDSHAKE, sequence }
    }

    #[test]
    fn what_waits_is_due_when_its_time_is_over_and_then_only_with_something_new() {
        let mut acks = Acks::default();
        acks.wait(Instant::ZERO, DELAY);
        acks.hurry();
        assert_eq!((acks.at(), acks.take(1_000)), (None, None), "there is nothing");
        acks.add(number(7));
        acks.wait(Instant::ZERO, DELAY);
        acks.wait(Instant::from_millis(20), DELAY);
        assert_eq!(acks.at(), Some(Instant::from_millis(50)), "the first record counts");
        acks.expire(Instant::from_millis(49));
        assert_eq!(acks.take(1_000), None);
        acks.expire(Instant::from_millis(50));
        assert_eq!(acks.take(1_000).unwrap().record_numbers, [number(7)]);
        acks.wait(Instant::from_millis(60), DELAY);
        acks.hurry();
        assert_eq!((acks.at(), acks.take(1_000)), (None, None));
        acks.add(number(3));
        acks.hurry();
        assert_eq!(acks.take(1_000).unwrap().record_numbers, [number(3), number(7)]);
    }

    #[test]
    fn one_record_past_the_limit_displaces_the_oldest() {
        let mut acks = Acks::default();
        let count = u64::try_from(limits::ACKNOWLEDGED).unwrap() + 1;
        (0..count).for_each(|sequence| acks.add(number(sequence)));
        acks.hurry();
        let all = acks.take(10_000).unwrap().record_numbers;
        assert_eq!(all, (1..count).map(number).collect::<Vec<_>>());
    }

    #[test]
    fn no_more_numbers_are_taken_than_fit() {
        let mut acks = Acks::default();
        for (room, expected) in [(1, 0), (17, 0), (18, 1), (34, 2), (10_000, 5)] {
            (0..5).for_each(|sequence| acks.add(number(sequence)));
            acks.hurry();
            let ack = acks.take(room).unwrap();
            assert_eq!(ack.record_numbers.len(), expected);
            let newest: Vec<_> = (5 - expected as u64..5).map(number).collect();
            assert_eq!(ack.record_numbers, newest);
        }
    }
}
