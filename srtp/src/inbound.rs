//! The receiving direction.

mod guess;
mod keys;
mod open;
mod run;
mod state;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use lariat_base::Tally;
use lariat_crypto::Provider;

use crate::event::Events;
use crate::layout::Layout;
use crate::packet::{Place, RTCP_HEADER_LEN, rtcp_ssrc};
use crate::replay::Window;
use crate::session::{Session, rtcp_index};
use crate::stream::{RtcpReceiver, RtpStream};
use crate::{Config, Dropped, Event, KeyError, Kind, MasterKey, Profile};
use open::{Opening, unprotected};

/// Checks and decrypts everything that the other side sends, all streams, under one master key or
/// several.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Inbound {
    provider: Arc<dyn Provider>,
    opening: Opening,
    /// How many keys were added, among them those that are forgotten.
    added: u64,
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
            opening: Opening {
                profile,
                config,
                layout: Layout::new(profile, key.mki().len()),
                sessions: alloc::vec![Session::new(provider, profile, &config, key, 0)?],
            },
            added: 0,
            rtp: BTreeMap::new(),
            rtcp: BTreeMap::new(),
            copy: Vec::new(),
            dropped: Tally::new(),
            events: Events::default(),
        })
    }

    /// The profile.
    pub const fn profile(&self) -> Profile {
        self.opening.profile
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
        let header = self.opening.read(packet)?;
        match self.rtp.get_mut(&header.ssrc) {
            Some(stream) => self.opening.go_on(stream, packet, &header, &mut self.copy),
            None => {
                let (streams, copy, events) = (&mut self.rtp, &mut self.copy, &mut self.events);
                self.opening.begin(streams, packet, &header, copy, events)
            }
        }
    }

    /// Turns an SRTCP packet into RTCP, in place: the first bytes of `packet`, as many as returned.
    ///
    /// # Errors
    /// [`Dropped`], which is counted. `packet` then holds nothing decrypted.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        self.try_rtcp(packet).inspect_err(|reason| self.dropped.add(*reason))
    }

    fn try_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Dropped> {
        let unprotected =
            unprotected(packet, RTCP_HEADER_LEN, self.opening.layout.rtcp_overhead())?;
        let ssrc = rtcp_ssrc(unprotected).ok_or(Dropped::Header)?;
        let parts = self.opening.layout.rtcp(packet).ok_or(Dropped::TooShort)?;
        let (encrypted, index) = rtcp_index(*parts.word);
        // rfc8827 §6.5: media and its control are encrypted, always.
        if !encrypted && !self.opening.profile.is_null() {
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
            None if known >= self.opening.config.max_streams => {
                packet.fill(0);
                self.events.push(Event::TooManyStreams { ssrc, kind: Kind::Rtcp });
                return Err(Dropped::TooManyStreams);
            }
            None => {
                let window = Window::starting_at(place.index, self.opening.config.rtcp_window);
                self.rtcp.insert(ssrc, RtcpReceiver { window, keys: fresh });
            }
        }
        Ok(packet.len().saturating_sub(self.opening.layout.rtcp_overhead()))
    }
}
