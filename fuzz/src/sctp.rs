//! Data channels, and packets that pass the checks in front of them.

use std::time::Duration;

use crc::{CRC_32_ISCSI, Crc};
use lariat_base::{Instant, Seed};
use lariat_crypto::fake;
use lariat_sctp::{Config, DataChannels, Parity};

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
pub fn connected() -> Network {
    let sides = [connecting(Parity::Even), connecting(Parity::Odd)];
    let mut network = Network { sides, now: Instant::ZERO, tags: [[0; 4]; 2] };
    for _ in 0..8 {
        network.turn(&mut || Fate::Deliver);
    }
    network
}

/// Two sides, and what lies between them.
pub struct Network {
    /// The sides.
    pub sides: [DataChannels; 2],
    /// The time.
    pub now: Instant,
    /// The verification tag on packets to each side.
    tags: [[u8; 4]; 2],
}

impl Network {
    /// Carries what both sides have to say, and lets 100 ms pass.
    pub fn turn(&mut self, fate: &mut dyn FnMut() -> Fate) {
        for from in [0, 1] {
            let mut out = Vec::new();
            while self.sides[from].poll_transmit(self.now, &mut out).is_some() {
                let packet = std::mem::take(&mut out);
                if let Some(tag) = packet.get(4..8).filter(|tag| *tag != [0; 4]) {
                    self.tags[1 - from].copy_from_slice(tag);
                }
                for arriving in fate().apply(packet) {
                    self.sides[1 - from].handle_datagram(self.now, sealed(arriving).into());
                }
            }
        }
        self.now = self.now + Duration::from_millis(100);
        for side in &mut self.sides {
            while side.poll_event().is_some() {}
            if side.poll_timeout().is_some_and(|deadline| deadline.at <= self.now) {
                side.handle_timeout(self.now);
            }
        }
    }

    /// Hands `chunks` to a side in a packet of its association.
    pub fn inject(&mut self, to: usize, chunks: &[u8]) {
        let packet = packet(self.tags[to], chunks);
        self.sides[to].handle_datagram(self.now, packet.into());
    }
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
