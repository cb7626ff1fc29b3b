//! Profiles, and keys made from a master key as everybody makes them.

use std::fmt;

use aes::cipher::{InnerIvInit as _, KeyInit as _, StreamCipher as _};
use ctr::{Ctr128BE, CtrCore};

/// What DTLS negotiates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// AEAD_AES_128_GCM.
    Gcm128,
    /// AEAD_AES_256_GCM.
    Gcm256,
    /// AES_CM_128_HMAC_SHA1_80.
    Cm128,
}

impl Profile {
    /// Those that are measured.
    pub const ALL: [Self; 3] = [Self::Gcm128, Self::Gcm256, Self::Cm128];

    /// Whether it is one of the AEAD profiles.
    pub const fn is_gcm(self) -> bool {
        matches!(self, Self::Gcm128 | Self::Gcm256)
    }

    /// How many bytes protection adds.
    pub const fn overhead(self) -> usize {
        if self.is_gcm() { 16 } else { 10 }
    }

    /// The master key of every bench.
    pub fn master_key(self) -> Vec<u8> {
        let length = if self == Self::Gcm256 { 32 } else { 16 };
        (0x10..).take(length).collect()
    }

    /// The master salt of every bench.
    pub fn master_salt(self) -> Vec<u8> {
        let length = if self.is_gcm() { 12 } else { 14 };
        (0xa0..).take(length).collect()
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gcm128 => "AEAD_AES_128_GCM",
            Self::Gcm256 => "AEAD_AES_256_GCM",
            Self::Cm128 => "AES_CM_128_HMAC_SHA1_80",
        })
    }
}

/// What RTP is protected with under the master key: for those who take keys, not master keys.
#[derive(Clone, Debug)]
pub struct SessionKeys {
    /// Of AES.
    pub cipher: Vec<u8>,
    /// Of HMAC-SHA1.
    pub authentication: [u8; 20],
    /// As many bytes as the profile uses.
    pub salt: Vec<u8>,
}

impl SessionKeys {
    /// RFC 3711 §4.3.1, with labels 0 to 2.
    pub fn derive(profile: Profile) -> Self {
        let (key, salt) = (profile.master_key(), profile.master_salt());
        let keystream = |label: u8, out: &mut [u8]| {
            let mut iv = [0; 16];
            iv[..salt.len()].copy_from_slice(&salt);
            iv[7] ^= label;
            out.fill(0);
            if key.len() == 32 {
                let aes = aes::Aes256::new_from_slice(&key).expect("32 bytes");
                Ctr128BE::from_core(CtrCore::inner_iv_init(aes, (&iv).into())).apply_keystream(out);
            } else {
                let aes = aes::Aes128::new_from_slice(&key).expect("16 bytes");
                Ctr128BE::from_core(CtrCore::inner_iv_init(aes, (&iv).into())).apply_keystream(out);
            }
        };
        let mut keys =
            Self { cipher: key.clone(), authentication: [0; 20], salt: profile.master_salt() };
        keystream(0, &mut keys.cipher);
        keystream(1, &mut keys.authentication);
        keystream(2, &mut keys.salt);
        keys
    }

    /// The nonce of RFC 7714 §8.1.
    ///
    /// # Panics
    ///
    /// If the salt is not one of an AEAD profile.
    pub fn nonce(&self) -> Nonce {
        let mut bytes = [0; 16];
        bytes[4..].copy_from_slice(&self.salt);
        Nonce(u128::from_be_bytes(bytes) ^ u128::from(crate::srtp::packet::SSRC) << 48)
    }

    /// The counter block of RFC 3711 §4.1.1.
    ///
    /// # Panics
    ///
    /// If the salt is not one of a profile with counter mode.
    pub fn counter(&self) -> Counter {
        let mut bytes = [0; 16];
        bytes[..14].copy_from_slice(&self.salt);
        Counter(u128::from_be_bytes(bytes) ^ u128::from(crate::srtp::packet::SSRC) << 64)
    }
}

/// What the nonces of a stream have in common.
#[derive(Clone, Copy, Debug)]
pub struct Nonce(u128);

impl Nonce {
    /// For the packet of that index.
    #[inline]
    pub fn at(self, index: u64) -> [u8; 12] {
        let [_, _, _, _, nonce @ ..] = (self.0 ^ u128::from(index)).to_be_bytes();
        nonce
    }
}

/// What the first counter blocks of a stream have in common.
#[derive(Clone, Copy, Debug)]
pub struct Counter(u128);

impl Counter {
    /// For the packet of that index.
    #[inline]
    pub fn at(self, index: u64) -> [u8; 16] {
        (self.0 ^ u128::from(index) << 16).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_profiles() {
        for profile in Profile::ALL {
            let keys = SessionKeys::derive(profile);
            assert_eq!(keys.cipher.len(), profile.master_key().len());
            assert_eq!(keys.salt.len(), profile.master_salt().len());
            assert_ne!(keys.cipher, profile.master_key());
        }
    }
}
