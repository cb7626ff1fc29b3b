//! The default backend: ring, with RustCrypto beside it for what ring lacks.

mod hmac;
mod key_exchange;
mod ml_kem;
mod signature;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use ring::rand::SecureRandom as _;
use ring::{aead, digest, rand};

use crate::{
    AeadAlgorithm, AeadKey, AesCtrKey, Error, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
    KeyExchange, NamedGroup, Provider, Secret, SignatureScheme, SigningKey, lanes, md5,
};

/// The backend as a value.
///
/// ```
/// let provider = lariat_crypto::ring::provider();
/// let mut token = [0; 16];
/// provider.random(&mut token)?;
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub fn provider() -> Arc<dyn Provider> {
    Arc::new(RingProvider { random: rand::SystemRandom::new() })
}

#[derive(Debug)]
struct RingProvider {
    random: rand::SystemRandom,
}

impl Provider for RingProvider {
    fn random(&self, out: &mut [u8]) -> Result<(), Error> {
        self.random.fill(out).map_err(|_| Error::Random)
    }

    fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash> {
        Box::new(RingHash(digest::Context::new(match algorithm {
            HashAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            HashAlgorithm::Sha256 => &digest::SHA256,
            HashAlgorithm::Sha384 => &digest::SHA384,
            HashAlgorithm::Sha512 => &digest::SHA512,
        })))
    }

    fn md5(&self, parts: &[&[u8]]) -> [u8; 16] {
        md5::digest(parts)
    }

    fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
        hmac::key(algorithm, key)
    }

    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error> {
        let algorithm = match algorithm {
            AeadAlgorithm::Aes128Gcm => &aead::AES_128_GCM,
            AeadAlgorithm::Aes256Gcm => &aead::AES_256_GCM,
            AeadAlgorithm::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
        };
        let key = aead::UnboundKey::new(algorithm, key).map_err(|_| Error::KeyLength)?;
        Ok(Box::new(RingAeadKey(aead::LessSafeKey::new(key))))
    }

    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
        lanes::aes_ctr_key(key)
    }

    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
        let algorithm = match algorithm {
            AeadAlgorithm::Aes128Gcm => &aead::quic::AES_128,
            AeadAlgorithm::Aes256Gcm => &aead::quic::AES_256,
            AeadAlgorithm::ChaCha20Poly1305 => &aead::quic::CHACHA20,
        };
        let key = aead::quic::HeaderProtectionKey::new(algorithm, key);
        Ok(Box::new(RingHeaderProtectionKey(key.map_err(|_| Error::KeyLength)?)))
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        key_exchange::start(group, &self.random)
    }

    fn respond_key_exchange(
        &self,
        group: NamedGroup,
        peer_share: &[u8],
    ) -> Result<(Vec<u8>, Secret), Error> {
        key_exchange::respond(group, peer_share, &self.random)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error> {
        signature::generate(scheme)
    }

    fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
        signature::load(pkcs8)
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        signature::VERIFIERS.verify(scheme, subject_public_key_info, message, signature)
    }
}

struct RingHash(digest::Context);

impl fmt::Debug for RingHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({:?})", self.0.algorithm())
    }
}

impl Hash for RingHash {
    fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn fork(&self) -> Box<dyn Hash> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.0.finish().as_ref().to_vec()
    }
}

#[derive(Debug)]
struct RingAeadKey(aead::LessSafeKey);

impl AeadKey for RingAeadKey {
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let tag = self
            .0
            .seal_in_place_separate_tag(nonce, aead::Aad::from(aad), data)
            .expect("sealing fails only for messages of more than 64 GiB");
        *tag.as_ref().first_chunk().expect("every AEAD here has a tag of 16 bytes")
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error> {
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let tag = aead::Tag::from(*tag);
        let opened = self.0.open_in_place_separate_tag(nonce, aead::Aad::from(aad), tag, data, 0..);
        if opened.is_err() {
            // ring promises nothing of the buffer's contents after a failure.
            data.fill(0);
            return Err(Error::NotAuthentic);
        }
        Ok(())
    }
}

struct RingHeaderProtectionKey(aead::quic::HeaderProtectionKey);

impl fmt::Debug for RingHeaderProtectionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeaderProtectionKey({:?})", self.0.algorithm())
    }
}

impl HeaderProtectionKey for RingHeaderProtectionKey {
    fn mask(&self, sample: &[u8; 16]) -> [u8; 5] {
        self.0.new_mask(sample).expect("every cipher here takes a sample of 16 bytes")
    }
}
