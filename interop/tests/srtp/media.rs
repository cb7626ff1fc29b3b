//! Packets as media has them, of all shapes.

use lariat_base::{Rng, Seed};
use lariat_interop::libsrtp::Packet;
use lariat_srtp::Kind;

/// One packet in so many is RTCP.
const RTCP: u64 = 20;

/// The longest payload.
const MAX_PAYLOAD: u64 = 1_400;

/// The longest header extension without its own header, in words.
const EXTENSION_WORDS: usize = 12;

/// Random numbers, which are others for each label. A failure tells how to have the same again.
pub(crate) fn rng(label: &str) -> Rng {
    let number = std::env::var("LARIAT_SEED").ok().and_then(|number| number.parse().ok());
    let number: u64 = number.unwrap_or(1);
    println!("LARIAT_SEED={number}");
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    Seed::new(seed).split(label).rng()
}

/// Streams that send by turns.
pub(crate) struct Media {
    /// Each with its next sequence number.
    streams: Vec<(u32, u16)>,
    turn: usize,
    /// How many of [`EXTENSIONS`] there are.
    extensions: usize,
}

type Extension = fn(&mut Rng) -> Vec<u8>;

const EXTENSIONS: [Extension; 4] =
    [|_| Vec::new(), one_byte_elements, two_byte_elements, extension_of_no_kind];

impl Media {
    pub(crate) fn new(ssrcs: &[u32], first: u16) -> Self {
        let streams = ssrcs.iter().map(|ssrc| (*ssrc, first)).collect();
        Self { streams, turn: 0, extensions: EXTENSIONS.len() }
    }

    /// The same without header extensions that are not made of elements.
    pub(crate) fn with_elements_only(self) -> Self {
        Self { extensions: EXTENSIONS.len() - 1, ..self }
    }

    /// So many RTP packets, and RTCP between them.
    pub(crate) fn take(&mut self, rng: &mut Rng, count: usize) -> Vec<Packet> {
        let mut packets = Vec::new();
        for _ in 0..count {
            let (ssrc, sequence_number) = self.next();
            let extensions = &EXTENSIONS[..self.extensions];
            packets.push((Kind::Rtp, rtp(rng, extensions, ssrc, sequence_number)));
            if rng.below(RTCP) == 0 {
                packets.push((Kind::Rtcp, rtcp(rng, ssrc)));
            }
        }
        packets
    }

    /// Lets every stream go on by so many packets, of which the last is there.
    pub(crate) fn skip(&mut self, rng: &mut Rng, by: u16) -> Vec<Packet> {
        let extensions = &EXTENSIONS[..self.extensions];
        let mut packets = Vec::new();
        for (ssrc, next) in &mut self.streams {
            *next = next.wrapping_add(by);
            packets.push((Kind::Rtp, rtp(rng, extensions, *ssrc, next.wrapping_sub(1))));
        }
        packets
    }

    fn next(&mut self) -> (u32, u16) {
        let turn = self.turn % self.streams.len();
        self.turn += 1;
        let (ssrc, next) = &mut self.streams[turn];
        let sequence_number = *next;
        *next = next.wrapping_add(1);
        (*ssrc, sequence_number)
    }
}

fn random(rng: &mut Rng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng.fill(&mut bytes);
    bytes
}

fn rtp(rng: &mut Rng, extensions: &[Extension], ssrc: u32, sequence_number: u16) -> Vec<u8> {
    let csrcs = [0, 0, 0, 1, 3, 15][rng.below(6) as usize];
    let extension = extensions[rng.below(extensions.len() as u64) as usize](rng);
    let padding = if rng.below(4) == 0 { 1 + rng.below(20) as u8 } else { 0 };
    let payload = [0, 1, 15, 16, 17, 63, 64, 160, MAX_PAYLOAD, rng.below(MAX_PAYLOAD + 1)];
    let payload = payload[rng.below(10) as usize] as usize;

    let first = 0x80 | csrcs | u8::from(!extension.is_empty()) << 4 | u8::from(padding > 0) << 5;
    let mut packet = vec![first, rng.u16() as u8];
    packet.extend(sequence_number.to_be_bytes());
    packet.extend(rng.u32().to_be_bytes());
    packet.extend(ssrc.to_be_bytes());
    packet.extend(random(rng, 4 * usize::from(csrcs)));
    packet.extend(extension);
    packet.extend(random(rng, payload));
    packet.extend(random(rng, usize::from(padding)));
    if let (Some(last), 1..) = (packet.last_mut(), padding) {
        *last = padding;
    }
    packet
}

/// Elements 1, 3, 6 and 14 among others. There is no padding between them: rfc6904 §3 counts it
/// where it says what the elements behind it are encrypted with, and libsrtp does not.
fn one_byte_elements(rng: &mut Rng) -> Vec<u8> {
    let mut block = Vec::new();
    for id in [1_u8, 2, 3, 6, 14] {
        let length = 1 + rng.below(8) as u8;
        block.push(id << 4 | (length - 1));
        block.extend(random(rng, length.into()));
    }
    extension(0xbede, block)
}

/// The same with headers of two bytes, and 200, and empty ones.
fn two_byte_elements(rng: &mut Rng) -> Vec<u8> {
    let mut block = Vec::new();
    for id in [1_u8, 2, 14, 200] {
        let length = rng.below(9) as u8;
        block.extend([id, length]);
        block.extend(random(rng, length.into()));
    }
    extension(0x1000, block)
}

fn extension_of_no_kind(rng: &mut Rng) -> Vec<u8> {
    let length = rng.below(4 * EXTENSION_WORDS as u64) as usize;
    let block = random(rng, length);
    extension(0xabac, block)
}

fn extension(profile: u16, mut block: Vec<u8>) -> Vec<u8> {
    block.resize(block.len().next_multiple_of(4), 0);
    let words = (block.len() / 4) as u16;
    [profile.to_be_bytes().as_slice(), &words.to_be_bytes(), &block].concat()
}

/// A sender report, and a description of its source.
fn rtcp(rng: &mut Rng, ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 200, 0, 6];
    packet.extend(ssrc.to_be_bytes());
    packet.extend(random(rng, 20));
    let name = 1 + 4 * rng.below(20) as u8;
    packet.extend([0x81, 202, 0, 1 + name.div_ceil(4)]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend([1, name]);
    packet.extend(random(rng, name.into()));
    packet.push(0);
    packet
}
