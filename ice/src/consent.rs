//! Consent freshness (RFC 7675) of one pair: when to ask, and what its silence means.

use core::time::Duration;

use lariat_base::{Backoff, Deadline, Instant, Rng};

use crate::config::Timing;
use crate::limits::DOUBT_MILLIS;

/// The consent of one pair; exists while the pair works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consent {
    last_response: Instant,
    next_check: Instant,
    silence: Option<Silence>,
}

/// The longest time between two connectivity checks of a pair whose checks go unanswered. Of 30 in
/// a row at most one in 500 million is unlucky where a path loses three of ten datagrams each way;
/// with half as many, one in 40,000.
const PROBE_CEILING: Duration = Duration::from_secs(1);

/// What goes on while checks are unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Silence {
    /// When the first of the unanswered checks left.
    since: Instant,
    /// Repeats the check meanwhile.
    probe: Backoff,
    /// Whether it has lasted long enough to tell the owner.
    noticed: bool,
    doubt: Doubt,
}

/// Whether there is more against the pair than an unanswered check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    None,
    /// There is, and without an answer to one of several checks the pair is given up then.
    Until {
        at: Instant,
        reason: Reason,
        probe: Backoff,
    },
    /// It was not answered in time: another pair that works is better.
    Lost,
}

/// Why a pair is doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Traffic came, and comes no more. It lifts the doubt by coming again.
    Quiet,
    /// The peer makes checks as somebody does who hears nothing from us. Traffic is no proof then
    /// that ours arrives: only an answer is.
    PeerSearches,
}

/// What has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Check,
    Expired,
}

impl Consent {
    /// Starts with the response that made the pair work.
    pub(crate) fn start(now: Instant, timing: &Timing, rng: &mut Rng) -> Self {
        Self { last_response: now, next_check: next_check(now, timing, rng), silence: None }
    }

    pub(crate) fn on_response(&mut self, now: Instant) {
        self.last_response = self.last_response.max(now);
        self.silence = None;
    }

    /// Traffic of the peer arrived on the pair.
    pub(crate) fn on_traffic(&mut self) {
        if let Some(silence) = &mut self.silence
            && matches!(silence.doubt, Doubt::Until { reason: Reason::Quiet, .. })
        {
            silence.doubt = Doubt::None;
        }
    }

    /// Doubts the pair: if none of a few checks is answered soon, it is lost. Returns whether a
    /// check is to leave now; if the pair is doubted already, nothing changes.
    pub(crate) fn doubt(
        &mut self,
        now: Instant,
        reason: Reason,
        round_trip: Duration,
        timing: &Timing,
    ) -> bool {
        if self.is_doubted() {
            return false;
        }
        let since = self.silence.map_or(now, |silence| silence.since);
        let noticed = self.silence.is_some_and(|silence| silence.noticed);
        let probe = Backoff::start(now, timing.check_timeout, PROBE_CEILING, u32::MAX);
        let patience = Duration::from_millis(DOUBT_MILLIS).max(round_trip.saturating_mul(2));
        // The next check leaves when the answer to the one before is overdue. So three of them tell
        // a dead path from one that loses many, and the peer can tell a second one from a first.
        let spacing = (patience / 3).max(round_trip.saturating_mul(5) / 4);
        let checks = Backoff::start(now, spacing, spacing, u32::MAX);
        let doubt = Doubt::Until { at: now + patience, reason, probe: checks };
        self.silence = Some(Silence { since, probe, noticed, doubt });
        true
    }

    /// Whether the peer answers, or has not been silent for long.
    pub(crate) fn is_live(&self) -> bool {
        !self.silence.is_some_and(|silence| silence.noticed)
    }

    /// Whether there is something against it, and no answer yet.
    pub(crate) fn is_doubted(&self) -> bool {
        self.silence.is_some_and(|silence| silence.doubt != Doubt::None)
    }

    /// Whether another pair that works is better than this one.
    pub(crate) fn is_lost(&self) -> bool {
        self.silence.is_some_and(|silence| silence.noticed || silence.doubt == Doubt::Lost)
    }

    pub(crate) fn is_expired(&self, now: Instant, timing: &Timing) -> bool {
        now >= self.last_response + timing.consent_expiry
    }

    pub(crate) const fn last_response(&self) -> Instant {
        self.last_response
    }

    pub(crate) fn due(&mut self, now: Instant, timing: &Timing, rng: &mut Rng) -> Due {
        if self.is_expired(now, timing) {
            return Due::Expired;
        }
        if let Some(silence) = &mut self.silence {
            silence.noticed |= now >= silence.since + timing.disconnected_after;
            match &mut silence.doubt {
                Doubt::Until { at, .. } if now >= *at => silence.doubt = Doubt::Lost,
                Doubt::Until { probe, .. } if probe.is_due(now) => {
                    probe.expire(now);
                    return Due::Check;
                }
                Doubt::Until { .. } | Doubt::None | Doubt::Lost => {}
            }
        }
        if now >= self.next_check {
            self.on_check(now, timing, rng);
            return Due::Check;
        }
        match &mut self.silence {
            Some(silence) if silence.probe.is_due(now) => {
                silence.probe.expire(now);
                Due::Check
            }
            _ => Due::Nothing,
        }
    }

    fn on_check(&mut self, now: Instant, timing: &Timing, rng: &mut Rng) {
        self.next_check = next_check(now, timing, rng);
        if self.silence.is_none() {
            let probe = Backoff::start(now, timing.check_timeout, PROBE_CEILING, u32::MAX);
            self.silence = Some(Silence { since: now, probe, noticed: false, doubt: Doubt::None });
        }
    }

    pub(crate) fn deadline(&self, timing: &Timing) -> Option<Deadline> {
        let silence = self.silence.as_ref();
        let unnoticed = silence.filter(|silence| !silence.noticed);
        let doubt = silence.and_then(|silence| match &silence.doubt {
            Doubt::Until { at, probe, .. } => Some((*at).min(probe.at())),
            Doubt::None | Doubt::Lost => None,
        });
        Deadline::earliest([
            Some(Deadline::new(self.last_response + timing.consent_expiry, "consent expiry")),
            Some(Deadline::new(self.next_check, "consent check")),
            silence.map(|silence| {
                Deadline::new(silence.probe.at(), "connectivity check of a silent pair")
            }),
            unnoticed.map(|silence| {
                Deadline::new(silence.since + timing.disconnected_after, "consent unanswered")
            }),
            doubt.map(|at| Deadline::new(at, "connectivity check of a doubted pair")),
        ])
    }
}

/// rfc7675 §5.1: each interval is drawn from 0.8 to 1.2 of the basic one.
fn next_check(now: Instant, timing: &Timing, rng: &mut Rng) -> Instant {
    // Saturating, since a configuration may ask for any interval, "never" included.
    let least = timing.consent_interval.saturating_mul(4) / 5;
    let spread = timing.consent_interval.saturating_mul(2) / 5;
    let spread = u64::try_from(spread.as_nanos()).unwrap_or(u64::MAX);
    now + least + Duration::from_nanos(rng.below(spread.saturating_add(1)))
}
