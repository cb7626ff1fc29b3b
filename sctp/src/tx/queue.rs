//! Messages that wait to be sent, and which stream's turn it is.
//!
//! Streams that have messages take turns, one message each: a stream with a thousand of them delays
//! another by one. A message that does not fit a packet is cut as it is sent, and no other comes
//! between its parts, since without message interleaving (RFC 8260) the receiver knows them by
//! their consecutive TSNs alone.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use lariat_base::Serial16;

use super::share::Share;
use crate::Ppid;
use crate::chunk::DataFlags;
use crate::limits::MESSAGE_OVERHEAD;

/// How many streams are judged again at once when the window has changed a little.
const RELEASED_AT_ONCE: usize = 16;

/// A message to send.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub(crate) ppid: Ppid,
    pub(crate) unordered: bool,
    /// It is the user's, and counts as buffered. What the user did not send does not.
    pub(crate) counted: bool,
    pub(crate) payload: Bytes,
}

/// A part of a message, ready to become a DATA chunk.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub(crate) stream: u16,
    pub(crate) ssn: Serial16,
    pub(crate) ppid: Ppid,
    pub(crate) flags: DataFlags,
    pub(crate) payload: Bytes,
}

#[derive(Debug, Default)]
struct Stream {
    messages: VecDeque<Outgoing>,
    next_ssn: Serial16,
    /// Bytes not yet sent, with those of a message that is partly sent.
    unsent: usize,
    /// Of these, those of the user's messages.
    buffered: usize,
    low_threshold: usize,
    /// A reset was sent and not answered: nothing may be sent (RFC 6525 §5.1.2).
    paused: bool,
    /// A reset is wanted once everything is sent.
    closing: bool,
    /// It has an entry among those that are ready.
    queued: bool,
    /// What it holds of the peer's window, as far as we know, and in which epoch that was found.
    held: usize,
    epoch: u64,
    /// It leaves the rest of the peer's window to others until this much is left.
    barred: Option<usize>,
    trial: Trial,
}

/// Whether a stream that holds too much may show that it is read all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trial {
    #[default]
    Open,
    /// Its next message goes out whatever it holds.
    Granted,
    /// It has had its chance.
    Used,
}

impl Stream {
    /// Gives it a turn if it has something to send and may.
    fn make_ready(&mut self, id: u16, ready: &mut VecDeque<u16>) {
        if !self.queued && !self.paused && !self.messages.is_empty() {
            self.queued = true;
            ready.push_back(id);
        }
    }

    const fn held(&self, epoch: u64) -> usize {
        if self.epoch == epoch { self.held } else { 0 }
    }

    const fn hold(&mut self, epoch: u64, length: usize) {
        self.held = self.held(epoch).saturating_add(length);
        self.epoch = epoch;
    }
}

/// The message whose turn it is.
#[derive(Debug)]
struct Current {
    stream: u16,
    ssn: Serial16,
    begun: bool,
    message: Outgoing,
}

/// All messages that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct SendQueue {
    streams: BTreeMap<u16, Stream>,
    /// Streams in turn. Each is there once at most, and those that have nothing to send any more
    /// are passed over.
    ready: VecDeque<u16>,
    /// Streams that leave the rest of the peer's window to others, by how much has to be left.
    barred: BTreeSet<(usize, u16)>,
    current: Option<Current>,
    charged: usize,
    /// Streams that wait for a reset and have nothing left to send.
    drained: BTreeSet<u16>,
    /// Streams whose buffered bytes fell to their threshold.
    low: VecDeque<u16>,
    /// How often a stream was looked at.
    #[cfg(test)]
    pub(crate) visits: u64,
}

impl SendQueue {
    /// How many bytes of the send buffer are taken, with bookkeeping.
    pub(crate) const fn charged(&self) -> usize {
        self.charged
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.charged == 0
    }

    /// Bytes of a stream that were not sent yet.
    pub(crate) fn buffered(&self, stream: u16) -> usize {
        self.streams.get(&stream).map_or(0, |stream| stream.buffered)
    }

    pub(crate) fn set_low_threshold(&mut self, stream: u16, threshold: usize) {
        self.streams.entry(stream).or_default().low_threshold = threshold;
    }

    /// The next stream whose buffered bytes fell to its threshold.
    pub(crate) fn poll_low(&mut self) -> Option<u16> {
        self.low.pop_front()
    }

