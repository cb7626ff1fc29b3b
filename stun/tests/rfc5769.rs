//! The published messages: RFC 5769 §2.1 to §2.4, and RFC 8489 appendix B.1 with its length
//! corrected.

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

use lariat_crypto::ring;
use lariat_stun::{
    Attribute, Class, IntegrityAlgorithm, IntegrityError, IntegrityKey, Message, MessageBuilder,
    Method,
};

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";
const REQUEST: &str = "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e\
    74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb5\
    6781ef2b5b2d3f249c1b571a280280004e57a3bcf";
const IPV4_RESPONSE: &str = "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f72200\
    02000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
const IPV6_RESPONSE: &str = "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f72200\
    02000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed41802\
    80004c8fb0b4c";
const LONG_TERM: &str = "000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382a\
    fe382b900000015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c65\
    2e6f72670000080014f67024656dd64a3e02b8e0712e85c9a28ca89666";
const SHA256: &str = "000100882112a44278ad3433c6ad72c029da412e001e00204a3cf38fef6992bda952c6780417da0f\
    24819415569e60b205c46e41407f1704001500296f624d61744a6f733241414143662f2f3439396b39353464364f4c333\
    46f4c394653547679363473410000000014000b6578616d706c652e6f726700001c0020234112fbd4e27f983eb4032836\
    f998216f5b23f8d927753fbc4f882bfbdf0dec";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

#[test]
fn the_request_is_read_and_vouched_for() {
    let datagram = bytes(REQUEST);
    let message = Message::parse(&datagram).unwrap();
    assert_eq!((message.class(), message.method()), (Class::Request, Method::BINDING));
    assert!(message.has_fingerprint());
    let attributes: Vec<_> = message.attributes().collect();
    assert_eq!(
        attributes,
        [
            Attribute::Software("STUN test client"),
            Attribute::Priority(0x6e00_01ff),
            Attribute::IceControlled(0x932f_f9b1_5126_3b36),
            Attribute::Username("evtj:h6vY"),
        ]
    );
    let key = IntegrityKey::short_term(&*ring::provider(), PASSWORD);
    assert_eq!(message.verify_integrity(&key), Ok(()));
    let wrong = IntegrityKey::short_term(&*ring::provider(), "another password");
    assert_eq!(message.verify_integrity(&wrong), Err(IntegrityError::Mismatch));
}

#[test]
fn the_responses_are_read_and_written_to_the_byte() {
    let key = IntegrityKey::short_term(&*ring::provider(), PASSWORD);
    for (hex, address) in [
        (IPV4_RESPONSE, "192.0.2.1:32853"),
        (IPV6_RESPONSE, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let datagram = bytes(hex);
        let message = Message::parse(&datagram).unwrap();
        assert_eq!(message.verify_integrity(&key), Ok(()));
        let address = address.parse().unwrap();
        assert_eq!(message.xor_mapped_address(), Some(address));

        let mut out = Vec::new();
        MessageBuilder::new(Class::Success, Method::BINDING, message.transaction_id())
            .attribute(Attribute::Software("test vector"))
            .attribute(Attribute::XorMappedAddress(address))
            .encode(&mut out, Some(&key), true)
            .unwrap();
        // The RFC pads with spaces and we with zeros, so the two checks differ too: compare what is
        // before.
        let padding = datagram.iter().zip(&out).position(|(theirs, ours)| theirs != ours).unwrap();
        assert_eq!((datagram[padding], out[padding]), (b' ', 0));
        let end_of_attributes = datagram.len() - 24 - 8;
        assert_eq!(datagram[padding + 1..end_of_attributes], out[padding + 1..end_of_attributes]);
        assert_eq!(Message::parse(&out).unwrap().verify_integrity(&key), Ok(()));
    }
}

#[test]
fn a_long_term_key_made_elsewhere_verifies() {
    let datagram = bytes(LONG_TERM);
    let message = Message::parse(&datagram).unwrap();
    assert_eq!(message.username(), Some("マトリックス"));
    assert!(!message.has_fingerprint());
    let key = bytes("e8ca7ad59d5eb0518e312911d2dab2a9");
    let key = IntegrityKey::new(&*ring::provider(), IntegrityAlgorithm::Sha1, &key);
    assert_eq!(message.verify_integrity(&key), Ok(()));
}

#[test]
fn integrity_with_sha256_verifies() {
    let datagram = bytes(SHA256);
    let message = Message::parse(&datagram).unwrap();
    let key = bytes("dd295a613b9058c3c23d6dc7165bda072304d989c9d0af3a8c7e184b4f9bb4a1");
    let sha256 = IntegrityKey::new(&*ring::provider(), IntegrityAlgorithm::Sha256, &key);
    assert_eq!(message.verify_integrity(&sha256), Ok(()));
    let sha1 = IntegrityKey::new(&*ring::provider(), IntegrityAlgorithm::Sha1, &key);
    assert_eq!(message.verify_integrity(&sha1), Err(IntegrityError::Missing));
}
