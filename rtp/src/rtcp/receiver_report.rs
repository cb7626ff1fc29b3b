//! Receiver report (RFC 3550 §6.4.2).
//!
//! ```text
//! |V=2|P|   RC    |   PT = 201    |            length             |
//! +---------------+---------------+-------------------------------+
//! |                     SSRC of packet sender                     |
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
use crate::limits::MAX_RTCP_COUNT;
use crate::{BuildError, ParseError};

/// How somebody who sends nothing receives others.
///
/// Without blocks it is the empty report that a compound packet may begin with. Profile-specific
/// extensions are skipped when read.
///
/// ```
/// use lariat_rtp::rtcp::ReceiverReport;
///
/// let empty = ReceiverReport { ssrc: 7, reports: Vec::new() };
/// let mut bytes = Vec::new();
/// empty.encode(&mut bytes)?;
/// assert_eq!(bytes, [0x80, 201, 0, 1, 0, 0, 0, 7]);
/// # Ok::<(), lariat_rtp::BuildError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReceiverReport {
    /// Who reports.
    pub ssrc: u32,
    /// How others are received, at most [`MAX_RTCP_COUNT`](crate::limits::MAX_RTCP_COUNT).
    pub reports: Vec<ReportBlock>,
}

impl ReceiverReport {
    pub(super) const TYPE: u8 = 201;

    /// As many reports of `ssrc` as it takes for `reports`: one at least, which may be empty.
    ///
    /// rfc3550 §6.1: what does not fit into the first report follows in further ones.
    pub fn for_sources(ssrc: u32, reports: &[ReportBlock]) -> impl Iterator<Item = Self> {
        let (first, rest) = reports.split_at(reports.len().min(MAX_RTCP_COUNT));
        let all = core::iter::once(first).chain(rest.chunks(MAX_RTCP_COUNT));
        all.map(move |reports| Self { ssrc, reports: Vec::from(reports) })
    }

    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not a receiver report.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_frame(Frame::parse(bytes)?)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        let frame = frame.expect_type(Self::TYPE)?;
        let mut reader = Reader::new(frame.body);
        let ssrc = reader.u32()?;
        let reports = ReportBlock::read_all(&mut reader, frame.count)?;
        Ok(Self { ssrc, reports })
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        FRAME_LEN + 4 + self.reports.len() * ReportBlock::LEN
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
    const EXAMPLE: [u8; 32] = [
        0x81, 0xc9, 0x00, 0x07, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x07, 0x40, 0xff, 0xff,
        0xfe, 0x00, 0x01, 0x00, 0x02, 0x00, 0x00, 0x01, 0x00, 0xb7, 0x05, 0x20, 0x00, 0x00, 0x05,
        0x40, 0x00,
    ];

    #[test]
    fn the_layout_is_that_of_the_rfc() {
        let report = ReceiverReport {
            ssrc: 1,
            reports: vec![ReportBlock {
                ssrc: 7,
                fraction_lost: 64,
                cumulative_lost: -2,
                extended_highest_sequence: 65_538,
                jitter: 256,
                last_sender_report: 0xb705_2000,
                delay_since_last_sender_report: 0x0005_4000,
            }],
        };
        let mut out = Vec::new();
        report.encode(&mut out).unwrap();
        assert_eq!(out, EXAMPLE);
        assert_eq!(ReceiverReport::parse(&EXAMPLE), Ok(report));
    }

    #[test]
    fn what_is_not_a_receiver_report_is_rejected() {
        for (bytes, error) in [
            (&[0x80, 201, 0, 0][..], ParseError::Truncated),
            (&[0x81, 201, 0, 1, 0, 0, 0, 1][..], ParseError::RtcpCount),
            (&[0x9f, 201, 0, 1, 0, 0, 0, 1][..], ParseError::RtcpCount),
            (&EXAMPLE[..31], ParseError::RtcpLength),
            (
                &[0x80, 200, 0, 1, 0, 0, 0, 1][..],
                ParseError::RtcpType { packet_type: 200, format: 0 },
            ),
        ] {
            assert_eq!(ReceiverReport::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }

    #[test]
    fn more_reports_than_the_count_can_say_are_refused() {
        let mut out = Vec::new();
        let report = ReceiverReport { ssrc: 1, reports: vec![ReportBlock::default(); 32] };
        assert_eq!(report.encode(&mut out), Err(BuildError::TooManyEntries(32)));
        assert_eq!(out, []);
    }

    #[test]
    fn more_sources_than_one_report_holds_get_further_reports() {
        let blocks: Vec<_> =
            (0..63).map(|ssrc| ReportBlock { ssrc, ..ReportBlock::default() }).collect();
        let lengths = |count| {
            let reports: Vec<_> = ReceiverReport::for_sources(1, &blocks[..count]).collect();
            let all = reports.iter().flat_map(|report| report.reports.iter().copied());
            assert!(all.eq(blocks[..count].iter().copied()));
            reports.iter().map(|report| report.reports.len()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(0), [0]);
        assert_eq!(lengths(31), [31]);
        assert_eq!(lengths(32), [31, 1]);
        assert_eq!(lengths(63), [31, 31, 1]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(ssrc: u32, reports in report_blocks()) {
            assert_round_trip(ReceiverReport { ssrc, reports });
        }
    }
}
