use lariat_base::Seed;

use super::*;
use crate::packet::udp;

const MS: Duration = Duration::from_millis(1);

fn link(settings: LinkSettings) -> Link {
    Link::new(settings, Seed::new([3; 32]).rng())
}

/// A packet of `length` bytes.
fn packet(length: usize) -> Packet {
    let (from, to) = ("10.77.0.1:1".parse().unwrap(), "10.77.0.2:2".parse().unwrap());
    udp(from, to, &vec![0; length - 28])
}

fn capable(length: usize) -> Packet {
    let mut bytes = packet(length).into_bytes();
    bytes[1] = 0b10;
    Packet::parse(bytes).unwrap()
}

/// When a packet of 1,000 bytes that comes at `now` arrives.
fn arrival(link: &mut Link, now: Instant) -> Option<Instant> {
    match link.admit(now, &mut packet(1_000)) {
        Fate::Arrives { at, .. } => Some(at),
        Fate::Overflows | Fate::Lost => None,
    }
}

fn mbit(megabits: u64, queue: usize) -> Option<Rate> {
    Some(Rate { bits_per_second: megabits * 1_000_000, queue, mark: None })
}

#[test]
fn by_default_packets_pass_at_once() {
    let now = Instant::from_millis(5);
    assert_eq!(arrival(&mut link(LinkSettings::default()), now), Some(now));
}

#[test]
fn a_rate_spaces_packets_and_its_queue_drops_what_does_not_fit() {
    let settings = LinkSettings { delay: 30 * MS, rate: mbit(8, 3_000), ..Default::default() };
    let mut link = link(settings);
    // A thousand bytes take a millisecond.
    let arrivals = [0; 4].map(|_| arrival(&mut link, Instant::ZERO));
    let expected = [31, 32, 33].map(|at| Some(Instant::from_millis(at)));
    assert_eq!(arrivals, [expected[0], expected[1], expected[2], None]);
    // A millisecond later there is room for one again.
    assert_eq!(arrival(&mut link, Instant::from_millis(1)), Some(Instant::from_millis(34)));
    assert_eq!(arrival(&mut link, Instant::from_millis(1)), None);
    assert_eq!(arrival(&mut link, Instant::from_millis(99)), Some(Instant::from_millis(130)));
}

#[test]
fn a_queue_that_is_too_short_for_anything_takes_one_packet() {
    let mut link = link(LinkSettings { rate: mbit(8, 10), ..Default::default() });
    assert_eq!(arrival(&mut link, Instant::ZERO), Some(Instant::from_millis(1)));
    assert_eq!(arrival(&mut link, Instant::ZERO), None);
}

#[test]
fn a_full_queue_marks_what_is_capable_of_it() {
    let rate = Rate { bits_per_second: 8_000_000, queue: 9_000, mark: Some(2_000) };
    let mut link = link(LinkSettings { rate: Some(rate), ..Default::default() });
    let marks = [0; 4].map(|_| {
        let mut packet = capable(1_000);
        link.admit(Instant::ZERO, &mut packet);
        packet.ecn()
    });
    assert_eq!(marks, [0b10, 0b10, 0b11, 0b11]);
    let mut incapable = packet(1_000);
    link.admit(Instant::ZERO, &mut incapable);
    assert_eq!(incapable.ecn(), 0);
}

#[test]
fn as_many_are_lost_as_should_be_and_the_same_ones_each_time() {
    let settings = LinkSettings { loss: Share::percent(10.0), ..Default::default() };
    let run = || {
        let mut link = link(settings);
        let lost = |_: &u32| arrival(&mut link, Instant::ZERO).is_none();
        (0..10_000).filter(lost).collect::<Vec<u32>>()
    };
    let lost = run();
    assert!((900..1_100).contains(&lost.len()), "{} lost", lost.len());
    assert_eq!(run(), lost);
}

#[test]
fn jitter_delays_and_changes_no_order() {
    let mut link = link(LinkSettings { delay: 10 * MS, jitter: 5 * MS, ..Default::default() });
    let arrivals: Vec<Instant> =
        (0..1_000).filter_map(|at| arrival(&mut link, Instant::from_millis(at))).collect();
    assert!(arrivals.is_sorted());
    let delays = arrivals
        .iter()
        .enumerate()
        .map(|(sent, at)| at.saturating_since(Instant::from_millis(sent as u64)));
    let delays: Vec<Duration> = delays.collect();
    assert!(delays.iter().all(|delay| (10 * MS..=15 * MS).contains(delay)));
    assert!(delays.iter().any(|delay| *delay > 14 * MS));
}

#[test]
fn who_is_held_back_is_overtaken() {
    let reorder = Share::percent(5.0);
    let mut link = link(LinkSettings { delay: 10 * MS, reorder, ..Default::default() });
    let arrivals: Vec<Instant> =
        (0..1_000).filter_map(|at| arrival(&mut link, Instant::from_millis(at))).collect();
    let late = arrivals
        .iter()
        .enumerate()
        .filter(|(sent, at)| **at == Instant::from_millis(*sent as u64 + 20));
    assert!((20..80).contains(&late.count()));
    assert!(!arrivals.is_sorted());
}

#[test]
fn some_arrive_twice() {
    let duplicate = Share::percent(5.0);
    let mut link = link(LinkSettings { duplicate, ..Default::default() });
    let twice = (0..1_000).filter(|_| {
        matches!(link.admit(Instant::ZERO, &mut packet(100)), Fate::Arrives { again: true, .. })
    });
    assert!((20..80).contains(&twice.count()));
}

#[test]
fn a_new_rate_forgets_what_waited_for_the_old_one() {
    let mut link = link(LinkSettings { rate: mbit(1, 100_000), ..Default::default() });
    for _ in 0..10 {
        arrival(&mut link, Instant::ZERO);
    }
    link.set(Instant::ZERO, LinkSettings { rate: mbit(8, 100_000), ..Default::default() });
    // It still does not overtake what was sent before.
    assert_eq!(arrival(&mut link, Instant::ZERO), Some(Instant::from_millis(80)));
}
