//! Data channels, and packets that pass the checks in front of them.

use std::net::SocketAddr;
use std::time::Duration;

use crc::{CRC_32_ISCSI, Crc};
use lariat_base::{Instant, Seed, Transmit};
use lariat_crypto::fake;
use lariat_sctp::{Config, DataChannels, Parity};
use lariat_sim::{Link, Network};

use crate::Fate;

/// The length of an SCTP packet's header.
const HEADER: usize = 12;

/// Data channels that are the same each time, and connecting.
pub fn connecting(parity: Parity) -> DataChannels {
    let number = if parity == Parity::Even { 2 } else { 3 };
    let seed = Seed::new([number; 32]);
    let mut channels = DataChannels::new(Config::default(), fake::provider(number.into()), seed);
    channels.connect(Instant::ZERO, parity);
    channels
}

/// Two of them, connected.
pub fn connected() -> Ends {
    let sides = [connecting(Parity::Even), connecting(Parity::Odd)];
    let mut network = Network::new(0, Link { mtu: usize::MAX, ..Link::default() });
    for side in 0..2 {
        network.add(vec![address(side)]);
    }
    let mut ends = Ends { sides, now: Instant::ZERO, tags: [[0; 4]; 2], network };
    for _ in 0..8 {
        ends.turn(&mut || Fate::Deliver);
    }
    ends
}

/// Two sides, and what lies between them.
pub struct Ends {
    /// The sides.
    pub sides: [DataChannels; 2],
    /// The time.
    pub now: Instant,
    /// The verification tag on packets to each side.
    tags: [[u8; 4]; 2],
    network: Network,
}

impl Ends {
    /// Sends what both sides have to say, and lets 100 ms pass.
    pub fn turn(&mut self, fate: &mut dyn FnMut() -> Fate) {
        self.send(0, fate);
        self.send(1, fate);
        let end = self.now + Duration::from_millis(100);
        while let Some(at) = self.network.next_arrival().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            let Some(arrival) = self.network.arrive(self.now) else { continue };
            self.sides[arrival.host].handle_datagram(self.now, arrival.payload.into());
            self.send(arrival.host, fate);
        }
        self.now = end;
        for side in &mut self.sides {
            while side.poll_event().is_some() {}
            if side.poll_timeout().is_some_and(|deadline| deadline.at <= self.now) {
                side.handle_timeout(self.now);
            }
        }
    }

    /// Puts what a side has to say on the network.
    fn send(&mut self, from: usize, fate: &mut dyn FnMut() -> Fate) {
        let mut out = Vec::new();
        while self.sides[from].poll_transmit(self.now, &mut out).is_some() {
            let packet = std::mem::take(&mut out);
            if let Some(tag) = packet.get(4..8).filter(|tag| *tag != [0; 4]) {
                self.tags[1 - from].copy_from_slice(tag);
            }
            for packet in fate().apply(packet).into_iter().map(sealed) {
                let transmit = Transmit::new(address(from), address(1 - from), packet.len());
                self.network.send(self.now, from, transmit, &packet).expect("nothing is too long");
            }
        }
    }

    /// Hands `chunks` to a side in a packet of its association.
    pub fn inject(&mut self, to: usize, chunks: &[u8]) {
        let packet = packet(self.tags[to], chunks);
        self.sides[to].handle_datagram(self.now, packet.into());
    }
}

fn address(side: usize) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1 + side as u8], 5_000))
}

/// A packet with these chunks.
pub fn packet(tag: [u8; 4], chunks: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x13, 0x88, 0x13, 0x88];
    packet.extend(tag);
    packet.extend([0; 4]);
    packet.extend(chunks);
    sealed(packet)
}

/// The packet with a checksum that is right.
fn sealed(mut packet: Vec<u8>) -> Vec<u8> {
    if packet.len() >= HEADER {
        packet[8..HEADER].fill(0);
        let checksum = Crc::<u32>::new(&CRC_32_ISCSI).checksum(&packet);
        packet[8..HEADER].copy_from_slice(&checksum.to_le_bytes());
    }
    packet
}
