//! The record layer (RFC 6347 §4.1, RFC 9146, RFC 9147 §4): what a datagram is made of.

mod connection_ids;
mod header;
mod layer;
mod protection;
mod unified_header;

use lariat_base::Reader;

pub(crate) use connection_ids::ConnectionIds;
pub(crate) use header::{CID_RECORD, ContentType, Record};
pub(crate) use layer::{Agreed, RecordLayer, SequenceExhausted};
pub(crate) use protection::{FixedIv, Protection, Protection12, Protection13};
pub(crate) use unified_header::Ciphertext;

use crate::error::ParseError;

/// A record of either form, which its first byte tells (RFC 9147 §4.1).
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnyRecord<'a> {
    Plain(Record<'a>),
    Ciphertext(Ciphertext<'a>),
}

impl<'a> AnyRecord<'a> {
    /// Takes the next record off a datagram. A connection identifier in it has `cid_len` bytes.
    pub(crate) fn read(reader: &mut Reader<'a>, cid_len: usize) -> Result<Self, ParseError> {
        let mut ahead = *reader;
        if Ciphertext::starts_with(ahead.u8()?) {
            Ciphertext::read(reader, cid_len).map(Self::Ciphertext)
        } else {
            Ok(Self::Plain(Record::read_with_cid(reader, cid_len)?))
        }
    }
}

/// Which keys a record is under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Epoch(pub(crate) u16);

impl Epoch {
    /// No protection.
    pub(crate) const PLAINTEXT: Self = Self(0);
    /// The keys of a handshake of 1.2; without renegotiation there are no others.
    pub(crate) const PROTECTED: Self = Self(1);
    /// In 1.3 (RFC 9147 §6.1), the keys of the handshake.
    pub(crate) const HANDSHAKE: Self = Self(2);
    /// In 1.3, the first keys of application data; each KeyUpdate counts up from here.
    pub(crate) const APPLICATION: Self = Self(3);

    /// The epoch after a KeyUpdate, if there is one. The draft that revises RFC 9147 (§8) lets
    /// epochs end at what fits into 16 bits: each takes a message, and messages have no more
    /// numbers.
    pub(crate) fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }
}

/// The full number of a record: epochs have sequence numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordNumber {
    pub(crate) epoch: Epoch,
    pub(crate) sequence: u64,
}
