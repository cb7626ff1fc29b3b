//! Indices and rollover counters, told and asked for.

use super::Inbound;
use crate::Dropped;
use crate::limits::{RTCP_INDEX_END, RTP_INDEX_END};
use crate::replay::Window;
use crate::stream::{Indices, RtpReceiver};

impl Inbound {
    /// One past the highest index received in an RTP stream: rollover counter times 2¹⁶ plus
    /// sequence number. `None` before the stream's first authentic packet.
    pub fn next_rtp_index(&self, ssrc: u32) -> Option<u64> {
        self.rtp.indices(ssrc).map(Indices::next)
    }

    /// The rollover counter of an RTP stream: that of its latest packet, or of the next one if it
    /// was set. `None` before the stream's first authentic packet.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        self.rtp.indices(ssrc).map(Indices::rollover_counter)
    }

    /// Sets the rollover counter that the next packet of an RTP stream has, whatever its sequence
    /// number: for a receiver that joins late and was told (RFC 3711 §3.3.1). Or the one after, if
    /// its sequence number has wrapped since.
    ///
    /// # Errors
    /// [`Dropped::Stale`] if the stream is further on already, [`Dropped::TooManyStreams`]. Neither
    /// is counted.
    pub fn set_rollover_counter(
        &mut self,
        ssrc: u32,
        rollover_counter: u32,
    ) -> Result<(), Dropped> {
        let known = self.rtp.indices(ssrc);
        if known.is_some_and(|known| rollover_counter < known.latest_rollover_counter()) {
            return Err(Dropped::Stale);
        }
        let stream = self.rtp_stream(ssrc)?;
        stream.told = Some(rollover_counter);
        Ok(())
    }

    /// Goes on with an RTP stream that was received elsewhere with this key, as told by
    /// [`next_rtp_index`](Self::next_rtp_index) there. Indices below `next` count as received.
    ///
    /// # Errors
    /// [`Dropped::Stale`] if the stream is further on already, [`Dropped::KeyExhausted`] if `next`
    /// is past [`RTP_INDEX_END`], and [`Dropped::TooManyStreams`]. None of these is counted.
    pub fn resume_rtp(&mut self, ssrc: u32, next: u64) -> Result<(), Dropped> {
        if next > RTP_INDEX_END {
            return Err(Dropped::KeyExhausted);
        }
        if self.rtp.indices(ssrc).is_some_and(|known| known.end() > next) {
            return Err(Dropped::Stale);
        }
        let size = self.opening.config.rtp_window;
        let stream = self.rtp_stream(ssrc)?;
        stream.window = Window::used_before(next, size);
        stream.told = None;
        Ok(())
    }

    /// One past the highest index received of an RTCP sender. `None` before its first authentic
    /// packet.
    pub fn next_rtcp_index(&self, ssrc: u32) -> Option<u32> {
        // An index has 31 bits, and so this has 32.
        let active = self.rtcp.get(ssrc).map(|receiver| receiver.window.next() as u32);
        active.or_else(|| self.rtcp.rest(ssrc).copied())
    }

    /// Goes on with an RTCP sender that was received elsewhere with this key, as told by
    /// [`next_rtcp_index`](Self::next_rtcp_index) there. Indices below `next` count as received.
    ///
    /// # Errors
    /// As for [`resume_rtp`](Self::resume_rtp), up to [`RTCP_INDEX_END`].
    pub fn resume_rtcp(&mut self, ssrc: u32, next: u32) -> Result<(), Dropped> {
        if next > RTCP_INDEX_END {
            return Err(Dropped::KeyExhausted);
        }
        if self.next_rtcp_index(ssrc).is_some_and(|known| known > next) {
            return Err(Dropped::Stale);
        }
        let (tick, size) = (self.rtcp.tick(), self.opening.config.rtcp_window);
        let receiver = match self.rtcp.get_mut(ssrc) {
            Some(receiver) => receiver,
            None => self
                .begin_rtcp(ssrc, |size| Window::used_before(0, size))
                .ok_or(Dropped::TooManyStreams)?,
        };
        receiver.last_use = tick;
        receiver.window = Window::used_before(u64::from(next), size);
        Ok(())
    }

    /// The stream, which begins if there is none.
    fn rtp_stream(&mut self, ssrc: u32) -> Result<&mut RtpReceiver, Dropped> {
        let tick = self.rtp.tick();
        if self.rtp.get(ssrc).is_none() {
            let (config, size) = (&self.opening.config, self.opening.config.rtp_window);
            let start = |rest| RtpReceiver::resumed(rest, size);
            self.rtp.begin(ssrc, config, &mut self.events, start).ok_or(Dropped::TooManyStreams)?;
        }
        let stream = self.rtp.get_mut(ssrc).ok_or(Dropped::TooManyStreams)?;
        stream.last_use = tick;
        Ok(stream)
    }
}
