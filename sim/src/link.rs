//! What a network does to a datagram.

use core::time::Duration;

/// What the network does to the datagrams that one node sends.
///
/// ```
/// use core::time::Duration;
/// use lariat_sim::Link;
///
/// let lossy = Link { loss: 0.2, duplication: 0.05, ..Link::default() };
/// assert_eq!(lossy.delay, Duration::from_millis(20));
///
/// // 20 Mbit/s, with a queue of what 60 ms carry.
/// let narrow = Link { rate: Some(20_000_000), queue: 150_000, ..Link::default() };
/// assert!(narrow.queue > 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "tests build it by its fields")]
pub struct Link {
    /// How long a datagram is under way, once it has left the queue.
    pub delay: Duration,
    /// Up to how much longer each takes, at random; the order may change by it.
    pub jitter: Duration,
    /// The share of datagrams that are lost, from 0 to 1.
    pub loss: f64,
    /// The share that arrives twice.
    pub duplication: f64,
    /// The share that is held up, for up to [`hold`](Self::hold), so that later ones overtake it.
    pub reordering: f64,
    /// How long a datagram may be held up.
    pub hold: Duration,
    /// The share in which one bit is turned round.
    pub corruption: f64,
    /// Bits of IP packets that leave in a second; `None` is no limit.
    pub rate: Option<u64>,
    /// Bytes of IP packets that wait for their turn at [`rate`](Self::rate). A datagram that finds
    /// less room than it needs is lost.
    pub queue: usize,
    /// The longest UDP payload that passes, in bytes; longer ones are lost.
    pub mtu: usize,
    /// Whether the sender is told of what is too long, by [`Node::handle_too_long`].
    ///
    /// [`Node::handle_too_long`]: crate::Node::handle_too_long
    pub reports_mtu: bool,
    /// Arrivals wait for the next multiple of this, as they do where a driver wakes up once for
    /// many datagrams; zero is at once.
    pub coalescing: Duration,
}

impl Default for Link {
    /// 20 ms each way, nothing lost, no limit of rate, and the UDP payload of a path of 1,280 bytes
    /// over IPv6.
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(20),
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            hold: Duration::from_millis(30),
            corruption: 0.0,
            rate: None,
            queue: 1_250_000,
            mtu: 1_232,
            reports_mtu: false,
            coalescing: Duration::ZERO,
        }
    }
}
