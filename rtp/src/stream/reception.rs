//! The receiving end of a stream.

use core::time::Duration;

use lariat_base::{Instant, Tally};

use super::jitter::Jitter;
use super::sequence::{Arrival, Sequence};
use crate::ntp::to_short;
use crate::rtcp::{Goodbye, ReportBlock, SenderReport};
use crate::{NtpTime, Packet};

/// Why something was left out of a stream's statistics.
///
/// ```
/// use lariat_rtp::stream::{Dropped, Reception};
///
/// assert_eq!(Reception::new(7, 90_000).dropped().get(Dropped::ForeignSource), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// It was of, or about, another SSRC.
    ForeignSource,
    /// Its sequence number was too far from the stream's.
    SequenceJump,
}

impl core::fmt::Display for Dropped {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::ForeignSource => "not about this stream's source",
            Self::SequenceJump => "sequence number is too far from the stream's",
        })
    }
}

/// Watches one stream arrive, and reports on it.
///
/// ```
/// use lariat_base::{Instant, Serial16};
/// use lariat_rtp::stream::Reception;
/// use lariat_rtp::{Packet, PacketBuilder};
///
/// let mut reception = Reception::new(7, 90_000);
/// for number in [1, 2, 4] {
///     let sequence_number = Serial16::new(number);
///     let mut bytes = Vec::new();
///     PacketBuilder { sequence_number, ssrc: 7, ..PacketBuilder::default() }.encode(&mut bytes)?;
///     reception.on_packet(Instant::ZERO, &Packet::parse(&bytes)?);
/// }
/// let block = reception.report_block(Instant::ZERO);
/// assert_eq!((block.cumulative_lost, block.fraction_lost), (1, 64));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reception {
    ssrc: u32,
    clock_rate: u32,
    sequence: Sequence,
    jitter: Jitter,
    sender_report: Option<(NtpTime, Instant)>,
    packets: u64,
    bytes: u64,
    dropped: Tally<Dropped>,
}

/// What a [`Reception`] has seen so far.
///
/// ```
/// use lariat_rtp::stream::Reception;
///
/// assert_eq!(Reception::new(7, 90_000).stats().packets, 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ReceptionStats {
    /// Packets received, duplicates included, jumps not.
    pub packets: u64,
    /// Bytes of payload in them.
    pub bytes: u64,
    /// Packets lost since the beginning or the last restart; negative if duplicates outnumber
    /// losses.
    pub lost: i64,
    /// Interarrival jitter.
    pub jitter: Duration,
}

impl Reception {
    /// A stream of `ssrc` whose timestamps count `clock_rate` units in a second. Nothing has
    /// arrived.
    ///
    /// With a clock rate of 0 the jitter means nothing.
    pub const fn new(ssrc: u32, clock_rate: u32) -> Self {
        Self {
            ssrc,
            clock_rate,
            sequence: Sequence::Silent,
            jitter: Jitter::new(clock_rate),
            sender_report: None,
            packets: 0,
            bytes: 0,
            dropped: Tally::new(),
        }
    }

    /// From the next packet on, timestamps count `clock_rate` units in a second, as its payload
    /// type says. Jitter goes on in the new unit. The step itself is left out, while RFC 7160 §4.3
    /// counts it: not every sender makes timestamps go on smoothly.
    pub fn set_clock_rate(&mut self, clock_rate: u32) {
        if self.clock_rate != clock_rate {
            self.clock_rate = clock_rate;
            self.jitter.set_clock_rate(clock_rate);
        }
    }

    /// The source that this is about.
    pub const fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What the stream has seen so far.
    pub fn stats(&self) -> ReceptionStats {
        let jitter = u64::from(self.jitter.get()).saturating_mul(1_000_000_000);
        let jitter = jitter.checked_div(self.clock_rate.into()).unwrap_or(0);
        ReceptionStats {
            packets: self.packets,
            bytes: self.bytes,
            lost: self.sequence.counters().map_or(0, |counters| counters.lost()),
            jitter: Duration::from_nanos(jitter),
        }
    }

    /// What was left out, and why.
    pub const fn dropped(&self) -> &Tally<Dropped> {
        &self.dropped
    }

    /// Takes in a packet that arrived at `now`, and says how it continues the stream.
    ///
    /// The packet should be authenticated and not a replay: SRTP comes before. An [`Arrival::Jump`]
    /// is not counted, but whether to use its payload is the caller's choice.
    pub fn on_packet(&mut self, now: Instant, packet: &Packet<'_>) -> Arrival {
        if packet.ssrc() != self.ssrc {
            self.dropped.add(Dropped::ForeignSource);
            return Arrival::Foreign;
        }
        let arrival = self.sequence.on_packet(packet.sequence_number());
        match arrival {
            Arrival::Jump => {
                self.dropped.add(Dropped::SequenceJump);
                return arrival;
            }
            Arrival::Restart => self.jitter.interrupt(),
            _ => {}
        }
        self.packets = self.packets.saturating_add(1);
        self.bytes = self.bytes.saturating_add(packet.payload().len() as u64);
        self.jitter.on_packet(now, packet.timestamp());
        arrival
    }

    /// Takes in the source's own report, for its receiver to answer; ignored if it is another's.
    pub fn on_sender_report(&mut self, now: Instant, report: &SenderReport) {
        if report.ssrc == self.ssrc {
            self.sender_report = Some((report.ntp, now));
        } else {
            self.dropped.add(Dropped::ForeignSource);
        }
    }

    /// Whether `goodbye` ends this stream. It does so only if it names this source.
    pub fn is_ended_by(&self, goodbye: &Goodbye) -> bool {
        goodbye.ssrcs.contains(&self.ssrc)
    }

    /// Whether a packet has arrived since the last [`Self::report_block`].
    ///
    /// rfc3550 §6.4.1: a source that was silent for the whole interval gets no report block.
    pub fn has_news(&self) -> bool {
        self.sequence.counters().is_some_and(|counters| counters.has_news())
    }

    /// The report block for a report that is sent at `now`. It ends the interval that the fraction
    /// of lost packets is measured over.
    pub fn report_block(&mut self, now: Instant) -> ReportBlock {
        let fraction_lost = self.sequence.take_fraction_lost();
        let counters = self.sequence.counters();
        let lost = counters.map_or(0, |counters| counters.lost());
        // rfc3550 §6.4.1: both are zero as long as there was no sender report.
        let (last, delay) = self
            .sender_report
            .map_or((0, 0), |(ntp, received)| (ntp.middle(), to_short(now - received)));
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost,
            cumulative_lost: lost.clamp(-0x80_0000, 0x7f_ffff) as i32,
            extended_highest_sequence: counters.map_or(0, |counters| counters.extended_highest()),
            jitter: self.jitter.get(),
            last_sender_report: last,
            delay_since_last_sender_report: delay,
        }
    }
}
