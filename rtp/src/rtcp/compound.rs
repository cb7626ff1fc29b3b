//! Datagrams of several RTCP packets: compound (RFC 3550 §6.1) and reduced-size (RFC 5506).

use alloc::vec::Vec;

use lariat_base::Reader;

use super::Packet;
use super::frame::Frame;
use crate::limits::MAX_COMPOUND_PACKETS;
use crate::{BuildError, ParseError};

/// Reads the RTCP packets of one datagram, in order.
///
/// The iterator ends with the first packet that cannot be read and says why; what came before is
/// good, what follows is dropped. It reads reduced-size RTCP too: any packet may come first (RFC
/// 5506 §4.1). An empty datagram is an error. At most [`MAX_COMPOUND_PACKETS`] are read.
///
/// ```
/// use lariat_rtp::ParseError;
/// use lariat_rtp::rtcp::{self, PictureLossIndication};
///
/// // A picture loss indication, and half of something else.
/// let datagram = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7, 0x80, 201, 0, 1];
/// let read: Vec<_> = rtcp::compound(&datagram).collect();
/// let pli = PictureLossIndication { sender_ssrc: 1, media_ssrc: 7 };
/// assert_eq!(read, [Ok(pli.into()), Err(ParseError::RtcpLength)]);
/// ```
pub const fn compound(datagram: &[u8]) -> Compound<'_> {
    Compound { state: State::Reading { reader: Reader::new(datagram), count: 0 } }
}

/// The packets of one datagram; see [`compound`].
///
/// ```
/// let mut packets = lariat_rtp::rtcp::compound(&[]);
/// assert!(packets.next().unwrap().is_err());
/// assert!(packets.next().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Compound<'a> {
    state: State<'a>,
}

#[derive(Clone, Debug)]
enum State<'a> {
    Reading { reader: Reader<'a>, count: usize },
    Ended,
}

impl Iterator for Compound<'_> {
    type Item = Result<Packet, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let State::Reading { reader, count } = &mut self.state else { return None };
        if reader.is_empty() && *count > 0 {
            self.state = State::Ended;
            return None;
        }
        let packet = if *count == MAX_COMPOUND_PACKETS {
            Err(ParseError::TooManyPackets)
        } else {
            *count += 1;
            Frame::read(reader).and_then(Packet::from_frame)
        };
        if packet.is_err() {
            self.state = State::Ended;
        }
        Some(packet)
    }
}

impl core::iter::FusedIterator for Compound<'_> {}

/// Writes several RTCP packets into one datagram, within a length.
///
/// A packet that does not fit is refused and leaves the datagram as it is, so that the caller can
/// finish it and begin another.
///
/// ```
/// use lariat_rtp::rtcp::{self, CompoundWriter, Goodbye, ReceiverReport, SourceDescription};
///
/// let mut datagram = Vec::new();
/// let mut writer = CompoundWriter::compound(&mut datagram, 1_200);
/// writer.push(&ReceiverReport { ssrc: 7, reports: vec![] }.into())?;
/// writer.push(&SourceDescription::cname(7, "k3Yz0a".into()).into())?;
/// writer.push(&Goodbye { ssrcs: vec![7], reason: None }.into())?;
/// let length = writer.finish()?;
/// assert_eq!(length, datagram.len());
/// assert_eq!(rtcp::compound(&datagram).count(), 3);
/// # Ok::<(), lariat_rtp::BuildError>(())
/// ```
#[derive(Debug)]
#[must_use = "a datagram is complete once `finish` has checked it"]
pub struct CompoundWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    limit: usize,
    rule: Rule,
}

/// What the datagram has to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Reduced size: whatever there is.
    Any,
    /// Compound: a report comes next.
    Report,
    /// Compound: there is a report, and a CNAME has yet to come.
    Cname,
    /// Compound, and complete.
    Complete,
}

impl<'a> CompoundWriter<'a> {
    /// A compound packet of at most `limit` bytes at the end of `out`: a report comes first, and a
    /// CNAME is among the rest.
    pub const fn compound(out: &'a mut Vec<u8>, limit: usize) -> Self {
        let start = out.len();
        Self { out, start, limit, rule: Rule::Report }
    }

    /// A reduced-size packet of at most `limit` bytes at the end of `out`: any packets in any
    /// order.
    ///
    /// Only for a peer that has agreed to it (`a=rtcp-rsize`, RFC 5506 §5).
    pub const fn reduced_size(out: &'a mut Vec<u8>, limit: usize) -> Self {
        let start = out.len();
        Self { out, start, limit, rule: Rule::Any }
    }

