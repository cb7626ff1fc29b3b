//! What the network does, seen by two nodes that send numbers.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;
use std::net::SocketAddr;

use lariat_base::{Datagram, Deadline, Instant, Transmit};
use lariat_sim::{Behavior, Fate, Link, Nat, Network, Node, Simulation};

const MINUTE: Duration = Duration::from_secs(60);

/// Sends what it is told to, and notes what happens to it.
#[derive(Default)]
struct Recorder {
    outgoing: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    /// When, at which address, from whom, what.
    received: Vec<(Instant, SocketAddr, SocketAddr, Vec<u8>)>,
    /// How many were received between two times of being asked for what to send.
    batches: Vec<usize>,
    batch: usize,
    too_long: Vec<usize>,
    deadline: Option<Instant>,
    woken: Vec<Instant>,
    is_stubborn: bool,
}

impl Node for Recorder {
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.batch += 1;
        let Datagram { local, remote, payload, .. } = datagram;
        self.received.push((now, local, remote, payload.to_vec()));
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.woken.push(now);
        self.deadline = self.deadline.filter(|_| self.is_stubborn);
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        self.batches.extend(Some(std::mem::take(&mut self.batch)).filter(|batch| *batch > 0));
        if self.outgoing.is_empty() {
            return None;
        }
        let (local, remote, payload) = self.outgoing.remove(0);
        out.extend_from_slice(&payload);
        Some(Transmit::new(local, remote, payload.len()))
    }

    fn poll_timeout(&self) -> Option<Deadline> {
        self.deadline.map(|at| Deadline::new(at, "test"))
    }

    fn handle_too_long(&mut self, _: Instant, _: Transmit, size: usize) {
        self.too_long.push(size);
    }
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn alice() -> SocketAddr {
    addr("10.0.0.1:5000")
}

fn bob() -> SocketAddr {
    addr("192.0.2.2:6000")
}

fn simulation(link: Link) -> Simulation<Recorder> {
    let mut network = Simulation::new(1, link);
    network.add(Recorder::default(), vec![alice()]);
    network.add(Recorder::default(), vec![bob()]);
    network
}

fn send(network: &mut Simulation<Recorder>, node: usize, to: SocketAddr, payloads: &[&[u8]]) {
    let from = if node == 0 { alice() } else { bob() };
    network.with(node, |node, _| {
        node.outgoing.extend(payloads.iter().map(|payload| (from, to, payload.to_vec())));
    });
}

fn payloads(network: &Simulation<Recorder>, node: usize) -> Vec<&[u8]> {
    network.node(node).received.iter().map(|(.., payload)| &payload[..]).collect()
}

#[test]
fn what_arrives_together_is_handed_over_together() {
    let mut network = simulation(Link { coalescing: Duration::from_millis(5), ..Link::default() });
    send(&mut network, 0, bob(), &[&b"a"[..]; 100]);
    network.run(MINUTE, |_| false);
    assert_eq!(network.node(1).received.len(), 100);
    assert_eq!(network.node(1).batches, [64, 36]);
}

#[test]
fn a_rule_decides_about_each_datagram() {
    let mut network = simulation(Link::default());
    network.network().set_rule(|packet| match packet.number {
        0 => Fate::Lost,
        1 => Fate::Twice,
        2 => Fate::Late(Duration::from_millis(1)),
        4 => Fate::Replaced(b"E".to_vec()),
        _ => Fate::Passes,
    });
    send(&mut network, 0, bob(), &[b"a", b"b", b"c", b"d", b"e"]);
    network.run(MINUTE, |_| false);
    assert_eq!(payloads(&network, 1), [b"b", b"b", b"d", b"E", b"c"]);
}

#[test]
fn a_link_may_tell_its_sender_what_is_too_long() {
    for reports_mtu in [false, true] {
        let mut network = simulation(Link { mtu: 600, reports_mtu, ..Link::default() });
        send(&mut network, 0, bob(), &[&[1; 601], &[2; 600]]);
        network.run(MINUTE, |_| false);
        assert_eq!(payloads(&network, 1), [[2; 600]]);
        assert_eq!(network.node(0).too_long, vec![601; usize::from(reports_mtu)]);
    }
}

