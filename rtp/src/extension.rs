//! Header extensions (RFC 8285).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |   0xBEDE, or 0x100 + appbits  |       length in words         |
//! +-------+-------+---------------+-------------------------------+
//! |  ID   | len-1 |  len bytes    |  one-byte form: ID 1 to 14    |
//! +-------+-------+---------------+-------------------------------+
//! |      ID       |      len      |  two-byte form: ID 1 to 255   |
//! +---------------+---------------+-------------------------------+
//! ```

use lariat_base::{Reader, Writer};

use crate::BuildError;

/// What "defined by profile" says in the one-byte form.
const ONE_BYTE: u16 = 0xbede;
/// And in the two-byte form, without the four application bits.
const TWO_BYTE: u16 = 0x1000;
const TWO_BYTE_MASK: u16 = 0xfff0;
/// The one-byte identifier that ends the list.
const RESERVED_ID: u8 = 15;

/// One header extension element: an identifier negotiated elsewhere, and its value.
///
/// ```
/// use lariat_rtp::{Extension, Packet, PacketBuilder};
///
/// let mid = Extension { id: 4, value: b"0" };
/// let mut datagram = Vec::new();
/// PacketBuilder { payload_type: 96, extensions: &[mid], ..PacketBuilder::default() }
///     .encode(&mut datagram)?;
/// let packet = Packet::parse(&datagram)?;
/// assert_eq!(packet.extension(4), Some(&b"0"[..]));
/// assert_eq!(packet.extension(5), None);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// The identifier: 1 to 14 in the one-byte form, 1 to 255 in the two-byte form.
    pub id: u8,
    /// The value: 1 to 16 bytes in the one-byte form, 0 to 255 in the two-byte form.
    pub value: &'a [u8],
}

/// Iterates over the extension elements of one packet, in the order on the wire.
///
/// It ends at the first element that is not whole, and gives none when the extension is of another
/// profile's making. Made by [`HeaderView::extensions`](crate::HeaderView::extensions).
///
/// ```
/// use lariat_rtp::HeaderView;
///
/// let bytes = [0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7];
/// assert_eq!(HeaderView::parse(&bytes)?.extensions().count(), 0);
/// # Ok::<(), lariat_rtp::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Extensions<'a> {
    form: Form,
    reader: Reader<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    OneByte,
    TwoByte,
}

impl<'a> Extensions<'a> {
    /// The elements of the block whose "defined by profile" field is `profile`.
    pub(crate) const fn new(profile: u16, block: &'a [u8]) -> Self {
        match profile {
            ONE_BYTE => Self { form: Form::OneByte, reader: Reader::new(block) },
            // rfc8285 §4.3: the application bits are ignored.
            _ if profile & TWO_BYTE_MASK == TWO_BYTE => {
                Self { form: Form::TwoByte, reader: Reader::new(block) }
            }
            _ => Self { form: Form::OneByte, reader: Reader::new(&[]) },
        }
    }

    /// The next element, `None` at the end or at the first one that is not whole.
    fn element(&mut self) -> Option<Extension<'a>> {
        loop {
            let first = self.reader.u8().ok()?;
            // rfc8285 §4.1.2: a byte of zero is padding, wherever an element may begin.
            if first == 0 {
                continue;
            }
            let (id, length) = match self.form {
                Form::OneByte => (first >> 4, usize::from(first & 0x0f) + 1),
                Form::TwoByte => (first, usize::from(self.reader.u8().ok()?)),
            };
            // rfc8285 §4.1.2: identifier 0 with a length ends it. §4.2: so does 15, in this form.
            if id == 0 || (self.form == Form::OneByte && id == RESERVED_ID) {
                return None;
            }
            let value = self.reader.take(length).ok()?;
            return Some(Extension { id, value });
        }
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Extension<'a>;

    fn next(&mut self) -> Option<Extension<'a>> {
        let element = self.element();
        if element.is_none() {
            // Whatever is left lies behind the end of the list.
            self.reader = Reader::new(&[]);
        }
        element
    }
}

impl core::iter::FusedIterator for Extensions<'_> {}

/// A list of elements that was found fit to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExtensionWriter<'a> {
    form: Form,
    words: u16,
    extensions: &'a [Extension<'a>],
}

