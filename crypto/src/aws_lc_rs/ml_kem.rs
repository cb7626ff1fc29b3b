//! ML-KEM-768 (FIPS 203).

#[cfg(test)]
mod tests;

use alloc::vec::Vec;

use aws_lc_rs::kem::{self, ML_KEM_768};

use crate::hybrid::{self, CIPHERTEXT_LEN, ENCAPSULATION_KEY_LEN};
use crate::{Error, Secret};

#[derive(Debug)]
pub(super) struct Key(kem::DecapsulationKey);

impl Key {
    pub(super) fn generate() -> Result<Self, Error> {
        kem::DecapsulationKey::generate(&ML_KEM_768).map(Self).map_err(|_| Error::Random)
    }

    pub(super) fn encapsulation_key(&self) -> Result<Vec<u8>, Error> {
        let key = self.0.encapsulation_key().map_err(|_| Error::Random)?;
        Ok(key.key_bytes().map_err(|_| Error::Random)?.as_ref().to_vec())
    }
}

impl hybrid::DecapsulationKey for Key {
    fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT_LEN]) -> Result<Secret, Error> {
        // draft-ietf-tls-ecdhe-mlkem, "Server share": with the length right, a failure is ours.
        let secret =
            self.0.decapsulate(ciphertext.as_slice().into()).map_err(|_| Error::PrivateKey)?;
        Ok(Secret::new(secret.as_ref().to_vec()))
    }
}

/// A ciphertext for the owner of an encapsulation key, and the secret in it.
pub(super) fn encapsulate(
    encapsulation_key: &[u8; ENCAPSULATION_KEY_LEN],
) -> Result<(Vec<u8>, Secret), Error> {
    let key =
        kem::EncapsulationKey::new(&ML_KEM_768, encapsulation_key).map_err(|_| Error::PublicKey)?;
    // draft-ietf-tls-ecdhe-mlkem, "Server share": this makes the check of FIPS 203 §7.2, that no
    // coefficient of the key reaches the modulus.
    let (ciphertext, secret) = key.encapsulate().map_err(|_| Error::PublicKey)?;
    Ok((ciphertext.as_ref().to_vec(), Secret::new(secret.as_ref().to_vec())))
}
