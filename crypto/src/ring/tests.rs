use super::provider;
use crate::{AeadAlgorithm, Error, HashAlgorithm, NamedGroup, SignatureScheme};

#[test]
fn a_failed_open_leaves_no_plaintext() {
    for (algorithm, key) in [
        (AeadAlgorithm::Aes128Gcm, &[1; 16][..]),
        (AeadAlgorithm::Aes256Gcm, &[1; 32]),
        (AeadAlgorithm::ChaCha20Poly1305, &[1; 32]),
    ] {
        let key = provider().aead_key(algorithm, key).unwrap();
        let mut data = *b"attack at dawn, and bring the boats";
        let mut tag = key.seal(&[0; 12], b"", &mut data);
        tag[15] ^= 0x80;
        assert_eq!(key.open(&[0; 12], b"", &mut data, &tag), Err(Error::NotAuthentic));
        assert_eq!(data, [0; 35]);
    }
}

#[test]
fn keys_of_any_other_length_are_refused() {
    let provider = provider();
    for length in 0..=40 {
        let key = alloc::vec![0; length];
        for algorithm in
            [AeadAlgorithm::Aes128Gcm, AeadAlgorithm::Aes256Gcm, AeadAlgorithm::ChaCha20Poly1305]
        {
            let prepared = provider.aead_key(algorithm, &key);
            assert_eq!(prepared.is_ok(), length == algorithm.key_len());
        }
        let is_aes = matches!(length, 16 | 24 | 32);
        assert_eq!(provider.aes_key(&key).is_ok(), is_aes);
        assert_eq!(provider.aes_ctr_key(&key).is_ok(), is_aes);
    }
}

#[test]
fn a_tag_buffer_longer_than_the_digest_keeps_its_end() {
    for (algorithm, length) in [(HashAlgorithm::Sha1, 20), (HashAlgorithm::Sha256, 32)] {
        let mut tag = [0xee; 40];
        provider().hmac_key(algorithm, b"key").sign(&[b"message"], &mut tag);
        assert!(tag[length..].iter().all(|&byte| byte == 0xee));
        assert!(tag[..length].iter().any(|&byte| byte != 0xee));
    }
}

#[test]
fn a_share_of_another_group_is_refused() {
    let p256 = provider().start_key_exchange(NamedGroup::Secp256r1).unwrap();
    for group in [NamedGroup::X25519, NamedGroup::Secp384r1] {
        let refused = provider().respond_key_exchange(group, p256.share()).unwrap_err();
        assert_eq!(refused, Error::PublicKey);
    }
}

#[test]
fn the_key_decides_which_schemes_verify() {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, Ed25519, RsaPssSha256};
    let provider = provider();
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

#[test]
fn debug_output_shows_no_key() {
    let provider = provider();
    let key = [0xab; 16];
    let shown = alloc::format!(
        "{:?} {:?} {:?} {:?} {:?}",
        provider.aead_key(AeadAlgorithm::Aes128Gcm, &key),
        provider.aes_key(&key),
        provider.aes_ctr_key(&key),
        provider.hmac_key(HashAlgorithm::Sha1, &key),
        provider.hmac_key(HashAlgorithm::Sha256, &key),
    );
    assert!(!shown.contains("171") && !shown.contains("ab, ab"), "{shown}");
}
