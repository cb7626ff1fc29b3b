//! What both sides of SRTP are to do, slowly and obviously: every index that was ever used is kept,
//! and what follows from a sequence number is computed as in RFC 3711 Appendix A.

use std::collections::{BTreeMap, BTreeSet};

use lariat_srtp::limits::{MAX_KEYS, MIN_WINDOW, RTCP_INDEX_END, RTP_INDEX_END};
use lariat_srtp::{Config, Dropped, ProtectError};

/// As many indices have the same rollover counter.
const CIRCLE: u64 = 1 << 16;

/// The streams of one kind on one side.
pub struct Streams {
    window: u64,
    limit: usize,
    /// Past the last index.
    end: u64,
    by_ssrc: BTreeMap<u32, Stream>,
}

/// The indices of one stream.
#[derive(Default)]
struct Stream {
    used: BTreeSet<u64>,
    /// Below, everything counts as used.
    floor: u64,
    told: Option<u32>,
}

/// Why an index may not be used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It was used.
    Replayed,
    /// It is behind the window.
    Stale,
    /// It is past the end.
    Exhausted,
    /// There are as many streams as there may be.
    TooManyStreams,
}

/// Whether the receiver has the key of a packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The packet is tried with it.
    Tried,
    /// The packet is tried with others.
    NotTried,
    /// The packet names it, and it is not there.
    Unknown,
}

impl Streams {
    /// Those of RTP.
    pub fn rtp(config: &Config) -> Self {
        Self::new(config.rtp_window, config.max_streams, RTP_INDEX_END)
    }

    /// Those of RTCP.
    pub fn rtcp(config: &Config) -> Self {
        Self::new(config.rtcp_window, config.max_streams, RTCP_INDEX_END.into())
    }

    fn new(window: usize, limit: usize, end: u64) -> Self {
        let window = window.max(MIN_WINDOW).next_power_of_two() as u64;
        Self { window, limit, end, by_ssrc: BTreeMap::new() }
    }

    /// One past the highest index, or what the rollover counter says that was told if that is more.
    pub fn next(&self, ssrc: u32) -> Option<u64> {
        let stream = self.by_ssrc.get(&ssrc)?;
        let told = stream.told.map_or(0, |told| u64::from(told) * CIRCLE);
        Some(told.max(stream.next()))
    }

    /// The rollover counter.
    pub fn rollover_counter(&self, ssrc: u32) -> Option<u32> {
        let stream = self.by_ssrc.get(&ssrc)?;
        Some(stream.told.unwrap_or(stream.rollover_counter()))
    }

    /// Tells a rollover counter.
    pub fn set_rollover_counter(&mut self, ssrc: u32, told: u32) -> Result<(), Refused> {
        let stream = self.stream(ssrc)?;
        if told < stream.rollover_counter() {
            return Err(Refused::Stale);
        }
        stream.told = Some(told);
        Ok(())
    }

    /// Goes on at an index.
    pub fn resume(&mut self, ssrc: u32, next: u64) -> Result<(), Refused> {
        if next > self.end {
            return Err(Refused::Exhausted);
        }
        let stream = self.stream(ssrc)?;
        if next < stream.next() {
            return Err(Refused::Stale);
        }
        (stream.floor, stream.told) = (next, None);
        Ok(())
    }

    /// The index of an RTP packet that is protected.
    pub fn protect(&mut self, ssrc: u32, sequence_number: u16) -> Result<u64, Refused> {
        let (window, end) = (self.window, self.end);
        let stream = self.stream(ssrc)?;
        let index = match stream.told {
            Some(told) => u64::from(told) * CIRCLE + u64::from(sequence_number),
            None => stream.estimate(sequence_number),
        };
        if index >= end {
            return Err(Refused::Exhausted);
        }
        stream.check(window, index)?;
        stream.take(index);
        Ok(index)
    }

    /// The index of the next RTCP packet.
    pub fn protect_next(&mut self, ssrc: u32) -> Result<u64, Refused> {
        let end = self.end;
        let stream = self.stream(ssrc)?;
        let index = stream.next();
        if index >= end {
            return Err(Refused::Exhausted);
        }
        stream.take(index);
        Ok(index)
    }

    /// Receives an RTP packet whose index its sender knows.
    pub fn receive(&mut self, ssrc: u32, index: u64, key: Key) -> Result<(), Dropped> {
        let sequence_number = (index % CIRCLE) as u16;
        let (candidates, otherwise) = self.candidates(ssrc, sequence_number)?;
        match key {
            Key::Unknown => return Err(Dropped::UnknownKey),
            Key::Tried if candidates.contains(&index) => {}
            _ => return Err(otherwise),
        }
        self.stream(ssrc)?.take(index);
        Ok(())
    }

    /// Receives an RTCP packet, which says its index itself.
    pub fn receive_at(&mut self, ssrc: u32, index: u64, key: Key) -> Result<(), Dropped> {
        if let Some(stream) = self.by_ssrc.get(&ssrc) {
            stream.check(self.window, index)?;
        }
        match key {
            Key::Unknown => return Err(Dropped::UnknownKey),
            Key::NotTried => return Err(Dropped::NotAuthentic),
            Key::Tried => {}
        }
        self.stream(ssrc)?.take(index);
        Ok(())
    }

