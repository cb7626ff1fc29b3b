//! The receiving direction.

mod guess;
mod keys;
mod run;
mod state;

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use lariat_base::Tally;
use lariat_crypto::Provider;

use crate::cryptex;
use crate::event::Events;
use crate::layout::Layout;
use crate::limits::MAX_PACKET_LEN;
use crate::packet::{Place, RTCP_HEADER_LEN, RTP_HEADER_LEN, RtpHeader, rtcp_ssrc};
use crate::replay::Window;
use crate::session::{Derived, RtpKeys, Session, rtcp_index};
use crate::stream::{RtcpReceiver, RtpStream};
use crate::{Config, Cryptex, Dropped, Event, KeyError, Kind, MasterKey, Profile};
use guess::Guess;

/// Checks and decrypts everything that the other side sends, all streams, under one master key or
/// several.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Inbound {
    provider: Arc<dyn Provider>,
    profile: Profile,
    config: Config,
    layout: Layout,
    /// The newest last; never empty.
    sessions: Vec<Session>,
    /// By SSRC. Every entry began with an authentic packet, or by the owner's hand.
    rtp: BTreeMap<u32, RtpStream>,
    rtcp: BTreeMap<u32, RtcpReceiver>,
    /// A packet that is to be tried a second time.
    copy: Vec<u8>,
    dropped: Tally<Dropped>,
    events: Events,
}

impl Inbound {
    /// A direction with the default configuration.
    ///
    /// # Errors
    /// [`KeyError`] if the key does not have the profile's lengths.
    pub fn new(
        provider: &Arc<dyn Provider>,
        profile: Profile,
        key: &MasterKey,
    ) -> Result<Self, KeyError> {
        Self::with_config(provider, profile, key, Config::default())
    }

    /// A direction with another configuration, of which [`Config::key_lifetime`] means nothing
    /// here: how long a key is used, its sender decides.
    ///
    /// # Errors
    /// As for [`new`](Self::new), and if the configuration is not possible.
    pub fn with_config(
        provider: &Arc<dyn Provider>,
        profile: Profile,
        key: &MasterKey,
        config: Config,
    ) -> Result<Self, KeyError> {
        let config = config.checked(profile)?;
        Ok(Self {
            provider: provider.clone(),
            profile,
            config,
            layout: Layout::new(profile, key.mki().len()),
            sessions: alloc::vec![Session::new(provider, profile, &config, key, 0)?],
            rtp: BTreeMap::new(),
            rtcp: BTreeMap::new(),
            copy: Vec::new(),
            dropped: Tally::new(),
            events: Events::default(),
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

    /// The next thing that the owner should know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.take()
    }

    /// Turns an SRTP packet into RTP, in place: the first bytes of `packet`, as many as returned.
    ///
    /// # Errors
    /// [`Dropped`], which is counted. `packet` then holds nothing decrypted.
    #[inline]
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        self.try_rtp(packet).inspect_err(|reason| self.dropped.add(*reason))
    }

    #[inline]
    fn try_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let header = self.read_header(packet)?;
        let known = self.rtp.len();
        let mut stream = self.rtp.get_mut(&header.ssrc);
        let guess = Guess::of(stream.as_deref(), header.sequence_number)?;
        let opening = Opening {
            profile: self.profile,
            config: &self.config,
            layout: &self.layout,
            sessions: &self.sessions,
            kept: stream.as_ref().and_then(|stream| stream.keys.as_deref()),
        };
        let opened = opening.open(packet, &header, &guess, &mut self.copy)?;

        // rfc3711 §3.3: only what is authentic moves the rollover counter and the window.
        match &mut stream {
            Some(stream) => stream.receive(opened.index, opened.fresh),
            None if known >= self.config.max_streams => {
                packet.fill(0);
                let ssrc = header.ssrc;
                self.events.push(Event::TooManyStreams { ssrc, kind: Kind::Rtp });
                return Err(Dropped::TooManyStreams);
            }
            None => {
                let window = Window::starting_at(opened.index, self.config.rtp_window);
                let stream = RtpStream { keys: opened.fresh, ..RtpStream::new(window) };
                self.rtp.insert(header.ssrc, stream);
            }
        }
        Ok(packet.len().saturating_sub(self.layout.rtp_overhead()))
    }

    /// The header of an SRTP packet of a possible length.
    #[inline]
    fn read_header(&self, packet: &[u8]) -> Result<RtpHeader, Dropped> {
        let unprotected = unprotected(packet, RTP_HEADER_LEN, self.layout.rtp_overhead())?;
        let header = RtpHeader::parse(unprotected).ok_or(Dropped::Header)?;
        // rfc9335 §5.2: who considers it mandatory, stops here.
        if self.config.cryptex == Cryptex::Required && cryptex::is_exposed(&header) {
            return Err(Dropped::ExposedHeader);
        }
        Ok(header)
    }

