//! The streams that the other side sends, and how many of them are followed.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use lariat_base::Instant;
use lariat_rtp::stream::Reception;

use crate::negotiation::session::Negotiation;
use crate::negotiation::transceiver::Transceiver;
use crate::{MediaKind, TransceiverId};

/// As the eighth part of all streams is forgotten at once, looking for those that are silent costs
/// a new stream no more than a few visits.
const FORGOTTEN_AT_ONCE: usize = 8;

/// A stream that the other side sends.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) transceiver: TransceiverId,
    pub(crate) kind: MediaKind,
    pub(crate) reception: Reception,
    pub(super) last_packet: Instant,
    pub(super) keyframe_requested: Option<Instant>,
}

/// Streams by SSRC, as many as are followed at a time. Past that those that were silent the longest
/// are forgotten, and begin anew if they come back.
#[derive(Debug)]
pub(super) struct Receivers {
    by_ssrc: BTreeMap<u32, Receiver>,
    limit: usize,
}

impl Receivers {
    pub(super) const fn new(limit: usize) -> Self {
        Self { by_ssrc: BTreeMap::new(), limit }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_ssrc.is_empty()
    }

    pub(super) fn get(&self, ssrc: u32) -> Option<&Receiver> {
        self.by_ssrc.get(&ssrc)
    }

    pub(super) fn get_mut(&mut self, ssrc: u32) -> Option<&mut Receiver> {
        self.by_ssrc.get_mut(&ssrc)
    }

    /// In the order of SSRCs.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Receiver)> {
        self.by_ssrc.iter().map(|(ssrc, receiver)| (*ssrc, receiver))
    }

    /// Beginning with a certain SSRC, and around the circle to it.
    pub(super) fn iter_from(&self, start: u32) -> impl Iterator<Item = (u32, &Receiver)> {
        let (before, behind) = (self.by_ssrc.range(..start), self.by_ssrc.range(start..));
        behind.chain(before).map(|(ssrc, receiver)| (*ssrc, receiver))
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (u32, &mut Receiver)> {
        self.by_ssrc.iter_mut().map(|(ssrc, receiver)| (*ssrc, receiver))
    }

    /// The stream of a packet that arrived for a transceiver; it begins if it is new, or was
    /// another transceiver's.
    pub(super) fn of(
        &mut self,
        now: Instant,
        ssrc: u32,
        transceiver: &Transceiver,
        clock_rate: u32,
    ) -> &mut Receiver {
        let fresh = || Receiver {
            transceiver: transceiver.id,
            kind: transceiver.kind,
            reception: Reception::new(ssrc, clock_rate),
            last_packet: now,
            keyframe_requested: None,
        };
        if self.by_ssrc.len() >= self.limit && !self.by_ssrc.contains_key(&ssrc) {
            self.forget_silent();
        }
        let receiver = self.by_ssrc.entry(ssrc).or_insert_with(fresh);
        if receiver.transceiver != transceiver.id {
            *receiver = fresh();
        }
        receiver.last_packet = now;
        receiver
    }

    /// Forgets the streams that were silent the longest.
    fn forget_silent(&mut self) {
        let count = (self.by_ssrc.len() / FORGOTTEN_AT_ONCE).max(1);
        let by_time = self.iter().map(|(ssrc, receiver)| (receiver.last_packet, ssrc));
        let mut by_time: Vec<(Instant, u32)> = by_time.collect();
        if count < by_time.len() {
            by_time.select_nth_unstable(count);
        }
        by_time.truncate(count);
        for (_, ssrc) in by_time {
            self.by_ssrc.remove(&ssrc);
        }
    }

    pub(super) fn remove(&mut self, ssrc: u32) {
        self.by_ssrc.remove(&ssrc);
    }

    /// Forgets streams that transceivers receive no more.
    pub(super) fn follow(&mut self, negotiation: &Negotiation) {
        self.by_ssrc.retain(|_, receiver| {
            negotiation.transceiver(receiver.transceiver).is_some_and(Transceiver::receives)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Direction;
    use crate::negotiation::transceiver::Origin;

    // With what SRTP keeps of it, a stream takes less than the KiB that is documented.
    #[test]
    fn a_stream_takes_little_memory() {
        assert!(size_of::<Receiver>() <= 384, "{}", size_of::<Receiver>());
    }

    #[test]
    fn one_past_the_limit_the_stream_that_was_silent_the_longest_is_forgotten() {
        let id = TransceiverId(0);
        let transceiver =
            Transceiver::new(id, MediaKind::Audio, Direction::RecvOnly, Origin::Owner, 1);
        let mut receivers = Receivers::new(10);
        let mut at = 0;
        let mut receive = |receivers: &mut Receivers, ssrc| {
            at += 1;
            receivers.of(Instant::from_millis(at), ssrc, &transceiver, 48_000);
        };
        (0..10).for_each(|ssrc| receive(&mut receivers, ssrc));
        receive(&mut receivers, 0);
        receive(&mut receivers, 10);
        let known: Vec<u32> = receivers.iter().map(|(ssrc, _)| ssrc).collect();
        assert_eq!(known, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        // A flood takes nothing from whoever goes on.
        for ssrc in 11..10_000 {
            receive(&mut receivers, ssrc);
            if ssrc % 8 == 0 {
                receive(&mut receivers, 0);
            }
        }
        assert!(receivers.get(0).is_some() && receivers.by_ssrc.len() <= 10);
        let around: Vec<u32> = receivers.iter_from(9_999).map(|(ssrc, _)| ssrc).collect();
        assert_eq!(around.first_chunk(), Some(&[9_999, 0]));
    }
}
