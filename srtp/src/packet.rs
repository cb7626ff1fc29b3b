//! What protection reads of a packet: where its header ends, and whose it is.

use lariat_base::{Reader, Serial16};
use lariat_rtp::HeaderView;

/// How much of an RTCP packet stays in the clear: the first header and the sender's SSRC.
pub(crate) const RTCP_HEADER_LEN: usize = 8;

/// The shortest RTP header.
pub(crate) const RTP_HEADER_LEN: usize = 12;

/// A packet's place among all packets under a key: no two have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) ssrc: u32,
    /// 48 bits for RTP, 31 for RTCP.
    pub(crate) index: u64,
}

/// What counts of an RTP header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RtpHeader {
    pub(crate) ssrc: u32,
    pub(crate) sequence_number: Serial16,
    /// How many bytes of CSRCs there are.
    pub(crate) csrc_len: usize,
    pub(crate) extension: Option<Extension>,
    /// Up to the payload: with CSRCs and extension.
    pub(crate) length: usize,
}

/// A header extension.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extension {
    /// The field "defined by profile".
    pub(crate) profile: u16,
    /// How many bytes follow the four that begin it.
    pub(crate) length: usize,
}

impl RtpHeader {
    /// `packet` does not include a tag: a header must not reach into it.
    #[inline]
    pub(crate) fn parse(packet: &[u8]) -> Option<Self> {
        let header = HeaderView::parse(packet).ok()?;
        Some(Self {
            ssrc: header.ssrc(),
            sequence_number: header.sequence_number(),
            csrc_len: 4 * header.csrcs().len(),
            extension: header
                .raw_extension()
                .map(|(profile, block)| Extension { profile, length: block.len() }),
            length: header.header_len(),
        })
    }

    /// The header extension with its length, and its block in `packet`.
    pub(crate) fn extension_block<'p>(
        &self,
        packet: &'p mut [u8],
    ) -> Option<(Extension, &'p mut [u8])> {
        let extension = self.extension?;
        let from = self.length.checked_sub(extension.length)?;
        Some((extension, packet.get_mut(from..self.length)?))
    }
}

/// The SSRC of an RTCP packet's sender.
pub(crate) fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(packet);
    let first = reader.u8().ok()?;
    let _type_and_length = reader.u24().ok()?;
    let ssrc = reader.u32().ok()?;
    // rfc3550 §6.4.1: the version is 2.
    (first >> 6 == 2).then_some(ssrc)
}
