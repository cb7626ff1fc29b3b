//! A whole RTP packet (RFC 3550 §5.1), as a view.

use lariat_base::Serial16;

use crate::{Extensions, HeaderView, ParseError};

/// A view of an RTP packet in the clear: a [`HeaderView`] and the payload without its padding.
///
/// ```
/// use lariat_rtp::Packet;
///
/// // Two bytes of payload, and two of padding.
/// let datagram = [0xa0, 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, b'h', b'i', 0, 2];
/// let packet = Packet::parse(&datagram)?;
/// assert_eq!(packet.payload(), b"hi");
/// assert_eq!(packet.padding_len(), 2);
/// # Ok::<(), lariat_rtp::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    header: HeaderView<'a>,
    payload: &'a [u8],
    padding_len: u8,
}

impl<'a> Packet<'a> {
    /// Reads a packet that fills `datagram`.
    ///
    /// A packet of nothing but padding is valid, with an empty payload: senders probe the path with
    /// them.
    ///
    /// # Errors
    /// Those of [`HeaderView::parse`], and [`ParseError::Padding`].
    #[inline]
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        let (header, body) = HeaderView::split(datagram)?;
        let (payload, padding_len) = if header.has_padding() {
            // rfc3550 §5.1: the last byte counts the padding, itself included, so it is not zero.
            let count = *body.last().ok_or(ParseError::Padding)?;
            let length = body.len().checked_sub(usize::from(count)).ok_or(ParseError::Padding)?;
            if count == 0 {
                return Err(ParseError::Padding);
            }
            (body.get(..length).ok_or(ParseError::Padding)?, count)
        } else {
            (body, 0)
        };
        Ok(Self { header, payload, padding_len })
    }

    /// The header alone.
    #[inline]
    pub const fn header(&self) -> HeaderView<'a> {
        self.header
    }

    /// The marker bit, whose meaning is the payload format's: the end of a frame, for video.
    #[inline]
    pub const fn marker(&self) -> bool {
        self.header.marker()
    }

    /// The payload type, 0 to 127.
    #[inline]
    pub const fn payload_type(&self) -> u8 {
        self.header.payload_type()
    }

    /// The sequence number.
    #[inline]
    pub const fn sequence_number(&self) -> Serial16 {
        self.header.sequence_number()
    }

    /// The sampling time, in units of the payload format's clock.
    #[inline]
    pub const fn timestamp(&self) -> u32 {
        self.header.timestamp()
    }

    /// The synchronisation source.
    #[inline]
    pub const fn ssrc(&self) -> u32 {
        self.header.ssrc()
    }

    /// The contributing sources.
    #[inline]
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.header.csrcs()
    }

    /// The header extension elements.
    #[inline]
    pub fn extensions(&self) -> Extensions<'a> {
        self.header.extensions()
    }

    /// The value of the first extension element with this identifier.
    #[inline]
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        self.header.extension(id)
    }

    /// How many bytes the header takes, CSRCs and extensions included.
    #[inline]
    pub const fn header_len(&self) -> usize {
        self.header.header_len()
    }

    /// The payload, without padding.
    #[inline]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many bytes of padding follow the payload.
    #[inline]
    pub const fn padding_len(&self) -> u8 {
        self.padding_len
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn packet(first: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::from([first, 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7]);
        bytes.extend_from_slice(body);
        bytes
    }

    #[test]
    fn padding_is_not_payload() {
        let bytes = packet(0xa0, &[1, 2, 3, 0, 0, 3]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!((packet.payload(), packet.padding_len()), (&[1, 2, 3][..], 3));
    }

    #[test]
    fn without_the_padding_bit_everything_is_payload() {
        let bytes = packet(0x80, &[1, 2, 3, 0, 0, 3]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload(), [1, 2, 3, 0, 0, 3]);
        let bytes = packet(0x80, &[]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload(), []);
    }
}
