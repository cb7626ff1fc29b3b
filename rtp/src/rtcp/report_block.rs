//! The report block of SR and RR (RFC 3550 §6.4.1).
//!
//! ```text
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |                             SSRC_n                            |
//! +---------------+-----------------------------------------------+
//! | fraction lost |       cumulative number of packets lost       |
//! +---------------+-----------------------------------------------+
//! |           extended highest sequence number received           |
//! +---------------------------------------------------------------+
//! |                      interarrival jitter                      |
//! +---------------------------------------------------------------+
//! |                         last SR (LSR)                         |
//! +---------------------------------------------------------------+
//! |                   delay since last SR (DLSR)                  |
//! +---------------------------------------------------------------+
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use crate::ParseError;

/// How one source is received.
///
/// ```
/// use lariat_rtp::rtcp::{ReceiverReport, ReportBlock};
///
/// let block = ReportBlock { ssrc: 7, cumulative_lost: -1, ..ReportBlock::default() };
/// let report = ReceiverReport { ssrc: 1, reports: vec![block] };
/// let mut bytes = Vec::new();
/// report.encode(&mut bytes)?;
/// assert_eq!(ReceiverReport::parse(&bytes)?.reports, [block]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReportBlock {
    /// The source that this is about.
    pub ssrc: u32,
    /// The share of packets lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the beginning; negative if duplicates outnumber losses. The wire has 24
    /// bits: beyond them it is clamped.
    pub cumulative_lost: i32,
    /// The highest sequence number received, with the count of its wraps in the upper 16 bits.
    pub extended_highest_sequence: u32,
    /// The interarrival jitter, in units of the RTP timestamp.
    pub jitter: u32,
    /// The middle 32 bits of the last sender report's NTP time; 0 if there was none.
    pub last_sender_report: u32,
    /// How long ago that report was received, in 1/65,536 s; 0 if there was none.
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    /// The length of a block.
    pub(super) const LEN: usize = 24;

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        Ok(Self {
            ssrc: reader.u32()?,
            fraction_lost: reader.u8()?,
            // Shifted up and back down, bit 23 becomes the sign.
            cumulative_lost: (reader.u24()? << 8).cast_signed() >> 8,
            extended_highest_sequence: reader.u32()?,
            jitter: reader.u32()?,
            last_sender_report: reader.u32()?,
            delay_since_last_sender_report: reader.u32()?,
        })
    }

    /// The `count` blocks at the front of `reader`.
    pub(super) fn read_all(reader: &mut Reader<'_>, count: u8) -> Result<Vec<Self>, ParseError> {
        let mut blocks =
            reader.sub(usize::from(count) * Self::LEN).map_err(|_| ParseError::RtcpCount)?;
        (0..count).map(|_| Self::read(&mut blocks)).collect()
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        writer.u32(self.ssrc);
        writer.u8(self.fraction_lost);
        // rfc3550 A.3: clamped, and not wrapped around.
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff);
        writer.u24(lost.cast_unsigned() & 0xff_ffff);
        writer.u32(self.extended_highest_sequence);
        writer.u32(self.jitter);
        writer.u32(self.last_sender_report);
        writer.u32(self.delay_since_last_sender_report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_beyond_24_bits_is_clamped() {
        for (lost, carried) in
            [(i32::MAX, 0x7f_ffff), (i32::MIN, -0x80_0000), (-1, -1), (0x7f_ffff, 0x7f_ffff)]
        {
            let mut out = Vec::new();
            let block = ReportBlock { cumulative_lost: lost, ..ReportBlock::default() };
            block.write(&mut Writer::new(&mut out));
            let read = ReportBlock::read(&mut Reader::new(&out)).unwrap();
            assert_eq!(read.cumulative_lost, carried);
        }
    }
}
