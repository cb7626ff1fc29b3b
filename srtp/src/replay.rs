//! The replay list (RFC 3711 §3.3.2), as a window over the latest indices.

use alloc::boxed::Box;
use alloc::vec;

/// An index may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It was used.
    Replayed,
    /// It is behind the window.
    Stale,
}

/// Which of the latest indices were used. Everything behind them counts as used.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// One past the highest index that was used.
    next: u64,
    /// One bit for each of the latest indices, at the index modulo the size, which is a power of
    /// two.
    seen: Box<[u64]>,
}

impl Window {
    /// A window over `size` indices, a power of two and at least 64, behind `next`: all are used.
    pub(crate) fn used_before(next: u64, size: usize) -> Self {
        debug_assert!(size.is_power_of_two() && size >= 64, "places are found by masking");
        Self { next, seen: vec![u64::MAX; size / 64].into() }
    }

    /// A window over `size` indices of which only `index` is used.
    pub(crate) fn starting_at(index: u64, size: usize) -> Self {
        let mut window = Self { next: 0, ..Self::used_before(0, size) };
        window.insert(index);
        window
    }

    /// One past the highest index that was used.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    fn size(&self) -> u64 {
        self.seen.len() as u64 * 64
    }

    /// Whether an index may be used.
    #[inline]
    pub(crate) fn check(&self, index: u64) -> Result<(), Refused> {
        if index >= self.next {
            Ok(())
        } else if self.next - index > self.size() {
            Err(Refused::Stale)
        } else if self.is_seen(index) {
            Err(Refused::Replayed)
        } else {
            Ok(())
        }
    }

    /// Marks an index as used, moving the window ahead if needed.
    #[inline]
    pub(crate) fn insert(&mut self, index: u64) {
        if index >= self.next {
            if index > self.next {
                self.skip(index);
            }
            self.next = index.saturating_add(1);
        }
        self.set(index, true);
    }

    /// Marks everything between the highest index and this one as not used.
    fn skip(&mut self, index: u64) {
        if index - self.next >= self.size() {
            self.seen.fill(0);
        } else {
            (self.next..index).for_each(|skipped| self.set(skipped, false));
        }
    }

    fn is_seen(&self, index: u64) -> bool {
        let (word, bit) = self.place(index);
        self.seen.get(word).is_some_and(|word| word & bit != 0)
    }

    fn set(&mut self, index: u64, seen: bool) {
        let (word, bit) = self.place(index);
        if let Some(word) = self.seen.get_mut(word) {
            *word = if seen { *word | bit } else { *word & !bit };
        }
    }

    fn place(&self, index: u64) -> (usize, u64) {
        let word = (index / 64) as usize & self.seen.len().wrapping_sub(1);
        (word, 1 << (index % 64))
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn everything_before_a_resumed_window_is_used() {
        let window = Window::used_before(1_000, 64);
        assert_eq!(window.check(1_000), Ok(()));
        assert_eq!(window.check(999), Err(Refused::Replayed));
        assert_eq!(window.check(936), Err(Refused::Replayed));
        assert_eq!(window.check(935), Err(Refused::Stale));
    }

    #[test]
    fn the_first_index_leaves_those_before_it_open() {
        let window = Window::starting_at(100, 64);
        assert_eq!(window.check(100), Err(Refused::Replayed));
        assert_eq!(window.check(99), Ok(()));
        assert_eq!(window.check(37), Ok(()));
        assert_eq!(window.check(36), Err(Refused::Stale));
    }

    proptest! {
        // A set of all used indices says the same as the window.
        #[test]
        fn an_index_is_accepted_once(
            words in prop::sample::select([1_usize, 2, 4].as_slice()),
            first in 0_u64..1 << 40,
            steps in prop::collection::vec(-300_i64..300, 0..400),
        ) {
            let size = words * 64;
            let mut window = Window::starting_at(first, size);
            let mut used = BTreeSet::from([first]);
            let mut highest = first;
            for step in steps {
                let index = highest.saturating_add_signed(step);
                let expected = if used.contains(&index) && highest - index < size as u64 {
                    Err(Refused::Replayed)
                } else if index < highest && highest - index >= size as u64 {
                    Err(Refused::Stale)
                } else {
                    Ok(())
                };
                prop_assert_eq!(window.check(index), expected);
                if expected.is_ok() {
                    window.insert(index);
                    used.insert(index);
                    highest = highest.max(index);
                }
                prop_assert_eq!(window.next(), highest + 1);
            }
        }
    }
}
