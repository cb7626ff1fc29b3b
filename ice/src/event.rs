//! What an agent tells its owner.

use core::fmt;
use core::net::SocketAddr;

use crate::Role;

/// Something happened; from [`Agent::poll_event`](crate::Agent::poll_event).
///
/// ```
/// use lariat_ice::{Event, State};
///
/// assert_ne!(Event::StateChanged(State::Connected), Event::ConsentLost);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The state is another one now.
    StateChanged(State),
    /// Send on this pair from now on.
    SelectedPairChanged(SelectedPair),
    /// A role conflict was repaired, and this is our role now.
    RoleChanged(Role),
    /// The last pair that worked lost the peer's consent: send nothing more. Only new credentials,
    /// hence a new agent, get it back (RFC 7675 §5.1).
    ConsentLost,
    /// The pair in use has stopped working, and for five seconds none that works took over, or the
    /// peer did not come along to the one that did. A restart (new credentials, hence a new agent)
    /// is the way out; the agent goes on trying until consent ends.
    RestartNeeded,
    /// A candidate was refused, since there are as many as [`limits`](crate::limits) allow. Told
    /// once.
    CandidateLimit,
}

/// The state of an agent, near to what W3C calls `RTCIceTransportState`.
///
/// ```text
/// New ── remote credentials ──> Checking ── a pair works ──> Connected <──> Completed
///                                   │                           │    \       /
///                                   │ nothing works             │     Disconnected
///                                   └──────> Failed <───────────┴── consent gone ┘
/// ```
///
/// `Failed` and `Closed` are final: a restart is a new agent.
///
/// ```
/// use lariat_ice::State;
///
/// assert_eq!(State::Disconnected.to_string(), "disconnected");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// The peer's credentials are not known yet.
    New,
    /// Looking for a pair that works.
    Checking,
    /// There is a pair to send on; better ones are still being looked for.
    Connected,
    /// A pair is nominated, nothing is left to check, and the peer has no more candidates.
    Completed,
    /// The peer has not answered on the selected pair for a few seconds. It may come back.
    Disconnected,
    /// No pair works, or consent is gone; see [`Agent::failure`](crate::Agent::failure).
    Failed,
    /// [`Agent::close`](crate::Agent::close) was called.
    Closed,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Checking => "checking",
            Self::Connected => "connected",
            Self::Completed => "completed",
            Self::Disconnected => "disconnected",
            Self::Failed => "failed",
            Self::Closed => "closed",
        })
    }
}

/// The addresses between which to send.
///
/// ```
/// use lariat_ice::SelectedPair;
///
/// let pair =
///     SelectedPair { local: "192.0.2.1:5000".parse()?, remote: "198.51.100.7:6000".parse()? };
/// assert_eq!(pair.to_string(), "192.0.2.1:5000 -> 198.51.100.7:6000");
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a pair of addresses")]
pub struct SelectedPair {
    /// The base of the local candidate.
    pub local: SocketAddr,
    /// The address of the remote candidate.
    pub remote: SocketAddr,
}

impl fmt::Display for SelectedPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.local, self.remote)
    }
}
