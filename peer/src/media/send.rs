//! Packets that leave.

use lariat_base::{Instant, Serial16, Tally};
use lariat_rtp::rtcp::PictureLossIndication;
use lariat_rtp::stream::Transmission;
use lariat_rtp::{Extension, NtpTime, PacketBuilder};

use super::report::Reporter;
use super::{Media, Sender};
use crate::RtpPacket;
use crate::error::{Dropped, Error};
use crate::limits::{KEYFRAME_REQUEST_SPACING, MAX_RTP_PAYLOAD, MAX_SENT_MID};
use crate::negotiation::transceiver::{Negotiated, Transceiver};

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
        let payload_type = transceiver
            .payload_type(packet.payload_type)
            .ok_or(Error::PayloadType(packet.payload_type))?;
        if packet.payload.len() > MAX_RTP_PAYLOAD {
            return Err(Error::PayloadTooLong(packet.payload.len()));
        }
        if self.protection.is_none() {
            // Media before the handshake is done goes nowhere, like sound nobody hears.
            dropped.add(Dropped::NoKeys);
            return Ok(());
        }
        // rfc9143 §15.1: until the other side is known to have it, which a report on the stream
        // shows.
        let is_known = self
            .senders
            .get(&transceiver.ssrc)
            .is_some_and(|sender| sender.transmission.stats().remote.is_some());
        let mid = transceiver.mid.as_deref().filter(|mid| !is_known && mid.len() <= MAX_SENT_MID);
        let mid = negotiated.mid_extension.zip(mid);
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
            keyframe_wanted: None,
        });
        sender.transmission.on_packet(now, packet.timestamp, packet.payload.len());
        self.enqueue(buffer, dropped);
        Ok(())
    }

    /// Asks for a keyframe of every stream of a transceiver, unless one was asked for just now.
    pub(crate) fn request_keyframe(
        &mut self,
        now: Instant,
        transceiver: &Transceiver,
        cname: &str,
        dropped: &mut Tally<Dropped>,
    ) {
        // rfc4585 §4.2: feedback that was not negotiated is not sent.
        let is_agreed =
            |negotiated: &&Negotiated| negotiated.payload_types.iter().any(|payload| payload.pli);
        let Some(negotiated) = transceiver.negotiated.as_ref().filter(is_agreed) else { return };
        let mut wanted = alloc::vec::Vec::new();
        for (ssrc, receiver) in &mut self.receivers {
            if receiver.transceiver == transceiver.id
                && is_time(&mut receiver.keyframe_requested, now)
            {
                wanted.push(*ssrc);
            }
        }
        let reporter = Reporter { ntp: NtpTime::default(), cname, ssrc: transceiver.ssrc };
        for media_ssrc in wanted {
            let pli = PictureLossIndication { sender_ssrc: transceiver.ssrc, media_ssrc };
            self.send_feedback(pli.into(), reporter, negotiated.rtcp_rsize, dropped);
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
