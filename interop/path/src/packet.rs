//! Whole IP packets, read and rewritten.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};

use crate::checksum;

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;

/// What an IPv4 packet carries, as far as a NAT can tell flows of it apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// UDP, with ports.
    Udp,
    /// TCP, with ports.
    Tcp,
    /// A request of ICMP for an echo, or its answer: the identifier takes the place of both ports.
    Echo,
}

/// A whole IPv4 or IPv6 packet, whose header is as long as it says.
///
/// ```
/// use lariat_path::Packet;
///
/// assert!(Packet::parse(b"this is no packet".to_vec()).is_none());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet(Vec<u8>);

/// Which end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Source,
    Destination,
}

impl Packet {
    /// Takes a packet as a device reads it; `None` if it is none.
    pub fn parse(bytes: Vec<u8>) -> Option<Self> {
        let packet = Self(bytes);
        let is_whole = match packet.version() {
            4 => {
                let header = packet.header_len();
                let total = usize::from(packet.u16(2)?);
                header >= IPV4_HEADER && total >= header && total == packet.0.len()
            }
            6 => packet.0.len() == IPV6_HEADER + usize::from(packet.u16(4)?),
            _ => false,
        };
        is_whole.then_some(packet)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its bytes, to keep.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Who sends it.
    pub fn source(&self) -> IpAddr {
        self.address(End::Source)
    }

    /// Who is to get it.
    pub fn destination(&self) -> IpAddr {
        self.address(End::Destination)
    }

    pub(crate) fn version(&self) -> u8 {
        self.0.first().map_or(0, |first| first >> 4)
    }

    pub(crate) fn header_len(&self) -> usize {
        match self.version() {
            4 => self.0.first().map_or(0, |first| usize::from(first & 0xf) * 4),
            _ => IPV6_HEADER,
        }
    }

    /// The number of the protocol that it carries. Extension headers of IPv6 are not looked behind.
    pub(crate) fn protocol_number(&self) -> u8 {
        self.byte(if self.version() == 4 { 9 } else { 6 })
    }

    /// What it carries, if it is one that flows can be told apart of.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        match self.protocol_number() {
            6 => Some(Protocol::Tcp),
            17 => Some(Protocol::Udp),
            // rfc792: an echo reply, or an echo.
            1 if matches!(self.byte(self.header_len()), 0 | 8) => Some(Protocol::Echo),
            _ => None,
        }
    }

    /// Whether routers may not break it. Those of IPv6 never may.
    pub(crate) fn is_unbreakable(&self) -> bool {
        self.version() == 6 || self.byte(6) & 0x40 != 0
    }

    /// Whether it is a part of a packet that was broken.
    pub(crate) fn is_fragment(&self) -> bool {
        self.version() == 4 && self.u16(6).unwrap_or_default() & 0x3fff != 0
    }

    /// Marks it as one that met congestion, if it may be marked.
    ///
    /// rfc3168 §5: what is not ECN-capable is left as it is; here nothing is dropped for it.
    pub(crate) fn mark(&mut self) -> bool {
        let is_capable = self.ecn() != 0;
        match (is_capable, self.version()) {
            (true, 4) => {
                let old = [self.byte(0), self.byte(1)];
                let new = [old[0], old[1] | 0b11];
                self.set_in_header(0, new);
            }
            (true, 6) => {
                let marked = self.byte(1) | 0b11 << 4;
                self.put(1, &[marked]);
            }
            _ => {}
        }
        is_capable
    }

    /// The two bits of ECN.
    pub(crate) fn ecn(&self) -> u8 {
        match self.version() {
            4 => self.byte(1) & 0b11,
            _ => self.byte(1) >> 4 & 0b11,
        }
    }

    /// The IPv4 address and the port, or what stands for it, of one end.
    pub(crate) fn socket(&self, end: End) -> Option<SocketAddrV4> {
        let IpAddr::V4(address) = self.address(end) else { return None };
        Some(SocketAddrV4::new(address, self.u16(self.port_at(end)?)?))
    }

    /// Rewrites one end of an IPv4 packet, and its checksums.
    pub(crate) fn set_socket(&mut self, end: End, to: SocketAddrV4) {
        let (Some(from), Some(port_at)) = (self.socket(end), self.port_at(end)) else { return };
        let (old, new) = (from.ip().octets(), to.ip().octets());
        let at = Self::address_at(end);
        let [a, b, c, d] = new;
        self.set_in_header(at, [a, b]);
        self.set_in_header(at + 2, [c, d]);
        let (old_port, new_port) = (from.port().to_be_bytes(), to.port().to_be_bytes());
        self.put(port_at, &new_port);
        let with_addresses = ([&old[..], &old_port].concat(), [&new[..], &new_port].concat());
        let start = self.header_len();
        match self.protocol() {
            Some(Protocol::Tcp) => self.amend_at(start + 16, &with_addresses.0, &with_addresses.1),
            // rfc768: zero says that there is none.
            Some(Protocol::Udp) if self.u16(start + 6) != Some(0) => {
                self.amend_at(start + 6, &with_addresses.0, &with_addresses.1);
                if self.u16(start + 6) == Some(0) {
                    self.put(start + 6, &[0xff, 0xff]);
                }
            }
            Some(Protocol::Echo) => self.amend_at(start + 2, &old_port, &new_port),
            _ => {}
        }
    }

    /// What follows the header.
    pub(crate) fn payload(&self) -> &[u8] {
        self.0.get(self.header_len()..).unwrap_or_default()
    }

    fn address(&self, end: End) -> IpAddr {
        if self.version() == 4 {
            IpAddr::V4(Ipv4Addr::from(self.array::<4>(Self::address_at(end))))
        } else {
            let at = if end == End::Source { 8 } else { 24 };
            IpAddr::V6(Ipv6Addr::from(self.array::<16>(at)))
        }
    }

    const fn address_at(end: End) -> usize {
        match end {
            End::Source => 12,
            End::Destination => 16,
        }
    }

    fn port_at(&self, end: End) -> Option<usize> {
        let start = self.header_len();
        match (self.protocol()?, end) {
            (Protocol::Echo, _) => Some(start + 4),
            (_, End::Source) => Some(start),
            (_, End::Destination) => Some(start + 2),
        }
    }

    /// Changes two bytes of an IPv4 header at an even place, and its checksum.
    fn set_in_header(&mut self, at: usize, new: [u8; 2]) {
        let old = self.array::<2>(at);
        self.put(at, &new);
        self.amend_at(10, &old, &new);
    }

    fn amend_at(&mut self, at: usize, old: &[u8], new: &[u8]) {
        if let Some(checksum) = self.u16(at) {
            self.put(at, &checksum::amend(checksum, old, new).to_be_bytes());
        }
    }

    fn put(&mut self, at: usize, new: &[u8]) {
        if let Some(place) = self.0.get_mut(at..at + new.len()) {
            place.copy_from_slice(new);
        }
    }

    fn byte(&self, at: usize) -> u8 {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn u16(&self, at: usize) -> Option<u16> {
        Some(u16::from_be_bytes([*self.0.get(at)?, *self.0.get(at + 1)?]))
    }

    fn array<const N: usize>(&self, at: usize) -> [u8; N] {
        let bytes = self.0.get(at..at + N).and_then(|bytes| bytes.try_into().ok());
        bytes.unwrap_or([0; N])
    }
}

