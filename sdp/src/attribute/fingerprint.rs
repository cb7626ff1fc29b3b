//! The hash of the certificate that DTLS will show.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// `a=fingerprint` (RFC 8122 §5): a hash of the writer's certificate.
///
/// ```text
/// fingerprint:<hash function> <hex>[:<hex>]*
/// ```
///
/// ```
/// use lariat_sdp::Fingerprint;
///
/// let fingerprint = Fingerprint::new("SHA-1", vec![0x4a; 20]);
/// assert_eq!(fingerprint.hash, "sha-1");
/// assert!(fingerprint.to_string().starts_with("sha-1 4A:4A:"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// The hash function's name in lower case, `sha-256` for example. It may be one we do not
    /// know.
    pub hash: String,
    /// The hash itself. Of a function we know it has the right length, in what was parsed.
    pub bytes: Vec<u8>,
}

impl Fingerprint {
    /// A fingerprint. The function's name is put into lower case.
    pub fn new(hash: impl Into<String>, bytes: Vec<u8>) -> Self {
        let mut hash = hash.into();
        hash.make_ascii_lowercase();
        Self { hash, bytes }
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let hash = value.word().token(Field::HashFunction)?;
        let field = Field::FingerprintBytes;
        let length = value.text(field)?.len().div_ceil(3);
        let mut bytes = Vec::with_capacity(length);
        for octet in value.split(':') {
            bytes.push(byte(octet.rest()).ok_or_else(|| octet.fault(Reason::Malformed(field)))?);
        }
        let fingerprint = Self::new(hash, bytes);
        if length_of(&fingerprint.hash).is_some_and(|length| length != fingerprint.bytes.len()) {
            return Err(value.fault(Reason::OutOfRange(field)));
        }
        Ok(fingerprint)
    }
}

/// Two hex digits. The grammar wants upper case; lower case is understood as well.
fn byte(text: &str) -> Option<u8> {
    let is_hex = text.len() == 2 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// The length of a hash in bytes.
fn length_of(hash: &str) -> Option<usize> {
    match hash {
        "md2" | "md5" => Some(16),
        "sha-1" => Some(20),
        "sha-224" => Some(28),
        "sha-256" => Some(32),
        "sha-384" => Some(48),
        "sha-512" => Some(64),
        _ => None,
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.hash)?;
        for (index, byte) in self.bytes.iter().enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(f, "{separator}{byte:02X}")?;
        }
        Ok(())
    }
}
