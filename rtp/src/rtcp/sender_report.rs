//! Sender report (RFC 3550 §6.4.1).
//!
//! ```text
//! |V=2|P|   RC    |   PT = 200    |            length             |
//! +---------------+---------------+-------------------------------+
//! |                         SSRC of sender                        |
//! +---------------------------------------------------------------+
//! |                     NTP timestamp, 64 bits                    |
//! |                                                               |
//! +---------------------------------------------------------------+
//! |                         RTP timestamp                         |
//! +---------------------------------------------------------------+
//! |                     sender's packet count                     |
//! +---------------------------------------------------------------+
//! |                      sender's octet count                     |
//! +===============================================================+
//! |                    RC report blocks, 24 bytes                 |
//! +===============================================================+
//! |                  profile-specific extensions                  |
//! +---------------------------------------------------------------+
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::frame::{self, FRAME_LEN, Frame};
use super::report_block::ReportBlock;
use crate::{BuildError, NtpTime, ParseError};

/// What a source has sent, what its timestamps mean, and how it receives others.
///
/// Profile-specific extensions are skipped when read.
///
/// ```
/// use lariat_rtp::NtpTime;
/// use lariat_rtp::rtcp::SenderReport;
///
/// let report = SenderReport {
///     ssrc: 7,
///     ntp: NtpTime(1 << 32),
///     rtp_timestamp: 90_000,
///     packet_count: 10,
///     octet_count: 12_000,
///     reports: Vec::new(),
/// };
/// let mut bytes = Vec::new();
/// report.encode(&mut bytes)?;
/// assert_eq!(bytes.len(), report.encoded_len());
/// assert_eq!(SenderReport::parse(&bytes)?, report);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SenderReport {
    /// Who reports.
    pub ssrc: u32,
    /// The wall-clock time of this report.
    pub ntp: NtpTime,
    /// The same moment, as a timestamp of this stream.
    pub rtp_timestamp: u32,
    /// RTP packets sent so far, modulo 2³².
    pub packet_count: u32,
    /// Bytes of payload sent so far, modulo 2³².
    pub octet_count: u32,
    /// How others are received, at most [`MAX_RTCP_COUNT`](crate::limits::MAX_RTCP_COUNT).
    pub reports: Vec<ReportBlock>,
}

impl SenderReport {
    pub(super) const TYPE: u8 = 200;

    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not a sender report.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_frame(Frame::parse(bytes)?)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        let frame = frame.expect_type(Self::TYPE)?;
        let mut reader = Reader::new(frame.body);
        Ok(Self {
            ssrc: reader.u32()?,
            ntp: NtpTime(reader.u64()?),
            rtp_timestamp: reader.u32()?,
            packet_count: reader.u32()?,
            octet_count: reader.u32()?,
            reports: ReportBlock::read_all(&mut reader, frame.count)?,
        })
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        FRAME_LEN + 24 + self.reports.len() * ReportBlock::LEN
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// [`BuildError::TooManyEntries`]; `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        frame::check(self.reports.len(), self.encoded_len())?;
        let mut writer = Writer::new(out);
        frame::write(&mut writer, self.reports.len(), Self::TYPE, self.encoded_len());
        writer.u32(self.ssrc);
        writer.u64(self.ntp.0);
        writer.u32(self.rtp_timestamp);
        writer.u32(self.packet_count);
        writer.u32(self.octet_count);
        for report in &self.reports {
            report.write(&mut writer);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::super::testing::{assert_round_trip, report_blocks};
    use super::*;

    /// With the times of the example in RFC 3550 §6.4.1, figure 2.
    const EXAMPLE: [u8; 28] = [
        0x80, 0xc8, 0x00, 0x06, 0x00, 0x00, 0x00, 0x07, 0xb4, 0x4d, 0xb7, 0x05, 0x20, 0x00, 0x00,
        0x00, 0x00, 0x01, 0x5f, 0x90, 0x00, 0x00, 0x00, 0x0a, 0x00, 0x00, 0x2e, 0xe0,
    ];

    #[test]
    fn the_layout_is_that_of_the_rfc() {
        let report = SenderReport {
            ssrc: 7,
            ntp: NtpTime(0xb44d_b705_2000_0000),
            rtp_timestamp: 90_000,
            packet_count: 10,
            octet_count: 12_000,
            reports: Vec::new(),
        };
        let mut out = Vec::new();
        report.encode(&mut out).unwrap();
        assert_eq!(out, EXAMPLE);
        assert_eq!(SenderReport::parse(&EXAMPLE), Ok(report));
    }

    #[test]
    fn a_profile_specific_extension_is_skipped() {
        let mut bytes = Vec::from(EXAMPLE);
        bytes.extend_from_slice(&[1, 2, 3, 4]);
        bytes[3] += 1;
        assert_eq!(SenderReport::parse(&bytes), SenderReport::parse(&EXAMPLE));
    }

    #[test]
    fn what_is_not_a_sender_report_is_rejected() {
        let with = |index: usize, value: u8| {
            let mut bytes = EXAMPLE;
            bytes[index] = value;
            SenderReport::parse(&bytes).unwrap_err()
        };
        assert_eq!(with(0, 0x81), ParseError::RtcpCount);
        assert_eq!(with(1, 201), ParseError::RtcpType { packet_type: 201, format: 0 });
        assert_eq!(with(3, 5), ParseError::Trailing);
        assert_eq!(with(3, 7), ParseError::RtcpLength);
        let mut short = [0; 24];
        short.copy_from_slice(&EXAMPLE[..24]);
        short[3] = 5;
        assert_eq!(SenderReport::parse(&short), Err(ParseError::Truncated));
    }

    #[test]
    fn more_reports_than_the_count_can_say_are_refused() {
        let mut out = Vec::new();
        let mut report =
            SenderReport { reports: vec![ReportBlock::default(); 32], ..SenderReport::default() };
        assert_eq!(report.encode(&mut out), Err(BuildError::TooManyEntries(32)));
        assert_eq!(out, []);
        report.reports.pop();
        assert_eq!(report.encode(&mut out), Ok(()));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            numbers: (u32, u64, u32, u32, u32),
            reports in report_blocks(),
        ) {
            let (ssrc, ntp, rtp_timestamp, packet_count, octet_count) = numbers;
            let ntp = NtpTime(ntp);
            assert_round_trip(SenderReport {
                ssrc, ntp, rtp_timestamp, packet_count, octet_count, reports,
            });
        }
    }
}
