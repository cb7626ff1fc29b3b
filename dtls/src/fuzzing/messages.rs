//! Parsers: what is read is written, and is the same when it is read again.

use alloc::vec::Vec;
use core::fmt::Debug;

use lariat_base::Reader;

use crate::alert::Alert;
use crate::connection_id::ConnectionId;
use crate::error::ParseError;
use crate::handshake::Fragment;
use crate::message::extension::{
    ClientShares, Cookie, EcPointFormats, ExtendedMasterSecret, Extension, Padding,
    RecordSizeLimit, RenegotiationInfo, SelectedGroup, SelectedVersion, ServerShare,
    SignatureAlgorithms, SupportedGroups, SupportedVersions, UseSrtp,
};
use crate::message::{
    Ack, CertificateMessage, CertificateMessage13, CertificateRequest, CertificateRequest13,
    CertificateVerify, ClientHello, ClientKeyExchange, EncryptedExtensions, Extensions, Finished,
    HelloVerifyRequest, KeyUpdate, NewConnectionId, RequestConnectionId, ServerHello,
    ServerKeyExchange,
};
use crate::record::AnyRecord;

/// The content of a message, of the kind that the first byte says.
pub fn message(input: &[u8]) {
    let Some((kind, bytes)) = input.split_first() else { return };
    match kind % 19 {
        0 => {
            let hello = round_trip(bytes, ClientHello::parse, ClientHello::encode);
            hello.iter().for_each(|hello| extensions(&hello.extensions));
        }
        1 => {
            let hello = round_trip(bytes, ServerHello::parse, ServerHello::encode);
            hello.iter().for_each(|hello| extensions(&hello.extensions));
        }
        2 => {
            let message =
                round_trip(bytes, EncryptedExtensions::parse, EncryptedExtensions::encode);
            message.iter().for_each(|message| extensions(&message.extensions));
        }
        3 => drop(round_trip(bytes, HelloVerifyRequest::parse, HelloVerifyRequest::encode)),
        4 => drop(round_trip(bytes, CertificateMessage::parse, CertificateMessage::encode)),
        5 => {
            let message =
                round_trip(bytes, CertificateMessage13::parse, CertificateMessage13::encode);
            let chain = message.iter().flat_map(|message| &message.chain);
            chain.for_each(|(_, of_certificate)| extensions(of_certificate));
        }
        6 => drop(round_trip(bytes, CertificateRequest::parse, CertificateRequest::encode)),
        7 => {
            let message =
                round_trip(bytes, CertificateRequest13::parse, CertificateRequest13::encode);
            message.iter().for_each(|message| extensions(&message.extensions));
        }
        8 => drop(round_trip(bytes, CertificateVerify::parse, CertificateVerify::encode)),
        9 => drop(round_trip(bytes, ServerKeyExchange::parse, ServerKeyExchange::encode)),
        10 => drop(round_trip(bytes, ClientKeyExchange::parse, ClientKeyExchange::encode)),
        11 => drop(round_trip(bytes, KeyUpdate::parse, |update, out| update.encode(out))),
        12 => drop(round_trip(bytes, |bytes| Finished::parse(bytes, 12), Finished::encode)),
        13 => drop(round_trip(bytes, |bytes| Finished::parse(bytes, 32), Finished::encode)),
        14 => drop(round_trip(bytes, Ack::parse, Ack::encode)),
        15 => drop(round_trip(bytes, Alert::parse, |alert, out| out.extend(alert.encode()))),
        16 => fragments(bytes),
        // Identifiers past the limit are read and not kept, so the second time there are as many.
        17 => drop(round_trip(bytes, NewConnectionId::parse, NewConnectionId::encode)),
        _ => drop(round_trip(bytes, RequestConnectionId::parse, |asked, out| asked.encode(out))),
    }
}

/// The records of a datagram, of either form, for somebody who has connection identifiers of
/// three bytes, and for somebody who has none.
pub fn record(datagram: &[u8]) {
    record_with_cid(datagram, 0);
    record_with_cid(datagram, 3);
}

fn record_with_cid(datagram: &[u8], cid_len: usize) {
    let mut reader = Reader::new(datagram);
    while !reader.is_empty() {
        let mut start = reader;
        let Ok(record) = AnyRecord::read(&mut reader, cid_len) else { return };
        let length = start.remaining().saturating_sub(reader.remaining());
        assert!(length > 0, "a record is not nothing");
        let whole = start.take(length).expect("the record was there");
        let (header, fragment) = match &record {
            AnyRecord::Plain(record) => (header_of(record), record.fragment),
            AnyRecord::Ciphertext(record) => {
                assert!(record.epoch_bits() < 4);
                let mut header = Vec::new();
                record.write_additional_data(record.number, &mut header);
                (header, record.fragment)
            }
        };
        assert_eq!([&header[..], fragment].concat(), whole);
    }
}

/// A header, field by field: records are written only with content types that are known.
fn header_of(record: &crate::record::Record<'_>) -> Vec<u8> {
    let [_, _, sequence @ ..] = record.sequence.to_be_bytes();
    let length = u16::try_from(record.fragment.len()).expect("its length has two bytes");
    let mut header = alloc::vec![record.content_type];
    header.extend(record.version.to_be_bytes());
    header.extend(record.epoch.to_be_bytes());
    header.extend(sequence);
    header.extend(record.cid);
    header.extend(length.to_be_bytes());
    header
}

fn fragments(bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    loop {
        let mut start = reader;
        let Ok(fragment) = Fragment::read(&mut reader) else { return };
        let mut written = Vec::new();
        fragment.encode(&mut written);
        assert_eq!(start.take(written.len()), Ok(&written[..]));
    }
}

/// Each extension as each kind that has its code point.
fn extensions(all: &Extensions) {
    extension::<ClientShares>(all);
    extension::<ConnectionId>(all);
    extension::<Cookie>(all);
    extension::<EcPointFormats>(all);
    extension::<ExtendedMasterSecret>(all);
    extension::<Padding>(all);
    extension::<RecordSizeLimit>(all);
    extension::<RenegotiationInfo>(all);
    extension::<SelectedGroup>(all);
    extension::<SelectedVersion>(all);
    extension::<ServerShare>(all);
    extension::<SignatureAlgorithms>(all);
    extension::<SupportedGroups>(all);
    extension::<SupportedVersions>(all);
    extension::<UseSrtp>(all);
}

fn extension<E: Extension + PartialEq + Debug>(all: &Extensions) {
    if let Ok(Some(found)) = all.get::<E>() {
        let mut again = Extensions::default();
        again.push(&found);
        assert_eq!(again.get::<E>(), Ok(Some(found)));
    }
}

fn round_trip<M: PartialEq + Debug>(
    bytes: &[u8],
    parse: impl Fn(&[u8]) -> Result<M, ParseError>,
    encode: impl Fn(&M, &mut Vec<u8>),
) -> Option<M> {
    let message = parse(bytes).ok()?;
    let mut written = Vec::new();
    encode(&message, &mut written);
    // An empty block of extensions may be left out.
    assert!(written.len() <= bytes.len(), "longer than it was");
    assert_eq!(parse(&written).as_ref(), Ok(&message));
    Some(message)
}
