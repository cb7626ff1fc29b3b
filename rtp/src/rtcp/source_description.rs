//! Source description (RFC 3550 §6.5).
//!
//! ```text
//! |V=2|P|   SC    |   PT = 202    |            length             |
//! +===============+===============+===============================+
//! |                          SSRC/CSRC                            |  SC times
//! +---------------+---------------+-------------------------------+
//! |     kind      |    length     |  text ...                     |  any number
//! +---------------+---------------+-------------------------------+
//! |  1 to 4 bytes of zero, up to the next word                    |
//! +===============================================================+
//! ```

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use lariat_base::{Reader, Writer};

use super::frame::{self, FRAME_LEN, Frame};
use crate::limits::MAX_RTCP_TEXT;
use crate::{BuildError, ParseError};

/// Who the sources are.
///
/// ```
/// use lariat_rtp::rtcp::SourceDescription;
///
/// let sdes = SourceDescription::cname(7, "k3Yz0a".into());
/// let mut bytes = Vec::new();
/// sdes.encode(&mut bytes)?;
/// let read = SourceDescription::parse(&bytes)?;
/// assert_eq!(read.cname_of(7), Some("k3Yz0a"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SourceDescription {
    /// One chunk for each source, at most [`MAX_RTCP_COUNT`](crate::limits::MAX_RTCP_COUNT).
    pub chunks: Vec<SdesChunk>,
}

/// What a [`SourceDescription`] says about one source.
///
/// ```
/// use lariat_rtp::rtcp::{SdesChunk, SdesItem};
///
/// let chunk = SdesChunk { ssrc: 7, items: vec![SdesItem::Cname("k3Yz0a".into())] };
/// assert_eq!(chunk.items[0].kind(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SdesChunk {
    /// The source.
    pub ssrc: u32,
    /// What is said about it.
    pub items: Vec<SdesItem>,
}

/// One statement of an [`SdesChunk`].
///
/// ```
/// use lariat_rtp::rtcp::SdesItem;
///
/// let tool = SdesItem::Other { kind: 6, text: b"lariat".to_vec() };
/// assert_eq!((tool.kind(), tool.text()), (6, &b"lariat"[..]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SdesItem {
    /// The canonical name: the same for all sources of one endpoint, and random (RFC 7022).
    Cname(String),
    /// Any other item, and a canonical name that is not UTF-8.
    Other {
        /// The kind as on the wire, not 0.
        kind: u8,
        /// The text, at most [`MAX_RTCP_TEXT`] bytes; meant to be UTF-8.
        text: Vec<u8>,
    },
}

impl SdesItem {
    const CNAME: u8 = 1;

    fn new(kind: u8, text: &[u8]) -> Self {
        match core::str::from_utf8(text) {
            Ok(name) if kind == Self::CNAME => Self::Cname(String::from(name)),
            _ => Self::Other { kind, text: Vec::from(text) },
        }
    }

    /// The kind as on the wire.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Cname(_) => Self::CNAME,
            Self::Other { kind, .. } => *kind,
        }
    }

    /// The text as on the wire.
    pub fn text(&self) -> &[u8] {
        match self {
            Self::Cname(name) => name.as_bytes(),
            Self::Other { text, .. } => text,
        }
    }

    fn check(&self) -> Result<(), BuildError> {
        if self.kind() == 0 {
            return Err(BuildError::SdesKind);
        }
        let length = self.text().len();
        if length > MAX_RTCP_TEXT { Err(BuildError::TextTooLong(length)) } else { Ok(()) }
    }
}

