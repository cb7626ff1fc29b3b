//! Messages of ICMP: those that a narrow path sends, and what a NAT does with those of others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};

use crate::checksum;
use crate::packet::{self, End, Packet, Protocol};

/// Where messages of the path itself come from.
pub(crate) const ROUTER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const ROUTER_V6: Ipv6Addr = Ipv6Addr::new(0xfd77, 0, 0, 0, 0, 0, 0, 0xff);

/// How much of the packet is quoted in a message of IPv4.
/// rfc1812 §4.3.2.3: as much as fits in 576 bytes.
const QUOTED_V4: usize = 576 - 28;

/// How much of the packet is quoted in a message of IPv6.
/// rfc4443 §3.2: as much as fits in 1,280 bytes.
const QUOTED_V6: usize = 1_280 - 48;

/// Where the quoted packet starts in an error of ICMP, behind the header of IPv4.
const QUOTED_AT: usize = 8;

/// The message to the sender of a packet that does not fit through `mtu` bytes.
pub(crate) fn too_big(packet: &Packet, mtu: usize) -> Packet {
    let (packet_source, bytes) = (packet.source(), packet.bytes());
    match packet_source {
        IpAddr::V4(source) => {
            let mtu = u16::try_from(mtu).unwrap_or(u16::MAX).to_be_bytes();
            // rfc1191 §4: destination unreachable, fragmentation needed, with the next hop's MTU.
            let mut body = vec![3, 4, 0, 0, 0, 0, mtu[0], mtu[1]];
            body.extend(bytes.iter().take(QUOTED_V4));
            set_checksum(&mut body, &[]);
            packet::ipv4(ROUTER_V4, source, 1, &body)
        }
        IpAddr::V6(source) => {
            let mtu = u32::try_from(mtu).unwrap_or(u32::MAX).to_be_bytes();
            // rfc4443 §3.2: packet too big.
            let mut body = [&[2, 0, 0, 0], &mtu[..]].concat();
            body.extend(bytes.iter().take(QUOTED_V6));
            let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
            let pseudo =
                [&ROUTER_V6.octets()[..], &source.octets(), &length, &[0, 0, 0, 58]].concat();
            set_checksum(&mut body, &pseudo);
            packet::ipv6(ROUTER_V6, source, 58, &body)
        }
    }
}

fn set_checksum(body: &mut [u8], pseudo_header: &[u8]) {
    let checksum = checksum::of(&[pseudo_header, body]);
    if let Some(place) = body.get_mut(2..4) {
        place.copy_from_slice(&checksum.to_be_bytes());
    }
}

/// Whether it is a message of IPv4 about another packet.
pub(crate) fn is_error(packet: &Packet) -> bool {
    packet.version() == 4
        && packet.protocol_number() == 1
        && !packet.is_fragment()
        // rfc792: unreachable, source quench, redirect, time exceeded, parameter problem.
        && matches!(packet.payload().first(), Some(3..=5 | 11 | 12))
}

/// One end of the packet that a message is about.
pub(crate) fn quoted(error: &Packet, end: End) -> Option<(Protocol, SocketAddrV4)> {
    let quoted = Quoted::of(error)?;
    Some((quoted.protocol, quoted.socket(error, end)?))
}

/// Rewrites one end of the packet that a message is about, and the same address where the message
/// itself has it. rfc5508 §4.2: the addresses and the port, inside and outside.
///
/// The checksum of what the quoted packet carries stays: much of it is missing, and no receiver
/// looks at it.
pub(crate) fn rewrite(error: &Packet, end: End, to: SocketAddrV4) -> Option<Packet> {
    let quoted = Quoted::of(error)?;
    let mut body = error.payload().to_vec();
    let address_at = QUOTED_AT + if end == End::Source { 12 } else { 16 };
    body.get_mut(address_at..address_at + 4)?.copy_from_slice(&to.ip().octets());
    let port_at = quoted.port_at(end);
    body.get_mut(port_at..port_at + 2)?.copy_from_slice(&to.port().to_be_bytes());
    let header = body.get_mut(QUOTED_AT..QUOTED_AT + quoted.header_len)?;
    header.get_mut(10..12)?.fill(0);
    let checksum = checksum::of(&[header]).to_be_bytes();
    header.get_mut(10..12)?.copy_from_slice(&checksum);
    body.get_mut(2..4)?.fill(0);
    set_checksum(&mut body, &[]);
    let (IpAddr::V4(mut source), IpAddr::V4(mut destination)) =
        (error.source(), error.destination())
    else {
        return None;
    };
    // The message goes the other way than what it is about.
    match end {
        End::Source => destination = *to.ip(),
        End::Destination => source = *to.ip(),
    }
    Some(packet::ipv4(source, destination, 1, &body))
}

