//! All epochs of both directions.

use alloc::vec::Vec;
use core::mem;

use lariat_base::Instant;

use super::connection_ids::ConnectionIds;
use super::header::{ContentType, Record};
use super::protection::{Opened, Protection};
use super::unified_header::Ciphertext;
use super::{Epoch, RecordNumber};
use crate::error::Dropped;
use crate::limits;
use crate::replay::ReplayWindow;

/// All sequence numbers of an epoch are spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SequenceExhausted;

/// Writes records in every epoch there are keys for, and opens the protected ones.
#[derive(Debug, Default)]
pub(crate) struct RecordLayer {
    pub(crate) cids: ConnectionIds,
    plaintext: Sequence,
    /// By epoch, the newest one last.
    outbound: Vec<Outbound>,
    inbound: Vec<Inbound>,
    /// What the next record is opened into.
    pub(crate) buffer: Vec<u8>,
    /// How much content the peer takes in a protected record, if it has said so.
    content_limit: Option<usize>,
}

#[derive(Debug)]
struct Outbound {
    epoch: Epoch,
    protection: Protection,
    sequence: Sequence,
}

#[derive(Debug)]
struct Inbound {
    epoch: Epoch,
    protection: Protection,
    window: ReplayWindow,
    /// How many records under this key were not authentic.
    forgeries: u64,
    /// When the key is forgotten; it has a successor then.
    forget_at: Option<Instant>,
}

/// What the hellos have agreed on about records.
#[derive(Clone, Debug)]
pub(crate) struct Agreed {
    cids: ConnectionIds,
    content_limit: Option<usize>,
}

impl RecordLayer {
    /// What the hellos have agreed on so far.
    pub(crate) fn agreed(&self) -> Agreed {
        Agreed { cids: self.cids.clone(), content_limit: self.content_limit }
    }

    /// Goes back to when there were no keys, and to what was agreed on then. Gives back the layer
    /// as it was.
    pub(crate) fn go_back(&mut self, agreed: Agreed) -> Self {
        let Agreed { cids, content_limit } = agreed;
        let mut other = Self { cids, content_limit, ..Self::default() };
        self.swap(&mut other);
        other
    }

    /// Takes up other keys in place of these. What there is without keys is the same for both.
    pub(crate) fn swap(&mut self, other: &mut Self) {
        mem::swap(self, other);
        mem::swap(&mut self.plaintext, &mut other.plaintext);
        mem::swap(&mut self.buffer, &mut other.buffer);
    }

    /// The first record without protection has this sequence number.
    pub(crate) fn start_plaintext_at(&mut self, sequence: u64) {
        self.plaintext = Sequence(sequence);
    }

    /// From now on, records can be written in this epoch, which is newer than all others.
    pub(crate) fn install_outbound(&mut self, epoch: Epoch, protection: Protection) {
        debug_assert!(epoch > self.current_epoch(), "{epoch:?} is not new");
        self.outbound.push(Outbound { epoch, protection, sequence: Sequence::default() });
    }

    /// From now on, records of this epoch can be opened; it is newer than all others.
    pub(crate) fn install_inbound(&mut self, epoch: Epoch, protection: Protection) {
        // adversarial D26: whoever changes keys without end has its oldest ones forgotten.
        if self.inbound.len() >= limits::INBOUND_EPOCHS {
            self.inbound.remove(0);
        }
        let window = ReplayWindow::default();
        self.inbound.push(Inbound { epoch, protection, window, forgeries: 0, forget_at: None });
    }

    /// Nothing will be sent again in epochs before this one.
    pub(crate) fn forget_outbound_before(&mut self, epoch: Epoch) {
        self.outbound.retain(|outbound| outbound.epoch >= epoch);
    }

    /// Nothing can be expected any more in epochs before this one.
    pub(crate) fn forget_inbound_before(&mut self, epoch: Epoch) {
        self.inbound.retain(|inbound| inbound.epoch >= epoch);
    }

    /// Epochs before this one are over; what is still on its way may come until then.
    pub(crate) fn retire_inbound_before(&mut self, epoch: Epoch, at: Instant) {
        for inbound in self.inbound.iter_mut().filter(|inbound| inbound.epoch < epoch) {
            inbound.forget_at.get_or_insert(at);
        }
    }

