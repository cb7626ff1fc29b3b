//! Indices and rollover counters, told and asked for.

use super::Outbound;
use crate::ProtectError;
use crate::limits::{RTCP_INDEX_END, RTP_INDEX_END};
use crate::replay::Window;
use crate::stream::{Indices, RtpSender};

impl Outbound {
    /// One past the highest index used in an RTP stream: rollover counter times 2¹⁶ plus sequence
    /// number. `None` before the stream's first packet.
    pub fn next_rtp_index(&self, ssrc: u32) -> Option<u64> {
        self.rtp.indices(ssrc).map(Indices::next)
    }

    /// The next index of an RTCP sender. `None` before its first packet.
    pub fn next_rtcp_index(&self, ssrc: u32) -> Option<u32> {
        let active = self.rtcp.get(ssrc).map(|sender| sender.sent.next);
        active.or_else(|| self.rtcp.rest(ssrc).map(|sent| sent.next))
    }

    /// The rollover counter of an RTP stream: that of its latest packet, or of the next one if it
    /// was set. `None` before the stream's first packet.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        self.rtp.indices(ssrc).map(Indices::rollover_counter)
    }

    /// Sets the rollover counter that the next packet of an RTP stream has, whatever its sequence
    /// number.
    ///
    /// # Errors
    /// [`ProtectError::Stale`] if the stream is further on already: indices would be used again.
    /// [`ProtectError::TooManyStreams`].
    pub fn set_rollover_counter(
        &mut self,
        ssrc: u32,
        rollover_counter: u32,
    ) -> Result<(), ProtectError> {
        let known = self.rtp.indices(ssrc);
        if known.is_some_and(|known| rollover_counter < known.latest_rollover_counter()) {
            return Err(ProtectError::Stale);
        }
        let stream = self.rtp_stream(ssrc)?;
        stream.told = Some(rollover_counter);
        Ok(())
    }

    /// Goes on with an RTP stream that was protected elsewhere with this key, as told by
    /// [`next_rtp_index`](Self::next_rtp_index) there. Indices below `next` count as used, but not
    /// towards [`Config::key_lifetime`](crate::Config::key_lifetime).
    ///
    /// # Errors
    /// [`ProtectError::Stale`] if the stream is further on already,
    /// [`ProtectError::KeyExhausted`] if `next` is past [`RTP_INDEX_END`], and
    /// [`ProtectError::TooManyStreams`].
    pub fn resume_rtp(&mut self, ssrc: u32, next: u64) -> Result<(), ProtectError> {
        if next > RTP_INDEX_END {
            return Err(ProtectError::KeyExhausted);
        }
        if self.rtp.indices(ssrc).is_some_and(|known| known.end() > next) {
            return Err(ProtectError::Stale);
        }
        let size = self.sealing.config.rtp_window;
        let stream = self.rtp_stream(ssrc)?;
        stream.window = Window::used_before(next, size);
        stream.told = None;
        Ok(())
    }

    /// The same for an RTCP sender.
    ///
    /// # Errors
    /// As for [`resume_rtp`](Self::resume_rtp), up to [`RTCP_INDEX_END`].
    pub fn resume_rtcp(&mut self, ssrc: u32, next: u32) -> Result<(), ProtectError> {
        if next > RTCP_INDEX_END {
            return Err(ProtectError::KeyExhausted);
        }
        if self.next_rtcp_index(ssrc).is_some_and(|known| known > next) {
            return Err(ProtectError::Stale);
        }
        let tick = self.rtcp.tick();
        let sender = match self.rtcp.get_mut(ssrc) {
            Some(sender) => sender,
            None => self.sealing.begin_rtcp(&mut self.rtcp, ssrc, &mut self.events)?,
        };
        sender.last_use = tick;
        sender.sent.next = next;
        Ok(())
    }

    /// The stream, which begins if there is none.
    fn rtp_stream(&mut self, ssrc: u32) -> Result<&mut RtpSender, ProtectError> {
        let tick = self.rtp.tick();
        if self.rtp.get(ssrc).is_none() {
            self.sealing.begin(&mut self.rtp, ssrc, &mut self.events)?;
        }
        let stream = self.rtp.get_mut(ssrc).ok_or(ProtectError::TooManyStreams)?;
        stream.last_use = tick;
        Ok(stream)
    }
}
