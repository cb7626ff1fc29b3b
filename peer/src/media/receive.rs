//! Packets that arrive.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};
use lariat_base::{Instant, Tally};
use lariat_rtp::Packet;
use lariat_rtp::rtcp::{self, ReportBlock};
use lariat_rtp::stream::Reception;

use super::send::is_time;
use super::{Media, Receiver};
use crate::error::Dropped;
use crate::limits::{MAX_RECEIVED_STREAMS, RECEIVE_BUFFER, STREAM_TIMEOUT};
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
    ) -> Result<Option<Event>, Dropped> {
        let protection = self.protection.as_mut().ok_or(Dropped::NoKeys)?;
        take_over(&mut self.scratch, datagram);
        // What is not authentic, SRTP counts by its own reasons.
        let Ok(length) = protection.inbound.unprotect_rtp(&mut self.scratch) else {
            return Ok(None);
        };
        self.scratch.truncate(length);
        let packet = Packet::parse(&self.scratch).map_err(|_| Dropped::MalformedRtp)?;
        let known = self.receivers.get(&packet.ssrc()).map(|receiver| receiver.transceiver);
        let transceiver =
            transceiver_of(negotiation, &packet, known).ok_or(Dropped::UnknownStream)?;
        let payload_type =
            transceiver.payload_type(packet.payload_type()).ok_or(Dropped::UnknownPayloadType)?;
        if known.is_none() && self.receivers.len() >= MAX_RECEIVED_STREAMS {
            let silent = longest_silent(&self.receivers, now).ok_or(Dropped::TooManyStreams)?;
            self.receivers.remove(&silent);
        }
        let fresh = || Receiver {
            transceiver: transceiver.id,
            kind: transceiver.kind,
            reception: Reception::new(packet.ssrc(), payload_type.clock_rate),
            last_packet: now,
            keyframe_requested: None,
        };
        let receiver = self.receivers.entry(packet.ssrc()).or_insert_with(fresh);
        if receiver.transceiver != transceiver.id {
            *receiver = fresh();
        }
        receiver.last_packet = now;
        receiver.reception.on_packet(now, &packet);
        let payload = packet.header_len()..packet.header_len() + packet.payload().len();
        let mut packet = describe(&packet);
        packet.payload = self.scratch.split().freeze().slice(payload);
        Ok(Some(Event::Rtp { transceiver: transceiver.id, packet }))
    }

    /// Takes a protected RTCP packet.
    pub(crate) fn on_rtcp(
        &mut self,
        now: Instant,
        datagram: &[u8],
        events: &mut Vec<Event>,
        dropped: &mut Tally<Dropped>,
    ) {
        let Some(protection) = self.protection.as_mut() else {
            dropped.add(Dropped::NoKeys);
            return;
        };
        let mut buffer = core::mem::take(&mut self.scratch);
        take_over(&mut buffer, datagram);
        if let Ok(length) = protection.inbound.unprotect_rtcp(&mut buffer) {
            for packet in rtcp::compound(buffer.get(..length).unwrap_or_default()) {
                match packet {
                    Ok(packet) => self.on_feedback(now, &packet, events),
                    // adversarial M10: the good parts before a bad one count.
                    Err(_) => dropped.add(Dropped::MalformedRtcp),
                }
            }
        }
        self.scratch = buffer;
    }

    fn on_feedback(&mut self, now: Instant, packet: &rtcp::Packet, events: &mut Vec<Event>) {
        match packet {
            rtcp::Packet::SenderReport(report) => {
                if let Some(receiver) = self.receivers.get_mut(&report.ssrc) {
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
                    self.receivers.remove(ssrc);
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

/// The stream to forget for another: that which was silent the longest, if it was long enough.
fn longest_silent(receivers: &BTreeMap<u32, Receiver>, now: Instant) -> Option<u32> {
    let (ssrc, receiver) = receivers.iter().min_by_key(|(_, receiver)| receiver.last_packet)?;
    (now.saturating_since(receiver.last_packet) >= STREAM_TIMEOUT).then_some(*ssrc)
}

/// Copies a datagram to the front of `scratch`. What was opened before stays with those who have
/// it, in a piece of memory that several packets share.
fn take_over(scratch: &mut BytesMut, datagram: &[u8]) {
    scratch.clear();
    if scratch.capacity() < datagram.len() {
        scratch.reserve(datagram.len().max(RECEIVE_BUFFER));
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
