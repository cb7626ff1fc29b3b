//! A cursor over untrusted bytes with no path that panics.

use core::fmt;

/// The input ended before the value did, or went on after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// Fewer bytes are left than the value takes.
    Truncated,
    /// The value is complete, but bytes are left.
    Trailing,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "input ends too early",
            Self::Trailing => "input goes on after its end",
        })
    }
}

impl core::error::Error for ReadError {}

/// Reads big-endian values from the front of a byte slice.
///
/// ```
/// use lariat_base::{ReadError, Reader};
///
/// let mut reader = Reader::new(&[0x00, 0x03, b'a', b'b', b'c']);
/// let length = reader.u16()?;
/// let name = reader.take(usize::from(length))?;
/// reader.finish()?;
/// assert_eq!(name, b"abc");
/// assert_eq!(reader.u8(), Err(ReadError::Truncated));
/// # Ok::<(), ReadError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes }
    }

    /// How many bytes are left.
    pub const fn remaining(&self) -> usize {
        self.left.len()
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The next `length` bytes.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left; nothing is consumed then.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        let (taken, left) = self.left.split_at_checked(length).ok_or(ReadError::Truncated)?;
        self.left = left;
        Ok(taken)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left; nothing is consumed then.
    pub fn take_array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let (taken, left) = self.left.split_first_chunk::<N>().ok_or(ReadError::Truncated)?;
        self.left = left;
        Ok(*taken)
    }

    /// A reader over the next `length` bytes alone.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left.
    pub fn sub(&mut self, length: usize) -> Result<Self, ReadError> {
        self.take(length).map(Self::new)
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.left)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if none is left.
    pub fn u8(&mut self) -> Result<u8, ReadError> {
        self.take_array().map(u8::from_be_bytes)
    }

    /// Two bytes.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left.
    pub fn u16(&mut self) -> Result<u16, ReadError> {
        self.take_array().map(u16::from_be_bytes)
    }

    /// Three bytes.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left.
    pub fn u24(&mut self) -> Result<u32, ReadError> {
        self.take_array::<3>().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Four bytes.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left.
    pub fn u32(&mut self) -> Result<u32, ReadError> {
        self.take_array().map(u32::from_be_bytes)
    }

    /// Six bytes.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left.
    pub fn u48(&mut self) -> Result<u64, ReadError> {
        self.take_array::<6>()
            .map(|[a, b, c, d, e, f]| u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// [`ReadError::Truncated`] if fewer are left.
    pub fn u64(&mut self) -> Result<u64, ReadError> {
        self.take_array().map(u64::from_be_bytes)
    }

    /// Ends reading.
    ///
    /// # Errors
    /// [`ReadError::Trailing`] if anything is left.
    pub const fn finish(&self) -> Result<(), ReadError> {
        if self.left.is_empty() { Ok(()) } else { Err(ReadError::Trailing) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_big_endian() {
        let bytes: [u8; 24] = core::array::from_fn(|i| u8::try_from(i + 1).unwrap());
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.u8(), Ok(0x01));
        assert_eq!(reader.u16(), Ok(0x0203));
        assert_eq!(reader.u24(), Ok(0x0004_0506));
        assert_eq!(reader.u32(), Ok(0x0708_090a));
        assert_eq!(reader.u48(), Ok(0x0b0c_0d0e_0f10));
        assert_eq!(reader.u64(), Ok(0x1112_1314_1516_1718));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_failed_read_consumes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u32(), Err(ReadError::Truncated));
        assert_eq!(reader.take(4), Err(ReadError::Truncated));
        assert_eq!(reader.take(usize::MAX), Err(ReadError::Truncated));
        assert_eq!(reader.finish(), Err(ReadError::Trailing));
        assert_eq!(reader.rest(), [1, 2, 3]);
        assert_eq!(reader.finish(), Ok(()));
    }
}
