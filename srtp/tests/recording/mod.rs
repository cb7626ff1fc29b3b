//! A backend that notes under which (key, IV) something is encrypted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use lariat_crypto::{
    AeadAlgorithm, AeadKey, AesCtrKey, Error, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
    KeyExchange, NamedGroup, Provider, SignatureScheme, SigningKey,
};

/// Every (key, IV) under which something was encrypted, and whether one came twice.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) used: BTreeSet<(Vec<u8>, Vec<u8>)>,
    pub(crate) repeated: bool,
}

#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) inner: Arc<dyn Provider>,
    pub(crate) log: Arc<Mutex<Log>>,
    /// Session keys are derived from these, any number of times. That encrypts nothing.
    pub(crate) master_keys: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct RecordingKey<K: ?Sized> {
    key: Vec<u8>,
    log: Arc<Mutex<Log>>,
    inner: Box<K>,
}

impl<K: ?Sized> RecordingKey<K> {
    fn record(&self, iv: &[u8]) {
        let mut log = self.log.lock().unwrap();
        let is_new = log.used.insert((self.key.clone(), iv.to_vec()));
        log.repeated |= !is_new;
    }
}

impl AeadKey for RecordingKey<dyn AeadKey> {
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
        self.record(nonce);
        self.inner.seal(nonce, aad, data)
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error> {
        self.inner.open(nonce, aad, data, tag)
    }
}

impl AesCtrKey for RecordingKey<dyn AesCtrKey> {
    /// Each block counts, so that keystreams that overlap are found out.
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        let first = u128::from_be_bytes(*iv);
        for block in 0..data.len().div_ceil(16) {
            self.record(&first.wrapping_add(block as u128).to_be_bytes());
        }
        self.inner.apply_keystream(iv, data);
    }
}

impl Provider for Recording {
    fn random(&self, out: &mut [u8]) -> Result<(), Error> {
        self.inner.random(out)
    }

    fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash> {
        self.inner.hash(algorithm)
    }

    fn md5(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.inner.md5(parts)
    }

    fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
        self.inner.hmac_key(algorithm, key)
    }

    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error> {
        let inner = self.inner.aead_key(algorithm, key)?;
        Ok(Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner }))
    }

    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
        let inner = self.inner.aes_ctr_key(key)?;
        if self.master_keys.iter().any(|master| master == key) {
            return Ok(inner);
        }
        Ok(Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner }))
    }

    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
        self.inner.header_protection_key(algorithm, key)
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        self.inner.start_key_exchange(group)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error> {
        self.inner.generate_signing_key(scheme)
    }

    fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
        self.inner.load_signing_key(pkcs8)
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.inner.verify(scheme, subject_public_key_info, message, signature)
    }
}
