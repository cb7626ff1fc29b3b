//! Candidates, and the line that describes one (RFC 8839 §5.1).

mod parse;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use crate::priority::{candidate_priority, is_valid};
use crate::{CandidateError, limits};

/// How a candidate's address was found.
///
/// ```
/// use lariat_ice::CandidateKind;
///
/// assert_eq!(CandidateKind::ServerReflexive.to_string(), "srflx");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8445 defines these four")]
pub enum CandidateKind {
    /// An address of an interface.
    Host,
    /// What a STUN server saw: the outside of a NAT.
    ServerReflexive,
    /// What the peer saw.
    PeerReflexive,
    /// An address of a TURN server that relays.
    Relayed,
}

impl CandidateKind {
    /// The recommended type preference (RFC 8445 §5.1.2.2).
    pub(crate) const fn type_preference(self) -> u32 {
        match self {
            Self::Host => 126,
            Self::PeerReflexive => 110,
            Self::ServerReflexive => 100,
            Self::Relayed => 0,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }
}

impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The transport protocol of a candidate.
///
/// ```
/// assert_eq!(lariat_ice::Transport::Udp.to_string(), "udp");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// UDP, the only one that this agent checks.
    Udp,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("udp")
    }
}

/// A transport address at which an agent may be reached.
///
/// `Display` writes the line of RFC 8839 §5.1 with its prefix, as `RTCIceCandidate.candidate` has
/// it; the alternate form `{:#}` leaves the prefix out, as the value of an `a=candidate` attribute.
///
/// ```
/// use lariat_ice::{Candidate, CandidateKind};
///
/// let line = "candidate:2 1 udp 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.0.1 rport 8998";
/// let candidate = Candidate::parse(line)?;
/// assert_eq!(candidate.kind, CandidateKind::ServerReflexive);
/// assert_eq!(candidate.to_string(), line);
/// # Ok::<(), lariat_ice::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Candidate {
    /// Equal for candidates of the same kind, base address and server (RFC 8445 §5.1.1.3); 1 to 32
    /// characters of `A-Z a-z 0-9 + /`.
    pub foundation: String,
    /// 1 for RTP, or for everything where RTCP is multiplexed; 1 to 256.
    pub component: u16,
    /// The transport protocol.
    pub transport: Transport,
    /// Higher is preferred; 1 to 2³¹ − 1.
    pub priority: u32,
    /// Where to send to.
    pub address: SocketAddr,
    /// How the address was found.
    pub kind: CandidateKind,
    /// For reflexive candidates the base, for relayed ones the mapped address; `0.0.0.0:9` or
    /// `[::]:9` if whoever made it does not tell.
    pub related: Option<SocketAddr>,
    /// Names and values that follow, in order, understood or not.
    pub extensions: Vec<(String, String)>,
}

impl Candidate {
    /// A host candidate for component 1. IPv6 gets the higher local preference.
    ///
    /// An agent with several addresses of one family gives each a preference of its own with
    /// [`with_local_preference`](Self::with_local_preference).
    ///
    /// The foundation is derived from the IP address, without a key. Whoever hides the address
    /// (mDNS) also sets [`foundation`](Self::foundation).
    pub fn host(address: SocketAddr) -> Self {
        Self::new(CandidateKind::Host, address, address.ip(), None)
    }

    /// A server-reflexive candidate: `address` is what the server saw of `base`.
    pub fn server_reflexive(address: SocketAddr, base: SocketAddr) -> Self {
        Self::new(CandidateKind::ServerReflexive, address, base.ip(), Some(base))
    }

    /// A peer-reflexive candidate: `address` is what the peer saw of `base`.
    pub fn peer_reflexive(address: SocketAddr, base: SocketAddr) -> Self {
        Self::new(CandidateKind::PeerReflexive, address, base.ip(), Some(base))
    }

    /// A relayed candidate: `address` is the server's, `mapped` what the server saw of us.
    pub fn relayed(address: SocketAddr, mapped: SocketAddr) -> Self {
        Self::new(CandidateKind::Relayed, address, address.ip(), Some(mapped))
    }