    /// The indices that a received packet may have, and why it is dropped if it has none of them.
    fn candidates(&self, ssrc: u32, sequence_number: u16) -> Result<(Vec<u64>, Dropped), Refused> {
        let not_authentic = Dropped::NotAuthentic;
        // A wrap may go unseen before the first packet.
        let with_wrap = |index: u64| match sequence_number {
            ..0x8000 => vec![index, index + CIRCLE],
            _ => vec![index],
        };
        let Some(stream) = self.by_ssrc.get(&ssrc) else {
            return Ok((with_wrap(sequence_number.into()), not_authentic));
        };
        let (index, likely) = match stream.told {
            Some(told) => {
                let index = u64::from(told) * CIRCLE + u64::from(sequence_number);
                (index, with_wrap(index))
            }
            None => {
                let index = stream.estimate(sequence_number);
                (index, vec![index])
            }
        };
        if index >= self.end {
            return Err(Refused::Exhausted);
        }
        match stream.check(self.window, index) {
            Ok(()) => Ok((likely, not_authentic)),
            // Old, or a whole circle ahead.
            Err(refused) if index + CIRCLE < self.end => Ok((vec![index + CIRCLE], refused.into())),
            Err(refused) => Err(refused),
        }
    }

    /// The stream, which begins if there is room.
    fn stream(&mut self, ssrc: u32) -> Result<&mut Stream, Refused> {
        if self.by_ssrc.len() >= self.limit && !self.by_ssrc.contains_key(&ssrc) {
            return Err(Refused::TooManyStreams);
        }
        Ok(self.by_ssrc.entry(ssrc).or_default())
    }
}

impl Stream {
    fn next(&self) -> u64 {
        self.used.last().map_or(0, |highest| highest + 1).max(self.floor)
    }

    fn rollover_counter(&self) -> u32 {
        (self.next().saturating_sub(1) / CIRCLE) as u32
    }

    fn check(&self, window: u64, index: u64) -> Result<(), Refused> {
        if index + window < self.next() {
            Err(Refused::Stale)
        } else if index < self.floor || self.used.contains(&index) {
            Err(Refused::Replayed)
        } else {
            Ok(())
        }
    }

    fn take(&mut self, index: u64) {
        let is_new = self.used.insert(index);
        assert!(is_new && index >= self.floor, "an index is used once");
        self.told = None;
    }

    /// rfc3711 Appendix A, where what is exactly half of the circle away is behind.
    fn estimate(&self, sequence_number: u16) -> u64 {
        let Some(highest) = self.next().checked_sub(1) else { return sequence_number.into() };
        let (roc, s_l) = ((highest / CIRCLE) as i64, (highest % CIRCLE) as i64);
        let seq = i64::from(sequence_number);
        let v = if s_l < 32_768 {
            if seq - s_l >= 32_768 { roc - 1 } else { roc }
        } else if s_l - 32_768 > seq {
            roc + 1
        } else {
            roc
        };
        // The counter before zero does not exist.
        v.max(0) as u64 * CIRCLE + u64::from(sequence_number)
    }
}

impl From<Refused> for Dropped {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Replayed => Self::Replayed,
            Refused::Stale => Self::Stale,
            Refused::Exhausted => Self::KeyExhausted,
            Refused::TooManyStreams => Self::TooManyStreams,
        }
    }
}

impl From<Refused> for ProtectError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Replayed => Self::Replayed,
            Refused::Stale => Self::Stale,
            Refused::Exhausted => Self::KeyExhausted,
            Refused::TooManyStreams => Self::TooManyStreams,
        }
    }
}

/// The numbers of the keys that a receiver has, the latest last.
pub struct Keys {
    has_mki: bool,
    numbers: Vec<u8>,
}

impl Keys {
    /// Key 0.
    pub fn new(has_mki: bool) -> Self {
        Self { has_mki, numbers: vec![0] }
    }

    /// How a packet fares that is protected with a key.
    pub fn of(&self, number: u8) -> Key {
        match self.numbers.contains(&number) {
            true => Key::Tried,
            false if self.has_mki => Key::Unknown,
            false => Key::NotTried,
        }
    }

    /// Adds a key. Says whether it is taken.
    pub fn add(&mut self, number: u8) -> bool {
        if self.has_mki && (self.numbers.contains(&number) || self.numbers.len() >= MAX_KEYS) {
            return false;
        }
        if !self.has_mki && self.numbers.len() > 1 {
            self.numbers.remove(0);
        }
        self.numbers.push(number);
        true
    }

    /// Removes a key. Says whether it was there, and not the only one.
    pub fn remove(&mut self, number: u8) -> bool {
        // Without identifiers all have the same, which is none.
        let place = self.numbers.iter().position(|other| !self.has_mki || *other == number);
        match place {
            Some(place) if self.numbers.len() > 1 => {
                self.numbers.remove(place);
                true
            }
            _ => false,
        }
    }

    /// Leaves the latest only.
    pub fn forget_old(&mut self) {
        self.numbers.drain(..self.numbers.len() - 1);
    }
}
