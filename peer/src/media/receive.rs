//! Packets that arrive.

use alloc::vec::Vec;
use core::ops::Range;

use bytes::{Bytes, BytesMut};
use lariat_base::Instant;
use lariat_rtp::Packet;
use lariat_rtp::rtcp::{self, ReportBlock};

use super::Media;
use super::send::is_time;
use crate::error::Dropped;
use crate::limits::PACKET_BUFFER;
use crate::negotiation::session::Negotiation;
use crate::negotiation::transceiver::Transceiver;
use crate::{Event, RtpPacket, TransceiverId};

impl Media {
    /// Takes a protected RTP packet; an authentic one of a known stream becomes an event.
    pub(crate) fn on_rtp(
        &mut self,
        now: Instant,
        negotiation: &Negotiation,
        datagram: &[u8],
    ) -> Option<Event> {
        match self.receive_rtp(now, negotiation, datagram) {
            Ok(event) => event,
            Err(reason) => {
                self.dropped.add(reason);
                None
            }
        }
    }

    fn receive_rtp(
        &mut self,
        now: Instant,
        negotiation: &Negotiation,
        datagram: &[u8],
    ) -> Result<Option<Event>, Dropped> {
        let secured = self.secured.as_mut().ok_or(Dropped::NoKeys)?;
        take_over(&mut self.scratch, datagram);
        // What is not authentic, SRTP counts by its own reasons.
        let Ok(length) = secured.srtp.inbound.unprotect_rtp(&mut self.scratch) else {
            return Ok(None);
        };
        self.scratch.truncate(length);
        let packet = Packet::parse(&self.scratch).map_err(|_| Dropped::MalformedRtp)?;
        let known = self.receivers.get(packet.ssrc()).map(|receiver| receiver.transceiver);
        let transceiver =
            transceiver_of(negotiation, &packet, known).ok_or(Dropped::UnknownStream)?;
        let payload_type =
            transceiver.payload_type(packet.payload_type()).ok_or(Dropped::UnknownPayloadType)?;
        let clock_rate = payload_type.clock_rate;
        let receiver = self.receivers.of(now, packet.ssrc(), transceiver, clock_rate);
        receiver.reception.set_clock_rate(clock_rate);
        receiver.reception.on_packet(now, &packet);
        let payload = packet.header_len()..packet.header_len() + packet.payload().len();
        let mut packet = describe(&packet);
        packet.payload = take_out(&mut self.scratch, payload);
        Ok(Some(Event::Rtp { transceiver: transceiver.id, packet }))
    }

    /// Takes a protected RTCP packet, and returns what the owner should know of it.
    pub(crate) fn on_rtcp(&mut self, now: Instant, datagram: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        let Some(secured) = self.secured.as_mut() else {
            self.dropped.add(Dropped::NoKeys);
            return events;
        };
        let mut buffer = core::mem::take(&mut self.scratch);
        take_over(&mut buffer, datagram);
        if let Ok(length) = secured.srtp.inbound.unprotect_rtcp(&mut buffer) {
            for packet in rtcp::compound(buffer.get(..length).unwrap_or_default()) {
                match packet {
                    Ok(packet) => self.on_feedback(now, &packet, &mut events),
                    // adversarial M10: the good parts before a bad one count.
                    Err(_) => self.dropped.add(Dropped::MalformedRtcp),
                }
            }
        }
        self.scratch = buffer;
        events
    }

    fn on_feedback(&mut self, now: Instant, packet: &rtcp::Packet, events: &mut Vec<Event>) {
        match packet {
            rtcp::Packet::SenderReport(report) => {
                if let Some(receiver) = self.receivers.get_mut(report.ssrc) {
                    receiver.reception.on_sender_report(now, report);
                }
                self.on_report_blocks(now, &report.reports);
            }
            rtcp::Packet::ReceiverReport(report) => self.on_report_blocks(now, &report.reports),
            rtcp::Packet::PictureLossIndication(pli) => {
                // adversarial M13: what is said of somebody else's streams has no effect.
                if let Some(sender) = self.senders.get_mut(&pli.media_ssrc)
                    && is_time(&mut sender.keyframe_wanted, now)
                {
                    events.push(Event::KeyframeRequested(sender.transceiver));
                }
            }
            // rfc3550 §6.6: the stream is over; a late packet of it would begin it anew.
            rtcp::Packet::Goodbye(goodbye) => {
                for ssrc in &goodbye.ssrcs {
                    self.receivers.remove(*ssrc);
                }
            }
            _ => {}
        }
    }

    fn on_report_blocks(&mut self, now: Instant, blocks: &[ReportBlock]) {
        for block in blocks {
            if let Some(sender) = self.senders.get_mut(&block.ssrc) {
                sender.transmission.on_report_block(now, block);
            }
        }
    }
}

