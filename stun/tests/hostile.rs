//! Messages that somebody made to hurt. The names in comments are rows of the list of attacks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use lariat_crypto::ring;
use lariat_stun::{
    Attribute, AttributeFault, AttributeType, Class, EncodeError, ErrorCode, IntegrityError,
    IntegrityKey, Message, MessageBuilder, Method, ParseError, TransactionId, UnknownAttributes,
    is_stun,
};
use proptest::prelude::*;

const ID: TransactionId = TransactionId::new([7; 12]);

fn key() -> IntegrityKey {
    IntegrityKey::short_term(&*ring::provider(), "a password of 22 chars")
}

/// A Binding request header with a given length, followed by `attributes`.
fn raw(length: u16, attributes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x00, 0x01];
    out.extend(length.to_be_bytes());
    out.extend([0x21, 0x12, 0xa4, 0x42]);
    out.extend(ID.as_bytes());
    out.extend(attributes);
    out
}

fn with_attributes(attributes: &[u8]) -> Vec<u8> {
    raw(attributes.len().try_into().unwrap(), attributes)
}

fn checked_request() -> Vec<u8> {
    let mut out = Vec::new();
    MessageBuilder::new(Class::Request, Method::BINDING, ID)
        .attribute(Attribute::Username("bob:alice"))
        .attribute(Attribute::Priority(1))
        .encode(&mut out, Some(&key()), true)
        .unwrap();
    out
}

// S1, S2
#[test]
fn a_length_that_is_not_the_datagrams_is_refused() {
    for length in [1, 2, 3, 4, 6, 65_520, 65_532, 65_535] {
        assert_eq!(Message::parse(&raw(length, &[])).unwrap_err(), ParseError::Length);
    }
    let long = raw(0, &[0; 4]);
    assert_eq!(Message::parse(&long).unwrap_err(), ParseError::Length);
}

// S3
#[test]
fn an_attribute_that_goes_past_the_end_is_refused() {
    for attributes in [[0x80, 0x22, 0x00, 0x05], [0x80, 0x22, 0xff, 0xfd], [0x80, 0x22, 0xff, 0xff]]
    {
        let datagram = with_attributes(&attributes);
        assert_eq!(Message::parse(&datagram).unwrap_err(), ParseError::AttributeLength);
    }
    // A header without a whole attribute's worth of bytes cannot be: the length is a multiple of
    // four.
}

// S4
#[test]
fn an_address_of_the_wrong_length_or_family_is_refused() {
    let fault = |attributes: &[u8]| {
        let datagram = with_attributes(attributes);
        match Message::parse(&datagram).unwrap_err() {
            ParseError::Attribute(AttributeType::XOR_MAPPED_ADDRESS, fault) => fault,
            other => panic!("{other}"),
        }
    };
    assert_eq!(fault(&[0, 0x20, 0, 0]), AttributeFault::Length);
    assert_eq!(fault(&[0, 0x20, 0, 1, 0, 0, 0, 0]), AttributeFault::Length);
    assert_eq!(fault(&[0, 0x20, 0, 3, 0, 1, 0, 0]), AttributeFault::Length);
    assert_eq!(fault(&[0, 0x20, 0, 7, 0, 1, 0, 0, 1, 2, 3, 0]), AttributeFault::Length);
    assert_eq!(fault(&[0, 0x20, 0, 8, 0, 0, 0, 0, 1, 2, 3, 4]), AttributeFault::Value);
    assert_eq!(fault(&[0, 0x20, 0, 8, 0, 3, 0, 0, 1, 2, 3, 4]), AttributeFault::Value);
    assert_eq!(fault(&[0, 0x20, 0, 8, 0, 2, 0, 0, 1, 2, 3, 4]), AttributeFault::Length);
}

