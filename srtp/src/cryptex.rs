//! Cryptex: CSRCs and the whole header extension encrypted with the payload (RFC 9335).
//!
//! ```text
//! on the wire         fixed header | CSRCs | 0xc0de, length | elements | payload
//! for the cipher      fixed header | 0xc0de, length | CSRCs | elements | payload
//!                     ---------- clear -------------|---------- encrypted ------
//! ```

use crate::packet::{RTP_HEADER_LEN, RtpHeader};

/// What stands in front of a header extension.
const PREFIX_LEN: usize = 4;

/// How much of a packet arranged for the cipher stays in the clear.
pub(crate) const CLEAR_LEN: usize = RTP_HEADER_LEN + PREFIX_LEN;

/// "Defined by profile", for elements with headers of one byte and of two, in the clear
/// (RFC 8285 §4) and encrypted.
const ONE_BYTE: u16 = 0xbede;
const TWO_BYTE: u16 = 0x1000;
const ENCRYPTED_ONE_BYTE: u16 = 0xc0de;
const ENCRYPTED_TWO_BYTE: u16 = 0xc2de;

/// What becomes of a packet's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// There is nothing in it to hide.
    Nothing,
    /// It is encrypted under this "defined by profile".
    Encrypt(u16),
    /// CSRCs alone: an empty extension is put behind them.
    Extend,
    /// rfc9335 §5.1: not for extensions of another kind. Nor for what stands in the four bits next
    /// to 0x100, which there is no place for.
    Impossible,
}

impl Plan {
    pub(crate) fn of(header: &RtpHeader) -> Self {
        match header.extension {
            None if header.csrc_len == 0 => Self::Nothing,
            None => Self::Extend,
            Some(extension) => match extension.profile {
                ONE_BYTE => Self::Encrypt(ENCRYPTED_ONE_BYTE),
                TWO_BYTE => Self::Encrypt(ENCRYPTED_TWO_BYTE),
                _ => Self::Impossible,
            },
        }
    }

    /// By how much the packet grows.
    pub(crate) fn growth(self) -> usize {
        if self == Self::Extend { PREFIX_LEN } else { 0 }
    }

    /// Marks the packet as encrypted; `packet` is as long as it will be. Returns whether it is.
    pub(crate) fn mark(self, packet: &mut [u8], header: &RtpHeader) -> bool {
        match self {
            Self::Nothing | Self::Impossible => return false,
            Self::Encrypt(profile) => write_profile(packet, header, profile),
            Self::Extend => {
                if let Some(rest) = packet.get_mut(RTP_HEADER_LEN + header.csrc_len..) {
                    rest.rotate_right(PREFIX_LEN);
                    rest.iter_mut().take(PREFIX_LEN).for_each(|byte| *byte = 0);
                }
                if let Some(first) = packet.first_mut() {
                    *first |= 0x10;
                }
                write_profile(packet, header, ENCRYPTED_ONE_BYTE);
            }
        }
        true
    }
}

/// Whether a received packet says that its header is encrypted.
pub(crate) fn is_encrypted(header: &RtpHeader) -> bool {
    plain_profile(header).is_some()
}

/// Whether a received packet has something in its header that everybody could read.
pub(crate) fn is_exposed(header: &RtpHeader) -> bool {
    !is_encrypted(header) && (header.extension.is_some() || header.csrc_len > 0)
}

/// Writes "defined by profile" back as it was before encryption.
pub(crate) fn unmark(packet: &mut [u8], header: &RtpHeader) {
    if let Some(profile) = plain_profile(header) {
        write_profile(packet, header, profile);
    }
}

fn plain_profile(header: &RtpHeader) -> Option<u16> {
    match header.extension?.profile {
        ENCRYPTED_ONE_BYTE => Some(ONE_BYTE),
        ENCRYPTED_TWO_BYTE => Some(TWO_BYTE),
        _ => None,
    }
}

fn write_profile(packet: &mut [u8], header: &RtpHeader, profile: u16) {
    let behind = packet.get_mut(RTP_HEADER_LEN + header.csrc_len..);
    if let Some(field) = behind.and_then(|behind| behind.first_chunk_mut()) {
        *field = profile.to_be_bytes();
    }
}

/// rfc9335 §6.2: the extension's first four bytes change places with the CSRCs, so that what is in
/// the clear is in one piece, and the rest too.
pub(crate) fn arrange(packet: &mut [u8], header: &RtpHeader) {
    if let Some(both) = packet.get_mut(RTP_HEADER_LEN..CLEAR_LEN + header.csrc_len) {
        both.rotate_right(PREFIX_LEN);
    }
}

/// And back.
pub(crate) fn rearrange(packet: &mut [u8], header: &RtpHeader) {
    if let Some(both) = packet.get_mut(RTP_HEADER_LEN..CLEAR_LEN + header.csrc_len) {
        both.rotate_left(PREFIX_LEN);
    }
}
