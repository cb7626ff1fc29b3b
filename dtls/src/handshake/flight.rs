//! The messages that go out together, and again if no answer comes (RFC 6347 §4.2.4, RFC 9147
//! §5.8).

mod layout;
mod pieces;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::ops::Range;

use super::fragment::{Fragment, HandshakeType};
use super::transcript::Transcript;
use crate::error::FailureReason;
use crate::limits;
use crate::message::{DTLS_1_0, DTLS_1_2};
use crate::record::{ContentType, Epoch, RecordLayer, RecordNumber, SequenceExhausted};
use layout::Layout;
use pieces::Pieces;

/// A datagram's last bytes are left empty rather than filled with a fragment shorter than this.
const MIN_FRAGMENT: usize = 32;

/// What one side says before it waits for the other.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    items: Vec<Item>,
    /// What each record carried that has not been acknowledged: which item, and which part of it.
    carried: BTreeMap<RecordNumber, (usize, Range<usize>)>,
    layout: Layout,
    is_acknowledged_in_part: bool,
}

#[derive(Debug)]
enum Item {
    Handshake(Outgoing),
    ChangeCipherSpec,
}

#[derive(Debug)]
struct Outgoing {
    epoch: Epoch,
    handshake_type: HandshakeType,
    message_seq: u16,
    body: Vec<u8>,
    /// What the peer has not acknowledged.
    left: Pieces,
}

/// What an acknowledgement did to a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Acknowledged {
    /// Nothing that was not acknowledged before.
    Nothing,
    /// Some of it.
    Part,
    /// The last of it.
    All,
}

impl Flight {
    pub(crate) const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether none of it needs keys.
    pub(crate) fn is_plaintext(&self) -> bool {
        self.items.iter().all(|item| match item {
            Item::Handshake(message) => message.epoch == Epoch::PLAINTEXT,
            Item::ChangeCipherSpec => true,
        })
    }

    /// Whether some of it was acknowledged.
    pub(crate) const fn is_acknowledged_in_part(&self) -> bool {
        self.is_acknowledged_in_part
    }

    /// What is left of the flight as datagrams of at most `mtu` bytes, with record numbers of their
    /// own. They begin and end where those of the first transmission did.
    pub(crate) fn encode(
        &mut self,
        records: &mut RecordLayer,
        mtu: usize,
    ) -> Result<Vec<Vec<u8>>, SequenceExhausted> {
        self.layout.begin(mtu);
        let layout = &mut self.layout;
        let mut packer = Packer { records, mtu, layout, full: Vec::new(), current: Vec::new() };
        for (index, item) in self.items.iter().enumerate() {
            let Item::Handshake(message) = item else {
                packer.change_cipher_spec(index)?;
                continue;
            };
            for piece in message.left.iter() {
                packer.message(index, message, piece, |number, part| {
                    self.carried.insert(number, (index, part));
                })?;
            }
        }
        packer.flush();
        let datagrams = packer.full;
        self.layout.complete();
        while self.carried.len() > limits::CARRIED_RECORDS {
            self.carried.pop_first();
        }
        Ok(datagrams)
    }

    /// Shows every message to `change`.
    #[cfg(test)]
    pub(crate) fn rewrite(&mut self, mut change: impl FnMut(&mut HandshakeType, &mut Vec<u8>)) {
        for item in &mut self.items {
            if let Item::Handshake(message) = item {
                change(&mut message.handshake_type, &mut message.body);
                message.left = Pieces::whole(message.body.len());
            }
        }
    }

    /// rfc9147 §7.2: what these records carried need not be sent again. Numbers of records that
    /// carried nothing of this flight are ignored.
    ///
    /// Whoever has opened a protected record of this flight has what came before it without
    /// protection, too: that made the keys.
    pub(crate) fn acknowledge(&mut self, numbers: &[RecordNumber]) -> Acknowledged {
        let mut result = Acknowledged::Nothing;
        for number in numbers {
            let Some((index, part)) = self.carried.remove(number) else { continue };
            if let Some(Item::Handshake(message)) = self.items.get_mut(index)
                && message.left.remove(&part)
            {
                result = Acknowledged::Part;
                self.is_acknowledged_in_part = true;
            }
            if number.epoch > Epoch::PLAINTEXT {
                self.plaintext_arrived();
            }
        }
        let is_done = |item: &Item| match item {
            Item::Handshake(message) => message.left.is_empty(),
            Item::ChangeCipherSpec => true,
        };
        if result == Acknowledged::Part && self.items.iter().all(is_done) {
            result = Acknowledged::All;
        }
        result
    }

    fn plaintext_arrived(&mut self) {
        for item in &mut self.items {
            if let Item::Handshake(message) = item
                && message.epoch == Epoch::PLAINTEXT
            {
                message.left = Pieces::none();
            }
        }
    }
}

struct Packer<'a> {
    records: &'a mut RecordLayer,
    mtu: usize,
    layout: &'a mut Layout,
    full: Vec<Vec<u8>>,
    current: Vec<u8>,
}

