//! Handshake messages from fragments with any boundaries, in any order.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::fragment::{Fragment, HandshakeType};
use crate::error::Dropped;
use crate::limits;
use crate::record::Epoch;

/// A whole handshake message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) handshake_type: HandshakeType,
    pub(crate) message_seq: u16,
    pub(crate) body: Vec<u8>,
}

/// What a fragment was to the reassembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    /// The next part of the message that is due.
    InOrder,
    /// A part that has others before it, which did not come yet.
    OutOfOrder,
    /// A part of a message that was taken out already.
    Retransmission,
}

/// Collects fragments, and gives out messages in the order of their `message_seq`.
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    next: u16,
    partial: BTreeMap<u16, Partial>,
}

impl Reassembly {
    /// A reassembly for which the message with this `message_seq` is due first.
    pub(crate) fn starting_at(next: u16) -> Self {
        Self { next, ..Self::default() }
    }

    /// The `message_seq` of the message that is due.
    pub(crate) const fn next_seq(&self) -> u16 {
        self.next
    }

    /// Enters a fragment.
    pub(crate) fn insert(
        &mut self,
        epoch: Epoch,
        fragment: &Fragment<'_>,
    ) -> Result<Inserted, Dropped> {
        let seq = fragment.message_seq;
        if seq < self.next {
            return Ok(Inserted::Retransmission);
        }
        if seq - self.next >= limits::MESSAGE_WINDOW {
            return Err(Dropped::MessageWindow);
        }
        // What is authentic goes before what anybody may have written.
        if self.partial.get(&seq).is_some_and(|partial| partial.yields_to(epoch)) {
            self.partial.remove(&seq);
        }
        if !self.partial.contains_key(&seq) {
            self.make_room(seq, fragment.length)?;
            self.partial.insert(seq, Partial::new(epoch, fragment));
        }
        let partial = self.partial.get_mut(&seq).ok_or(Dropped::ReassemblyFull)?;
        let is_next = seq == self.next && partial.continues_with(fragment);
        partial.insert(epoch, fragment)?;
        Ok(if is_next { Inserted::InOrder } else { Inserted::OutOfOrder })
    }

    /// Forgets what came without protection: from here on, nothing genuine does.
    pub(crate) fn forget_plaintext(&mut self) {
        self.partial.retain(|_, partial| partial.epoch != Epoch::PLAINTEXT);
    }

    /// The next message, once it is complete.
    pub(crate) fn take(&mut self) -> Option<Message> {
        if !self.partial.get(&self.next)?.is_complete() {
            return None;
        }
        let partial = self.partial.remove(&self.next)?;
        let message_seq = self.next;
        self.next = self.next.saturating_add(1);
        Some(Message { handshake_type: partial.handshake_type, message_seq, body: partial.body })
    }

    /// Finds room for a message of `length` bytes, if need be by giving up messages that are due
    /// later.
    fn make_room(&mut self, seq: u16, length: u32) -> Result<(), Dropped> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > limits::REASSEMBLY_BYTES {
            return Err(Dropped::ReassemblyFull);
        }
        while self.held_bytes().saturating_add(length) > limits::REASSEMBLY_BYTES {
            match self.partial.last_key_value() {
                Some((&last, _)) if last > seq => self.partial.remove(&last),
                _ => return Err(Dropped::ReassemblyFull),
            };
        }
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        self.partial.values().map(|partial| partial.body.len()).sum()
    }
}

/// One message under construction.
#[derive(Debug)]
pub(crate) struct Partial {
    epoch: Epoch,
    handshake_type: HandshakeType,
    body: Vec<u8>,
    /// How many bytes are there from the beginning on.
    contiguous: usize,
    /// One bit per byte of the body, set if it came while others before it were missing. Most
    /// messages come in order, and need none.
    ahead: Vec<u8>,
}

impl Partial {
    /// Nothing yet of the message that this fragment is of, which came without protection.
    pub(crate) fn of_plaintext(fragment: &Fragment<'_>) -> Self {
        Self::new(Epoch::PLAINTEXT, fragment)
    }

    /// Adds a fragment that came without protection, if it does not contradict what is there.
    pub(crate) fn add(&mut self, fragment: &Fragment<'_>) -> bool {
        self.insert(Epoch::PLAINTEXT, fragment).is_ok()
    }

    /// The message, once it is complete.
    pub(crate) fn into_body(self) -> Vec<u8> {
        self.body
    }

    fn new(epoch: Epoch, fragment: &Fragment<'_>) -> Self {
        let length = usize::try_from(fragment.length).unwrap_or(usize::MAX);
        Self {
            epoch,
            handshake_type: fragment.handshake_type,
            body: alloc::vec![0; length],
            contiguous: 0,
            ahead: Vec::new(),
        }
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.contiguous == self.body.len()
    }

    fn yields_to(&self, epoch: Epoch) -> bool {
        self.epoch == Epoch::PLAINTEXT && epoch != Epoch::PLAINTEXT
    }

    /// Whether nothing is missing between what is there and this fragment.
    fn continues_with(&self, fragment: &Fragment<'_>) -> bool {
        usize::try_from(fragment.offset).is_ok_and(|offset| offset <= self.contiguous)
    }

    /// rfc6347 §4.2.3: fragments may overlap, and may be cut anew on retransmission. Their bytes
    /// must agree; of two that do not, the first one stays.
    fn insert(&mut self, epoch: Epoch, fragment: &Fragment<'_>) -> Result<(), Dropped> {
        let length = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        if (self.epoch, self.handshake_type, length)
            != (epoch, fragment.handshake_type, fragment.length)
        {
            return Err(Dropped::FragmentConflict);
        }
        let start = usize::try_from(fragment.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(fragment.body.len());
        let body = self.body.get_mut(start..end).ok_or(Dropped::Fragment)?;
        let known = self.contiguous.saturating_sub(start).min(body.len());
        let (ours, ours_after) = body.split_at(known);
        let (theirs, theirs_after) = fragment.body.split_at(known);
        let ahead = &self.ahead;
        // Without anything ahead, nothing can be there past the contiguous bytes.
        let conflict = ours != theirs
            || !ahead.is_empty()
                && (start.saturating_add(known)..end)
                    .zip(ours_after.iter().zip(theirs_after))
                    .any(|(index, (ours, theirs))| is_set(ahead, index) && ours != theirs);
        if conflict {
            return Err(Dropped::FragmentConflict);
        }
        body.copy_from_slice(fragment.body);
        if start <= self.contiguous {
            self.contiguous = self.contiguous.max(end);
            while is_set(&self.ahead, self.contiguous) {
                self.contiguous = self.contiguous.saturating_add(1);
            }
        } else {
            self.ahead.resize(self.body.len().div_ceil(8), 0);
            (start..end).for_each(|index| set(&mut self.ahead, index));
        }
        Ok(())
    }
}

fn is_set(bits: &[u8], index: usize) -> bool {
    bits.get(index / 8).is_some_and(|byte| byte & (1 << (index % 8)) != 0)
}

fn set(bits: &mut [u8], index: usize) {
    if let Some(byte) = bits.get_mut(index / 8) {
        *byte |= 1 << (index % 8);
    }
}

#[cfg(test)]
mod tests;
