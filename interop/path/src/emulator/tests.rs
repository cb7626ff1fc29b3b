use std::net::SocketAddrV4;

use super::*;
use crate::packet::{End, udp};

const INSIDE_A: &str = "10.77.0.1:1000";
const INSIDE_B: &str = "10.77.0.2:2000";

fn at(text: &str) -> SocketAddrV4 {
    text.parse().unwrap()
}

fn path(script: &str) -> Emulator {
    let mut path = Emulator::new(&Seed::new([5; 32]));
    for line in script.lines() {
        path.run(Instant::ZERO, &line.parse().unwrap());
    }
    path
}

fn send(path: &mut Emulator, now: Instant, from: &str, to: &str, data: &[u8]) {
    let side = if from.starts_with("10.77.0.1") { Side::A } else { Side::B };
    path.handle_packet(now, side, udp(at(from), at(to), data).into_bytes());
}

/// Who sent what arrives, with when.
fn arrivals(path: &mut Emulator) -> Vec<(Side, Instant, String)> {
    let mut all = Vec::new();
    while let Some(now) = path.poll_timeout() {
        if let Some(release) = path.poll_release(now) {
            let source = release.packet.socket(End::Source).map(|source| source.to_string());
            all.push((release.to, release.due, source.unwrap_or_default()));
        }
    }
    all
}

#[test]
fn packets_arrive_at_the_other_side_in_their_order() {
    let mut path = path("delay 30ms\ndelay 10ms from b");
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"1");
    send(&mut path, Instant::ZERO, "10.77.0.1:1001", INSIDE_B, b"2");
    send(&mut path, Instant::from_millis(1), INSIDE_B, INSIDE_A, b"3");
    let a = |port: &str| format!("10.77.0.1:{port}");
    assert_eq!(
        arrivals(&mut path),
        [
            (Side::A, Instant::from_millis(11), INSIDE_B.to_owned()),
            (Side::B, Instant::from_millis(30), a("1000")),
            (Side::B, Instant::from_millis(30), a("1001")),
        ]
    );
    assert_eq!((path.counts(Side::A).sent, path.counts(Side::A).arrived), (2, 2));
}

#[test]
fn nothing_arrives_before_its_time() {
    let mut path = path("delay 30ms");
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"1");
    assert_eq!(path.poll_release(Instant::from_nanos(29_999_999)), None);
    assert!(path.poll_release(Instant::from_millis(30)).is_some());
}

#[test]
fn a_path_that_is_down_one_way_still_carries_the_other() {
    let mut path = path("down from a");
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"1");
    send(&mut path, Instant::ZERO, INSIDE_B, INSIDE_A, b"2");
    assert_eq!(arrivals(&mut path), [(Side::A, Instant::ZERO, INSIDE_B.to_owned())]);
    assert_eq!(path.counts(Side::A).dropped.get(Dropped::Down), 1);
    path.run(Instant::ZERO, &"up".parse().unwrap());
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"3");
    assert_eq!(arrivals(&mut path).len(), 1);
}

#[test]
fn a_sender_of_what_is_too_long_is_told_how_long_it_may_be() {
    let mut path = path("delay 30ms\nmtu 600");
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, &[0; 573]);
    let message = path.poll_release(Instant::ZERO).unwrap();
    assert_eq!(message.to, Side::A);
    assert_eq!(
        message.packet.payload()[..8],
        [3, 4, message.packet.payload()[2], message.packet.payload()[3], 0, 0, 0x02, 0x58]
    );
    assert_eq!(path.counts(Side::A).dropped.get(Dropped::TooBig), 1);
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, &[0; 572]);
    assert_eq!(arrivals(&mut path).len(), 1);
}

#[test]
fn a_silent_narrow_path_tells_nobody() {
    let mut path = path("mtu 600 silent");
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, &[0; 1_000]);
    assert_eq!(arrivals(&mut path), []);
    assert_eq!(path.counts(Side::A).dropped.get(Dropped::TooBig), 1);
}

