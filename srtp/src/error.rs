//! What can go wrong.

use core::fmt;

use crate::replay::Refused;

/// Keys do not fit the profile, or the backend does not take them.
///
/// ```
/// use lariat_srtp::{KeyError, KeyingMaterial, Profile};
///
/// let short = KeyingMaterial::from_exporter(Profile::AeadAes128Gcm, &[0; 55]);
/// assert_eq!(short.unwrap_err(), KeyError::Length { expected: 56, actual: 55 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// A master key, a master salt, or the exported keying material has the wrong length.
    Length {
        /// The length that the profile asks for, in bytes.
        expected: usize,
        /// The length that was given, in bytes.
        actual: usize,
    },
    /// A master key identifier is too long, or not as long as that of the keys before.
    MkiLength {
        /// The length of the others, or the most that there can be, in bytes.
        expected: usize,
        /// The length that was given, in bytes.
        actual: usize,
    },
    /// There is a master key with this identifier already.
    MkiInUse,
    /// There are as many master keys as [`MAX_KEYS`](crate::limits::MAX_KEYS).
    TooManyKeys,
    /// The key derivation rate is not a power of two, or above
    /// [`MAX_KEY_DERIVATION_RATE`](crate::limits::MAX_KEY_DERIVATION_RATE).
    DerivationRate(u32),
    /// The profile does not encrypt, and the configuration does not allow that.
    NullCipher,
    /// The backend refused.
    Crypto(lariat_crypto::Error),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, actual } => {
                write!(f, "keying material of {actual} bytes where the profile has {expected}")
            }
            Self::MkiLength { expected, actual } => {
                write!(f, "master key identifier of {actual} bytes instead of {expected}")
            }
            Self::MkiInUse => f.write_str("there is a master key with this identifier already"),
            Self::TooManyKeys => f.write_str("there are as many master keys as possible"),
            Self::DerivationRate(rate) => {
                write!(f, "key derivation rate of {rate} is not a power of two up to 2^24")
            }
            Self::NullCipher => f.write_str("profile does not encrypt, which must be allowed"),
            Self::Crypto(error) => write!(f, "backend refused the key: {error}"),
        }
    }
}

impl core::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Crypto(error) => Some(error),
            _ => None,
        }
    }
}

impl From<lariat_crypto::Error> for KeyError {
    fn from(error: lariat_crypto::Error) -> Self {
        Self::Crypto(error)
    }
}

/// A packet cannot be protected. It is left as it was.
///
/// ```
/// use lariat_crypto::ring;
/// use lariat_srtp::{MasterKey, Outbound, Profile, ProtectError};
///
/// let key = MasterKey::new(&[1; 16], &[2; 12]);
/// let mut outbound = Outbound::new(&ring::provider(), Profile::AeadAes128Gcm, &key)?;
/// let rtp = vec![0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7];
/// outbound.protect_rtp(&mut rtp.clone())?;
/// assert_eq!(outbound.protect_rtp(&mut rtp.clone()), Err(ProtectError::Replayed));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ProtectError {
    /// It does not begin with a whole RTP or RTCP header.
    Header,
    /// Protected, it would be longer than [`MAX_PACKET_LEN`](crate::limits::MAX_PACKET_LEN).
    TooLong,
    /// The buffer is shorter than the packet is once it is protected: see
    /// [`Outbound::rtp_overhead`](crate::Outbound::rtp_overhead).
    NoRoom,
    /// Its header extension is not one that Cryptex can encrypt (RFC 9335 §5.1).
    Extension,
    /// Its sequence number was used already in this stream.
    Replayed,
    /// Its sequence number is so far behind the stream's that nobody knows whether it was used.
    Stale,
    /// It would begin a stream, and there are as many already, retired ones among them, as the
    /// configuration allows.
    TooManyStreams,
    /// The key has protected as many packets of this stream as it may: negotiate a new one.
    KeyExhausted,
}

impl fmt::Display for ProtectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "packet does not begin with a whole header",
            Self::TooLong => "protected packet would not fit a datagram",
            Self::NoRoom => "buffer has no room for what protection adds",
            Self::Extension => "header extension is not one that Cryptex encrypts",
            Self::Replayed => "sequence number was used already",
            Self::Stale => "sequence number is too far behind the stream",
            Self::TooManyStreams => "more streams than the configuration allows",
            Self::KeyExhausted => "key has protected as many packets as it may",
        })
    }
}

impl core::error::Error for ProtectError {}

impl From<Refused> for ProtectError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Replayed => Self::Replayed,
            Refused::Stale => Self::Stale,
        }
    }
}

/// Why a received packet is not accepted.
///
/// ```
/// use lariat_srtp::Dropped;
///
/// assert_eq!(Dropped::NotAuthentic.to_string(), "not authentic");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// It is too short to hold a header and a tag.
    TooShort,
    /// It is longer than [`MAX_PACKET_LEN`](crate::limits::MAX_PACKET_LEN).
    TooLong,
    /// It does not begin with a whole RTP or RTCP header.
    Header,
    /// It has CSRCs or a header extension in the clear, and Cryptex is required.
    ExposedHeader,
    /// It is RTCP that is not encrypted.
    Unencrypted,
    /// It names a master key that we do not have.
    UnknownKey,
    /// It arrived before.
    Replayed,
    /// It is so late that nobody knows whether it arrived before.
    Stale,
    /// It was not made by the peer, or was changed on the way.
    NotAuthentic,
    /// It would begin a stream, and there are as many already, retired ones among them, as the
    /// configuration allows.
    TooManyStreams,
    /// The key may not protect that many packets of its stream.
    KeyExhausted,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "too short to be protected",
            Self::TooLong => "too long for a datagram",
            Self::Header => "does not begin with a whole header",
            Self::ExposedHeader => "header in the clear, where Cryptex is required",
            Self::Unencrypted => "RTCP that is not encrypted",
            Self::UnknownKey => "names a master key that is not known",
            Self::Replayed => "arrived before",
            Self::Stale => "behind the replay window",
            Self::NotAuthentic => "not authentic",
            Self::TooManyStreams => "more streams than the configuration allows",
            Self::KeyExhausted => "past the lifetime of the key",
        })
    }
}

impl core::error::Error for Dropped {}

impl From<Refused> for Dropped {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Replayed => Self::Replayed,
            Refused::Stale => Self::Stale,
        }
    }
}
