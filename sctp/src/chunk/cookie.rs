//! COOKIE ECHO and COOKIE ACK (RFC 9260 §3.3.11, §3.3.12).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 10   |     flags     |            length             |
//! +---------------+---------------+-------------------------------+
//! |            the state cookie, its issuer's own matter          |
//! ```
//!
//! COOKIE ACK has type 11 and no value.

use alloc::vec::Vec;

use super::{encode, kind};

/// Appends a COOKIE ECHO.
pub(crate) fn encode_cookie_echo(out: &mut Vec<u8>, cookie: &[u8]) {
    encode(out, kind::COOKIE_ECHO, 0, |out| out.extend_from_slice(cookie));
}

/// Appends a COOKIE ACK.
pub(crate) fn encode_cookie_ack(out: &mut Vec<u8>) {
    encode(out, kind::COOKIE_ACK, 0, |_| {});
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_laid_out_as_the_rfc_draws_them() {
        let mut out = Vec::new();
        encode_cookie_ack(&mut out);
        encode_cookie_echo(&mut out, &[1, 2, 3]);
        assert_eq!(out, [11, 0, 0, 4, 10, 0, 0, 7, 1, 2, 3, 0]);
    }
}
