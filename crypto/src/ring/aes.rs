//! AES-CTR from `lanes`, and single blocks from RustCrypto: ring offers neither.

use alloc::boxed::Box;
use core::fmt;

use aes::cipher::{BlockCipherEncrypt, KeyInit as _, consts::U16};
use aes::{Aes128, Aes192, Aes256};

use crate::{AesCtrKey, AesKey, Error};

pub(super) fn ctr_key(key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
    Ok(Box::new(CounterKey(lariat_lanes::AesCtrKey::new(key).ok_or(Error::KeyLength)?)))
}

#[derive(Debug)]
struct CounterKey(lariat_lanes::AesCtrKey);

impl AesCtrKey for CounterKey {
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        self.0.apply_keystream(iv, data);
    }
}

pub(super) fn block_key(key: &[u8]) -> Result<Box<dyn AesKey>, Error> {
    Ok(match key.len() {
        16 => Box::new(Schedule(Aes128::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        24 => Box::new(Schedule(Aes192::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        32 => Box::new(Schedule(Aes256::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        _ => return Err(Error::KeyLength),
    })
}

/// The key schedule of one AES size.
struct Schedule<C>(C);

impl<C> fmt::Debug for Schedule<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey(..)")
    }
}

impl<C> AesKey for Schedule<C>
where
    C: BlockCipherEncrypt<BlockSize = U16> + Send + Sync,
{
    fn encrypt_block(&self, block: &mut [u8; 16]) {
        self.0.encrypt_block(block.into());
    }
}
