//! Generic NACK (RFC 4585 §6.2.1).
//!
//! ```text
//! |V=2|P| FMT = 1 |   PT = 205    |        length = 2 + n         |
//! +---------------+---------------+-------------------------------+
//! |                     SSRC of packet sender                     |
//! +---------------------------------------------------------------+
//! |                      SSRC of media source                     |
//! +-------------------------------+-------------------------------+
//! |     PID, a lost packet        |  BLP, bit i: PID + i is lost  |  n times
//! +-------------------------------+-------------------------------+
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Serial16, Writer};

use super::frame::{self, FRAME_LEN, Frame};
use crate::limits::MAX_NACK_ENTRIES;
use crate::{BuildError, ParseError};

/// RTP packets that have not arrived.
///
/// ```
/// use lariat_base::Serial16;
/// use lariat_rtp::rtcp::Nack;
///
/// let missing = [65_535, 0, 40].map(Serial16::new);
/// let nack = Nack::for_missing(1, 7, missing);
/// assert_eq!(nack.entries.len(), 2);
/// assert!(nack.sequence_numbers().eq(missing));
/// # Ok::<(), lariat_rtp::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Nack {
    /// Who asks.
    pub sender_ssrc: u32,
    /// Whose packets are missing.
    pub media_ssrc: u32,
    /// Which; at least one.
    pub entries: Vec<NackEntry>,
}

/// Up to 17 lost packets of a [`Nack`].
///
/// ```
/// use lariat_base::Serial16;
/// use lariat_rtp::rtcp::NackEntry;
///
/// let entry = NackEntry { packet_id: Serial16::new(9), bitmask: 0b101 };
/// assert!(entry.sequence_numbers().eq([9, 10, 12].map(Serial16::new)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NackEntry {
    /// A lost packet.
    pub packet_id: Serial16,
    /// Of the 16 packets after it, those that are lost too; the lowest bit is the next one.
    pub bitmask: u16,
}

impl NackEntry {
    /// The lost packets.
    pub fn sequence_numbers(self) -> impl Iterator<Item = Serial16> {
        let following = (0..16u16)
            .filter(move |bit| self.bitmask >> bit & 1 == 1)
            .map(move |bit| self.packet_id.add(bit + 1));
        core::iter::once(self.packet_id).chain(following)
    }
}

impl Nack {
    pub(super) const TYPE: u8 = 205;
    pub(super) const FORMAT: u8 = 1;

    /// A NACK for `missing` packets, which should be in ascending order to need few entries.
    ///
    /// It takes as many as fit into [`MAX_NACK_ENTRIES`] entries; later ones are left for another
    /// time.
    pub fn for_missing(
        sender_ssrc: u32,
        media_ssrc: u32,
        missing: impl IntoIterator<Item = Serial16>,
    ) -> Self {
        let mut entries: Vec<NackEntry> = Vec::new();
        for number in missing {
            if let Some(last) = entries.last_mut() {
                match number.get().wrapping_sub(last.packet_id.get()) {
                    0 => continue,
                    ahead @ 1..=16 => {
                        last.bitmask |= 1 << (ahead - 1);
                        continue;
                    }
                    _ => {}
                }
            }
            if entries.len() == MAX_NACK_ENTRIES {
                break;
            }
            entries.push(NackEntry { packet_id: number, bitmask: 0 });
        }
        Self { sender_ssrc, media_ssrc, entries }
    }

