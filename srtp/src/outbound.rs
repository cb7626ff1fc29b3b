//! The sending direction.

mod run;
mod state;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use lariat_crypto::Provider;

use crate::cryptex::Plan;
use crate::event::Events;
use crate::layout::Layout;
use crate::limits::{MAX_PACKET_LEN, RTCP_INDEX_END};
use crate::packet::{Place, RtpHeader, rtcp_ssrc};
use crate::replay::Window;
use crate::session::Session;
use crate::stream::{RtcpSender, RtpStream, Step};
use crate::{Config, Cryptex, Event, KeyError, Kind, MasterKey, Profile, ProtectError, index};

/// Protects everything that one side sends, all streams, under one master key at a time.
///
/// See the [crate documentation](crate) for an example.
#[derive(Debug)]
pub struct Outbound {
    provider: Arc<dyn Provider>,
    profile: Profile,
    config: Config,
    layout: Layout,
    session: Session,
    /// By SSRC.
    rtp: BTreeMap<u32, RtpStream>,
    rtcp: BTreeMap<u32, RtcpSender>,
    events: Events,
}

/// When the tag of a packet is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    Now,
    /// With those of other packets.
    Later,
}

/// An RTP packet that has its place, and is encrypted.
struct Sealed {
    place: Place,
    /// With all that protection adds.
    length: usize,
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
            profile,
            config,
            layout: Layout::new(profile, key.mki().len()),
            session: Session::new(provider, profile, &config, key, 0)?,
            rtp: BTreeMap::new(),
            rtcp: BTreeMap::new(),
            events: Events::default(),
        })
    }

    /// The profile.
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// How many bytes protection adds to an RTP packet: tag and master key identifier, and with
    /// [`Cryptex`] four more if the packet has CSRCs and no header extension.
    pub fn rtp_overhead(&self) -> usize {
        self.layout.rtp_overhead()
    }

    /// How many bytes protection adds to an RTCP packet.
    pub fn rtcp_overhead(&self) -> usize {
        self.layout.rtcp_overhead()
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
        let (expected, actual) = (self.layout.mki_len(), key.mki().len());
        if expected != actual {
            return Err(KeyError::MkiLength { expected, actual });
        }
        let number = self.session.number.saturating_add(1);
        self.session = Session::new(&self.provider, self.profile, &self.config, key, number)?;
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
        let growth = if self.config.cryptex == Cryptex::Off { 0 } else { 4 };
        packet.resize(length + self.layout.rtp_overhead() + growth, 0);
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
        self.seal_rtp(buffer, length, Tag::Now).map(|sealed| sealed.length)
    }

    /// Gives a packet its place, encrypts it and writes what follows it; a tag that is no part of
    /// the encryption only if it is wanted now.
    #[inline]
    fn seal_rtp(
        &mut self,
        buffer: &mut [u8],
        length: usize,
        tag: Tag,
    ) -> Result<Sealed, ProtectError> {
        let header = buffer.get(..length).and_then(RtpHeader::parse);
        let header = header.ok_or(ProtectError::Header)?;
        let plan = match self.config.cryptex {
            Cryptex::Off => Plan::Nothing,
            _ => Plan::of(&header),
        };
        if plan == Plan::Impossible {
            return Err(ProtectError::Extension);
        }
        let length = length + plan.growth();
        let protected = self.room(buffer, length, self.layout.rtp_overhead())?;
        let known = self.rtp.len();
        let stream = match self.rtp.get_mut(&header.ssrc) {
            Some(stream) => stream,
            None if known >= self.config.max_streams => return Err(ProtectError::TooManyStreams),
            None => {
                let window = Window::used_before(0, self.config.rtp_window);
                self.rtp.entry(header.ssrc).or_insert(RtpStream::new(window))
            }
        };
        let index = stream.claim(&self.session, &self.config, &header, &mut self.events)?;

        // Nothing fails from here on.
        let place = Place { ssrc: header.ssrc, index };
        let (kept, mut fresh) = (stream.keys.as_deref(), None);
        let keys = self
            .session
            .rtp_keys(kept, &mut fresh, self.profile, &self.config, index)
            .expect("the backend took keys of this profile before");
        let cryptex = plan != Plan::Nothing
            && plan.mark(protected.get_mut(..length).unwrap_or_default(), &header);
        let mut parts = self.layout.rtp(protected).expect("the room was measured");
        keys.encrypt(&self.config, &header, place, cryptex, &mut parts);
        if !parts.mki.is_empty() {
            parts.mki.copy_from_slice(self.session.mki());
        }
        if tag == Tag::Now {
            keys.authenticate(place, parts);
        }
        if fresh.is_some() {
            stream.keys = fresh;
        }
        Ok(Sealed { place, length: length + self.layout.rtp_overhead() })
    }

    /// Turns the RTCP packet in `packet`, compound or not, into SRTCP, in place; it grows by
    /// [`rtcp_overhead`](Self::rtcp_overhead). It is always encrypted, unless the profile has no
    /// cipher.
    ///
    /// # Errors
    /// [`ProtectError`]; the packet is then as it was.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        let length = packet.len();
        packet.resize(length + self.layout.rtcp_overhead(), 0);
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
        let protected = self.room(buffer, length, self.layout.rtcp_overhead())?;
        let known = self.rtcp.len();
        let sender = match self.rtcp.get_mut(&ssrc) {
            Some(sender) => sender,
            None if known >= self.config.max_streams => return Err(ProtectError::TooManyStreams),
            None => self.rtcp.entry(ssrc).or_default(),
        };
        let index = sender.claim(&self.session, &self.config, ssrc, &mut self.events)?;

        // Nothing fails from here on.
        let place = Place { ssrc, index: u64::from(index) };
        let (kept, mut fresh) = (sender.keys.as_deref(), None);
        let keys = self
            .session
            .rtcp_keys(kept, &mut fresh, self.profile, &self.config, place.index)
            .expect("the backend took keys of this profile before");
        let parts = self.layout.rtcp(protected).expect("the room was measured");
        parts.mki.copy_from_slice(self.session.mki());
        keys.seal_rtcp(place, self.profile.is_null(), parts);
        if fresh.is_some() {
            sender.keys = fresh;
        }
        Ok(length + self.layout.rtcp_overhead())
    }

    /// As much of the buffer as the protected packet takes.
    fn room<'b>(
        &self,
        buffer: &'b mut [u8],
        length: usize,
        overhead: usize,
    ) -> Result<&'b mut [u8], ProtectError> {
        let needed = length.saturating_add(overhead);
        if needed > MAX_PACKET_LEN {
            return Err(ProtectError::TooLong);
        }
        buffer.get_mut(..needed).ok_or(ProtectError::NoRoom { needed })
    }
}

