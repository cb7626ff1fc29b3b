//! The one walker over type-length-value lists (RFC 9260 §3.2.1): chunk parameters and error
//! causes.
//!
//! ```text
//! +-------------------------------+-------------------------------+
//! |             type              |  length, without the padding  |
//! +-------------------------------+-------------------------------+
//! |                 value, padded to 4 bytes with zeros           |
//! ```
//!
//! What is verified and what is used comes from the same walk, so the two cannot disagree.

use alloc::vec::Vec;

use lariat_base::Reader;

use crate::error::ParseError;
use crate::limits::MAX_PARAMETERS;

/// One parameter of a chunk, or one error cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    pub(crate) typ: u16,
    pub(crate) value: &'a [u8],
}

impl Parameter<'_> {
    /// Whether the list goes on to be processed after this parameter if its type is unknown.
    pub(crate) const fn continues_if_unknown(&self) -> bool {
        self.typ & 0x8000 != 0
    }

    /// Whether the sender wants to hear that the type is unknown.
    pub(crate) const fn reported_if_unknown(&self) -> bool {
        self.typ & 0x4000 != 0
    }

    /// Appends it, padded.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        encode(out, self.typ, |out| out.extend_from_slice(self.value));
    }
}

/// Walks over the parameters in `bytes`. The last one's padding may be missing.
///
/// It ends after the first error, and after [`MAX_PARAMETERS`].
pub(crate) fn walk(bytes: &[u8]) -> impl Iterator<Item = Result<Parameter<'_>, ParseError>> {
    let mut reader = Reader::new(bytes);
    let mut count = 0_usize;
    core::iter::from_fn(move || {
        if reader.is_empty() {
            return None;
        }
        count = count.saturating_add(1);
        let parameter =
            if count > MAX_PARAMETERS { Err(ParseError::TooMany) } else { read(&mut reader) };
        if parameter.is_err() {
            reader.rest();
        }
        Some(parameter)
    })
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<Parameter<'a>, ParseError> {
    let typ = reader.u16()?;
    let length = usize::from(reader.u16()?).checked_sub(4).ok_or(ParseError::Length)?;
    let value = reader.take(length)?;
    reader.take(padding(length).min(reader.remaining()))?;
    Ok(Parameter { typ, value })
}

/// Appends a parameter whose value `body` writes.
pub(crate) fn encode(out: &mut Vec<u8>, typ: u16, body: impl FnOnce(&mut Vec<u8>)) {
    encode_block(out, typ.to_be_bytes(), body);
}

/// Appends two bytes, the length of the block with them and itself, the block, and its padding.
/// Chunks and parameters share this shape.
pub(crate) fn encode_block(out: &mut Vec<u8>, head: [u8; 2], body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&head);
    out.extend_from_slice(&[0; 2]);
    body(out);
    let length = out.len().saturating_sub(start);
    debug_assert!(length <= usize::from(u16::MAX), "a block of {length} bytes has no length");
    let field = (length as u16).to_be_bytes();
    if let Some(place) = out.get_mut(start.saturating_add(2)..start.saturating_add(4)) {
        place.copy_from_slice(&field);
    }
    out.resize(out.len().saturating_add(padding(length)), 0);
}

/// How many bytes of padding follow `length` bytes.
pub(crate) const fn padding(length: usize) -> usize {
    length.wrapping_neg() & 3
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    // adversarial C4
    #[test]
    fn impossible_lengths_end_the_walk() {
        for bytes in [
            &[0, 5, 0, 0][..],
            &[0, 5, 0, 1],
            &[0, 5, 0, 2],
            &[0, 5, 0, 3],
            &[0, 5, 0, 5],
            &[0, 5, 0],
            &[0, 5, 0xff, 0xff, 1, 2, 3, 4],
        ] {
            let walked: Vec<_> = walk(bytes).collect();
            assert_eq!(walked.len(), 1, "{bytes:?}");
            assert!(walked[0].is_err(), "{bytes:?}");
        }
    }

    // adversarial C4
    #[test]
    fn a_thousand_parameters_are_too_many() {
        let bytes = [0x80, 1, 0, 4].repeat(1_000);
        let walked: Vec<_> = walk(&bytes).collect();
        assert_eq!(walked.len(), MAX_PARAMETERS + 1);
        assert_eq!(walked.last(), Some(&Err(ParseError::TooMany)));
    }

    #[test]
    fn the_last_padding_may_be_missing() {
        let walked: Vec<_> = walk(&[0, 1, 0, 5, 9]).collect();
        assert_eq!(walked, [Ok(Parameter { typ: 1, value: &[9] })]);
    }

    #[test]
    fn the_high_bits_say_what_to_do_with_the_unknown() {
        let of = |typ| Parameter { typ, value: &[] };
        let rules: Vec<_> = [0x0fff_u16, 0x4fff, 0x8fff, 0xcfff]
            .map(|typ| (of(typ).continues_if_unknown(), of(typ).reported_if_unknown()))
            .into();
        assert_eq!(rules, [(false, false), (false, true), (true, false), (true, true)]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_walked(
            list in prop::collection::vec(
                (any::<u16>(), prop::collection::vec(any::<u8>(), 0..9)),
                0..9,
            )
        ) {
            let mut out = vec![];
            for (typ, value) in &list {
                Parameter { typ: *typ, value }.encode(&mut out);
            }
            let walked: Vec<_> =
                walk(&out).map(|p| p.map(|p| (p.typ, p.value.to_vec()))).collect();
            let expected: Vec<_> = list.into_iter().map(Ok).collect();
            prop_assert_eq!(walked, expected);
        }
    }
}
