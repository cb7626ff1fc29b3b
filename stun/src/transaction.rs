//! The client's side of a request: repeat until answered or given up (RFC 8489 §6.2.1).

use core::time::Duration;

use lariat_base::{Deadline, Instant};

use crate::header::TransactionId;
use crate::limits::{INITIAL_RTO, LAST_WAIT, MAX_TRANSMISSIONS};
use crate::message::Message;

/// What to do about a deadline.
///
/// ```
/// use lariat_base::Instant;
/// use lariat_stun::{Timeout, Transaction, TransactionId};
///
/// let mut transaction = Transaction::start(Instant::ZERO, TransactionId::new([0; 12]));
/// assert_eq!(transaction.handle_timeout(Instant::ZERO), Timeout::NotDue);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a timer has nothing else to say")]
pub enum Timeout {
    /// Nothing: it has not come yet.
    NotDue,
    /// Send the same bytes again.
    Retransmit,
    /// Give up: there was no answer.
    Failed,
}

/// A request that was sent and waits for its answer.
///
/// It keeps no bytes: the owner sends the same message again when told to. See the
/// [crate documentation](crate) for an example.
#[derive(Clone, Copy, Debug)]
pub struct Transaction {
    id: TransactionId,
    started: Instant,
    rto: Duration,
    interval: Duration,
    transmissions: u32,
    limit: u32,
    at: Instant,
}

impl Transaction {
    /// A request sent at `now`, with the RFC's timing: seven transmissions in 31.5 seconds, given
    /// up after 39.5.
    pub fn start(now: Instant, id: TransactionId) -> Self {
        Self::start_with(now, id, INITIAL_RTO, MAX_TRANSMISSIONS)
    }

    /// A request sent at `now`, with a timeout of `rto` to begin with and at most `limit`
    /// transmissions.
    ///
    /// ICE wants this: its timeout depends on how many checks are under way (RFC 8445 §14.3).
    pub fn start_with(now: Instant, id: TransactionId, rto: Duration, limit: u32) -> Self {
        let mut transaction = Self {
            id,
            started: now,
            rto,
            interval: rto,
            transmissions: 1,
            limit: limit.max(1),
            at: now,
        };
        transaction.at = now + transaction.wait();
        transaction
    }

    /// The id that the answer must bear.
    pub const fn id(&self) -> TransactionId {
        self.id
    }

    /// When the request was first sent.
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// How often the request has been sent. After more than one, an answer says little about the
    /// round-trip time (RFC 8489 §6.2.1).
    pub const fn transmissions(&self) -> u32 {
        self.transmissions
    }

    /// Whether `message` is the answer to this request: a response with its id. It still has to be
    /// authenticated, and to come from where the request went.
    pub fn is_answered_by(&self, message: &Message<'_>) -> bool {
        message.class().is_response() && message.transaction_id() == self.id
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    pub const fn deadline(&self) -> Deadline {
        Deadline::new(self.at, "stun retransmission")
    }

    /// Takes the time: says whether to send again or to give up.
    pub fn handle_timeout(&mut self, now: Instant) -> Timeout {
        if now < self.at {
            return Timeout::NotDue;
        }
        if self.transmissions >= self.limit {
            return Timeout::Failed;
        }
        self.transmissions += 1;
        // rfc8489 §6.2.1: the timeout doubles with each retransmission.
        self.interval = self.interval.saturating_mul(2);
        self.at = now + self.wait();
        Timeout::Retransmit
    }

    /// How long to wait after the latest transmission.
    fn wait(&self) -> Duration {
        if self.transmissions >= self.limit {
            // rfc8489 §6.2.1: after the last one, Rm times the initial timeout.
            self.rto.saturating_mul(LAST_WAIT)
        } else {
            self.interval
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn transmissions_are_spaced_as_the_rfc_lists_them() {
        // rfc8489 §6.2.1: at 0, 500, 1500, 3500, 7500, 15500 and 31500 ms; given up at 39500 ms.
        let mut transaction = Transaction::start(Instant::ZERO, TransactionId::new([0; 12]));
        let mut times = Vec::new();
        loop {
            let now = transaction.deadline().at;
            match transaction.handle_timeout(now) {
                Timeout::Retransmit => times.push(now.as_nanos() / 1_000_000),
                Timeout::Failed => {
                    times.push(now.as_nanos() / 1_000_000);
                    break;
                }
                Timeout::NotDue => unreachable!("the deadline has come"),
            }
        }
        assert_eq!(times, [500, 1_500, 3_500, 7_500, 15_500, 31_500, 39_500]);
    }

    #[test]
    fn time_that_stands_still_or_goes_back_does_nothing() {
        let start = Instant::from_millis(1_000);
        let mut transaction = Transaction::start(start, TransactionId::new([0; 12]));
        for now in [start, Instant::ZERO, start] {
            assert_eq!(transaction.handle_timeout(now), Timeout::NotDue);
        }
        assert_eq!(transaction.transmissions(), 1);
    }

    #[test]
    fn a_single_transmission_still_waits_for_its_answer() {
        let id = TransactionId::new([0; 12]);
        let rto = Duration::from_millis(100);
        let mut transaction = Transaction::start_with(Instant::ZERO, id, rto, 1);
        assert_eq!(transaction.deadline().at, Instant::from_millis(1_600));
        assert_eq!(transaction.handle_timeout(Instant::from_millis(1_600)), Timeout::Failed);
    }
}
