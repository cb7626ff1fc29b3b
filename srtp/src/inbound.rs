//! The receiving direction.

mod guess;
mod keys;
mod open;
mod run;
mod state;

use alloc::sync::Arc;
use alloc::vec::Vec;

use lariat_base::Tally;
use lariat_crypto::Provider;

use crate::event::Events;
use crate::layout::Layout;
use crate::packet::{Place, RTCP_HEADER_LEN, rtcp_ssrc};
use crate::replay::Window;
use crate::session::{Session, rtcp_index};
use crate::stream::{RtcpReceiver, RtpReceiver};
use crate::streams::Streams;
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
    /// Every stream began with an authentic packet, or by the owner's hand.
    rtp: Streams<RtpReceiver>,
    rtcp: Streams<RtcpReceiver>,
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
            rtp: Streams::new(Kind::Rtp),
            rtcp: Streams::new(Kind::Rtcp),
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
        let tick = self.rtp.tick();
        match self.rtp.get_mut(header.ssrc) {
            Some(stream) => self.opening.go_on(stream, tick, packet, &header, &mut self.copy),
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
        match (self.rtcp.get(ssrc), self.rtcp.rest(ssrc)) {
            (Some(receiver), _) => receiver.window.check(place.index)?,
            (None, Some(end)) if index < *end => return Err(Dropped::Stale),
            (None, _) => {}
        }
        let fresh = self.open_rtcp(packet, place)?;

        let tick = self.rtcp.tick();
        let receiver = match self.rtcp.get_mut(ssrc) {
            Some(receiver) => receiver,
            None => match self.begin_rtcp(ssrc, |size| Window::starting_at(place.index, size)) {
                Some(receiver) => receiver,
                None => {
                    packet.fill(0);
                    self.events.push(Event::TooManyStreams { ssrc, kind: Kind::Rtcp });
                    return Err(Dropped::TooManyStreams);
                }
            },
        };
        receiver.last_use = tick;
        receiver.window.insert(place.index);
        if fresh.is_some() {
            receiver.keys = fresh;
        }
        Ok(packet.len().saturating_sub(self.opening.layout.rtcp_overhead()))
    }

    /// A place for an RTCP sender that has none, with the `first` window if it is new.
    fn begin_rtcp(
        &mut self,
        ssrc: u32,
        first: impl FnOnce(usize) -> Window,
    ) -> Option<&mut RtcpReceiver> {
        let (config, size) = (&self.opening.config, self.opening.config.rtcp_window);
        self.rtcp.begin(ssrc, config, &mut self.events, |end| {
            RtcpReceiver::new(match end {
                Some(end) => Window::used_before(u64::from(end), size),
                None => first(size),
            })
        })
    }
}
