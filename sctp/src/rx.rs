//! The receiving half: which TSNs came, what is held, and when to say so.

mod reassembly;
mod tracker;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use lariat_base::{Deadline, Instant};

pub(crate) use self::reassembly::{Incoming, Reassembly, ReassemblyFault, Received};
pub(crate) use self::tracker::{Seen, Tracker};
use crate::Dropped;
use crate::chunk::{Data, SACK_HEADER_LEN, Sack};
use crate::limits::{FRAGMENT_OVERHEAD, MAX_DUPLICATES, MAX_QUEUED_SACKS};
use crate::packet::HEADER_LEN;
use crate::types::Tsn;

/// How long an acknowledgement may wait for company (RFC 9260 §6.2: within 200 ms).
const SACK_DELAY: Duration = Duration::from_millis(200);

/// Whether an acknowledgement is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ack {
    None,
    /// One packet with data came; the next one or this time brings the acknowledgement.
    Delayed(Instant),
    Now(Instant),
}

/// What became of a DATA chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Accepted,
    Dropped(Dropped),
    Fault(ReassemblyFault),
}

/// The receiving half of an association.
#[derive(Debug)]
pub(crate) struct Reception {
    tracker: Tracker,
    pub(crate) reassembly: Reassembly,
    window: usize,
    /// What the owner of the association was given and has not consumed.
    unread: usize,
    duplicates: Vec<Tsn>,
    ack: Ack,
    /// Acknowledgements that were due when more data came, oldest first, and since when.
    overtaken: VecDeque<Sack>,
    overtaken_since: Instant,
    /// The most gap blocks that fit a packet.
    max_blocks: usize,
    /// The window that the peer was told last.
    advertised: usize,
    smallest_update: usize,
    /// What the current packet did, for the decision when to acknowledge.
    packet_had_data: bool,
    packet_urgent: bool,
}

impl Reception {
    pub(crate) fn new(initial: Tsn, window: usize, mtu: usize, max_message: usize) -> Self {
        Self {
            tracker: Tracker::new(initial),
            reassembly: Reassembly::new(max_message),
            window,
            unread: 0,
            duplicates: Vec::new(),
            ack: Ack::None,
            overtaken: VecDeque::new(),
            overtaken_since: Instant::ZERO,
            max_blocks: mtu.saturating_sub(HEADER_LEN.saturating_add(SACK_HEADER_LEN)) / 4,
            advertised: window,
            smallest_update: (window / 4).max(mtu),
            packet_had_data: false,
            // rfc9260 §5.1: the first data of an association is acknowledged at once.
            packet_urgent: true,
        }
    }

    pub(crate) const fn cumulative(&self) -> Tsn {
        self.tracker.cumulative()
    }

    /// Whether any data has come.
    pub(crate) fn is_untouched(&self) -> bool {
        self.tracker.is_untouched()
    }

    /// Whether data is held beyond a gap, or duplicates are to be reported.
    pub(crate) fn has_gaps(&self) -> bool {
        self.tracker.has_gaps() || !self.duplicates.is_empty()
    }

    fn used(&self) -> usize {
        self.unread.saturating_add(self.reassembly.held())
    }

    /// The window to advertise: what is left of the buffer, or nothing if that is not worth a
    /// packet.
    pub(crate) fn a_rwnd(&self) -> usize {
        let left = self.window.saturating_sub(self.used());
        // rfc9260 §6.2: no silly windows.
        if left < FRAGMENT_OVERHEAD.saturating_mul(8) { 0 } else { left }
    }

    /// Takes a DATA chunk in, whose payload is `payload`. `blocked` says that the owner takes
    /// nothing more.
    pub(crate) fn take(&mut self, data: &Data<'_>, payload: Bytes, blocked: bool) -> Taken {
        self.begin_data();
        let tsn = Tsn::from_wire(data.tsn, self.cumulative());
        match self.tracker.look(tsn) {
            Seen::Duplicate => {
                self.packet_urgent = true;
                if self.duplicates.len() < MAX_DUPLICATES {
                    self.duplicates.push(tsn);
                }
                return Taken::Dropped(Dropped::Duplicate);
            }
            Seen::TooFar => {
                self.packet_urgent = true;
                return Taken::Dropped(Dropped::Window);
            }
            Seen::New => {}
        }
        // rfc9260 §6.2: with the window closed only what fills a gap is taken. The room for that is
        // half a window more, which bounds what is held whatever the peer sends.
        let charge = payload.len().saturating_add(FRAGMENT_OVERHEAD);
        let limit = if tsn > self.tracker.highest() {
            self.window
        } else {
            self.window.saturating_add(self.window / 2)
        };
        if blocked || self.used().saturating_add(charge) > limit {
            self.packet_urgent = true;
            return Taken::Dropped(Dropped::Window);
        }
        // rfc9260 §6.7: a gap is reported at once, and its end as well.
        self.packet_urgent |= self.tracker.has_gaps();
        self.tracker.insert(tsn);
        self.packet_urgent |= self.tracker.has_gaps();
        let incoming = Incoming {
            tsn,
            stream: data.stream,
            ssn: data.ssn,
            ppid: data.ppid,
            flags: data.flags,
            payload,
        };
        match self.reassembly.add(incoming) {
            Ok(()) => Taken::Accepted,
            Err(fault) => Taken::Fault(fault),
        }
    }

    /// A DATA chunk of the current packet is about to be taken in.
    #[inline]
    fn begin_data(&mut self) {
        if !core::mem::replace(&mut self.packet_had_data, true)
            && let Ack::Now(at) = self.ack
        {
            self.overtake(at);
        }
    }

