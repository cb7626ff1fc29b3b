//! The frame that every RTCP packet shares (RFC 3550 §6.4.1).
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|  count  |  packet type  |    length in words, less 1    |
//! +---------------+---------------+-------------------------------+
//! |                             body                              |
//! +---------------------------------------------------------------+
//! ```

use lariat_base::{Reader, Writer};

use crate::limits::{MAX_RTCP_COUNT, MAX_RTCP_LEN};
use crate::{BuildError, ParseError};

/// The length of the frame itself.
pub(super) const FRAME_LEN: usize = 4;

/// One RTCP packet, not yet understood.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    /// The count, or the format of a feedback message; five bits.
    pub(super) count: u8,
    pub(super) packet_type: u8,
    /// What follows the first word, without padding.
    pub(super) body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The packet at the front of `reader`.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let first = reader.u8()?;
        let version = first >> 6;
        if version != 2 {
            return Err(ParseError::Version(version));
        }
        let packet_type = reader.u8()?;
        // rfc3550 §6.4.1: the length leaves out one word, so that zero cannot stop a reader.
        let words = reader.u16()?;
        let body = reader.take(usize::from(words) * 4).map_err(|_| ParseError::RtcpLength)?;
        let body = if first & 0x20 == 0 { body } else { without_padding(body)? };
        Ok(Self { count: first & 0x1f, packet_type, body })
    }

    /// The packet that fills `bytes`.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let frame = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(frame)
    }

    /// This frame, if it is of the given type.
    pub(super) const fn expect_type(self, packet_type: u8) -> Result<Self, ParseError> {
        if self.packet_type == packet_type { Ok(self) } else { Err(self.mismatch()) }
    }

    /// This frame, if it is of the given type and format.
    pub(super) const fn expect_format(
        self,
        packet_type: u8,
        format: u8,
    ) -> Result<Self, ParseError> {
        if self.packet_type == packet_type && self.count == format {
            Ok(self)
        } else {
            Err(self.mismatch())
        }
    }

    const fn mismatch(self) -> ParseError {
        ParseError::RtcpType { packet_type: self.packet_type, format: self.count }
    }
}

/// rfc3550 §6.4.1: the last byte counts the padding, itself included, a multiple of four.
fn without_padding(body: &[u8]) -> Result<&[u8], ParseError> {
    let count = *body.last().ok_or(ParseError::Padding)?;
    if count == 0 || count % 4 != 0 {
        return Err(ParseError::Padding);
    }
    let length = body.len().checked_sub(usize::from(count)).ok_or(ParseError::Padding)?;
    body.get(..length).ok_or(ParseError::Padding)
}

/// Checks what the first word has to say of a packet of `encoded_len` bytes.
pub(super) fn check(count: usize, encoded_len: usize) -> Result<(), BuildError> {
    if count > MAX_RTCP_COUNT {
        return Err(BuildError::TooManyEntries(count));
    }
    if encoded_len > MAX_RTCP_LEN {
        return Err(BuildError::RtcpTooLong(encoded_len));
    }
    if !encoded_len.is_multiple_of(4) {
        return Err(BuildError::Unaligned(encoded_len));
    }
    Ok(())
}

/// Writes the first word of a packet that passed [`check`].
pub(super) fn write(writer: &mut Writer<'_>, count: usize, packet_type: u8, encoded_len: usize) {
    writer.u8(0x80 | count as u8 & 0x1f);
    writer.u8(packet_type);
    writer.u16((encoded_len / 4).saturating_sub(1) as u16);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_not_body() {
        let frame = Frame::parse(&[0xa0, 201, 0, 2, 0, 0, 0, 7, 0, 0, 0, 4]).unwrap();
        assert_eq!(frame.body, [0, 0, 0, 7]);
        let frame = Frame::parse(&[0xa0, 201, 0, 1, 0, 0, 0, 4]).unwrap();
        assert_eq!(frame.body, []);
    }

    #[test]
    fn what_is_not_a_frame_is_rejected() {
        for (bytes, error) in [
            (&[][..], ParseError::Truncated),
            (&[0x80, 201, 0][..], ParseError::Truncated),
            (&[0x00, 201, 0, 0][..], ParseError::Version(0)),
            (&[0x80, 201, 0, 1][..], ParseError::RtcpLength),
            (&[0x80, 201, 0xff, 0xff, 0, 0, 0, 0][..], ParseError::RtcpLength),
            (&[0x80, 201, 0, 0, 0][..], ParseError::Trailing),
            (&[0xa0, 201, 0, 0][..], ParseError::Padding),
            (&[0xa0, 201, 0, 1, 0, 0, 0, 0][..], ParseError::Padding),
            (&[0xa0, 201, 0, 1, 0, 0, 0, 3][..], ParseError::Padding),
            (&[0xa0, 201, 0, 1, 0, 0, 0, 8][..], ParseError::Padding),
        ] {
            assert_eq!(Frame::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }
}
