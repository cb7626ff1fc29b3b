//! RTCP packets that this crate does not read.

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::frame::{self, FRAME_LEN, Frame};
use crate::{BuildError, ParseError};

/// An RTCP packet of another type or format, as it is.
///
/// APP, extended reports, full intra requests, transport-wide feedback and the like come out like
/// this.
///
/// ```
/// use lariat_rtp::rtcp::{Packet, Unknown};
///
/// let bytes = [0x81, 207, 0, 1, 0, 0, 0, 7];
/// let unknown = Unknown { count: 1, packet_type: 207, body: vec![0, 0, 0, 7] };
/// assert_eq!(unknown.sender_ssrc(), Some(7));
/// assert_eq!(Packet::parse(&bytes)?, Packet::Unknown(unknown));
/// # Ok::<(), lariat_rtp::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Unknown {
    /// The count, or the format of a feedback message; 0 to 31.
    pub count: u8,
    /// The packet type.
    pub packet_type: u8,
    /// What follows the first word, without padding: a whole number of words.
    pub body: Vec<u8>,
}

impl Unknown {
    /// Reads the one packet that fills `bytes`, whatever its type.
    ///
    /// # Errors
    /// Why it is not an RTCP packet.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Frame::parse(bytes).map(Self::from_frame)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Self {
        let Frame { count, packet_type, body } = frame;
        Self { count, packet_type, body: Vec::from(body) }
    }

    /// Who sent it: the first word of the body in every type registered so far.
    pub fn sender_ssrc(&self) -> Option<u32> {
        Reader::new(&self.body).u32().ok()
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        FRAME_LEN + self.body.len()
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// [`BuildError::TooManyEntries`], [`BuildError::Unaligned`] or [`BuildError::RtcpTooLong`];
    /// `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        frame::check(usize::from(self.count), self.encoded_len())?;
        let mut writer = Writer::new(out);
        frame::write(&mut writer, usize::from(self.count), self.packet_type, self.encoded_len());
        writer.bytes(&self.body);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::super::testing::assert_round_trip;
    use super::*;
    use crate::limits::MAX_RTCP_LEN;

    #[test]
    fn what_the_wire_cannot_carry_is_refused() {
        let refuse = |count, length| {
            let mut out = Vec::new();
            let packet = Unknown { count, packet_type: 207, body: vec![0; length] };
            let result = packet.encode(&mut out);
            assert_eq!(out.is_empty(), result.is_err());
            result
        };
        assert_eq!(refuse(31, MAX_RTCP_LEN - 4), Ok(()));
        assert_eq!(refuse(32, 0), Err(BuildError::TooManyEntries(32)));
        assert_eq!(refuse(0, 5), Err(BuildError::Unaligned(9)));
        assert_eq!(refuse(0, MAX_RTCP_LEN), Err(BuildError::RtcpTooLong(MAX_RTCP_LEN + 4)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(count in 0u8..32, packet_type in 207u8.., words in 0usize..40) {
            assert_round_trip(Unknown { count, packet_type, body: vec![0xa5; words * 4] });
        }
    }
}