    /// How many bytes are left.
    pub fn remaining(&self) -> usize {
        self.limit.saturating_sub(self.out.len().saturating_sub(self.start))
    }

    /// Appends a packet.
    ///
    /// # Errors
    /// [`BuildError::DatagramFull`] if it does not fit, [`BuildError::FirstNotReport`], or why this
    /// packet cannot be written. Nothing is appended then.
    pub fn push(&mut self, packet: &Packet) -> Result<(), BuildError> {
        // rfc3550 §6.1: the first packet of a compound packet is a report.
        let rule = match (self.rule, packet) {
            (Rule::Report, Packet::SenderReport(_) | Packet::ReceiverReport(_)) => Rule::Cname,
            (Rule::Report, _) => return Err(BuildError::FirstNotReport),
            (Rule::Cname, Packet::SourceDescription(sdes)) if sdes.has_cname() => Rule::Complete,
            (rule, _) => rule,
        };
        let (needed, left) = (packet.encoded_len(), self.remaining());
        if needed > left {
            return Err(BuildError::DatagramFull { needed, left });
        }
        packet.encode(self.out)?;
        self.rule = rule;
        Ok(())
    }

    /// Ends the datagram and returns its length.
    ///
    /// # Errors
    /// [`BuildError::FirstNotReport`] or [`BuildError::NoCname`] for an incomplete compound packet;
    /// what was appended is taken back then.
    pub fn finish(self) -> Result<usize, BuildError> {
        let missing = match self.rule {
            Rule::Any | Rule::Complete => return Ok(self.out.len().saturating_sub(self.start)),
            Rule::Report => BuildError::FirstNotReport,
            // rfc3550 §6.1: a CNAME is in each compound packet.
            Rule::Cname => BuildError::NoCname,
        };
        self.out.truncate(self.start);
        Err(missing)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::rtcp::{PictureLossIndication, ReceiverReport, SourceDescription};

    fn report() -> Packet {
        ReceiverReport { ssrc: 7, reports: vec![] }.into()
    }

    fn cname() -> Packet {
        SourceDescription::cname(7, "name".into()).into()
    }

    fn pli() -> Packet {
        PictureLossIndication { sender_ssrc: 7, media_ssrc: 8 }.into()
    }

    #[test]
    fn a_compound_packet_begins_with_a_report_and_has_a_cname() {
        let mut out = Vec::from(*b"before");
        let mut writer = CompoundWriter::compound(&mut out, 100);
        assert_eq!(writer.push(&pli()), Err(BuildError::FirstNotReport));
        assert_eq!(writer.push(&report()), Ok(()));
        assert_eq!(writer.push(&pli()), Ok(()));
        assert_eq!(writer.finish(), Err(BuildError::NoCname));
        assert_eq!(out, *b"before");

        let writer = CompoundWriter::compound(&mut out, 100);
        assert_eq!(writer.finish(), Err(BuildError::FirstNotReport));

        let mut writer = CompoundWriter::compound(&mut out, 100);
        for packet in [report(), cname(), pli()] {
            assert_eq!(writer.push(&packet), Ok(()));
        }
        let length = writer.finish().unwrap();
        let read: Result<Vec<_>, _> = compound(&out[out.len() - length..]).collect();
        assert_eq!(read, Ok(vec![report(), cname(), pli()]));
    }

    #[test]
    fn a_reduced_size_packet_may_be_anything() {
        let mut out = Vec::new();
        let mut writer = CompoundWriter::reduced_size(&mut out, 100);
        assert_eq!(writer.push(&pli()), Ok(()));
        assert_eq!(writer.finish(), Ok(12));
        let read: Result<Vec<_>, _> = compound(&out).collect();
        assert_eq!(read, Ok(vec![pli()]));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut out = Vec::new();
        let mut writer = CompoundWriter::reduced_size(&mut out, 23);
        assert_eq!(writer.push(&pli()), Ok(()));
        assert_eq!(writer.push(&pli()), Err(BuildError::DatagramFull { needed: 12, left: 11 }));
        assert_eq!(writer.push(&report()), Ok(()));
        assert_eq!(writer.finish(), Ok(20));
    }

    #[test]
    fn no_more_packets_are_read_than_the_limit() {
        let empty = [0x80, 204, 0, 0];
        let full = empty.repeat(MAX_COMPOUND_PACKETS);
        assert!(compound(&full).all(|packet| packet.is_ok()));
        let over = empty.repeat(MAX_COMPOUND_PACKETS + 1);
        let read: Vec<_> = compound(&over).collect();
        assert_eq!(read.len(), MAX_COMPOUND_PACKETS + 1);
        assert_eq!(read.last(), Some(&Err(ParseError::TooManyPackets)));
    }
}
