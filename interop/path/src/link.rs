//! One direction of a path: what happens to a packet between the two ends.

use std::time::Duration;

use lariat_base::{Instant, Rng};

use crate::packet::Packet;

/// A probability in parts of a million.
///
/// ```
/// use lariat_path::Share;
///
/// assert_eq!(Share::percent(1.0), Share(10_000));
/// assert_eq!(Share::percent(250.0), Share::ALL);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share(pub u32);

impl Share {
    /// Always.
    pub const ALL: Self = Self(1_000_000);

    /// As many hundredths, from 0 to 100.
    pub fn percent(percent: f64) -> Self {
        // Out of range saturates, and what is no number is 0.
        Self(((percent * 1e4).round() as u32).min(Self::ALL.0))
    }

    fn happens(self, rng: &mut Rng) -> bool {
        self.0 > 0 && rng.below(Self::ALL.0.into()) < self.0.into()
    }
}

/// A rate, and the queue before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In bits of whole IP packets per second; at least 1.
    pub bits_per_second: u64,
    /// How many bytes may wait or be on their way into the link. A packet alone always may.
    pub queue: usize,
    /// From how many waiting bytes on a packet that is capable of ECN is marked.
    pub mark: Option<usize>,
}

/// The longest packet that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mtu {
    /// In bytes of the whole IP packet.
    pub bytes: usize,
    /// Whether who sent a longer one is told so by ICMP.
    pub tells: bool,
}

/// How one direction of the path behaves. By default packets pass at once and unharmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// How long every packet takes.
    pub delay: Duration,
    /// How much longer some take, at most; all lengths up to it are as likely. It changes no order.
    pub jitter: Duration,
    /// How many packets are lost.
    pub loss: Share,
    /// How many packets are held back so that later ones overtake them.
    pub reorder: Share,
    /// For how long those are held back.
    pub held_back: Duration,
    /// How many packets arrive twice.
    pub duplicate: Share,
    /// How much fits into a second; `None` for whatever comes.
    pub rate: Option<Rate>,
    /// What fits at once; `None` for everything.
    pub mtu: Option<Mtu>,
    /// Whether anything passes at all.
    pub is_up: bool,
}

impl Default for LinkSettings {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: Share(0),
            reorder: Share(0),
            held_back: Duration::from_millis(10),
            duplicate: Share(0),
            rate: None,
            mtu: None,
            is_up: true,
        }
    }
}

/// One direction, with what is on its way into it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) settings: LinkSettings,
    rng: Rng,
    /// When everything that was admitted will have left the queue.
    free_at: Instant,
    /// When the last packet arrives that was not held back.
    last_arrival: Instant,
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives then; twice, if `again`.
    Arrives { at: Instant, again: bool },
    /// The queue has no room for it.
    Overflows,
    /// It is lost on its way.
    Lost,
}

impl Link {
    pub(crate) fn new(settings: LinkSettings, rng: Rng) -> Self {
        Self { settings, rng, free_at: Instant::ZERO, last_arrival: Instant::ZERO }
    }

    /// Takes a packet that fits, marks it where it should be, and says what becomes of it.
    pub(crate) fn admit(&mut self, now: Instant, packet: &mut Packet) -> Fate {
        let settings = self.settings;
        let mut left = now;
        if let Some(rate) = settings.rate {
            let waiting = self.waiting(now, rate);
            let length = packet.bytes().len();
            if waiting > 0 && waiting + length > rate.queue {
                return Fate::Overflows;
            }
            if rate.mark.is_some_and(|mark| waiting >= mark) {
                packet.mark();
            }
            left = self.free_at.max(now) + time_of(length, rate);
            self.free_at = left;
        }
        // What is lost on its way has taken its place in the queue all the same.
        if settings.loss.happens(&mut self.rng) {
            return Fate::Lost;
        }
        let jitter = u64::try_from(settings.jitter.as_nanos()).unwrap_or(u64::MAX);
        let jitter = Duration::from_nanos(self.rng.below(jitter.saturating_add(1)));
        let mut at = left + settings.delay + jitter;
        let again = settings.duplicate.happens(&mut self.rng);
        if settings.reorder.happens(&mut self.rng) {
            at = at + settings.held_back;
        } else {
            at = at.max(self.last_arrival);
            self.last_arrival = at;
        }
        Fate::Arrives { at, again }
    }

    /// Other settings from now on. What is on its way stays on it, and a new delay may well let
    /// later packets overtake.
    pub(crate) fn set(&mut self, now: Instant, settings: LinkSettings) {
        if self.settings.rate != settings.rate {
            self.free_at = now;
        }
        if self.settings.delay != settings.delay {
            self.last_arrival = now;
        }
        self.settings = settings;
    }

    /// How many bytes wait.
    fn waiting(&self, now: Instant, rate: Rate) -> usize {
        let left = self.free_at.saturating_since(now).as_nanos();
        let bits = left * u128::from(rate.bits_per_second) / 1_000_000_000;
        usize::try_from(bits / 8).unwrap_or(usize::MAX)
    }
}

/// How long it takes to put so many bytes on the link.
fn time_of(bytes: usize, rate: Rate) -> Duration {
    let bits = bytes as u64 * 8;
    Duration::from_nanos(bits.saturating_mul(1_000_000_000) / rate.bits_per_second.max(1))
}

#[cfg(test)]
mod tests;
