//! HMAC: aws-lc-rs's over SHA-2, and over SHA-1 that of `lanes`.

use alloc::boxed::Box;
use core::fmt;

use aws_lc_rs::hmac;

use crate::kdf::copy_prefix;
use crate::{HashAlgorithm, HmacKey, lanes};

pub(super) fn key(algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
    let aws_lc_algorithm = match algorithm {
        // aws-lc-rs copies a state for each tag, which allocates.
        HashAlgorithm::Sha1 => return lanes::hmac_sha1_key(key),
        HashAlgorithm::Sha256 => hmac::HMAC_SHA256,
        HashAlgorithm::Sha384 => hmac::HMAC_SHA384,
        HashAlgorithm::Sha512 => hmac::HMAC_SHA512,
    };
    Box::new(Key { algorithm, key: hmac::Key::new(aws_lc_algorithm, key) })
}

struct Key {
    algorithm: HashAlgorithm,
    key: hmac::Key,
}

impl HmacKey for Key {
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

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmacKey({:?}, ..)", self.algorithm)
    }
}
