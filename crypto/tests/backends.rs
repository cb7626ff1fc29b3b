//! Two backends that each keep to the vectors also understand each other, and at every length.

#![cfg(all(feature = "ring", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use lariat_crypto::{
    AeadAlgorithm, HashAlgorithm, NamedGroup, Provider, SignatureScheme, aws_lc_rs, ring,
};

/// Long enough for every path of an implementation that works on many blocks at once.
const LENGTHS: std::ops::RangeInclusive<usize> = 0..=1_500;

fn both_ways() -> [[Arc<dyn Provider>; 2]; 2] {
    [[ring::provider(), aws_lc_rs::provider()], [aws_lc_rs::provider(), ring::provider()]]
}

#[test]
fn they_agree_on_a_secret() {
    for group in [
        NamedGroup::X25519,
        NamedGroup::Secp256r1,
        NamedGroup::Secp384r1,
        NamedGroup::X25519MlKem768,
    ] {
        for [one, other] in both_ways() {
            let ours = one.start_key_exchange(group).unwrap();
            let (share, secret) = other.respond_key_exchange(group, ours.share()).unwrap();
            assert_eq!(ours.complete(&share).unwrap().as_bytes(), secret.as_bytes(), "{group:?}");
        }
    }
}

#[test]
fn they_verify_each_others_signatures() {
    for scheme in [
        SignatureScheme::EcdsaSecp256r1Sha256,
        SignatureScheme::EcdsaSecp384r1Sha384,
        SignatureScheme::Ed25519,
    ] {
        for [one, other] in both_ways() {
            let key = one.generate_signing_key(scheme).unwrap();
            let signature = key.sign(b"message").unwrap();
            let spki = key.subject_public_key_info();
            assert_eq!(other.verify(scheme, spki, b"message", &signature), Ok(()), "{scheme:?}");
        }
    }
}

#[test]
fn they_seal_alike_and_open_what_the_other_sealed() {
    for algorithm in
        [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305]
    {
        let key = bytes(algorithm.key_len());
        let [one, other] = [ring::provider(), aws_lc_rs::provider()]
            .map(|provider| provider.aead_key(algorithm, &key).unwrap());
        for length in LENGTHS {
            let (plain, nonce, aad) = (bytes(length), [length as u8; 12], bytes(length % 29));
            let [mut sealed, mut also_sealed] = [plain.clone(), plain.clone()];
            let tag = one.seal(&nonce, &aad, &mut sealed);
            assert_eq!(other.seal(&nonce, &aad, &mut also_sealed), tag, "{algorithm:?} {length}");
            assert_eq!(sealed, also_sealed, "{algorithm:?} {length}");
            one.open(&nonce, &aad, &mut sealed, &tag).unwrap();
            other.open(&nonce, &aad, &mut also_sealed, &tag).unwrap();
            assert_eq!([&sealed, &also_sealed], [&plain; 2], "{algorithm:?} {length}");
        }
    }
}

#[test]
fn their_masks_are_the_same() {
    for algorithm in
        [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305]
    {
        let key = bytes(algorithm.key_len());
        let [one, other] = [ring::provider(), aws_lc_rs::provider()]
            .map(|provider| provider.header_protection_key(algorithm, &key).unwrap());
        for sample in (0..=255).map(|byte| [byte; 16]) {
            assert_eq!(one.mask(&sample), other.mask(&sample), "{algorithm:?} {sample:?}");
        }
    }
}

#[test]
fn their_keystreams_are_the_same() {
    for key_len in [16, 24, 32] {
        let [one, other] = [ring::provider(), aws_lc_rs::provider()]
            .map(|provider| provider.aes_ctr_key(&bytes(key_len)).unwrap());
        for length in LENGTHS {
            // The counter passes 2³² somewhere in the longer ones.
            let iv = (u128::from(u32::MAX) - 40).to_be_bytes();
            let [mut data, mut also_data] = [bytes(length), bytes(length)];
            one.apply_keystream(&iv, &mut data);
            other.apply_keystream(&iv, &mut also_data);
            assert_eq!(data, also_data, "{key_len} {length}");
        }
    }
}

#[test]
fn they_hash_alike() {
    let [one, other] = [ring::provider(), aws_lc_rs::provider()];
    for algorithm in
        [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512]
    {
        for length in LENGTHS {
            let message = bytes(length);
            let mac = |provider: &dyn Provider| {
                let mut tag = [0; 64];
                provider.hmac_key(algorithm, &message).sign(&[&message, b"more"], &mut tag);
                tag
            };
            assert_eq!(mac(&*one), mac(&*other), "{algorithm:?} {length}");
            let digest = |provider: &dyn Provider| {
                let mut hash = provider.hash(algorithm);
                hash.update(&message);
                hash.finish()
            };
            assert_eq!(digest(&*one), digest(&*other), "{algorithm:?} {length}");
        }
    }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * index + 7 * index + 3) as u8).collect()
}
