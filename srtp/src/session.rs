//! Everything that is derived from one master key, whatever the profile.

use alloc::boxed::Box;
use alloc::sync::Arc;

use lariat_crypto::{Error, Provider};

use crate::cm::{CmKeys, Labels};
use crate::derivation::{Derivation, Label};
use crate::extension::HeaderKeys;
use crate::gcm::GcmKeys;
use crate::layout::RtcpParts;
use crate::packet::Place;
use crate::profile::Cipher;
use crate::{Config, KeyError, MasterKey, Profile};

/// The E flag, in front of an RTCP index (RFC 3711 §3.4).
const ENCRYPTED: u32 = 1 << 31;

const RTP: Labels = Labels {
    cipher: Label::RtpCipher,
    authentication: Label::RtpAuthentication,
    salt: Label::RtpSalt,
};
const RTCP: Labels = Labels {
    cipher: Label::RtcpCipher,
    authentication: Label::RtcpAuthentication,
    salt: Label::RtcpSalt,
};

/// A master key, and the session keys of both kinds of packets.
#[derive(Debug)]
pub(crate) struct Session {
    mki: Box<[u8]>,
    /// Which of the keys that there were this is: later ones have higher numbers.
    pub(crate) number: u64,
    derivation: Derivation,
    /// The first keys, which are also the last if the key derivation rate is zero.
    pub(crate) rtp: RtpKeys,
    rtcp: PacketKeys,
}

/// The keys of RTP packets.
#[derive(Debug)]
pub(crate) struct RtpKeys {
    pub(crate) packet: PacketKeys,
    /// Those of header extension elements, if any are encrypted.
    pub(crate) header: Option<HeaderKeys>,
}

/// The keys of whole packets.
#[derive(Debug)]
pub(crate) enum PacketKeys {
    Cm(CmKeys),
    Gcm(GcmKeys),
}

/// Keys that hold as long as the index, divided by the derivation rate, stays the same.
#[derive(Debug)]
pub(crate) struct Derived<K> {
    session: u64,
    quotient: u64,
    keys: K,
}

impl Session {
    pub(crate) fn new(
        provider: &Arc<dyn Provider>,
        profile: Profile,
        config: &Config,
        master: &MasterKey,
        number: u64,
    ) -> Result<Self, KeyError> {
        let derivation = Derivation::new(provider, profile, master)?;
        Ok(Self {
            mki: master.mki().into(),
            number,
            rtp: RtpKeys::derive(&derivation, profile, config, 0)?,
            rtcp: PacketKeys::derive(&derivation, profile, RTCP, 0)?,
            derivation,
        })
    }

    pub(crate) fn mki(&self) -> &[u8] {
        &self.mki
    }

    /// The keys of an RTP packet: those that its stream keeps if they are for it, else newly
    /// derived ones.
    #[inline(always)]
    pub(crate) fn rtp_keys<'a>(
        &'a self,
        kept: Option<&'a Derived<RtpKeys>>,
        fresh: &'a mut Option<Box<Derived<RtpKeys>>>,
        profile: Profile,
        config: &Config,
        index: u64,
    ) -> Result<&'a RtpKeys, Error> {
        match config.quotient(index) {
            0 => Ok(&self.rtp),
            quotient => Derived::get(kept, fresh, self.number, quotient, || {
                RtpKeys::derive(&self.derivation, profile, config, quotient)
            }),
        }
    }

    /// The keys of an RTCP packet, likewise.
    pub(crate) fn rtcp_keys<'a>(
        &'a self,
        kept: Option<&'a Derived<PacketKeys>>,
        fresh: &'a mut Option<Box<Derived<PacketKeys>>>,
        profile: Profile,
        config: &Config,
        index: u64,
    ) -> Result<&'a PacketKeys, Error> {
        match config.quotient(index) {
            0 => Ok(&self.rtcp),
            quotient => Derived::get(kept, fresh, self.number, quotient, || {
                PacketKeys::derive(&self.derivation, profile, RTCP, quotient)
            }),
        }
    }
}

impl<K> Derived<K> {
    #[cold]
    fn get<'a>(
        kept: Option<&'a Self>,
        fresh: &'a mut Option<Box<Self>>,
        session: u64,
        quotient: u64,
        derive: impl FnOnce() -> Result<K, Error>,
    ) -> Result<&'a K, Error> {
        match kept {
            Some(kept) if kept.session == session && kept.quotient == quotient => Ok(&kept.keys),
            _ => Ok(&fresh.insert(Box::new(Self { session, quotient, keys: derive()? })).keys),
        }
    }
}

impl RtpKeys {
    fn derive(
        derivation: &Derivation,
        profile: Profile,
        config: &Config,
        quotient: u64,
    ) -> Result<Self, Error> {
        let packet = PacketKeys::derive(derivation, profile, RTP, quotient)?;
        let header = match config.encrypted_extensions.is_empty() || profile.is_null() {
            true => None,
            false => Some(HeaderKeys::derive(derivation, profile, quotient)?),
        };
        Ok(Self { packet, header })
    }
}

impl PacketKeys {
    fn derive(
        derivation: &Derivation,
        profile: Profile,
        labels: Labels,
        quotient: u64,
    ) -> Result<Self, Error> {
        Ok(match profile.cipher() {
            Cipher::Null | Cipher::CounterMode => {
                Self::Cm(CmKeys::derive(derivation, profile, labels, quotient)?)
            }
            Cipher::Aead(algorithm) => {
                Self::Gcm(GcmKeys::derive(derivation, algorithm, labels, quotient)?)
            }
        })
    }

    /// Encrypts an RTCP packet and writes what its parts are to hold, but for the key identifier.
    pub(crate) fn seal_rtcp(&self, place: Place, is_null: bool, parts: RtcpParts<'_>) {
        let RtcpParts { packet, word, tag, .. } = parts;
        let flag = if is_null { 0 } else { ENCRYPTED };
        *word = (flag | place.index as u32).to_be_bytes();
        match self {
            Self::Cm(keys) => keys.seal_rtcp(place, packet, word, tag),
            Self::Gcm(keys) => keys.seal_rtcp(place, packet, word, tag),
        }
    }

    /// Opens an RTCP packet.
    pub(crate) fn open_rtcp(&self, place: Place, parts: RtcpParts<'_>) -> Result<(), Error> {
        let RtcpParts { packet, word, tag, .. } = parts;
        match self {
            Self::Cm(keys) => keys.open_rtcp(place, packet, word, tag),
            Self::Gcm(keys) => keys.open_rtcp(place, packet, word, tag),
        }
    }
}

/// Whether an RTCP packet says that it is encrypted, and its index.
pub(crate) fn rtcp_index(word: [u8; 4]) -> (bool, u32) {
    let word = u32::from_be_bytes(word);
    (word & ENCRYPTED != 0, word & !ENCRYPTED)
}