    /// Forgets the keys whose time is over.
    pub(crate) fn forget_retired(&mut self, now: Instant) {
        // The newest one has no successor.
        if self.inbound.len() > 1 {
            self.inbound.retain(|inbound| inbound.forget_at.is_none_or(|at| now < at));
        }
    }

    /// The peer takes no protected record with more content than this.
    pub(crate) fn limit_content(&mut self, limit: usize) {
        self.content_limit = Some(limit);
    }

    /// How much content a protected record may have.
    pub(crate) fn content_limit(&self) -> usize {
        let limit = self.content_limit.unwrap_or(limits::MAX_PLAINTEXT).min(limits::MAX_PLAINTEXT);
        // rfc9146 §5, rfc8449 §4: in 1.2 what is limited has the content type in it if there is an
        // identifier.
        let has_type = self.current_epoch() <= Epoch::PROTECTED && !self.cids.outbound().is_empty();
        limit.saturating_sub(has_type.into())
    }

    /// What a record of this epoch takes beyond its content, at most.
    pub(crate) fn overhead(&self, epoch: Epoch) -> usize {
        Protection::overhead(epoch, self.cids.outbound().len())
    }

    /// Whether records of this epoch can be opened.
    pub(crate) fn can_open(&self, epoch: Epoch) -> bool {
        self.inbound.iter().any(|inbound| inbound.epoch == epoch)
    }

    /// Whether this record, which was opened, is newer than all others that were.
    pub(crate) fn is_newest(&self, number: RecordNumber) -> bool {
        let newest = self.inbound.iter().rev().find(|inbound| inbound.window.end() > 0);
        newest.is_some_and(|inbound| {
            (inbound.epoch, inbound.window.end())
                == (number.epoch, number.sequence.saturating_add(1))
        })
    }

    /// The newest epoch that can be opened.
    pub(crate) fn newest_inbound(&self) -> Epoch {
        self.inbound.last().map_or(Epoch::PLAINTEXT, |inbound| inbound.epoch)
    }

    /// The epoch that alerts, acknowledgements and data go out in.
    pub(crate) fn current_epoch(&self) -> Epoch {
        self.outbound.last().map_or(Epoch::PLAINTEXT, |outbound| outbound.epoch)
    }

    /// Whether the current epoch's key has protected so much that it should be replaced.
    pub(crate) fn is_worn(&self) -> bool {
        self.outbound.last().is_some_and(|outbound| {
            outbound.sequence.0 >= outbound.protection.record_limit() / 4 * 3
        })
    }

    /// Lets the current key have protected almost as much as it may.
    #[cfg(test)]
    pub(crate) fn wear(&mut self) {
        let outbound = self.outbound.last_mut().unwrap();
        outbound.sequence = Sequence(outbound.protection.record_limit() / 4 * 3);
    }

    /// Has heard all that such a peer has said.
    #[cfg(test)]
    pub(crate) fn hear_worn(&mut self) {
        let inbound = self.inbound.last_mut().unwrap();
        inbound.window.enter(inbound.protection.record_limit() / 4 * 3 - 1);
    }

    /// Has counted so many forgeries, under the newest key.
    #[cfg(test)]
    pub(crate) fn besiege(&mut self, forgeries: u64) {
        self.inbound.last_mut().unwrap().forgeries = forgeries;
    }

    /// Has counted so many, under the key that was the newest before.
    #[cfg(test)]
    pub(crate) fn besiege_old(&mut self, forgeries: u64) {
        self.inbound.iter_mut().nth_back(1).unwrap().forgeries = forgeries;
    }

    /// rfc9147 §4.5.3: whether so many forgeries were tried that one may succeed. A key that has a
    /// successor is forgotten instead.
    pub(crate) fn is_besieged(&mut self) -> bool {
        let newest = self.newest_inbound();
        self.inbound
            .retain(|inbound| inbound.epoch == newest || inbound.forgeries < limits::FORGERIES);
        self.inbound.last().is_some_and(|inbound| inbound.forgeries >= limits::FORGERIES)
    }

    /// rfc9147 §4.5.3: whether it is time to ask the peer for a new key, before that.
    pub(crate) fn needs_relief(&self) -> bool {
        // They are counted one by one, so this is asked once for each key.
        self.inbound.last().is_some_and(|inbound| inbound.forgeries == limits::FORGERIES / 4 * 3)
    }

