use super::*;

fn at(text: &str) -> SocketAddrV4 {
    text.parse().unwrap()
}

/// Whether both checksums of a datagram in IPv4 are right.
fn is_sound(packet: &Packet) -> bool {
    let bytes = packet.bytes();
    let (header, body) = bytes.split_at(20);
    let pseudo = [&header[12..20], &[0, header[9]], &(body.len() as u16).to_be_bytes()].concat();
    checksum::of(&[header]) == 0 && checksum::of(&[&pseudo, body]) == 0
}

#[test]
fn a_datagram_is_made_with_right_checksums() {
    let packet = udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), b"odd");
    assert!(is_sound(&packet));
    assert_eq!(packet.socket(End::Source), Some(at("10.77.0.1:1000")));
    assert_eq!(packet.socket(End::Destination), Some(at("10.77.0.2:2000")));
    assert_eq!(packet.protocol(), Some(Protocol::Udp));
    assert_eq!(Packet::parse(packet.bytes().to_vec()), Some(packet));
}

#[test]
fn what_is_not_as_long_as_it_says_is_no_packet() {
    let bytes = udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), b"data").into_bytes();
    for length in 0..bytes.len() {
        assert_eq!(Packet::parse(bytes[..length].to_vec()), None, "{length} bytes");
    }
    let mut short_header = bytes.clone();
    short_header[0] = 0x44;
    assert_eq!(Packet::parse(short_header), None);
    let mut long_header = bytes;
    long_header[0] = 0x4f;
    assert_eq!(Packet::parse(long_header), None);
}

#[test]
fn a_rewritten_end_keeps_the_checksums_right() {
    let mut packet = udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), b"some data");
    packet.set_socket(End::Source, at("203.0.113.1:50000"));
    assert!(is_sound(&packet));
    assert_eq!(packet, {
        let mut same = udp(at("203.0.113.1:50000"), at("10.77.0.2:2000"), b"some data");
        same.put(10, &packet.array::<2>(10));
        same
    });
    packet.set_socket(End::Destination, at("192.0.2.7:1"));
    assert!(is_sound(&packet));
}

#[test]
fn a_datagram_without_a_checksum_stays_without() {
    let mut packet = udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), b"data");
    packet.put(26, &[0, 0]);
    packet.set_socket(End::Source, at("203.0.113.1:50000"));
    assert_eq!(packet.array::<2>(26), [0, 0]);
}

#[test]
fn a_wrong_checksum_stays_wrong() {
    let mut packet = udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), b"data");
    packet.put(26, &[1, 2]);
    packet.set_socket(End::Source, at("203.0.113.1:50000"));
    assert!(!is_sound(&packet));
}

#[test]
fn a_segment_of_tcp_and_an_echo_are_rewritten_too() {
    let (from, to) = (at("10.77.0.1:1000"), at("10.77.0.2:2000"));
    let mut body = [&1000_u16.to_be_bytes()[..], &2000_u16.to_be_bytes(), &[0; 16]].concat();
    body[12] = 0x50;
    let mut segment = ipv4(*from.ip(), *to.ip(), 6, &body);
    let pseudo = [&from.ip().octets()[..], &to.ip().octets(), &[0, 6, 0, 20]].concat();
    segment.put(36, &checksum::of(&[&pseudo, &body]).to_be_bytes());
    assert!(is_sound(&segment));
    segment.set_socket(End::Source, at("203.0.113.1:50000"));
    assert!(is_sound(&segment));

    let mut body = vec![8, 0, 0, 0, 0, 7, 0, 1];
    let checksum = checksum::of(&[&body]);
    body[2..4].copy_from_slice(&checksum.to_be_bytes());
    let mut echo = ipv4(*from.ip(), *to.ip(), 1, &body);
    echo.set_socket(End::Source, at("203.0.113.1:50000"));
    assert_eq!(echo.socket(End::Source), Some(at("203.0.113.1:50000")));
    assert_eq!(checksum::of(&[echo.payload()]), 0);
    assert_eq!(checksum::of(&[&echo.bytes()[..20]]), 0);
}

#[test]
fn only_what_is_capable_of_ecn_is_marked() {
    let mut packet = udp(at("10.77.0.1:1000"), at("10.77.0.2:2000"), b"data");
    assert!(!packet.mark());
    assert_eq!(packet.ecn(), 0);
    packet.set_in_header(0, [0x45, 0b01]);
    assert!(packet.mark());
    assert_eq!(packet.ecn(), 0b11);
    assert!(is_sound(&packet));
    let mut sixth = ipv6(Ipv6Addr::LOCALHOST, Ipv6Addr::LOCALHOST, 17, &[0; 8]);
    assert!(!sixth.mark());
    sixth.put(1, &[0b10 << 4]);
    assert!(sixth.mark());
    assert_eq!(sixth.ecn(), 0b11);
}
