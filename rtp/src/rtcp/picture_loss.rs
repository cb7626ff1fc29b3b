//! Picture loss indication (RFC 4585 §6.3.1).
//!
//! ```text
//! |V=2|P| FMT = 1 |   PT = 206    |          length = 2           |
//! +---------------+---------------+-------------------------------+
//! |                     SSRC of packet sender                     |
//! +---------------------------------------------------------------+
//! |                      SSRC of media source                     |
//! +---------------------------------------------------------------+
//! ```

use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::frame::{self, FRAME_LEN, Frame};
use crate::{BuildError, ParseError};

/// A decoder has lost a picture and asks for a key frame.
///
/// ```
/// use lariat_rtp::rtcp::PictureLossIndication;
///
/// let pli = PictureLossIndication { sender_ssrc: 1, media_ssrc: 7 };
/// let mut bytes = Vec::new();
/// pli.encode(&mut bytes)?;
/// assert_eq!(PictureLossIndication::parse(&bytes)?, pli);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PictureLossIndication {
    /// Who asks.
    pub sender_ssrc: u32,
    /// Whose picture is lost.
    pub media_ssrc: u32,
}

impl PictureLossIndication {
    pub(super) const TYPE: u8 = 206;
    pub(super) const FORMAT: u8 = 1;

    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not a picture loss indication.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_frame(Frame::parse(bytes)?)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        let frame = frame.expect_format(Self::TYPE, Self::FORMAT)?;
        let mut reader = Reader::new(frame.body);
        let packet = Self { sender_ssrc: reader.u32()?, media_ssrc: reader.u32()? };
        // rfc4585 §6.3.1.2: there is no feedback control information.
        reader.finish().map_err(|_| ParseError::PliBody)?;
        Ok(packet)
    }

    /// How many bytes [`Self::encode`] writes.
    pub const fn encoded_len(&self) -> usize {
        FRAME_LEN + 8
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// None: the result is that of every message's `encode`.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        let mut writer = Writer::new(out);
        let format = usize::from(Self::FORMAT);
        frame::write(&mut writer, format, Self::TYPE, self.encoded_len());
        writer.u32(self.sender_ssrc);
        writer.u32(self.media_ssrc);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::assert_round_trip;
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_rfc() {
        let mut out = Vec::new();
        PictureLossIndication { sender_ssrc: 1, media_ssrc: 0xeedf_3944 }.encode(&mut out).unwrap();
        assert_eq!(out, [0x81, 206, 0, 2, 0, 0, 0, 1, 0xee, 0xdf, 0x39, 0x44]);
    }

    #[test]
    fn what_is_not_a_picture_loss_indication_is_rejected() {
        for (bytes, error) in [
            (&[0x81, 206, 0, 1, 0, 0, 0, 1][..], ParseError::Truncated),
            (&[0x81, 206, 0, 3, 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0][..], ParseError::PliBody),
            (
                &[0x82, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7][..],
                ParseError::RtcpType { packet_type: 206, format: 2 },
            ),
            (
                &[0x81, 205, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7][..],
                ParseError::RtcpType { packet_type: 205, format: 1 },
            ),
        ] {
            assert_eq!(PictureLossIndication::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(sender_ssrc: u32, media_ssrc: u32) {
            assert_round_trip(PictureLossIndication { sender_ssrc, media_ssrc });
        }
    }
}