    /// Appends one record and gives back its number. `content` is at most
    /// [`limits::MAX_PLAINTEXT`] bytes long. The version is used in epoch 0 only.
    pub(crate) fn write(
        &mut self,
        epoch: Epoch,
        version: u16,
        content_type: ContentType,
        content: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<RecordNumber, SequenceExhausted> {
        if epoch == Epoch::PLAINTEXT {
            let length = u16::try_from(content.len()).expect("callers hold content to 2^14 bytes");
            // rfc6347 §4.1: 48 bits.
            let number = RecordNumber { epoch, sequence: self.plaintext.next(1 << 48)? };
            Record::write_header(out, content_type, version, number, length);
            out.extend_from_slice(content);
            return Ok(number);
        }
        let outbound = self.outbound.iter_mut().find(|outbound| outbound.epoch == epoch);
        debug_assert!(outbound.is_some(), "nothing is sent in {epoch:?} without its keys");
        let Outbound { protection, sequence, .. } = outbound.ok_or(SequenceExhausted)?;
        let number = RecordNumber { epoch, sequence: sequence.next(protection.record_limit())? };
        let cid = self.cids.outbound().as_ref();
        protection.seal(content_type, cid, number, content, out);
        Ok(number)
    }

    /// Opens a record of the protected epoch of 1.2, and says what is in it.
    ///
    /// rfc6347 §4.1.2.6: the window moves only once the record is authentic.
    pub(crate) fn open(&mut self, record: &Record<'_>) -> Result<(ContentType, Vec<u8>), Dropped> {
        let inbound = self
            .inbound
            .iter_mut()
            .find(|inbound| inbound.epoch.0 == record.epoch)
            .ok_or(Dropped::Epoch)?;
        if !inbound.window.is_new(record.sequence) {
            return Err(Dropped::Replayed);
        }
        let buffer = mem::take(&mut self.buffer);
        let opened = inbound.counting(|protection, _| protection.open_record(record, buffer))?;
        inbound.window.enter(record.sequence);
        Ok(opened)
    }

    /// The epoch that a record of 1.3 is of.
    ///
    /// rfc9147 §4.2.2: of those there are keys for, the newest one that ends in these bits.
    pub(crate) fn epoch_of(&self, record: &Ciphertext<'_>) -> Option<Epoch> {
        let mut epochs = self.inbound.iter().rev().map(|inbound| inbound.epoch);
        epochs.find(|epoch| epoch.0 % 4 == record.epoch_bits())
    }

    /// Opens a record of 1.3, of this epoch.
    pub(crate) fn open_ciphertext(
        &mut self,
        epoch: Epoch,
        record: &Ciphertext<'_>,
    ) -> Result<Opened, Dropped> {
        let inbound =
            self.inbound.iter_mut().find(|inbound| inbound.epoch == epoch).ok_or(Dropped::Epoch)?;
        let buffer = mem::take(&mut self.buffer);
        let opened = inbound.counting(|protection, expected| {
            protection.open_ciphertext(record, expected, buffer)
        })?;
        // rfc9147 §4.5.1: looked up only now, or the answer's delay would tell the number.
        if !inbound.window.is_new(opened.sequence) {
            return Err(Dropped::Replayed);
        }
        inbound.window.enter(opened.sequence);
        Ok(opened)
    }
}

impl Inbound {
    /// Opens a record, and counts it if it is not authentic.
    fn counting<T>(
        &mut self,
        open: impl FnOnce(&Protection, u64) -> Result<T, Dropped>,
    ) -> Result<T, Dropped> {
        let opened = open(&self.protection, self.window.end());
        if matches!(opened, Err(Dropped::NotAuthentic)) {
            self.forgeries = self.forgeries.saturating_add(1);
        }
        opened
    }
}

/// The next sequence number to use.
#[derive(Clone, Copy, Debug, Default)]
struct Sequence(u64);

impl Sequence {
    /// A nonce is made of the number, so it never wraps (RFC 6347 §4.1, RFC 9147 §4.2.1).
    fn next(&mut self, limit: u64) -> Result<u64, SequenceExhausted> {
        let next = self.0;
        if next >= limit {
            return Err(SequenceExhausted);
        }
        self.0 = next.saturating_add(1);
        Ok(next)
    }
}

#[cfg(test)]
mod tests;