impl<'a> ExtensionWriter<'a> {
    /// Checks `extensions`, and picks the two-byte form if it is allowed and needed; `None` for an
    /// empty list, which needs no header extension.
    pub(crate) fn new(
        extensions: &'a [Extension<'a>],
        allow_mixed: bool,
    ) -> Result<Option<Self>, BuildError> {
        if extensions.is_empty() {
            return Ok(None);
        }
        // rfc8285 §4.1.2: the one-byte form is used whenever every element fits into it.
        let form = match extensions.iter().try_for_each(|e| check(Form::OneByte, *e)) {
            Ok(()) => Form::OneByte,
            Err(error) if !allow_mixed => return Err(error),
            Err(_) => {
                extensions.iter().try_for_each(|e| check(Form::TwoByte, *e))?;
                Form::TwoByte
            }
        };
        let head = if form == Form::OneByte { 1 } else { 2 };
        let bytes = extensions.iter().map(|e| e.value.len() + head).sum::<usize>();
        let words = u16::try_from(bytes.div_ceil(4)).map_err(|_| BuildError::ExtensionsTooLong)?;
        Ok(Some(Self { form, words, extensions }))
    }

    /// How many bytes [`Self::encode`] writes.
    pub(crate) fn encoded_len(&self) -> usize {
        4 + usize::from(self.words) * 4
    }

    pub(crate) fn encode(&self, writer: &mut Writer<'_>) {
        let start = writer.position();
        writer.u16(if self.form == Form::OneByte { ONE_BYTE } else { TWO_BYTE });
        writer.u16(self.words);
        for Extension { id, value } in self.extensions {
            // `check` has bounded the length, so neither conversion loses bits.
            let length = value.len() as u8;
            match self.form {
                Form::OneByte => writer.u8(id << 4 | length.saturating_sub(1)),
                Form::TwoByte => {
                    writer.u8(*id);
                    writer.u8(length);
                }
            }
            writer.bytes(value);
        }
        let written = writer.position().saturating_sub(start);
        writer.zeros(self.encoded_len().saturating_sub(written));
    }
}

/// Whether `form` can carry the element.
fn check(form: Form, Extension { id, value }: Extension<'_>) -> Result<(), BuildError> {
    let (ids, lengths) = match form {
        Form::OneByte => (1..=14, 1..=16),
        Form::TwoByte => (1..=255, 0..=255),
    };
    if !ids.contains(&id) {
        return Err(BuildError::ExtensionId(id));
    }
    if !lengths.contains(&value.len()) {
        return Err(BuildError::ExtensionValue { id, length: value.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    fn ids(profile: u16, block: &[u8]) -> Vec<u8> {
        Extensions::new(profile, block).map(|extension| extension.id).collect()
    }

    #[test]
    fn the_one_byte_example_of_the_rfc_is_read() {
        // rfc8285 §4.2: three elements, with padding in between.
        let block = [0x10, 0xaa, 0x21, 0xbb, 0xbb, 0, 0, 0x33, 1, 2, 3, 4];
        let read: Vec<_> = Extensions::new(0xbede, &block).collect();
        assert_eq!(
            read,
            [
                Extension { id: 1, value: &[0xaa] },
                Extension { id: 2, value: &[0xbb, 0xbb] },
                Extension { id: 3, value: &[1, 2, 3, 4] },
            ]
        );
    }

    #[test]
    fn the_two_byte_example_of_the_rfc_is_read() {
        // rfc8285 §4.3: an empty element, and any application bits.
        let block = [1, 0, 2, 1, 0xaa, 0, 200, 4, 1, 2, 3, 4];
        for profile in 0x1000..=0x100f {
            let read: Vec<_> = Extensions::new(profile, &block).collect();
            assert_eq!(
                read,
                [
                    Extension { id: 1, value: &[] },
                    Extension { id: 2, value: &[0xaa] },
                    Extension { id: 200, value: &[1, 2, 3, 4] },
                ]
            );
        }
    }

    #[test]
    fn identifier_15_ends_the_one_byte_form_only() {
        assert_eq!(ids(0xbede, &[0x10, 0xaa, 0xf0, 0xaa, 0x20, 0xaa, 0, 0]), [1]);
        assert_eq!(ids(0x1000, &[15, 1, 0xaa, 1, 0, 0, 0, 0]), [15, 1]);
    }

    #[test]
    fn identifier_0_with_a_length_ends_the_list() {
        assert_eq!(ids(0xbede, &[0x10, 0xaa, 0x01, 0xaa, 0xaa, 0x20, 0xaa, 0]), [1]);
    }

    #[test]
    fn the_two_byte_form_is_taken_only_when_allowed_and_needed() {
        let long = [7; 17];
        let small = [Extension { id: 14, value: &long[..16] }];
        for needed in [
            [Extension { id: 15, value: &[1] }],
            [Extension { id: 1, value: &[] }],
            [Extension { id: 1, value: &long }],
        ] {
            assert!(ExtensionWriter::new(&needed, false).is_err());
            assert_eq!(ExtensionWriter::new(&needed, true).unwrap().unwrap().form, Form::TwoByte);
        }
        assert_eq!(ExtensionWriter::new(&small, true).unwrap().unwrap().form, Form::OneByte);
    }

    #[test]
    fn what_no_form_can_carry_is_refused() {
        let long = vec![0; 256];
        let refuse = |extensions: &[Extension<'_>]| ExtensionWriter::new(extensions, true).err();
        assert_eq!(refuse(&[Extension { id: 0, value: &[1] }]), Some(BuildError::ExtensionId(0)));
        assert_eq!(
            refuse(&[Extension { id: 1, value: &long }]),
            Some(BuildError::ExtensionValue { id: 1, length: 256 })
        );
        let many = vec![Extension { id: 1, value: &long[..255] }; 1_021];
        assert_eq!(refuse(&many), Some(BuildError::ExtensionsTooLong));
        assert_eq!(refuse(&many[..1_020]), None);
    }
}
