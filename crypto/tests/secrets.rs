//! No key of any backend shows a byte of itself in its `Debug` form.

#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use lariat_crypto::{AeadAlgorithm, HashAlgorithm, NamedGroup, Provider, SignatureScheme};

#[cfg(feature = "ring")]
#[test]
fn ring_shows_no_key() {
    check(&*lariat_crypto::ring::provider());
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn aws_lc_rs_shows_no_key() {
    check(&*lariat_crypto::aws_lc_rs::provider());
}

#[test]
#[should_panic = "212,238"]
fn a_key_that_shows_itself_is_found() {
    assert_hidden(&KEY, &KEY);
}

#[test]
#[should_panic = "212,238"]
fn a_key_beside_its_public_half_is_found() {
    assert_only_shows(&(KEY, [7; 32]), &[7; 32]);
}

fn check(provider: &dyn Provider) {
    for algorithm in
        [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305]
    {
        let key = &KEY[..algorithm.key_len()];
        assert_hidden(&provider.aead_key(algorithm, key).unwrap(), key);
        assert_hidden(&provider.header_protection_key(algorithm, key).unwrap(), key);
    }
    for key in [&KEY[..16], &KEY[..24], &KEY[..]] {
        assert_hidden(&provider.aes_ctr_key(key).unwrap(), key);
    }
    for algorithm in
        [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
    {
        assert_hidden(&provider.hmac_key(algorithm, &KEY), &KEY);
        let mut hash = provider.hash(algorithm);
        hash.update(&KEY);
        assert_hidden(&hash, &KEY);
    }
    // The seed of RFC 8410 §10.3.
    let header = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let loaded = provider.load_signing_key(&[&header[..], &KEY].concat()).unwrap();
    assert_hidden(&loaded, &KEY);
    // Of what is drawn nobody knows the private half, but it has no room to show it: beside the
    // public one there is nothing that looks like a key.
    for scheme in [
        SignatureScheme::EcdsaSecp256r1Sha256,
        SignatureScheme::EcdsaSecp384r1Sha384,
        SignatureScheme::Ed25519,
    ] {
        let key = provider.generate_signing_key(scheme).unwrap();
        assert_only_shows(&key, key.subject_public_key_info());
    }
    for group in [
        NamedGroup::Secp256r1,
        NamedGroup::Secp384r1,
        NamedGroup::X25519,
        NamedGroup::X25519MlKem768,
    ] {
        let exchange = provider.start_key_exchange(group).unwrap();
        assert_only_shows(&exchange, exchange.share());
        let (share, secret) = provider.respond_key_exchange(group, exchange.share()).unwrap();
        assert_hidden(&secret, secret.as_bytes());
        exchange.complete(&share).unwrap();
    }
}

/// Four bytes of a key in a row, in any of the ways to write them, are too many.
fn assert_hidden(value: &dyn std::fmt::Debug, key: &[u8]) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        let shown = shown.split_whitespace().collect::<String>();
        for window in key.windows(4) {
            for written in ways_to_write(window) {
                assert!(!shown.contains(&written), "{shown}");
            }
        }
    }
}

fn ways_to_write(bytes: &[u8]) -> [String; 5] {
    let list = |write: &dyn Fn(u8) -> String, between: &str| {
        bytes.iter().map(|&byte| write(byte)).collect::<Vec<_>>().join(between)
    };
    [
        list(&|byte| format!("{byte:02x}"), ""),
        list(&|byte| format!("{byte:02X}"), ""),
        list(&|byte| byte.to_string(), ","),
        list(&|byte| format!("{byte:02x}"), ","),
        list(&|byte| format!("0x{byte:02x}"), ","),
    ]
}

/// With the public bytes taken out, no run of hexadecimal digits or of numbers is left that could
/// be a key.
fn assert_only_shows(value: &dyn std::fmt::Debug, public: &[u8]) {
    let mut shown = format!("{value:?}").split_whitespace().collect::<String>();
    // As a whole, as the raw key at the end of a SubjectPublicKeyInfo, or as the halves of a share.
    for from in 0..public.len().saturating_sub(31) {
        let Some(rest) = public.get(from..) else { continue };
        for written in ways_to_write(rest) {
            shown = shown.replace(&written, "");
        }
    }
    let is_part = |character: char| character.is_ascii_hexdigit() || character == ',';
    let longest = shown.split(|character| !is_part(character)).map(str::len).max().unwrap_or(0);
    assert!(longest < 16, "{shown}");
}

const KEY: [u8; 32] = [
    0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69, 0xf8, 0xad,
    0x3a, 0xfe, 0x7c, 0x28, 0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75, 0x58, 0x42,
];
