//! Packets that leave.

use alloc::vec::Vec;

use lariat_base::{Instant, Serial16};
use lariat_rtp::rtcp::PictureLossIndication;
use lariat_rtp::stream::Transmission;
use lariat_rtp::{Extension, NtpTime, PacketBuilder};

use super::report::Reporter;
use super::{Media, Sender};
use crate::RtpPacket;
use crate::error::{Dropped, Error};
use crate::limits::{KEYFRAME_REQUEST_SPACING, MAX_SENT_MID};
use crate::negotiation::transceiver::{Negotiated, Transceiver};

impl Media {
    /// Protects a packet of ours and queues it.
    pub(crate) fn send_rtp(
        &mut self,
        now: Instant,
        transceiver: &Transceiver,
        packet: &RtpPacket,
    ) -> Result<(), Error> {
        let negotiated = transceiver
            .negotiated
            .as_ref()
            .filter(|_| transceiver.sends())
            .ok_or(Error::NotSending)?;
        let payload_type = transceiver
            .payload_type(packet.payload_type)
            .ok_or(Error::PayloadType(packet.payload_type))?;
        let (size, limit) = (packet.payload.len(), self.max_rtp_payload());
        if size > limit {
            return Err(Error::PayloadTooLong { size, limit });
        }
        let mid = self.mid_to_send(transceiver, negotiated, limit - size);
        let Some(secured) = self.secured.as_mut() else {
            // Media before the handshake is done goes nowhere, like sound nobody hears.
            self.dropped.add(Dropped::NoKeys);
            return Ok(());
        };
        let mut buffer = self.outgoing.buffer();
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
        secured.srtp.outbound.protect_rtp(&mut buffer).map_err(|_| Error::Protect)?;
        let clock_rate = payload_type.clock_rate;
        let sender = self.senders.entry(transceiver.ssrc).or_insert_with(|| Sender {
            transceiver: transceiver.id,
            kind: transceiver.kind,
            transmission: Transmission::new(transceiver.ssrc, clock_rate),
            keyframe_wanted: None,
        });
        sender.transmission.set_clock_rate(clock_rate);
        sender.transmission.on_packet(now, packet.timestamp, packet.payload.len());
        self.outgoing.put(now, buffer, &mut self.dropped);
        Ok(())
    }

    /// The extension that says whose stream it is, where there is use and room for it.
    fn mid_to_send<'t>(
        &self,
        transceiver: &'t Transceiver,
        negotiated: &Negotiated,
        room: usize,
    ) -> Option<Extension<'t>> {
        // rfc9143 §15: until the other side is known to have it, which a report on the stream
        // shows.
        let is_known = self
            .senders
            .get(&transceiver.ssrc)
            .is_some_and(|sender| sender.transmission.stats().remote.is_some());
        // A packet that fills the path goes without: that it arrives is worth more.
        let fits = |mid: &&str| mid.len() <= MAX_SENT_MID && extension_len(mid) <= room;
        let mid = transceiver.mid.as_deref().filter(|_| !is_known).filter(fits)?;
        Some(Extension { id: negotiated.mid_extension?, value: mid.as_bytes() })
    }

    /// Asks for a keyframe of every stream of a transceiver, unless one was asked for just now.
    pub(crate) fn request_keyframe(
        &mut self,
        now: Instant,
        transceiver: &Transceiver,
        cname: &str,
    ) {
        // rfc4585 §4.2: feedback that was not negotiated is not sent.
        let is_agreed =
            |negotiated: &&Negotiated| negotiated.payload_types.iter().any(|payload| payload.pli);
        let Some(negotiated) = transceiver.negotiated.as_ref().filter(is_agreed) else { return };
        let mut wanted = Vec::new();
        for (ssrc, receiver) in self.receivers.iter_mut() {
            if receiver.transceiver == transceiver.id
                && is_time(&mut receiver.keyframe_requested, now)
            {
                wanted.push(ssrc);
            }
        }
        let reporter = Reporter { ntp: NtpTime::default(), cname, ssrc: transceiver.ssrc };
        for media_ssrc in wanted {
            let pli = PictureLossIndication { sender_ssrc: transceiver.ssrc, media_ssrc };
            self.send_feedback(now, pli.into(), reporter, negotiated.rtcp_rsize);
        }
    }

    pub(super) fn protect_rtcp(&mut self, now: Instant, mut packet: Vec<u8>) {
        let Some(secured) = self.secured.as_mut() else { return };
        if secured.srtp.outbound.protect_rtcp(&mut packet).is_ok() {
            self.outgoing.put(now, packet, &mut self.dropped);
        }
    }
}

/// What a header extension with nothing but this mid adds to a packet (RFC 8285 §4.2).
const fn extension_len(mid: &str) -> usize {
    4 + (1 + mid.len()).next_multiple_of(4)
}

/// adversarial M12: at most one request per stream in this time, whoever asks. Notes that one was
/// made.
pub(super) fn is_time(last: &mut Option<Instant>, now: Instant) -> bool {
    let recently = last.is_some_and(|at| now.saturating_since(at) < KEYFRAME_REQUEST_SPACING);
    if !recently {
        *last = Some(now);
    }
    !recently
}

#[cfg(test)]
mod tests {
    use super::*;

    // adversarial M12: ten thousand wishes of the other side in one second.
    #[test]
    fn of_a_flood_of_wishes_for_a_keyframe_one_in_300_ms_counts() {
        let mut last = None;
        let wishes = (0..10_000).map(|tick| Instant::from_nanos(tick * 100_000));
        assert_eq!(wishes.filter(|at| is_time(&mut last, *at)).count(), 4);
        // Time that goes back starts no new count.
        assert!(!is_time(&mut last, Instant::ZERO));
    }
}
