use super::*;
use crate::packet::{self, udp};

const INSIDE: &str = "10.77.0.1:1000";
const PEER: &str = "10.77.0.2:2000";

fn at(text: &str) -> SocketAddrV4 {
    text.parse().unwrap()
}

fn nat(mapping: Dependence, filtering: Dependence) -> Nat {
    let settings = NatSettings::new([203, 0, 113, 1].into());
    Nat::new(NatSettings { mapping, filtering, ..settings })
}

fn usual() -> Nat {
    Nat::new(NatSettings::new([203, 0, 113, 1].into()))
}

/// Where a datagram to `to` comes from outside.
fn leave(nat: &mut Nat, now: Instant, to: &str) -> SocketAddrV4 {
    let mut packet = udp(at(INSIDE), at(to), b"out");
    nat.outward(now, &mut packet).unwrap();
    packet.socket(End::Source).unwrap()
}

/// Who gets a datagram from outside.
fn enter(nat: &mut Nat, now: Instant, from: &str, to: SocketAddrV4) -> Result<String, Refused> {
    let mut packet = udp(at(from), to, b"in");
    nat.inward(now, &mut packet)?;
    Ok(packet.socket(End::Destination).unwrap().to_string())
}

#[test]
fn mappings_depend_on_as_much_of_the_peer_as_they_should() {
    use Dependence::*;
    for (mapping, other_port, other_address) in [
        (EndpointIndependent, true, true),
        (AddressDependent, true, false),
        (AddressAndPortDependent, false, false),
    ] {
        let mut nat = nat(mapping, EndpointIndependent);
        let outside = leave(&mut nat, Instant::ZERO, PEER);
        assert_eq!(leave(&mut nat, Instant::ZERO, PEER), outside);
        let same = leave(&mut nat, Instant::ZERO, "10.77.0.2:2001") == outside;
        assert_eq!(same, other_port, "{mapping:?}");
        let same = leave(&mut nat, Instant::ZERO, "10.77.0.3:2000") == outside;
        assert_eq!(same, other_address, "{mapping:?}");
    }
}

#[test]
fn filters_depend_on_as_much_of_the_peer_as_they_should() {
    use Dependence::*;
    for (filtering, other_port, other_address) in [
        (EndpointIndependent, true, true),
        (AddressDependent, true, false),
        (AddressAndPortDependent, false, false),
    ] {
        let mut nat = nat(EndpointIndependent, filtering);
        let outside = leave(&mut nat, Instant::ZERO, PEER);
        let mut enters = |from| enter(&mut nat, Instant::ZERO, from, outside);
        let expected = |enters| if enters { Ok(INSIDE.to_owned()) } else { Err(Refused::Filtered) };
        assert_eq!(enters(PEER), Ok(INSIDE.to_owned()));
        assert_eq!(enters("10.77.0.2:2001"), expected(other_port), "{filtering:?}");
        assert_eq!(enters("10.77.0.3:2000"), expected(other_address), "{filtering:?}");
    }
}

#[test]
fn what_nobody_asked_for_does_not_enter() {
    let mut nat = usual();
    let unmapped = enter(&mut nat, Instant::ZERO, PEER, at("203.0.113.1:40000"));
    assert_eq!(unmapped, Err(Refused::Unmapped));
    leave(&mut nat, Instant::ZERO, PEER);
    let inside = enter(&mut nat, Instant::ZERO, PEER, at(INSIDE));
    assert_eq!(inside, Err(Refused::Unmapped), "nobody outside reaches an address inside");
}

#[test]
fn a_rebinding_ends_the_old_port_and_keeps_the_filter() {
    let mut nat = usual();
    let old = leave(&mut nat, Instant::ZERO, PEER);
    nat.rebind();
    assert_eq!(enter(&mut nat, Instant::ZERO, PEER, old), Err(Refused::Unmapped));
    let new = leave(&mut nat, Instant::ZERO, PEER);
    assert_ne!(new, old);
    assert_eq!(new.ip(), old.ip());
    assert_eq!(enter(&mut nat, Instant::ZERO, PEER, new), Ok(INSIDE.to_owned()));
}

#[test]
fn what_is_forgotten_comes_back_from_inside_only() {
    let mut nat = usual();
    let old = leave(&mut nat, Instant::ZERO, PEER);
    nat.forget();
    assert_eq!(enter(&mut nat, Instant::ZERO, PEER, old), Err(Refused::Unmapped));
    assert_ne!(leave(&mut nat, Instant::ZERO, PEER), old);
}

