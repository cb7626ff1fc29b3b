//! AES-CTR and single blocks.

use alloc::boxed::Box;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;

use crate::{AesCtrKey, AesKey, Error};

#[derive(Debug)]
struct CtrKey(EncryptingKey);

#[derive(Debug)]
struct BlockKey(EncryptingKey);

pub(super) fn ctr_key(key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
    let key = EncryptingKey::ctr(unbound(key)?).map_err(|_| Error::KeyLength)?;
    Ok(Box::new(CtrKey(key)))
}

pub(super) fn block_key(key: &[u8]) -> Result<Box<dyn AesKey>, Error> {
    let key = EncryptingKey::ecb(unbound(key)?).map_err(|_| Error::KeyLength)?;
    Ok(Box::new(BlockKey(key)))
}

fn unbound(key: &[u8]) -> Result<UnboundCipherKey, Error> {
    let algorithm = match key.len() {
        16 => &AES_128,
        24 => &AES_192,
        32 => &AES_256,
        _ => return Err(Error::KeyLength),
    };
    UnboundCipherKey::new(algorithm, key).map_err(|_| Error::KeyLength)
}

impl AesCtrKey for CtrKey {
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        let iv = EncryptionContext::Iv128(FixedLength::from(*iv));
        self.0.less_safe_encrypt(data, iv).expect("counter mode takes any length");
    }
}

impl AesKey for BlockKey {
    fn encrypt_block(&self, block: &mut [u8; 16]) {
        self.0
            .less_safe_encrypt(block, EncryptionContext::None)
            .expect("one block is a multiple of the block's length");
    }
}
