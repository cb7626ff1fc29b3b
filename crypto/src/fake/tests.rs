use alloc::vec::Vec;

use super::provider;
use crate::{AeadAlgorithm, Error, HashAlgorithm, NamedGroup, SignatureScheme};

const HASHES: [HashAlgorithm; 4] =
    [HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512];

fn digest(algorithm: HashAlgorithm, parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = provider(0).hash(algorithm);
    parts.iter().for_each(|part| hash.update(part));
    hash.finish()
}

#[test]
fn a_digest_depends_on_every_byte_and_not_on_how_it_is_cut() {
    let message: Vec<u8> = (0..100).collect();
    for algorithm in HASHES {
        let whole = digest(algorithm, &[&message]);
        assert_eq!(whole.len(), algorithm.digest_len());
        for cut in 0..message.len() {
            let (head, tail) = message.split_at(cut);
            assert_eq!(digest(algorithm, &[head, tail]), whole, "cut at {cut}");
            assert_ne!(digest(algorithm, &[head]), whole, "shortened to {cut}");
            let mut changed = message.clone();
            changed[cut] ^= 1;
            assert_ne!(digest(algorithm, &[&changed]), whole, "byte {cut} changed");
        }
    }
}

#[test]
fn trailing_zeros_change_a_digest() {
    assert_ne!(digest(HashAlgorithm::Sha256, &[b"a"]), digest(HashAlgorithm::Sha256, &[b"a\0"]));
}

#[test]
fn an_hmac_depends_on_its_key_and_truncates() {
    for algorithm in HASHES {
        let key = provider(0).hmac_key(algorithm, b"key");
        let mut tag = [0xee; 80];
        key.sign(&[b"mess", b"age"], &mut tag);
        let (tag, after) = tag.split_at(algorithm.digest_len());
        assert!(after.iter().all(|&byte| byte == 0xee), "bytes past the digest stay");
        assert_eq!(key.verify(&[b"message"], tag), Ok(()));
        assert_eq!(key.verify(&[b"message"], &tag[..10]), Ok(()));
        assert_eq!(key.verify(&[b"messagf"], &tag[..10]), Err(Error::NotAuthentic));
        let other = provider(0).hmac_key(algorithm, b"kez");
        assert_eq!(other.verify(&[b"message"], tag), Err(Error::NotAuthentic));
    }
}

#[test]
fn whatever_is_changed_in_a_sealed_message_opening_fails() {
    for (algorithm, key) in [
        (AeadAlgorithm::Aes128Gcm, &[1; 16][..]),
        (AeadAlgorithm::Aes256Gcm, &[1; 32]),
        (AeadAlgorithm::ChaCha20Poly1305, &[1; 32]),
    ] {
        let key = provider(0).aead_key(algorithm, key).unwrap();
        let plain = *b"a message of some thirty bytes";
        let (nonce, aad) = ([2; 12], *b"header");
        let mut sealed = plain;
        let tag = key.seal(&nonce, &aad, &mut sealed);
        assert_ne!(sealed, plain);
        let refuse = |nonce: &[u8; 12], aad: &[u8], data: &[u8], tag: &[u8; 16]| {
            let mut data = data.to_vec();
            assert_eq!(key.open(nonce, aad, &mut data, tag), Err(Error::NotAuthentic));
            assert!(data.iter().all(|&byte| byte == 0));
        };
        for bit in 0..8 * 12 {
            refuse(&flipped(nonce, bit), &aad, &sealed, &tag);
        }
        for bit in 0..8 * aad.len() {
            refuse(&nonce, &flipped(aad, bit), &sealed, &tag);
        }
        for bit in 0..8 * sealed.len() {
            refuse(&nonce, &aad, &flipped(sealed, bit), &tag);
        }
        for bit in 0..8 * 16 {
            refuse(&nonce, &aad, &sealed, &flipped(tag, bit));
        }
        key.open(&nonce, &aad, &mut sealed, &tag).unwrap();
        assert_eq!(sealed, plain);
    }
}