/// What a message is about, of which only the beginning may be there.
struct Quoted {
    protocol: Protocol,
    header_len: usize,
}

impl Quoted {
    fn of(error: &Packet) -> Option<Self> {
        let quoted = error.payload().get(QUOTED_AT..)?;
        let first = quoted.first()?;
        let header_len = usize::from(first & 0xf) * 4;
        if first >> 4 != 4 || header_len < 20 {
            return None;
        }
        let protocol = match quoted.get(9)? {
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            1 => Protocol::Echo,
            _ => return None,
        };
        Some(Self { protocol, header_len })
    }

    fn port_at(&self, end: End) -> usize {
        let start = QUOTED_AT + self.header_len;
        match (self.protocol, end) {
            (Protocol::Echo, _) => start + 4,
            (_, End::Source) => start,
            (_, End::Destination) => start + 2,
        }
    }

    fn socket(&self, error: &Packet, end: End) -> Option<SocketAddrV4> {
        let body = error.payload();
        let address_at = QUOTED_AT + if end == End::Source { 12 } else { 16 };
        let address: [u8; 4] = body.get(address_at..address_at + 4)?.try_into().ok()?;
        let port_at = self.port_at(end);
        let port: [u8; 2] = body.get(port_at..port_at + 2)?.try_into().ok()?;
        Some(SocketAddrV4::new(address.into(), u16::from_be_bytes(port)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> SocketAddrV4 {
        text.parse().unwrap()
    }

    #[test]
    fn a_message_of_ipv4_names_the_mtu_and_quotes_the_packet() {
        let packet = packet::udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), &[7; 1_000]);
        let message = too_big(&packet, 600);
        assert_eq!(message.bytes().len(), 576);
        assert_eq!(message.destination(), packet.source());
        assert!(is_error(&message));
        assert_eq!(message.payload()[..2], [3, 4]);
        assert_eq!(message.payload()[6..8], 600_u16.to_be_bytes());
        assert_eq!(checksum::of(&[message.payload()]), 0);
        assert_eq!(quoted(&message, End::Source), Some((Protocol::Udp, at("10.77.0.1:1000"))));
        assert_eq!(quoted(&message, End::Destination), Some((Protocol::Udp, at("10.77.0.2:2000"))));
    }

    #[test]
    fn a_message_of_ipv6_fits_into_the_smallest_mtu() {
        let (from, to) = (Ipv6Addr::LOCALHOST, Ipv6Addr::UNSPECIFIED);
        let message = too_big(&packet::ipv6(from, to, 17, &[0; 1_400]), 1_300);
        assert_eq!(message.bytes().len(), 1_280);
        assert_eq!(message.payload()[4..8], 1_300_u32.to_be_bytes());
        let length = u32::try_from(message.payload().len()).unwrap().to_be_bytes();
        let pseudo = [&ROUTER_V6.octets()[..], &from.octets(), &length, &[0, 0, 0, 58]].concat();
        assert_eq!(checksum::of(&[&pseudo, message.payload()]), 0);
    }

    #[test]
    fn a_rewritten_message_is_sound_inside_and_outside() {
        let packet = packet::udp(at("203.0.113.1:50000"), at("10.77.0.2:2000"), b"data");
        let body = [&[3, 3, 0, 0, 0, 0, 0, 0], packet.bytes()].concat();
        let error = packet::ipv4([10, 77, 0, 2].into(), [203, 0, 113, 1].into(), 1, &body);
        let inside = rewrite(&error, End::Source, at("10.77.0.1:1000")).unwrap();
        assert_eq!(quoted(&inside, End::Source), Some((Protocol::Udp, at("10.77.0.1:1000"))));
        assert_eq!(inside.destination(), IpAddr::from([10, 77, 0, 1]));
        assert_eq!(checksum::of(&[inside.payload()]), 0);
        assert_eq!(checksum::of(&[&inside.payload()[8..28]]), 0);
    }

    #[test]
    fn a_message_about_too_little_is_left_alone() {
        for length in 0..28 {
            let body = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &[0x45; 28][..length]].concat();
            let error = packet::ipv4([10, 77, 0, 2].into(), [203, 0, 113, 1].into(), 1, &body);
            assert_eq!(quoted(&error, End::Source), None, "{length} bytes");
            assert_eq!(rewrite(&error, End::Source, at("10.77.0.1:1")), None, "{length} bytes");
        }
    }
}
