//! The window against replayed records (RFC 6347 §4.1.2.6, RFC 9147 §4.5.1).

/// Which of the last 64 sequence numbers of an epoch have been seen.
///
/// A number is looked up before a record is decrypted and entered only once it is authentic, so a
/// forged record cannot move the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReplayWindow {
    /// One past the highest number seen.
    end: u64,
    /// Bit n is set if `end - 1 - n` was seen.
    seen: u64,
}

impl ReplayWindow {
    const WIDTH: u64 = 64;

    /// One past the highest number seen.
    pub(crate) const fn end(&self) -> u64 {
        self.end
    }

    /// Whether `sequence` may be new: not seen, and not left of the window.
    pub(crate) const fn is_new(&self, sequence: u64) -> bool {
        if sequence >= self.end {
            return true;
        }
        let age = self.end - 1 - sequence;
        age < Self::WIDTH && self.seen & (1 << age) == 0
    }

    /// Enters the number of an authentic record.
    pub(crate) const fn enter(&mut self, sequence: u64) {
        if sequence < self.end {
            let age = self.end - 1 - sequence;
            if age < Self::WIDTH {
                self.seen |= 1 << age;
            }
            return;
        }
        let step = sequence - self.end + 1;
        // A jump past the whole window leaves nothing of it.
        self.seen = if step < Self::WIDTH { self.seen << step } else { 0 } | 1;
        self.end = sequence.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_jump_past_the_window_clears_it() {
        // adversarial D12
        let mut window = ReplayWindow::default();
        for sequence in 0..64 {
            window.enter(sequence);
        }
        window.enter(1_000);
        assert!(!window.is_new(1_000));
        assert!((937..1_000).all(|sequence| window.is_new(sequence)));
        assert!(!window.is_new(936), "left of the window");
    }

    #[test]
    fn the_last_sequence_number_fits() {
        let mut window = ReplayWindow::default();
        window.enter((1 << 48) - 1);
        assert!(!window.is_new((1 << 48) - 1));
        assert!(window.is_new((1 << 48) - 2));
    }

    proptest! {
        #[test]
        fn no_number_is_new_twice(numbers in prop::collection::vec(0..200_u64, 0..200)) {
            let mut window = ReplayWindow::default();
            let mut seen = BTreeSet::new();
            for number in numbers {
                let highest = seen.last().copied().unwrap_or(0);
                let expected = !seen.contains(&number) && number + 64 > highest;
                prop_assert_eq!(window.is_new(number), expected);
                if expected {
                    window.enter(number);
                    seen.insert(number);
                }
            }
        }
    }
}
