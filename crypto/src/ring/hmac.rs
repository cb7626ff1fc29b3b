//! HMAC: ring's over SHA-2, and over SHA-1 that of `lanes`, which signs many messages at once.

use alloc::boxed::Box;
use core::fmt;

use lariat_lanes::HmacSha1Key;
use ring::hmac;

use crate::kdf::copy_prefix;
use crate::{HashAlgorithm, HmacKey, MAX_DIGEST_LEN};

pub(super) fn key(algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
    let ring_algorithm = match algorithm {
        HashAlgorithm::Sha1 => {
            return Box::new(Sha1Key(HmacSha1Key::new(key)));
        }
        HashAlgorithm::Sha256 => hmac::HMAC_SHA256,
        HashAlgorithm::Sha384 => hmac::HMAC_SHA384,
        HashAlgorithm::Sha512 => hmac::HMAC_SHA512,
    };
    Box::new(Sha2Key { algorithm, key: hmac::Key::new(ring_algorithm, key) })
}

struct Sha1Key(HmacSha1Key);

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

struct Sha2Key {
    algorithm: HashAlgorithm,
    key: hmac::Key,
}

impl HmacKey for Sha2Key {
    fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    fn sign(&self, parts: &[&[u8]], tag: &mut [u8]) {
        let mut mac = hmac::Context::with_key(&self.key);
        for part in parts {
            mac.update(part);
        }
        copy_prefix(mac.sign().as_ref(), tag);
    }
}

impl fmt::Debug for Sha2Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmacKey({:?}, ..)", self.algorithm)
    }
}
