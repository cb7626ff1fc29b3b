//! Comparison that does not tell where two strings differ.

use subtle::ConstantTimeEq as _;

/// Whether two strings of bytes are equal, in a time that depends on their lengths only: for tags
/// that were not checked with [`HmacKey::verify`](crate::HmacKey::verify).
///
/// ```
/// use lariat_crypto::constant_time_eq;
///
/// assert!(constant_time_eq(b"tag", b"tag"));
/// assert!(!constant_time_eq(b"tag", b"tab"));
/// assert!(!constant_time_eq(b"tag", b"ta"));
/// ```
#[inline]
pub fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}
