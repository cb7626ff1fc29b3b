//! What an agent is made with.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use lariat_base::Seed;
use lariat_crypto::Provider;

use crate::limits::{self, DEFAULT_MAX_PAIRS};
use crate::{CheckBudget, Credentials, RemotePolicy, Role};

/// The configuration of an [`Agent`](crate::Agent): start from [`Config::new`] and change what you
/// need.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::Seed;
/// use lariat_crypto::ring;
/// use lariat_ice::{Config, Role};
///
/// let mut config = Config::new(ring::provider(), Seed::new([1; 32]), Role::Controlling);
/// config.disconnected_after = Duration::from_secs(15);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// Computes MESSAGE-INTEGRITY.
    pub provider: Arc<dyn Provider>,
    /// The source of the credentials, tie-breakers and transaction ids; in production secret and
    /// never used twice.
    pub seed: Seed,
    /// The role to begin with. RFC 8445 §6.1.1: the offerer controls.
    pub role: Role,
    /// Our credentials; `None` draws them from the seed, and so do malformed ones.
    pub credentials: Option<Credentials>,
    /// The peer is an ICE-lite implementation (`a=ice-lite`): we control, whatever
    /// [`role`](Self::role) says.
    pub remote_lite: bool,
    /// Ta, the time between two connectivity checks; 50 ms, and never below 5.
    ///
    /// Two agents must use the same (RFC 8445 §14.2), so change it on both sides or not at all.
    pub pacing: Duration,
    /// The time until a check is repeated for the first time; 500 ms, and never below.
    pub check_timeout: Duration,
    /// How often a check is sent in all; 7, at least once, and at most
    /// [`limits::MAX_CHECK_TRANSMISSIONS`] times. With 7 and 500 ms it fails after 39.5 s.
    pub check_transmissions: u32,
    /// As controlling agent: how long after the first pair works to wait for a better one before
    /// nominating; 500 ms. Data flows meanwhile.
    pub nomination_delay: Duration,
    /// The PAC timer of RFC 8863: how long at least to look for a pair before failing, since
    /// checks of the peer may still arrive; 39.5 s.
    pub patience: Duration,
    /// The basic interval of consent checks; each is 0.8 to 1.2 of it. 5 s, and never below.
    pub consent_interval: Duration,
    /// When consent expires; 30 s (RFC 7675 §5.1), and never above.
    pub consent_expiry: Duration,
    /// How long after the first unanswered consent check the agent is [`Disconnected`]; 8 s, so
    /// that one lost datagram is not enough.
    ///
    /// [`Disconnected`]: crate::State::Disconnected
    pub disconnected_after: Duration,
    /// The most candidate pairs; 100 (RFC 8445 §6.1.2.5), and at most [`limits::MAX_PAIRS`].
    pub max_pairs: usize,
    /// What may be sent to addresses that have not answered, in all;
    /// [`limits::MAX_UNANSWERED_CHECKS`] and [`limits::MAX_UNANSWERED_BYTES`]. To one IP address
    /// go [`limits::MAX_UNANSWERED_CHECKS_PER_ADDRESS`] at most, whatever is said here.
    pub check_budget: CheckBudget,
    /// Which signaled candidates of the peer to take; any that can be sent to.
    pub remote_policy: RemotePolicy,
}

impl Config {
    /// The defaults, with what has none.
    pub fn new(provider: Arc<dyn Provider>, seed: Seed, role: Role) -> Self {
        Self {
            provider,
            seed,
            role,
            credentials: None,
            remote_lite: false,
            pacing: Duration::from_millis(50),
            check_timeout: lariat_stun::limits::INITIAL_RTO,
            check_transmissions: lariat_stun::limits::MAX_TRANSMISSIONS,
            nomination_delay: Duration::from_millis(500),
            patience: Duration::from_millis(39_500),
            consent_interval: Duration::from_secs(5),
            consent_expiry: Duration::from_millis(limits::MAX_CONSENT_EXPIRY_MILLIS),
            disconnected_after: Duration::from_secs(8),
            max_pairs: DEFAULT_MAX_PAIRS,
            check_budget: CheckBudget::default(),
            remote_policy: RemotePolicy::Any,
        }
    }

    /// The values with the bounds that the RFCs set.
    pub(crate) fn timing(&self) -> Timing {
        let millis = Duration::from_millis;
        Timing {
            // rfc8445 §14.2: never more often than every 5 ms.
            pacing: self.pacing.max(millis(limits::MIN_PACING_MILLIS)),
            // rfc8445 §14.3: never below 500 ms.
            check_timeout: self.check_timeout.max(lariat_stun::limits::INITIAL_RTO),
            check_transmissions: self.check_transmissions.clamp(1, limits::MAX_CHECK_TRANSMISSIONS),
            nomination_delay: self.nomination_delay,
            patience: self.patience,
            // rfc7675 §5.1: never below 4 s, which is 0.8 of 5.
            consent_interval: self
                .consent_interval
                .max(millis(limits::MIN_CONSENT_INTERVAL_MILLIS)),
            // rfc7675 §5.1: 30 seconds without an answer end consent.
            consent_expiry: self.consent_expiry.min(millis(limits::MAX_CONSENT_EXPIRY_MILLIS)),
            disconnected_after: self.disconnected_after,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("role", &self.role)
            .field("remote_lite", &self.remote_lite)
            .field("timing", &self.timing())
            .field("max_pairs", &self.max_pairs)
            .finish_non_exhaustive()
    }
}

/// The times of a [`Config`], within bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    pub(crate) pacing: Duration,
    pub(crate) check_timeout: Duration,
    pub(crate) check_transmissions: u32,
    pub(crate) nomination_delay: Duration,
    pub(crate) patience: Duration,
    pub(crate) consent_interval: Duration,
    pub(crate) consent_expiry: Duration,
    pub(crate) disconnected_after: Duration,
}
