//! What every backend refuses, and what it leaves alone.

#![cfg(any(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use lariat_crypto::{AeadAlgorithm, Error, HashAlgorithm, NamedGroup, Provider, SignatureScheme};

fn backends() -> Vec<Arc<dyn Provider>> {
    vec![
        #[cfg(feature = "ring")]
        lariat_crypto::ring::provider(),
        #[cfg(feature = "aws-lc-rs")]
        lariat_crypto::aws_lc_rs::provider(),
    ]
}

#[test]
fn a_failed_open_leaves_no_plaintext() {
    for provider in backends() {
        for (algorithm, key) in [
            (AeadAlgorithm::Aes128Gcm, &[1; 16][..]),
            (AeadAlgorithm::Aes256Gcm, &[1; 32]),
            (AeadAlgorithm::ChaCha20Poly1305, &[1; 32]),
        ] {
            let key = provider.aead_key(algorithm, key).unwrap();
            let mut data = *b"attack at dawn, and bring the boats";
            let mut tag = key.seal(&[0; 12], b"", &mut data);
            tag[15] ^= 0x80;
            assert_eq!(key.open(&[0; 12], b"", &mut data, &tag), Err(Error::NotAuthentic));
            assert_eq!(data, [0; 35]);
        }
    }
}

#[test]
fn keys_of_any_other_length_are_refused() {
    for provider in backends() {
        for length in 0..=40 {
            let key = vec![0; length];
            for algorithm in [
                AeadAlgorithm::Aes128Gcm,
                AeadAlgorithm::Aes256Gcm,
                AeadAlgorithm::ChaCha20Poly1305,
            ] {
                let is_key = length == algorithm.key_len();
                assert_eq!(provider.aead_key(algorithm, &key).is_ok(), is_key);
                assert_eq!(provider.header_protection_key(algorithm, &key).is_ok(), is_key);
            }
            let is_aes = matches!(length, 16 | 24 | 32);
            assert_eq!(provider.aes_ctr_key(&key).is_ok(), is_aes);
        }
    }
}

#[test]
fn a_tag_buffer_longer_than_the_digest_keeps_its_end() {
    for provider in backends() {
        for (algorithm, length) in [(HashAlgorithm::Sha1, 20), (HashAlgorithm::Sha256, 32)] {
            let mut tag = [0xee; 40];
            provider.hmac_key(algorithm, b"key").sign(&[b"message"], &mut tag);
            assert!(tag[length..].iter().all(|&byte| byte == 0xee));
            assert!(tag[..length].iter().any(|&byte| byte != 0xee));
        }
    }
}

#[test]
fn a_share_of_another_group_is_refused() {
    for provider in backends() {
        let p256 = provider.start_key_exchange(NamedGroup::Secp256r1).unwrap();
        for group in [NamedGroup::X25519, NamedGroup::Secp384r1] {
            let refused = provider.respond_key_exchange(group, p256.share()).unwrap_err();
            assert_eq!(refused, Error::PublicKey);
        }
    }
}

#[test]
fn a_share_that_starts_an_exchange_answers_none() {
    for provider in backends() {
        let group = NamedGroup::X25519MlKem768;
        let [ours, theirs] = [(), ()].map(|()| provider.start_key_exchange(group).unwrap());
        assert_eq!(ours.complete(theirs.share()).unwrap_err(), Error::PublicKey);
    }
}

#[test]
fn a_private_key_with_the_public_key_of_another_is_refused() {
    for provider in backends() {
        let p256 = hex(P256_WITH_NEGATED_POINT);
        assert_eq!(provider.load_signing_key(&p256).unwrap_err(), Error::PrivateKey);
        for good in [ED25519_WITH_PUBLIC_KEY, ED25519_WITH_ATTRIBUTE].map(hex) {
            let key = provider.load_signing_key(&good).unwrap();
            assert_eq!(key.scheme(), SignatureScheme::Ed25519);
            let mut bad = good;
            *bad.last_mut().unwrap() ^= 1;
            assert_eq!(provider.load_signing_key(&bad).unwrap_err(), Error::PrivateKey);
        }
    }
}

#[test]
fn the_key_decides_which_schemes_verify() {
    for provider in backends() {
        use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, Ed25519, RsaPssSha256};
        let key = provider.generate_signing_key(EcdsaSecp256r1Sha256).unwrap();
        let signature = key.sign(b"message").unwrap();
        for scheme in [EcdsaSecp384r1Sha384, Ed25519, RsaPssSha256] {
            let spki = key.subject_public_key_info();
            let refused = provider.verify(scheme, spki, b"message", &signature);
            assert_eq!(refused, Err(Error::NotAuthentic));
        }
        assert_eq!(provider.generate_signing_key(RsaPssSha256).unwrap_err(), Error::Unsupported);
        assert_eq!(provider.load_signing_key(b"not a key").unwrap_err(), Error::PrivateKey);
    }
}

fn hex(digits: &str) -> Vec<u8> {
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let nibble = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    pairs.iter().map(|&[high, low]| nibble(high) << 4 | nibble(low)).collect()
}

/// The key of RFC 6979 §A.2.5 with the negative of its point: the same x, another y.
const P256_WITH_NEGATED_POINT: &str = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d\
     306b0201010420c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a14403420004\
     60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb686fc01eef74743675be51616a9\
     d7439b0d0e4df4d28160ae885c3d6b2bb9dd66";

/// The key of RFC 8410 §10.3 with its public key.
const ED25519_WITH_PUBLIC_KEY: &str = "3051020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad\
     3afe7c28cbf1d4fbe097a88f4475584281210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c\
     38ad703166e1";

/// The same with an attribute between the two, as printed there.
const ED25519_WITH_ATTRIBUTE: &str = "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe\
     7c28cbf1d4fbe097a88f44755842a01f301d060a2a864886f70d01090914310f0c0d437572646c652043686169\
     727381210019bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
