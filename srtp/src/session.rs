//! The session keys of one direction and one kind of packet, whatever the profile.

use alloc::vec::Vec;

use lariat_crypto::{Error, Provider};

use crate::cm::CmKeys;
use crate::gcm::GcmKeys;
use crate::key::{Derivation, Kind};
use crate::packet::Place;
use crate::{KeyError, MasterKey, Profile};

/// The E flag, in front of an RTCP index (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

/// The session keys of one direction.
#[derive(Debug)]
pub(crate) struct Sessions {
    pub(crate) rtp: Session,
    pub(crate) rtcp: Session,
}

impl Sessions {
    pub(crate) fn new(
        provider: &dyn Provider,
        profile: Profile,
        master: &MasterKey,
    ) -> Result<Self, KeyError> {
        let derivation = Derivation::new(provider, profile, master)?;
        let session = |kind| -> Result<Session, KeyError> {
            Ok(match profile {
                Profile::Aes128CmHmacSha1_80 => {
                    Session::Cm(CmKeys::new(provider, &derivation, kind)?)
                }
                Profile::AeadAes128Gcm => Session::Gcm(GcmKeys::new(provider, &derivation, kind)?),
            })
        };
        Ok(Self { rtp: session(Kind::Rtp)?, rtcp: session(Kind::Rtcp)? })
    }
}

#[derive(Debug)]
pub(crate) enum Session {
    Cm(CmKeys),
    Gcm(GcmKeys),
}

impl Session {
    /// Protects the RTP packet that goes from `start` to the end of `out`.
    pub(crate) fn seal_rtp(
        &self,
        place: Place,
        out: &mut Vec<u8>,
        start: usize,
        header_len: usize,
    ) {
        match self {
            Self::Cm(keys) => keys.seal_rtp(place, out, start, header_len),
            Self::Gcm(keys) => keys.seal_rtp(place, out, start, header_len),
        }
    }

    /// Unprotects an RTP packet, and says how much of it is left.
    pub(crate) fn open_rtp(
        &self,
        place: Place,
        packet: &mut [u8],
        header_len: usize,
    ) -> Result<usize, Error> {
        match self {
            Self::Cm(keys) => keys.open_rtp(place, packet, header_len),
            Self::Gcm(keys) => keys.open_rtp(place, packet, header_len),
        }
    }

    /// Protects the RTCP packet that goes from `start` to the end of `out`.
    pub(crate) fn seal_rtcp(&self, ssrc: u32, index: u32, out: &mut Vec<u8>, start: usize) {
        let place = Place { ssrc, index: u64::from(index) };
        let word = (ENCRYPTED | index).to_be_bytes();
        match self {
            Self::Cm(keys) => keys.seal_rtcp(place, word, out, start),
            Self::Gcm(keys) => keys.seal_rtcp(place, word, out, start),
        }
    }

    /// Unprotects an encrypted RTCP packet, and says how much of it is left.
    pub(crate) fn open_rtcp(&self, place: Place, packet: &mut [u8]) -> Result<usize, Error> {
        match self {
            Self::Cm(keys) => keys.open_rtcp(place, packet),
            Self::Gcm(keys) => keys.open_rtcp(place, packet),
        }
    }

    /// Whether an RTCP packet says that it is encrypted, and its index.
    pub(crate) fn rtcp_index(&self, packet: &[u8]) -> Option<(bool, u32)> {
        let word = match self {
            Self::Cm(_) => CmKeys::rtcp_word(packet),
            Self::Gcm(_) => GcmKeys::rtcp_word(packet),
        };
        let word = u32::from_be_bytes(word?);
        Some((word & ENCRYPTED != 0, word & !ENCRYPTED))
    }
}