/// rfc9143 §9.2: by the mid in the packet, else by the SSRC, else by a payload type that only one
/// section has.
///
/// `known` is whose the packet's SSRC was so far.
fn transceiver_of<'n>(
    negotiation: &'n Negotiation,
    packet: &Packet<'_>,
    known: Option<TransceiverId>,
) -> Option<&'n Transceiver> {
    let known = known.and_then(|id| negotiation.transceiver(id)).filter(|one| one.receives());
    match known {
        // A mid that says otherwise moves the stream.
        Some(known) if names_none_or(known, packet) => return Some(known),
        _ => {}
    }
    let receiving = || negotiation.transceivers().iter().filter(|one| one.receives());
    let by_ssrc = || {
        receiving().find(|one| {
            let announced = one.negotiated.as_ref().map(|negotiated| &negotiated.remote_ssrcs);
            announced.is_some_and(|ssrcs| ssrcs.binary_search(&packet.ssrc()).is_ok())
        })
    };
    let by_payload_type = || {
        let mut with_it =
            receiving().filter(|one| one.payload_type(packet.payload_type()).is_some());
        with_it.next().filter(|_| with_it.next().is_none())
    };
    receiving()
        .find(|one| mid_in(one, packet).is_some_and(|mid| is_mid_of(one, mid)))
        .or(known)
        .or_else(by_ssrc)
        .or_else(by_payload_type)
}

/// The mid that the packet has, if the extension's id is that of this transceiver.
fn mid_in<'p>(transceiver: &Transceiver, packet: &Packet<'p>) -> Option<&'p [u8]> {
    packet.extension(transceiver.negotiated.as_ref()?.mid_extension?)
}

fn is_mid_of(transceiver: &Transceiver, mid: &[u8]) -> bool {
    transceiver.mid.as_deref().is_some_and(|ours| ours.as_bytes() == mid)
}

fn names_none_or(transceiver: &Transceiver, packet: &Packet<'_>) -> bool {
    mid_in(transceiver, packet).is_none_or(|mid| is_mid_of(transceiver, mid))
}

/// A part of what is in `scratch`, in memory that it shares with no other packet: whoever keeps it
/// keeps no more than a packet.
fn take_out(scratch: &mut BytesMut, part: Range<usize>) -> Bytes {
    if scratch.len() > PACKET_BUFFER {
        // The other side chooses how much of it is header.
        return Bytes::copy_from_slice(scratch.get(part).unwrap_or_default());
    }
    scratch.split().freeze().slice(part)
}

/// Copies a datagram into `scratch`, which is then a buffer of a packet's size. One that nobody
/// keeps any more is used again.
fn take_over(scratch: &mut BytesMut, datagram: &[u8]) {
    scratch.clear();
    let largest = datagram.len().max(PACKET_BUFFER);
    if !scratch.try_reclaim(datagram.len()) || scratch.capacity() > largest {
        *scratch = BytesMut::with_capacity(datagram.len());
    }
    scratch.extend_from_slice(datagram);
}

/// All of a packet but its payload, which is not copied: it is taken out of what was received.
fn describe(packet: &Packet<'_>) -> RtpPacket {
    RtpPacket {
        payload_type: packet.payload_type(),
        marker: packet.marker(),
        sequence_number: packet.sequence_number().get(),
        timestamp: packet.timestamp(),
        payload: Bytes::new(),
    }
}

#[cfg(test)]
mod tests {
    use allocation_counter::measure;

    use super::*;

    /// Receives so many datagrams of a size, and hands each payload to `each`.
    fn receive(scratch: &mut BytesMut, size: usize, count: usize, each: impl FnMut(Bytes)) {
        receive_behind(12, scratch, size, count, each);
    }

    fn receive_behind(
        header: usize,
        scratch: &mut BytesMut,
        size: usize,
        count: usize,
        mut each: impl FnMut(Bytes),
    ) {
        let datagram = &[7; 65_507][..size];
        for _ in 0..count {
            take_over(scratch, datagram);
            each(take_out(scratch, header..size - 16));
        }
    }

    #[test]
    fn a_packet_that_is_kept_keeps_no_more_than_a_packet() {
        const COUNT: usize = 512;
        for size in [28, 60, 160, 1_200, 1_472, 9_000] {
            let (mut scratch, mut kept) = (BytesMut::new(), Vec::with_capacity(COUNT * 2));
            let taken = measure(|| {
                // A buffer of the longest datagram is about.
                receive(&mut scratch, 65_507, 1, drop);
                receive(&mut scratch, size, COUNT, |payload| kept.push(payload));
                // Nor does one among others that are not kept, and longer.
                for _ in 0..COUNT {
                    receive(&mut scratch, 1_472, 12, drop);
                    receive(&mut scratch, size, 1, |payload| kept.push(payload));
                }
            });
            let each = usize::try_from(taken.bytes_current).unwrap() / (COUNT * 2);
            assert!(each <= size.max(PACKET_BUFFER) + 64, "{each} bytes for {size}");
        }
        // Of a header that fills the datagram nothing is kept.
        let (mut scratch, mut kept) = (BytesMut::new(), Vec::with_capacity(COUNT));
        let taken = measure(|| {
            receive_behind(60_000, &mut scratch, 60_017, COUNT, |payload| kept.push(payload));
        });
        assert!(taken.bytes_current <= 60_017 + 64 * COUNT as i64, "{}", taken.bytes_current);
    }

    #[test]
    fn packets_that_are_read_at_once_share_one_buffer() {
        let mut scratch = BytesMut::new();
        receive(&mut scratch, 1_472, 1, drop);
        let taken = measure(|| {
            receive(&mut scratch, 1_200, 1_000, drop);
            receive(&mut scratch, 80, 1_000, drop);
            receive(&mut scratch, 1_472, 1_000, drop);
        });
        assert_eq!(taken.count_total, 0);
    }
}
