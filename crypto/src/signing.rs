//! What the private keys of every backend have in common.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::{Error, SignatureScheme, SigningKey};

/// A key pair of a backend's library, and how that signs with it.
struct Signer<P> {
    scheme: SignatureScheme,
    spki: Vec<u8>,
    pair: P,
    sign: fn(&P, &[u8]) -> Result<Vec<u8>, Error>,
}

/// A key whose signatures are `sign`'s. `spki` is the DER of its public key.
pub(crate) fn key<P: fmt::Debug + Send + Sync + 'static>(
    scheme: SignatureScheme,
    spki: Vec<u8>,
    pair: P,
    sign: fn(&P, &[u8]) -> Result<Vec<u8>, Error>,
) -> Box<dyn SigningKey> {
    Box::new(Signer { scheme, spki, pair, sign })
}

impl<P: fmt::Debug> fmt::Debug for Signer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.scheme).field(&self.pair).finish()
    }
}

impl<P: fmt::Debug + Send + Sync> SigningKey for Signer<P> {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        (self.sign)(&self.pair, message)
    }
}