impl RtpStream {
    /// The index that a packet gets, which is then used.
    #[inline]
    fn claim(
        &mut self,
        session: &Session,
        config: &Config,
        header: &RtpHeader,
        events: &mut Events,
    ) -> Result<u64, ProtectError> {
        let sequence_number = header.sequence_number;
        // rfc3711 §3.3.1: the rollover counter grows with each wrap; §9.2: to its end.
        let index = match self.told {
            Some(rollover_counter) => Some(index::with(rollover_counter, sequence_number)),
            None => index::estimate(self.window.next(), sequence_number),
        };
        // rfc7714 §8.4: what is protected never repeats an index.
        let step = match index {
            Some(index) => {
                self.window.check(index)?;
                self.usage.step(session.number, config.key_lifetime.rtp)
            }
            None => self.usage.end(),
        };
        permit(step, header.ssrc, Kind::Rtp, events)?;
        let index = index.ok_or(ProtectError::KeyExhausted)?;
        self.window.insert(index);
        self.told = None;
        self.usage.count();
        Ok(index)
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
        let step = if self.next >= RTCP_INDEX_END {
            self.usage.end()
        } else {
            self.usage.step(session.number, u64::from(config.key_lifetime.rtcp))
        };
        permit(step, ssrc, Kind::Rtcp, events)?;
        let index = self.next;
        self.next = index.saturating_add(1);
        self.usage.count();
        Ok(index)
    }
}

/// Tells of the end of a key's lifetime, and holds to it.
#[inline]
fn permit(step: Step, ssrc: u32, kind: Kind, events: &mut Events) -> Result<(), ProtectError> {
    match step {
        Step::Within => return Ok(()),
        Step::Expiring => {
            events.push(Event::KeyExpiring { ssrc, kind });
            return Ok(());
        }
        Step::Exhausted => events.push(Event::KeyExhausted { ssrc, kind }),
        Step::StillExhausted => {}
    }
    Err(ProtectError::KeyExhausted)
}
