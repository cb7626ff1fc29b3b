//! The packet: ports, verification tag, checksum (RFC 9260 §3.1, §6.8).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-------------------------------+-------------------------------+
//! |          source port          |       destination port        |
//! +-------------------------------+-------------------------------+
//! |                       verification tag                        |
//! +---------------------------------------------------------------+
//! |                  checksum, CRC32c, low byte first             |
//! +---------------------------------------------------------------+
//! |                     chunks, each padded to 4                  |
//! ```

use alloc::vec::Vec;

use crc::{CRC_32_ISCSI, Crc, Table};
use lariat_base::Reader;

use crate::Dropped;

/// Bytes in front of the first chunk.
pub(crate) const HEADER_LEN: usize = 12;

/// Sixteen bytes per step: the checksum is a good part of what a packet costs.
static CRC32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// A packet whose checksum is right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) source_port: u16,
    pub(crate) destination_port: u16,
    pub(crate) tag: u32,
    pub(crate) chunks: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the header, the checksum before anything else.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, Dropped> {
        // rfc9260 §6.8: a packet with a wrong checksum is dropped without a further look.
        let (checked, rest) = bytes.split_at_checked(8).ok_or(Dropped::TooShort)?;
        let (field, chunks) = rest.split_first_chunk::<4>().ok_or(Dropped::TooShort)?;
        if u32::from_le_bytes(*field) != checksum(checked, chunks) {
            return Err(Dropped::Checksum);
        }
        let mut reader = Reader::new(checked);
        let mut read = || -> Result<Self, lariat_base::ReadError> {
            Ok(Self {
                source_port: reader.u16()?,
                destination_port: reader.u16()?,
                tag: reader.u32()?,
                chunks,
            })
        };
        read().map_err(|_| Dropped::TooShort)
    }
}

/// A packet under construction at the end of a caller's buffer.
#[derive(Debug)]
pub(crate) struct PacketWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    end: usize,
}

impl<'a> PacketWriter<'a> {
    /// Starts a packet of at most `mtu` bytes.
    pub(crate) fn new(out: &'a mut Vec<u8>, ports: (u16, u16), tag: u32, mtu: usize) -> Self {
        let start = out.len();
        out.extend_from_slice(&ports.0.to_be_bytes());
        out.extend_from_slice(&ports.1.to_be_bytes());
        out.extend_from_slice(&tag.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        Self { out, start, end: start.saturating_add(mtu) }
    }

    /// How many more bytes fit, in whole words.
    pub(crate) fn room(&self) -> usize {
        self.end.saturating_sub(self.out.len()) & !3
    }

    /// Where chunks are appended.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Whether no chunk was appended.
    pub(crate) fn is_empty(&self) -> bool {
        self.out.len() == self.start.saturating_add(HEADER_LEN)
    }

    /// Fills in the checksum and says how long the packet is; an empty one is taken back.
    pub(crate) fn finish(self) -> Option<usize> {
        if self.is_empty() {
            self.out.truncate(self.start);
            return None;
        }
        let packet = self.out.get_mut(self.start..)?;
        let (checked, rest) = packet.split_at_mut_checked(8)?;
        let (field, chunks) = rest.split_first_chunk_mut::<4>()?;
        *field = checksum(checked, chunks).to_le_bytes();
        Some(packet.len())
    }
}

/// CRC32c over a packet whose checksum field counts as zero.
fn checksum(before: &[u8], after: &[u8]) -> u32 {
    let mut digest = CRC32C.digest();
    digest.update(before);
    digest.update(&[0; 4]);
    digest.update(after);
    digest.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> =
            hex.chars().map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap()).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    #[test]
    fn published_checksums_are_met() {
        // RFC 3720 B.4, and the catalogue's check value.
        let zeros = "00".repeat(32);
        let ones = "ff".repeat(32);
        for (data, crc) in [
            (zeros.as_str(), 0x8a91_36aa),
            (&ones, 0x62a8_ab43),
            ("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd_794e),
            ("1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0x113f_db5c),
            (
                "01c000000000000000000000000000001400000000000400000000140000001828000000\
                 000000000200000000000000",
                0xd996_3a56,
            ),
            ("313233343536373839", 0xe306_9283),
        ] {
            assert_eq!(CRC32C.checksum(&bytes(data)), crc, "{data}");
        }
    }

    #[test]
    fn a_packet_with_a_known_checksum_is_read_and_written() {
        let packet = bytes("13881388000000000e563ff501000014deadbeef00100000ffffffff00000001");
        let parsed = Packet::parse(&packet).unwrap();
        assert_eq!((parsed.source_port, parsed.destination_port, parsed.tag), (5000, 5000, 0));
        let mut out = Vec::new();
        let mut writer = PacketWriter::new(&mut out, (5000, 5000), 0, 1191);
        writer.out().extend_from_slice(parsed.chunks);
        assert_eq!(writer.finish(), Some(packet.len()));
        assert_eq!(out, packet);
    }

    #[test]
    fn a_checksum_that_happens_to_be_zero_is_right() {
        // RFC 9653, figure 1.
        let packet = bytes("13891389000000000000000001000014fcb75cca000005dc0001000100000000");
        assert!(Packet::parse(&packet).is_ok());
    }

    #[test]
    fn anything_else_is_rejected() {
        let packet = bytes("13881388000000000e563ff501000014deadbeef00100000ffffffff00000001");
        for length in 0..packet.len() {
            assert!(Packet::parse(&packet[..length]).is_err(), "{length}");
        }
        for bit in 0..packet.len() * 8 {
            let mut flipped = packet.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Packet::parse(&flipped).unwrap_err(), Dropped::Checksum, "{bit}");
        }
    }

    #[test]
    fn an_empty_packet_is_taken_back() {
        let mut out = alloc::vec![7];
        assert_eq!(PacketWriter::new(&mut out, (1, 2), 3, 100).finish(), None);
        assert_eq!(out, [7]);
    }
}
