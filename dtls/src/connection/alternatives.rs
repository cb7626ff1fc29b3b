//! Going back, when what came without protection was not the peer's.
//!
//! Whoever writes into the path can say anything in the peer's place until there are keys: a hello
//! that is malformed, or one that reads well and leads to keys that the peer does not have. Nothing
//! of that may be final. So
//!
//! - a message that is refused leaves no trace, and another one in its place is waited for;
//! - messages that contradict each other are all kept ([`limits::ALTERNATIVES`] of them), and the
//!   first one is followed;
//! - when that leads nowhere (a later message does not fit, a record does not open, no answer comes
//!   to our flight), another one is followed from the point where they part. The way that was left
//!   is kept, with its keys and its flight ([`limits::BRANCHES`] of them), and is come back to;
//! - the first authentic record of any way decides.
//!
//! All of it costs something only where there are contradictions, except that of the state before
//! each message without protection a copy is kept until the first authentic record.

use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::Instant;

use super::handshaking::{Branch, Handshaking};
use super::{Connection, Phase, SentFlight};
use crate::context::Exchange;
use crate::error::Dropped;
use crate::handshake::{Mark, Message, Outbox};
use crate::limits;
use crate::record::{Agreed, AnyRecord, Epoch, RecordLayer, RecordNumber};
use crate::state::State;

/// What a branch was before a message that came without protection.
#[derive(Debug)]
pub(super) struct Before {
    message_seq: u16,
    state: State,
    transcript: Mark,
    agreed: Agreed,
    /// The number of our next message.
    next_seq: u16,
    flight_start: u16,
    /// Our flight at that time, if that message was answered by another one.
    replaced: Option<SentFlight>,
}

/// A branch that is not followed now.
#[derive(Debug)]
pub(super) struct Parked {
    branch: Branch,
    /// The number of the message that it waits for.
    next: u16,
    history: Vec<Before>,
    records: RecordLayer,
}

/// How often something was tried lately after something else had been refused.
#[derive(Debug, Default)]
pub(super) struct Tries {
    count: u8,
    until: Option<Instant>,
}

impl Tries {
    pub(super) fn is_left(&mut self, now: Instant, rto: Duration) -> bool {
        if self.until.is_none_or(|until| now >= until) {
            *self = Self { count: 0, until: Some(now + rto) };
        }
        self.count < limits::TRIES
    }

    pub(super) fn spend(&mut self) {
        self.count = self.count.saturating_add(1);
    }
}

impl Before {
    /// The branch as it was, without what the message has led to.
    pub(super) fn restore(
        self,
        mut exchange: Exchange,
        sent: Option<SentFlight>,
        records: &mut RecordLayer,
    ) -> Branch {
        exchange.transcript.go_back(&self.transcript);
        exchange.outbox.go_back(self.next_seq);
        records.go_back(self.agreed);
        Branch { state: self.state, exchange, flight_start: self.flight_start, sent }
    }
}

impl Handshaking {
    /// What is now, if this message may be anybody's.
    pub(super) fn before(&self, message: &Message, records: &RecordLayer) -> Option<Before> {
        if message.epoch != Epoch::PLAINTEXT || self.is_settled {
            return None;
        }
        let Branch { state, exchange, flight_start, .. } = &self.branch;
        Some(Before {
            message_seq: message.message_seq,
            state: state.checkpoint()?,
            transcript: exchange.transcript.mark(),
            agreed: records.agreed(),
            next_seq: exchange.outbox.next_seq(),
            flight_start: *flight_start,
            replaced: None,
        })
    }

    /// The last message was answered, so this flight of ours is over unless we go back.
    pub(super) fn replaced(&mut self, flight: SentFlight) {
        if let Some(before) = self.history.last_mut() {
            before.replaced.get_or_insert(flight);
        }
    }

    /// The peer has shown that it holds our keys: whatever else came was not its own.
    pub(super) fn settle(&mut self) {
        if self.is_settled {
            return;
        }
        self.is_settled = true;
        self.doubt = None;
        self.history = Vec::new();
        self.parked = Vec::new();
        self.keys.clear();
        self.reassembly.settle();
        self.branch.exchange.transcript.settle();
    }

    fn park(&mut self, parked: Parked) {
        self.parked.push(parked);
        if self.parked.len() > limits::BRANCHES {
            // The one that has come least far, for that costs the least to come to again.
            let by_progress = self.parked.iter().enumerate().min_by_key(|(_, parked)| parked.next);
            if let Some((index, _)) = by_progress {
                self.parked.remove(index);
            }
        }
    }

    /// Follows this parked branch, and parks the one that was followed.
    fn unpark(&mut self, index: usize, records: &mut RecordLayer) {
        let mut parked = self.parked.remove(index);
        core::mem::swap(&mut self.branch, &mut parked.branch);
        core::mem::swap(&mut self.history, &mut parked.history);
        records.swap(&mut parked.records);
        let next = core::mem::replace(&mut parked.next, self.reassembly.next_seq());
        self.reassembly.resume(next);
        self.park(parked);
        // A flight that was sent before they parted is of all of them, and goes along.
        if self.branch.sent.is_none() {
            let flights = self.parked.iter_mut().map(|parked| &mut parked.branch.sent);
            let is_common = |sent: &SentFlight| sent.flight.is_plaintext();
            let mut common = flights.filter(|sent| sent.as_ref().is_some_and(is_common));
            self.branch.sent = common.next().and_then(Option::take);
        }
    }
}

