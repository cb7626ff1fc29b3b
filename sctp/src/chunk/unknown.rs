//! Chunks of a type that we do not know (RFC 9260 §3.2, table 2).

use alloc::vec::Vec;

use super::{RawChunk, encode};

/// A chunk of unknown type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnknownChunk<'a>(pub(crate) RawChunk<'a>);

impl UnknownChunk<'_> {
    /// Whether the chunks behind it are to be processed.
    pub(crate) const fn continues(&self) -> bool {
        self.0.kind & 0x80 != 0
    }

    /// Whether the sender wants to hear that the type is unknown.
    pub(crate) const fn reported(&self) -> bool {
        self.0.kind & 0x40 != 0
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        encode(out, self.0.kind, self.0.flags, |out| out.extend_from_slice(self.0.value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_bits_say_what_to_do() {
        let rules = [0x3e, 0x7e, 0xbe, 0xfe].map(|kind| {
            let chunk = UnknownChunk(RawChunk { kind, flags: 0, value: &[] });
            (chunk.continues(), chunk.reported())
        });
        assert_eq!(rules, [(false, false), (false, true), (true, false), (true, true)]);
    }
}
