//! A key encapsulation with the lengths of ML-KEM-768, whose secret anybody can compute from the
//! encapsulation key and the ciphertext.

use alloc::vec::Vec;

use super::key_exchange::expand;
use super::mixer::Mixer;
use crate::hybrid::{self, CIPHERTEXT_LEN, ENCAPSULATION_KEY_LEN};
use crate::{Error, Secret};

/// What the coefficients of an encapsulation key are below (FIPS 203 §2.4).
const MODULUS: u16 = 3329;
/// The coefficients, two in three bytes; a seed of 32 bytes follows.
const COEFFICIENTS_LEN: usize = ENCAPSULATION_KEY_LEN - 32;

#[derive(Debug)]
pub(super) struct Key([u8; ENCAPSULATION_KEY_LEN]);

impl Key {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        let mut key = [0; ENCAPSULATION_KEY_LEN];
        expand(seed, &mut key);
        let (coefficients, _) = key.split_at_mut(COEFFICIENTS_LEN);
        for [_, middle, last] in coefficients.as_chunks_mut::<3>().0 {
            // Below 2¹¹ is below the modulus.
            *middle &= !0x08;
            *last &= !0x80;
        }
        Self(key)
    }

    pub(super) fn encapsulation_key(&self) -> &[u8; ENCAPSULATION_KEY_LEN] {
        &self.0
    }
}

impl hybrid::DecapsulationKey for Key {
    fn decapsulate(&self, ciphertext: &[u8; CIPHERTEXT_LEN]) -> Result<Secret, Error> {
        Ok(secret(&self.0, ciphertext))
    }
}

pub(super) fn encapsulate(
    encapsulation_key: &[u8; ENCAPSULATION_KEY_LEN],
    message: &[u8; 32],
) -> Result<(Vec<u8>, Secret), Error> {
    let (coefficients, _) = encapsulation_key.split_at(COEFFICIENTS_LEN);
    for &[first, middle, last] in coefficients.as_chunks::<3>().0 {
        let [first, middle, last] = [first, middle, last].map(u16::from);
        if first | (middle & 0x0f) << 8 >= MODULUS || middle >> 4 | last << 4 >= MODULUS {
            return Err(Error::PublicKey);
        }
    }
    let mut ciphertext = [0; CIPHERTEXT_LEN];
    expand(message, &mut ciphertext);
    Ok((ciphertext.to_vec(), secret(encapsulation_key, &ciphertext)))
}

fn secret(encapsulation_key: &[u8], ciphertext: &[u8]) -> Secret {
    let mut mixer = Mixer::new(&[0x6b65_6d00]);
    mixer.update(encapsulation_key);
    mixer.update(ciphertext);
    let mut secret = Secret::zeroed(32);
    mixer.fill(secret.as_bytes_mut());
    secret
}