// S5
#[test]
fn attributes_after_the_integrity_are_not_seen() {
    let mut datagram = Vec::new();
    MessageBuilder::new(Class::Request, Method::BINDING, ID)
        .attribute(Attribute::Username("bob:alice"))
        .encode(&mut datagram, Some(&key()), false)
        .unwrap();
    // USE-CANDIDATE and PRIORITY, appended by somebody without the password.
    datagram.extend([0x00, 0x25, 0, 0, 0x00, 0x24, 0, 4, 0xff, 0xff, 0xff, 0xff]);
    let length = u16::try_from(datagram.len() - 20).unwrap();
    datagram[2..4].copy_from_slice(&length.to_be_bytes());

    let message = Message::parse(&datagram).unwrap();
    assert_eq!(message.verify_integrity(&key()), Ok(()), "what is covered is still vouched for");
    assert!(!message.use_candidate());
    assert_eq!(message.priority(), None);
    assert_eq!(message.attributes().count(), 1);
}

// S6
#[test]
fn of_duplicates_the_first_counts() {
    let datagram = with_attributes(&[0, 0x24, 0, 4, 0, 0, 0, 1, 0, 0x24, 0, 4, 0, 0, 0, 2]);
    assert_eq!(Message::parse(&datagram).unwrap().priority(), Some(1));
}

// S7
#[test]
fn an_integrity_of_the_wrong_length_is_refused() {
    for length in [0u8, 19, 21] {
        let mut attributes = vec![0x00, 0x08, 0, length];
        attributes.resize(4 + usize::from(length.next_multiple_of(4)), 0);
        let datagram = with_attributes(&attributes);
        assert!(matches!(
            Message::parse(&datagram),
            Err(ParseError::Attribute(AttributeType::MESSAGE_INTEGRITY, AttributeFault::Length))
        ));
    }
    for (length, good) in
        [(12u8, false), (16, true), (18, false), (20, true), (32, true), (36, false)]
    {
        let mut attributes = vec![0x00, 0x1c, 0, length];
        attributes.resize(4 + usize::from(length.next_multiple_of(4)), 0);
        let datagram = with_attributes(&attributes);
        assert_eq!(Message::parse(&datagram).is_ok(), good, "SHA-256 tag of {length} bytes");
    }
}

// S8
#[test]
fn integrity_and_fingerprint_are_checked_separately() {
    let good = checked_request();
    let mut wrong_fingerprint = good.clone();
    *wrong_fingerprint.last_mut().unwrap() ^= 1;
    assert_eq!(Message::parse(&wrong_fingerprint).unwrap_err(), ParseError::Fingerprint);

    let other = IntegrityKey::short_term(&*ring::provider(), "another password, 22 c");
    assert_eq!(
        Message::parse(&good).unwrap().verify_integrity(&other),
        Err(IntegrityError::Mismatch)
    );

    let mut not_last = good;
    not_last.extend([0x80, 0x22, 0, 0]);
    let length = u16::try_from(not_last.len() - 20).unwrap();
    not_last[2..4].copy_from_slice(&length.to_be_bytes());
    // The fingerprint covers the length, so an attacker who appends would also have to redo it.
    assert!(Message::parse(&not_last).is_err());
    assert_eq!(
        Message::parse(&with_fingerprint_then_software()).unwrap_err(),
        ParseError::FingerprintNotLast
    );
}

/// A FINGERPRINT that is right for its place, with SOFTWARE after it.
fn with_fingerprint_then_software() -> Vec<u8> {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    let mut datagram = raw(12, &[]);
    let value = CRC.checksum(&datagram) ^ 0x5354_554e;
    datagram.extend([0x80, 0x28, 0, 4]);
    datagram.extend(value.to_be_bytes());
    datagram.extend([0x80, 0x22, 0, 0]);
    datagram
}

