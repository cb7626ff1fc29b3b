//! The RTP header (RFC 3550 §5.1), as a view.
//!
//! ```text
//!  0                   1                   2                   3
//!  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//! +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//! |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//! +---------------+---------------+-------------------------------+
//! |                           timestamp                           |
//! +---------------------------------------------------------------+
//! |                              SSRC                             |
//! +===============================================================+
//! |                         CSRCs, CC of them                     |
//! +---------------------------------------------------------------+
//! |  defined by profile (if X)    |       length in words         |
//! +-------------------------------+-------------------------------+
//! |                        header extension                       |
//! +---------------------------------------------------------------+
//! ```

use lariat_base::{Reader, Serial16};

use crate::{Extensions, ParseError};

const FIXED_LEN: usize = 12;

/// A view of an RTP header that was found whole: fixed part, CSRCs and header extension.
///
/// What follows is not looked at, so it works on SRTP as well as on RTP. Nothing is copied and
/// nothing is allocated.
///
/// ```
/// use lariat_base::Serial16;
/// use lariat_rtp::HeaderView;
///
/// let datagram = [0x80, 0xe0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7, 0xff, 0xff];
/// let header = HeaderView::parse(&datagram)?;
/// assert!(header.marker());
/// assert_eq!(header.payload_type(), 96);
/// assert_eq!(header.sequence_number(), Serial16::new(9));
/// assert_eq!((header.timestamp(), header.ssrc()), (1, 7));
/// assert_eq!(header.header_len(), 12);
/// # Ok::<(), lariat_rtp::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HeaderView<'a> {
    fixed: &'a [u8; FIXED_LEN],
    csrcs: &'a [u8],
    extension: Option<(u16, &'a [u8])>,
}

