//! The sending direction.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use lariat_crypto::Provider;

use crate::limits::{MAX_PACKET_LEN, RTCP_INDEX_END, RTP_INDEX_END};
use crate::packet::{Place, RtpHeader, rtcp_ssrc};
use crate::replay::Window;
use crate::session::Sessions;
use crate::{Config, KeyError, MasterKey, Profile, ProtectError, index};

/// Protects everything that one side sends under one master key.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Outbound {
    profile: Profile,
    config: Config,
    sessions: Sessions,
    /// Used indices by SSRC.
    rtp: BTreeMap<u32, Window>,
    /// The next index by SSRC.
    rtcp: BTreeMap<u32, u32>,
}

impl Outbound {
    /// A direction with the default configuration.
    ///
    /// # Errors
    /// [`KeyError`] if the key does not have the profile's lengths.
    pub fn new(
        provider: &dyn Provider,
        profile: Profile,
        key: &MasterKey,
    ) -> Result<Self, KeyError> {
        Self::with_config(provider, profile, key, Config::default())
    }

    /// A direction with another configuration, of which [`Config::rtcp_window`] means nothing here.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn with_config(
        provider: &dyn Provider,
        profile: Profile,
        key: &MasterKey,
        config: Config,
    ) -> Result<Self, KeyError> {
        Ok(Self {
            profile,
            config: config.clamped(),
            sessions: Sessions::new(provider, profile, key)?,
            rtp: BTreeMap::new(),
            rtcp: BTreeMap::new(),
        })
    }

    /// The profile.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// One past the highest index used in an RTP stream: rollover counter times 2¹⁶ plus sequence
    /// number. `None` before the stream's first packet.
    pub fn next_rtp_index(&self, ssrc: u32) -> Option<u64> {
        self.rtp.get(&ssrc).map(Window::next)
    }

    /// The next index of an RTCP sender. `None` before its first packet.
    pub fn next_rtcp_index(&self, ssrc: u32) -> Option<u32> {
        self.rtcp.get(&ssrc).copied()
    }

    /// Turns the RTP packet in `packet` into SRTP, in place; it grows by
    /// [`Profile::rtp_overhead`].
    ///
    /// Sequence numbers may be out of order within [`Config::rtp_window`], and wrap around.
    ///
    /// # Errors
    /// [`ProtectError`]; the packet is then as it was.
    pub fn protect_rtp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        self.protect_rtp_from(0, packet)
    }

    /// The same for a packet that goes from `start` to the end of `out`, behind others.
    ///
    /// # Errors
    /// As for [`protect_rtp`](Self::protect_rtp).
    pub fn protect_rtp_from(
        &mut self,
        start: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtectError> {
        let packet = out.get(start..).unwrap_or_default();
        check_length(packet, self.profile.rtp_overhead())?;
        let header = RtpHeader::parse(packet).ok_or(ProtectError::Header)?;
        let ssrc = header.ssrc;
        let known = self.rtp.len();
        let index = match self.rtp.get_mut(&ssrc) {
            Some(window) => {
                // rfc3711 §3.3.1: the rollover counter grows with each wrap; §9.2: to its end.
                let index = index::estimate(window.next(), header.sequence_number)
                    .ok_or(ProtectError::KeyExhausted)?;
                // rfc7714 §8.4: what is protected never repeats an index.
                window.check(index)?;
                window.insert(index);
                index
            }
            None if known >= self.config.max_streams => return Err(ProtectError::TooManyStreams),
            None => {
                let index = index::first(header.sequence_number);
                self.rtp.insert(ssrc, Window::starting_at(index, self.config.rtp_window));
                index
            }
        };
        self.sessions.rtp.seal_rtp(Place { ssrc, index }, out, start, header.length);
        Ok(())
    }

    /// Turns the RTCP packet in `packet`, compound or not, into SRTCP, in place; it grows by
    /// [`Profile::rtcp_overhead`]. It is always encrypted.
    ///
    /// # Errors
    /// [`ProtectError`]; the packet is then as it was.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        self.protect_rtcp_from(0, packet)
    }

    /// The same for a packet that goes from `start` to the end of `out`, behind others.
    ///
    /// # Errors
    /// As for [`protect_rtcp`](Self::protect_rtcp).
    pub fn protect_rtcp_from(
        &mut self,
        start: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), ProtectError> {
        let packet = out.get(start..).unwrap_or_default();
        check_length(packet, self.profile.rtcp_overhead())?;
        let ssrc = rtcp_ssrc(packet).ok_or(ProtectError::Header)?;
        let known = self.rtcp.len();
        let next = match self.rtcp.get_mut(&ssrc) {
            Some(next) => next,
            None if known >= self.config.max_streams => return Err(ProtectError::TooManyStreams),
            // rfc3711 §3.4: the index is zero before the first packet of its sender.
            None => self.rtcp.entry(ssrc).or_insert(0),
        };
        // rfc3711 §9.2: it never comes back to zero under the same key.
        if *next >= RTCP_INDEX_END {
            return Err(ProtectError::KeyExhausted);
        }
        let index = *next;
        *next = index.saturating_add(1);
        self.sessions.rtcp.seal_rtcp(ssrc, index, out, start);
        Ok(())
    }

    /// Goes on with an RTP stream that was protected elsewhere with this key, as told by
    /// [`next_rtp_index`](Self::next_rtp_index) there. Indices below `next` count as used.
    ///
    /// # Errors
    /// [`ProtectError::Stale`] if the stream is further on already,
    /// [`ProtectError::KeyExhausted`] if `next` is past [`RTP_INDEX_END`], and
    /// [`ProtectError::TooManyStreams`].
    pub fn resume_rtp(&mut self, ssrc: u32, next: u64) -> Result<(), ProtectError> {
        if next > RTP_INDEX_END {
            return Err(ProtectError::KeyExhausted);
        }
        match self.rtp.get(&ssrc) {
            Some(window) if window.next() > next => return Err(ProtectError::Stale),
            None if self.rtp.len() >= self.config.max_streams => {
                return Err(ProtectError::TooManyStreams);
            }
            _ => {}
        }
        self.rtp.insert(ssrc, Window::used_before(next, self.config.rtp_window));
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
        match self.rtcp.get(&ssrc) {
            Some(known) if *known > next => return Err(ProtectError::Stale),
            None if self.rtcp.len() >= self.config.max_streams => {
                return Err(ProtectError::TooManyStreams);
            }
            _ => {}
        }
        self.rtcp.insert(ssrc, next);
        Ok(())
    }
}

fn check_length(packet: &[u8], overhead: usize) -> Result<(), ProtectError> {
    if packet.len().saturating_add(overhead) > MAX_PACKET_LEN {
        return Err(ProtectError::TooLong);
    }
    Ok(())
}
