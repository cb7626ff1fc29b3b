//! HMAC: ring's over SHA-2, RustCrypto's over SHA-1, which has the processor's instructions.

use alloc::boxed::Box;
use core::fmt;

use ::hmac::{Hmac, KeyInit as _, Mac as _};
use ring::hmac;
use sha1::Sha1;

use crate::kdf::copy_prefix;
use crate::{HashAlgorithm, HmacKey};

pub(super) fn key(algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
    let ring_algorithm = match algorithm {
        HashAlgorithm::Sha1 => {
            return Box::new(Sha1Key(
                Hmac::new_from_slice(key).expect("HMAC takes a key of any length"),
            ));
        }
        HashAlgorithm::Sha256 => hmac::HMAC_SHA256,
        HashAlgorithm::Sha384 => hmac::HMAC_SHA384,
        HashAlgorithm::Sha512 => hmac::HMAC_SHA512,
    };
    Box::new(Sha2Key { algorithm, key: hmac::Key::new(ring_algorithm, key) })
}

struct Sha1Key(Hmac<Sha1>);

impl HmacKey for Sha1Key {
    fn algorithm(&self) -> HashAlgorithm {
        HashAlgorithm::Sha1
    }

    fn sign(&self, parts: &[&[u8]], tag: &mut [u8]) {
        // The clone is of the state after the padded key: the key is hashed once.
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        copy_prefix(&mac.finalize().into_bytes(), tag);
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