// S9
#[test]
fn unknown_required_attributes_are_listed_and_optional_ones_are_not() {
    let datagram =
        with_attributes(&[0x7f, 0xfe, 0, 0, 0xff, 0xfe, 0, 0, 0xc0, 0x57, 0, 1, 9, 0, 0, 0]);
    let message = Message::parse(&datagram).unwrap();
    assert_eq!(message.unknown_required().collect::<Vec<_>>(), [AttributeType(0x7ffe)]);

    let types: Vec<_> = message.unknown_required().collect();
    let mut response = Vec::new();
    MessageBuilder::new(Class::Error, Method::BINDING, ID)
        .attribute(Attribute::ErrorCode(ErrorCode::UNKNOWN_ATTRIBUTE))
        .attribute(Attribute::UnknownAttributes(UnknownAttributes::of(&types)))
        .encode(&mut response, None, false)
        .unwrap();
    let response = Message::parse(&response).unwrap();
    assert_eq!(response.error_code(), Some(ErrorCode::UNKNOWN_ATTRIBUTE));
    let listed = response.attributes().find_map(|attribute| match attribute {
        Attribute::UnknownAttributes(types) => Some(types.iter().collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(listed.unwrap(), types);
}

// S10
#[test]
fn thousands_of_attributes_are_walked_once() {
    let attributes: Vec<u8> = std::iter::repeat_n([0xff, 0x00, 0, 0], 16_383).flatten().collect();
    let datagram = with_attributes(&attributes);
    let message = Message::parse(&datagram).unwrap();
    assert_eq!(message.attributes().count(), 16_383);
    assert_eq!(message.username(), None);
}

// S11
#[test]
fn a_username_that_is_too_long_or_no_text_is_refused_both_ways() {
    let username = |length: usize, fill: u8| {
        let mut attributes = vec![0x00, 0x06];
        attributes.extend(u16::try_from(length).unwrap().to_be_bytes());
        attributes.resize(4 + length.next_multiple_of(4), fill);
        with_attributes(&attributes)
    };
    assert!(Message::parse(&username(508, b'a')).is_ok());
    assert!(matches!(
        Message::parse(&username(509, b'a')),
        Err(ParseError::Attribute(AttributeType::USERNAME, AttributeFault::Length))
    ));
    assert!(matches!(
        Message::parse(&username(8, 0xff)),
        Err(ParseError::Attribute(AttributeType::USERNAME, AttributeFault::Text))
    ));

    let name = "a".repeat(509);
    let mut out = vec![1, 2, 3];
    let error = MessageBuilder::new(Class::Request, Method::BINDING, ID)
        .attribute(Attribute::Username(&name))
        .encode(&mut out, None, false)
        .unwrap_err();
    assert_eq!(error, EncodeError::Attribute(AttributeType::USERNAME, AttributeFault::Length));
    assert_eq!(out, [1, 2, 3], "nothing was appended");
}

#[test]
fn a_software_that_is_no_text_does_not_break_its_message() {
    // rfc8489 §14.14: it is there for people.
    let bytes =
        with_attributes(&[0x80, 0x22, 0, 3, b'a', 0xff, 0xfe, 0, 0, 0x24, 0, 4, 1, 2, 3, 4]);
    let message = Message::parse(&bytes).unwrap();
    let software =
        Attribute::Other { attribute_type: AttributeType::SOFTWARE, value: &[b'a', 0xff, 0xfe] };
    let attributes: Vec<_> = message.attributes().collect();
    assert_eq!(attributes, [software, Attribute::Priority(0x0102_0304)]);
    // Nor does a long one.
    let long = [&[0x80, 0x22, 4, 0][..], &[b'a'; 1_024]].concat();
    assert!(Message::parse(&with_attributes(&long)).is_ok());
}

// S12
#[test]
fn error_codes_are_read_leniently_where_it_is_harmless() {
    let error = |bytes: [u8; 4]| {
        let mut attributes = vec![0x00, 0x09, 0, 4];
        attributes.extend(bytes);
        let datagram = with_attributes(&attributes);
        Message::parse(&datagram).map(|message| message.error_code().unwrap().code)
    };
    assert_eq!(error([0, 0, 4, 87]), Ok(487));
    assert_eq!(error([0xff, 0xff, 0xf8 | 4, 1]), Ok(401), "reserved bits are ignored");
    for bytes in [[0, 0, 0, 0], [0, 0, 2, 0], [0, 0, 7, 0], [0, 0, 4, 100]] {
        assert!(error(bytes).is_err());
    }
}

// S15
#[test]
fn a_message_of_the_old_protocol_is_not_stun() {
    let mut datagram = checked_request();
    datagram[4] = 0;
    assert!(!is_stun(&datagram));
    assert_eq!(Message::parse(&datagram).unwrap_err(), ParseError::NotStun);
}

#[test]
fn the_longest_message_is_written_and_one_more_byte_is_not() {
    let write = |length: usize| {
        let value = vec![0; length];
        let mut out = Vec::new();
        MessageBuilder::new(Class::Indication, Method::BINDING, ID)
            .attribute(Attribute::Other { attribute_type: AttributeType(0xff00), value: &value })
            .encode(&mut out, None, false)
            .map(|()| out)
    };
    let longest = write(65_528).unwrap();
    assert_eq!(longest.len(), lariat_stun::limits::MAX_MESSAGE_LEN);
    assert!(Message::parse(&longest).is_ok());
    assert_eq!(write(65_529).unwrap_err(), EncodeError::TooLong);
    assert!(matches!(write(65_536).unwrap_err(), EncodeError::Attribute(..)));
}

#[test]
fn a_list_of_unknown_attributes_past_its_length_field_is_refused() {
    let write = |count: usize| {
        let types = vec![AttributeType(0x7ffe); count];
        let mut out = b"before".to_vec();
        let result = MessageBuilder::new(Class::Error, Method::BINDING, ID)
            .attribute(Attribute::UnknownAttributes(UnknownAttributes::of(&types)))
            .encode(&mut out, None, false);
        assert_eq!(result.is_err(), out == b"before", "an error appends nothing");
        result
    };
    assert_eq!(write(32_764), Ok(()));
    assert_eq!(write(32_767), Err(EncodeError::TooLong));
    let attribute_type = AttributeType::UNKNOWN_ATTRIBUTES;
    let refused = Err(EncodeError::Attribute(attribute_type, AttributeFault::Length));
    assert_eq!(write(32_768), refused);
}

#[test]
fn integrity_attributes_cannot_be_written_by_hand() {
    for attribute_type in [
        AttributeType::MESSAGE_INTEGRITY,
        AttributeType::MESSAGE_INTEGRITY_SHA256,
        AttributeType::FINGERPRINT,
    ] {
        let result = MessageBuilder::new(Class::Request, Method::BINDING, ID)
            .attribute(Attribute::Other { attribute_type, value: &[0; 20] })
            .encode(&mut Vec::new(), None, false);
        assert_eq!(result, Err(EncodeError::Attribute(attribute_type, AttributeFault::Value)));
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let good = checked_request();
    // FINGERPRINT, the last eight bytes, authenticates nothing and may be replaced by something
    // else.
    for bit in 0..(good.len() - 8) * 8 {
        let mut forged = good.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        let accepted =
            Message::parse(&forged).is_ok_and(|message| message.verify_integrity(&key()).is_ok());
        assert!(!accepted, "bit {bit}");
    }
}

#[test]
fn every_truncation_is_refused() {
    let good = checked_request();
    for length in 0..good.len() {
        assert!(Message::parse(&good[..length]).is_err());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes: Vec<u8>, stun_like: bool) {
        if stun_like && bytes.len() >= 20 {
            let length = u16::try_from(bytes.len() - 20).unwrap();
            bytes[0] &= 0x3f;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
        }
        if let Ok(message) = Message::parse(&bytes) {
            prop_assert!(is_stun(&bytes));
            prop_assert!(message.verify_integrity(&key()).is_err());
            let _ = message.attributes().count();
        }
    }

    #[test]
    fn what_is_written_is_read(
        name in "[a-z:]{0,64}",
        priority: u32,
        tie_breaker: u64,
        address: std::net::SocketAddr,
        nominate: bool,
        fingerprint: bool,
    ) {
        // Flow information and scope are not on the wire.
        let address = std::net::SocketAddr::new(address.ip(), address.port());
        let mut attributes = vec![
            Attribute::Username(&name),
            Attribute::Priority(priority),
            Attribute::IceControlling(tie_breaker),
            Attribute::XorMappedAddress(address),
        ];
        if nominate {
            attributes.push(Attribute::UseCandidate);
        }
        let builder = attributes.iter().fold(
            MessageBuilder::new(Class::Request, Method::BINDING, ID),
            |builder, attribute| builder.attribute(*attribute),
        );
        let mut out = Vec::new();
        builder.encode(&mut out, Some(&key()), fingerprint).unwrap();
        let message = Message::parse(&out).unwrap();
        prop_assert_eq!(message.verify_integrity(&key()), Ok(()));
        prop_assert_eq!(message.has_fingerprint(), fingerprint);
        prop_assert_eq!(message.use_candidate(), nominate);
        prop_assert_eq!(message.attributes().collect::<Vec<_>>(), attributes);
    }
}
