//! Protected packets that wait to be sent.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use lariat_base::{Instant, Tally};

use crate::error::Dropped;
use crate::limits::{MAX_QUEUED_PACKETS, MAX_QUEUED_TIME, MAX_SPARE_BUFFERS};

/// Packets in the order in which they were made, and buffers for more.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    packets: VecDeque<Queued>,
    /// Buffers of packets that were sent, to be used again.
    spare: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Queued {
    since: Instant,
    packet: Vec<u8>,
}

impl Outgoing {
    /// An empty buffer, used before if there is one.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    pub(super) fn put(&mut self, now: Instant, packet: Vec<u8>, dropped: &mut Tally<Dropped>) {
        if self.packets.len() >= MAX_QUEUED_PACKETS {
            // The oldest goes: of media that is late, the newest is the most useful.
            self.spare.extend(self.packets.pop_front().map(|queued| queued.packet));
            dropped.add(Dropped::SendQueueFull);
        }
        self.packets.push_back(Queued { since: now, packet });
    }

    /// Appends the oldest packet that is still worth sending to `out`.
    pub(super) fn take(
        &mut self,
        now: Instant,
        max_size: usize,
        out: &mut Vec<u8>,
        dropped: &mut Tally<Dropped>,
    ) -> Option<usize> {
        loop {
            let Queued { since, packet } = self.packets.pop_front()?;
            let size = packet.len();
            let reason = if now.saturating_since(since) > MAX_QUEUED_TIME {
                // After a pause of the path, what is old would only hold up what is new.
                Some(Dropped::SentTooLate)
            } else if size > max_size {
                Some(Dropped::LongerThanPath)
            } else {
                out.extend_from_slice(&packet);
                None
            };
            if self.spare.len() < MAX_SPARE_BUFFERS {
                self.spare.push(packet);
            }
            match reason {
                Some(reason) => dropped.add(reason),
                None => return Some(size),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    const NOW: Instant = Instant::from_millis(9_000);

    fn queued(sizes: &[usize]) -> Outgoing {
        let mut outgoing = Outgoing::default();
        let mut dropped = Tally::new();
        sizes.iter().for_each(|size| outgoing.put(NOW, alloc::vec![0; *size], &mut dropped));
        assert_eq!(dropped.total(), 0);
        outgoing
    }

    #[test]
    fn what_waited_for_longer_than_the_limit_is_not_sent() {
        let (mut outgoing, mut dropped, mut out) = (queued(&[10, 10]), Tally::new(), Vec::new());
        let last = NOW + MAX_QUEUED_TIME;
        assert_eq!(outgoing.take(last, 10, &mut out, &mut dropped), Some(10));
        outgoing.put(last, alloc::vec![0; 9], &mut dropped);
        let late = last + Duration::from_nanos(1);
        assert_eq!(outgoing.take(late, 10, &mut out, &mut dropped), Some(9));
        assert_eq!((out.len(), dropped.get(Dropped::SentTooLate)), (19, 1));
        // Time that goes back makes nothing late.
        outgoing.put(NOW, alloc::vec![0; 8], &mut dropped);
        assert_eq!(outgoing.take(Instant::ZERO, 10, &mut out, &mut dropped), Some(8));
    }

    #[test]
    fn what_was_made_for_a_larger_path_is_not_sent() {
        let sizes = [400, 401, 300];
        let (mut outgoing, mut dropped, mut out) = (queued(&sizes), Tally::new(), Vec::new());
        let mut take = || outgoing.take(NOW, 400, &mut out, &mut dropped);
        assert_eq!([take(), take(), take()], [Some(400), Some(300), None]);
        assert_eq!(dropped.get(Dropped::LongerThanPath), 1);
    }

    #[test]
    fn one_past_the_limit_the_oldest_goes() {
        let (mut outgoing, mut dropped) = (Outgoing::default(), Tally::new());
        for size in 0..=MAX_QUEUED_PACKETS {
            outgoing.put(NOW, alloc::vec![0; size], &mut dropped);
        }
        assert_eq!(dropped.get(Dropped::SendQueueFull), 1);
        let first = outgoing.take(NOW, usize::MAX, &mut Vec::new(), &mut dropped);
        assert_eq!(first, Some(1));
    }
}
