//! Chunks that were sent and are not cumulatively acknowledged.
//!
//! They lie in a queue whose index is the TSN's offset from the cumulative point. What a SACK costs
//! is proportional to its blocks and to the chunks whose fate it changes, never to the window: each
//! chunk is acknowledged once, counted as missing at most three times, and marked as lost once per
//! transmission.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::queue::Fragment;
use super::ranges::{Range, for_each_missing};
use crate::chunk::Data;
use crate::types::Tsn;

/// How many reports of a chunk as missing make it lost (RFC 9260 §7.2.4).
const MISSING_REPORTS: u8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    InFlight,
    /// Acknowledged by a gap block; the peer may still take that back.
    Acked,
    /// To be sent again.
    Lost,
}

#[derive(Debug)]
struct Entry {
    fragment: Fragment,
    fate: Fate,
    missing: u8,
    retransmitted: bool,
    /// It was fast retransmitted, which happens at most once.
    fast: bool,
    /// Its acknowledgement has been counted, should the peer take it back and give it again.
    counted: bool,
}

impl Entry {
    fn wire_len(&self) -> usize {
        Data::encoded_len(self.fragment.payload.len())
    }
}

/// What a SACK changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Acked {
    /// Bytes newly acknowledged, with headers and padding.
    pub(crate) bytes: usize,
    /// The cumulative point moved.
    pub(crate) advanced: bool,
    /// At least one chunk was found to be lost.
    pub(crate) lost: bool,
    /// The chunk whose round trip is measured was acknowledged.
    pub(crate) measured: bool,
}

/// A SACK that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SackFault {
    /// It is older than one already seen.
    Old,
    /// It acknowledges what was never sent.
    BeyondSent,
}

/// Chunks that were sent and are not cumulatively acknowledged.
#[derive(Debug)]
pub(crate) struct Outstanding {
    /// The TSN of the first entry.
    base: Tsn,
    entries: VecDeque<Entry>,
    /// Bytes in flight, with headers and padding.
    flight: usize,
    /// Bytes of user data in flight.
    flight_payload: usize,
    /// Bytes of user data held.
    held: usize,
    /// Bytes of user data that were acknowledged, in all.
    arrived: u64,
    /// The stream of the chunk that was acknowledged last.
    arrived_on: Option<u16>,
    /// What gap blocks acknowledge.
    acked: Vec<Range>,
    highest_acked: Tsn,
    /// Chunks in flight below the highest acknowledged one, that may yet be found lost.
    suspects: BTreeSet<Tsn>,
    lost: BTreeSet<Tsn>,
}

impl Outstanding {
    pub(crate) const fn new(initial: Tsn) -> Self {
        Self {
            base: initial,
            entries: VecDeque::new(),
            flight: 0,
            flight_payload: 0,
            held: 0,
            arrived: 0,
            arrived_on: None,
            acked: Vec::new(),
            highest_acked: initial.previous(),
            suspects: BTreeSet::new(),
            lost: BTreeSet::new(),
        }
    }

    /// The TSN of the next new chunk.
    pub(crate) fn next_tsn(&self) -> Tsn {
        self.base.plus(self.entries.len() as u64)
    }

    pub(crate) const fn flight(&self) -> usize {
        self.flight
    }

    pub(crate) const fn flight_payload(&self) -> usize {
        self.flight_payload
    }

    /// Bytes of user data that are kept for retransmission.
    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// Bytes of user data that were acknowledged in all, and the stream of the last of them.
    pub(crate) const fn arrived(&self) -> (u64, Option<u16>) {
        (self.arrived, self.arrived_on)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) const fn base(&self) -> Tsn {
        self.base
    }

    fn entry(&mut self, tsn: Tsn) -> Option<&mut Entry> {
        if tsn < self.base {
            return None;
        }
        self.entries.get_mut(usize::try_from(tsn.since(self.base)).ok()?)
    }

    /// Bytes of user data of the first chunk.
    pub(crate) fn first_len(&self) -> Option<usize> {
        self.entries.front().map(|entry| entry.fragment.payload.len())
    }

