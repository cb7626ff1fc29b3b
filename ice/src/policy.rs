//! Which candidates of the peer to take.

use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use crate::Candidate;

/// Which candidates of the peer to take when signaling brings them; others are refused with
/// [`CandidateError::Policy`](crate::CandidateError::Policy).
///
/// Whoever writes a description makes us send checks to addresses of his choice. A server that
/// takes descriptions from strangers does not let them knock at its own network. An address from
/// which an authentic check of the peer arrives is not asked about: the peer is there.
///
/// ```
/// use lariat_ice::{Candidate, RemotePolicy};
///
/// let inside = Candidate::host("10.0.0.1:5000".parse()?);
/// assert!(RemotePolicy::Any.takes(&inside));
/// assert!(!RemotePolicy::Public.takes(&inside));
/// let custom = RemotePolicy::Custom(|candidate| candidate.address.is_ipv4());
/// assert!(custom.takes(&inside));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum RemotePolicy {
    /// All.
    Any,
    /// Those whose address is not of a private, shared, link-local or loopback network, nor
    /// reserved for documentation or benchmarks (RFC 6890).
    Public,
    /// Those for which this is true. It must depend on the candidate alone, so that a run can be
    /// repeated.
    Custom(fn(&Candidate) -> bool),
}

impl RemotePolicy {
    /// Whether a candidate is taken.
    pub fn takes(self, candidate: &Candidate) -> bool {
        match self {
            Self::Any => true,
            Self::Public => is_public(candidate.address.ip()),
            Self::Custom(takes) => takes(candidate),
        }
    }
}

impl fmt::Debug for RemotePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "Any",
            Self::Public => "Public",
            Self::Custom(_) => "Custom",
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => {
            let [first, second, third, fourth, fifth, sixth, seventh, eighth] = ip.segments();
            let v4 = |high: u16, low: u16| {
                let [a, b] = high.to_be_bytes();
                let [c, d] = low.to_be_bytes();
                is_public_v4(Ipv4Addr::new(a, b, c, d))
            };
            match (first, second) {
                // rfc6052 §2.1: an IPv4 address behind a translator is judged as such; so is one in
                // a 6to4 address (rfc3056 §2).
                (0x64, 0xff9b) => {
                    (third, fourth, fifth, sixth) == (0, 0, 0, 0) && v4(seventh, eighth)
                }
                (0x2002, high) => v4(high, third),
                (0x2001, 0x0db8) => false,
                // rfc4291 §2.4: everything else that is global unicast today. Below 2001:200 are
                // protocol assignments, Teredo among them, which hides an IPv4 address.
                (0x2001, second) => second >= 0x200,
                (first, _) => (0x2000..0x4000).contains(&first),
            }
        }
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocols = (a, b, c) == (192, 0, 0);
    let relays = (a, b, c) == (192, 88, 99);
    let benchmarks = a == 198 && (b == 18 || b == 19);
    let unused = a == 0 || a >= 224;
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || shared
        || protocols
        || relays
        || benchmarks
        || unused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_the_internet_is_not_public() {
        for address in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.1",
            "198.18.0.1",
            "0.1.2.3",
            "240.0.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fdff::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::1",
            "2002:7f00:1::1",
            "::ffff:10.0.0.1",
            "fec0::1",
        ] {
            assert!(!is_public(address.parse().expect("an address")), "{address}");
        }
        for address in [
            "1.1.1.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700::1",
            "2001:4860::1",
            "64:ff9b::1.1.1.1",
            "2002:101:101::1",
        ] {
            assert!(is_public(address.parse().expect("an address")), "{address}");
        }
    }
}
