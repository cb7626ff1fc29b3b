//! Several packets in one call.

use lariat_crypto::{MAX_DIGEST_LEN, constant_time_eq};

use super::Inbound;
use super::guess::Guess;
use super::open::{Opening, guess_without_place};
use crate::cm::{CmKeys, rollover_counter};
use crate::limits::RUN;
use crate::packet::{Place, RtpHeader};
use crate::session::{PacketKeys, Session};
use crate::stream::RtpReceiver;
use crate::{Dropped, Slot};

/// A packet whose tag was computed for an index that it seems to have.
#[derive(Clone, Copy)]
struct Assumed {
    header: RtpHeader,
    index: u64,
}

type Assumptions = [Option<Assumed>; RUN];
type Tags = [[u8; MAX_DIGEST_LEN]; RUN];

impl Inbound {
    /// Unprotects a run of RTP packets, each as [`unprotect_rtp`](Self::unprotect_rtp) would, in
    /// the order in which they stand, and notes in each slot what became of it.
    ///
    /// With HMAC-SHA1 this takes a fraction of the time, as the packets are hashed side by side.
    /// They may be of any streams and lengths; best are [`RUN`] of them at a time.
    pub fn unprotect_rtp_run(&mut self, run: &mut [Slot<'_, Dropped>]) {
        if self.authenticates_apart() {
            for run in run.chunks_mut(RUN) {
                let (assumptions, tags) = self.assume(run);
                for ((slot, assumed), tag) in run.iter_mut().zip(&assumptions).zip(&tags) {
                    let result = match assumed {
                        Some(assumed) => self.confirm(slot.packet_mut(), assumed, tag),
                        None => self.unprotect_rtp(slot.packet_mut()),
                    };
                    slot.settle(result);
                }
            }
        } else {
            self.open_run(run);
        }
    }

    /// Opens the packets one after another. Neighbours are mostly of one stream, which is then
    /// looked for once.
    fn open_run(&mut self, run: &mut [Slot<'_, Dropped>]) {
        let Self { opening, rtp: streams, copy, events, dropped, .. } = self;
        let mut latest: Option<(u32, &mut RtpReceiver)> = None;
        let mut tick = 0;
        for slot in run {
            let packet = slot.packet_mut();
            let header = match opening.read(packet) {
                Ok(header) => header,
                Err(reason) => {
                    dropped.add(reason);
                    slot.settle(Err(reason));
                    continue;
                }
            };
            if latest.as_ref().is_none_or(|(ssrc, _)| *ssrc != header.ssrc) {
                tick = streams.tick();
                match streams.get_mut(header.ssrc) {
                    Some(stream) => latest = Some((header.ssrc, stream)),
                    None => {
                        latest = None;
                        let result = opening.begin(streams, packet, &header, copy, events);
                        slot.settle(result.inspect_err(|reason| dropped.add(*reason)));
                        continue;
                    }
                }
            }
            if let Some((_, stream)) = &mut latest {
                let result = opening.go_on(stream, tick, packet, &header, copy);
                slot.settle(result.inspect_err(|reason| dropped.add(*reason)));
            }
        }
    }

    /// Whether tags may be computed before anything else is known of a packet: there is one key,
    /// and its tags are apart from its encryption.
    fn authenticates_apart(&self) -> bool {
        self.opening.config.key_derivation_rate == 0
            && self.opening.layout.mki_len() == 0
            && self.keys().is_some()
    }

    fn keys(&self) -> Option<(&Session, &CmKeys)> {
        match self.opening.sessions.as_slice() {
            [session] => match &session.rtp.packet {
                PacketKeys::Cm(keys) => Some((session, keys)),
                PacketKeys::Gcm(_) => None,
            },
            _ => None,
        }
    }

    /// Computes the tags that the packets should have, as far as streams are known now. Whether
    /// they have them is of no consequence yet.
    fn assume(&self, run: &[Slot<'_, Dropped>]) -> (Assumptions, Tags) {
        let mut assumptions = [None; RUN];
        let mut tags = [[0; MAX_DIGEST_LEN]; RUN];
        let mut counters = [[0; 4]; RUN];
        let mut messages: [[&[u8]; 2]; RUN] = [[&[]; 2]; RUN];
        let places = assumptions.iter_mut().zip(&mut counters).zip(run);
        for ((assumption, counter), slot) in places {
            *assumption = self.assume_one(slot.packet());
            if let Some(Assumed { header, index }) = assumption {
                *counter = rollover_counter(Place { ssrc: header.ssrc, index: *index });
            }
        }
        let overhead = self.opening.layout.rtp_overhead();
        for ((message, counter), slot) in messages.iter_mut().zip(&counters).zip(run) {
            let packet = slot.packet();
            let packet = packet.get(..packet.len().saturating_sub(overhead));
            *message = [packet.unwrap_or_default(), counter];
        }
        if let Some((_, keys)) = self.keys() {
            keys.sign_rtp_run(messages.get(..run.len()).unwrap_or_default(), &mut tags);
        }
        (assumptions, tags)
    }

    fn assume_one(&self, packet: &[u8]) -> Option<Assumed> {
        let header = self.opening.read(packet).ok()?;
        let guess = match self.rtp.get(header.ssrc) {
            Some(stream) => Guess::of(Some(stream), header.sequence_number),
            None => guess_without_place(&self.rtp, &header),
        };
        Some(Assumed { header, index: guess.ok()?.likely })
    }

    /// Unprotects a packet if it has the tag, and if the packets before it have not changed what
    /// its index is; else as any other packet.
    fn confirm(
        &mut self,
        packet: &mut [u8],
        assumed: &Assumed,
        tag: &[u8; MAX_DIGEST_LEN],
    ) -> Result<usize, Dropped> {
        match self.accept(packet, assumed, tag) {
            Some(result) => result.inspect_err(|reason| self.dropped.add(*reason)),
            None => self.unprotect_rtp(packet),
        }
    }

    fn accept(
        &mut self,
        packet: &mut [u8],
        assumed: &Assumed,
        tag: &[u8; MAX_DIGEST_LEN],
    ) -> Option<Result<usize, Dropped>> {
        let (Assumed { header, index }, opening) = (assumed, &self.opening);
        let tick = self.rtp.tick();
        match self.rtp.get_mut(header.ssrc) {
            Some(stream) => {
                let guess = Guess::of(Some(&*stream), header.sequence_number).ok()?;
                let is_so = guess.likely == *index;
                let length = is_so.then(|| opening.open_assumed(packet, assumed, tag))??;
                stream.receive(*index, tick, None);
                Some(Ok(length))
            }
            None => {
                let guess = guess_without_place(&self.rtp, header).ok()?;
                let is_so = guess.likely == *index;
                is_so.then(|| opening.open_assumed(packet, assumed, tag))??;
                let (streams, events) = (&mut self.rtp, &mut self.events);
                Some(opening.place(streams, packet, header, *index, None, events))
            }
        }
    }
}

impl Opening {
    /// Decrypts a packet if it has the tag, and says how long it is then.
    #[inline(always)]
    fn open_assumed(
        &self,
        packet: &mut [u8],
        assumed: &Assumed,
        tag: &[u8; MAX_DIGEST_LEN],
    ) -> Option<usize> {
        let Assumed { header, index } = assumed;
        let [session] = self.sessions.as_slice() else { return None };
        let parts = self.layout.rtp(packet)?;
        let expected = tag.get(..parts.tag.len())?;
        if !constant_time_eq(expected, parts.tag) {
            return None;
        }
        let length = parts.packet.len();
        let place = Place { ssrc: header.ssrc, index: *index };
        session.rtp.decrypt(&self.config, header, place, parts).ok()?;
        Some(length)
    }
}
