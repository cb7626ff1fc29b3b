//! What a transceiver may send, as its handles see it without asking the task.

use std::sync::atomic::{AtomicU64, Ordering};

use lariat_peer::{Peer, RtpPacket, TransceiverId};

use crate::Error;

/// What the descriptions in force let a transceiver send. The task writes it before it answers the
/// command that changed it.
#[derive(Debug, Default)]
pub(crate) struct SendTerms {
    /// A bit per payload type, 0 to 63 and 64 to 127; none while nothing may be sent.
    payload_types: [AtomicU64; 2],
}

impl SendTerms {
    /// Takes over what was agreed on.
    pub(crate) fn update(&self, peer: &Peer, id: TransceiverId) {
        let mut bits = 0_u128;
        for number in peer.payload_types(id) {
            bits |= 1_u128.checked_shl(number.into()).unwrap_or(0);
        }
        for (half, shift) in self.payload_types.iter().zip([0, 64]) {
            half.store((bits >> shift) as u64, Ordering::Release);
        }
    }

    /// Whether a packet may be sent, as far as can be known here.
    pub(crate) fn check(&self, packet: &RtpPacket) -> Result<(), Error> {
        let [low, high] = &self.payload_types;
        let [low, high] = [low, high].map(|half| u128::from(half.load(Ordering::Acquire)));
        let bits = low | (high << 64);
        if bits == 0 {
            return Err(Error::Peer(lariat_peer::Error::NotSending));
        }
        let bit = 1_u128.checked_shl(packet.payload_type.into()).unwrap_or(0);
        if bits & bit == 0 {
            return Err(Error::Peer(lariat_peer::Error::PayloadType(packet.payload_type)));
        }
        let length = packet.payload.len();
        if length > lariat_peer::limits::MAX_RTP_PAYLOAD {
            return Err(Error::Peer(lariat_peer::Error::PayloadTooLong(length)));
        }
        Ok(())
    }
}