    /// Records a chunk that is being sent for the first time.
    pub(crate) fn push(&mut self, fragment: Fragment) -> Tsn {
        let tsn = self.next_tsn();
        let length = fragment.payload.len();
        self.flight = self.flight.saturating_add(Data::encoded_len(length));
        self.flight_payload = self.flight_payload.saturating_add(length);
        self.held = self.held.saturating_add(length);
        self.entries.push_back(Entry {
            fragment,
            fate: Fate::InFlight,
            missing: 0,
            retransmitted: false,
            fast: false,
            counted: false,
        });
        tsn
    }

    /// The size in a packet of the next chunk to be sent again.
    pub(crate) fn peek_lost(&mut self) -> Option<usize> {
        let tsn = *self.lost.first()?;
        self.entry(tsn).map(|entry| entry.wire_len())
    }

    pub(crate) fn has_lost(&self) -> bool {
        !self.lost.is_empty()
    }

    /// Takes the next chunk to be sent again.
    pub(crate) fn retransmit(&mut self) -> Option<(Tsn, Fragment)> {
        let tsn = self.lost.pop_first()?;
        let highest = self.highest_acked;
        let entry = self.entry(tsn)?;
        entry.fate = Fate::InFlight;
        entry.retransmitted = true;
        let suspect = !entry.fast && tsn < highest;
        let fragment = entry.fragment.clone();
        let (wire, payload) = (entry.wire_len(), fragment.payload.len());
        self.flight = self.flight.saturating_add(wire);
        self.flight_payload = self.flight_payload.saturating_add(payload);
        if suspect {
            self.suspects.insert(tsn);
        }
        Some((tsn, fragment))
    }

    /// Marks everything in flight as lost, after the timer expired (§6.3.3 E3).
    pub(crate) fn lose_all(&mut self) {
        for (offset, entry) in self.entries.iter_mut().enumerate() {
            if entry.fate != Fate::Acked {
                entry.fate = Fate::Lost;
                entry.missing = 0;
                entry.fast = false;
                self.lost.insert(self.base.plus(offset as u64));
            }
        }
        self.suspects.clear();
        self.flight = 0;
        self.flight_payload = 0;
    }

    /// Takes an acknowledgement in: everything up to `cumulative`, and the blocks of `gaps`
    /// relative to it.
    /// `measuring` is the chunk whose round trip is being timed.
    pub(crate) fn acknowledge(
        &mut self,
        cumulative: Tsn,
        gaps: &[(u16, u16)],
        measuring: Option<Tsn>,
        recovering: bool,
    ) -> Result<Acked, SackFault> {
        // rfc9260 §6.2.1 D i: an older cumulative point means that the SACK was overtaken.
        if cumulative < self.base.previous() {
            return Err(SackFault::Old);
        }
        let highest = gaps.iter().map(|gap| gap.1).max().unwrap_or(0);
        if cumulative.plus(u64::from(highest)) >= self.next_tsn() {
            return Err(SackFault::BeyondSent);
        }
        let mut acked = Acked { advanced: cumulative >= self.base, ..Acked::default() };
        let mut newest = None;
        while self.base <= cumulative {
            let tsn = self.base;
            if self.acknowledge_one(tsn, &mut acked, measuring) {
                newest = Some(tsn);
            }
            self.forget_first();
        }
        let newest = self.acknowledge_gaps(cumulative, gaps, &mut acked, measuring).or(newest);
        let limit = if recovering && acked.advanced { Some(self.highest_acked) } else { newest };
        if let Some(limit) = limit {
            self.count_missing(limit, &mut acked);
        }
        Ok(acked)
    }

