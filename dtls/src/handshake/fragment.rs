//! The handshake header (RFC 6347 §4.2.2, RFC 9147 §5.2).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +---------------+-----------------------------------------------+
//! |     type      |                    length                     |
//! +---------------+---------------+-------------------------------+
//! |          message_seq          |        fragment_offset        |
//! +---------------+---------------+-------------------------------+
//! |  (offset)     |                fragment_length                |
//! +---------------+-----------------------------------------------+
//! |  body ...
//! +-------------
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use crate::error::ParseError;

/// What a handshake message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandshakeType {
    HelloRequest,
    ClientHello,
    ServerHello,
    HelloVerifyRequest,
    NewSessionTicket,
    EncryptedExtensions,
    RequestConnectionId,
    NewConnectionId,
    Certificate,
    ServerKeyExchange,
    CertificateRequest,
    ServerHelloDone,
    CertificateVerify,
    ClientKeyExchange,
    Finished,
    KeyUpdate,
    /// Stands in the transcript for a ClientHello that was answered by a HelloRetryRequest.
    MessageHash,
    Unknown(u8),
}

impl HandshakeType {
    pub(crate) const fn code_point(self) -> u8 {
        match self {
            Self::HelloRequest => 0,
            Self::ClientHello => 1,
            Self::ServerHello => 2,
            Self::HelloVerifyRequest => 3,
            Self::NewSessionTicket => 4,
            Self::EncryptedExtensions => 8,
            Self::RequestConnectionId => 9,
            Self::NewConnectionId => 10,
            Self::Certificate => 11,
            Self::ServerKeyExchange => 12,
            Self::CertificateRequest => 13,
            Self::ServerHelloDone => 14,
            Self::CertificateVerify => 15,
            Self::ClientKeyExchange => 16,
            Self::Finished => 20,
            Self::KeyUpdate => 24,
            Self::MessageHash => 254,
            Self::Unknown(code_point) => code_point,
        }
    }

    pub(crate) const fn from_code_point(code_point: u8) -> Self {
        match code_point {
            0 => Self::HelloRequest,
            1 => Self::ClientHello,
            2 => Self::ServerHello,
            3 => Self::HelloVerifyRequest,
            4 => Self::NewSessionTicket,
            8 => Self::EncryptedExtensions,
            9 => Self::RequestConnectionId,
            10 => Self::NewConnectionId,
            11 => Self::Certificate,
            12 => Self::ServerKeyExchange,
            13 => Self::CertificateRequest,
            14 => Self::ServerHelloDone,
            15 => Self::CertificateVerify,
            16 => Self::ClientKeyExchange,
            20 => Self::Finished,
            24 => Self::KeyUpdate,
            254 => Self::MessageHash,
            unknown => Self::Unknown(unknown),
        }
    }
}

/// A piece of a handshake message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fragment<'a> {
    pub(crate) handshake_type: HandshakeType,
    /// The length of the whole message.
    pub(crate) length: u32,
    pub(crate) message_seq: u16,
    pub(crate) offset: u32,
    pub(crate) body: &'a [u8],
}

impl<'a> Fragment<'a> {
    pub(crate) const HEADER_LEN: usize = 12;

    /// Takes the next fragment off a record's content.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let handshake_type = HandshakeType::from_code_point(reader.u8()?);
        let length = reader.u24()?;
        let message_seq = reader.u16()?;
        let offset = reader.u24()?;
        let fragment_length = reader.u24()?;
        let body = reader.take(usize::try_from(fragment_length).unwrap_or(usize::MAX))?;
        // Both are below 2^24.
        if offset.saturating_add(fragment_length) > length {
            return Err(ParseError::Invalid("fragment_offset"));
        }
        // A piece of nothing is only a whole message of nothing.
        if fragment_length == 0 && length != 0 {
            return Err(ParseError::Invalid("fragment_length"));
        }
        Ok(Self { handshake_type, length, message_seq, offset, body })
    }

    /// Whether this is the end of its message.
    pub(crate) fn is_last(&self) -> bool {
        let body = u32::try_from(self.body.len()).unwrap_or(u32::MAX);
        self.offset.saturating_add(body) == self.length
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out);
        writer.u8(self.handshake_type.code_point());
        writer.u24(self.length);
        writer.u16(self.message_seq);
        writer.u24(self.offset);
        let mut body = writer.length_prefixed_u24();
        body.bytes(self.body);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fragment(length: u32, offset: u32, body: &[u8]) -> Fragment<'_> {
        let handshake_type = HandshakeType::ClientHello;
        Fragment { handshake_type, length, message_seq: 3, offset, body }
    }

    #[test]
    fn the_header_has_the_layout_of_the_rfc() {
        let mut out = Vec::new();
        fragment(0x0102, 0x0100, &[7, 8]).encode(&mut out);
        assert_eq!(out, [1, 0, 1, 2, 0, 3, 0, 1, 0, 0, 0, 2, 7, 8]);
    }

    #[test]
    fn a_fragment_that_contradicts_itself_is_refused() {
        // adversarial D3
        for (length, offset, body) in [(2, 1, &[1, 2][..]), (2, 3, &[]), (2, 0, &[]), (0, 0, &[1])]
        {
            let mut out = Vec::new();
            fragment(length, offset, body).encode(&mut out);
            assert!(Fragment::read(&mut Reader::new(&out)).is_err(), "{length} {offset}");
        }
        // A fragment_length of 2^24-1.
        let bytes = [1, 0, 0, 9, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0];
        assert!(Fragment::read(&mut Reader::new(&bytes)).is_err());
    }

    #[test]
    fn every_type_has_its_code_point() {
        for code_point in 0..=255 {
            assert_eq!(HandshakeType::from_code_point(code_point).code_point(), code_point);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            typ: u8, message_seq: u16, offset in 0..1_000_u32, after in 0..1_000_u32,
            body in prop::collection::vec(any::<u8>(), 1..50),
        ) {
            let fragment = Fragment {
                handshake_type: HandshakeType::from_code_point(typ),
                length: offset + u32::try_from(body.len()).unwrap() + after,
                message_seq,
                offset,
                body: &body,
            };
            let mut out = Vec::new();
            fragment.encode(&mut out);
            prop_assert_eq!(Fragment::read(&mut Reader::new(&out)), Ok(fragment));
            prop_assert_eq!(fragment.is_last(), after == 0);
        }
    }
}
