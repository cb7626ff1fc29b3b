//! Packets that arrive.

use alloc::vec::Vec;

use bytes::Bytes;
use lariat_base::{Instant, Tally};
use lariat_rtp::Packet;
use lariat_rtp::rtcp::{self, ReportBlock};
use lariat_rtp::stream::Reception;

use super::{Media, Receiver};
use crate::error::Dropped;
use crate::limits::MAX_RECEIVED_STREAMS;
use crate::negotiation::session::Negotiation;
use crate::negotiation::transceiver::{Negotiated, Transceiver};
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
        let mut buffer = datagram.to_vec();
        // What is not authentic, SRTP counts by its own reasons.
        let Ok(length) = protection.inbound.unprotect_rtp(&mut buffer) else { return Ok(None) };
        buffer.truncate(length);
        let packet = Packet::parse(&buffer).map_err(|_| Dropped::MalformedRtp)?;
        let transceiver = self.transceiver_of(negotiation, &packet)?;
        let payload_type = transceiver
            .negotiated
            .iter()
            .flat_map(|negotiated| &negotiated.payload_types)
            .find(|payload| payload.number == packet.payload_type())
            .ok_or(Dropped::UnknownPayloadType)?;
        let clock_rate = payload_type.clock_rate;
        let receiver = self.receivers.entry(packet.ssrc()).or_insert_with(|| Receiver {
            transceiver: transceiver.id,
            kind: transceiver.kind,
            reception: Reception::new(packet.ssrc(), clock_rate),
            keyframe_requested: None,
        });
        receiver.reception.on_packet(now, &packet);
        let event = describe(transceiver.id, &packet);
        Ok(Some(event(Bytes::from(buffer))))
    }

    /// rfc9143 §9.2: by the mid in the packet, else by the SSRC, else by a payload type that only
    /// one section has.
    fn transceiver_of<'n>(
        &self,
        negotiation: &'n Negotiation,
        packet: &Packet<'_>,
    ) -> Result<&'n Transceiver, Dropped> {
        if let Some(receiver) = self.receivers.get(&packet.ssrc()) {
            return negotiation.transceiver(receiver.transceiver).ok_or(Dropped::UnknownStream);
        }
        if self.receivers.len() >= MAX_RECEIVED_STREAMS {
            return Err(Dropped::TooManyStreams);
        }
        let receiving = || negotiation.transceivers().iter().filter(|one| one.receives());
        let names = |negotiated: &Negotiated, mid: Option<&str>| {
            let id = negotiated.mid_extension?;
            let value = packet.extension(id)?;
            (Some(core::str::from_utf8(value).ok()?) == mid).then_some(())
        };
        let by_mid = receiving().find(|one| {
            one.negotiated
                .as_ref()
                .is_some_and(|negotiated| names(negotiated, one.mid.as_deref()).is_some())
        });
        let by_ssrc = || {
            receiving().find(|one| {
                one.negotiated
                    .as_ref()
                    .is_some_and(|negotiated| negotiated.remote_ssrcs.contains(&packet.ssrc()))
            })
        };
        let by_payload_type = || {
            let mut with_it = receiving().filter(|one| {
                one.negotiated
                    .iter()
                    .flat_map(|negotiated| &negotiated.payload_types)
                    .any(|payload| payload.number == packet.payload_type())
            });
            with_it.next().filter(|_| with_it.next().is_none())
        };
        by_mid.or_else(by_ssrc).or_else(by_payload_type).ok_or(Dropped::UnknownStream)
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
        let mut buffer = datagram.to_vec();
        let Ok(length) = protection.inbound.unprotect_rtcp(&mut buffer) else { return };
        for packet in rtcp::compound(buffer.get(..length).unwrap_or_default()) {
            match packet {
                Ok(packet) => self.on_feedback(now, &packet, events),
                // adversarial M10: the good parts before a bad one count.
                Err(_) => dropped.add(Dropped::MalformedRtcp),
            }
        }
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
                if let Some(sender) = self.senders.get(&pli.media_ssrc) {
                    events.push(Event::KeyframeRequested(sender.transceiver));
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

/// The event for a packet, once its buffer can be given away: the payload stays where it is.
fn describe(
    transceiver: TransceiverId,
    packet: &Packet<'_>,
) -> impl FnOnce(Bytes) -> Event + use<> {
    let payload_type = packet.payload_type();
    let marker = packet.marker();
    let sequence_number = packet.sequence_number().get();
    let timestamp = packet.timestamp();
    let payload = packet.header_len()..packet.header_len() + packet.payload().len();
    move |buffer| {
        let payload = buffer.slice(payload);
        let packet = RtpPacket { payload_type, marker, sequence_number, timestamp, payload };
        Event::Rtp { transceiver, packet }
    }
}
