//! AES-CTR and single blocks, from RustCrypto: ring offers neither.

use alloc::boxed::Box;
use core::fmt;

use aes::cipher::{
    BlockCipherEncrypt, InnerIvInit as _, KeyInit as _, StreamCipher as _, consts::U16,
};
use aes::{Aes128, Aes192, Aes256};
use ctr::{Ctr128BE, CtrCore};

use crate::{AesCtrKey, AesKey, Error};

/// The key schedule of one AES size, used for both trait objects.
struct Schedule<C>(C);

impl<C> fmt::Debug for Schedule<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey(..)")
    }
}

pub(super) fn ctr_key(key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
    Ok(match key.len() {
        16 => Box::new(Schedule(Aes128::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        24 => Box::new(Schedule(Aes192::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        32 => Box::new(Schedule(Aes256::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        _ => return Err(Error::KeyLength),
    })
}

pub(super) fn block_key(key: &[u8]) -> Result<Box<dyn AesKey>, Error> {
    Ok(match key.len() {
        16 => Box::new(Schedule(Aes128::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        24 => Box::new(Schedule(Aes192::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        32 => Box::new(Schedule(Aes256::new_from_slice(key).map_err(|_| Error::KeyLength)?)),
        _ => return Err(Error::KeyLength),
    })
}

impl<C> AesCtrKey for Schedule<C>
where
    C: BlockCipherEncrypt<BlockSize = U16> + Send + Sync,
{
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        // By reference: the schedule was made once, with the key.
        let core = CtrCore::inner_iv_init(&self.0, iv.into());
        Ctr128BE::from_core(core).apply_keystream(data);
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