    /// Queues a message, which must not be empty.
    pub(crate) fn push(&mut self, id: u16, message: Outgoing) {
        let stream = self.streams.entry(id).or_default();
        let length = message.payload.len();
        self.charged = self.charged.saturating_add(length.saturating_add(MESSAGE_OVERHEAD));
        stream.unsent = stream.unsent.saturating_add(length);
        if message.counted {
            stream.buffered = stream.buffered.saturating_add(length);
        }
        stream.messages.push_back(message);
        if stream.barred.is_none() {
            stream.make_ready(id, &mut self.ready);
        }
    }

    /// How many bytes are left of the message whose turn it is, with `left` bytes of the peer's
    /// window to be used.
    #[inline]
    pub(crate) fn peek(&mut self, share: &Share, left: usize) -> Option<usize> {
        if self.current.is_none() && !self.ready.is_empty() {
            self.turn(share, left);
        }
        self.current.as_ref().map(|current| current.message.payload.len())
    }

    /// Gives the turn to the next stream that may have it.
    fn turn(&mut self, share: &Share, left: usize) {
        while let Some(id) = self.ready.pop_front() {
            #[cfg(test)]
            {
                self.visits += 1;
            }
            let Some(stream) = self.streams.get_mut(&id) else { continue };
            stream.queued = false;
            let Some(length) = stream.messages.front().map(|message| message.payload.len()) else {
                continue;
            };
            if stream.paused {
                continue;
            }
            let held = stream.held(share.epoch());
            if stream.trial == Trial::Granted {
                stream.trial = Trial::Used;
            } else if !share.admits(left, held, length) {
                let needed = share.needed(held, length);
                stream.barred = Some(needed);
                self.barred.insert((needed, id));
                continue;
            }
            let Some(message) = stream.messages.pop_front() else { continue };
            stream.hold(share.epoch(), length);
            let ssn = stream.next_ssn;
            if !message.unordered {
                stream.next_ssn = ssn.add(1);
            }
            stream.make_ready(id, &mut self.ready);
            self.current = Some(Current { stream: id, ssn, begun: false, message });
            return;
        }
    }

    /// Whether a stream has something to send and leaves the rest of the peer's window to others.
    pub(crate) fn has_barred(&self) -> bool {
        !self.barred.is_empty()
    }

    /// The peer has consumed up to `bytes` of what a stream holds. Gives how many were too many.
    pub(crate) fn consumed(&mut self, id: u16, epoch: u64, bytes: usize) -> usize {
        let Some(stream) = self.streams.get_mut(&id) else { return bytes };
        let held = stream.held(epoch);
        if held == 0 {
            return bytes;
        }
        stream.hold(epoch, 0);
        stream.held = held.saturating_sub(bytes);
        stream.trial = Trial::Open;
        self.judge_again(id);
        bytes.saturating_sub(held)
    }

    /// A stream has shown that what it holds is read.
    pub(crate) fn forgive(&mut self, id: u16) {
        if let Some(stream) = self.streams.get_mut(&id) {
            stream.held = 0;
            stream.trial = Trial::Open;
            self.judge_again(id);
        }
    }

    fn judge_again(&mut self, id: u16) {
        #[cfg(test)]
        {
            self.visits += 1;
        }
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if let Some(needed) = stream.barred.take() {
            self.barred.remove(&(needed, id));
            stream.make_ready(id, &mut self.ready);
        }
    }

    /// The peer's window has changed: those that may go on do. With `all` everyone is judged again.
    pub(crate) fn release(&mut self, share: &Share, left: usize, all: bool) {
        let mut tries = RELEASED_AT_ONCE;
        while let Some((needed, id)) = self.barred.first().copied() {
            if needed > left && !all {
                if !share.is_prompt() || tries == 0 {
                    break;
                }
                tries = tries.saturating_sub(1);
            }
            self.judge_again(id);
        }
    }

    /// Lets one stream that holds too much send a message of at most `most` bytes, unless all had
    /// their chance, and says which.
    pub(crate) fn try_one(&mut self, most: usize) -> Option<(u16, usize)> {
        let found = self.barred.iter().take(RELEASED_AT_ONCE).find_map(|(_, id)| {
            let stream = self.streams.get(id)?;
            let length = stream.messages.front()?.payload.len();
            (stream.trial == Trial::Open && length <= most).then_some((*id, length))
        });
        let (id, length) = found?;
        self.streams.get_mut(&id)?.trial = Trial::Granted;
        self.judge_again(id);
        Some((id, length))
    }

