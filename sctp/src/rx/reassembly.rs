//! Putting messages together, and in order (RFC 9260 §6.6, §6.9).
//!
//! Fragments of one message have consecutive TSNs. Those that came are kept as runs of neighbours,
//! joined as the gaps between them fill. What is held is charged by the fragment, bookkeeping
//! included, and the owner keeps the charge within the receive window.

use alloc::collections::btree_map::Entry;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};
use lariat_base::Serial16;

use crate::Ppid;
use crate::chunk::DataFlags;
use crate::limits::FRAGMENT_OVERHEAD;
use crate::types::Tsn;

/// A DATA chunk that was accepted.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) tsn: Tsn,
    pub(crate) stream: u16,
    pub(crate) ssn: Serial16,
    pub(crate) ppid: Ppid,
    pub(crate) flags: DataFlags,
    pub(crate) payload: Bytes,
}

/// A complete message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) stream: u16,
    pub(crate) ppid: Ppid,
    pub(crate) payload: Bytes,
}

/// What a peer must not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReassemblyFault {
    /// Neighbouring fragments do not belong together.
    Mismatch,
    /// A message is longer than our limit.
    TooLong,
}

/// Neighbouring fragments of one message.
#[derive(Debug)]
struct Run {
    last: Tsn,
    begins: bool,
    ends: bool,
    unordered: bool,
    stream: u16,
    ssn: Serial16,
    ppid: Ppid,
    length: usize,
    parts: VecDeque<Bytes>,
}

impl Run {
    fn new(fragment: Incoming) -> Self {
        let length = fragment.payload.len();
        let mut parts = VecDeque::with_capacity(1);
        parts.push_back(fragment.payload);
        Self {
            last: fragment.tsn,
            begins: fragment.flags.has(DataFlags::BEGIN),
            ends: fragment.flags.has(DataFlags::END),
            unordered: fragment.flags.has(DataFlags::UNORDERED),
            stream: fragment.stream,
            ssn: fragment.ssn,
            ppid: fragment.ppid,
            length,
            parts,
        }
    }

    /// Whether `next`, whose first TSN follows our last one, continues this message.
    fn continues_with(&self, next: &Self) -> Result<bool, ReassemblyFault> {
        match (self.ends, next.begins) {
            (true, true) => Ok(false),
            (false, false)
                if self.stream == next.stream
                    && self.unordered == next.unordered
                    && (self.unordered || self.ssn == next.ssn) =>
            {
                Ok(true)
            }
            _ => Err(ReassemblyFault::Mismatch),
        }
    }

    fn append(&mut self, mut next: Self) {
        self.last = next.last;
        self.ends = next.ends;
        self.length = self.length.saturating_add(next.length);
        // The shorter list moves, so that joining costs the logarithm of what is joined.
        if self.parts.len() >= next.parts.len() {
            self.parts.append(&mut next.parts);
        } else {
            while let Some(part) = self.parts.pop_back() {
                next.parts.push_front(part);
            }
            self.parts = next.parts;
        }
    }

    fn charge(&self) -> usize {
        charge(self.length, self.parts.len())
    }

    fn into_message(mut self, first: Tsn) -> Message {
        let payload = if self.parts.len() == 1 {
            self.parts.pop_front().unwrap_or_default()
        } else {
            let mut joined = BytesMut::with_capacity(self.length);
            for part in &self.parts {
                joined.extend_from_slice(part);
            }
            joined.freeze()
        };
        Message {
            tsn: first,
            order: (!self.unordered).then_some(self.ssn),
            received: Received { stream: self.stream, ppid: self.ppid, payload },
        }
    }
}

/// A complete message that may have to wait.
#[derive(Debug)]
struct Message {
    tsn: Tsn,
    order: Option<Serial16>,
    received: Received,
}

/// The ordered messages of one stream. Numbers are extended so that they do not wrap.
#[derive(Debug)]
struct Order {
    next: u64,
    waiting: BTreeMap<u64, Received>,
}

impl Order {
    /// Far enough from zero that numbers before the first exist.
    const FIRST: u64 = 1 << 16;
}

/// A reset that waits for data which is still missing (RFC 6525 §5.2.2 E2).
#[derive(Debug)]
struct Deferred {
    last: Tsn,
    /// The streams; none means all.
    streams: Vec<u16>,
    held: Vec<Message>,
}

/// Everything that is not complete or not in order.
#[derive(Debug)]
pub(crate) struct Reassembly {
    max_message: usize,
    runs: BTreeMap<Tsn, Run>,
    orders: BTreeMap<u16, Order>,
    deferred: Option<Deferred>,
    ready: VecDeque<Received>,
    held: usize,
}

const fn charge(length: usize, parts: usize) -> usize {
    length.saturating_add(parts.saturating_mul(FRAGMENT_OVERHEAD))
}

impl Reassembly {
    pub(crate) const fn new(max_message: usize) -> Self {
        Self {
            max_message,
            runs: BTreeMap::new(),
            orders: BTreeMap::new(),
            deferred: None,
            ready: VecDeque::new(),
            held: 0,
        }
    }

    /// What is held, in bytes with bookkeeping.
    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// The next message that is complete and whose turn it is.
    pub(crate) fn poll(&mut self) -> Option<Received> {
        self.ready.pop_front()
    }

