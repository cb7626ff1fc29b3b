//! The sending direction.

mod run;
mod seal;
mod state;

use alloc::sync::Arc;
use alloc::vec::Vec;

use lariat_crypto::Provider;

use crate::event::Events;
use crate::layout::Layout;
use crate::limits::RTCP_INDEX_END;
use crate::packet::{Place, rtcp_ssrc};
use crate::session::Session;
use crate::stream::{RtcpSender, RtpSender};
use crate::streams::Streams;
use crate::{Config, Cryptex, Event, KeyError, Kind, MasterKey, Profile, ProtectError};
use seal::{Sealing, Tag, permit, room};

/// Protects everything that one side sends, all streams, under one master key at a time.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Outbound {
    provider: Arc<dyn Provider>,
    sealing: Sealing,
    rtp: Streams<RtpSender>,
    rtcp: Streams<RtcpSender>,
    events: Events,
}

impl Outbound {
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

    /// A direction with another configuration, of which [`Config::rtcp_window`] means nothing here.
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
            sealing: Sealing {
                profile,
                config,
                layout: Layout::new(profile, key.mki().len()),
                session: Session::new(provider, profile, &config, key, 0)?,
            },
            rtp: Streams::new(Kind::Rtp),
            rtcp: Streams::new(Kind::Rtcp),
            events: Events::default(),
        })
    }

    /// The profile.
    pub const fn profile(&self) -> Profile {
        self.sealing.profile
    }

    /// How many bytes protection adds to an RTP packet: tag and master key identifier, and with
    /// [`Cryptex`] four more if the packet has CSRCs and no header extension.
    pub fn rtp_overhead(&self) -> usize {
        self.sealing.layout.rtp_overhead()
    }

    /// How many bytes protection adds to an RTCP packet.
    pub fn rtcp_overhead(&self) -> usize {
        self.sealing.layout.rtcp_overhead()
    }

    /// The next thing that the owner should know.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.take()
    }

    /// Protects everything from now on with another master key, which begins a lifetime of its own.
    ///
    /// rfc3711 §3.3.1, §3.4: indices go on as they are. The receiver must have the key by then:
    /// [`Inbound::add_key`](crate::Inbound::add_key).
    ///
    /// # Errors
    /// [`KeyError`]; the key before is used further then.
    pub fn rekey(&mut self, key: &MasterKey) -> Result<(), KeyError> {
        let (expected, actual) = (self.sealing.layout.mki_len(), key.mki().len());
        if expected != actual {
            return Err(KeyError::MkiLength { expected, actual });
        }
        let number = self.sealing.session.number.saturating_add(1);
        self.sealing.session =
            Session::new(&self.provider, self.sealing.profile, &self.sealing.config, key, number)?;
        Ok(())
    }

    /// Turns the RTP packet in `packet` into SRTP, in place; it grows by
    /// [`rtp_overhead`](Self::rtp_overhead).
    ///
    /// Sequence numbers may be out of order within [`Config::rtp_window`], and wrap around.
    ///
    /// # Errors
    /// [`ProtectError`]; the packet is then as it was.
    pub fn protect_rtp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        let length = packet.len();
        let growth = if self.sealing.config.cryptex == Cryptex::Off { 0 } else { 4 };
        packet.resize(length + self.sealing.layout.rtp_overhead() + growth, 0);
        let protected = self.protect_rtp_in(packet, length);
        packet.truncate(protected.unwrap_or(length));
        protected.map(|_| ())
    }

    /// The same for a packet that is the first `length` bytes of `buffer`, with room behind it for
    /// what protection adds. Returns how long it is then.
    ///
    /// # Errors
    /// As for [`protect_rtp`](Self::protect_rtp), and [`ProtectError::NoRoom`].
    #[inline]
    pub fn protect_rtp_in(
        &mut self,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, ProtectError> {
        let plain = self.sealing.read(buffer, length)?;
        let (ssrc, tick) = (plain.header.ssrc, self.rtp.tick());
        let stream = match self.rtp.get_mut(ssrc) {
            Some(stream) => stream,
            None => self.sealing.begin(&mut self.rtp, ssrc, &mut self.events)?,
        };
        stream.last_use = tick;
        let sealed = self.sealing.seal(stream, &mut self.events, plain, Tag::Now)?;
        Ok(sealed.length)
    }

    /// Turns the RTCP packet in `packet`, compound or not, into SRTCP, in place; it grows by
    /// [`rtcp_overhead`](Self::rtcp_overhead). It is always encrypted, unless the profile has no
    /// cipher.
    ///
    /// # Errors
    /// [`ProtectError`]; the packet is then as it was.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        let length = packet.len();
        packet.resize(length + self.sealing.layout.rtcp_overhead(), 0);
        let protected = self.protect_rtcp_in(packet, length);
        packet.truncate(protected.unwrap_or(length));
        protected.map(|_| ())
    }

    /// The same for a packet that is the first `length` bytes of `buffer`, with room behind it for
    /// what protection adds. Returns how long it is then.
    ///
    /// # Errors
    /// As for [`protect_rtcp`](Self::protect_rtcp), and [`ProtectError::NoRoom`].
    pub fn protect_rtcp_in(
        &mut self,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, ProtectError> {
        let ssrc = buffer.get(..length).and_then(rtcp_ssrc).ok_or(ProtectError::Header)?;
        let protected = room(buffer, length, self.sealing.layout.rtcp_overhead())?;
        let tick = self.rtcp.tick();
        let sender = match self.rtcp.get_mut(ssrc) {
            Some(sender) => sender,
            None => self.sealing.begin_rtcp(&mut self.rtcp, ssrc, &mut self.events)?,
        };
        sender.last_use = tick;
        let index =
            sender.claim(&self.sealing.session, &self.sealing.config, ssrc, &mut self.events)?;

        // Nothing fails from here on.
        let place = Place { ssrc, index: u64::from(index) };
        let (kept, mut fresh) = (sender.keys.as_deref(), None);
        let keys = self
            .sealing
            .session
            .rtcp_keys(kept, &mut fresh, self.sealing.profile, &self.sealing.config, place.index)
            .expect("the backend took keys of this profile before");
        let parts = self.sealing.layout.rtcp(protected).expect("the room was measured");
        parts.mki.copy_from_slice(self.sealing.session.mki());
        keys.seal_rtcp(place, self.sealing.profile.is_null(), parts);
        if fresh.is_some() {
            sender.keys = fresh;
        }
        Ok(length + self.sealing.layout.rtcp_overhead())
    }
}

impl RtcpSender {
    /// The same for RTCP.
    fn claim(
        &mut self,
        session: &Session,
        config: &Config,
        ssrc: u32,
        events: &mut Events,
    ) -> Result<u32, ProtectError> {
        // rfc3711 §9.2: the index never comes back to zero. It does not under a later key either:
        // it would have to do so on both sides at once.
        let sent = &mut self.sent;
        let step = if sent.next >= RTCP_INDEX_END {
            sent.usage.end(session.number)
        } else {
            sent.usage.step(session.number, u64::from(config.key_lifetime.rtcp))
        };
        permit(step, ssrc, Kind::Rtcp, events)?;
        let index = sent.next;
        sent.next = index.saturating_add(1);
        sent.usage.count();
        Ok(index)
    }
}
