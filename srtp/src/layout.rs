//! Where the parts stand that protection adds behind a packet.
//!
//! ```text
//!                  RTP                                 RTCP
//! counter mode     packet | MKI | tag                  packet | E, index | MKI | tag
//! AEAD             packet | tag | MKI                  packet | tag | E, index | MKI
//! ```
//!
//! (RFC 3711 §3.1, §3.4; RFC 7714 §8.2, §9.2. An AEAD's tag is part of what it encrypts to.)

use crate::Profile;
use crate::profile::Cipher;

/// The length of the E flag with the RTCP index.
const WORD_LEN: usize = 4;

/// The lengths of the parts, and their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    rtp_tag_len: usize,
    rtcp_tag_len: usize,
    mki_len: usize,
    is_aead: bool,
}

/// A protected RTP packet, taken apart.
pub(crate) struct RtpParts<'a> {
    pub(crate) packet: &'a mut [u8],
    pub(crate) tag: &'a mut [u8],
    pub(crate) mki: &'a mut [u8],
}

/// A protected RTCP packet, taken apart.
pub(crate) struct RtcpParts<'a> {
    pub(crate) packet: &'a mut [u8],
    /// The E flag and the index.
    pub(crate) word: &'a mut [u8; WORD_LEN],
    pub(crate) tag: &'a mut [u8],
    pub(crate) mki: &'a mut [u8],
}

impl Layout {
    pub(crate) fn new(profile: Profile, mki_len: usize) -> Self {
        Self {
            rtp_tag_len: profile.rtp_overhead(),
            rtcp_tag_len: profile.rtcp_overhead() - WORD_LEN,
            mki_len,
            is_aead: matches!(profile.cipher(), Cipher::Aead(_)),
        }
    }

    #[inline]
    pub(crate) fn mki_len(&self) -> usize {
        self.mki_len
    }

    /// Whether a packet that fails to open is destroyed by the attempt.
    #[inline]
    pub(crate) fn is_aead(&self) -> bool {
        self.is_aead
    }

    #[inline]
    pub(crate) fn rtp_overhead(&self) -> usize {
        self.rtp_tag_len + self.mki_len
    }

    #[inline]
    pub(crate) fn rtcp_overhead(&self) -> usize {
        self.rtcp_tag_len + WORD_LEN + self.mki_len
    }

    /// Takes a protected packet apart; `None` if it is too short for that.
    #[inline]
    pub(crate) fn rtp<'a>(&self, protected: &'a mut [u8]) -> Option<RtpParts<'a>> {
        let length = protected.len().checked_sub(self.rtp_overhead())?;
        let (packet, rest) = protected.split_at_mut_checked(length)?;
        let (tag, mki) = if self.is_aead {
            rest.split_at_mut_checked(self.rtp_tag_len)?
        } else {
            let (mki, tag) = rest.split_at_mut_checked(self.mki_len)?;
            (tag, mki)
        };
        Some(RtpParts { packet, tag, mki })
    }

    /// The same for RTCP.
    #[inline]
    pub(crate) fn rtcp<'a>(&self, protected: &'a mut [u8]) -> Option<RtcpParts<'a>> {
        let length = protected.len().checked_sub(self.rtcp_overhead())?;
        let (packet, rest) = protected.split_at_mut_checked(length)?;
        if self.is_aead {
            let (tag, rest) = rest.split_at_mut_checked(self.rtcp_tag_len)?;
            let (word, mki) = rest.split_first_chunk_mut()?;
            Some(RtcpParts { packet, word, tag, mki })
        } else {
            let (word, rest) = rest.split_first_chunk_mut()?;
            let (mki, tag) = rest.split_at_mut_checked(self.mki_len)?;
            Some(RtcpParts { packet, word, tag, mki })
        }
    }
}
