//! Datagrams in glass, taken apart and put together by somebody who is not either side.

use lariat_base::Reader;
use lariat_dtls::ConnectionId;

use super::glass::TAG_LEN;

/// The content type of handshake messages.
pub const HANDSHAKE: u8 = 22;
/// The length of the header of a fragment of a handshake message.
pub const FRAGMENT_HEADER: usize = 12;

/// The bits of a unified header as both sides write it: a number of 16 bits and a length.
const UNIFIED: u8 = 0b0010_1100;
/// The bit of a unified header that says that a connection identifier follows.
const NAMED: u8 = 0b0001_0000;
/// The content type of a record of 1.2 with a connection identifier.
const CID_RECORD: u8 = 25;
/// The length of the explicit nonce of 1.2.
const NONCE_LEN: usize = 8;

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    /// What protects it.
    pub form: Form,
    /// The type of its content.
    pub content_type: u8,
    /// Its number; in 1.3 the lower 16 bits of it.
    pub sequence: u64,
    /// The connection identifier that it bears, if it is protected; empty if it bears none.
    pub cid: Vec<u8>,
    /// What it says.
    pub content: Vec<u8>,
}

/// How a record is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Not at all.
    Plain {
        /// The version that it bears.
        version: u16,
    },
    /// As 1.2 has it, in this epoch.
    Protected {
        /// The epoch.
        epoch: u16,
        /// What says which key it is under.
        tag: [u8; TAG_LEN],
    },
    /// As 1.3 has it.
    Unified {
        /// The lower two bits of the epoch.
        epoch: u8,
        /// What says which key it is under.
        tag: [u8; TAG_LEN],
        /// How many zeros follow the content.
        padding: u8,
    },
}

impl Form {
    /// Whether records of both are under the same key, if they are of the same side.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain { .. }, Self::Plain { .. }) => true,
            (Self::Protected { tag, .. }, Self::Protected { tag: other, .. })
            | (Self::Unified { tag, .. }, Self::Unified { tag: other, .. }) => tag == other,
            _ => false,
        }
    }
}

/// The records of a datagram that one of the sides has written, whose records have borne these
/// identifiers so far, the latest one last. None if they are not whole records.
pub fn records(datagram: &[u8], cids: &[ConnectionId]) -> Option<Vec<Record>> {
    let mut reader = Reader::new(datagram);
    let mut all = Vec::new();
    while !reader.is_empty() {
        all.push(Record::read(&mut reader, cids)?);
    }
    Some(all).filter(|all| self::datagram(all) == datagram)
}

/// The datagram of these records.
pub fn datagram(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    records.iter().for_each(|record| record.write(&mut out));
    out
}

impl Record {
    fn read(reader: &mut Reader<'_>, cids: &[ConnectionId]) -> Option<Self> {
        let first = reader.u8().ok()?;
        if first & !(NAMED | 3) == UNIFIED {
            let cid = read_cid(first & NAMED != 0, reader, cids)?;
            let sequence = reader.u16().ok()?.into();
            let length = reader.u16().ok()?;
            let (inner, tag) = reader.take(length.into()).ok()?.split_last_chunk()?;
            let (content_type, content) = inner.split_last()?;
            let form = Form::Unified { epoch: first & 3, tag: *tag, padding: 0 };
            let (content_type, content) = (*content_type, content.into());
            return Some(Self { form, content_type, sequence, cid, content });
        }
        let (version, epoch) = (reader.u16().ok()?, reader.u16().ok()?);
        let sequence = reader.u48().ok()?;
        let cid = read_cid(first == CID_RECORD, reader, cids)?;
        let length = reader.u16().ok()?;
        let mut body = Reader::new(reader.take(length.into()).ok()?);
        if epoch == 0 {
            let (form, content) = (Form::Plain { version }, body.rest().into());
            return Some(Self { form, content_type: first, sequence, cid, content });
        }
        body.take(NONCE_LEN).ok()?;
        let (inner, tag) = body.rest().split_last_chunk()?;
        let form = Form::Protected { epoch, tag: *tag };
        let (content_type, content) =
            if cid.is_empty() { (&first, inner) } else { inner.split_last()? };
        let (content_type, content) = (*content_type, content.into());
        Some(Self { form, content_type, sequence, cid, content })
    }

