//! From 16-bit sequence numbers to 48-bit packet indices (RFC 3711 §3.3.1, Appendix A).
//!
//! ```text
//!  47                            16 15             0
//! +--------------------------------+----------------+
//! |     rollover counter (ROC)     | sequence number|
//! +--------------------------------+----------------+
//! ```

use lariat_base::Serial16;

use crate::limits::RTP_INDEX_END;

/// As many indices have the same rollover counter.
const ROLLOVER: u64 = 1 << 16;

/// The index of a packet next to the highest one so far, of which `next` is one past.
///
/// rfc3711 §3.3.1: of the three rollover counters around the current one, the one that makes the
/// index closest. The counter before 0 does not exist and stays 0. `None` past the key's lifetime.
pub(crate) fn estimate(next: u64, sequence_number: Serial16) -> Option<u64> {
    valid(sequence_number.extend(next.saturating_sub(1)))
}

/// The index of the first packet of a stream: rfc3711 §3.3.1 sets the rollover counter to zero.
pub(crate) fn first(sequence_number: Serial16) -> u64 {
    u64::from(sequence_number.get())
}

/// The index of a packet whose rollover counter is known.
pub(crate) fn with(rollover_counter: u32, sequence_number: Serial16) -> u64 {
    u64::from(rollover_counter) << 16 | u64::from(sequence_number.get())
}

/// What else the first packet's index may be: a stream may have begun shortly before the wrap, and
/// the packets up to it may be lost or late. That is so for numbers shortly after the wrap only.
pub(crate) fn first_after_wrap(sequence_number: Serial16) -> Option<u64> {
    let index = first(sequence_number);
    (index < ROLLOVER / 2).then_some(index + ROLLOVER)
}

/// What else an index may be that was already used, or is too old: after a gap of more than half of
/// the circle, the next packets look old.
pub(crate) fn ahead(index: u64) -> Option<u64> {
    valid(index.saturating_add(ROLLOVER))
}

fn valid(index: u64) -> Option<u64> {
    (index < RTP_INDEX_END).then_some(index)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The pseudo-code of Appendix A, with the highest index taken apart as there.
    fn appendix_a(highest: u64, sequence_number: u16) -> i64 {
        let (roc, s_l) = ((highest >> 16) as i64, (highest & 0xffff) as i64);
        let seq = i64::from(sequence_number);
        let v = if s_l < 32_768 {
            if seq - s_l > 32_768 { roc - 1 } else { roc }
        } else if s_l - 32_768 > seq {
            roc + 1
        } else {
            roc
        };
        seq + v * 65_536
    }

    proptest! {
        #[test]
        fn the_estimate_is_that_of_appendix_a(highest in 0_u64..(1 << 48) - (1 << 17), seq: u16) {
            let expected = appendix_a(highest, seq);
            // Exactly half of the circle away is as near on either side.
            prop_assume!((expected - highest as i64).abs() != 32_768);
            prop_assume!(expected >= 0);
            let estimated = estimate(highest + 1, Serial16::new(seq));
            prop_assert_eq!(estimated, Some(expected as u64));
        }
    }

    #[test]
    fn there_is_no_rollover_counter_before_zero() {
        assert!(appendix_a(2, 65_535) < 0);
        assert_eq!(estimate(3, Serial16::new(65_535)), Some(65_535));
    }

    #[test]
    fn the_last_index_is_followed_by_none() {
        let last = RTP_INDEX_END - 1;
        assert_eq!(estimate(last, Serial16::new(0xffff)), Some(last));
        assert_eq!(estimate(last + 1, Serial16::new(0)), None);
        assert_eq!(ahead(last - 65_536), Some(last));
        assert_eq!(ahead(last - 65_535), None);
    }

    #[test]
    fn only_the_lower_half_may_have_wrapped_unseen() {
        assert_eq!(first_after_wrap(Serial16::new(32_767)), Some(65_536 + 32_767));
        assert_eq!(first_after_wrap(Serial16::new(32_768)), None);
    }
}
