//! Several packets in one call.

use lariat_crypto::MAX_DIGEST_LEN;

use super::Outbound;
use super::seal::{Sealed, Tag};
use crate::cm::{CmKeys, rollover_counter};
use crate::limits::RUN;
use crate::session::PacketKeys;
use crate::stream::RtpSender;
use crate::{ProtectError, Slot};

impl Outbound {
    /// Protects a run of RTP packets, each as [`protect_rtp_in`](Self::protect_rtp_in) would, in
    /// the order in which they stand, and notes in each slot what became of it.
    ///
    /// With HMAC-SHA1 this takes a fraction of the time, as the packets are hashed side by side.
    /// They may be of any streams and lengths; best are [`RUN`] of them at a time.
    pub fn protect_rtp_run(&mut self, run: &mut [Slot<'_, ProtectError>]) {
        let is_apart = matches!(self.sealing.session.rtp.packet, PacketKeys::Cm(_));
        let is_later = is_apart && self.sealing.config.key_derivation_rate == 0;
        if !is_later {
            return self.seal_run(run, Tag::Now, |_, _| {});
        }
        for run in run.chunks_mut(RUN) {
            let mut all = [const { None }; RUN];
            self.seal_run(run, Tag::Later, |at, sealed| {
                if let Some(place) = all.get_mut(at) {
                    *place = Some(sealed);
                }
            });
            if let PacketKeys::Cm(keys) = &self.sealing.session.rtp.packet {
                self.write_tags(keys, run, &all);
            }
        }
    }

    /// Seals the packets one after another, and calls `note` for each that was, with its place in
    /// the run. Neighbours are mostly of one stream, which is then looked for once.
    #[inline]
    fn seal_run(
        &mut self,
        run: &mut [Slot<'_, ProtectError>],
        tag: Tag,
        mut note: impl FnMut(usize, Sealed),
    ) {
        let Self { sealing, rtp: streams, events, .. } = self;
        let mut latest: Option<(u32, &mut RtpSender)> = None;
        for (at, slot) in run.iter_mut().enumerate() {
            let length = slot.length();
            let plain = match sealing.read(slot.buffer(), length) {
                Ok(plain) => plain,
                Err(error) => {
                    slot.settle(Err(error));
                    continue;
                }
            };
            let ssrc = plain.header.ssrc;
            if latest.as_ref().is_none_or(|(known, _)| *known != ssrc) {
                let tick = streams.tick();
                let stream = match streams.get_mut(ssrc) {
                    Some(stream) => stream,
                    None => match sealing.begin(streams, ssrc, events) {
                        Ok(stream) => stream,
                        Err(error) => {
                            latest = None;
                            slot.settle(Err(error));
                            continue;
                        }
                    },
                };
                stream.last_use = tick;
                latest = Some((ssrc, stream));
            }
            let Some((_, stream)) = &mut latest else { continue };
            match sealing.seal(stream, events, plain, tag) {
                Ok(sealed) => {
                    slot.settle(Ok(sealed.length));
                    note(at, sealed);
                }
                Err(error) => slot.settle(Err(error)),
            }
        }
    }

    fn write_tags(
        &self,
        keys: &CmKeys,
        run: &mut [Slot<'_, ProtectError>],
        sealed: &[Option<Sealed>; RUN],
    ) {
        let overhead = self.sealing.layout.rtp_overhead();
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
            let parts =
                self.sealing.layout.rtp(slot.packet_mut()).expect("the packet was just sealed");
            parts.tag.iter_mut().zip(tag).for_each(|(to, from)| *to = *from);
        }
    }
}