impl SdesChunk {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let ssrc = reader.u32().map_err(|_| ParseError::RtcpCount)?;
        let start = reader.remaining();
        let mut items = Vec::new();
        loop {
            let kind = reader.u8().map_err(|_| ParseError::SdesEnd)?;
            if kind == 0 {
                break;
            }
            let length = reader.u8().map_err(|_| ParseError::SdesEnd)?;
            let text = reader.take(usize::from(length)).map_err(|_| ParseError::SdesEnd)?;
            items.push(SdesItem::new(kind, text));
        }
        // rfc3550 §6.5: the next chunk begins at the next word.
        let padding = (start - reader.remaining()).wrapping_neg() % 4;
        reader.take(padding).map_err(|_| ParseError::SdesEnd)?;
        Ok(Self { ssrc, items })
    }

    fn encoded_len(&self) -> usize {
        let items = self.items.iter().map(|item| 2 + item.text().len()).sum::<usize>();
        4 + (items + 1).next_multiple_of(4)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        let end = writer.position() + self.encoded_len();
        writer.u32(self.ssrc);
        for item in &self.items {
            writer.u8(item.kind());
            writer.length_prefixed_u8().bytes(item.text());
        }
        // rfc3550 §6.5: at least one zero ends the list, and further ones fill the word.
        writer.zeros(end.saturating_sub(writer.position()));
    }
}

impl SourceDescription {
    pub(super) const TYPE: u8 = 202;

    /// The description that every compound packet carries: the canonical name of one source.
    pub fn cname(ssrc: u32, name: String) -> Self {
        Self { chunks: vec![SdesChunk { ssrc, items: vec![SdesItem::Cname(name)] }] }
    }

    /// The canonical name of `ssrc`, if it is here.
    pub fn cname_of(&self, ssrc: u32) -> Option<&str> {
        let chunks = self.chunks.iter().filter(|chunk| chunk.ssrc == ssrc);
        chunks.flat_map(|chunk| &chunk.items).find_map(|item| match item {
            SdesItem::Cname(name) => Some(name.as_str()),
            SdesItem::Other { .. } => None,
        })
    }

    /// Whether any source has a canonical name here.
    pub(super) fn has_cname(&self) -> bool {
        let mut items = self.chunks.iter().flat_map(|chunk| &chunk.items);
        items.any(|item| item.kind() == SdesItem::CNAME)
    }

