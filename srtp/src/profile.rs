//! Protection profiles (RFC 5764 §4.1.2, RFC 6188, RFC 7714 §14.2).

use core::fmt;

use lariat_crypto::AeadAlgorithm;

/// A cipher and its parameters.
///
/// ```
/// use lariat_srtp::Profile;
///
/// assert_eq!(Profile::from_id(1), Some(Profile::Aes128CmHmacSha1_80));
/// assert_eq!(Profile::AeadAes128Gcm.to_string(), "AEAD_AES_128_GCM");
/// assert_eq!(Profile::AeadAes128Gcm.rtp_overhead(), 16);
/// // A short tag is for RTP only (RFC 3711 §5.2).
/// assert_eq!(Profile::Aes128CmHmacSha1_32.rtp_overhead(), 4);
/// assert_eq!(Profile::Aes128CmHmacSha1_32.rtcp_overhead(), 10 + 4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// AES-128 in counter mode and HMAC-SHA1 cut to 80 bits. Every WebRTC endpoint has it
    /// (RFC 8827 §6.5).
    Aes128CmHmacSha1_80,
    /// The same with RTP's tags cut to 32 bits: one forgery in 2³² succeeds. For audio where six
    /// bytes a packet count.
    Aes128CmHmacSha1_32,
    /// AES-256 in counter mode and HMAC-SHA1 cut to 80 bits (RFC 6188). DTLS has no code point for
    /// it.
    Aes256CmHmacSha1_80,
    /// The same with RTP's tags cut to 32 bits.
    Aes256CmHmacSha1_32,
    /// AES-128 in Galois/counter mode, with a tag of 128 bits (RFC 7714).
    AeadAes128Gcm,
    /// AES-256 in Galois/counter mode, with a tag of 128 bits (RFC 7714).
    AeadAes256Gcm,
    /// No encryption, and HMAC-SHA1 cut to 80 bits. For debugging: refused unless
    /// [`Config::allow_null_cipher`](crate::Config::allow_null_cipher) is set.
    NullHmacSha1_80,
    /// The same with RTP's tags cut to 32 bits.
    NullHmacSha1_32,
}

/// What encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Null,
    CounterMode,
    Aead(AeadAlgorithm),
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Aes128CmHmacSha1_80,
        Self::Aes128CmHmacSha1_32,
        Self::Aes256CmHmacSha1_80,
        Self::Aes256CmHmacSha1_32,
        Self::AeadAes128Gcm,
        Self::AeadAes256Gcm,
        Self::NullHmacSha1_80,
        Self::NullHmacSha1_32,
    ];

    /// The code point in IANA's "DTLS-SRTP Protection Profiles" registry, if it has one.
    pub const fn id(self) -> Option<u16> {
        match self {
            Self::Aes128CmHmacSha1_80 => Some(0x0001),
            Self::Aes128CmHmacSha1_32 => Some(0x0002),
            Self::NullHmacSha1_80 => Some(0x0005),
            Self::NullHmacSha1_32 => Some(0x0006),
            Self::AeadAes128Gcm => Some(0x0007),
            Self::AeadAes256Gcm => Some(0x0008),
            Self::Aes256CmHmacSha1_80 | Self::Aes256CmHmacSha1_32 => None,
        }
    }

    /// The profile with this code point, if it is one of these.
    pub const fn from_id(id: u16) -> Option<Self> {
        match id {
            0x0001 => Some(Self::Aes128CmHmacSha1_80),
            0x0002 => Some(Self::Aes128CmHmacSha1_32),
            0x0005 => Some(Self::NullHmacSha1_80),
            0x0006 => Some(Self::NullHmacSha1_32),
            0x0007 => Some(Self::AeadAes128Gcm),
            0x0008 => Some(Self::AeadAes256Gcm),
            _ => None,
        }
    }

    /// The name that statistics report, and session descriptions have (RFC 4568 §6.2).
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128CmHmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::Aes128CmHmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::Aes256CmHmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::Aes256CmHmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Self::NullHmacSha1_80 => "NULL_HMAC_SHA1_80",
            Self::NullHmacSha1_32 => "NULL_HMAC_SHA1_32",
        }
    }

    /// The length of a master key in bytes.
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes256CmHmacSha1_80 | Self::Aes256CmHmacSha1_32 | Self::AeadAes256Gcm => 32,
            // Without a cipher, what remains of the key is what the tags' key is derived from.
            Self::Aes128CmHmacSha1_80
            | Self::Aes128CmHmacSha1_32
            | Self::AeadAes128Gcm
            | Self::NullHmacSha1_80
            | Self::NullHmacSha1_32 => 16,
        }
    }

    /// The length of a master salt in bytes.
    pub const fn salt_len(self) -> usize {
        match self.cipher() {
            Cipher::Null | Cipher::CounterMode => 14,
            Cipher::Aead(_) => 12,
        }
    }

    /// How many bytes protection adds to an RTP packet: the tag. A master key identifier comes on
    /// top, and in rare cases what Cryptex adds.
    pub const fn rtp_overhead(self) -> usize {
        match self {
            Self::Aes128CmHmacSha1_32 | Self::Aes256CmHmacSha1_32 | Self::NullHmacSha1_32 => 4,
            _ => self.rtcp_tag_len(),
        }
    }

    /// How many bytes protection adds to an RTCP packet: the tag, the E flag and the index. A
    /// master key identifier comes on top.
    pub const fn rtcp_overhead(self) -> usize {
        self.rtcp_tag_len() + 4
    }

    /// rfc3711 §5.2, rfc4568 §6.2.2: an RTCP tag has 80 bits also where an RTP tag has 32.
    const fn rtcp_tag_len(self) -> usize {
        match self.cipher() {
            Cipher::Null | Cipher::CounterMode => 10,
            Cipher::Aead(_) => AeadAlgorithm::TAG_LEN,
        }
    }

    pub(crate) const fn cipher(self) -> Cipher {
        match self {
            Self::Aes128CmHmacSha1_80
            | Self::Aes128CmHmacSha1_32
            | Self::Aes256CmHmacSha1_80
            | Self::Aes256CmHmacSha1_32 => Cipher::CounterMode,
            Self::AeadAes128Gcm => Cipher::Aead(AeadAlgorithm::Aes128Gcm),
            Self::AeadAes256Gcm => Cipher::Aead(AeadAlgorithm::Aes256Gcm),
            Self::NullHmacSha1_80 | Self::NullHmacSha1_32 => Cipher::Null,
        }
    }

    /// Whether packets are readable by everybody.
    pub(crate) fn is_null(self) -> bool {
        self.cipher() == Cipher::Null
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_lead_back_to_their_profile() {
        let with_one = Profile::ALL.iter().filter_map(|profile| Some((profile, profile.id()?)));
        for (profile, id) in with_one.clone() {
            assert_eq!(Profile::from_id(id), Some(*profile));
        }
        let known = (0..=u16::MAX).filter_map(Profile::from_id).count();
        assert_eq!(known, with_one.count());
    }
}
