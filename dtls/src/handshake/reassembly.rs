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
    /// What it was protected by.
    pub(crate) epoch: Epoch,
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
    /// A part of another message in the place of one that was taken out.
    Alternative,
    /// A part of a message that was taken out and refused, and of no other one.
    Refused,
}

/// Collects fragments, and gives out messages in the order of their `message_seq`.
///
/// Without protection anybody can have written any of them. So of such fragments that contradict
/// each other all are kept, up to [`limits::ALTERNATIVES`] messages in one place, and those that
/// were taken out are kept, too: the owner may find that it was the wrong one and
/// [go back](Self::rewind). That is over when it has [made up its mind](Self::settle).
#[derive(Debug, Default)]
pub(crate) struct Reassembly {
    next: u16,
    places: BTreeMap<u16, Vec<Partial>>,
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
        let is_plain = epoch == Epoch::PLAINTEXT;
        if seq < self.next && !(is_plain && self.places.contains_key(&seq)) {
            return Ok(Inserted::Retransmission);
        }
        if seq.saturating_sub(self.next) >= limits::MESSAGE_WINDOW {
            return Err(Dropped::MessageWindow);
        }
        let mut place = self.places.get_mut(&seq);
        if let Some(place) = place.as_mut().filter(|_| !is_plain) {
            // What is authentic goes before what anybody may have written.
            place.retain(|partial| !partial.is_plain());
        }
        let (mut fits, mut is_next, mut is_refused) = (false, false, true);
        for partial in place.into_iter().flatten() {
            let continues = partial.continues_with(fragment);
            if partial.insert(epoch, fragment).is_ok() {
                (fits, is_next) = (true, is_next || continues);
                is_refused &= partial.usage == Use::Refused;
            } else if !(is_plain && partial.is_plain()) {
                return Err(Dropped::FragmentConflict);
            }
        }
        if !fits {
            self.make_room(seq, fragment.length)?;
            let mut partial = Partial::new(epoch, fragment);
            is_next = partial.continues_with(fragment);
            partial.insert(epoch, fragment)?;
            self.places.entry(seq).or_default().push(partial);
        }
        Ok(match (seq < self.next, fits) {
            (true, true) => Inserted::Retransmission,
            (true, false) => Inserted::Alternative,
            (false, true) if is_refused => Inserted::Refused,
            (false, _) if is_next && seq == self.next => Inserted::InOrder,
            (false, _) => Inserted::OutOfOrder,
        })
    }

    /// Forgets what came without protection and is not due yet: from here on, nothing genuine does.
    pub(crate) fn forget_plaintext(&mut self) {
        let next = self.next;
        self.places.retain(|seq, place| *seq < next || !place.iter().any(Partial::is_plain));
    }

    /// Forgets all that came without protection: what was taken out was genuine.
    pub(crate) fn settle(&mut self) {
        self.places.retain(|_, place| !place.iter().any(Partial::is_plain));
    }

    /// The next message, once it is complete; of several in its place the next one after those that
    /// were taken out before.
    pub(crate) fn take(&mut self) -> Option<Message> {
        let place = self.places.get_mut(&self.next)?;
        let says_more = |partial: &Partial| partial.is_untried() && !partial.asks_for_cookie();
        let index = place.iter().position(says_more);
        let index = index.or_else(|| place.iter().position(Partial::is_untried))?;
        let found = place.get_mut(index)?;
        let (epoch, handshake_type) = (found.epoch, found.handshake_type);
        let body = if found.is_plain() {
            found.usage = Use::Taken;
            found.body.clone()
        } else {
            let mut place = self.places.remove(&self.next)?;
            place.pop()?.body
        };
        let message_seq = self.next;
        self.next = self.next.saturating_add(1);
        Some(Message { epoch, handshake_type, message_seq, body })
    }

    /// Goes back to before the message with this number, which was not the right one. Messages
    /// after it may be tried again.
    pub(crate) fn rewind(&mut self, seq: u16) {
        self.next = seq;
        for (at, place) in self.places.range_mut(seq..) {
            for partial in place.iter_mut() {
                partial.usage = match partial.usage {
                    Use::Taken | Use::Refused if *at == seq => Use::Refused,
                    _ => Use::Untried,
                };
            }
        }
    }

    /// Goes on from the message with this number, with every message that there is of it and of
    /// those after it.
    pub(crate) fn resume(&mut self, seq: u16) {
        self.next = seq;
        let later = self.places.range_mut(seq..).flat_map(|(_, place)| place);
        later.for_each(|partial| partial.usage = Use::Untried);
    }

    /// Where there is a message that was not tried in the place of one that was taken out: the last
    /// one of them. One that asks for a cookie comes after all others: it leads to nothing by
    /// itself but to another question.
    pub(crate) fn untried(&self) -> Option<u16> {
        let find = |is_it: fn(&Partial) -> bool| {
            let mut taken = self.places.range(..self.next).rev();
            taken.find(|(_, place)| place.iter().any(is_it)).map(|(seq, _)| *seq)
        };
        let says_more = |partial: &Partial| partial.is_untried() && !partial.asks_for_cookie();
        find(says_more).or_else(|| find(Partial::is_untried))
    }

    /// Whether the message that is due is there, or one in its place.
    pub(crate) fn is_ready(&self) -> bool {
        self.places.get(&self.next).is_some_and(|place| place.iter().any(Partial::is_untried))
    }

    /// Finds room for a message of `length` bytes, if need be by giving up messages that are due
    /// later, and others in the same place that came to nothing.
    fn make_room(&mut self, seq: u16, length: u32) -> Result<(), Dropped> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > limits::REASSEMBLY_BYTES {
            return Err(Dropped::ReassemblyFull);
        }
        let mut count = self.places.get(&seq).map_or(0, Vec::len);
        while count >= limits::ALTERNATIVES {
            self.give_up_one(seq).then_some(()).ok_or(Dropped::FragmentConflict)?;
            count = count.saturating_sub(1);
        }
        while self.held_bytes().saturating_add(length) > limits::REASSEMBLY_BYTES {
            let last = self.places.keys().next_back().copied().filter(|last| *last > seq);
            if let Some(last) = last {
                self.places.remove(&last);
            } else if !self.give_up_one(seq) {
                let first = self.places.keys().next().copied();
                let taken = first.filter(|first| *first < self.next.min(seq));
                self.places.remove(&taken.ok_or(Dropped::ReassemblyFull)?);
            }
        }
        Ok(())
    }

    /// Gives up a message in this place: one that was refused, or else one that is not complete.
    fn give_up_one(&mut self, seq: u16) -> bool {
        let Some(place) = self.places.get_mut(&seq) else { return false };
        let refused = place.iter().position(|partial| partial.usage == Use::Refused);
        let hopeless = refused.or_else(|| place.iter().position(|partial| !partial.is_complete()));
        hopeless.is_some_and(|index| {
            place.remove(index);
            true
        })
    }

    fn held_bytes(&self) -> usize {
        self.places.values().flatten().map(|partial| partial.body.len()).sum()
    }
}

/// What was made of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Untried,
    /// It was taken out.
    Taken,
    /// And that was wrong.
    Refused,
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
    usage: Use,
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
            usage: Use::Untried,
        }
    }

    pub(crate) const fn is_complete(&self) -> bool {
        self.contiguous == self.body.len()
    }

    fn is_plain(&self) -> bool {
        self.epoch == Epoch::PLAINTEXT
    }

    fn asks_for_cookie(&self) -> bool {
        self.handshake_type == HandshakeType::HelloVerifyRequest
    }

    fn is_untried(&self) -> bool {
        self.usage == Use::Untried && self.is_complete()
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