    /// Drops the first entry, which was acknowledged.
    fn forget_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.held = self.held.saturating_sub(entry.fragment.payload.len());
        }
        self.base = self.base.next();
        self.highest_acked = self.highest_acked.max(self.base.previous());
    }

    /// Marks one chunk as acknowledged, and says whether that is news.
    fn acknowledge_one(&mut self, tsn: Tsn, acked: &mut Acked, measuring: Option<Tsn>) -> bool {
        let Some(entry) = self.entry(tsn) else { return false };
        let before = core::mem::replace(&mut entry.fate, Fate::Acked);
        if before == Fate::Acked {
            return false;
        }
        let (wire, payload) = (entry.wire_len(), entry.fragment.payload.len());
        // rfc9260 §6.3.1 C5: a chunk that was sent twice measures nothing.
        acked.measured |= measuring == Some(tsn) && !entry.retransmitted;
        let stream = entry.fragment.stream;
        if !core::mem::replace(&mut entry.counted, true) {
            acked.bytes = acked.bytes.saturating_add(wire);
            self.arrived = self.arrived.saturating_add(payload as u64);
            self.arrived_on = Some(stream);
        }
        match before {
            Fate::InFlight => {
                self.flight = self.flight.saturating_sub(wire);
                self.flight_payload = self.flight_payload.saturating_sub(payload);
                self.suspects.remove(&tsn);
            }
            _ => {
                self.lost.remove(&tsn);
            }
        }
        true
    }

    /// Takes the gap blocks in, and gives the highest TSN that they newly acknowledge.
    fn acknowledge_gaps(
        &mut self,
        cumulative: Tsn,
        gaps: &[(u16, u16)],
        acked: &mut Acked,
        measuring: Option<Tsn>,
    ) -> Option<Tsn> {
        if gaps.is_empty() && self.acked.is_empty() {
            return None;
        }
        let blocks = gaps.iter().map(|(start, end)| {
            (cumulative.plus(u64::from(*start)), cumulative.plus(u64::from(*end)))
        });
        let now = super::ranges::normalize(blocks);
        let before = core::mem::take(&mut self.acked);
        let mut newest = None;
        for_each_missing(&now, &before, |tsn| {
            if self.acknowledge_one(tsn, acked, measuring) {
                newest = Some(tsn);
            }
        });
        let base = self.base;
        for_each_missing(&before, &now, |tsn| {
            if tsn >= base {
                self.renege(tsn);
            }
        });
        self.acked = now;
        self.suspect_up_to(newest);
        newest
    }

    /// The peer took an acknowledgement back (§6.2.1 D iii).
    fn renege(&mut self, tsn: Tsn) {
        let Some(entry) = self.entry(tsn).filter(|entry| entry.fate == Fate::Acked) else { return };
        entry.fate = Fate::InFlight;
        entry.missing = 1;
        let (wire, payload) = (entry.wire_len(), entry.fragment.payload.len());
        let suspect = !entry.fast;
        self.flight = self.flight.saturating_add(wire);
        self.flight_payload = self.flight_payload.saturating_add(payload);
        if suspect {
            self.suspects.insert(tsn);
        }
    }

    /// Everything in flight below a chunk that was acknowledged is suspect.
    fn suspect_up_to(&mut self, newest: Option<Tsn>) {
        let Some(newest) = newest.filter(|newest| *newest > self.highest_acked) else { return };
        let mut tsn = self.highest_acked.next().max(self.base);
        self.highest_acked = newest;
        while tsn < newest {
            let suspect =
                self.entry(tsn).is_some_and(|entry| entry.fate == Fate::InFlight && !entry.fast);
            if suspect {
                self.suspects.insert(tsn);
            }
            tsn = tsn.next();
        }
    }

    /// Counts a report of everything suspect below `limit` as missing.
    fn count_missing(&mut self, limit: Tsn, acked: &mut Acked) {
        let missing: Vec<Tsn> = self.suspects.range(..limit).copied().collect();
        for tsn in missing {
            let Some(entry) = self.entry(tsn) else { continue };
            entry.missing = entry.missing.saturating_add(1);
            if entry.missing < MISSING_REPORTS {
                continue;
            }
            entry.fate = Fate::Lost;
            entry.fast = true;
            entry.missing = 0;
            let (wire, payload) = (entry.wire_len(), entry.fragment.payload.len());
            self.flight = self.flight.saturating_sub(wire);
            self.flight_payload = self.flight_payload.saturating_sub(payload);
            self.suspects.remove(&tsn);
            self.lost.insert(tsn);
            acked.lost = true;
        }
    }
}
