//! What can go wrong, by whose doing.

use core::fmt;

/// A candidate line cannot be read.
///
/// ```
/// use lariat_ice::{Candidate, ParseError};
///
/// let error = Candidate::parse("candidate:1 0 udp 1 192.0.2.1 9 typ host").unwrap_err();
/// assert_eq!(error, ParseError::Component);
/// assert_eq!(error.to_string(), "the component is not a number from 1 to 256");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseError {
    /// It is longer than a candidate has any reason to be.
    TooLong,
    /// It ends before the type, or with a name that has no value.
    Truncated,
    /// The foundation is not 1 to 32 ice-chars.
    Foundation,
    /// The component is not a number from 1 to 256.
    Component,
    /// The priority is not a number from 1 to 2³¹ − 1.
    Priority,
    /// The address is neither an IP address nor a name.
    Address,
    /// The port is not a number from 1 to 65535.
    Port,
    /// There is no `typ` where it should be.
    Kind,
    /// The related port is not a port.
    Related,
    /// It is well-formed, and of a kind that this agent cannot use: skip it.
    Unsupported(Unsupported),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the candidate is too long",
            Self::Truncated => "the candidate ends too early",
            Self::Foundation => "the foundation is not 1 to 32 letters, digits, + and /",
            Self::Component => "the component is not a number from 1 to 256",
            Self::Priority => "the priority is not a number from 1 to 2147483647",
            Self::Address => "the address is neither an IP address nor a name",
            Self::Port => "the port is not a number from 1 to 65535",
            Self::Kind => "there is no typ",
            Self::Related => "the related port is not a port",
            Self::Unsupported(why) => return write!(f, "unsupported: {why}"),
        })
    }
}

impl core::error::Error for ParseError {}

/// Why a well-formed candidate is of no use to this agent.
///
/// ```
/// use lariat_ice::{Candidate, ParseError, Unsupported};
///
/// let line = "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active";
/// assert_eq!(Candidate::parse(line), Err(ParseError::Unsupported(Unsupported::Transport)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsupported {
    /// Its address is a name under `.local`, to be resolved by multicast DNS.
    Mdns,
    /// Its address is another name.
    HostName,
    /// Its transport is not UDP.
    Transport,
    /// Its type is unknown.
    Kind,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mdns => "a .local name in place of an address",
            Self::HostName => "a host name in place of an address",
            Self::Transport => "a transport other than UDP",
            Self::Kind => "an unknown candidate type",
        })
    }
}

/// A candidate was not added. The agent is as it was.
///
/// ```
/// use lariat_ice::{Candidate, CandidateError};
/// # use lariat_ice::{Agent, Config, Role};
/// # use lariat_base::{Instant, Seed};
/// # let provider = lariat_crypto::ring::provider();
/// # let config = Config::new(provider, Seed::new([1; 32]), Role::Controlled);
/// # let mut agent = Agent::new(config);
/// let multicast = Candidate::host("224.0.0.251:5353".parse()?);
/// let refused = agent.add_remote_candidate(Instant::ZERO, multicast);
/// assert_eq!(refused, Err(CandidateError::Address));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CandidateError {
    /// The component is not 1: everything is bundled, and RTCP multiplexed.
    Component,
    /// The priority is not from 1 to 2³¹ − 1.
    Priority,
    /// The foundation is not 1 to 32 ice-chars.
    Foundation,
    /// The port is zero.
    Port,
    /// The address is unspecified, multicast, broadcast, or IPv4 in IPv6's clothes.
    Address,
    /// The address is IPv6 link-local and does not say on which link.
    LinkLocalWithoutScope,
    /// The remote candidate is one of our own.
    OwnAddress,
    /// The remote candidate belongs to other credentials: an earlier or a later session.
    ForeignUfrag,
    /// [`Config::remote_policy`](crate::Config::remote_policy) does not take it.
    Policy,
    /// There are as many as [`limits`](crate::limits) allow.
    TooMany,
    /// The agent is closed.
    Closed,
}

impl fmt::Display for CandidateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Component => "the component is not 1",
            Self::Priority => "the priority is not from 1 to 2147483647",
            Self::Foundation => "the foundation is not 1 to 32 letters, digits, + and /",
            Self::Port => "the port is zero",
            Self::Address => "nothing can be sent to an address of this kind",
            Self::LinkLocalWithoutScope => "a link-local address without its link",
            Self::OwnAddress => "the remote candidate is one of our own",
            Self::ForeignUfrag => "the candidate belongs to other credentials",
            Self::Policy => "candidates at addresses of this kind are not wanted here",
            Self::TooMany => "too many candidates",
            Self::Closed => "the agent is closed",
        })
    }
}

impl core::error::Error for CandidateError {}