    /// Data comes before an acknowledgement that is due since `at` was sent.
    fn overtake(&mut self, at: Instant) {
        // rfc9260 §6.2: an acknowledgement at least for every second packet. One that is due and
        // was not asked for yet is written as it is now, so that the sender gets as many as it
        // would have had the packets come one by one: it may grow its window by their number.
        let sack = self.current_sack(self.max_blocks);
        if self.overtaken.is_empty() {
            self.overtaken_since = at;
        }
        if self.overtaken.len() >= MAX_QUEUED_SACKS {
            // A later one says all that an earlier one says, but for the duplicates.
            if let Some(last) = self.overtaken.back_mut() {
                let mut duplicates = core::mem::take(&mut last.duplicates);
                duplicates.extend_from_slice(&sack.duplicates);
                duplicates.truncate(MAX_DUPLICATES);
                *last = Sack { duplicates, ..sack };
            }
            return;
        }
        self.overtaken.push_back(sack);
    }

    /// Acknowledges a DATA chunk that is not to be kept.
    pub(crate) fn discard(&mut self, data: &Data<'_>) {
        self.begin_data();
        let tsn = Tsn::from_wire(data.tsn, self.cumulative());
        if self.tracker.look(tsn) == Seen::New {
            self.tracker.insert(tsn);
        }
    }

    /// The next complete message.
    pub(crate) fn poll(&mut self) -> Option<Received> {
        let message = self.reassembly.poll()?;
        self.unread =
            self.unread.saturating_add(message.payload.len().saturating_add(FRAGMENT_OVERHEAD));
        Some(message)
    }

    /// What the owner was given and has not consumed, with bookkeeping.
    pub(crate) const fn unread(&self) -> usize {
        self.unread
    }

    /// The owner holds this much of an association before this one, which counts until it is
    /// consumed.
    pub(crate) const fn carry_over(&mut self, unread: usize) {
        self.unread = unread;
    }

    /// The owner has consumed a message of `length` bytes. `now` is when somebody should act on it.
    pub(crate) fn consume(&mut self, now: Instant, length: usize) {
        self.consume_part(now, length.saturating_add(FRAGMENT_OVERHEAD));
    }

    /// The owner has consumed some bytes of a message, which it goes on holding.
    pub(crate) fn consume_part(&mut self, now: Instant, bytes: usize) {
        self.unread = self.unread.saturating_sub(bytes);
        // rfc9260 §6.2: the window's opening is told when it opens by a quarter, not byte by byte.
        let opened = self.a_rwnd().saturating_sub(self.advertised);
        if opened >= self.smallest_update && !self.is_ack_due() {
            self.ack = Ack::Now(now);
        }
    }

    /// The sender asked for an acknowledgement without delay.
    pub(crate) fn hurry(&mut self) {
        self.packet_urgent = true;
    }

    /// A packet has been handled to its end. Says whether there was data in it.
    pub(crate) fn end_packet(&mut self, now: Instant) -> bool {
        if !core::mem::take(&mut self.packet_had_data) {
            return false;
        }
        let urgent = core::mem::take(&mut self.packet_urgent);
        // rfc9260 §6.2: at least every second packet, and within 200 ms.
        self.ack = match self.ack {
            Ack::None if !urgent => Ack::Delayed(now + SACK_DELAY),
            _ => Ack::Now(now),
        };
        true
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        if !self.overtaken.is_empty() {
            return Some(Deadline::new(self.overtaken_since, "acknowledgement"));
        }
        match self.ack {
            Ack::None => None,
            Ack::Delayed(at) => Some(Deadline::new(at, "delayed acknowledgement")),
            Ack::Now(at) => Some(Deadline::new(at, "acknowledgement")),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if matches!(self.ack, Ack::Delayed(at) if at <= now) {
            self.ack = Ack::Now(now);
        }
    }

    /// Owes an acknowledgement now.
    pub(crate) fn owe(&mut self, now: Instant) {
        self.ack = Ack::Now(now);
    }

    /// Whether an acknowledgement is to be sent by itself.
    pub(crate) fn is_ack_due(&self) -> bool {
        matches!(self.ack, Ack::Now(_)) || !self.overtaken.is_empty()
    }

    /// Whether an acknowledgement may travel along with data.
    pub(crate) fn is_ack_owed(&self) -> bool {
        !matches!(self.ack, Ack::None) || !self.overtaken.is_empty()
    }

    /// The next acknowledgement, in at most `room` bytes.
    pub(crate) fn sack(&mut self, room: usize) -> Option<Sack> {
        let blocks = room.checked_sub(SACK_HEADER_LEN)? / 4;
        let Some(mut sack) = self.overtaken.pop_front() else {
            return Some(self.current_sack(blocks));
        };
        sack.gaps.truncate(blocks);
        sack.duplicates.truncate(blocks.saturating_sub(sack.gaps.len()));
        Some(sack)
    }

    /// What there is to acknowledge; nothing is owed afterwards.
    fn current_sack(&mut self, blocks: usize) -> Sack {
        self.ack = Ack::None;
        self.advertised = self.a_rwnd();
        let gaps = self.tracker.gaps(blocks);
        let left = blocks.saturating_sub(gaps.len());
        let duplicates = core::mem::take(&mut self.duplicates);
        Sack {
            cumulative: self.cumulative().wire(),
            a_rwnd: u32::try_from(self.advertised).unwrap_or(u32::MAX),
            gaps,
            duplicates: duplicates.into_iter().take(left).map(Tsn::wire).collect(),
        }
    }
}
