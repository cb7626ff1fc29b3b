//! As much of DER (X.690) as it takes to find a certificate's public key, and to write one.

use alloc::vec::Vec;

use lariat_base::Reader;

use crate::error::ParseError;

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const UTF8_STRING: u8 = 0x0c;
pub(super) const UTC_TIME: u8 = 0x17;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0] EXPLICIT`
pub(super) const CONTEXT_0: u8 = 0xa0;

/// The SubjectPublicKeyInfo of a certificate (RFC 5280 §4.1), as it stands there.
///
/// ```text
/// Certificate      SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
/// TBSCertificate   SEQUENCE { [0] version OPTIONAL, serialNumber, signature, issuer, validity,
///                             subject, subjectPublicKeyInfo, .. }
/// ```
///
/// Versions 1 and 3 alike. Names, dates, extensions and the certificate's own signature are passed
/// over: in WebRTC a certificate is authentic by its fingerprint and by nothing else (RFC 8122 §6).
pub(crate) fn subject_public_key_info(certificate: &[u8]) -> Result<&[u8], ParseError> {
    let mut outer = Reader::new(certificate);
    let mut certificate = Reader::new(expect(&mut outer, SEQUENCE, "certificate")?.content);
    outer.finish()?;
    let mut tbs = Reader::new(expect(&mut certificate, SEQUENCE, "tbsCertificate")?.content);
    let mut peek = tbs;
    if read(&mut peek)?.tag == CONTEXT_0 {
        tbs = peek;
    }
    expect(&mut tbs, INTEGER, "serialNumber")?;
    expect(&mut tbs, SEQUENCE, "signature")?;
    expect(&mut tbs, SEQUENCE, "issuer")?;
    expect(&mut tbs, SEQUENCE, "validity")?;
    expect(&mut tbs, SEQUENCE, "subject")?;
    Ok(expect(&mut tbs, SEQUENCE, "subjectPublicKeyInfo")?.whole)
}

/// The algorithm of a certificate's own signature, and what it is parametrised with: the content of
/// its `signatureAlgorithm`.
pub(super) fn signature_algorithm(certificate: &[u8]) -> Result<&[u8], ParseError> {
    let mut outer = Reader::new(certificate);
    let mut certificate = Reader::new(expect(&mut outer, SEQUENCE, "certificate")?.content);
    expect(&mut certificate, SEQUENCE, "tbsCertificate")?;
    Ok(expect(&mut certificate, SEQUENCE, "signatureAlgorithm")?.content)
}

/// One tag, length and content.
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
    whole: &'a [u8],
}

pub(super) fn expect<'a>(
    reader: &mut Reader<'a>,
    tag: u8,
    field: &'static str,
) -> Result<Element<'a>, ParseError> {
    let element = read(reader)?;
    if element.tag == tag { Ok(element) } else { Err(ParseError::Invalid(field)) }
}

pub(super) fn read<'a>(reader: &mut Reader<'a>) -> Result<Element<'a>, ParseError> {
    let start = *reader;
    let tag = reader.u8()?;
    // No field on the way to the key has a tag of several bytes.
    if tag & 0x1f == 0x1f {
        return Err(ParseError::Invalid("DER tag"));
    }
    let length = read_length(reader)?;
    let content = reader.take(length)?;
    let mut whole = start;
    let whole = whole.take(start.remaining().saturating_sub(reader.remaining()))?;
    Ok(Element { tag, content, whole })
}

/// Definite lengths of up to three bytes, in their shortest form.
fn read_length(reader: &mut Reader<'_>) -> Result<usize, ParseError> {
    let invalid = ParseError::Invalid("DER length");
    let (length, shortest) = match reader.u8()? {
        short @ 0..=0x7f => return Ok(usize::from(short)),
        0x81 => (u32::from(reader.u8()?), 0x80),
        0x82 => (u32::from(reader.u16()?), 0x100),
        0x83 => (reader.u24()?, 0x1_0000),
        _ => return Err(invalid),
    };
    if length < shortest {
        return Err(invalid);
    }
    usize::try_from(length).map_err(|_| invalid)
}

/// Tag, length and the concatenated parts, in one allocation.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    // A length takes no more bytes than a number in memory, and one before them.
    let mut out = Vec::with_capacity(length + 2 + size_of::<usize>());
    out.push(tag);
    write_length(length, &mut out);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// A definite length in its shortest form.
pub(super) fn write_length(length: usize, out: &mut Vec<u8>) {
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
        return;
    }
    let bytes = length.to_be_bytes();
    let significant = bytes.iter().skip_while(|byte| **byte == 0);
    out.push(0x80 | significant.clone().count() as u8);
    out.extend(significant);
}