/// Makes an IPv4 packet. It may not be broken on its way.
pub(crate) fn ipv4(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, body: &[u8]) -> Packet {
    let total = u16::try_from(IPV4_HEADER + body.len()).unwrap_or(u16::MAX);
    let [high, low] = total.to_be_bytes();
    let mut bytes = vec![0x45, 0, high, low, 0, 0, 0x40, 0, 64, protocol, 0, 0];
    bytes.extend(source.octets());
    bytes.extend(destination.octets());
    let checksum = checksum::of(&[&bytes]);
    bytes.extend_from_slice(body);
    let mut packet = Packet(bytes);
    packet.put(10, &checksum.to_be_bytes());
    packet
}

/// Makes an IPv6 packet without extensions.
pub(crate) fn ipv6(source: Ipv6Addr, destination: Ipv6Addr, protocol: u8, body: &[u8]) -> Packet {
    let [high, low] = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![0x60, 0, 0, 0, high, low, protocol, 64];
    bytes.extend(source.octets());
    bytes.extend(destination.octets());
    bytes.extend_from_slice(body);
    Packet(bytes)
}

/// Makes an IPv4 packet with a datagram of UDP.
pub fn udp(source: SocketAddrV4, destination: SocketAddrV4, data: &[u8]) -> Packet {
    let length = u16::try_from(8 + data.len()).unwrap_or(u16::MAX).to_be_bytes();
    let (from, to) = (source.port().to_be_bytes(), destination.port().to_be_bytes());
    let mut body = [from, to, length, [0, 0]].concat();
    body.extend_from_slice(data);
    let pseudo = [&source.ip().octets()[..], &destination.ip().octets(), &[0, 17], &length];
    let checksum = match checksum::of(&[&pseudo.concat(), &body]) {
        0 => [0xff, 0xff],
        checksum => checksum.to_be_bytes(),
    };
    let mut packet = ipv4(*source.ip(), *destination.ip(), 17, &body);
    packet.put(IPV4_HEADER + 6, &checksum);
    packet
}

#[cfg(test)]
mod tests;
