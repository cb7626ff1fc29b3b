//! Sequence numbers and loss of one source (RFC 3550 A.1 and A.3).

use lariat_base::Serial16;

use crate::limits::{MAX_DROPOUT, MAX_MISORDER};

/// How a packet's sequence number continues its stream.
///
/// ```
/// use lariat_base::{Instant, Serial16};
/// use lariat_rtp::stream::{Arrival, Reception};
/// use lariat_rtp::{Packet, PacketBuilder};
///
/// let mut reception = Reception::new(7, 90_000);
/// let mut arrive = |number: u16| {
///     let sequence_number = Serial16::new(number);
///     let mut bytes = Vec::new();
///     let packet = PacketBuilder { sequence_number, ssrc: 7, ..PacketBuilder::default() };
///     packet.encode(&mut bytes).unwrap();
///     reception.on_packet(Instant::ZERO, &Packet::parse(&bytes).unwrap())
/// };
/// assert_eq!(arrive(10), Arrival::First);
/// assert_eq!(arrive(13), Arrival::Next { skipped: 2 });
/// assert_eq!(arrive(12), Arrival::Late);
/// assert_eq!(arrive(40_000), Arrival::Jump);
/// assert_eq!(arrive(40_001), Arrival::Restart);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arrival {
    /// The first packet of the stream.
    First,
    /// The newest packet so far.
    Next {
        /// How many sequence numbers lie between it and the newest before: lost, or late. Always
        /// less than [`MAX_DROPOUT`].
        skipped: u16,
    },
    /// Older than the newest: reordered, retransmitted or duplicated.
    Late,
    /// Too far away to belong to the stream. It is not counted, and no number is called missing
    /// because of it.
    Jump,
    /// The second packet in a row after a jump: the stream goes on from here, with its loss counted
    /// anew.
    Restart,
    /// Of another source; ignored.
    Foreign,
}

/// What is known of a source's sequence numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sequence {
    /// Nothing has arrived.
    Silent,
    /// Packets arrive.
    Running {
        counters: Counters,
        /// After a jump: the number that would confirm it.
        confirmation: Option<Serial16>,
    },
}

/// The counters of RFC 3550 A.1, with numbers extended to 64 bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counters {
    base: u64,
    highest: u64,
    received: u64,
    expected_prior: u64,
    received_prior: u64,
}

impl Sequence {
    /// Takes in a packet of this source.
    ///
    /// rfc3550 A.1 puts a new source on probation, because anybody can make one up. Input here is
    /// authenticated by SRTP, so the first packet is believed.
    pub(super) fn on_packet(&mut self, number: Serial16) -> Arrival {
        let Self::Running { counters, confirmation } = self else {
            *self = Self::start(number);
            return Arrival::First;
        };
        let ahead = number.get().wrapping_sub(counters.highest as u16);
        if ahead >= MAX_DROPOUT && ahead <= MAX_MISORDER.wrapping_neg() {
            // rfc3550 A.1: two packets in a row from the far side are a restart.
            if *confirmation == Some(number) {
                *self = Self::start(number);
                return Arrival::Restart;
            }
            *confirmation = Some(number.add(1));
            return Arrival::Jump;
        }
        counters.received = counters.received.saturating_add(1);
        if ahead == 0 || ahead >= MAX_DROPOUT {
            return Arrival::Late;
        }
        counters.highest = counters.highest.saturating_add(ahead.into());
        Arrival::Next { skipped: ahead - 1 }
    }

    fn start(number: Serial16) -> Self {
        let first = u64::from(number.get());
        let counters = Counters {
            base: first,
            highest: first,
            received: 1,
            expected_prior: 0,
            received_prior: 0,
        };
        Self::Running { counters, confirmation: None }
    }

    pub(super) const fn counters(&self) -> Option<&Counters> {
        match self {
            Self::Silent => None,
            Self::Running { counters, .. } => Some(counters),
        }
    }