    fn write(&self, out: &mut Vec<u8>) {
        let is_named = !self.cid.is_empty();
        let (version, epoch, body) = match self.form {
            Form::Plain { version } => (version, 0, self.content.clone()),
            Form::Protected { epoch, tag } => {
                let nonce = u64::from(epoch) << 48 | self.sequence & 0xffff_ffff_ffff;
                let inner = &[self.content_type][..usize::from(is_named)];
                let body = [&nonce.to_be_bytes()[..], &self.content, inner, &tag].concat();
                (0xfefd, epoch, body)
            }
            Form::Unified { epoch, tag, padding } => {
                let padding = vec![0; padding.into()];
                let body = [&self.content[..], &[self.content_type], &padding, &tag].concat();
                out.push(UNIFIED | if is_named { NAMED } else { 0 } | epoch & 3);
                out.extend(&self.cid);
                out.extend((self.sequence as u16).to_be_bytes());
                out.extend((body.len() as u16).to_be_bytes());
                out.extend(body);
                return;
            }
        };
        let is_named = is_named && epoch != 0;
        out.push(if is_named { CID_RECORD } else { self.content_type });
        out.extend(version.to_be_bytes());
        out.extend(epoch.to_be_bytes());
        out.extend(&self.sequence.to_be_bytes()[2..]);
        out.extend(if is_named { &self.cid[..] } else { &[] });
        out.extend((body.len() as u16).to_be_bytes());
        out.extend(body);
    }

    /// Whether it holds one whole handshake message and nothing else.
    pub fn is_whole_message(&self) -> bool {
        let length = self.content.len().wrapping_sub(FRAGMENT_HEADER) as u32;
        let length = &length.to_be_bytes()[1..];
        self.content_type == HANDSHAKE
            && self.content.get(1..4) == Some(length)
            && self.content.get(9..FRAGMENT_HEADER) == Some(length)
    }

    /// Changes the body of a handshake message, whose header then has its new length, or the
    /// content of another record.
    pub fn change(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        if !self.is_whole_message() {
            return change(&mut self.content);
        }
        let mut body = self.content.split_off(FRAGMENT_HEADER);
        change(&mut body);
        let length = body.len() as u32;
        self.content[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
        self.content[9..].copy_from_slice(&length.to_be_bytes()[1..]);
        self.content.extend(body);
    }

    /// The same fragment of a handshake message in two pieces, the second of which is for the next
    /// record.
    pub fn split(&mut self, at: usize) -> Option<Self> {
        let body = self.content.len().checked_sub(FRAGMENT_HEADER).filter(|length| *length > 1)?;
        let at = 1 + at % (body - 1);
        let mut second = self.clone();
        let tail = self.content.split_off(FRAGMENT_HEADER + at);
        let offset = u32::from_be_bytes([0, self.content[6], self.content[7], self.content[8]]);
        second.content.truncate(FRAGMENT_HEADER);
        second.content[6..9].copy_from_slice(&(offset + at as u32).to_be_bytes()[1..]);
        second.content[9..].copy_from_slice(&(tail.len() as u32).to_be_bytes()[1..]);
        second.content.extend(tail);
        self.content[9..FRAGMENT_HEADER].copy_from_slice(&(at as u32).to_be_bytes()[1..]);
        second.sequence = self.sequence.wrapping_add(1_000) & 0xffff_ffff_ffff;
        Some(second)
    }
}

/// Takes a connection identifier, if there is one: which of these it is, its bytes say.
fn read_cid(is_there: bool, reader: &mut Reader<'_>, cids: &[ConnectionId]) -> Option<Vec<u8>> {
    if !is_there {
        return Some(Vec::new());
    }
    let mut ahead = *reader;
    let ahead = ahead.rest();
    let cid = cids.iter().rev().find(|cid| ahead.starts_with(cid.as_ref()))?;
    reader.take(cid.len()).ok().map(<[u8]>::to_vec)
}
