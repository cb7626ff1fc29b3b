//! Which of a client's candidates are taken.
//!
//! For each candidate ICE sends checks to the address in it, before anything has shown that the
//! client is there. A stranger could so have this machine knock at doors inside its own network
//! that the stranger cannot reach. So an address that only this machine or its network can reach
//! is taken from a client that is as near; and only so many are taken of one session.
//!
//! A client that is left without candidates can still connect: its own checks show where it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// From where addresses can be reached, the nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// This machine only.
    Machine,
    /// The networks that use this range among themselves.
    Private(Range),
    Anywhere,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    /// 10.0.0.0/8
    Ten,
    /// 172.16.0.0/12
    Twelve,
    /// 192.168.0.0/16
    Sixteen,
    /// 100.64.0.0/10, between a provider and its customers.
    Shared,
    /// 169.254.0.0/16 and fe80::/10
    Link,
    /// fc00::/7
    Unique,
}

/// What is taken of the candidates of one client.
#[derive(Debug)]
pub(crate) struct Filter {
    sender: IpAddr,
    /// This machine's address, as the client used it.
    here: IpAddr,
    /// How many candidates may still be taken.
    left: usize,
    /// How many were not taken.
    skipped: usize,
}

impl Filter {
    pub(crate) fn new(sender: IpAddr, here: IpAddr, most: usize) -> Self {
        let (sender, here) = (sender.to_canonical(), here.to_canonical());
        Self { sender, here, left: most, skipped: 0 }
    }

    /// How many candidates were not taken.
    pub(crate) fn skipped(&self) -> usize {
        self.skipped
    }

    /// The description without the candidates that are not taken.
    pub(crate) fn description(&mut self, sdp: &str) -> String {
        let keeps = |line: &&str| match line.strip_prefix("a=candidate:") {
            Some(candidate) => self.takes(candidate),
            None => true,
        };
        sdp.split_inclusive('\n').filter(keeps).collect()
    }

    /// Whether a candidate is taken: the value of the attribute, with or without its name.
    pub(crate) fn takes(&mut self, candidate: &str) -> bool {
        let candidate = candidate.strip_prefix("candidate:").unwrap_or(candidate);
        let address = candidate.split_ascii_whitespace().nth(4);
        let is_near = match address.map(str::parse::<IpAddr>) {
            Some(Ok(address)) => self.is_near(address),
            // A name, which ICE does not resolve.
            _ => false,
        };
        let is_taken = is_near && self.left > 0;
        if is_taken {
            self.left -= 1;
        } else {
            self.skipped += 1;
        }
        is_taken
    }

    fn is_near(&self, address: IpAddr) -> bool {
        let (sender, address) = (scope(self.sender), reached(address));
        let is_here = address == self.here || scope(address) == Scope::Machine;
        if is_here {
            return sender == Scope::Machine || self.sender == self.here;
        }
        match scope(address) {
            Scope::Anywhere => true,
            // The machine is in its own networks.
            range => sender == range || sender == Scope::Machine || self.sender == self.here,
        }
    }
}

fn scope(ip: IpAddr) -> Scope {
    match ip {
        IpAddr::V4(ip) => scope_v4(ip),
        IpAddr::V6(ip) if ip.is_loopback() || ip.is_unspecified() => Scope::Machine,
        IpAddr::V6(ip) if ip.is_unicast_link_local() => Scope::Private(Range::Link),
        IpAddr::V6(ip) if ip.is_unique_local() => Scope::Private(Range::Unique),
        IpAddr::V6(_) => Scope::Anywhere,
    }
}

fn scope_v4(ip: Ipv4Addr) -> Scope {
    match ip.octets() {
        // The whole of 0.0.0.0/8 means this host on some systems.
        [127 | 0, ..] => Scope::Machine,
        [10, ..] => Scope::Private(Range::Ten),
        [172, 16..=31, ..] => Scope::Private(Range::Twelve),
        [192, 168, ..] => Scope::Private(Range::Sixteen),
        [100, 64..=127, ..] => Scope::Private(Range::Shared),
        [169, 254, ..] => Scope::Private(Range::Link),
        _ => Scope::Anywhere,
    }
}