#[test]
fn what_may_be_broken_arrives_in_parts_behind_a_nat_too() {
    let mut path = path("mtu 600\nnat a");
    let mut bytes = udp(at(INSIDE_A), at(INSIDE_B), &[1; 1_000]).into_bytes();
    bytes[6] = 0;
    path.handle_packet(Instant::ZERO, Side::A, bytes);
    let first = path.poll_release(Instant::ZERO).unwrap();
    let second = path.poll_release(Instant::ZERO).unwrap();
    assert!(first.packet.is_fragment() && second.packet.is_fragment());
    assert_eq!(first.packet.source(), second.packet.source());
    assert_eq!(first.packet.payload().len() + second.packet.payload().len(), 1_008);
    assert_eq!(path.poll_timeout(), None);
}

#[test]
fn two_behind_nats_meet_when_both_have_sent() {
    let mut path = path("nat a\nnat b");
    // Each sends where it will find the other: as a STUN server would have told.
    let (outside_a, outside_b) = ("203.0.113.1:40000", "203.0.113.2:40000");
    send(&mut path, Instant::ZERO, INSIDE_A, outside_b, b"lost");
    assert_eq!(arrivals(&mut path), []);
    assert_eq!(path.counts(Side::A).dropped.get(Dropped::Unmapped), 1);
    send(&mut path, Instant::ZERO, INSIDE_B, outside_a, b"enters");
    assert_eq!(arrivals(&mut path), [(Side::A, Instant::ZERO, outside_b.to_owned())]);
    send(&mut path, Instant::ZERO, INSIDE_A, outside_b, b"enters");
    assert_eq!(arrivals(&mut path), [(Side::B, Instant::ZERO, outside_a.to_owned())]);
}

#[test]
fn a_rebinding_loses_what_comes_back_to_the_old_port() {
    let mut path = path("delay 30ms\nnat a");
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"1");
    let old = arrivals(&mut path)[0].2.clone();
    send(&mut path, Instant::ZERO, INSIDE_B, &old, b"on its way when it happens");
    path.run(Instant::from_millis(1), &"rebind a".parse().unwrap());
    assert_eq!(arrivals(&mut path), []);
    assert_eq!(path.counts(Side::B).dropped.get(Dropped::Unmapped), 1);
    send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"2");
    let new = arrivals(&mut path)[0].2.clone();
    assert_ne!(new, old);
    send(&mut path, Instant::ZERO, INSIDE_B, &new, b"3");
    assert_eq!(arrivals(&mut path).len(), 1);
}

#[test]
fn one_packet_too_many_is_dropped() {
    let mut path = path("delay 1s");
    for _ in 0..=MAX_ON_THE_WAY {
        send(&mut path, Instant::ZERO, INSIDE_A, INSIDE_B, b"");
    }
    assert_eq!(path.counts(Side::A).dropped.get(Dropped::Crowded), 1);
    assert_eq!(arrivals(&mut path).len(), MAX_ON_THE_WAY);
}

#[test]
fn what_is_no_packet_is_counted() {
    let mut path = path("");
    path.handle_packet(Instant::ZERO, Side::B, vec![0x45; 10]);
    path.handle_packet(Instant::ZERO, Side::B, Vec::new());
    assert_eq!(path.counts(Side::B).dropped.get(Dropped::Malformed), 2);
    assert_eq!(path.counts(Side::B).to_string(), "2 sent, 0 arrived, 0 bytes, 2 Malformed");
}

#[test]
fn the_same_seed_gives_the_same_path() {
    let run = |seed: u8| {
        let mut path = Emulator::new(&Seed::new([seed; 32]));
        for line in ["delay 5ms", "jitter 5ms", "loss 5%", "reorder 5%", "duplicate 5%"] {
            path.run(Instant::ZERO, &line.parse().unwrap());
        }
        for now in 0..500 {
            send(&mut path, Instant::from_millis(now), INSIDE_A, INSIDE_B, &now.to_be_bytes());
        }
        arrivals(&mut path)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
