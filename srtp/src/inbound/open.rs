//! How one RTP packet is opened, alone or in a run.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::guess::Guess;
use super::keys;
use crate::cryptex;
use crate::event::Events;
use crate::layout::Layout;
use crate::limits::MAX_PACKET_LEN;
use crate::packet::{Place, RTP_HEADER_LEN, RtpHeader};
use crate::replay::Window;
use crate::session::{Derived, RtpKeys, Session};
use crate::stream::RtpReceiver;
use crate::streams::Streams;
use crate::{Config, Cryptex, Dropped, Event, Kind, Profile};

/// What packets are opened with.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) profile: Profile,
    pub(super) config: Config,
    pub(super) layout: Layout,
    /// The newest last; never empty.
    pub(super) sessions: Vec<Session>,
}

/// A packet that was authentic.
struct Opened {
    index: u64,
    /// Keys that its stream should keep.
    fresh: Option<Box<Derived<RtpKeys>>>,
}

impl Opening {
    /// The header of a packet of a possible length.
    #[inline(always)]
    pub(super) fn read(&self, packet: &[u8]) -> Result<RtpHeader, Dropped> {
        let unprotected = unprotected(packet, RTP_HEADER_LEN, self.layout.rtp_overhead())?;
        let header = RtpHeader::parse(unprotected).ok_or(Dropped::Header)?;
        // rfc9335 §5.2: who considers it mandatory, stops here.
        if self.config.cryptex == Cryptex::Required && cryptex::is_exposed(&header) {
            return Err(Dropped::ExposedHeader);
        }
        Ok(header)
    }

    /// Opens a packet of a known stream, and says how long it is then.
    #[inline(always)]
    pub(super) fn go_on(
        &self,
        stream: &mut RtpReceiver,
        tick: u64,
        packet: &mut [u8],
        header: &RtpHeader,
        copy: &mut Vec<u8>,
    ) -> Result<usize, Dropped> {
        let guess = Guess::of(Some(&*stream), header.sequence_number)?;
        let opened = self.open(stream.keys.as_deref(), packet, header, &guess, copy)?;
        // rfc3711 §3.3: only what is authentic moves the rollover counter and the window.
        stream.receive(opened.index, tick, opened.fresh);
        Ok(packet.len().saturating_sub(self.layout.rtp_overhead()))
    }

    /// The same for a packet of a stream that has no place, if there is one for it.
    pub(super) fn begin(
        &self,
        streams: &mut Streams<RtpReceiver>,
        packet: &mut [u8],
        header: &RtpHeader,
        copy: &mut Vec<u8>,
        events: &mut Events,
    ) -> Result<usize, Dropped> {
        let guess = guess_without_place(streams, header)?;
        let Opened { index, fresh } = self.open(None, packet, header, &guess, copy)?;
        self.place(streams, packet, header, index, fresh, events)
    }

    /// A place for the stream of an authentic packet, which is then received.
    pub(super) fn place(
        &self,
        streams: &mut Streams<RtpReceiver>,
        packet: &mut [u8],
        header: &RtpHeader,
        index: u64,
        fresh: Option<Box<Derived<RtpKeys>>>,
        events: &mut Events,
    ) -> Result<usize, Dropped> {
        let (size, tick) = (self.config.rtp_window, streams.tick());
        let stream = streams.begin(header.ssrc, &self.config, events, |rest| match rest {
            // rfc3711 §3.3.2: what was received of it before is not received again.
            Some(rest) => RtpReceiver::resumed(Some(rest), size),
            None => RtpReceiver::new(Window::starting_at(index, size)),
        });
        let Some(stream) = stream else {
            packet.fill(0);
            events.push(Event::TooManyStreams { ssrc: header.ssrc, kind: Kind::Rtp });
            return Err(Dropped::TooManyStreams);
        };
        stream.receive(index, tick, fresh);
        Ok(packet.len().saturating_sub(self.layout.rtp_overhead()))
    }

    /// Tries the packet with every key and every index that it may have.
    #[inline(always)]
    fn open(
        &self,
        kept: Option<&Derived<RtpKeys>>,
        packet: &mut [u8],
        header: &RtpHeader,
        guess: &Guess,
        copy: &mut Vec<u8>,
    ) -> Result<Opened, Dropped> {
        let sessions = keys::named_in_rtp(&self.sessions, &self.layout, packet)?;
        if let ([session], None) = (sessions, guess.unlikely) {
            let index = guess.likely;
            let fresh = self.try_open(session, kept, packet, header, index);
            return fresh.map(|fresh| Opened { index, fresh }).ok_or_else(|| guess.reason());
        }
        self.open_with_any(sessions, kept, packet, header, guess, copy)
    }

    /// The same where there are several keys or indices.
    fn open_with_any(
        &self,
        sessions: &[Session],
        kept: Option<&Derived<RtpKeys>>,
        packet: &mut [u8],
        header: &RtpHeader,
        guess: &Guess,
        copy: &mut Vec<u8>,
    ) -> Result<Opened, Dropped> {
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
                if let Some(fresh) = self.try_open(session, kept, packet, header, index) {
                    return Ok(Opened { index, fresh });
                }
                is_destroyed = is_kept;
            }
        }
        Err(guess.reason())
    }

    #[inline(always)]
    fn try_open(
        &self,
        session: &Session,
        kept: Option<&Derived<RtpKeys>>,
        packet: &mut [u8],
        header: &RtpHeader,
        index: u64,
    ) -> Option<Option<Box<Derived<RtpKeys>>>> {
        let place = Place { ssrc: header.ssrc, index };
        let mut fresh = None;
        let keys = session.rtp_keys(kept, &mut fresh, self.profile, &self.config, index).ok()?;
        let parts = self.layout.rtp(packet)?;
        keys.verify(place, &parts).ok()?;
        keys.decrypt(&self.config, header, place, parts).ok()?;
        Some(fresh)
    }
}

impl RtpReceiver {
    /// Notes an authentic packet.
    #[inline(always)]
    pub(super) fn receive(&mut self, index: u64, tick: u64, fresh: Option<Box<Derived<RtpKeys>>>) {
        self.last_use = tick;
        self.window.insert(index);
        self.told = None;
        if fresh.is_some() {
            self.keys = fresh;
        }
    }
}

/// The indices that a packet may have whose stream has no place: one that is new, or was retired.
pub(super) fn guess_without_place(
    streams: &Streams<RtpReceiver>,
    header: &RtpHeader,
) -> Result<Guess, Dropped> {
    match streams.rest(header.ssrc) {
        Some(rest) => Guess::of(Some(rest), header.sequence_number),
        None => Guess::of(None::<&RtpReceiver>, header.sequence_number),
    }
}

/// The packet without what protection added to it, of which at least `header_len` bytes are there.
#[inline]
pub(super) fn unprotected(
    packet: &[u8],
    header_len: usize,
    overhead: usize,
) -> Result<&[u8], Dropped> {
    if packet.len() > MAX_PACKET_LEN {
        return Err(Dropped::TooLong);
    }
    let length = packet.len().checked_sub(overhead).ok_or(Dropped::TooShort)?;
    match packet.get(..length) {
        Some(unprotected) if length >= header_len => Ok(unprotected),
        _ => Err(Dropped::TooShort),
    }
}
