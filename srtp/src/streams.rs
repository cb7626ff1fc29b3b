//! The streams of one kind, and how many of them have a place.
//!
//! A stream that has a place is *active*: the latest of its indices are told apart. When places run
//! out, the streams that were idle the longest are *retired*: of each only the end of its indices
//! is left, below which everything counts as used. That is all that replay protection and unique
//! IVs need (RFC 3711 §3.3.2, §9.1), and it is never given up: a stream that comes back goes on
//! above it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::event::Events;
use crate::{Config, Event, Kind};

/// As the eighth part of all streams is retired at once, looking for those that are idle costs a
/// new stream no more than a few visits.
const RETIRED_AT_ONCE: usize = 8;

/// What is known of one stream.
pub(crate) trait Stream {
    /// What stays known of it when it is retired.
    type Rest;

    /// When it was used last, by [`Streams::tick`].
    fn last_use(&self) -> u64;

    fn retire(self) -> Self::Rest;
}

/// All streams of one kind and direction, by SSRC.
#[derive(Debug)]
pub(crate) struct Streams<S: Stream> {
    kind: Kind,
    active: BTreeMap<u32, S>,
    retired: BTreeMap<u32, S::Rest>,
    /// Counts packets, and so tells which stream was used before which.
    clock: u64,
}

impl<S: Stream> Streams<S> {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, active: BTreeMap::new(), retired: BTreeMap::new(), clock: 0 }
    }

    /// The time of a packet.
    #[inline]
    pub(crate) fn tick(&mut self) -> u64 {
        self.clock = self.clock.wrapping_add(1);
        self.clock
    }

    /// An active stream.
    #[inline]
    pub(crate) fn get(&self, ssrc: u32) -> Option<&S> {
        self.active.get(&ssrc)
    }

    /// An active stream, to be changed.
    #[inline]
    pub(crate) fn get_mut(&mut self, ssrc: u32) -> Option<&mut S> {
        self.active.get_mut(&ssrc)
    }

    /// What is left of a retired stream.
    pub(crate) fn rest(&self, ssrc: u32) -> Option<&S::Rest> {
        self.retired.get(&ssrc)
    }

    /// Gives a place to a stream that has none: to a new one, or to one that was retired, of which
    /// `start` gets what is left. `None` if it is new, and too many are known already.
    #[cold]
    pub(crate) fn begin(
        &mut self,
        ssrc: u32,
        config: &Config,
        events: &mut Events,
        start: impl FnOnce(Option<S::Rest>) -> S,
    ) -> Option<&mut S> {
        let is_known = self.retired.contains_key(&ssrc);
        let most = config.max_streams.saturating_add(config.max_retired_streams);
        if !is_known && self.active.len() + self.retired.len() >= most {
            return None;
        }
        if self.active.len() >= config.max_streams {
            self.retire_idle(events);
        }
        let stream = start(self.retired.remove(&ssrc));
        Some(self.active.entry(ssrc).or_insert(stream))
    }

    /// Retires those that were idle the longest.
    fn retire_idle(&mut self, events: &mut Events) {
        let count = (self.active.len() / RETIRED_AT_ONCE).max(1);
        let by_use = self.active.iter().map(|(ssrc, stream)| (stream.last_use(), *ssrc));
        let mut by_use: Vec<(u64, u32)> = by_use.collect();
        if count < by_use.len() {
            by_use.select_nth_unstable(count);
        }
        by_use.truncate(count);
        for (_, ssrc) in &by_use {
            if let Some(stream) = self.active.remove(ssrc) {
                self.retired.insert(*ssrc, stream.retire());
            }
        }
        events.push(Event::StreamsRetired { kind: self.kind, count: by_use.len() });
    }
}
