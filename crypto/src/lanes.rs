//! What both backends take from `lanes`: what SRTP's most used profile needs for every packet.

use alloc::boxed::Box;
use core::fmt;

use crate::kdf::copy_prefix;
use crate::{AesCtrKey, Error, HashAlgorithm, HmacKey, MAX_DIGEST_LEN};

pub(crate) fn hmac_sha1_key(key: &[u8]) -> Box<dyn HmacKey> {
    Box::new(Sha1Key(lariat_lanes::HmacSha1Key::new(key)))
}

struct Sha1Key(lariat_lanes::HmacSha1Key);

impl HmacKey for Sha1Key {
    fn algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::Sha1
    }

    fn sign(&self, parts: &[&[u8]], tag: &mut [u8]) {
        copy_prefix(&self.0.sign(parts), tag);
    }

    fn sign_run(&self, messages: &[[&[u8]; 2]], tags: &mut [[u8; MAX_DIGEST_LEN]]) {
        let count = messages.len().min(tags.len());
        self.0.sign_run(messages.get(..count).unwrap_or_default(), |index, signed| {
            if let Some(tag) = tags.get_mut(index) {
                copy_prefix(&signed, tag);
            }
        });
    }
}

impl fmt::Debug for Sha1Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(Sha1, ..)")
    }
}

pub(crate) fn aes_ctr_key(key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
    Ok(Box::new(CounterKey(lariat_lanes::AesCtrKey::new(key).ok_or(Error::KeyLength)?)))
}

#[derive(Debug)]
struct CounterKey(lariat_lanes::AesCtrKey);

impl AesCtrKey for CounterKey {
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        self.0.apply_keystream(iv, data);
    }
}
