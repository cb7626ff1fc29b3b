//! What a network does to a datagram.

use core::time::Duration;

use lariat_base::Rng;

/// What a network does to a datagram, in both directions.
///
/// ```
/// use core::time::Duration;
/// use lariat_sim::Link;
///
/// let lossy = Link { loss: 0.2, duplication: 0.05, ..Link::default() };
/// assert_eq!(lossy.delay, Duration::from_millis(20));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "tests build it by its fields")]
pub struct Link {
    /// How long a datagram is under way.
    pub delay: Duration,
    /// The share of datagrams that are lost, from 0 to 1.
    pub loss: f64,
    /// The share that arrives twice.
    pub duplication: f64,
    /// The share that is held up, for up to [`hold`](Self::hold), so that later ones overtake it.
    pub reordering: f64,
    /// How long a datagram may be held up.
    pub hold: Duration,
    /// The longest UDP payload that passes; longer ones are lost.
    pub mtu: usize,
}

impl Default for Link {
    /// 20 ms each way, nothing lost, and the UDP payload of a path of 1,280 bytes over IPv6.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(20),
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            hold: Duration::from_millis(30),
            mtu: 1_232,
        }
    }
}

impl Link {
    /// The times after which copies of a datagram of `size` bytes arrive: none, one or two.
    pub(crate) fn fate(&self, size: usize, rng: &mut Rng) -> Vec<Duration> {
        // All four are drawn for every datagram, so that one setting does not shift the dice of
        // another.
        let [lost, doubled, held] =
            [self.loss, self.duplication, self.reordering].map(|share| happens(share, rng));
        let hold = Duration::from_nanos(rng.below(self.hold.as_nanos() as u64 + 1));
        if lost || size > self.mtu {
            return Vec::new();
        }
        let first = if held { self.delay + hold } else { self.delay };
        if doubled { vec![first, first + hold] } else { vec![first] }
    }
}

fn happens(share: f64, rng: &mut Rng) -> bool {
    (rng.below(1 << 53) as f64) < share * (1u64 << 53) as f64
}