    /// Takes at most `max` bytes of the message whose turn it is, as [`peek`](Self::peek) found.
    pub(crate) fn take(&mut self, max: usize) -> Option<Fragment> {
        let current = self.current.as_mut()?;
        let payload = current.message.payload.split_to(max.min(current.message.payload.len()));
        let ends = current.message.payload.is_empty();
        let flags = DataFlags::default()
            .with(DataFlags::BEGIN, !current.begun)
            .with(DataFlags::END, ends)
            .with(DataFlags::UNORDERED, current.message.unordered);
        current.begun = true;
        let (stream, ssn, ppid) = (current.stream, current.ssn, current.message.ppid);
        let counted = current.message.counted;
        if ends {
            self.current = None;
        }
        self.sent(stream, payload.len(), counted, ends);
        Some(Fragment { stream, ssn, ppid, flags, payload })
    }

    fn sent(&mut self, id: u16, length: usize, counted: bool, message_ends: bool) {
        let overhead = if message_ends { MESSAGE_OVERHEAD } else { 0 };
        self.charged = self.charged.saturating_sub(length.saturating_add(overhead));
        let Some(stream) = self.streams.get_mut(&id) else { return };
        stream.unsent = stream.unsent.saturating_sub(length);
        let before = stream.buffered;
        stream.buffered = before.saturating_sub(if counted { length } else { 0 });
        if before > stream.low_threshold && stream.buffered <= stream.low_threshold {
            self.low.push_back(id);
        }
        if stream.closing && stream.unsent == 0 {
            self.drained.insert(id);
        }
    }

    /// Throws away what a stream has queued, but for the rest of a message that is partly sent:
    /// without it the receiver could put nothing together any more.
    pub(crate) fn discard(&mut self, id: u16) {
        if let Some(current) =
            self.current.take_if(|current| current.stream == id && !current.begun)
        {
            self.give_back(current);
        }
        let Some(stream) = self.streams.get_mut(&id) else { return };
        for message in stream.messages.drain(..) {
            let length = message.payload.len();
            stream.unsent = stream.unsent.saturating_sub(length);
            if message.counted {
                stream.buffered = stream.buffered.saturating_sub(length);
            }
            self.charged = self.charged.saturating_sub(length.saturating_add(MESSAGE_OVERHEAD));
        }
        if let Some(needed) = stream.barred.take() {
            self.barred.remove(&(needed, id));
        }
        if stream.closing && stream.unsent == 0 {
            self.drained.insert(id);
        } else if stream.unsent == 0 && !stream.paused && stream.next_ssn.get() == 0 {
            self.forget(id);
        }
    }

    /// Forgets a stream that is as new, unless it has a turn yet, which comes to nothing.
    fn forget(&mut self, id: u16) {
        if self.streams.get(&id).is_some_and(|stream| !stream.queued) {
            self.streams.remove(&id);
        }
    }

    fn give_back(&mut self, current: Current) {
        let Some(stream) = self.streams.get_mut(&current.stream) else { return };
        stream.held = stream.held.saturating_sub(current.message.payload.len());
        stream.next_ssn = current.ssn;
        stream.messages.push_front(current.message);
    }

    /// Wants a stream reset once everything queued on it is sent.
    pub(crate) fn close(&mut self, id: u16) {
        let stream = self.streams.entry(id).or_default();
        if !stream.closing {
            stream.closing = true;
            if stream.unsent == 0 && !stream.paused {
                self.drained.insert(id);
            }
        }
    }

    pub(crate) fn has_drained(&self) -> bool {
        !self.drained.is_empty()
    }

    /// Takes up to `max` streams that are ready to be reset, and keeps them from sending.
    pub(crate) fn pause_drained(&mut self, max: usize) -> alloc::vec::Vec<u16> {
        let mut streams = alloc::vec::Vec::new();
        while streams.len() < max {
            let Some(id) = self.drained.pop_first() else { break };
            if let Some(stream) = self.streams.get_mut(&id) {
                stream.paused = true;
                stream.closing = false;
                streams.push(id);
            }
        }
        streams
    }

    /// A stream was reset, or its reset failed: its numbers start again and it may send.
    pub(crate) fn resume(&mut self, id: u16) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        stream.paused = false;
        stream.next_ssn = Serial16::new(0);
        if !stream.messages.is_empty() {
            stream.make_ready(id, &mut self.ready);
        } else if stream.closing {
            self.drained.insert(id);
        } else {
            self.forget(id);
        }
    }

    #[cfg(test)]
    pub(crate) const STREAM_SIZE: usize = size_of::<(u16, Stream)>();

    /// How many streams there is anything to know of.
    #[cfg(test)]
    pub(crate) fn stream_count(&self) -> usize {
        self.streams.len()
    }

    #[cfg(test)]
    pub(crate) fn set_next_ssn(&mut self, id: u16, ssn: u16) {
        self.streams.entry(id).or_default().next_ssn = Serial16::new(ssn);
    }
}

#[cfg(test)]
mod tests;
