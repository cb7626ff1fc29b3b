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
    places: BTreeMap<u16, Vec<Partial>>,
}

struct Partial {
    epoch: Epoch,
    handshake_type: HandshakeType,
    length: usize,
    bytes: BTreeMap<usize, u8>,
    is_taken: bool,
}

impl Partial {
    fn is_plain(&self) -> bool {
        self.epoch == Epoch::PLAINTEXT
    }

    fn is_complete(&self) -> bool {
        self.bytes.len() >= self.length
    }

    /// Whether a fragment is of this message and contradicts none of its bytes.
    fn agrees(&self, epoch: Epoch, fragment: &Fragment<'_>) -> bool {
        let length = usize::try_from(fragment.length).unwrap_or(0);
        (self.epoch, self.handshake_type, self.length) == (epoch, fragment.handshake_type, length)
            && arriving(fragment)
                .all(|(at, byte)| self.bytes.get(&at).is_none_or(|kept| *kept == byte))
    }

    fn continues_with(&self, fragment: &Fragment<'_>) -> bool {
        let offset = usize::try_from(fragment.offset).unwrap_or(0);
        (0..offset).all(|at| self.bytes.contains_key(&at))
    }
}

fn arriving(fragment: &Fragment<'_>) -> impl Iterator<Item = (usize, u8)> {
    (usize::try_from(fragment.offset).unwrap_or(0)..).zip(fragment.body.iter().copied())
}

impl Model {
    fn held(&self) -> usize {
        self.places.values().flatten().map(|partial| partial.length).sum()
    }

    fn insert(&mut self, epoch: Epoch, fragment: &Fragment<'_>) -> Result<Inserted, Dropped> {
        let seq = fragment.message_seq;
        let is_plain = epoch == Epoch::PLAINTEXT;
        let is_old = seq < self.next;
        if is_old && !(is_plain && self.places.contains_key(&seq)) {
            return Ok(Inserted::Retransmission);
        }
        if !is_old && seq - self.next >= limits::MESSAGE_WINDOW {
            return Err(Dropped::MessageWindow);
        }
        if let Some(place) = self.places.get_mut(&seq).filter(|_| !is_plain) {
            place.retain(|partial| !partial.is_plain());
        }
        let there = self.places.get(&seq).map_or(&[][..], |place| place);
        let fits = there.iter().any(|partial| partial.agrees(epoch, fragment));
        if !fits {
            if !there.iter().all(|partial| is_plain && partial.is_plain()) {
                return Err(Dropped::FragmentConflict);
            }
            self.make_room(seq, usize::try_from(fragment.length).unwrap_or(0))?;
            let (handshake_type, bytes) = (fragment.handshake_type, BTreeMap::new());
            let length = usize::try_from(fragment.length).unwrap_or(0);
            let partial = Partial { epoch, handshake_type, length, bytes, is_taken: false };
            self.places.entry(seq).or_default().push(partial);
        }
        let mut is_next = false;
        let place = self.places.get_mut(&seq).expect("it was just filled");
        for partial in place.iter_mut().filter(|partial| partial.agrees(epoch, fragment)) {
            is_next |= partial.continues_with(fragment);
            partial.bytes.extend(arriving(fragment));
        }
        Ok(match (is_old, fits) {
            (true, true) => Inserted::Retransmission,
            (true, false) => Inserted::Alternative,
            _ if is_next && seq == self.next => Inserted::InOrder,
            _ => Inserted::OutOfOrder,
        })
    }

    /// Whatever is due later gives way, the last one first; then what is not complete in the same
    /// place, and then what was taken.
    fn make_room(&mut self, seq: u16, length: usize) -> Result<(), Dropped> {
        if length > limits::REASSEMBLY_BYTES {
            return Err(Dropped::ReassemblyFull);
        }
        if self.places.get(&seq).is_some_and(|place| place.len() >= limits::ALTERNATIVES)
            && !self.give_up_one(seq)
        {
            return Err(Dropped::FragmentConflict);
        }
        while self.held() + length > limits::REASSEMBLY_BYTES {
            let last = self.places.keys().next_back().copied().filter(|last| *last > seq);
            let first = self.places.keys().next().copied();
            let taken = first.filter(|first| *first < self.next && *first < seq);
            if let Some(last) = last {
                self.places.remove(&last);
            } else if !self.give_up_one(seq) {
                self.places.remove(&taken.ok_or(Dropped::ReassemblyFull)?);
            }
        }
        Ok(())
    }

    fn give_up_one(&mut self, seq: u16) -> bool {
        let Some(place) = self.places.get_mut(&seq) else { return false };
        let hopeless = place.iter().position(|partial| !partial.is_complete());
        hopeless.is_some_and(|index| {
            place.remove(index);
            true
        })
    }

    fn take(&mut self) -> Option<Message> {
        let place = self.places.get_mut(&self.next)?;
        let is_due = |partial: &Partial| partial.is_complete() && !partial.is_taken;
        let index = place.iter().position(is_due)?;
        let found = place.get_mut(index)?;
        found.is_taken = true;
        let (epoch, handshake_type) = (found.epoch, found.handshake_type);
        let body = found.bytes.values().copied().collect();
        if !found.is_plain() {
            self.places.remove(&self.next);
        }
        let message_seq = self.next;
        self.next += 1;
        Some(Message { epoch, handshake_type, message_seq, body })
    }
}
