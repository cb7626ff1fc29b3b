//! Reassembly against a model that keeps each byte by itself.
//!
//! ```text
//! a list of  seq(1)     from the one that is due; beyond the window, too
//!            how(1)     epoch, type and kind of length, and whether the bytes are others
//!            length(2)  of the message
//!            offset(2)  modulo that
//!            size(2)    of the fragment, modulo what is behind the offset
//! ```

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use lariat_base::{ReadError, Reader};

use crate::error::Dropped;
use crate::handshake::{Fragment, HandshakeType, Inserted, Message, Reassembly};
use crate::limits;
use crate::record::Epoch;

/// The longest fragment that is tried.
const FRAGMENT: usize = 2_000;

/// Runs the target.
pub fn reassembly(input: &[u8]) {
    let (mut reassembly, mut model) = (Reassembly::default(), Model::default());
    let mut reader = Reader::new(input);
    while let Ok(Piece { epoch, handshake_type, length, seq, offset, body }) =
        Piece::read(&mut reader, model.next)
    {
        let body = &body[..];
        let fragment = Fragment { handshake_type, length, message_seq: seq, offset, body };
        let mut written = Vec::new();
        fragment.encode(&mut written);
        if Fragment::read(&mut Reader::new(&written)).is_err() {
            continue;
        }
        assert_eq!(reassembly.insert(epoch, &fragment), model.insert(epoch, &fragment));
        assert!(model.held() <= limits::REASSEMBLY_BYTES);
        while let Some(message) = reassembly.take() {
            assert_eq!(Some(message), model.take());
        }
        assert_eq!(model.take(), None);
        assert_eq!(reassembly.next_seq(), model.next);
    }
}

struct Piece {
    epoch: Epoch,
    handshake_type: HandshakeType,
    length: u32,
    seq: u16,
    offset: u32,
    body: Vec<u8>,
}

impl Piece {
    fn read(reader: &mut Reader<'_>, next: u16) -> Result<Self, ReadError> {
        let [ahead, how] = reader.take_array()?;
        let (length, offset, size) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let seq = next.wrapping_add_signed(i16::from(ahead.cast_signed()));
        // A message may be as long as the limit, and longer.
        let length = match how >> 3 & 3 {
            0 | 1 => u32::from(length % 300),
            2 => u32::from(length),
            _ => u32::from(length).saturating_mul(256),
        };
        let offset = u32::from(offset) % length.saturating_add(1);
        let behind = length.saturating_sub(offset).saturating_add(1);
        let size = usize::try_from(u32::from(size) % behind).unwrap_or(0).min(FRAGMENT);
        let noise = u32::from(how >> 7);
        let byte = |at: u32| u8::try_from((at ^ u32::from(seq) ^ noise) % 251).unwrap_or(0);
        let body = (offset..).take(size).map(byte).collect();
        let epoch = Epoch(u16::from(how & 3));
        let handshake_type = HandshakeType::from_code_point(11 + (how >> 2 & 1));
        Ok(Self { epoch, handshake_type, length, seq, offset, body })
    }
}

#[derive(Default)]
struct Model {
    next: u16,
    messages: BTreeMap<u16, Partial>,
}

struct Partial {
    epoch: Epoch,
    handshake_type: HandshakeType,
    length: usize,
    bytes: BTreeMap<usize, u8>,
}

impl Model {
    fn held(&self) -> usize {
        self.messages.values().map(|partial| partial.length).sum()
    }

    fn insert(&mut self, epoch: Epoch, fragment: &Fragment<'_>) -> Result<Inserted, Dropped> {
        let (seq, length) = (fragment.message_seq, usize::try_from(fragment.length).unwrap_or(0));
        if seq < self.next {
            return Ok(Inserted::Retransmission);
        }
        if seq - self.next >= limits::MESSAGE_WINDOW {
            return Err(Dropped::MessageWindow);
        }
        let in_plaintext = |partial: &Partial| partial.epoch == Epoch::PLAINTEXT;
        if epoch != Epoch::PLAINTEXT && self.messages.get(&seq).is_some_and(in_plaintext) {
            self.messages.remove(&seq);
        }
        if !self.messages.contains_key(&seq) {
            if length > limits::REASSEMBLY_BYTES {
                return Err(Dropped::ReassemblyFull);
            }
            // Whatever is due later gives way, the last one first.
            while self.held() + length > limits::REASSEMBLY_BYTES {
                let last = self.messages.keys().next_back().copied().filter(|last| *last > seq);
                self.messages.remove(&last.ok_or(Dropped::ReassemblyFull)?);
            }
            let (handshake_type, bytes) = (fragment.handshake_type, BTreeMap::new());
            self.messages.insert(seq, Partial { epoch, handshake_type, length, bytes });
        }
        let partial = self.messages.get_mut(&seq).ok_or(Dropped::ReassemblyFull)?;
        if (partial.epoch, partial.handshake_type, partial.length)
            != (epoch, fragment.handshake_type, length)
        {
            return Err(Dropped::FragmentConflict);
        }
        let offset = usize::try_from(fragment.offset).unwrap_or(0);
        let is_there = |at: &usize| partial.bytes.contains_key(at);
        let is_in_order = seq == self.next && (0..offset).all(|at| is_there(&at));
        let arriving = || (offset..).zip(fragment.body.iter().copied());
        if arriving().any(|(at, byte)| partial.bytes.get(&at).is_some_and(|kept| *kept != byte)) {
            return Err(Dropped::FragmentConflict);
        }
        partial.bytes.extend(arriving());
        Ok(if is_in_order { Inserted::InOrder } else { Inserted::OutOfOrder })
    }

    fn take(&mut self) -> Option<Message> {
        let partial = self.messages.get(&self.next)?;
        if partial.bytes.len() < partial.length {
            return None;
        }
        let (message_seq, handshake_type) = (self.next, partial.handshake_type);
        let body = partial.bytes.values().copied().collect();
        self.messages.remove(&message_seq);
        self.next += 1;
        Some(Message { handshake_type, message_seq, body })
    }
}