    /// Ends a reporting interval: the share of its packets that were lost, in 1/256.
    pub(super) fn take_fraction_lost(&mut self) -> u8 {
        match self {
            Self::Silent => 0,
            Self::Running { counters, .. } => counters.take_fraction_lost(),
        }
    }
}

impl Counters {
    const fn expected(&self) -> u64 {
        self.highest.saturating_sub(self.base).saturating_add(1)
    }

    /// rfc3550 A.3: negative if duplicates outnumber losses.
    pub(super) fn lost(&self) -> i64 {
        let lost = i128::from(self.expected()) - i128::from(self.received);
        i64::try_from(lost).unwrap_or(i64::MAX)
    }

    /// The highest number as report blocks carry it: the wraps, modulo 2¹⁶, above the number.
    pub(super) const fn extended_highest(&self) -> u32 {
        self.highest as u32
    }

    /// Whether a packet has arrived since the last report.
    pub(super) const fn has_news(&self) -> bool {
        self.received > self.received_prior
    }

    fn take_fraction_lost(&mut self) -> u8 {
        let expected = self.expected().saturating_sub(self.expected_prior);
        let received = self.received.saturating_sub(self.received_prior);
        self.expected_prior = self.expected();
        self.received_prior = self.received;
        // rfc3550 A.3: no loss if nothing was expected, or if duplicates outnumber it.
        let lost = expected.saturating_sub(received);
        let fraction = lost.saturating_mul(256).checked_div(expected).unwrap_or(0);
        u8::try_from(fraction).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(numbers: impl IntoIterator<Item = u16>) -> Sequence {
        let mut sequence = Sequence::Silent;
        for number in numbers {
            sequence.on_packet(Serial16::new(number));
        }
        sequence
    }

    #[test]
    fn the_extended_number_counts_wraps() {
        let sequence = running((0..200_000_u32).map(|number| number as u16));
        assert_eq!(sequence.counters().unwrap().extended_highest(), 199_999);
        assert_eq!(sequence.counters().unwrap().lost(), 0);
    }

    #[test]
    fn a_gap_up_to_the_limit_is_loss_and_one_more_is_a_jump() {
        let mut sequence = running([0]);
        let far = Serial16::new(MAX_DROPOUT);
        assert_eq!(sequence.on_packet(far), Arrival::Jump);
        let last = Serial16::new(MAX_DROPOUT - 1);
        assert_eq!(sequence.on_packet(last), Arrival::Next { skipped: MAX_DROPOUT - 2 });
        assert_eq!(sequence.counters().unwrap().lost(), i64::from(MAX_DROPOUT) - 2);
    }

    #[test]
    fn reordering_up_to_the_limit_is_late_and_one_more_is_a_jump() {
        let mut sequence = running([5_000]);
        let behind = |count| Serial16::new(5_000 - count);
        assert_eq!(sequence.on_packet(behind(MAX_MISORDER - 1)), Arrival::Late);
        assert_eq!(sequence.on_packet(behind(MAX_MISORDER)), Arrival::Jump);
    }

    #[test]
    fn a_jump_that_nothing_confirms_changes_nothing() {
        let mut sequence = running([1, 40_000, 2, 3]);
        assert_eq!(sequence.counters().unwrap().extended_highest(), 3);
        assert_eq!(sequence.counters().unwrap().lost(), 0);
        assert_eq!(sequence.take_fraction_lost(), 0);
    }

    #[test]
    fn duplicates_make_the_loss_negative_and_the_fraction_zero() {
        let mut sequence = running([1, 2, 2, 2, 3]);
        assert_eq!(sequence.counters().unwrap().lost(), -2);
        assert_eq!(sequence.take_fraction_lost(), 0);
    }

    #[test]
    fn the_fraction_is_of_the_interval_alone() {
        let mut sequence = running([0, 3]);
        assert_eq!(sequence.take_fraction_lost(), 128);
        for number in 4..8 {
            sequence.on_packet(Serial16::new(number));
        }
        assert_eq!(sequence.take_fraction_lost(), 0);
        assert_eq!(sequence.take_fraction_lost(), 0);
        assert_eq!(sequence.counters().unwrap().lost(), 2);
    }
}