    /// Takes a fragment in.
    pub(crate) fn add(&mut self, fragment: Incoming) -> Result<(), ReassemblyFault> {
        let first = fragment.tsn;
        let mut run = Run::new(fragment);
        let mut start = first;
        if !self.runs.is_empty() {
            start = self.join_before(first, &mut run)?;
            self.join_after(&mut run)?;
        }
        if run.length > self.max_message {
            return Err(ReassemblyFault::TooLong);
        }
        if run.begins && run.ends {
            self.complete(run.into_message(start));
        } else {
            self.held = self.held.saturating_add(run.charge());
            self.runs.insert(start, run);
        }
        Ok(())
    }

    /// Joins `run`, which starts at `first`, to what ends right before it, and gives the new start.
    fn join_before(&mut self, first: Tsn, run: &mut Run) -> Result<Tsn, ReassemblyFault> {
        let Some((start, before)) = self.runs.range_mut(..first).next_back() else {
            return Ok(first);
        };
        if before.last.next() != first || !before.continues_with(run)? {
            return Ok(first);
        }
        let start = *start;
        if let Some(mut joined) = self.runs.remove(&start) {
            self.held = self.held.saturating_sub(joined.charge());
            core::mem::swap(&mut joined, run);
            run.append(joined);
        }
        Ok(start)
    }

    /// Joins `run` to what starts right after it.
    fn join_after(&mut self, run: &mut Run) -> Result<(), ReassemblyFault> {
        let next = run.last.next();
        let Some(after) = self.runs.get(&next) else { return Ok(()) };
        if run.continues_with(after)?
            && let Some(after) = self.runs.remove(&next)
        {
            self.held = self.held.saturating_sub(after.charge());
            run.append(after);
        }
        Ok(())
    }

    fn complete(&mut self, message: Message) {
        if let Some(deferred) = &mut self.deferred
            && message.tsn > deferred.last
            && (deferred.streams.is_empty() || deferred.streams.contains(&message.received.stream))
        {
            self.held = self.held.saturating_add(charge(message.received.payload.len(), 1));
            deferred.held.push(message);
            return;
        }
        self.deliver(message);
    }

    fn deliver(&mut self, message: Message) {
        let Some(ssn) = message.order else {
            self.ready.push_back(message.received);
            return;
        };
        let order = self
            .orders
            .entry(message.received.stream)
            .or_insert_with(|| Order { next: Order::FIRST, waiting: BTreeMap::new() });
        let number = ssn.extend(order.next);
        if number != order.next {
            // A number that has had its turn can never be delivered in order; it is left out. So is
            // a second message with a number that waits: it must not take the place of one that
            // was charged less.
            if number > order.next
                && let Entry::Vacant(place) = order.waiting.entry(number)
            {
                self.held = self.held.saturating_add(charge(message.received.payload.len(), 1));
                place.insert(message.received);
            }
            return;
        }
        self.ready.push_back(message.received);
        order.next = order.next.saturating_add(1);
        while let Some(received) = order.waiting.remove(&order.next) {
            self.held = self.held.saturating_sub(charge(received.payload.len(), 1));
            self.ready.push_back(received);
            order.next = order.next.saturating_add(1);
        }
    }

    /// Starts the numbers of `streams` again, of all if there are none (RFC 6525 §5.2.2 E3).
    pub(crate) fn reset(&mut self, streams: &[u16]) {
        if streams.is_empty() {
            for order in core::mem::take(&mut self.orders).into_values() {
                self.forget(order);
            }
        }
        // By the streams that are named and not by those that there are: the peer decides about
        // both numbers, and their product is too much work for a packet.
        for stream in streams {
            if let Some(order) = self.orders.remove(stream) {
                self.forget(order);
            }
        }
    }

    fn forget(&mut self, order: Order) {
        for received in order.waiting.into_values() {
            self.held = self.held.saturating_sub(charge(received.payload.len(), 1));
        }
    }

    /// Puts a reset off until everything up to `last` has come.
    pub(crate) fn defer(&mut self, last: Tsn, streams: Vec<u16>) {
        if self.deferred.is_none() {
            self.deferred = Some(Deferred { last, streams, held: Vec::new() });
        }
    }

    /// Performs a reset that was put off, if its time has come, and gives its streams.
    pub(crate) fn perform_deferred(&mut self, cumulative: Tsn) -> Option<Vec<u16>> {
        let deferred = self.deferred.take_if(|deferred| deferred.last <= cumulative)?;
        self.reset(&deferred.streams);
        for message in deferred.held {
            self.held = self.held.saturating_sub(charge(message.received.payload.len(), 1));
            self.deliver(message);
        }
        Some(deferred.streams)
    }

    #[cfg(test)]
    pub(crate) const STREAM_SIZE: usize = size_of::<(u16, Order)>();

    /// How many streams have had ordered messages.
    #[cfg(test)]
    pub(crate) fn stream_count(&self) -> usize {
        self.orders.len()
    }

    #[cfg(test)]
    pub(crate) fn expect_ssn(&mut self, stream: u16, ssn: u16) {
        let next = Order::FIRST + u64::from(ssn);
        self.orders.insert(stream, Order { next, waiting: BTreeMap::new() });
    }
}

#[cfg(test)]
mod tests;
