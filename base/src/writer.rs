//! A cursor that appends to a caller's buffer, with lengths filled in afterwards.

use alloc::vec::Vec;

/// Appends big-endian values to a buffer that somebody else owns.
///
/// ```
/// use lariat_base::Writer;
///
/// let mut out = Vec::new();
/// let mut writer = Writer::new(&mut out);
/// let mut body = writer.length_prefixed_u16();
/// body.bytes(b"abc");
/// drop(body);
/// writer.u8(0xff);
/// assert_eq!(out, [0, 3, b'a', b'b', b'c', 0xff]);
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// A writer at the end of `out`.
    pub const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// How many bytes the buffer holds, whatever wrote them.
    pub const fn position(&self) -> usize {
        self.out.len()
    }

    /// Appends `bytes` as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends `count` bytes of zero.
    pub fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len().saturating_add(count), 0);
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    /// Appends two bytes.
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends the low three bytes of `value`; the fourth must be zero.
    pub fn u24(&mut self, value: u32) {
        let [high, rest @ ..] = value.to_be_bytes();
        debug_assert_eq!(high, 0, "a 24-bit field cannot hold {value}");
        self.bytes(&rest);
    }

    /// Appends four bytes.
    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends the low six bytes of `value`; the others must be zero.
    pub fn u48(&mut self, value: u64) {
        let [high, higher, rest @ ..] = value.to_be_bytes();
        debug_assert_eq!((high, higher), (0, 0), "a 48-bit field cannot hold {value}");
        self.bytes(&rest);
    }

    /// Appends eight bytes.
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Opens a block whose length in bytes is written in front of it, in one byte, when it is
    /// dropped.
    pub fn length_prefixed_u8(&mut self) -> LengthPrefix<'_> {
        LengthPrefix::open(self.out, 1)
    }

    /// Opens a block whose length in bytes is written in front of it, in two bytes, when it is
    /// dropped.
    pub fn length_prefixed_u16(&mut self) -> LengthPrefix<'_> {
        LengthPrefix::open(self.out, 2)
    }

    /// Opens a block whose length in bytes is written in front of it, in three bytes, when it is
    /// dropped.
    pub fn length_prefixed_u24(&mut self) -> LengthPrefix<'_> {
        LengthPrefix::open(self.out, 3)
    }
}

/// A block under construction: its length is filled in when it is dropped.
///
/// It dereferences to [`Writer`]. See [`Writer::length_prefixed_u16`].
#[derive(Debug)]
pub struct LengthPrefix<'a> {
    writer: Writer<'a>,
    start: usize,
    width: usize,
}

impl<'a> LengthPrefix<'a> {
    fn open(out: &'a mut Vec<u8>, width: usize) -> Self {
        let mut writer = Writer::new(out);
        writer.zeros(width);
        let start = writer.position();
        Self { writer, start, width }
    }
}

impl<'a> core::ops::Deref for LengthPrefix<'a> {
    type Target = Writer<'a>;

    fn deref(&self) -> &Writer<'a> {
        &self.writer
    }
}

impl<'a> core::ops::DerefMut for LengthPrefix<'a> {
    fn deref_mut(&mut self) -> &mut Writer<'a> {
        &mut self.writer
    }
}

impl Drop for LengthPrefix<'_> {
    fn drop(&mut self) {
        let length = self.writer.out.len().saturating_sub(self.start);
        let bytes = (length as u64).to_be_bytes();
        let (high, low) = bytes.split_at(bytes.len() - self.width);
        debug_assert!(high.iter().all(|&byte| byte == 0), "block of {length} bytes is too long");
        let field = self.start.saturating_sub(self.width)..self.start;
        if let Some(field) = self.writer.out.get_mut(field) {
            field.copy_from_slice(low);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;
    use crate::Reader;

    #[test]
    fn blocks_nest() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        let mut outer = writer.length_prefixed_u24();
        let mut inner = outer.length_prefixed_u8();
        inner.u16(0x0102);
        drop(inner);
        outer.u8(9);
        drop(outer);
        assert_eq!(out, [0, 0, 4, 2, 1, 2, 9]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            a: u8, b: u16, c in 0..1u32 << 24, d: u32, e in 0..1u64 << 48, f: u64,
        ) {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out);
            writer.u8(a);
            writer.u16(b);
            writer.u24(c);
            writer.u32(d);
            writer.u48(e);
            writer.u64(f);
            let mut reader = Reader::new(&out);
            prop_assert_eq!(reader.u8(), Ok(a));
            prop_assert_eq!(reader.u16(), Ok(b));
            prop_assert_eq!(reader.u24(), Ok(c));
            prop_assert_eq!(reader.u32(), Ok(d));
            prop_assert_eq!(reader.u48(), Ok(e));
            prop_assert_eq!(reader.u64(), Ok(f));
            prop_assert_eq!(reader.finish(), Ok(()));
        }
    }
}
