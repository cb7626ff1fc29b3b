//! The SubjectPublicKeyInfo of keys (RFC 5480 §2, RFC 8410 §4, RFC 3279 §2.3.1).
//!
//! ```text
//! SEQUENCE {
//!     SEQUENCE { OBJECT IDENTIFIER id-ecPublicKey, OBJECT IDENTIFIER curve }
//!     BIT STRING uncompressed point
//! }
//! SEQUENCE {
//!     SEQUENCE { OBJECT IDENTIFIER id-Ed25519 }
//!     BIT STRING public key
//! }
//! SEQUENCE {
//!     SEQUENCE { OBJECT IDENTIFIER rsaEncryption, NULL }
//!     BIT STRING RSAPublicKey
//! }
//! ```

use alloc::vec::Vec;

/// What the encoding of a key depends on.
#[derive(Debug)]
pub(crate) struct Curve {
    /// The AlgorithmIdentifier, in DER.
    pub(crate) algorithm: &'static [u8],
    /// The length of a point in bytes: uncompressed, except for Ed25519, which has one form only.
    pub(crate) point_len: usize,
}

/// secp256r1.
pub(crate) const P256: Curve = Curve {
    algorithm: &[
        0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86,
        0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    ],
    point_len: 65,
};

/// secp384r1.
pub(crate) const P384: Curve = Curve {
    algorithm: &[
        0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
        0x04, 0x00, 0x22,
    ],
    point_len: 97,
};

/// Ed25519.
pub(crate) const ED25519: Curve =
    Curve { algorithm: &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70], point_len: 32 };

impl Curve {
    /// The encoding of the key whose point this is.
    pub(crate) fn subject_public_key_info(&self, point: &[u8]) -> Vec<u8> {
        [self.header().as_slice(), point].concat()
    }

    /// The point of a key on this curve.
    #[cfg(feature = "fake")]
    pub(crate) fn point<'a>(&self, subject_public_key_info: &'a [u8]) -> Option<&'a [u8]> {
        let point = subject_public_key_info.strip_prefix(self.header().as_slice())?;
        (point.len() == self.point_len).then_some(point)
    }

    /// Everything before the point. No length in it reaches the 128 that would need a second byte.
    fn header(&self) -> Vec<u8> {
        let bit_string_len = 1 + self.point_len;
        let length = self.algorithm.len() + 2 + bit_string_len;
        [&[0x30, length as u8], self.algorithm, &[0x03, bit_string_len as u8, 0x00]].concat()
    }
}

/// The encoding of an RSA key, from its RSAPublicKey (RFC 8017 §A.1.1).
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
pub(crate) fn of_rsa(public_key: &[u8]) -> Vec<u8> {
    const ALGORITHM: &[u8] =
        &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    // With keys of 2,048 to 8,192 bits both lengths take two bytes.
    let bit_string_len = 1 + public_key.len();
    let length = ALGORITHM.len() + 4 + bit_string_len;
    let header = |tag: u8, length: usize| [tag, 0x82, (length >> 8) as u8, length as u8];
    [&header(0x30, length)[..], ALGORITHM, &header(0x03, bit_string_len), &[0x00], public_key]
        .concat()
}
