//! Single AES blocks, from RustCrypto: ring does not offer them.

use alloc::boxed::Box;
use core::fmt;

use aes::cipher::{BlockCipherEncrypt, KeyInit as _, consts::U16};
use aes::{Aes128, Aes192, Aes256};

use crate::{AesKey, Error};

pub(super) fn key(key: &[u8]) -> Result<Box<dyn AesKey>, Error> {
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