    fn new(
        kind: CandidateKind,
        address: SocketAddr,
        base: IpAddr,
        related: Option<SocketAddr>,
    ) -> Self {
        // rfc8421 §4: prefer IPv6, but only by a step, so that the two families alternate.
        let local_preference = if address.is_ipv6() { u16::MAX } else { u16::MAX - 1 };
        Self {
            foundation: foundation(kind, base),
            component: 1,
            transport: Transport::Udp,
            priority: candidate_priority(kind, local_preference, 1),
            address,
            kind,
            related,
            extensions: Vec::new(),
        }
    }

    /// The same with the priority that RFC 8445 §5.1.2.1 computes from `local_preference`.
    #[must_use]
    pub fn with_local_preference(mut self, local_preference: u16) -> Self {
        self.priority = candidate_priority(self.kind, local_preference, self.component);
        self
    }

    /// The address that datagrams are sent from when this is a local candidate.
    pub fn base(&self) -> SocketAddr {
        match self.kind {
            CandidateKind::Host | CandidateKind::Relayed => self.address,
            CandidateKind::ServerReflexive | CandidateKind::PeerReflexive => {
                self.related.unwrap_or(self.address)
            }
        }
    }

    /// The value of the extension called `name`.
    pub fn extension(&self, name: &str) -> Option<&str> {
        let (_, value) = self.extensions.iter().find(|(found, _)| found == name)?;
        Some(value)
    }

    /// The username fragment that the candidate says it belongs to.
    pub fn ufrag(&self) -> Option<&str> {
        self.extension("ufrag")
    }

    /// Whether this agent can do anything with it.
    pub(crate) fn check(&self) -> Result<(), CandidateError> {
        // One component: Lariat always bundles and multiplexes RTCP.
        if self.component != 1 {
            return Err(CandidateError::Component);
        }
        if !is_valid(self.priority) {
            return Err(CandidateError::Priority);
        }
        if !parse::is_foundation(&self.foundation) {
            return Err(CandidateError::Foundation);
        }
        if self.extensions.len() > limits::MAX_CANDIDATE_EXTENSIONS {
            return Err(CandidateError::TooMany);
        }
        check_address(self.address)
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            f.write_str("candidate:")?;
        }
        write!(
            f,
            "{} {} {} {} {} {} typ {}",
            self.foundation,
            self.component,
            self.transport,
            self.priority,
            self.address.ip(),
            self.address.port(),
            self.kind
        )?;
        // rfc8839 §5.1: reflexive and relayed candidates have a related address, and host ones
        // none.
        match (self.kind, self.related) {
            (CandidateKind::Host, _) => {}
            (_, Some(related)) => write!(f, " raddr {} rport {}", related.ip(), related.port())?,
            (_, None) if self.address.is_ipv6() => f.write_str(" raddr :: rport 9")?,
            (_, None) => f.write_str(" raddr 0.0.0.0 rport 9")?,
        }
        self.extensions.iter().try_for_each(|(name, value)| write!(f, " {name} {value}"))
    }
}

/// Whether checks may be sent there, as far as the address itself tells.
pub(crate) fn check_address(address: SocketAddr) -> Result<(), CandidateError> {
    if address.port() == 0 {
        return Err(CandidateError::Port);
    }
    let usable = match address {
        SocketAddr::V4(v4) => {
            let ip = v4.ip();
            !(ip.is_unspecified() || ip.is_multicast() || ip.is_broadcast())
        }
        SocketAddr::V6(v6) => {
            let ip = v6.ip();
            if ip.is_unicast_link_local() && v6.scope_id() == 0 {
                return Err(CandidateError::LinkLocalWithoutScope);
            }
            !(ip.is_unspecified() || ip.is_multicast() || ip.to_ipv4_mapped().is_some())
        }
    };
    if usable { Ok(()) } else { Err(CandidateError::Address) }
}

/// The same for the same kind and base address (RFC 8445 §5.1.1.3), as a number like those of
/// browsers.
fn foundation(kind: CandidateKind, base: IpAddr) -> String {
    let mut hash = 0x811c_9dc5_u32;
    let mut add = |byte: u8| hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    kind.name().bytes().for_each(&mut add);
    match base {
        IpAddr::V4(ip) => ip.octets().into_iter().for_each(&mut add),
        IpAddr::V6(ip) => ip.octets().into_iter().for_each(&mut add),
    }
    alloc::format!("{hash}")
}
