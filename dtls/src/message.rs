//! The handshake messages (RFC 5246 §7.4, RFC 8446 §4), one file each.

mod ack;
mod certificate;
mod certificate_13;
mod certificate_request;
mod certificate_request_13;
mod certificate_verify;
mod client_hello;
mod client_key_exchange;
mod encrypted_extensions;
pub(crate) mod extension;
mod finished;
mod hello_verify_request;
mod key_update;
mod new_connection_id;
mod request_connection_id;
mod server_hello;
mod server_key_exchange;

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

pub(crate) use ack::Ack;
pub(crate) use certificate::CertificateMessage;
pub(crate) use certificate_13::CertificateMessage13;
pub(crate) use certificate_request::CertificateRequest;
pub(crate) use certificate_request_13::CertificateRequest13;
pub(crate) use certificate_verify::CertificateVerify;
pub(crate) use client_hello::ClientHello;
pub(crate) use client_key_exchange::ClientKeyExchange;
pub(crate) use encrypted_extensions::EncryptedExtensions;
pub(crate) use extension::Extensions;
pub(crate) use finished::Finished;
pub(crate) use hello_verify_request::HelloVerifyRequest;
pub(crate) use key_update::KeyUpdate;
pub(crate) use new_connection_id::NewConnectionId;
pub(crate) use request_connection_id::RequestConnectionId;
pub(crate) use server_hello::ServerHello;
pub(crate) use server_key_exchange::ServerKeyExchange;

use crate::connection_id::ConnectionId;
use crate::error::ParseError;

/// The code point of DTLS 1.0, which a ClientHello's record bears: nothing is agreed on yet.
pub(crate) const DTLS_1_0: u16 = 0xfeff;
/// The code point of DTLS 1.2: what everything else bears, in 1.3 too.
pub(crate) const DTLS_1_2: u16 = 0xfefd;
/// The code point of DTLS 1.3, which stands in supported_versions only.
pub(crate) const DTLS_1_3: u16 = 0xfefc;

/// Everything in `reader` as code points of two bytes.
fn code_points(mut reader: Reader<'_>) -> Result<Vec<u16>, ParseError> {
    let mut list = Vec::with_capacity(reader.remaining() / 2);
    while !reader.is_empty() {
        list.push(reader.u16()?);
    }
    Ok(list)
}

/// A list of code points of two bytes, with its length in two bytes in front.
fn read_code_points(reader: &mut Reader<'_>) -> Result<Vec<u16>, ParseError> {
    let length = usize::from(reader.u16()?);
    code_points(reader.sub(length)?)
}

fn write_code_points(writer: &mut Writer<'_>, list: &[u16]) {
    let mut block = writer.length_prefixed_u16();
    list.iter().for_each(|code_point| block.u16(*code_point));
}

/// Bytes with their length in one byte in front.
fn read_short(reader: &mut Reader<'_>) -> Result<Vec<u8>, ParseError> {
    let length = usize::from(reader.u8()?);
    Ok(reader.take(length)?.to_vec())
}

fn write_short(writer: &mut Writer<'_>, bytes: &[u8]) {
    writer.length_prefixed_u8().bytes(bytes);
}

/// A connection identifier, with its length in one byte in front.
fn read_connection_id(reader: &mut Reader<'_>) -> Result<ConnectionId, ParseError> {
    ConnectionId::new(read_short(reader)?).map_err(|_| ParseError::Invalid("cid"))
}

/// Bytes with their length in two bytes in front.
fn read_long(reader: &mut Reader<'_>) -> Result<Vec<u8>, ParseError> {
    let length = usize::from(reader.u16()?);
    Ok(reader.take(length)?.to_vec())
}

fn write_long(writer: &mut Writer<'_>, bytes: &[u8]) {
    writer.length_prefixed_u16().bytes(bytes);
}

#[cfg(test)]
mod tests;
