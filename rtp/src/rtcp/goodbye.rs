//! Goodbye (RFC 3550 §6.6).
//!
//! ```text
//! |V=2|P|   SC    |   PT = 203    |            length             |
//! +---------------+---------------+-------------------------------+
//! |                        SC times SSRC/CSRC                     |
//! +---------------+-----------------------------------------------+
//! |    length     |        reason for leaving (optional)          |
//! +---------------+-----------------------------------------------+
//! ```

use alloc::string::String;
use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::frame::{self, FRAME_LEN, Frame};
use crate::limits::MAX_RTCP_TEXT;
use crate::{BuildError, ParseError};

/// Sources that leave.
///
/// ```
/// use lariat_rtp::rtcp::Goodbye;
///
/// let goodbye = Goodbye { ssrcs: vec![7], reason: Some("done".into()) };
/// let mut bytes = Vec::new();
/// goodbye.encode(&mut bytes)?;
/// assert_eq!(Goodbye::parse(&bytes)?, goodbye);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Goodbye {
    /// Who leaves, at most [`MAX_RTCP_COUNT`](crate::limits::MAX_RTCP_COUNT).
    pub ssrcs: Vec<u32>,
    /// Why, at most [`MAX_RTCP_TEXT`] bytes. What is not UTF-8 is replaced when it is read, and
    /// the end left out if that makes it too long.
    pub reason: Option<String>,
}

impl Goodbye {
    pub(super) const TYPE: u8 = 203;

    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not a goodbye.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_frame(Frame::parse(bytes)?)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        let frame = frame.expect_type(Self::TYPE)?;
        let mut reader = Reader::new(frame.body);
        let mut ssrcs = Vec::with_capacity(usize::from(frame.count));
        for _ in 0..frame.count {
            ssrcs.push(reader.u32().map_err(|_| ParseError::RtcpCount)?);
        }
        let reason = if reader.is_empty() {
            None
        } else {
            let length = reader.u8()?;
            let text = reader.take(usize::from(length)).map_err(|_| ParseError::ByeReason)?;
            let mut reason = String::from_utf8_lossy(text).into_owned();
            while reason.len() > MAX_RTCP_TEXT {
                reason.pop();
            }
            Some(reason)
        };
        Ok(Self { ssrcs, reason })
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        let reason = self.reason.as_ref().map_or(0, |reason| 1 + reason.len());
        FRAME_LEN + self.ssrcs.len() * 4 + reason.next_multiple_of(4)
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// [`BuildError::TooManyEntries`] or [`BuildError::TextTooLong`]; `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        let reason_len = self.reason.as_ref().map_or(0, String::len);
        if reason_len > MAX_RTCP_TEXT {
            return Err(BuildError::TextTooLong(reason_len));
        }
        frame::check(self.ssrcs.len(), self.encoded_len())?;
        let mut writer = Writer::new(out);
        let end = writer.position() + self.encoded_len();
        frame::write(&mut writer, self.ssrcs.len(), Self::TYPE, self.encoded_len());
        for ssrc in &self.ssrcs {
            writer.u32(*ssrc);
        }
        if let Some(reason) = &self.reason {
            writer.length_prefixed_u8().bytes(reason.as_bytes());
            // rfc3550 §6.6: zeros up to the next word, and none if the text ends there.
            writer.zeros(end.saturating_sub(writer.position()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::collection::vec as vec_of;
    use proptest::option;
    use proptest::prelude::*;

    use super::super::testing::{assert_round_trip, text};
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_rfc() {
        let mut out = Vec::new();
        Goodbye { ssrcs: vec![7, 8], reason: Some("bye!".into()) }.encode(&mut out).unwrap();
        assert_eq!(out, *b"\x82\xcb\0\x04\0\0\0\x07\0\0\0\x08\x04bye!\0\0\0");
        out.clear();
        Goodbye { ssrcs: vec![7], reason: Some("bye".into()) }.encode(&mut out).unwrap();
        assert_eq!(out, *b"\x81\xcb\0\x02\0\0\0\x07\x03bye");
    }

    #[test]
    fn what_is_not_a_goodbye_is_rejected() {
        for (bytes, error) in [
            (&b"\x81\xcb\0\0"[..], ParseError::RtcpCount),
            (&b"\x82\xcb\0\x01\0\0\0\x07"[..], ParseError::RtcpCount),
            (&b"\x81\xcb\0\x02\0\0\0\x07\x04bye"[..], ParseError::ByeReason),
            (&b"\x81\xcb\0\x02\0\0\0\x07\xffbye"[..], ParseError::ByeReason),
            (
                &b"\x81\xca\0\x01\0\0\0\x07"[..],
                ParseError::RtcpType { packet_type: 202, format: 1 },
            ),
        ] {
            assert_eq!(Goodbye::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }

    #[test]
    fn a_reason_that_is_no_text_can_be_written_again() {
        let mut bytes = vec![0x81, 0xcb, 0, 65, 0, 0, 0, 7, 255];
        bytes.extend([0xff; 255]);
        let goodbye = Goodbye::parse(&bytes).unwrap();
        assert_eq!(goodbye.reason.as_deref().map(str::len), Some(255));
        let mut written = Vec::new();
        goodbye.encode(&mut written).unwrap();
        assert_eq!(Goodbye::parse(&written), Ok(goodbye));
    }

    #[test]
    fn what_the_wire_cannot_carry_is_refused() {
        let mut out = Vec::new();
        let many = Goodbye { ssrcs: vec![7; 32], reason: None };
        assert_eq!(many.encode(&mut out), Err(BuildError::TooManyEntries(32)));
        let mut long = Goodbye { ssrcs: vec![], reason: Some("x".repeat(256)) };
        assert_eq!(long.encode(&mut out), Err(BuildError::TextTooLong(256)));
        assert_eq!(out, []);
        long.reason = Some("x".repeat(255));
        assert_round_trip(long);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            ssrcs in vec_of(any::<u32>(), 0..=31),
            reason in option::of(text()),
        ) {
            assert_round_trip(Goodbye { ssrcs, reason });
        }
    }
}
