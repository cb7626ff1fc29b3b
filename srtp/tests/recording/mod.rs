//! Notes, of a backend, under which (key, IV) something is encrypted.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use lariat_crypto::fake::Hooks;
use lariat_crypto::{AeadKey, AesCtrKey, Error};

/// Every (key, IV) under which something was encrypted, and whether one came twice.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) used: BTreeSet<(Vec<u8>, Vec<u8>)>,
    pub(crate) repeated: bool,
}

#[derive(Debug)]
pub(crate) struct Recording {
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

impl Hooks for Recording {
    fn aead_key(&self, key: &[u8], made: Box<dyn AeadKey>) -> Box<dyn AeadKey> {
        Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner: made })
    }

    fn aes_ctr_key(&self, key: &[u8], made: Box<dyn AesCtrKey>) -> Box<dyn AesCtrKey> {
        if self.master_keys.iter().any(|master| master == key) {
            return made;
        }
        Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner: made })
    }
}