    /// Turns an SRTCP packet into RTCP, in place: the first bytes of `packet`, as many as returned.
    ///
    /// # Errors
    /// [`Dropped`], which is counted. `packet` then holds nothing decrypted.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        self.try_rtcp(packet).inspect_err(|reason| self.dropped.add(*reason))
    }

    fn try_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let unprotected = unprotected(packet, RTCP_HEADER_LEN, self.layout.rtcp_overhead())?;
        let ssrc = rtcp_ssrc(unprotected).ok_or(Dropped::Header)?;
        let parts = self.layout.rtcp(packet).ok_or(Dropped::TooShort)?;
        let (encrypted, index) = rtcp_index(*parts.word);
        // rfc8827 §6.5: media and its control are encrypted, always.
        if !encrypted && !self.profile.is_null() {
            return Err(Dropped::Unencrypted);
        }
        let place = Place { ssrc, index: u64::from(index) };
        if let Some(receiver) = self.rtcp.get(&ssrc) {
            receiver.window.check(place.index)?;
        }
        let fresh = self.open_rtcp(packet, place)?;

        let known = self.rtcp.len();
        match self.rtcp.get_mut(&ssrc) {
            Some(receiver) => {
                receiver.window.insert(place.index);
                if fresh.is_some() {
                    receiver.keys = fresh;
                }
            }
            None if known >= self.config.max_streams => {
                packet.fill(0);
                self.events.push(Event::TooManyStreams { ssrc, kind: Kind::Rtcp });
                return Err(Dropped::TooManyStreams);
            }
            None => {
                let window = Window::starting_at(place.index, self.config.rtcp_window);
                self.rtcp.insert(ssrc, RtcpReceiver { window, keys: fresh });
            }
        }
        Ok(packet.len().saturating_sub(self.layout.rtcp_overhead()))
    }
}

impl RtpStream {
    /// Notes an authentic packet.
    #[inline]
    fn receive(&mut self, index: u64, fresh: Option<Box<Derived<RtpKeys>>>) {
        self.window.insert(index);
        self.told = None;
        if fresh.is_some() {
            self.keys = fresh;
        }
    }
}

/// What an RTP packet is opened with.
struct Opening<'a> {
    profile: Profile,
    config: &'a Config,
    layout: &'a Layout,
    sessions: &'a [Session],
    kept: Option<&'a Derived<RtpKeys>>,
}

/// An RTP packet that was authentic.
struct Opened {
    index: u64,
    /// Keys that its stream should keep.
    fresh: Option<Box<Derived<RtpKeys>>>,
}

impl Opening<'_> {
    /// Tries the packet with every key and every index that it may have.
    #[inline]
    fn open(
        &self,
        packet: &mut [u8],
        header: &RtpHeader,
        guess: &Guess,
        copy: &mut Vec<u8>,
    ) -> Result<Opened, Dropped> {
        let sessions = keys::named_in_rtp(self.sessions, self.layout, packet)?;
        // An AEAD destroys what it fails to open.
        let is_kept = self.layout.is_aead() && (sessions.len() > 1 || guess.unlikely.is_some());
        if is_kept {
            copy.clear();
            copy.extend_from_slice(packet);
        }
        let mut is_destroyed = false;
        for session in sessions.iter().rev() {
            for index in [Some(guess.likely), guess.unlikely].into_iter().flatten() {
                if is_destroyed {
                    packet.copy_from_slice(copy);
                }
                if let Some(fresh) = self.try_open(session, packet, header, index) {
                    return Ok(Opened { index, fresh });
                }
                is_destroyed = is_kept;
            }
        }
        Err(guess.reason())
    }

    #[inline]
    fn try_open(
        &self,
        session: &Session,
        packet: &mut [u8],
        header: &RtpHeader,
        index: u64,
    ) -> Option<Option<Box<Derived<RtpKeys>>>> {
        let place = Place { ssrc: header.ssrc, index };
        let mut fresh = None;
        let keys =
            session.rtp_keys(self.kept, &mut fresh, self.profile, self.config, index).ok()?;
        let parts = self.layout.rtp(packet)?;
        keys.verify(place, &parts).ok()?;
        keys.decrypt(self.config, header, place, parts).ok()?;
        Some(fresh)
    }
}

/// The packet without what protection added to it, of which at least `header_len` bytes are there.
#[inline]
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
