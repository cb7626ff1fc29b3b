//! Several packets in one call.

use lariat_crypto::MAX_DIGEST_LEN;

use super::{Outbound, Sealed, Tag};
use crate::cm::{CmKeys, rollover_counter};
use crate::limits::RUN;
use crate::session::PacketKeys;
use crate::{ProtectError, Slot};

impl Outbound {
    /// Protects a run of RTP packets, each as [`protect_rtp_in`](Self::protect_rtp_in) would, in
    /// the order in which they stand, and notes in each slot what became of it.
    ///
    /// With HMAC-SHA1 this takes a fraction of the time, as the packets are hashed side by side.
    /// They may be of any streams and lengths; best are [`RUN`] of them at a time.
    pub fn protect_rtp_run(&mut self, run: &mut [Slot<'_, ProtectError>]) {
        let is_apart = matches!(self.session.rtp.packet, PacketKeys::Cm(_));
        if is_apart && self.config.key_derivation_rate == 0 {
            run.chunks_mut(RUN).for_each(|run| self.protect_with_tags_later(run));
        } else {
            for slot in run {
                let length = slot.length();
                let result = self.protect_rtp_in(slot.buffer(), length);
                slot.settle(result);
            }
        }
    }

    fn protect_with_tags_later(&mut self, run: &mut [Slot<'_, ProtectError>]) {
        let mut sealed: [Option<Sealed>; RUN] = [const { None }; RUN];
        for (slot, sealed) in run.iter_mut().zip(&mut sealed) {
            let length = slot.length();
            let result = self.seal_rtp(slot.buffer(), length, Tag::Later);
            slot.settle(result.as_ref().map(|sealed| sealed.length).map_err(|error| *error));
            *sealed = result.ok();
        }
        if let PacketKeys::Cm(keys) = &self.session.rtp.packet {
            self.write_tags(keys, run, &sealed);
        }
    }

    fn write_tags(
        &self,
        keys: &CmKeys,
        run: &mut [Slot<'_, ProtectError>],
        sealed: &[Option<Sealed>; RUN],
    ) {
        let overhead = self.layout.rtp_overhead();
        let mut counters = [[0; 4]; RUN];
        for (counter, sealed) in counters.iter_mut().zip(sealed.iter().flatten()) {
            *counter = rollover_counter(sealed.place);
        }
        let mut messages: [[&[u8]; 2]; RUN] = [[&[]; 2]; RUN];
        let mut tags = [[0; MAX_DIGEST_LEN]; RUN];
        let protected = run.iter().zip(sealed).filter(|(_, sealed)| sealed.is_some());
        let mut count = 0;
        for ((message, counter), (slot, _)) in messages.iter_mut().zip(&counters).zip(protected) {
            let packet = slot.packet();
            let packet = packet.get(..packet.len().saturating_sub(overhead));
            *message = [packet.unwrap_or_default(), counter];
            count += 1;
        }
        keys.sign_rtp_run(messages.get(..count).unwrap_or_default(), &mut tags);

        let protected = run.iter_mut().zip(sealed).filter(|(_, sealed)| sealed.is_some());
        for (tag, (slot, _)) in tags.iter().zip(protected) {
            let parts = self.layout.rtp(slot.packet_mut()).expect("the packet was just sealed");
            parts.tag.iter_mut().zip(tag).for_each(|(to, from)| *to = *from);
        }
    }
}
