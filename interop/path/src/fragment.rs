//! Breaking packets that do not fit, where that is allowed.

use crate::checksum;
use crate::packet::Packet;

/// The parts of an IPv4 packet that fit through `mtu` bytes; nothing if it cannot be broken.
///
/// rfc791 §3.2: every part but the last one carries a multiple of eight bytes. Options are copied
/// into every part, those too that should not be: no part is ever broken again here.
pub(crate) fn parts(packet: &Packet, mtu: usize) -> Vec<Packet> {
    let bytes = packet.bytes();
    let header_len = packet.header_len();
    let room = mtu.saturating_sub(header_len) & !7;
    let Some((header, payload)) = bytes.split_at_checked(header_len) else { return Vec::new() };
    if room == 0 || packet.is_unbreakable() || packet.is_fragment() {
        return Vec::new();
    }
    let count = payload.len().div_ceil(room);
    payload
        .chunks(room)
        .enumerate()
        .filter_map(|(index, chunk)| {
            let mut part = header.to_vec();
            let total = u16::try_from(header_len + chunk.len()).ok()?;
            part.get_mut(2..4)?.copy_from_slice(&total.to_be_bytes());
            let more = u16::from(index + 1 < count) << 13;
            let offset = u16::try_from(index * room / 8).ok()?;
            part.get_mut(6..8)?.copy_from_slice(&(more | offset).to_be_bytes());
            part.get_mut(10..12)?.fill(0);
            let checksum = checksum::of(&[&part]).to_be_bytes();
            part.get_mut(10..12)?.copy_from_slice(&checksum);
            part.extend_from_slice(chunk);
            Packet::parse(part)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::udp;

    /// A datagram that routers may break.
    fn breakable(length: usize) -> Packet {
        let (from, to) = ("10.77.0.1:1".parse().unwrap(), "10.77.0.2:2".parse().unwrap());
        let mut bytes = udp(from, to, &vec![9; length]).into_bytes();
        bytes[6] = 0;
        Packet::parse(bytes).unwrap()
    }

    #[test]
    fn the_parts_of_a_packet_make_it_again() {
        let packet = breakable(1_000);
        let parts = parts(&packet, 600);
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|part| part.bytes().len() <= 600 && part.is_fragment()));
        assert!(parts.iter().all(|part| checksum::of(&[&part.bytes()[..20]]) == 0));
        let payload: Vec<u8> = parts.iter().flat_map(|part| part.payload().to_vec()).collect();
        assert_eq!(payload, packet.payload());
        assert_eq!(parts[0].bytes()[6..8], [0x20, 0]);
        assert_eq!(parts[1].bytes()[6..8], u16::to_be_bytes(576 / 8));
    }

    #[test]
    fn what_may_not_be_broken_is_not() {
        let (from, to) = ("10.77.0.1:1".parse().unwrap(), "10.77.0.2:2".parse().unwrap());
        assert_eq!(parts(&udp(from, to, &[9; 1_000]), 600), []);
        assert_eq!(parts(&breakable(1_000), 27), []);
    }
}