    /// Every sequence number asked for, in the order on the wire; a number may come twice.
    pub fn sequence_numbers(&self) -> impl Iterator<Item = Serial16> + '_ {
        self.entries.iter().flat_map(|entry| entry.sequence_numbers())
    }

    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not a generic NACK.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_frame(Frame::parse(bytes)?)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        let frame = frame.expect_format(Self::TYPE, Self::FORMAT)?;
        let mut reader = Reader::new(frame.body);
        let sender_ssrc = reader.u32()?;
        let media_ssrc = reader.u32()?;
        // rfc4585 §6.2.1: at least one entry.
        if reader.is_empty() {
            return Err(ParseError::NackEntries);
        }
        let mut entries = Vec::with_capacity(reader.remaining() / 4);
        while !reader.is_empty() {
            let packet_id = reader.u16().map_err(|_| ParseError::NackEntries)?;
            let bitmask = reader.u16().map_err(|_| ParseError::NackEntries)?;
            entries.push(NackEntry { packet_id: Serial16::new(packet_id), bitmask });
        }
        Ok(Self { sender_ssrc, media_ssrc, entries })
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        FRAME_LEN + 8 + self.entries.len() * 4
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// [`BuildError::EmptyNack`] or [`BuildError::RtcpTooLong`]; `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        if self.entries.is_empty() {
            return Err(BuildError::EmptyNack);
        }
        let format = usize::from(Self::FORMAT);
        frame::check(format, self.encoded_len())?;
        let mut writer = Writer::new(out);
        frame::write(&mut writer, format, Self::TYPE, self.encoded_len());
        writer.u32(self.sender_ssrc);
        writer.u32(self.media_ssrc);
        for entry in &self.entries {
            writer.u16(entry.packet_id.get());
            writer.u16(entry.bitmask);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::collection::{btree_set, vec as vec_of};
    use proptest::prelude::*;

    use super::super::testing::assert_round_trip;
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_rfc() {
        // rfc4585 §6.2.1: the lowest bit of the mask is the packet after PID.
        let nack = Nack::for_missing(1, 7, [0x0102, 0x0103, 0x0112].map(Serial16::new));
        let mut out = Vec::new();
        nack.encode(&mut out).unwrap();
        assert_eq!(out, [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 7, 0x01, 0x02, 0x80, 0x01]);
    }

    #[test]
    fn what_is_not_a_nack_is_rejected() {
        for (bytes, error) in [
            (&[0x81, 205, 0, 1, 0, 0, 0, 1][..], ParseError::Truncated),
            (&[0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7][..], ParseError::NackEntries),
            (
                &[0x8f, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 7, 0, 1, 0, 0][..],
                ParseError::RtcpType { packet_type: 205, format: 15 },
            ),
        ] {
            assert_eq!(Nack::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }

    #[test]
    fn an_empty_nack_is_refused() {
        let mut out = Vec::new();
        assert_eq!(Nack::for_missing(1, 7, []).encode(&mut out), Err(BuildError::EmptyNack));
        assert_eq!(out, []);
    }

    #[test]
    fn a_nack_too_long_for_its_length_field_is_refused() {
        let entry = NackEntry { packet_id: Serial16::new(0), bitmask: 0 };
        let mut nack = Nack { entries: vec![entry; 65_533], ..Nack::default() };
        let mut out = Vec::new();
        assert_eq!(nack.encode(&mut out), Ok(()));
        nack.entries.push(entry);
        assert_eq!(nack.encode(&mut out), Err(BuildError::RtcpTooLong(262_148)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            ssrcs: (u32, u32),
            entries in vec_of(any::<(u16, u16)>(), 1..40),
        ) {
            let entries = entries
                .into_iter()
                .map(|(id, bitmask)| NackEntry { packet_id: Serial16::new(id), bitmask })
                .collect();
            assert_round_trip(Nack { sender_ssrc: ssrcs.0, media_ssrc: ssrcs.1, entries });
        }

        #[test]
        fn exactly_what_is_missing_is_asked_for(
            start: u16,
            offsets in btree_set(0u16..3_000, 1..200),
        ) {
            let missing: Vec<_> =
                offsets.iter().map(|offset| Serial16::new(start).add(*offset)).collect();
            let nack = Nack::for_missing(1, 7, missing.iter().copied());
            let asked: Vec<_> = nack.sequence_numbers().collect();
            prop_assert_eq!(asked, missing);
        }
    }
}
