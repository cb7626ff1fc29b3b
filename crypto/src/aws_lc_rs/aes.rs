//! Single AES blocks.

use alloc::boxed::Box;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey,
};

use crate::{AesKey, Error};

#[derive(Debug)]
struct BlockKey(EncryptingKey);

pub(super) fn key(key: &[u8]) -> Result<Box<dyn AesKey>, Error> {
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

impl AesKey for BlockKey {
    fn encrypt_block(&self, block: &mut [u8; 16]) {
        self.0
            .less_safe_encrypt(block, EncryptionContext::None)
            .expect("one block is a multiple of the block's length");
    }
}
