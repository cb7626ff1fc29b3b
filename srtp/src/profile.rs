//! Protection profiles (RFC 5764 §4.1.2, RFC 7714 §14.2).

use core::fmt;

/// A cipher and its parameters, as DTLS negotiates them.
///
/// ```
/// use lariat_srtp::Profile;
///
/// assert_eq!(Profile::from_id(1), Some(Profile::Aes128CmHmacSha1_80));
/// assert_eq!(Profile::AeadAes128Gcm.to_string(), "AEAD_AES_128_GCM");
/// assert_eq!(Profile::AeadAes128Gcm.rtp_overhead(), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// AES-128 in counter mode and HMAC-SHA1 cut to 80 bits. Every WebRTC endpoint has it
    /// (RFC 8827 §6.5).
    Aes128CmHmacSha1_80,
    /// AES-128 in Galois/counter mode, with a tag of 128 bits.
    AeadAes128Gcm,
}

impl Profile {
    /// The code point in IANA's "DTLS-SRTP Protection Profiles" registry.
    pub const fn id(self) -> u16 {
        match self {
            Self::Aes128CmHmacSha1_80 => 0x0001,
            Self::AeadAes128Gcm => 0x0007,
        }
    }

    /// The profile with this code point, if it is one of these.
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0001 => Some(Self::Aes128CmHmacSha1_80),
            0x0007 => Some(Self::AeadAes128Gcm),
            _ => None,
        }
    }

    /// The name that statistics report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128CmHmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
        }
    }

    /// The length of a master key in bytes.
    pub const fn key_len(self) -> usize {
        16
    }

    /// The length of a master salt in bytes.
    pub const fn salt_len(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_80 => 14,
            Self::AeadAes128Gcm => 12,
        }
    }

    /// How many bytes protection adds to an RTP packet.
    pub const fn rtp_overhead(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_80 => 10,
            Self::AeadAes128Gcm => 16,
        }
    }

    /// How many bytes protection adds to an RTCP packet: the tag, the E flag and the index.
    pub const fn rtcp_overhead(self) -> usize {
        self.rtp_overhead() + 4
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
