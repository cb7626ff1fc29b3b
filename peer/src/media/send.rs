//! Packets that leave.

use lariat_base::{Instant, Serial16, Tally};
use lariat_rtp::rtcp::{self, CompoundWriter, PictureLossIndication};
use lariat_rtp::stream::Transmission;
use lariat_rtp::{Extension, PacketBuilder};

use super::{Media, Sender};
use crate::error::{Dropped, Error};
use crate::limits::{KEYFRAME_REQUEST_SPACING, MAX_RTP_PAYLOAD};
use crate::negotiation::transceiver::Transceiver;
use crate::{RtpPacket, TransceiverId};

impl Media {
    /// Protects a packet of ours and queues it.
    pub(crate) fn send_rtp(
        &mut self,
        now: Instant,
        transceiver: &Transceiver,
        packet: &RtpPacket,
        dropped: &mut Tally<Dropped>,
    ) -> Result<(), Error> {
        let negotiated = transceiver
            .negotiated
            .as_ref()
            .filter(|_| transceiver.sends())
            .ok_or(Error::NotSending)?;
        let payload_type = negotiated
            .payload_types
            .iter()
            .find(|payload| payload.number == packet.payload_type)
            .ok_or(Error::PayloadType(packet.payload_type))?;
        if packet.payload.len() > MAX_RTP_PAYLOAD {
            return Err(Error::PayloadTooLong(packet.payload.len()));
        }
        if self.protection.is_none() {
            // Media before the handshake is done goes nowhere, like sound nobody hears.
            dropped.add(Dropped::NoKeys);
            return Ok(());
        }
        let mid = negotiated.mid_extension.zip(transceiver.mid.as_deref());
        let mid = mid.map(|(id, mid)| Extension { id, value: mid.as_bytes() });
        let mut buffer = self.buffer();
        PacketBuilder {
            payload_type: packet.payload_type,
            marker: packet.marker,
            sequence_number: Serial16::new(packet.sequence_number),
            timestamp: packet.timestamp,
            ssrc: transceiver.ssrc,
            csrcs: &[],
            extensions: mid.as_slice(),
            payload: &packet.payload,
        }
        .encode(&mut buffer)
        .map_err(|_| Error::PayloadType(packet.payload_type))?;
        let protection = self.protection.as_mut().ok_or(Error::Protect)?;
        protection.outbound.protect_rtp(&mut buffer).map_err(|_| Error::Protect)?;
        let clock_rate = payload_type.clock_rate;
        let sender = self.senders.entry(transceiver.ssrc).or_insert_with(|| Sender {
            transceiver: transceiver.id,
            kind: transceiver.kind,
            transmission: Transmission::new(transceiver.ssrc, clock_rate),
        });
        sender.transmission.on_packet(now, packet.timestamp, packet.payload.len());
        self.enqueue(buffer, dropped);
        Ok(())
    }

    /// Asks for a keyframe of every stream of a transceiver, unless one was asked for just now.
    pub(crate) fn request_keyframe(
        &mut self,
        now: Instant,
        transceiver: TransceiverId,
        our_ssrc: u32,
        dropped: &mut Tally<Dropped>,
    ) {
        let mut wanted = alloc::vec::Vec::new();
        for (ssrc, receiver) in &mut self.receivers {
            // adversarial M12: at most one request per stream in this time.
            let recently = receiver
                .keyframe_requested
                .is_some_and(|at| now.saturating_since(at) < KEYFRAME_REQUEST_SPACING);
            if receiver.transceiver == transceiver && !recently {
                receiver.keyframe_requested = Some(now);
                wanted.push(*ssrc);
            }
        }
        for media_ssrc in wanted {
            let pli = PictureLossIndication { sender_ssrc: our_ssrc, media_ssrc };
            let mut buffer = self.buffer();
            // rfc5506: every side that we negotiate with has agreed to reduced-size packets.
            let mut writer = CompoundWriter::reduced_size(&mut buffer, MAX_RTP_PAYLOAD);
            let written = writer.push(&rtcp::Packet::PictureLossIndication(pli));
            if written.is_ok() && writer.finish().is_ok() {
                self.protect_rtcp(buffer, dropped);
            }
        }
    }

    pub(super) fn protect_rtcp(
        &mut self,
        mut packet: alloc::vec::Vec<u8>,
        dropped: &mut Tally<Dropped>,
    ) {
        let Some(protection) = self.protection.as_mut() else { return };
        if protection.outbound.protect_rtcp(&mut packet).is_ok() {
            self.enqueue(packet, dropped);
        }
    }
}
