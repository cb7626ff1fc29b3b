//! MD5.

use super::{Mismatch, hex, same};
use crate::Provider;

struct Digest {
    name: &'static str,
    message: &'static [u8],
    digest: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    for vector in DIGESTS {
        for cut in 0..=vector.message.len() {
            let (head, tail) = vector.message.split_at(cut);
            same(vector.name, &provider.md5(&[head, &[], tail]), &hex(vector.digest))?;
        }
    }
    Ok(())
}

const DIGESTS: &[Digest] = &[
    Digest {
        name: "RFC 1321 §A.5, MD5 of nothing",
        message: b"",
        digest: "d41d8cd98f00b204e9800998ecf8427e",
    },
    Digest {
        name: "RFC 1321 §A.5, MD5 of one letter",
        message: b"a",
        digest: "0cc175b9c0f1b6a831c399e269772661",
    },
    Digest {
        name: "RFC 1321 §A.5, MD5 of abc",
        message: b"abc",
        digest: "900150983cd24fb0d6963f7d28e17f72",
    },
    Digest {
        name: "RFC 1321 §A.5, MD5 of two words",
        message: b"message digest",
        digest: "f96b697d7cb7938d525a2f31aaf161d0",
    },
    Digest {
        name: "RFC 1321 §A.5, MD5 of the alphabet",
        message: b"abcdefghijklmnopqrstuvwxyz",
        digest: "c3fcd3d76192e4007dfb496cca67e13b",
    },
    Digest {
        name: "RFC 1321 §A.5, MD5 of letters and digits",
        message: b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        digest: "d174ab98d277d9f5a5611c2c9f419d9f",
    },
    Digest {
        name: "RFC 1321 §A.5, MD5 of two blocks",
        message:
            b"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        digest: "57edf4a22be3c955ac49da2e2107b67a",
    },
    Digest {
        name: "RFC 8489 §9.2.2, MD5 of user:realm:pass",
        message: b"user:realm:pass",
        digest: "8493fbc53ba582fb4c044c456bdc40eb",
    },
];
