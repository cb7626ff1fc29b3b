//! Where a request comes from: what is divided is divided between sources.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// One sender, as far as addresses tell: an IPv4 address, or the /64 that one subscriber has of
/// IPv6, where whoever has one address has all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source(IpAddr);

/// The two ends of an HTTP connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ends {
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
}

impl Ends {
    /// The addresses of sockets that take both IP versions are brought to the version they are of.
    pub(crate) fn new(remote: SocketAddr, local: SocketAddr) -> Self {
        let canonical =
            |address: SocketAddr| SocketAddr::new(address.ip().to_canonical(), address.port());
        Self { remote: canonical(remote), local: canonical(local) }
    }

    pub(crate) fn source(&self) -> Source {
        Source::of(self.remote.ip())
    }
}

impl Source {
    pub(crate) fn of(ip: IpAddr) -> Self {
        Self(match ip.to_canonical() {
            IpAddr::V6(ip) if !ip.is_loopback() => {
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64))
            }
            ip => ip,
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V6(ip) if !ip.is_loopback() => write!(f, "{ip}/64"),
            ip => ip.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_ipv4_address_or_the_first_half_of_an_ipv6_one() {
        for (ip, shown) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("::1", "::1"),
            ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(Source::of(ip.parse().unwrap()).to_string(), shown);
        }
        let of = |ip: &str| Source::of(ip.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
