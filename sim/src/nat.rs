//! Network address translators (RFC 4787).

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use lariat_base::Instant;

/// The first port that a NAT gives out.
const FIRST_PORT: u16 = 40_000;

/// What a NAT goes by when it maps (RFC 4787 §4.1) or filters (§5).
///
/// ```
/// use lariat_sim::Behavior;
///
/// // What is often called a symmetric NAT.
/// let symmetric = [Behavior::AddressAndPortDependent; 2];
/// # let _ = symmetric;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "RFC 4787 names three")]
pub enum Behavior {
    /// The inside address alone.
    EndpointIndependent,
    /// The outside IP address too.
    AddressDependent,
    /// The outside IP address and port too.
    AddressAndPortDependent,
}

impl Behavior {
    /// Whether two outside endpoints are the same to it.
    fn is_same(self, a: SocketAddr, b: SocketAddr) -> bool {
        match self {
            Self::EndpointIndependent => true,
            Self::AddressDependent => a.ip() == b.ip(),
            Self::AddressAndPortDependent => a == b,
        }
    }
}

/// A NAT with one outside IP address, in front of some inside addresses.
///
/// ```
/// use lariat_sim::{Behavior, Nat};
///
/// let mut nat = Nat::new("203.0.113.1".parse()?, vec!["10.0.0.1:5000".parse()?])
///     .with_mapping(Behavior::EndpointIndependent)
///     .with_filtering(Behavior::AddressAndPortDependent);
/// nat.rebind();
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Nat {
    outside: IpAddr,
    inside: Vec<SocketAddr>,
    mapping: Behavior,
    filtering: Behavior,
    lifetime: Duration,
    bindings: Vec<Binding>,
    next_port: u16,
}

#[derive(Clone, Debug)]
struct Binding {
    inside: SocketAddr,
    /// The first endpoint that it was made for.
    toward: SocketAddr,
    port: u16,
    used: Instant,
    /// The endpoints that were sent to.
    contacted: Vec<SocketAddr>,
}

impl Nat {
    /// A NAT that maps independently of endpoints, filters by address and port, and forgets a
    /// binding after two minutes (RFC 4787 §4.3), which most do.
    pub const fn new(outside: IpAddr, inside: Vec<SocketAddr>) -> Self {
        Self {
            outside,
            inside,
            mapping: Behavior::EndpointIndependent,
            filtering: Behavior::AddressAndPortDependent,
            lifetime: Duration::from_secs(120),
            bindings: Vec::new(),
            next_port: FIRST_PORT,
        }
    }

    /// The same with another mapping.
    #[must_use]
    pub fn with_mapping(self, mapping: Behavior) -> Self {
        Self { mapping, ..self }
    }

    /// The same with another filter.
    #[must_use]
    pub fn with_filtering(self, filtering: Behavior) -> Self {
        Self { filtering, ..self }
    }

    /// The same with another time after which a binding that sends nothing is forgotten.
    #[must_use]
    pub fn with_lifetime(self, lifetime: Duration) -> Self {
        Self { lifetime, ..self }
    }

    /// Forgets all bindings; what leaves from now on has other ports.
    pub fn rebind(&mut self) {
        self.bindings.clear();
    }

    /// Forgets who was sent to: nothing comes in before something has gone out. Ports stay.
    pub fn forget(&mut self) {
        self.bindings.iter_mut().for_each(|binding| binding.contacted.clear());
    }

    /// Changes its outside address, as a new lease does, and forgets all bindings.
    pub fn readdress(&mut self, outside: IpAddr) {
        self.outside = outside;
        self.bindings.clear();
    }

    /// Its outside address.
    pub const fn outside(&self) -> IpAddr {
        self.outside
    }

    pub(crate) fn covers(&self, inside: SocketAddr) -> bool {
        self.inside.contains(&inside)
    }

