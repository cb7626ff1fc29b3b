//! MD5, which neither library offers: RustCrypto's, for every backend.

use ::md5::{Digest as _, Md5};

pub(crate) fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
