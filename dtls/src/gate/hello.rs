//! Finding a ClientHello in a datagram, without keeping any of it.

use lariat_base::Reader;

use super::Refusal;
use crate::handshake::{Fragment, HandshakeType};
use crate::message::extension::{Cookie, Extension as _};
use crate::message::{DTLS_1_0, DTLS_1_2};
use crate::record::{ContentType, Record};

/// A ClientHello or the beginning of one, as it stands in a datagram's first record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival<'a> {
    pub(super) record_sequence: u64,
    pub(super) message_seq: u16,
    /// The whole hello, or the part of it that came.
    pub(super) body: &'a [u8],
    pub(super) fragment: Fragment<'a>,
}

impl<'a> Arrival<'a> {
    pub(super) fn read(datagram: &'a [u8]) -> Result<Self, Refusal> {
        let record = Record::read(&mut Reader::new(datagram)).map_err(|_| Refusal::NotHandshake)?;
        if record.content_type != ContentType::Handshake.code_point()
            || record.epoch != 0
            || ![DTLS_1_0, DTLS_1_2].contains(&record.version)
        {
            return Err(Refusal::NotHandshake);
        }
        let fragment =
            Fragment::read(&mut Reader::new(record.fragment)).map_err(|_| Refusal::Malformed)?;
        if fragment.handshake_type != HandshakeType::ClientHello {
            return Err(Refusal::NotClientHello);
        }
        let (record_sequence, message_seq) = (record.sequence, fragment.message_seq);
        Ok(Self { record_sequence, message_seq, body: fragment.body, fragment })
    }

    pub(super) const fn is_beginning(&self) -> bool {
        self.fragment.offset == 0
    }

    pub(super) fn is_whole(&self) -> bool {
        self.is_beginning() && self.fragment.is_last()
    }
}

/// The cookie extension in the beginning of a ClientHello, if it is there as a whole.
pub(super) fn cookie_in(beginning: &[u8]) -> Option<Cookie> {
    let mut reader = Reader::new(beginning);
    // The version and the random; the session identifier and the cookie of 1.2.
    reader.take(2 + 32).ok()?;
    for _ in 0..2 {
        let length = reader.u8().ok()?;
        reader.take(length.into()).ok()?;
    }
    let suites = reader.u16().ok()?;
    reader.take(suites.into()).ok()?;
    let compression_methods = reader.u8().ok()?;
    reader.take(compression_methods.into()).ok()?;
    let _extensions = reader.u16().ok()?;
    loop {
        let code_point = reader.u16().ok()?;
        let length = reader.u16().ok()?;
        let data = reader.take(length.into()).ok()?;
        if code_point == Cookie::CODE_POINT {
            return Cookie::parse(data).ok();
        }
    }
}