/// Credentials were not taken. The agent is as it was.
///
/// ```
/// use lariat_ice::{Credentials, CredentialsError};
///
/// let short = Credentials { ufrag: "abcd".into(), pwd: "short".into() };
/// assert_eq!(short.validate(), Err(CredentialsError::Pwd));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The username fragment is not 4 to 256 ice-chars.
    Ufrag,
    /// The password is not 22 to 256 ice-chars.
    Pwd,
    /// The agent has others already: a restart takes a new agent.
    AlreadySet,
    /// The agent is closed.
    Closed,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ufrag => "the username fragment is not 4 to 256 letters, digits, + and /",
            Self::Pwd => "the password is not 22 to 256 letters, digits, + and /",
            Self::AlreadySet => "other remote credentials are already set",
            Self::Closed => "the agent is closed",
        })
    }
}

impl core::error::Error for CredentialsError {}

/// Why a datagram was dropped; counted by [`Agent::dropped`](crate::Agent::dropped).
///
/// ```
/// use lariat_ice::Dropped;
///
/// assert_eq!(Dropped::Integrity.to_string(), "MESSAGE-INTEGRITY missing or wrong");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// Not a well-formed STUN message.
    Malformed,
    /// A STUN message of another method than Binding.
    Method,
    /// A Binding indication: it keeps NAT bindings open and wants nothing.
    Indication,
    /// It arrived at an address that is not of a local candidate.
    UnknownLocal,
    /// A request without FINGERPRINT.
    NoFingerprint,
    /// A request for other credentials than ours, or from other credentials than the peer's.
    ForeignUfrag,
    /// MESSAGE-INTEGRITY missing or wrong.
    Integrity,
    /// A request from an address that nobody can be at.
    Address,
    /// A request without PRIORITY, or with one out of range; it was refused.
    Priority,
    /// A request with attributes that we would have to understand; it was refused.
    UnknownAttribute,
    /// A request beyond the rate at which one pair is answered.
    RateLimited,
    /// A response to no transaction under way.
    UnknownTransaction,
    /// A response from or to another address than its request's.
    Asymmetric,
    /// A response with attributes that we would have to understand, or without a mapped address.
    BadResponse,
    /// A check from a new address when there are as many candidates or pairs as may be.
    CandidateLimit,
    /// A remote candidate of other credentials, held until the peer's were known.
    ForeignCandidate,
    /// One of ours, not sent since the queue was full.
    QueueFull,
    /// It came after the agent was closed.
    Closed,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a well-formed STUN message",
            Self::Method => "a method other than Binding",
            Self::Indication => "an indication",
            Self::UnknownLocal => "arrived at an address of no local candidate",
            Self::NoFingerprint => "no FINGERPRINT",
            Self::ForeignUfrag => "foreign username fragment",
            Self::Integrity => "MESSAGE-INTEGRITY missing or wrong",
            Self::Address => "impossible source address",
            Self::Priority => "PRIORITY missing or out of range",
            Self::UnknownAttribute => "unknown attributes that must be understood",
            Self::RateLimited => "more requests than are answered",
            Self::UnknownTransaction => "a response to no transaction under way",
            Self::Asymmetric => "a response from or to another address than its request's",
            Self::BadResponse => "a response that cannot be used",
            Self::CandidateLimit => "too many candidates or pairs",
            Self::ForeignCandidate => "a candidate of other credentials",
            Self::QueueFull => "the transmit queue is full",
            Self::Closed => "the agent is closed",
        })
    }
}

/// Why the agent failed.
///
/// ```
/// use lariat_ice::FailureReason;
///
/// assert_eq!(FailureReason::ConsentExpired.to_string(), "the peer stopped answering");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureReason {
    /// There is no local candidate to send from.
    NoLocalCandidates,
    /// The peer told no candidate that could be used, and no check of it came.
    NoRemoteCandidates,
    /// No pair could be formed in time: no candidates of both sides go together.
    NoPairs,
    /// Every pair failed, and nothing of the peer arrived.
    AllPairsFailed,
    /// Every pair failed, although checks of the peer arrived: the way there is closed, or that of
    /// the answers back.
    Unanswered,
    /// The local address in use was removed, and no other pair works.
    AddressRemoved,
    /// There was a working pair, and the peer stopped answering on it (RFC 7675).
    ConsentExpired,
    /// The peer withdrew its consent with an authenticated 403 (RFC 7675 §5.2).
    ConsentRevoked,
    /// The two agents could not agree on who controls.
    RoleConflict,
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLocalCandidates => "there is no local candidate",
            Self::NoRemoteCandidates => "the peer told no usable candidate, and made no check",
            Self::NoPairs => "no candidate pair could be formed",
            Self::AllPairsFailed => "every candidate pair failed",
            Self::Unanswered => "checks of the peer arrive, and none of ours is answered",
            Self::AddressRemoved => "the address in use was removed, and no other pair works",
            Self::ConsentExpired => "the peer stopped answering",
            Self::ConsentRevoked => "the peer withdrew its consent",
            Self::RoleConflict => "the agents could not agree on who controls",
        })
    }
}