    /// Reads the one packet that fills `bytes`.
    ///
    /// # Errors
    /// Why it is not a source description.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        Self::from_frame(Frame::parse(bytes)?)
    }

    pub(super) fn from_frame(frame: Frame<'_>) -> Result<Self, ParseError> {
        let frame = frame.expect_type(Self::TYPE)?;
        let mut reader = Reader::new(frame.body);
        let chunks = (0..frame.count)
            .map(|_| SdesChunk::read(&mut reader))
            .collect::<Result<Vec<_>, _>>()?;
        reader.finish()?;
        Ok(Self { chunks })
    }

    /// How many bytes [`Self::encode`] writes.
    pub fn encoded_len(&self) -> usize {
        FRAME_LEN + self.chunks.iter().map(SdesChunk::encoded_len).sum::<usize>()
    }

    /// Appends the packet to `out`.
    ///
    /// # Errors
    /// [`BuildError::TooManyEntries`], [`BuildError::TextTooLong`], [`BuildError::SdesKind`] or
    /// [`BuildError::RtcpTooLong`]; `out` is as it was then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), BuildError> {
        self.chunks.iter().flat_map(|chunk| &chunk.items).try_for_each(SdesItem::check)?;
        frame::check(self.chunks.len(), self.encoded_len())?;
        let mut writer = Writer::new(out);
        frame::write(&mut writer, self.chunks.len(), Self::TYPE, self.encoded_len());
        for chunk in &self.chunks {
            chunk.write(&mut writer);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec as vec_of;
    use proptest::prelude::*;

    use super::super::testing::{assert_round_trip, text};
    use super::*;

    #[test]
    fn the_layout_is_that_of_the_rfc() {
        for (name, bytes) in [
            ("a", &b"\x81\xca\0\x02\0\0\0\x07\x01\x01a\0"[..]),
            ("ab", &b"\x81\xca\0\x03\0\0\0\x07\x01\x02ab\0\0\0\0"[..]),
            ("abc", &b"\x81\xca\0\x03\0\0\0\x07\x01\x03abc\0\0\0"[..]),
        ] {
            let mut out = Vec::new();
            let sdes = SourceDescription::cname(7, name.into());
            sdes.encode(&mut out).unwrap();
            assert_eq!(out, bytes);
            assert_eq!(SourceDescription::parse(bytes), Ok(sdes));
        }
    }

    #[test]
    fn useless_but_valid_descriptions_are_read() {
        // rfc3550 §6.5: no chunk at all, and a chunk of four zeros.
        assert_eq!(SourceDescription::parse(b"\x80\xca\0\0"), Ok(SourceDescription::default()));
        let empty = SourceDescription::parse(b"\x81\xca\0\x02\0\0\0\x07\0\0\0\0").unwrap();
        assert_eq!(empty.chunks, [SdesChunk { ssrc: 7, items: vec![] }]);
    }

    #[test]
    fn a_canonical_name_that_is_not_text_is_kept_as_it_is() {
        let read = SourceDescription::parse(b"\x81\xca\0\x02\0\0\0\x07\x01\x01\xff\0").unwrap();
        assert_eq!(read.cname_of(7), None);
        assert_eq!(read.chunks[0].items, [SdesItem::Other { kind: 1, text: vec![0xff] }]);
    }

    #[test]
    fn what_is_not_a_description_is_rejected() {
        for (bytes, error) in [
            (&b"\x81\xca\0\0"[..], ParseError::RtcpCount),
            (&b"\x81\xca\0\x01\0\0\0\x07"[..], ParseError::SdesEnd),
            (&b"\x81\xca\0\x02\0\0\0\x07\x01\x02ab"[..], ParseError::SdesEnd),
            (&b"\x81\xca\0\x02\0\0\0\x07\x01\xffab"[..], ParseError::SdesEnd),
            (&b"\x81\xca\0\x02\0\0\0\x07\x01\x01a\x02"[..], ParseError::SdesEnd),
            (&b"\x82\xca\0\x02\0\0\0\x07\x01\x01a\0"[..], ParseError::RtcpCount),
            (&b"\x80\xca\0\x01\0\0\0\x07"[..], ParseError::Trailing),
        ] {
            assert_eq!(SourceDescription::parse(bytes).unwrap_err(), error, "{bytes:x?}");
        }
    }

    #[test]
    fn what_the_wire_cannot_carry_is_refused() {
        let mut out = Vec::new();
        let mut refuse = |sdes: &SourceDescription| {
            let error = sdes.encode(&mut out).unwrap_err();
            assert_eq!(out, []);
            error
        };
        let many = SourceDescription { chunks: vec![SdesChunk::default(); 32] };
        assert_eq!(refuse(&many), BuildError::TooManyEntries(32));
        let long = SourceDescription::cname(7, "x".repeat(256));
        assert_eq!(refuse(&long), BuildError::TextTooLong(256));
        let zero = SdesItem::Other { kind: 0, text: vec![] };
        let zero = SourceDescription { chunks: vec![SdesChunk { ssrc: 7, items: vec![zero] }] };
        assert_eq!(refuse(&zero), BuildError::SdesKind);
        assert_round_trip(SourceDescription::cname(7, "x".repeat(255)));
    }

    fn item() -> impl Strategy<Value = SdesItem> {
        prop_oneof![
            text().prop_map(SdesItem::Cname),
            (2u8.., vec_of(any::<u8>(), 0..=20))
                .prop_map(|(kind, text)| SdesItem::Other { kind, text }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            chunks in vec_of((any::<u32>(), vec_of(item(), 0..4)), 0..6),
        ) {
            let chunks = chunks.into_iter().map(|(ssrc, items)| SdesChunk { ssrc, items });
            assert_round_trip(SourceDescription { chunks: chunks.collect() });
        }
    }
}
