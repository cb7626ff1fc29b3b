//! Sorted lists of TSN ranges.

use alloc::vec::Vec;

use crate::types::Tsn;

/// First and last TSN.
pub(crate) type Range = (Tsn, Tsn);

/// Sorts ranges and joins those that overlap or touch.
pub(crate) fn normalize(ranges: impl Iterator<Item = Range>) -> Vec<Range> {
    let mut sorted: Vec<Range> = ranges.collect();
    if !sorted.is_sorted() {
        sorted.sort_unstable();
    }
    let mut joined: Vec<Range> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match joined.last_mut() {
            Some(last) if range.0 <= last.1.next() => last.1 = last.1.max(range.1),
            _ => joined.push(range),
        }
    }
    joined
}

/// Calls `each` with every TSN that is in `these` and not in `those`, in order. Both must be
/// normalised. The cost is that of the two lists and of the calls.
pub(crate) fn for_each_missing(these: &[Range], those: &[Range], mut each: impl FnMut(Tsn)) {
    let mut others = those.iter().copied().peekable();
    for (first, last) in these.iter().copied() {
        let mut tsn = first;
        while tsn <= last {
            while others.next_if(|other| other.1 < tsn).is_some() {}
            match others.peek() {
                Some((start, end)) if *start <= tsn => tsn = end.next(),
                other => {
                    let stop = other.map_or(last, |other| other.0.previous()).min(last);
                    while tsn <= stop {
                        each(tsn);
                        tsn = tsn.next();
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use lariat_base::Serial32;
    use proptest::prelude::*;

    use super::*;

    fn tsn(value: u8) -> Tsn {
        Tsn::initial(Serial32::new(value.into()))
    }

    fn set(ranges: &[(u8, u8)]) -> BTreeSet<Tsn> {
        ranges.iter().flat_map(|(a, b)| (*a.min(b)..=*a.max(b)).map(tsn)).collect()
    }

    fn list(ranges: &[(u8, u8)]) -> Vec<Range> {
        normalize(ranges.iter().map(|(a, b)| (tsn(*a.min(b)), tsn(*a.max(b)))))
    }

    proptest! {
        #[test]
        fn the_difference_is_that_of_sets(
            these in prop::collection::vec((0_u8..60, 0_u8..60), 0..6),
            those in prop::collection::vec((0_u8..60, 0_u8..60), 0..6),
        ) {
            let mut found = Vec::new();
            for_each_missing(&list(&these), &list(&those), |tsn| found.push(tsn));
            let expected: Vec<_> = set(&these).difference(&set(&those)).copied().collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn normalised_ranges_do_not_touch(
            ranges in prop::collection::vec((0_u8..60, 0_u8..60), 0..9),
        ) {
            let normal = list(&ranges);
            prop_assert!(normal.windows(2).all(|pair| pair[0].1.next() < pair[1].0));
        }
    }
}
