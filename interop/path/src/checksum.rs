//! The Internet checksum, computed and amended.

/// The checksum of `parts` one after the other; only the last one may be of odd length.
pub(crate) fn of(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u64;
    for part in parts {
        let mut words = part.chunks_exact(2);
        for word in words.by_ref() {
            sum += u64::from(word_of(word));
        }
        if let [last] = words.remainder() {
            sum += u64::from(*last) << 8;
        }
    }
    !fold(sum)
}

/// The checksum that was `checksum`, after `old` became `new`. Both are of the same even length and
/// begin at an even place of what is summed.
///
/// rfc1624 §3: it is amended from the change alone, so that a checksum that was wrong stays wrong.
pub(crate) fn amend(checksum: u16, old: &[u8], new: &[u8]) -> u16 {
    let mut sum = u64::from(!checksum);
    for (old, new) in old.chunks_exact(2).zip(new.chunks_exact(2)) {
        sum += u64::from(!word_of(old)) + u64::from(word_of(new));
    }
    !fold(sum)
}

fn word_of(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |word, byte| word << 8 | u16::from(*byte))
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_is_met() {
        // rfc1624 §4: 0xCD7A is in the header with the checksum 0xDD2F, and 0x5555 becomes 0x3285.
        assert_eq!(amend(0xdd2f, &[0x55, 0x55], &[0x32, 0x85]), 0x0000);
    }

    #[test]
    fn an_amended_checksum_is_that_of_the_new_bytes() {
        let mut bytes = *b"some bytes of even length!";
        let before = of(&[&bytes]);
        let (old, new) = (bytes[4..12].to_vec(), *b"8 others");
        bytes[4..12].copy_from_slice(&new);
        assert_eq!(amend(before, &old, &new), of(&[&bytes]));
    }

    #[test]
    fn an_odd_last_byte_counts_as_the_upper_half_of_a_word() {
        assert_eq!(of(&[&[0x12, 0x34], &[0x56]]), of(&[&[0x12, 0x34, 0x56, 0]]));
    }
}
