//! The packets that everybody gets.

/// Of the one stream.
pub const SSRC: u32 = 0xcafe_babe;

/// Of an RTP packet without extensions.
pub const HEADER_LEN: usize = 12;

/// What comes behind the longest packet: the longest tag, and whatever else a peer wants to write
/// there before it cuts it off.
pub const ROOM: usize = 160;

/// The first sequence number, a hundred before the end: streams begin in the upper half, and the
/// rollover counter advances in the first batch already.
pub const FIRST: u16 = u16::MAX - 99;

/// A packet with `payload` bytes behind its header.
pub fn rtp(sequence_number: u16, payload: usize) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(sequence_number.to_be_bytes());
    packet.extend(0x0102_0304_u32.to_be_bytes());
    packet.extend(SSRC.to_be_bytes());
    packet.extend((0..payload).map(|at| at as u8));
    packet
}

/// Gives the packet another sequence number.
#[inline]
pub fn number(packet: &mut [u8], sequence_number: u16) {
    packet[2..4].copy_from_slice(&sequence_number.to_be_bytes());
}

/// The sequence number of a packet.
#[inline]
pub fn number_of(packet: &[u8]) -> u16 {
    u16::from_be_bytes([packet[2], packet[3]])
}

/// Packets of one length, one behind the other.
#[derive(Clone, Debug)]
pub struct Batch {
    bytes: Vec<u8>,
    length: usize,
}

impl Batch {
    /// Of packets that all have the length of the first.
    ///
    /// # Panics
    ///
    /// If there is none, or if one has another length.
    pub fn new(packets: &[Vec<u8>]) -> Self {
        let length = packets[0].len();
        assert!(packets.iter().all(|packet| packet.len() == length), "lengths differ");
        Self { bytes: packets.concat(), length }
    }

    /// The packets, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.length)
    }

    /// How long each of them is.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        self.bytes.len() / self.length
    }
}

/// How many packets of that payload a pass deals with: few enough for the second level of the
/// cache, and a multiple of [`RUN`](crate::srtp::RUN).
pub fn count(payload: usize) -> usize {
    match payload {
        0..=1_000 => 256,
        1_001..=4_000 => 160,
        _ => 32,
    }
}
