//! What an agent can tell about itself, for statistics and for somebody at three in the morning.

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;

use crate::agent::{Agent, Phase};
use crate::pair::{CheckState, Nomination, Pair};
use crate::{CandidateKind, CheckBudget, PairFailure};

/// One candidate pair, as it is now; from [`Agent::pairs`].
///
/// `Display` writes a line about it.
///
/// ```
/// # use lariat_base::{Instant, Seed};
/// # use lariat_ice::{Agent, Candidate, Config, PairState, Role};
/// # let provider = lariat_crypto::ring::provider();
/// # let config = Config::new(provider, Seed::new([1; 32]), Role::Controlled);
/// # let mut agent = Agent::new(config);
/// agent.add_local_candidate(Instant::ZERO, Candidate::host("192.0.2.1:5000".parse()?))?;
/// agent.add_remote_candidate(Instant::ZERO, Candidate::host("192.0.2.9:6000".parse()?))?;
/// let pair = agent.pairs().next().ok_or("no pair")?;
/// assert_eq!(pair.state, PairState::Waiting);
/// assert_eq!(pair.why(), "waits for the peer's credentials");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PairReport {
    /// The base of the local candidate.
    pub local: SocketAddr,
    /// The kind of the local candidate.
    pub local_kind: CandidateKind,
    /// The address of the remote candidate.
    pub remote: SocketAddr,
    /// The kind of the remote candidate.
    pub remote_kind: CandidateKind,
    /// Where its check stands.
    pub state: PairState,
    /// Whether it is nominated.
    pub nominated: bool,
    /// Whether it is what to send on.
    pub selected: bool,
    /// Its priority.
    pub priority: u64,
    /// Our address as the peer sees it.
    pub mapped: Option<SocketAddr>,
    /// The smoothed round-trip time.
    pub rtt: Option<Duration>,
    /// Checks sent, repetitions and consent checks included.
    pub requests_sent: u64,
    /// Checks of the peer that were accepted.
    pub requests_received: u64,
    /// Answers sent to the peer's checks.
    pub responses_sent: u64,
    /// Answers received to our checks.
    pub responses_received: u64,
    /// Bytes of all that was sent for them.
    pub bytes_sent: u64,
    /// Bytes of all that was received for them.
    pub bytes_received: u64,
    pub(crate) why: Why,
}

/// Where the check of a pair stands (RFC 8445 §6.1.2.6, without Frozen).
///
/// ```
/// assert_eq!(lariat_ice::PairState::InProgress.to_string(), "in progress");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PairState {
    /// Not checked yet, or to be checked again.
    Waiting,
    /// Checked, and not answered yet.
    InProgress,
    /// It works.
    Succeeded,
    /// It does not.
    Failed(PairFailure),
}

impl fmt::Display for PairState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Waiting => "waiting",
            Self::InProgress => "in progress",
            Self::Succeeded => "succeeded",
            Self::Failed(_) => "failed",
        })
    }
}

/// What a pair waits for, beyond its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    NoCredentials,
    NoConnection,
    Turn,
    Budget,
    NotNeeded,
    Answer,
    Announced,
    InUse,
    Nominated,
    Doubted,
    Unanswered,
    Spare,
    Unused,
    Failed,
}

impl PairReport {
    /// The reason for its state, in a few words. For a failed pair, [`PairFailure`] says more.
    pub const fn why(&self) -> &'static str {
        match self.why {
            Why::NoCredentials => "waits for the peer's credentials",
            Why::NoConnection => "the agent is at an end",
            Why::Turn => "waits for its turn to be checked",
            Why::Budget => "not checked, too many checks have gone unanswered",
            Why::NotNeeded => "not needed, another pair is nominated",
            Why::Answer => "checked, no answer yet",
            Why::Announced => "works, and the peer is being told to use it",
            Why::InUse => "works, and is in use until one is nominated",
            Why::Nominated => "works, and is nominated",
            Why::Unanswered => "worked, and the peer does not answer at present",
            Why::Doubted => "worked, and is being checked since something is wrong",
            Why::Spare => "worked when it was last checked, and is kept in reserve",
            Why::Unused => "worked when it was last checked, and the agent is at an end",
            Why::Failed => "failed",
        }
    }
}

impl fmt::Display for PairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.selected { '*' } else { ' ' };
        write!(
            f,
            "{mark} {} ({}) -> {} ({}): {}: ",
            self.local, self.local_kind, self.remote, self.remote_kind, self.state
        )?;
        match self.state {
            PairState::Failed(failure) => write!(f, "{failure}")?,
            _ => f.write_str(self.why())?,
        }
        write!(
            f,
            "; checks {} sent {} answered, {} received {} answered",
            self.requests_sent,
            self.responses_received,
            self.requests_received,
            self.responses_sent
        )?;
        if let Some(mapped) = self.mapped.filter(|mapped| *mapped != self.local) {
            write!(f, "; seen as {mapped}")?;
        }
        if let Some(rtt) = self.rtt {
            write!(f, "; rtt {rtt:?}")?;
        }
        Ok(())
    }
}

