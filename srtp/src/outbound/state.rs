//! Indices and rollover counters, told and asked for.

use super::Outbound;
use crate::ProtectError;
use crate::limits::{RTCP_INDEX_END, RTP_INDEX_END};
use crate::replay::Window;
use crate::stream::RtpStream;

impl Outbound {
    /// One past the highest index used in an RTP stream: rollover counter times 2¹⁶ plus sequence
    /// number. `None` before the stream's first packet.
    pub fn next_rtp_index(&self, ssrc: u32) -> Option<u64> {
        self.rtp.get(&ssrc).map(RtpStream::next)
    }

    /// The next index of an RTCP sender. `None` before its first packet.
    pub fn next_rtcp_index(&self, ssrc: u32) -> Option<u32> {
        self.rtcp.get(&ssrc).map(|sender| sender.next)
    }

    /// The rollover counter of an RTP stream: that of its latest packet, or of the next one if it
    /// was set. `None` before the stream's first packet.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        self.rtp.get(&ssrc).map(RtpStream::rollover_counter)
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
        let stream = self.rtp_stream(ssrc)?;
        if rollover_counter < stream.window_rollover_counter() {
            return Err(ProtectError::Stale);
        }
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
        let size = self.sealing.config.rtp_window;
        let stream = self.rtp_stream(ssrc)?;
        if stream.window.next() > next {
            return Err(ProtectError::Stale);
        }
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
        if self.rtcp.len() >= self.sealing.config.max_streams && !self.rtcp.contains_key(&ssrc) {
            return Err(ProtectError::TooManyStreams);
        }
        let sender = self.rtcp.entry(ssrc).or_default();
        if sender.next > next {
            return Err(ProtectError::Stale);
        }
        sender.next = next;
        Ok(())
    }

    /// The stream, which begins if there is none.
    fn rtp_stream(&mut self, ssrc: u32) -> Result<&mut RtpStream, ProtectError> {
        if self.rtp.len() >= self.sealing.config.max_streams && !self.rtp.contains_key(&ssrc) {
            return Err(ProtectError::TooManyStreams);
        }
        let window = || Window::used_before(0, self.sealing.config.rtp_window);
        Ok(self.rtp.entry(ssrc).or_insert_with(|| RtpStream::new(window())))
    }
}
