//! Writing an RTP packet (RFC 3550 §5.1).

use alloc::vec::Vec;

use lariat_base::{Serial16, Writer};

use crate::extension::ExtensionWriter;
use crate::limits::MAX_CSRCS;
use crate::{BuildError, Extension};

/// The parts of an RTP packet, to be written.
///
/// ```
/// use lariat_base::Serial16;
/// use lariat_rtp::{Extension, PacketBuilder};
///
/// let mut datagram = Vec::new();
/// PacketBuilder {
///     payload_type: 111,
///     marker: false,
///     sequence_number: Serial16::new(1),
///     timestamp: 960,
///     ssrc: 0x1122_3344,
///     csrcs: &[],
///     extensions: &[Extension { id: 1, value: &[0x85] }],
///     payload: b"opus",
/// }
/// .encode(&mut datagram)?;
/// assert_eq!(datagram[..4], [0x90, 111, 0, 1]);
/// assert_eq!(datagram[12..], *b"\xbe\xde\0\x01\x10\x85\0\0opus");
/// # Ok::<(), lariat_rtp::BuildError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PacketBuilder<'a> {
    /// The payload type: 0 to 63, or 96 to 127.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// The sequence number.
    pub sequence_number: Serial16,
    /// The sampling time, in units of the payload format's clock.
    pub timestamp: u32,
    /// The synchronisation source.
    pub ssrc: u32,
    /// The contributing sources, at most [`MAX_CSRCS`].
    pub csrcs: &'a [u32],
    /// The header extension elements, in the order on the wire.
    pub extensions: &'a [Extension<'a>],
    /// The payload; it is not padded.
    pub payload: &'a [u8],
}

impl PacketBuilder<'_> {
    /// Appends the packet to `out`, with one-byte header extensions.
    ///
    /// # Errors
    /// Whatever the wire cannot carry; `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        self.encode_form(out, false)
    }

    /// Like [`Self::encode`], but with two-byte header extensions when one of them needs it.
    ///
    /// Only for a peer that has agreed to it (`a=extmap-allow-mixed`, RFC 8285 §6).
    ///
    /// # Errors
    /// Whatever the wire cannot carry; `out` is as it was then.
    pub fn encode_mixed(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        self.encode_form(out, true)
    }

    fn encode_form(&self, out: &mut Vec<u8>, allow_mixed: bool) -> Result<(), BuildError> {
        // rfc5761 §4: payload types 64 to 95 would look like RTCP on a shared port.
        if self.payload_type > 127 || matches!(self.payload_type, 64..=95) {
            return Err(BuildError::PayloadType(self.payload_type));
        }
        if self.csrcs.len() > MAX_CSRCS {
            return Err(BuildError::TooManyCsrcs(self.csrcs.len()));
        }
        let extension = ExtensionWriter::new(self.extensions, allow_mixed)?;

        let extension_len = extension.map_or(0, |extension| extension.encoded_len());
        out.reserve(12 + self.csrcs.len() * 4 + extension_len + self.payload.len());
        let mut writer = Writer::new(out);
        let extension_bit = if extension.is_some() { 0x10 } else { 0 };
        writer.u8(0x80 | extension_bit | self.csrcs.len() as u8);
        writer.u8(if self.marker { 0x80 } else { 0 } | self.payload_type);
        writer.u16(self.sequence_number.get());
        writer.u32(self.timestamp);
        writer.u32(self.ssrc);
        for csrc in self.csrcs {
            writer.u32(*csrc);
        }
        if let Some(extension) = extension {
            extension.encode(&mut writer);
        }
        writer.bytes(self.payload);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::Packet;

    #[test]
    fn what_the_wire_cannot_carry_is_refused_and_nothing_is_written() {
        let mut out = Vec::from(*b"before");
        for payload_type in (64..96).chain(128..=255) {
            let packet = PacketBuilder { payload_type, ..PacketBuilder::default() };
            assert_eq!(packet.encode(&mut out), Err(BuildError::PayloadType(payload_type)));
        }
        let packet = PacketBuilder { csrcs: &[0; 16], ..PacketBuilder::default() };
        assert_eq!(packet.encode(&mut out), Err(BuildError::TooManyCsrcs(16)));
        let extensions = [Extension { id: 15, value: &[1] }];
        let packet = PacketBuilder { extensions: &extensions, ..PacketBuilder::default() };
        assert_eq!(packet.encode(&mut out), Err(BuildError::ExtensionId(15)));
        assert_eq!(out, *b"before");
    }

    #[test]
    fn without_extension_elements_there_is_no_extension() {
        // rfc8285 §4.1.1
        let mut out = Vec::new();
        PacketBuilder::default().encode_mixed(&mut out).unwrap();
        assert_eq!(out, [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            payload_type in prop_oneof![0u8..64, 96u8..128],
            marker: bool,
            numbers: (u16, u32, u32),
            csrcs in vec(any::<u32>(), 0..=15),
            extensions in vec((1u8..=255, vec(any::<u8>(), 0..=20)), 0..6),
            payload in vec(any::<u8>(), 0..40),
        ) {
            let extensions: Vec<_> =
                extensions.iter().map(|(id, value)| Extension { id: *id, value }).collect();
            let built = PacketBuilder {
                payload_type,
                marker,
                sequence_number: Serial16::new(numbers.0),
                timestamp: numbers.1,
                ssrc: numbers.2,
                csrcs: &csrcs,
                extensions: &extensions,
                payload: &payload,
            };
            let mut out = Vec::new();
            built.encode_mixed(&mut out).unwrap();
            let read = Packet::parse(&out).unwrap();
            let read_csrcs: Vec<_> = read.csrcs().collect();
            let read_extensions: Vec<_> = read.extensions().collect();
            prop_assert_eq!(read.header_len() + payload.len(), out.len());
            prop_assert_eq!(built, PacketBuilder {
                payload_type: read.payload_type(),
                marker: read.marker(),
                sequence_number: read.sequence_number(),
                timestamp: read.timestamp(),
                ssrc: read.ssrc(),
                csrcs: &read_csrcs,
                extensions: &read_extensions,
                payload: read.payload(),
            });
        }
    }
}