impl Packer<'_> {
    fn change_cipher_spec(&mut self, index: usize) -> Result<(), SequenceExhausted> {
        if self.room(Epoch::PLAINTEXT) < 1 || self.layout.has(index, 0) {
            self.flush();
        }
        self.note_start(index, 0);
        let (epoch, content_type) = (Epoch::PLAINTEXT, ContentType::ChangeCipherSpec);
        self.records.write(epoch, DTLS_1_2, content_type, &[1], &mut self.current)?;
        Ok(())
    }

    /// Adds a piece of a message, cut as the datagrams' length and the layout have it.
    fn message(
        &mut self,
        index: usize,
        message: &Outgoing,
        piece: Range<usize>,
        mut carries: impl FnMut(RecordNumber, Range<usize>),
    ) -> Result<(), SequenceExhausted> {
        let Outgoing { epoch, handshake_type, message_seq, ref body, .. } = *message;
        // rfc9147 §4: only a first hello's record may bear the older version.
        let is_first = handshake_type == HandshakeType::ClientHello && message_seq == 0;
        let version = if is_first { DTLS_1_0 } else { DTLS_1_2 };
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let mut start = piece.start;
        let mut left = body.get(piece).unwrap_or_default();
        loop {
            let room = self.room(epoch).saturating_sub(Fragment::HEADER_LEN);
            if room < left.len().min(MIN_FRAGMENT)
                || (room == 0 && !self.current.is_empty())
                || self.layout.has(index, start)
            {
                self.flush();
            }
            self.note_start(index, start);
            let room = self.room(epoch).saturating_sub(Fragment::HEADER_LEN).max(1);
            let room = room.min(self.layout.room(index, start));
            let (body, rest) = left.split_at_checked(room).unwrap_or((left, &[]));
            let offset = u32::try_from(start).unwrap_or(u32::MAX);
            let mut content = Vec::with_capacity(Fragment::HEADER_LEN.saturating_add(body.len()));
            Fragment { handshake_type, length, message_seq, offset, body }.encode(&mut content);
            let content_type = ContentType::Handshake;
            let number =
                self.records.write(epoch, version, content_type, &content, &mut self.current)?;
            let end = start.saturating_add(body.len());
            carries(number, start..end);
            (start, left) = (end, rest);
            if left.is_empty() {
                return Ok(());
            }
        }
    }

    /// How much content a record may have that goes into the current datagram.
    fn room(&self, epoch: Epoch) -> usize {
        let left = self.mtu.saturating_sub(self.current.len());
        let room = left.saturating_sub(self.records.overhead(epoch));
        // rfc8449 §4: what is not protected is not limited.
        if epoch == Epoch::PLAINTEXT { room } else { room.min(self.records.content_limit()) }
    }

    /// What is written next comes from here.
    fn note_start(&mut self, index: usize, offset: usize) {
        if self.current.is_empty() {
            self.layout.note(index, offset);
        }
    }

    fn flush(&mut self) {
        if !self.current.is_empty() {
            self.full.push(core::mem::take(&mut self.current));
        }
    }
}

/// Where the states of the handshake put their messages.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    next_seq: u16,
    flight: Flight,
}

impl Outbox {
    /// An outbox whose first message has this `message_seq`.
    pub(crate) fn starting_at(next_seq: u16) -> Self {
        Self { next_seq, ..Self::default() }
    }

    /// The number of the next message.
    pub(crate) const fn next_seq(&self) -> u16 {
        self.next_seq
    }

    /// Forgets the flight that is being put together, and goes on from an earlier number.
    pub(crate) fn go_back(&mut self, next_seq: u16) {
        *self = Self::starting_at(next_seq);
    }

    /// Adds a message to the flight and to the transcript.
    pub(crate) fn send(
        &mut self,
        epoch: Epoch,
        handshake_type: HandshakeType,
        body: Vec<u8>,
        transcript: &mut Transcript,
    ) -> Result<(), FailureReason> {
        transcript.add(handshake_type, self.next_seq, &body)?;
        self.send_after(epoch, handshake_type, body)
    }

    /// Adds a message to the flight, after the handshake: no transcript has it.
    pub(crate) fn send_after(
        &mut self,
        epoch: Epoch,
        handshake_type: HandshakeType,
        body: Vec<u8>,
    ) -> Result<(), FailureReason> {
        let message_seq = self.next_seq;
        // rfc9147 §5.2: it does not wrap.
        self.next_seq = message_seq.checked_add(1).ok_or(FailureReason::SequenceExhausted)?;
        let left = Pieces::whole(body.len());
        let message = Outgoing { epoch, handshake_type, message_seq, body, left };
        self.flight.items.push(Item::Handshake(message));
        Ok(())
    }

    /// Adds a ChangeCipherSpec to the flight.
    pub(crate) fn change_cipher_spec(&mut self) {
        self.flight.items.push(Item::ChangeCipherSpec);
    }

    /// The flight that was put together since the last call, if there is one.
    pub(crate) fn take(&mut self) -> Option<Flight> {
        if self.flight.is_empty() { None } else { Some(core::mem::take(&mut self.flight)) }
    }
}

#[cfg(test)]
mod tests;
