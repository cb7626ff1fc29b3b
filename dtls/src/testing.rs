//! Helpers of this crate's unit tests.

use alloc::vec::Vec;

/// The bytes that a string of hexadecimal digits stands for.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).unwrap().try_into().unwrap()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
