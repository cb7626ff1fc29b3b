//! The receiving direction.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use lariat_base::Tally;
use lariat_crypto::Provider;

use crate::limits::{MAX_PACKET_LEN, RTP_INDEX_END};
use crate::packet::{Place, RTCP_HEADER_LEN, RTP_HEADER_LEN, RtpHeader, rtcp_ssrc};
use crate::replay::Window;
use crate::session::{Session, Sessions};
use crate::{Config, Dropped, KeyError, MasterKey, Profile, index};

/// Checks and decrypts everything that the other side sends under one master key.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Inbound {
    profile: Profile,
    config: Config,
    sessions: Sessions,
    /// Received indices by SSRC. Every entry began with an authentic packet.
    rtp: BTreeMap<u32, Window>,
    rtcp: BTreeMap<u32, Window>,
    /// A packet of an unknown stream, to be tried a second time.
    copy: Vec<u8>,
    dropped: Tally<Dropped>,
}

impl Inbound {
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

    /// A direction with another configuration.
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
            copy: Vec::new(),
            dropped: Tally::new(),
        })
    }

    /// The profile.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// What was dropped, and why.
    pub const fn dropped(&self) -> &Tally<Dropped> {
        &self.dropped
    }

    /// One past the highest index received in an RTP stream: rollover counter times 2¹⁶ plus
    /// sequence number. `None` before the stream's first authentic packet.
    pub fn next_rtp_index(&self, ssrc: u32) -> Option<u64> {
        self.rtp.get(&ssrc).map(Window::next)
    }

    /// Turns an SRTP packet into RTP, in place: the first bytes of `packet`, as many as returned.
    ///
    /// # Errors
    /// [`Dropped`], which is counted. `packet` then holds nothing decrypted.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        self.try_rtp(packet).inspect_err(|reason| self.dropped.add(*reason))
    }

    fn try_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let overhead = self.profile.rtp_overhead();
        let unprotected = unprotected(packet, RTP_HEADER_LEN, overhead)?;
        let header = RtpHeader::parse(unprotected).ok_or(Dropped::Header)?;
        let Some(window) = self.rtp.get_mut(&header.ssrc) else {
            return self.try_first_rtp(packet, header);
        };
        let likely =
            index::estimate(window.next(), header.sequence_number).ok_or(Dropped::KeyExhausted)?;
        match window.check(likely) {
            Ok(()) => {
                let length = open_rtp(&self.sessions.rtp, packet, header, likely)?;
                // rfc3711 §3.3: only what is authentic moves the rollover counter and the window.
                window.insert(likely);
                Ok(length)
            }
            Err(refused) => {
                // Old, or far ahead; if it is not ahead, it is dropped for being old.
                let ahead = index::ahead(likely).ok_or(refused)?;
                let length = open_rtp(&self.sessions.rtp, packet, header, ahead)
                    .map_err(|_| Dropped::from(refused))?;
                window.insert(ahead);
                Ok(length)
            }
        }
    }

    fn try_first_rtp(&mut self, packet: &mut [u8], header: RtpHeader) -> Result<usize, Dropped> {
        if self.rtp.len() >= self.config.max_streams {
            return Err(Dropped::TooManyStreams);
        }
        let index = index::first(header.sequence_number);
        let (index, length) = match index::first_after_wrap(header.sequence_number) {
            None => (index, open_rtp(&self.sessions.rtp, packet, header, index)?),
            Some(after_wrap) => {
                // Opening may destroy what it fails to open.
                self.copy.clear();
                self.copy.extend_from_slice(packet);
                match open_rtp(&self.sessions.rtp, packet, header, index) {
                    Ok(length) => (index, length),
                    Err(_) => {
                        packet.copy_from_slice(&self.copy);
                        (after_wrap, open_rtp(&self.sessions.rtp, packet, header, after_wrap)?)
                    }
                }
            }
        };
        self.rtp.insert(header.ssrc, Window::starting_at(index, self.config.rtp_window));
        Ok(length)
    }

    /// Turns an SRTCP packet into RTCP, in place: the first bytes of `packet`, as many as returned.
    ///
    /// # Errors
    /// [`Dropped`], which is counted. `packet` then holds nothing decrypted.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        self.try_rtcp(packet).inspect_err(|reason| self.dropped.add(*reason))
    }

    fn try_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let overhead = self.profile.rtcp_overhead();
        let unprotected = unprotected(packet, RTCP_HEADER_LEN, overhead)?;
        let ssrc = rtcp_ssrc(unprotected).ok_or(Dropped::Header)?;
        let (encrypted, index) = self.sessions.rtcp.rtcp_index(packet).ok_or(Dropped::TooShort)?;
        // rfc8827 §6.5: media and its control are encrypted, always.
        if !encrypted {
            return Err(Dropped::Unencrypted);
        }
        let place = Place { ssrc, index: u64::from(index) };
        let known = self.rtcp.len();
        match self.rtcp.get_mut(&ssrc) {
            Some(window) => {
                window.check(place.index)?;
                let length = open_rtcp(&self.sessions.rtcp, packet, place)?;
                window.insert(place.index);
                Ok(length)
            }
            None if known >= self.config.max_streams => Err(Dropped::TooManyStreams),
            None => {
                let length = open_rtcp(&self.sessions.rtcp, packet, place)?;
                let window = Window::starting_at(place.index, self.config.rtcp_window);
                self.rtcp.insert(ssrc, window);
                Ok(length)
            }
        }
    }

    /// Goes on with an RTP stream that was received elsewhere with this key, as told by
    /// [`next_rtp_index`](Self::next_rtp_index) there, or whose rollover counter was signalled
    /// (RFC 3711 §3.3.1): `next` is then the counter times 2¹⁶. Indices below `next` count as
    /// received.
    ///
    /// # Errors
    /// [`Dropped::Stale`] if the stream is further on already, [`Dropped::KeyExhausted`] if `next`
    /// is past [`RTP_INDEX_END`], and [`Dropped::TooManyStreams`]. None of these is counted.
    pub fn resume_rtp(&mut self, ssrc: u32, next: u64) -> Result<(), Dropped> {
        if next > RTP_INDEX_END {
            return Err(Dropped::KeyExhausted);
        }
        match self.rtp.get(&ssrc) {
            Some(window) if window.next() > next => return Err(Dropped::Stale),
            None if self.rtp.len() >= self.config.max_streams => {
                return Err(Dropped::TooManyStreams);
            }
            _ => {}
        }
        self.rtp.insert(ssrc, Window::used_before(next, self.config.rtp_window));
        Ok(())
    }
}

/// The packet without what protection added to it, of which at least `header_len` bytes are there.
fn unprotected(packet: &[u8], header_len: usize, overhead: usize) -> Result<&[u8], Dropped> {
    if packet.len() > MAX_PACKET_LEN {
        return Err(Dropped::TooLong);
    }
    let length = packet.len().checked_sub(overhead).ok_or(Dropped::TooShort)?;
    match packet.get(..length) {
        Some(unprotected) if length >= header_len => Ok(unprotected),
        _ => Err(Dropped::TooShort),
    }
}

fn open_rtp(
    session: &Session,
    packet: &mut [u8],
    header: RtpHeader,
    index: u64,
) -> Result<usize, Dropped> {
    let place = Place { ssrc: header.ssrc, index };
    session.open_rtp(place, packet, header.length).map_err(|_| Dropped::NotAuthentic)
}

fn open_rtcp(session: &Session, packet: &mut [u8], place: Place) -> Result<usize, Dropped> {
    session.open_rtcp(place, packet).map_err(|_| Dropped::NotAuthentic)
}
