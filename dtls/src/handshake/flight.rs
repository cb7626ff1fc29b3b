//! The messages that go out together, and again if no answer comes (RFC 6347 §4.2.4).

use alloc::vec::Vec;

use super::fragment::{Fragment, HandshakeType};
use super::transcript::Transcript;
use crate::error::FailureReason;
use crate::message::{DTLS_1_0, DTLS_1_2};
use crate::record::{ContentType, Epoch, RecordLayer, SequenceExhausted};

/// A datagram's last bytes are left empty rather than filled with a fragment shorter than this.
const MIN_FRAGMENT: usize = 32;

/// What one side says before it waits for the other.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Handshake { epoch: Epoch, handshake_type: HandshakeType, message_seq: u16, body: Vec<u8> },
    ChangeCipherSpec,
}

impl Flight {
    pub(crate) const fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The flight as datagrams of at most `mtu` bytes, with record numbers of their own.
    pub(crate) fn encode(
        &self,
        records: &mut RecordLayer,
        mtu: usize,
    ) -> Result<Vec<Vec<u8>>, SequenceExhausted> {
        let mut packer = Packer { records, mtu, full: Vec::new(), current: Vec::new() };
        for item in &self.items {
            match item {
                Item::ChangeCipherSpec => packer.change_cipher_spec()?,
                Item::Handshake { epoch, handshake_type, message_seq, body } => {
                    packer.message(*epoch, *handshake_type, *message_seq, body)?;
                }
            }
        }
        packer.flush();
        Ok(packer.full)
    }
}

struct Packer<'a> {
    records: &'a mut RecordLayer,
    mtu: usize,
    full: Vec<Vec<u8>>,
    current: Vec<u8>,
}

impl Packer<'_> {
    fn change_cipher_spec(&mut self) -> Result<(), SequenceExhausted> {
        if self.room(Epoch::Plaintext) < 1 {
            self.flush();
        }
        let content_type = ContentType::ChangeCipherSpec;
        self.records.write(Epoch::Plaintext, DTLS_1_2, content_type, &[1], &mut self.current)
    }

    fn message(
        &mut self,
        epoch: Epoch,
        handshake_type: HandshakeType,
        message_seq: u16,
        body: &[u8],
    ) -> Result<(), SequenceExhausted> {
        let is_hello = handshake_type == HandshakeType::ClientHello;
        let version = if is_hello { DTLS_1_0 } else { DTLS_1_2 };
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let (mut offset, mut left) = (0_u32, body);
        loop {
            let room = self.room(epoch).saturating_sub(Fragment::HEADER_LEN);
            if room < left.len().min(MIN_FRAGMENT) || (room == 0 && !self.current.is_empty()) {
                self.flush();
            }
            let room = self.room(epoch).saturating_sub(Fragment::HEADER_LEN).max(1);
            let (body, rest) = left.split_at_checked(room).unwrap_or((left, &[]));
            let mut content = Vec::with_capacity(Fragment::HEADER_LEN.saturating_add(body.len()));
            Fragment { handshake_type, length, message_seq, offset, body }.encode(&mut content);
            let content_type = ContentType::Handshake;
            self.records.write(epoch, version, content_type, &content, &mut self.current)?;
            offset = offset.saturating_add(u32::try_from(body.len()).unwrap_or(u32::MAX));
            left = rest;
            if left.is_empty() {
                return Ok(());
            }
        }
    }

    /// How much content a record may have that goes into the current datagram.
    fn room(&self, epoch: Epoch) -> usize {
        self.mtu.saturating_sub(self.current.len()).saturating_sub(RecordLayer::overhead(epoch))
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
    /// Adds a message to the flight and to the transcript.
    pub(crate) fn send(
        &mut self,
        epoch: Epoch,
        handshake_type: HandshakeType,
        body: Vec<u8>,
        transcript: &mut Transcript,
    ) -> Result<(), FailureReason> {
        let message_seq = self.next_seq;
        self.next_seq = self.next_seq.saturating_add(1);
        transcript.add(handshake_type, message_seq, &body)?;
        self.flight.items.push(Item::Handshake { epoch, handshake_type, message_seq, body });
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
mod tests {
    use lariat_base::Reader;
    use proptest::prelude::*;

    use super::*;
    use crate::handshake::Reassembly;
    use crate::limits;
    use crate::record::Record;

    proptest! {
        #[test]
        fn every_datagram_fits_and_every_message_arrives(
            mtu in limits::MIN_MTU..1_500,
            lengths in prop::collection::vec(0..3_000_usize, 1..8),
        ) {
            let (mut outbox, mut transcript) = (Outbox::default(), Transcript::default());
            for (index, length) in lengths.iter().enumerate() {
                let body = alloc::vec![u8::try_from(index).unwrap(); *length];
                let typ = HandshakeType::Certificate;
                outbox.send(Epoch::Plaintext, typ, body, &mut transcript).unwrap();
                outbox.change_cipher_spec();
            }
            let flight = outbox.take().unwrap();
            let datagrams = flight.encode(&mut RecordLayer::default(), mtu).unwrap();
            let mut reassembly = Reassembly::default();
            let mut arrived = Vec::new();
            for datagram in &datagrams {
                prop_assert!(datagram.len() <= mtu && !datagram.is_empty());
                let mut reader = Reader::new(datagram);
                while !reader.is_empty() {
                    let record = Record::read(&mut reader).unwrap();
                    if record.content_type == ContentType::Handshake.code_point() {
                        let fragment = Fragment::read(&mut Reader::new(record.fragment)).unwrap();
                        reassembly.insert(Epoch::Plaintext, &fragment).unwrap();
                        arrived.extend(reassembly.take().map(|message| message.body.len()));
                    }
                }
            }
            prop_assert_eq!(arrived, lengths);
        }
    }
}
