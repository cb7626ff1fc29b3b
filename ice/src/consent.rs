//! Consent freshness (RFC 7675): proof, renewed every few seconds, that the peer wants what we
//! send.

use core::time::Duration;

use lariat_base::{Backoff, Deadline, Instant, Rng};
use lariat_stun::TransactionId;

use crate::Agent;
use crate::agent::Phase;
use crate::config::Timing;
use crate::pair::{CheckState, Nomination, Pair, PairFailure};

/// The consent of one pair; exists while the pair works.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Consent {
    last_response: Instant,
    next_check: Instant,
    silence: Silence,
}

/// The longest time between two connectivity checks of a pair whose consent checks go unanswered.
const PROBE_CEILING: Duration = Duration::from_secs(2);

/// Whether consent checks go unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// No check is unanswered.
    None,
    /// The first of the unanswered checks left then. Meanwhile the pair is probed.
    Since { since: Instant, probe: Backoff },
    /// The silence has lasted long enough to tell. The pair is still probed.
    Noticed { probe: Backoff },
}

impl Silence {
    const fn probe(&self) -> Option<&Backoff> {
        match self {
            Self::None => None,
            Self::Since { probe, .. } | Self::Noticed { probe } => Some(probe),
        }
    }

    const fn probe_mut(&mut self) -> Option<&mut Backoff> {
        match self {
            Self::None => None,
            Self::Since { probe, .. } | Self::Noticed { probe } => Some(probe),
        }
    }
}

/// What has come due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    Check,
    Probe,
    Expired,
}

impl Consent {
    /// Starts with the response that made the pair work.
    pub(crate) fn start(now: Instant, timing: &Timing, rng: &mut Rng) -> Self {
        let next_check = next_check(now, timing, rng);
        Self { last_response: now, next_check, silence: Silence::None }
    }

    pub(crate) fn on_response(&mut self, now: Instant) {
        self.last_response = self.last_response.max(now);
        self.silence = Silence::None;
    }

    /// Whether the peer answers.
    pub(crate) fn is_live(&self) -> bool {
        !matches!(self.silence, Silence::Noticed { .. })
    }

    pub(crate) fn is_expired(&self, now: Instant, timing: &Timing) -> bool {
        now >= self.last_response + timing.consent_expiry
    }

    pub(crate) const fn last_response(&self) -> Instant {
        self.last_response
    }

    fn due(&mut self, now: Instant, timing: &Timing) -> Due {
        if self.is_expired(now, timing) {
            return Due::Expired;
        }
        if let Silence::Since { since, probe } = self.silence
            && now >= since + timing.disconnected_after
        {
            self.silence = Silence::Noticed { probe };
        }
        if now >= self.next_check {
            return Due::Check;
        }
        match self.silence.probe_mut() {
            Some(probe) if probe.is_due(now) => {
                probe.expire(now);
                Due::Probe
            }
            _ => Due::Nothing,
        }
    }

    fn on_check(&mut self, now: Instant, timing: &Timing, rng: &mut Rng) {
        self.next_check = next_check(now, timing, rng);
        if self.silence == Silence::None {
            let probe = Backoff::start(now, timing.check_timeout, PROBE_CEILING, u32::MAX);
            self.silence = Silence::Since { since: now, probe };
        }
    }

    fn deadline(&self, timing: &Timing) -> Option<Deadline> {
        let silence = match self.silence {
            Silence::Since { since, .. } => {
                Some(Deadline::new(since + timing.disconnected_after, "consent unanswered"))
            }
            Silence::None | Silence::Noticed { .. } => None,
        };
        let probe = self.silence.probe();
        Deadline::earliest([
            Some(Deadline::new(self.last_response + timing.consent_expiry, "consent expiry")),
            Some(Deadline::new(self.next_check, "consent check")),
            probe.map(|probe| Deadline::new(probe.at(), "connectivity check of a silent pair")),
            silence,
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

impl Agent {
    /// Sends the consent checks that are due, and takes consent from pairs where it expired.
    pub(crate) fn drive_consent(&mut self, now: Instant) {
        let Phase::Running(running) = &self.phase else { return };
        let concluded = running.concluded;
        let selected = self.selected;
        for index in 0..self.checklist.len() {
            let Some(pair) = self.checklist.get_mut(index) else { continue };
            if !is_kept_fresh(pair, concluded, selected == Some(pair.id)) {
                continue;
            }
            let CheckState::Succeeded(consent) = &mut pair.state else { continue };
            let due = consent.due(now, &self.timing);
            match due {
                Due::Nothing => {}
                Due::Expired => pair.fail(PairFailure::ConsentExpired),
                // A consent check is sent once, and at most every four seconds: at a fifth of all
                // datagrams lost, six of them in a row go unanswered every few minutes. But any
                // authenticated response is consent (rfc7675 §5.1), and an agent may make
                // connectivity checks of a pair when it likes, at their pace (rfc8445 §14.3).
                Due::Check | Due::Probe => {
                    if due == Due::Check {
                        consent.on_check(now, &self.timing, &mut self.rng);
                    }
                    // rfc7675 §5.1: a new transaction id each time, and no retransmission.
                    let id = TransactionId::random(&mut self.rng);
                    let expires = now + self.timing.consent_expiry;
                    let check = pair.request(now, id, self.role.claim(), false, expires);
                    self.outbox.push(check, &mut self.dropped);
                }
            }
        }
    }

    pub(crate) fn consent_deadline(&self) -> Option<Deadline> {
        let Phase::Running(running) = &self.phase else { return None };
        let deadlines = self.checklist.iter().map(|pair| match &pair.state {
            CheckState::Succeeded(consent)
                if is_kept_fresh(pair, running.concluded, self.selected == Some(pair.id)) =>
            {
                consent.deadline(&self.timing)
            }
            _ => None,
        });
        Deadline::earliest(deadlines)
    }
}

/// Every pair that works is kept fresh until one is nominated; afterwards only those that carry
/// data.
fn is_kept_fresh(pair: &Pair, concluded: bool, selected: bool) -> bool {
    !concluded || selected || pair.nomination == Nomination::Nominated
}