impl<'a> HeaderView<'a> {
    /// Reads the header at the front of `datagram`.
    ///
    /// # Errors
    /// [`ParseError::Version`], [`ParseError::Truncated`] or [`ParseError::ExtensionLength`].
    #[inline]
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        Self::split(datagram).map(|(header, _)| header)
    }

    /// The header, and what follows it.
    #[inline]
    pub(crate) fn split(datagram: &'a [u8]) -> Result<(Self, &'a [u8]), ParseError> {
        let (fixed, rest) =
            datagram.split_first_chunk::<FIXED_LEN>().ok_or(ParseError::Truncated)?;
        // rfc3550 §5.1: the version is 2.
        let version = fixed[0] >> 6;
        if version != 2 {
            return Err(ParseError::Version(version));
        }
        let mut reader = Reader::new(rest);
        let csrcs = reader.take(usize::from(fixed[0] & 0x0f) * 4)?;
        let extension = if fixed[0] & 0x10 == 0 {
            None
        } else {
            // rfc3550 §5.3.1: the length counts words, without the first; zero is valid.
            let profile = reader.u16().map_err(|_| ParseError::ExtensionLength)?;
            let words = reader.u16().map_err(|_| ParseError::ExtensionLength)?;
            let block =
                reader.take(usize::from(words) * 4).map_err(|_| ParseError::ExtensionLength)?;
            Some((profile, block))
        };
        Ok((Self { fixed, csrcs, extension }, reader.rest()))
    }

    /// Whether the padding bit is set: the packet's last byte, once decrypted, counts padding.
    #[inline]
    pub const fn has_padding(&self) -> bool {
        self.fixed[0] & 0x20 != 0
    }

    /// The marker bit, whose meaning is the payload format's: the end of a frame, for video.
    #[inline]
    pub const fn marker(&self) -> bool {
        self.fixed[1] & 0x80 != 0
    }

    /// The payload type, 0 to 127.
    #[inline]
    pub const fn payload_type(&self) -> u8 {
        self.fixed[1] & 0x7f
    }

    /// The sequence number.
    #[inline]
    pub const fn sequence_number(&self) -> Serial16 {
        Serial16::new(u16::from_be_bytes([self.fixed[2], self.fixed[3]]))
    }

    /// The sampling time, in units of the payload format's clock.
    #[inline]
    pub const fn timestamp(&self) -> u32 {
        u32::from_be_bytes([self.fixed[4], self.fixed[5], self.fixed[6], self.fixed[7]])
    }

    /// The synchronisation source.
    #[inline]
    pub const fn ssrc(&self) -> u32 {
        u32::from_be_bytes([self.fixed[8], self.fixed[9], self.fixed[10], self.fixed[11]])
    }

    /// The contributing sources, at most [`MAX_CSRCS`](crate::limits::MAX_CSRCS).
    #[inline]
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        let (csrcs, _) = self.csrcs.as_chunks::<4>();
        csrcs.iter().map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// The header extension as it is: the field "defined by profile", and the block behind its
    /// length.
    #[inline]
    pub const fn raw_extension(&self) -> Option<(u16, &'a [u8])> {
        self.extension
    }

    /// The header extension elements; none if there is no extension, or one of another profile.
    #[inline]
    pub fn extensions(&self) -> Extensions<'a> {
        let (profile, block) = self.extension.unwrap_or((0, &[]));
        Extensions::new(profile, block)
    }

    /// The value of the first extension element with this identifier.
    #[inline]
    pub fn extension(&self, id: u8) -> Option<&'a [u8]> {
        self.extensions().find(|extension| extension.id == id).map(|extension| extension.value)
    }

    /// How many bytes the header takes: what SRTP leaves in the clear.
    #[inline]
    pub const fn header_len(&self) -> usize {
        let extension = match self.extension {
            Some((_, block)) => 4 + block.len(),
            None => 0,
        };
        FIXED_LEN + self.csrcs.len() + extension
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// The first packet of a VP8 encoder in a browser, and ten bytes of its payload.
    const VP8: [u8; 42] = [
        0x90, 0xe0, 0x37, 0xb4, 0xbe, 0x26, 0xb9, 0x42, 0xee, 0xdf, 0x39, 0x44, 0xbe, 0xde, 0x00,
        0x04, 0x22, 0xf5, 0xbd, 0x4d, 0x41, 0x00, 0x01, 0x90, 0x31, 0xa0, 0x6c, 0x30, 0x00, 0x00,
        0x00, 0x00, 0x90, 0xe0, 0xcc, 0x21, 0xdc, 0x20, 0x30, 0x0c, 0x00, 0x9d,
    ];

    #[test]
    fn a_captured_header_is_read() {
        let header = HeaderView::parse(&VP8).unwrap();
        assert!(header.marker());
        assert!(!header.has_padding());
        assert_eq!(header.payload_type(), 96);
        assert_eq!(header.sequence_number(), Serial16::new(0x37b4));
        assert_eq!(header.timestamp(), 0xbe26_b942);
        assert_eq!(header.ssrc(), 0xeedf_3944);
        assert_eq!(header.csrcs().len(), 0);
        assert_eq!(header.header_len(), 32);
        let extensions: Vec<_> = header.extensions().map(|e| (e.id, e.value)).collect();
        assert_eq!(
            extensions,
            [
                (2, &[0xf5, 0xbd, 0x4d][..]),
                (4, &[0x00, 0x01][..]),
                (9, &[0x31][..]),
                (10, &[0x6c][..]),
                (3, &[0x00][..]),
            ]
        );
    }

    #[test]
    fn what_is_not_a_header_is_rejected() {
        for (bytes, error) in [
            (&VP8[..0], ParseError::Truncated),
            (&VP8[..11], ParseError::Truncated),
            (&VP8[..12], ParseError::ExtensionLength),
            (&VP8[..15], ParseError::ExtensionLength),
            (&VP8[..31], ParseError::ExtensionLength),
            (&[0x81, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], ParseError::Truncated),
            (&[0x40, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], ParseError::Version(1)),
        ] {
            assert_eq!(HeaderView::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }

    #[test]
    fn an_extension_of_another_profile_is_kept_raw() {
        let bytes = [0x90, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0xab, 0xac, 0, 1, 1, 2, 3, 4];
        let header = HeaderView::parse(&bytes).unwrap();
        assert_eq!(header.raw_extension(), Some((0xabac, &[1, 2, 3, 4][..])));
        assert_eq!(header.extensions().count(), 0);
        assert_eq!(header.header_len(), 20);
    }
}