impl Agent {
    /// All pairs, the best first.
    pub fn pairs(&self) -> impl Iterator<Item = PairReport> + '_ {
        self.checklist.iter().map(|pair| self.report(pair))
    }

    /// Everything that one wants to know when it does not connect, as text of several lines.
    ///
    /// It names addresses, and no password.
    pub fn explain(&self) -> Explanation<'_> {
        Explanation(self)
    }

    fn report(&self, pair: &Pair) -> PairReport {
        let counts = &pair.counts;
        PairReport {
            local: pair.local.address,
            local_kind: pair.local.kind,
            remote: pair.remote.address,
            remote_kind: pair.remote.kind,
            state: match pair.state {
                CheckState::Waiting => PairState::Waiting,
                CheckState::InProgress(_) => PairState::InProgress,
                CheckState::Succeeded(_) => PairState::Succeeded,
                CheckState::Failed(failure) => PairState::Failed(failure),
            },
            nominated: pair.nomination == Nomination::Nominated,
            selected: self.selected == Some(pair.id),
            priority: pair.priority,
            mapped: pair.mapped,
            rtt: pair.rtt,
            requests_sent: counts.requests_sent,
            requests_received: counts.requests_received,
            responses_sent: counts.responses_sent,
            responses_received: counts.responses_received,
            bytes_sent: counts.bytes_sent,
            bytes_received: counts.bytes_received,
            why: self.why(pair),
        }
    }

    fn why(&self, pair: &Pair) -> Why {
        match (&pair.state, &pair.nomination) {
            (CheckState::Failed(_), _) => Why::Failed,
            (CheckState::Waiting, _) => match self.phase {
                Phase::New => Why::NoCredentials,
                Phase::Failed(_) | Phase::Closed => Why::NoConnection,
                Phase::Running(_) => match self.check_floor() {
                    Some(floor) if pair.priority <= floor => Why::NotNeeded,
                    _ if !self.spending.covers(pair.remote.address.ip()) => Why::Budget,
                    _ => Why::Turn,
                },
            },
            (CheckState::InProgress(_), _) => Why::Answer,
            (CheckState::Succeeded(consent), _) if consent.is_lost() => Why::Unanswered,
            (CheckState::Succeeded(consent), _) if consent.is_doubted() => Why::Doubted,
            (CheckState::Succeeded(_), Nomination::Nominated) => Why::Nominated,
            (CheckState::Succeeded(_), Nomination::Chosen | Nomination::Announced(_)) => {
                Why::Announced
            }
            (CheckState::Succeeded(_), _) if self.selected == Some(pair.id) => Why::InUse,
            (CheckState::Succeeded(_), _) => match self.phase {
                Phase::Failed(_) | Phase::Closed => Why::Unused,
                Phase::New | Phase::Running(_) => Why::Spare,
            },
        }
    }
}

/// What [`Agent::explain`] returns; print it.
///
/// ```
/// # use lariat_base::Seed;
/// # use lariat_ice::{Agent, Config, Role};
/// # let provider = lariat_crypto::ring::provider();
/// # let config = Config::new(provider, Seed::new([1; 32]), Role::Controlled);
/// # let agent = Agent::new(config);
/// let text = agent.explain().to_string();
/// assert!(text.starts_with("ice new, controlled"));
/// assert!(text.contains("the peer's credentials are not known"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'a>(&'a Agent);

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let agent = self.0;
        write!(f, "ice {}, {}", agent.state(), agent.role())?;
        if let Some(reason) = agent.failure() {
            write!(f, ": {reason}")?;
        }
        writeln!(f)?;
        if agent.remote.is_none() {
            let early = agent.early.len();
            writeln!(f, "the peer's credentials are not known; {early} checks of it are waiting")?;
        }
        let end = if agent.end_of_candidates { "all" } else { "so far" };
        writeln!(
            f,
            "{} local candidates, {} remote ({end}), {} pairs",
            agent.local_candidates.len(),
            agent.remote_candidates.len(),
            agent.checklist.len()
        )?;
        if agent.recovery.is_outage() {
            writeln!(f, "the pair in use does not answer; all others are checked again")?;
        }
        let CheckBudget { checks, bytes } = agent.unanswered();
        if checks > 0 {
            writeln!(f, "{checks} checks of {bytes} bytes to addresses that have not answered")?;
        }
        for pair in agent.pairs() {
            writeln!(f, "{pair}")?;
        }
        for (reason, count) in agent.dropped.iter() {
            writeln!(f, "dropped {count}: {reason}")?;
        }
        Ok(())
    }
}
