//! ML-KEM-768 (FIPS 203) from RustCrypto, with ring's randomness.

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use core::fmt;

use ::ml_kem::ml_kem_768::{DecapsulationKey, EncapsulationKey};
use ::ml_kem::{Decapsulate as _, KeyExport as _};
use ring::rand::{self, SecureRandom as _};
use zeroize::{Zeroize as _, Zeroizing};

use crate::hybrid::{self, CIPHERTEXT_LEN, ENCAPSULATION_KEY_LEN};
use crate::{Error, Secret};

/// A private key. It overwrites itself when dropped.
pub(super) struct Key(DecapsulationKey);

impl Key {
    pub(super) fn generate(random: &rand::SystemRandom) -> Result<Self, Error> {
        let mut seed = Zeroizing::new([0; 64]);
        random.fill(&mut *seed).map_err(|_| Error::Random)?;
        Ok(Self::from_seed(&seed))
    }

    /// The key that FIPS 203 §7.1 derives from d, then z.
    fn from_seed(seed: &[u8; 64]) -> Self {
        Self(DecapsulationKey::from_seed((*seed).into()))
    }

    pub(super) fn encapsulation_key(&self) -> Vec<u8> {
        self.0.encapsulation_key().to_bytes().to_vec()
    }
}

impl hybrid::DecapsulationKey for Key {
    fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT_LEN]) -> Result<Secret, Error> {
        let mut secret = self.0.decapsulate(ciphertext.into());
        let kept = Secret::new(secret.to_vec());
        secret.zeroize();
        Ok(kept)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecapsulationKey(..)")
    }
}

/// A ciphertext for the owner of an encapsulation key, and the secret in it.
pub(super) fn encapsulate(
    encapsulation_key: &[u8; ENCAPSULATION_KEY_LEN],
    random: &rand::SystemRandom,
) -> Result<(Vec<u8>, Secret), Error> {
    let mut message = Zeroizing::new([0; 32]);
    random.fill(&mut *message).map_err(|_| Error::Random)?;
    encapsulate_message(encapsulation_key, &message)
}

fn encapsulate_message(
    encapsulation_key: &[u8; ENCAPSULATION_KEY_LEN],
    message: &[u8; 32],
) -> Result<(Vec<u8>, Secret), Error> {
    // draft-ietf-tls-ecdhe-mlkem, "Server share": this makes the check of FIPS 203 §7.2, that no
    // coefficient of the key reaches the modulus.
    let key = EncapsulationKey::new(encapsulation_key.into()).map_err(|_| Error::PublicKey)?;
    let (ciphertext, mut secret) = key.encapsulate_deterministic(message.into());
    let kept = Secret::new(secret.to_vec());
    secret.zeroize();
    Ok((ciphertext.to_vec(), kept))
}
