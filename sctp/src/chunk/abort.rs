//! ABORT (RFC 9260 §3.3.7).
//!
//! ```text
//! +---------------+---------------+-------------------------------+
//! |   type = 6    |   reserved  |T|            length             |
//! +---------------+---------------+-------------------------------+
//! |                         error causes                          |
//! ```

use alloc::vec::Vec;

use super::{Cause, FLAG_REFLECTED, encode, kind};

/// An ABORT chunk to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Abort<'a> {
    /// Whether the packet carries the receiver's own tag.
    pub(crate) reflected: bool,
    pub(crate) cause: Option<Cause<'a>>,
}

impl Abort<'_> {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let flags = if self.reflected { FLAG_REFLECTED } else { 0 };
        encode(out, kind::ABORT, flags, |out| {
            if let Some(cause) = &self.cause {
                cause.encode(out);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abort_says_why_and_whose_tag_it_carries() {
        let mut out = Vec::new();
        Abort { reflected: true, cause: None }.encode(&mut out);
        Abort { reflected: false, cause: Some(Cause::UserAbort) }.encode(&mut out);
        assert_eq!(out, [6, 1, 0, 4, 6, 0, 0, 8, 0, 12, 0, 4]);
    }
}
