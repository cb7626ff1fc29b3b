//! What is left of a message when parts of it have been acknowledged.

use alloc::vec::Vec;
use core::ops::Range;

/// Parts of a message, in order, none of which touch. A message of no bytes is one empty part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pieces(Vec<Range<usize>>);

impl Pieces {
    /// All of a message of `length` bytes.
    pub(super) fn whole(length: usize) -> Self {
        Self(alloc::vec![0..length])
    }

    /// Nothing of a message.
    pub(super) const fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.0.iter().cloned()
    }

    /// Takes a part out, and says whether any of it was there.
    pub(super) fn remove(&mut self, part: &Range<usize>) -> bool {
        let before = self.0.clone();
        self.0 = before
            .iter()
            .flat_map(|piece| {
                if piece == part {
                    return [None, None];
                }
                let left = piece.start..piece.end.min(part.start);
                let right = piece.start.max(part.end)..piece.end;
                [left, right].map(|rest| if rest.is_empty() { None } else { Some(rest) })
            })
            .flatten()
            .collect();
        self.0 != before
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_message_is_one_piece_until_it_is_removed() {
        let mut pieces = Pieces::whole(0);
        assert_eq!(pieces.iter().next(), Some(0..0));
        assert!(pieces.remove(&(0..0)));
        assert!(pieces.is_empty());
        assert!(!pieces.remove(&(0..0)));
    }

    proptest! {
        #[test]
        fn what_is_left_is_what_was_not_removed(
            length in 1..60_usize,
            parts in prop::collection::vec((0..60_usize, 1..20_usize), 0..12),
        ) {
            let mut pieces = Pieces::whole(length);
            let mut left: Vec<usize> = (0..length).collect();
            for (start, count) in parts {
                let part = start..(start + count).min(length);
                let before = left.len();
                left.retain(|index| !part.contains(index));
                if part.start < part.end {
                    prop_assert_eq!(pieces.remove(&part), left.len() != before);
                }
                prop_assert_eq!(pieces.iter().flatten().collect::<Vec<_>>(), left.clone());
                prop_assert_eq!(pieces.is_empty(), left.is_empty());
            }
        }
    }
}
