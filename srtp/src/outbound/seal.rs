//! How one RTP packet is sealed, alone or in a run.

use crate::cryptex::Plan;
use crate::event::Events;
use crate::layout::Layout;
use crate::limits::MAX_PACKET_LEN;
use crate::packet::{Place, RtpHeader};
use crate::session::Session;
use crate::stream::{RtcpSender, RtpSender, Step};
use crate::streams::Streams;
use crate::{Config, Cryptex, Event, Kind, Profile, ProtectError, index};

/// What packets are sealed with.
#[derive(Debug)]
pub(super) struct Sealing {
    pub(super) profile: Profile,
    pub(super) config: Config,
    pub(super) layout: Layout,
    pub(super) session: Session,
}

/// A packet that was read, and for which there is room.
pub(super) struct Plain<'b> {
    pub(super) header: RtpHeader,
    plan: Plan,
    /// With what Cryptex adds, without the rest.
    length: usize,
    /// As much of the buffer as the protected packet takes.
    protected: &'b mut [u8],
}

/// When the tag of a packet is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Now,
    /// With those of other packets.
    Later,
}

/// An RTP packet that has its place, and is encrypted.
pub(super) struct Sealed {
    pub(super) place: Place,
    /// With all that protection adds.
    pub(super) length: usize,
}

impl Sealing {
    /// Reads a packet, and sees that it fits.
    #[inline(always)]
    pub(super) fn read<'b>(
        &self,
        buffer: &'b mut [u8],
        length: usize,
    ) -> Result<Plain<'b>, ProtectError> {
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
        let protected = room(buffer, length, self.layout.rtp_overhead())?;
        Ok(Plain { header, plan, length, protected })
    }

    /// A place for a stream that has none.
    pub(super) fn begin<'s>(
        &self,
        streams: &'s mut Streams<RtpSender>,
        ssrc: u32,
        events: &mut Events,
    ) -> Result<&'s mut RtpSender, ProtectError> {
        // rfc3711 §3.2.1, §9.1: under one key the index of an SSRC never begins again.
        let start = |rest| RtpSender::resumed(rest, self.config.rtp_window);
        streams.begin(ssrc, &self.config, events, start).ok_or(ProtectError::TooManyStreams)
    }

    /// The same for an RTCP sender.
    pub(super) fn begin_rtcp<'s>(
        &self,
        senders: &'s mut Streams<RtcpSender>,
        ssrc: u32,
        events: &mut Events,
    ) -> Result<&'s mut RtcpSender, ProtectError> {
        let start = |rest: Option<_>| RtcpSender {
            sent: rest.unwrap_or_default(),
            ..RtcpSender::default()
        };
        senders.begin(ssrc, &self.config, events, start).ok_or(ProtectError::TooManyStreams)
    }

    /// Gives a packet its place, encrypts it and writes what follows it; a tag that is no part of
    /// the encryption only if it is wanted now.
    #[inline(always)]
    pub(super) fn seal(
        &self,
        stream: &mut RtpSender,
        events: &mut Events,
        plain: Plain<'_>,
        tag: Tag,
    ) -> Result<Sealed, ProtectError> {
        let Plain { header, plan, length, protected } = plain;
        let index = stream.claim(&self.session, &self.config, &header, events)?;

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
}

impl RtpSender {
    /// The index that a packet gets, which is then used.
    #[inline(always)]
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
            None => self.usage.end(session.number),
        };
        permit(step, header.ssrc, Kind::Rtp, events)?;
        let index = index.ok_or(ProtectError::KeyExhausted)?;
        self.window.insert(index);
        self.told = None;
        self.usage.count();
        Ok(index)
    }
}

/// Tells of the end of a key's lifetime, and holds to it.
#[inline]
pub(super) fn permit(
    step: Step,
    ssrc: u32,
    kind: Kind,
    events: &mut Events,
) -> Result<(), ProtectError> {
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

/// As much of the buffer as the protected packet takes.
#[inline]
pub(super) fn room(
    buffer: &mut [u8],
    length: usize,
    overhead: usize,
) -> Result<&mut [u8], ProtectError> {
    let needed = length.saturating_add(overhead);
    if needed > MAX_PACKET_LEN {
        return Err(ProtectError::TooLong);
    }
    buffer.get_mut(..needed).ok_or(ProtectError::NoRoom)
}