fn flipped<const N: usize>(mut bytes: [u8; N], bit: usize) -> [u8; N] {
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

#[test]
fn counter_mode_encrypts_a_counter() {
    let key = [9; 16];
    let mut stream = [0; 40];
    let iv = [0xff; 16];
    provider(0).aes_ctr_key(&key).unwrap().apply_keystream(&iv, &mut stream);
    let counter_mode = provider(0).aes_ctr_key(&key).unwrap();
    for (chunk, counter) in stream.chunks(16).zip([iv, [0; 16], 1_u128.to_be_bytes()]) {
        let mut block = [0; 16];
        counter_mode.apply_keystream(&counter, &mut block);
        assert_eq!(chunk, &block[..chunk.len()]);
    }
}

#[test]
fn a_mask_depends_on_the_cipher_the_key_and_every_bit_of_the_sample() {
    let mask = |algorithm, key: [u8; 32], sample: &[u8; 16]| {
        provider(0).header_protection_key(algorithm, &key).unwrap().mask(sample)
    };
    let expected = mask(AeadAlgorithm::Aes256Gcm, [1; 32], &[2; 16]);
    for bit in 0..8 * 16 {
        let sample = flipped([2; 16], bit);
        assert_ne!(mask(AeadAlgorithm::Aes256Gcm, [1; 32], &sample), expected);
    }
    assert_ne!(mask(AeadAlgorithm::Aes256Gcm, [3; 32], &[2; 16]), expected);
    assert_ne!(mask(AeadAlgorithm::ChaCha20Poly1305, [1; 32], &[2; 16]), expected);
    let refused = provider(0).header_protection_key(AeadAlgorithm::Aes128Gcm, &[1; 32]);
    assert_eq!(refused.unwrap_err(), Error::KeyLength);
}

#[test]
fn two_peers_with_different_seeds_agree_on_a_secret() {
    for (group, share_len, secret_len) in [
        (NamedGroup::X25519, [32, 32], 32),
        (NamedGroup::Secp256r1, [65, 65], 32),
        (NamedGroup::Secp384r1, [97, 97], 48),
        (NamedGroup::X25519MlKem768, [1216, 1120], 64),
    ] {
        let ours = provider(1).start_key_exchange(group).unwrap();
        let first = ours.share().to_vec();
        let (share, secret) = provider(2).respond_key_exchange(group, &first).unwrap();
        assert_eq!([first.len(), share.len()], share_len);
        let agreed = ours.complete(&share).unwrap();
        assert_eq!(agreed.as_bytes(), secret.as_bytes());
        assert_eq!(agreed.as_bytes().len(), secret_len);
        let zero = alloc::vec![0; first.len()];
        for bad in [&first[1..], &[&first[..], &[0]].concat(), &zero, &[]] {
            let refused = provider(1).respond_key_exchange(group, bad).unwrap_err();
            assert_eq!(refused, Error::PublicKey);
        }
    }
}

#[test]
fn a_coefficient_as_large_as_the_modulus_is_refused() {
    let group = NamedGroup::X25519MlKem768;
    let ours = provider(1).start_key_exchange(group).unwrap();
    // 3328 and 3329, in the first and in the second place of three bytes.
    for (bytes, accepted) in [
        ([0x00, 0x0d, 0x00], true),
        ([0x01, 0x0d, 0x00], false),
        ([0x00, 0x00, 0xd0], true),
        ([0x00, 0x10, 0xd0], false),
    ] {
        for at in [0, 1149] {
            let mut share = ours.share().to_vec();
            share[at..at + 3].copy_from_slice(&bytes);
            assert_eq!(provider(2).respond_key_exchange(group, &share).is_ok(), accepted);
        }
    }
}

#[test]
fn a_tampered_ciphertext_gives_another_secret() {
    let group = NamedGroup::X25519MlKem768;
    let ours = provider(1).start_key_exchange(group).unwrap();
    let (mut share, secret) = provider(2).respond_key_exchange(group, ours.share()).unwrap();
    share[7] ^= 1;
    let (ml_kem, x25519) = secret.as_bytes().split_at(32);
    let agreed = ours.complete(&share).unwrap();
    assert_ne!(&agreed.as_bytes()[..32], ml_kem);
    assert_eq!(&agreed.as_bytes()[32..], x25519);
}

#[test]
fn md5_depends_on_every_byte_and_not_on_how_it_is_cut() {
    let digest = provider(1).md5(&[b"user:realm:password"]);
    assert_eq!(provider(2).md5(&[b"user", b":", b"realm:password", b""]), digest);
    assert_ne!(provider(1).md5(&[b"user:realm:passwore"]), digest);
}

#[test]
fn a_signature_verifies_with_its_own_key_and_message_only() {
    for scheme in [
        SignatureScheme::EcdsaSecp256r1Sha256,
        SignatureScheme::EcdsaSecp384r1Sha384,
        SignatureScheme::Ed25519,
    ] {
        let provider = provider(3);
        let key = provider.generate_signing_key(scheme).unwrap();
        let signature = key.sign(b"message").unwrap();
        let spki = key.subject_public_key_info();
        assert_eq!(usize::from(spki[1]) + 2, spki.len());
        if scheme == SignatureScheme::Ed25519 {
            assert_eq!(signature.len(), 64);
        } else {
            assert_eq!(usize::from(signature[1]) + 2, signature.len());
        }
        provider.verify(scheme, spki, b"message", &signature).unwrap();
        let other = provider.generate_signing_key(scheme).unwrap();
        for (spki, message) in [(spki, b"massage"), (other.subject_public_key_info(), b"message")] {
            let refused = provider.verify(scheme, spki, message, &signature);
            assert_eq!(refused, Err(Error::NotAuthentic));
        }
        let mut off_curve = spki.to_vec();
        *off_curve.last_mut().unwrap() ^= 1;
        let refused = provider.verify(scheme, &off_curve, b"message", &signature);
        assert_eq!(refused, Err(Error::NotAuthentic));
    }
}

#[test]
fn the_key_decides_which_schemes_verify() {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, Ed25519, RsaPssSha256};
    let provider = provider(4);
    for (scheme, others) in [
        (EcdsaSecp256r1Sha256, [EcdsaSecp384r1Sha384, Ed25519, RsaPssSha256]),
        (Ed25519, [EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, RsaPssSha256]),
    ] {
        let key = provider.generate_signing_key(scheme).unwrap();
        let signature = key.sign(b"message").unwrap();
        for other in others {
            let spki = key.subject_public_key_info();
            let refused = provider.verify(other, spki, b"message", &signature);
            assert_eq!(refused, Err(Error::NotAuthentic));
        }
    }
    assert_eq!(provider.generate_signing_key(RsaPssSha256).unwrap_err(), Error::Unsupported);
}

#[test]
fn a_loaded_key_is_the_same_every_time() {
    for scheme in [SignatureScheme::EcdsaSecp384r1Sha384, SignatureScheme::Ed25519] {
        let pkcs8 = super::pkcs8(scheme, [5; 32]).unwrap();
        let one = provider(1).load_signing_key(&pkcs8).unwrap();
        let other = provider(2).load_signing_key(&pkcs8).unwrap();
        assert_eq!(one.scheme(), scheme);
        assert_eq!(one.subject_public_key_info(), other.subject_public_key_info());
        for length in 0..pkcs8.len() {
            let refused = provider(1).load_signing_key(&pkcs8[..length]).unwrap_err();
            assert_eq!(refused, Error::PrivateKey);
        }
    }
}

#[test]
fn what_is_drawn_depends_on_the_seed_and_the_order_only() {
    let draw = |seed| {
        let provider = provider(seed);
        let mut bytes = [0; 40];
        let (head, tail) = bytes.split_at_mut(13);
        provider.random(head).unwrap();
        provider.random(tail).unwrap();
        bytes
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_ne!(draw(1)[..8], draw(1)[16..24]);
}
