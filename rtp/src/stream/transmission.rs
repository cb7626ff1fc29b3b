//! The sending end of a stream.

use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::Instant;

use crate::NtpTime;
use crate::limits::MAX_REMEMBERED_REPORTS;
use crate::ntp::from_short;
use crate::rtcp::{ReportBlock, SenderReport};

/// rfc3550 §6.4: who has sent packets since the last report or since the one before is a sender.
const LAST_REPORTS: u8 = 2;

/// Counts what is sent on one stream, reports on it, and learns from the answers.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::Instant;
/// use lariat_rtp::NtpTime;
/// use lariat_rtp::rtcp::ReportBlock;
/// use lariat_rtp::stream::Transmission;
///
/// let mut transmission = Transmission::new(7, 90_000);
/// transmission.on_packet(Instant::ZERO, 1_000, 1_100);
///
/// // A second later: the timestamp has moved on with the clock.
/// let now = Instant::from_millis(1_000);
/// let report = transmission.sender_report(now, NtpTime(5 << 32)).unwrap();
/// assert_eq!((report.packet_count, report.rtp_timestamp), (1, 91_000));
///
/// // The answer comes 80 ms later, and the peer had kept the report for half of that.
/// let block = ReportBlock {
///     ssrc: 7,
///     last_sender_report: report.ntp.middle(),
///     delay_since_last_sender_report: 65_536 * 40 / 1_000,
///     ..ReportBlock::default()
/// };
/// let rtt = transmission.on_report_block(Instant::from_millis(1_080), &block).unwrap();
/// assert_eq!(rtt.as_millis(), 40);
/// ```
#[derive(Clone, Debug)]
pub struct Transmission {
    ssrc: u32,
    clock_rate: u32,
    packets: u64,
    bytes: u64,
    /// The last packet's timestamp, and when it was sent.
    last: Option<(u32, Instant)>,
    /// How many reports there were since that packet, up to [`LAST_REPORTS`].
    reported: u8,
    /// The last sender reports: what their answers will name, and when they were made. Oldest
    /// first.
    reports: Vec<(u32, Instant)>,
    remote: Option<ReportBlock>,
    rtt: Option<Duration>,
}

/// What a [`Transmission`] has sent and learned so far.
///
/// ```
/// use lariat_rtp::stream::Transmission;
///
/// assert_eq!(Transmission::new(7, 90_000).stats().rtt, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TransmissionStats {
    /// Packets sent.
    pub packets: u64,
    /// Bytes of payload in them.
    pub bytes: u64,
    /// The latest round-trip time.
    pub rtt: Option<Duration>,
    /// The latest report of the other end about this stream.
    pub remote: Option<ReportBlock>,
}

impl Transmission {
    /// A stream of `ssrc` whose timestamps count `clock_rate` units in a second. Nothing has been
    /// sent.
    pub const fn new(ssrc: u32, clock_rate: u32) -> Self {
        Self {
            ssrc,
            clock_rate,
            packets: 0,
            bytes: 0,
            last: None,
            reported: 0,
            reports: Vec::new(),
            remote: None,
            rtt: None,
        }
    }

    /// The source that this is about.
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What was sent and learned so far.
    pub const fn stats(&self) -> TransmissionStats {
        let Self { packets, bytes, rtt, remote, .. } = *self;
        TransmissionStats { packets, bytes, rtt, remote }
    }

    /// Counts a packet that is sent at `now`, with its timestamp and the length of its payload
    /// without padding, in bytes.
    pub const fn on_packet(&mut self, now: Instant, timestamp: u32, payload_len: usize) {
        self.packets = self.packets.saturating_add(1);
        self.bytes = self.bytes.saturating_add(payload_len as u64);
        self.last = Some((timestamp, now));
        self.reported = 0;
    }

    /// From the next packet on, timestamps count `clock_rate` units in a second, as its payload
    /// type says. RFC 7160 §4.1 asks a sender for another SSRC then; a stream that keeps its own is
    /// at least reported in the unit that its packets have.
    pub const fn set_clock_rate(&mut self, clock_rate: u32) {
        self.clock_rate = clock_rate;
    }

    /// The report for `now`, which is `ntp` on the wall clock; without report blocks.
    ///
    /// `None` as long as nothing was sent, when there is no telling what the timestamp would be,
    /// and if nothing was sent since the report before the last one: a receiver report is due
    /// instead (RFC 3550 §6.4).
    pub fn sender_report(&mut self, now: Instant, ntp: NtpTime) -> Option<SenderReport> {
        let (timestamp, sent) = self.last?;
        if self.reported >= LAST_REPORTS {
            return None;
        }
        self.reported += 1;
        if self.reports.len() == MAX_REMEMBERED_REPORTS {
            self.reports.remove(0);
        }
        self.reports.push((ntp.middle(), now));
        // rfc3550 §6.4.1: the timestamp is that of the report's own moment, not of a packet.
        let elapsed = (now - sent).as_nanos() * u128::from(self.clock_rate) / 1_000_000_000;
        Some(SenderReport {
            ssrc: self.ssrc,
            ntp,
            rtp_timestamp: timestamp.wrapping_add(elapsed as u32),
            packet_count: self.packets as u32,
            octet_count: self.bytes as u32,
            reports: Vec::new(),
        })
    }

    /// Takes in what the other end reports about this stream, and returns the round-trip time if
    /// the report answers one of the last [`MAX_REMEMBERED_REPORTS`] sender reports.
    ///
    /// A report about another source is ignored. The time is measured on the caller's clock, so
    /// that a wall clock that is set does no harm; a peer that claims to have waited longer than
    /// the answer took makes it zero.
    pub fn on_report_block(&mut self, now: Instant, block: &ReportBlock) -> Option<Duration> {
        if block.ssrc != self.ssrc {
            return None;
        }
        self.remote = Some(*block);
        // rfc3550 §6.4.1: zero says that no sender report has arrived.
        if block.last_sender_report == 0 {
            return None;
        }
        let mut newest_first = self.reports.iter().rev();
        let (_, sent) = newest_first.find(|(middle, _)| *middle == block.last_sender_report)?;
        let delay = from_short(block.delay_since_last_sender_report);
        let rtt = (now - *sent).saturating_sub(delay);
        self.rtt = Some(rtt);
        Some(rtt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NTP: NtpTime = NtpTime(5 << 32);

    // rfc3550 §6.4
    #[test]
    fn a_stream_that_falls_silent_is_reported_twice_more_and_again_once_it_goes_on() {
        let mut transmission = Transmission::new(7, 8_000);
        let mut second = 0;
        let mut report = |transmission: &mut Transmission| {
            second += 1;
            transmission.sender_report(Instant::from_millis(second * 1_000), NTP).is_some()
        };
        assert!(!report(&mut transmission));
        for _ in 0..3 {
            transmission.on_packet(Instant::ZERO, 0, 10);
            assert!(report(&mut transmission));
            transmission.on_packet(Instant::ZERO, 160, 10);
            let reports: [bool; 5] = core::array::from_fn(|_| report(&mut transmission));
            assert_eq!(reports, [true, true, false, false, false]);
        }
    }

    #[test]
    fn a_report_counts_in_the_clock_of_the_latest_packet() {
        let mut transmission = Transmission::new(7, 48_000);
        transmission.on_packet(Instant::ZERO, 96_000, 10);
        transmission.set_clock_rate(8_000);
        transmission.on_packet(Instant::from_millis(1_000), 24_000, 10);
        let report = transmission.sender_report(Instant::from_millis(1_500), NTP).unwrap();
        assert_eq!(report.rtp_timestamp, 24_000 + 4_000);
    }
}