    /// The outside address of what leaves.
    pub(crate) fn outbound(
        &mut self,
        now: Instant,
        from: SocketAddr,
        to: SocketAddr,
    ) -> SocketAddr {
        let (mapping, lifetime) = (self.mapping, self.lifetime);
        self.bindings.retain(|binding| now.saturating_since(binding.used) < lifetime);
        let known = self
            .bindings
            .iter()
            .position(|known| known.inside == from && mapping.is_same(known.toward, to));
        let index = known.unwrap_or_else(|| {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_PORT);
            let contacted = Vec::new();
            self.bindings.push(Binding { inside: from, toward: to, port, used: now, contacted });
            self.bindings.len() - 1
        });
        let binding = &mut self.bindings[index];
        // RFC 4787 §4.3, REQ-6: what goes out refreshes a binding, what comes in need not.
        binding.used = now;
        if !binding.contacted.contains(&to) {
            binding.contacted.push(to);
        }
        SocketAddr::new(self.outside, binding.port)
    }

    /// The inside address of what comes in, if it may.
    pub(crate) fn inbound(&self, now: Instant, from: SocketAddr, port: u16) -> Option<SocketAddr> {
        let binding = self.bindings.iter().find(|binding| binding.port == port)?;
        let is_alive = now.saturating_since(binding.used) < self.lifetime;
        let may_pass =
            binding.contacted.iter().any(|contacted| self.filtering.is_same(*contacted, from));
        (is_alive && may_pass).then_some(binding.inside)
    }
}

#[cfg(test)]
mod tests {
    use Behavior::{AddressAndPortDependent, AddressDependent, EndpointIndependent};

    use super::*;

    const NOW: Instant = Instant::from_millis(1_000);

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn nat() -> Nat {
        Nat::new(addr("203.0.113.1:1").ip(), vec![addr("10.0.0.1:5000")])
    }

    #[test]
    fn mapping_goes_by_as_much_of_the_endpoint_as_its_kind_says() {
        let inside = addr("10.0.0.1:5000");
        let remotes = ["192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"].map(addr);
        for (mapping, expected) in [
            (EndpointIndependent, [40_000, 40_000, 40_000]),
            (AddressDependent, [40_000, 40_000, 40_001]),
            (AddressAndPortDependent, [40_000, 40_001, 40_002]),
        ] {
            let mut nat = nat().with_mapping(mapping);
            let ports = remotes.map(|remote| nat.outbound(NOW, inside, remote).port());
            assert_eq!(ports, expected, "{mapping:?}");
            // Each is kept.
            assert_eq!(nat.outbound(NOW, inside, remotes[0]).port(), expected[0]);
        }
    }

    #[test]
    fn filtering_goes_by_as_much_of_the_endpoint_as_its_kind_says() {
        let inside = addr("10.0.0.1:5000");
        let remotes = ["192.0.2.1:1", "192.0.2.1:2", "192.0.2.2:1"].map(addr);
        for (filtering, expected) in [
            (EndpointIndependent, [true, true, true]),
            (AddressDependent, [true, true, false]),
            (AddressAndPortDependent, [true, false, false]),
        ] {
            let mut nat = nat().with_filtering(filtering);
            let port = nat.outbound(NOW, inside, remotes[0]).port();
            let passes = remotes.map(|remote| nat.inbound(NOW, remote, port) == Some(inside));
            assert_eq!(passes, expected, "{filtering:?}");
            assert_eq!(nat.inbound(NOW, remotes[0], port + 1), None);
        }
    }

    #[test]
    fn bindings_end_with_their_time_a_rebinding_and_a_new_address() {
        let (inside, remote) = (addr("10.0.0.1:5000"), addr("192.0.2.1:1"));
        let mut nat = nat();
        let first = nat.outbound(NOW, inside, remote).port();
        let late = NOW + Duration::from_secs(120);
        assert_eq!(nat.inbound(late, remote, first), None);
        assert_ne!(nat.outbound(late, inside, remote).port(), first);
        let second = nat.outbound(late, inside, remote).port();
        nat.rebind();
        assert_eq!(nat.inbound(late, remote, second), None);
        let third = nat.outbound(late, inside, remote).port();
        assert_ne!(third, second);
        nat.forget();
        assert_eq!(nat.inbound(late, remote, third), None);
        assert_eq!(nat.outbound(late, inside, remote).port(), third);
        assert_eq!(nat.inbound(late, remote, third), Some(inside));
        nat.readdress(addr("203.0.113.2:1").ip());
        assert_eq!(nat.outbound(late, inside, remote).ip(), addr("203.0.113.2:1").ip());
    }
}
