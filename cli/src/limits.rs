//! What is bounded, and by how much.
//!
//! The figures that a guest can use up are divided by where requests come from: see
//! [`Places`](crate::places::Places).

use std::time::Duration;

/// HTTP connections at one time. Below the 1,024 descriptors that a process usually has, with
/// room for the sockets of [`SESSIONS`].
pub(crate) const CONNECTIONS: usize = 256;
/// HTTP connections of one source; a browser opens six at most.
pub(crate) const CONNECTIONS_PER_SOURCE: usize = 32;
/// Sessions at one time; each is a socket, a task, and what its client makes it hold.
pub(crate) const SESSIONS: usize = 64;
/// Sessions of one source at one time. As many may be started at once.
pub(crate) const SESSIONS_PER_SOURCE: usize = 16;
/// Sessions at one time whose client has answered no connectivity check yet. They are the ones
/// that send checks to addresses that somebody merely named.
pub(crate) const UNPROVEN_SESSIONS: usize = 16;
/// How soon a source that has started as many sessions as it may start at once gets one more.
pub(crate) const START_INTERVAL: Duration = Duration::from_secs(1);
/// Sources whose recent starts are remembered; past that the one is forgotten that was quiet for
/// longest.
pub(crate) const SOURCES: usize = 1_024;

/// How long a client may take from its connection, or from its last answer, until a request's
/// head is complete.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request's body may take.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection is used for further requests.
pub(crate) const CONNECTION_LIFETIME: Duration = Duration::from_secs(120);
/// How long the last answer on a connection may take.
pub(crate) const LAST_ANSWER: Duration = Duration::from_secs(10);
/// Bytes of a request's head.
pub(crate) const HEAD: usize = 16 * 1024;
/// Lines in a request's head.
pub(crate) const HEADERS: usize = 64;
/// Bytes of a description; those of browsers with every codec have some ten thousand.
pub(crate) const BODY: usize = 256 * 1024;
/// How long nothing is accepted when the system has no descriptors left, unless a connection ends
/// before.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// How long a client may take until ICE has found a path to it: whoever proves nothing does not
/// keep a place.
pub(crate) const PROOF_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a client may take until it is connected.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// Candidates that are taken for one session, of the description and of what follows it together.
pub(crate) const CANDIDATES: usize = 32;
/// How long what was accepted for a client is delivered when the server stops.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Data channels that a client may have open in one session.
pub(crate) const CHANNELS: usize = 32;

/// Characters of a string of somebody else's in one line of the log.
pub(crate) const QUOTED: usize = 120;
/// Lines about refusals that are logged at once; after them, one a second.
pub(crate) const REFUSAL_LINES: u32 = 8;
/// Lines about sessions that are logged at once; after them, ten a second.
pub(crate) const SESSION_LINES: u32 = 200;
