//! What a sender may be asked for again.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::{Instant, Serial16};

use crate::limits::MAX_HISTORY;

/// Keeps the last [`MAX_HISTORY`] packets of a stream for retransmission.
///
/// What a packet is, the owner decides: bytes before or after SRTP. Numbers are expected in
/// sequence; each takes the place of the one [`MAX_HISTORY`] before it.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::{Instant, Serial16};
/// use lariat_rtp::nack::History;
///
/// let mut history = History::new();
/// let number = Serial16::new(9);
/// history.insert(Instant::ZERO, number, b"a packet");
/// let (now, rtt) = (Instant::from_millis(100), Duration::from_millis(80));
/// assert_eq!(history.retransmit(now, rtt, number), Some(&b"a packet"[..]));
/// // Asked for twice within a round trip: the first answer is still on its way.
/// assert_eq!(history.retransmit(now, rtt, number), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The low bits of the number are the index; it grows as they do.
    sent: Vec<Option<Sent>>,
}

#[derive(Clone, Debug)]
struct Sent {
    number: Serial16,
    last: Instant,
    packet: Box<[u8]>,
}

impl History {
    /// Nothing has been sent.
    pub const fn new() -> Self {
        Self { sent: Vec::new() }
    }

    /// Keeps a copy of a packet that is sent at `now`.
    pub fn insert(&mut self, now: Instant, number: Serial16, packet: &[u8]) {
        let index = index(number);
        if index >= self.sent.len() {
            self.sent.resize_with(index + 1, || None);
        }
        if let Some(place) = self.sent.get_mut(index) {
            *place = Some(Sent { number, last: now, packet: Box::from(packet) });
        }
    }

    /// The packet `number`, to be sent again at `now`; `None` if it is gone or was sent within the
    /// last `rtt`, when the request has most likely crossed it.
    pub fn retransmit(&mut self, now: Instant, rtt: Duration, number: Serial16) -> Option<&[u8]> {
        let sent = self.sent.get_mut(index(number))?.as_mut()?;
        if sent.number != number || now - sent.last < rtt {
            return None;
        }
        sent.last = now;
        Some(&sent.packet)
    }
}

fn index(number: Serial16) -> usize {
    usize::from(number.get()) % MAX_HISTORY
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTT: Duration = Duration::from_millis(50);

    #[test]
    fn the_last_packets_are_kept_and_no_more() {
        let mut history = History::new();
        for number in 0..=MAX_HISTORY as u16 {
            history.insert(Instant::ZERO, Serial16::new(number), &number.to_be_bytes());
        }
        let now = Instant::from_millis(1_000);
        assert_eq!(history.retransmit(now, RTT, Serial16::new(0)), None);
        for number in 1..=MAX_HISTORY as u16 {
            let sent = history.retransmit(now, RTT, Serial16::new(number));
            assert_eq!(sent, Some(&number.to_be_bytes()[..]));
        }
        assert_eq!(history.retransmit(now, RTT, Serial16::new(MAX_HISTORY as u16 + 1)), None);
        assert_eq!(history.sent.len(), MAX_HISTORY);
    }

    // M6
    #[test]
    fn requests_within_a_round_trip_are_answered_once() {
        let mut history = History::new();
        let number = Serial16::new(65_535);
        history.insert(Instant::from_millis(10), number, b"x");
        let mut sent = 0;
        for millis in 10..210 {
            sent += usize::from(
                history.retransmit(Instant::from_millis(millis), RTT, number).is_some(),
            );
        }
        assert_eq!(sent, 3);
    }
}