#[test]
fn a_move_changes_the_address() {
    let mut nat = usual();
    let old = leave(&mut nat, Instant::ZERO, PEER);
    nat.move_to([203, 0, 113, 9].into());
    let new = leave(&mut nat, Instant::ZERO, PEER);
    assert_eq!(*new.ip(), Ipv4Addr::new(203, 0, 113, 9));
    assert_eq!(enter(&mut nat, Instant::ZERO, PEER, old), Err(Refused::Unmapped));
}

#[test]
fn a_mapping_ends_when_nothing_leaves_for_long() {
    let mut nat = usual();
    let outside = leave(&mut nat, Instant::ZERO, PEER);
    let last = Instant::from_millis(299_999);
    assert!(enter(&mut nat, last, PEER, outside).is_ok());
    // rfc4787 §4.3: what comes from outside need not keep it, and does not here.
    let over = Instant::from_millis(300_000);
    assert_eq!(enter(&mut nat, over, PEER, outside), Err(Refused::Unmapped));
}

#[test]
fn one_mapping_too_many_ends_the_one_that_rested_longest() {
    let mut nat = nat(Dependence::AddressAndPortDependent, Dependence::EndpointIndependent);
    let first = leave(&mut nat, Instant::ZERO, PEER);
    for port in 0..MAX_MAPPINGS {
        leave(&mut nat, Instant::from_millis(1), &format!("10.77.0.3:{port}"));
    }
    assert_eq!(nat.mappings.len(), MAX_MAPPINGS);
    assert_eq!(enter(&mut nat, Instant::from_millis(1), PEER, first), Err(Refused::Unmapped));
}

#[test]
fn one_contact_too_many_forgets_the_second() {
    let mut nat = usual();
    let outside = leave(&mut nat, Instant::ZERO, PEER);
    for port in 1..=MAX_CONTACTS {
        leave(&mut nat, Instant::ZERO, &format!("10.77.0.3:{port}"));
    }
    assert_eq!(nat.mappings[0].contacts.len(), MAX_CONTACTS);
    assert!(enter(&mut nat, Instant::ZERO, PEER, outside).is_ok());
    let second = enter(&mut nat, Instant::ZERO, "10.77.0.3:1", outside);
    assert_eq!(second, Err(Refused::Filtered));
}

#[test]
fn an_error_about_a_packet_goes_where_the_packet_came_from() {
    let mut nat = usual();
    let mut packet = udp(at(INSIDE), at(PEER), b"out");
    nat.outward(Instant::ZERO, &mut packet).unwrap();
    let body = [&[3, 3, 0, 0, 0, 0, 0, 0], packet.bytes()].concat();
    let outside = packet.socket(End::Source).unwrap();
    let mut error = packet::ipv4(*at(PEER).ip(), *outside.ip(), 1, &body);
    nat.inward(Instant::ZERO, &mut error).unwrap();
    assert_eq!(icmp::quoted(&error, End::Source), Some((Protocol::Udp, at(INSIDE))));
    assert_eq!(error.destination(), packet::udp(at(PEER), at(INSIDE), b"").destination());
}

#[test]
fn an_error_that_leaves_does_not_tell_who_is_inside() {
    let mut nat = usual();
    let outside = leave(&mut nat, Instant::ZERO, PEER);
    let mut packet = udp(at(PEER), outside, b"in");
    nat.inward(Instant::ZERO, &mut packet).unwrap();
    let body = [&[3, 3, 0, 0, 0, 0, 0, 0], packet.bytes()].concat();
    let mut error = packet::ipv4(*at(INSIDE).ip(), *at(PEER).ip(), 1, &body);
    nat.outward(Instant::ZERO, &mut error).unwrap();
    assert_eq!(icmp::quoted(&error, End::Destination), Some((Protocol::Udp, outside)));
    assert_eq!(error.source(), std::net::IpAddr::V4(*outside.ip()));
}

#[test]
fn parts_of_packets_are_refused() {
    let mut bytes = udp(at(INSIDE), at(PEER), &[9; 1_000]).into_bytes();
    bytes[6] = 0;
    let parts = crate::fragment::parts(&Packet::parse(bytes).unwrap(), 600);
    let mut nat = usual();
    for mut part in parts {
        assert_eq!(nat.outward(Instant::ZERO, &mut part), Err(Refused::Unknown));
    }
}