impl Connection {
    /// Our flight stays unanswered: maybe because what it answers was not the peer's. Whether
    /// another way was taken, and something else sent.
    pub(super) fn try_another_way(&mut self, now: Instant) -> bool {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return false };
        let timer = handshaking.branch.sent.as_ref().and_then(|sent| sent.timer);
        handshaking.tries = Tries::default();
        if !handshaking.reassembly.is_ready() && !self.take_untried(now) {
            let Phase::Handshaking(handshaking) = &mut self.phase else { return false };
            if handshaking.parked.is_empty() {
                return false;
            }
            handshaking.unpark(0, &mut self.records);
        }
        // However many ways there are, they take turns at one pace.
        if let Some(sent) = self.phase.sent() {
            sent.timer = timer;
        }
        self.advance(now);
        matches!(self.phase, Phase::Over(_))
            || self.phase.sent().is_none_or(|sent| sent.timer != timer)
    }

    /// Goes back to where a message was taken in whose place there is another one that was not
    /// tried, if there is.
    pub(super) fn take_untried(&mut self, now: Instant) -> bool {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return false };
        let Some(seq) = handshaking.reassembly.untried() else { return false };
        let is_it = |before: &Before| before.message_seq == seq;
        let Some(index) = handshaking.history.iter().position(is_it) else { return false };
        if !handshaking.tries.is_left(now, self.rto) {
            return false;
        }
        handshaking.tries.spend();
        let mut left = handshaking.history.split_off(index);
        let replaced = left.iter_mut().find_map(|before| before.replaced.take());
        let Before { state, transcript, agreed, next_seq, flight_start, .. } = left.remove(0);
        let old = &mut handshaking.branch;
        let exchange = Exchange {
            transcript: old.exchange.transcript.branch(&transcript),
            outbox: Outbox::starting_at(next_seq),
        };
        let sent = replaced.or_else(|| old.sent.take());
        let branch = Branch { state, exchange, flight_start, sent };
        let branch = core::mem::replace(old, branch);
        let next = handshaking.reassembly.next_seq();
        handshaking.reassembly.rewind(seq);
        let records = self.records.go_back(agreed);
        handshaking.park(Parked { branch, next, history: left, records });
        self.acks.clear();
        let timer = self.timer(now);
        if let Some(sent) = self.phase.sent() {
            sent.timer = Some(timer);
        }
        true
    }

    /// Takes a record that opens under the keys of another branch than the one that is followed:
    /// that is the way of the peer.
    pub(super) fn open_elsewhere(
        &mut self,
        now: Instant,
        record: &AnyRecord<'_>,
    ) -> Option<Result<(), Dropped>> {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return None };
        for index in 0..handshaking.parked.len() {
            let parked = handshaking.parked.get_mut(index)?;
            self.records.swap(&mut parked.records);
            let opened = open(&mut self.records, record);
            self.records.swap(&mut parked.records);
            if let Ok((number, content_type, content)) = opened {
                handshaking.unpark(index, &mut self.records);
                self.hear(number, cid_of(record));
                return Some(self.opened(now, number, content_type, content));
            }
        }
        None
    }

    /// A record does not open: nobody who holds the keys has written it, or what made them was not
    /// the peer's.
    pub(super) fn doubt_keys(&mut self, now: Instant) {
        if let Phase::Handshaking(handshaking) = &self.phase
            && !handshaking.is_settled
            && self.take_untried(now)
        {
            self.advance(now);
        }
    }

    /// Whether there are other ways than the one that is followed.
    #[inline]
    pub(super) const fn is_parted(&self) -> bool {
        match &self.phase {
            Phase::Handshaking(handshaking) => !handshaking.parked.is_empty(),
            _ => false,
        }
    }
}

type Opened = (RecordNumber, crate::record::ContentType, Vec<u8>);

fn open(records: &mut RecordLayer, record: &AnyRecord<'_>) -> Result<Opened, Dropped> {
    match record {
        AnyRecord::Plain(record) => {
            let number = RecordNumber { epoch: Epoch(record.epoch), sequence: record.sequence };
            let (content_type, content) = records.open(record)?;
            Ok((number, content_type, content))
        }
        AnyRecord::Ciphertext(record) => {
            let epoch = records.epoch_of(record).ok_or(Dropped::Epoch)?;
            let opened = records.open_ciphertext(epoch, record)?;
            let number = RecordNumber { epoch, sequence: opened.sequence };
            Ok((number, opened.content_type, opened.content))
        }
    }
}

const fn cid_of<'a>(record: &AnyRecord<'a>) -> &'a [u8] {
    match record {
        AnyRecord::Plain(record) => record.cid,
        AnyRecord::Ciphertext(record) => record.cid,
    }
}