/// Where packets to an address end up: in the IPv4 network if it is one that stands for an IPv4
/// address (mapped, translated by NAT64, tunnelled by 6to4).
fn reached(ip: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = ip.to_canonical() else { return ip.to_canonical() };
    let embedded = |ip: Ipv6Addr, shift: u32| {
        // The 32 bits at `shift`, all of which fit.
        Ipv4Addr::from_bits(u32::try_from((ip.to_bits() >> shift) & 0xffff_ffff).unwrap_or(0))
    };
    match v6.segments() {
        // rfc6052 §2.1 and rfc4291 §2.5.5.1
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => IpAddr::V4(embedded(v6, 0)),
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => IpAddr::V4(embedded(v6, 0)),
        // rfc3056 §2
        [0x2002, ..] => IpAddr::V4(embedded(v6, 80)),
        _ => IpAddr::V6(v6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(sender: &str, here: &str, address: &str) -> bool {
        let mut filter = Filter::new(sender.parse().unwrap(), here.parse().unwrap(), 1);
        filter.takes(&format!("candidate:1 1 udp 2122260223 {address} 5000 typ host"))
    }

    #[test]
    fn an_address_is_taken_from_whoever_is_as_near() {
        let public = "198.51.100.1";
        for (sender, here, address, expected) in [
            // From anywhere to anywhere.
            ("203.0.113.1", public, "203.0.113.9", true),
            ("2001:db8::1", "2001:db8::2", "2001:db8::9", true),
            // What only this machine reaches, from elsewhere.
            ("203.0.113.1", public, "127.0.0.1", false),
            ("203.0.113.1", public, "127.9.9.9", false),
            ("203.0.113.1", public, "0.0.0.0", false),
            ("203.0.113.1", public, "::1", false),
            ("203.0.113.1", public, "::", false),
            ("203.0.113.1", public, "::ffff:127.0.0.1", false),
            ("203.0.113.1", public, "198.51.100.1", false),
            ("192.168.1.7", "192.168.1.1", "127.0.0.1", false),
            // What only this network reaches, from elsewhere.
            ("203.0.113.1", public, "10.0.0.1", false),
            ("203.0.113.1", public, "172.16.0.1", false),
            ("203.0.113.1", public, "172.31.255.255", false),
            ("203.0.113.1", public, "172.32.0.1", true),
            ("203.0.113.1", public, "192.168.0.1", false),
            ("203.0.113.1", public, "100.64.0.1", false),
            ("203.0.113.1", public, "169.254.169.254", false),
            ("203.0.113.1", public, "fe80::1", false),
            ("203.0.113.1", public, "fd00::1", false),
            ("203.0.113.1", public, "::ffff:10.0.0.1", false),
            ("2001:db8::1", public, "64:ff9b::a00:1", false),
            ("2001:db8::1", public, "2002:a00:1::1", false),
            ("2001:db8::1", public, "64:ff9b::cb00:7109", true),
            // From the same network.
            ("192.168.1.7", "192.168.1.1", "192.168.9.9", true),
            ("::ffff:192.168.1.7", "192.168.1.1", "192.168.9.9", true),
            ("192.168.1.7", "192.168.1.1", "10.0.0.1", false),
            ("192.168.1.7", "192.168.1.1", "192.168.1.1", false),
            ("fd00::7", "fd00::1", "fd00::9", true),
            ("10.1.1.1", "10.1.1.2", "203.0.113.9", true),
            // From this machine.
            ("127.0.0.1", "127.0.0.1", "127.0.0.1", true),
            ("::1", "::1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.1", "192.168.1.7", true),
            ("192.168.1.1", "192.168.1.1", "192.168.1.1", true),
            ("192.168.1.1", "192.168.1.1", "127.0.0.1", true),
        ] {
            assert_eq!(takes(sender, here, address), expected, "{address} from {sender}");
        }
    }

    #[test]
    fn names_and_nonsense_are_not_taken() {
        for candidate in [
            "candidate:1 1 udp 1 name.local 9 typ host",
            "candidate:candidate: 1 1 udp 1 10.0.0.1 9 typ host",
            "candidate:",
            "",
        ] {
            let mut filter = Filter::new([203, 0, 113, 1].into(), [198, 51, 100, 1].into(), 1);
            assert!(!filter.takes(candidate), "{candidate}");
            assert_eq!(filter.skipped(), 1);
        }
    }

    #[test]
    fn a_description_loses_its_distant_candidates_and_nothing_else() {
        let sdp = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
            a=candidate:1 1 udp 1 203.0.113.9 9 typ host\r\n\
            a=candidate:2 1 udp 1 10.0.0.1 9 typ host\r\na=mid:0\r\n\
            a=candidate:3\t1  udp 1 10.0.0.1 9 typ host\na=end-of-candidates";
        let mut filter = Filter::new([203, 0, 113, 1].into(), [198, 51, 100, 1].into(), 9);
        let kept = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
            a=candidate:1 1 udp 1 203.0.113.9 9 typ host\r\na=mid:0\r\na=end-of-candidates";
        assert_eq!(filter.description(sdp), kept);
        assert_eq!(filter.skipped(), 2);
    }

    #[test]
    fn one_candidate_past_the_limit_is_not_taken() {
        let mut filter = Filter::new([203, 0, 113, 1].into(), [198, 51, 100, 1].into(), 3);
        let line = "a=candidate:1 1 udp 1 203.0.113.9 9 typ host\r\n";
        assert_eq!(filter.description(&line.repeat(2)).lines().count(), 2);
        // What follows the description counts as well.
        assert_eq!(filter.description(&line.repeat(2)).lines().count(), 1);
        assert_eq!(filter.skipped(), 1);
    }
}
