//! AES in counter mode.

#[cfg(target_arch = "x86_64")]
pub(crate) mod vaes;

use core::fmt;

use ::aes::cipher::{InnerIvInit as _, KeyInit as _, StreamCipher as _};
use ::aes::{Aes128, Aes192, Aes256};
use ctr::{Ctr128BE, CtrCore};

#[cfg(target_arch = "x86_64")]
use crate::aes::vaes::Schedule;
#[cfg(target_arch = "x86_64")]
use crate::processor::Vaes;

/// A prepared key of AES in counter mode: hidden in `Debug`.
///
/// ```
/// let key = lariat_lanes::AesCtrKey::new(&[7; 16]).expect("sixteen bytes are a key");
/// let mut data = *b"some bytes";
/// key.apply_keystream(&[0; 16], &mut data);
/// assert_ne!(&data, b"some bytes");
/// key.apply_keystream(&[0; 16], &mut data);
/// assert_eq!(&data, b"some bytes");
/// ```
pub struct AesCtrKey(Cipher);

impl AesCtrKey {
    /// Prepares a key of 16, 24 or 32 bytes; there is none of another length.
    pub fn new(key: &[u8]) -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if let Some(processor) = Vaes::detect() {
            return Self::in_lanes(processor, key);
        }
        Self::by_library(key)
    }

    /// Combines `data` with the keystream whose first block is the encryption of `iv`, counting up
    /// in its 128 bits.
    pub fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        match &self.0 {
            #[cfg(target_arch = "x86_64")]
            Cipher::Lanes(processor, schedule) => apply_in_lanes(*processor, schedule, *iv, data),
            Cipher::Aes128(cipher) => {
                Ctr128BE::from_core(CtrCore::inner_iv_init(cipher, iv.into()))
                    .apply_keystream(data);
            }
            Cipher::Aes192(cipher) => {
                Ctr128BE::from_core(CtrCore::inner_iv_init(cipher, iv.into()))
                    .apply_keystream(data);
            }
            Cipher::Aes256(cipher) => {
                Ctr128BE::from_core(CtrCore::inner_iv_init(cipher, iv.into()))
                    .apply_keystream(data);
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn in_lanes(processor: Vaes, key: &[u8]) -> Option<Self> {
        Some(Self(Cipher::Lanes(processor, processor.expand(key)?)))
    }

    /// RustCrypto's, which has the processor's instructions for AES too, one block each.
    pub(crate) fn by_library(key: &[u8]) -> Option<Self> {
        Some(Self(match key.len() {
            16 => Cipher::Aes128(Aes128::new_from_slice(key).ok()?),
            24 => Cipher::Aes192(Aes192::new_from_slice(key).ok()?),
            32 => Cipher::Aes256(Aes256::new_from_slice(key).ok()?),
            _ => return None,
        }))
    }
}

impl fmt::Debug for AesCtrKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesCtrKey(..)")
    }
}

enum Cipher {
    #[cfg(target_arch = "x86_64")]
    Lanes(Vaes, Schedule),
    Aes128(Aes128),
    Aes192(Aes192),
    Aes256(Aes256),
}

/// The lanes count in the lower 64 bits only, so data is cut where those overflow.
#[cfg(target_arch = "x86_64")]
fn apply_in_lanes(processor: Vaes, schedule: &Schedule, iv: [u8; 16], data: &mut [u8]) {
    let counter = u128::from_be_bytes(iv);
    let blocks = (1 << 64) - u128::from(counter as u64);
    let until_carry = usize::try_from(16 * blocks).unwrap_or(usize::MAX);
    let (data, rest) = data.split_at_mut(until_carry.min(data.len()));
    processor.apply_keystream(schedule, counter, data);
    if !rest.is_empty() {
        processor.apply_keystream(schedule, counter.wrapping_add(blocks), rest);
    }
}