#[test]
fn what_may_be_fragmented_passes_a_link_that_is_too_small_for_it() {
    for reports_mtu in [false, true] {
        let mut network = Network::new(1, Link { mtu: 600, reports_mtu, ..Link::default() });
        let host = network.add(vec![alice()]);
        network.add(vec![bob()]);
        let transmit = Transmit::new(alice(), bob(), 601).with_fragmentation();
        network.send(Instant::ZERO, host, transmit, &[1; 601]).expect("it may be fragmented");
        let at = network.next_arrival().expect("it is under way");
        assert_eq!(network.arrive(at).expect("it arrives").payload, [1; 601]);
    }
}

#[test]
fn a_nat_lets_in_only_answers_and_rebinds() {
    let mut network = simulation(Link::default());
    let outside = addr("203.0.113.1:40000");
    let nat = Nat::new(outside.ip(), vec![alice()]);
    network.network().add_nat(nat.with_filtering(Behavior::AddressDependent));
    // Neither the inside address nor an unused port leads anywhere.
    send(&mut network, 1, alice(), &[b"inside"]);
    send(&mut network, 1, outside, &[b"too early"]);
    network.run(MINUTE, |_| false);
    send(&mut network, 0, bob(), &[b"hello"]);
    network.run(MINUTE, |_| false);
    assert_eq!(network.node(1).received[0].2, outside);
    send(&mut network, 1, outside, &[b"answer"]);
    network.run(MINUTE, |_| false);
    assert_eq!(payloads(&network, 0), [b"answer"]);
    assert_eq!(network.node(0).received[0].1, alice());
    network.network().nat(0).rebind();
    send(&mut network, 1, outside, &[b"to the old port"]);
    send(&mut network, 0, bob(), &[b"hello again"]);
    network.run(MINUTE, |_| false);
    assert_eq!(network.node(0).received.len(), 1);
    assert_eq!(network.node(1).received[1].2.port(), outside.port() + 1);
}

#[test]
fn an_address_that_is_gone_neither_sends_nor_receives() {
    let mut network = simulation(Link::default());
    network.network().readdress(0, vec![addr("10.0.0.9:5000")]);
    send(&mut network, 0, bob(), &[b"from nowhere"]);
    send(&mut network, 1, alice(), &[b"to nowhere"]);
    network.run(MINUTE, |_| false);
    assert!((0..2).all(|node| network.node(node).received.is_empty()));
}

#[test]
fn a_clock_that_is_put_forward_is_ahead_for_good() {
    let mut network = simulation(Link::default());
    network.with(0, |node, _| node.deadline = Some(Instant::from_millis(10_000)));
    network.put_clock_forward(0, Duration::from_secs(4));
    network.run(MINUTE, |_| false);
    assert_eq!(network.node(0).woken, [Instant::from_millis(10_000)]);
    assert_eq!(network.now(), Instant::from_millis(6_000));
    // One that lies in the past by that is due at once.
    network.with(0, |node, _| node.deadline = Some(Instant::from_millis(11_000)));
    network.put_clock_forward(0, MINUTE);
    network.step();
    assert_eq!(network.now(), Instant::from_millis(6_000));
    assert_eq!(network.node(0).woken[1], Instant::from_millis(70_000));
}

#[test]
#[should_panic(expected = "node 0 spins")]
fn a_node_that_does_not_move_its_deadline_is_found_out() {
    let mut network = simulation(Link::default());
    network.with(0, |node, now| {
        node.deadline = Some(now);
        node.is_stubborn = true;
    });
    network.run(MINUTE, |_| false);
}

#[test]
fn equal_seeds_make_equal_runs_and_others_do_not() {
    let run = |seed| {
        let link = Link { loss: 0.5, jitter: Duration::from_millis(9), ..Link::default() };
        let mut network = Simulation::new(seed, link);
        network.add(Recorder::default(), vec![alice()]);
        network.add(Recorder::default(), vec![bob()]);
        send(&mut network, 0, bob(), &[&b"a"[..]; 50]);
        network.run(MINUTE, |_| false);
        let times = network.node(1).received.iter().map(|(at, ..)| *at);
        (times.collect::<Vec<_>>(), network.fingerprint())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0);
}
