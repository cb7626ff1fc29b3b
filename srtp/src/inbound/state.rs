//! Indices and rollover counters, told and asked for.

use super::Inbound;
use crate::Dropped;
use crate::limits::{RTCP_INDEX_END, RTP_INDEX_END};
use crate::replay::Window;
use crate::stream::{RtcpReceiver, RtpStream};

impl Inbound {
    /// One past the highest index received in an RTP stream: rollover counter times 2¹⁶ plus
    /// sequence number. `None` before the stream's first authentic packet.
    pub fn next_rtp_index(&self, ssrc: u32) -> Option<u64> {
        self.rtp.get(&ssrc).map(RtpStream::next)
    }

    /// The rollover counter of an RTP stream: that of its latest packet, or of the next one if it
    /// was set. `None` before the stream's first authentic packet.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        self.rtp.get(&ssrc).map(RtpStream::rollover_counter)
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
        let stream = self.rtp_stream(ssrc)?;
        if rollover_counter < stream.window_rollover_counter() {
            return Err(Dropped::Stale);
        }
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
        let size = self.opening.config.rtp_window;
        let stream = self.rtp_stream(ssrc)?;
        if stream.window.next() > next {
            return Err(Dropped::Stale);
        }
        stream.window = Window::used_before(next, size);
        stream.told = None;
        Ok(())
    }

    /// One past the highest index received of an RTCP sender. `None` before its first authentic
    /// packet.
    pub fn next_rtcp_index(&self, ssrc: u32) -> Option<u32> {
        // An index has 31 bits, and so this has 32.
        self.rtcp.get(&ssrc).map(|receiver| receiver.window.next() as u32)
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
        if self.rtcp.len() >= self.opening.config.max_streams && !self.rtcp.contains_key(&ssrc) {
            return Err(Dropped::TooManyStreams);
        }
        let window = |next| Window::used_before(u64::from(next), self.opening.config.rtcp_window);
        let receiver =
            self.rtcp.entry(ssrc).or_insert_with(|| RtcpReceiver { window: window(0), keys: None });
        if receiver.window.next() > u64::from(next) {
            return Err(Dropped::Stale);
        }
        receiver.window = window(next);
        Ok(())
    }

    /// The stream, which begins if there is none.
    fn rtp_stream(&mut self, ssrc: u32) -> Result<&mut RtpStream, Dropped> {
        if self.rtp.len() >= self.opening.config.max_streams && !self.rtp.contains_key(&ssrc) {
            return Err(Dropped::TooManyStreams);
        }
        let window = || Window::used_before(0, self.opening.config.rtp_window);
        Ok(self.rtp.entry(ssrc).or_insert_with(|| RtpStream::new(window())))
    }
}
