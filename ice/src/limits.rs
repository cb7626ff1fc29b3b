//! How much of everything an agent keeps.
//!
//! Whoever knows the credentials of a session can send checks, and whoever controls the signaling
//! can send candidates; neither may make an agent grow, or make it send to many addresses, beyond
//! these.

/// Local candidates, those learnt from responses included.
pub const MAX_LOCAL_CANDIDATES: usize = 32;

/// Remote candidates that came by signaling.
pub const MAX_REMOTE_CANDIDATES: usize = 100;

/// Remote candidates learnt from the source of checks, beside those that came by signaling.
pub const MAX_PEER_REFLEXIVE_CANDIDATES: usize = 32;

/// Candidate pairs, unless [`Config::max_pairs`](crate::Config::max_pairs) says otherwise (RFC 8445
/// §6.1.2.5).
pub const DEFAULT_MAX_PAIRS: usize = 100;

/// The most that [`Config::max_pairs`](crate::Config::max_pairs) may ask for.
pub const MAX_PAIRS: usize = 400;

/// Checks remembered from before the remote credentials were known.
pub const MAX_EARLY_CHECKS: usize = 16;

/// Transactions of one pair that may still be answered.
pub const MAX_OUTSTANDING: usize = 16;

/// Datagrams waiting for `poll_transmit`; a further one counts as lost.
pub const MAX_QUEUED_TRANSMITS: usize = 128;

/// Events waiting for `poll_event`; a further one pushes out the oldest.
pub const MAX_QUEUED_EVENTS: usize = 64;

/// Responses per second to one pair of addresses, and the burst above that.
pub const RESPONSES_PER_SECOND: u32 = 50;

/// Responses per second to requests that belong to no pair, and the burst above that.
pub const UNPAIRED_RESPONSES_PER_SECOND: u32 = 100;

/// Role switches before the agent gives up on a peer that never agrees.
pub const MAX_ROLE_SWITCHES: u32 = 8;

/// The shortest time between two connectivity checks, whatever the configuration says, in
/// milliseconds (RFC 8445 §14.2).
pub const MIN_PACING_MILLIS: u64 = 5;

/// The shortest basic interval of consent checks in milliseconds: 0.8 of it is the 4 seconds below
/// which RFC 7675 §5.1 forbids to go.
pub const MIN_CONSENT_INTERVAL_MILLIS: u64 = 5_000;

/// The most that [`Config::check_transmissions`](crate::Config::check_transmissions) may ask for:
/// with a timeout of 500 ms that doubles, the last leaves after four and a half hours.
pub const MAX_CHECK_TRANSMISSIONS: u32 = 16;

/// The longest that consent may last without an answer, in milliseconds (RFC 7675 §5.1).
pub const MAX_CONSENT_EXPIRY_MILLIS: u64 = 30_000;

/// The longest candidate line, in bytes.
pub const MAX_CANDIDATE_LINE: usize = 1_024;

/// Extension attributes of one candidate.
pub const MAX_CANDIDATE_EXTENSIONS: usize = 16;

/// The longest foundation, in characters (RFC 8839 §5.1).
pub const MAX_FOUNDATION: usize = 32;

/// The longest username fragment and password, in characters (RFC 8839 §5.4).
pub const MAX_CREDENTIAL: usize = 256;

/// How long nothing may arrive on the pair in use, after traffic has flowed on it, until it is
/// checked, in milliseconds.
pub const SILENCE_MILLIS: u64 = 500;

/// How many datagrams in a row are traffic whose end says something.
pub const MIN_FLOW: u32 = 3;

/// The longest time between two datagrams of one flow, in milliseconds.
pub const FLOW_GAP_MILLIS: u64 = 1_000;

/// How long a pair in use that is doubted may leave three checks unanswered before another one that
/// works is used, in milliseconds; twice the round-trip time, if that is longer.
pub const DOUBT_MILLIS: u64 = 500;

/// Two checks of the peer on the pair in use within so many milliseconds say that it does not hear
/// us: consent checks are four seconds apart (RFC 7675 §5.1), and those of browsers two and a half.
pub const HINT_GAP_MILLIS: u64 = 1_000;

/// The shortest time between two checks of the pair in use that checks of the peer cause, in
/// milliseconds: whoever repeats recorded ones makes us send no more than one a second.
pub const HINT_INTERVAL_MILLIS: u64 = 1_000;

/// How long after a nomination a further one is taken for a better pair of the same search, in
/// milliseconds; later, the peer has left the pair.
pub const SETTLING_MILLIS: u64 = 3_000;

/// How often in a row the pair in use may be left for another one while the peer's consent for it
/// lasts; then once per [`SWITCH_INTERVAL_MILLIS`].
pub const MAX_SWITCH_BURST: u32 = 4;

/// See [`MAX_SWITCH_BURST`], in milliseconds.
pub const SWITCH_INTERVAL_MILLIS: u64 = 5_000;

/// How long the owner waits in an outage before it is told that a restart is needed, in
/// milliseconds.
pub const RESTART_AFTER_MILLIS: u64 = 5_000;

/// How long, after the last pair in use has lost consent, others are still checked before the agent
/// fails, in milliseconds; counted from when the outage began.
pub const RECOVERY_MILLIS: u64 = 5_000;

/// Connectivity checks that an agent sends to addresses that have not answered, unless
/// [`Config::check_budget`](crate::Config::check_budget) says otherwise: a first check of 100 pairs
/// and more than one repetition of each.
pub const MAX_UNANSWERED_CHECKS: u32 = 256;

/// The bytes of these checks, likewise. Between two agents of this kind a check has 84 to 96.
pub const MAX_UNANSWERED_BYTES: u32 = 25_600;

/// Checks sent to one IP address, whatever the port, until an authentic answer came from there.
pub const MAX_UNANSWERED_CHECKS_PER_ADDRESS: u32 = 128;

/// The bytes of these checks.
pub const MAX_UNANSWERED_BYTES_PER_ADDRESS: u32 = 12_800;

/// IP addresses of which an agent remembers what it has sent there; others are not checked then.
pub const MAX_CHECKED_ADDRESSES: usize = 512;

/// How long after its latest check on a pair the peer counts as present there, in milliseconds: two
/// consent checks, of which one may be lost.
pub const PRESENT_MILLIS: u64 = 12_000;

/// How often the check of a pair is begun anew, after all its transmissions were lost, while checks
/// of the peer arrive on it.
pub const MAX_RENEWALS: u32 = 3;

/// Checks sent to an IP address from which an authentic check of the peer came, although what there
/// was for all is used up; until an authentic answer came from there.
pub const MAX_CHECKS_OF_HEARD: u32 = 16;
