//! AES-GCM alone. The two libraries have the same interface, and share no type.

use crate::srtp::packet::HEADER_LEN;
use crate::srtp::profile::{Nonce, Profile, SessionKeys};
use crate::srtp::raw::Cipher;

/// ring's.
pub struct Ring {
    key: ring::aead::LessSafeKey,
    nonce: Nonce,
}

impl Ring {
    /// For a profile that has it.
    pub fn new(profile: Profile) -> Option<Self> {
        use ring::aead::{AES_128_GCM, AES_256_GCM, LessSafeKey, UnboundKey};
        let algorithm = match profile {
            Profile::Gcm128 => &AES_128_GCM,
            Profile::Gcm256 => &AES_256_GCM,
            Profile::Cm128 => return None,
        };
        let keys = SessionKeys::derive(profile);
        let key = UnboundKey::new(algorithm, &keys.cipher).expect("the key has the right length");
        Some(Self { key: LessSafeKey::new(key), nonce: keys.nonce() })
    }
}

impl Cipher for Ring {
    #[inline]
    fn seal(&self, index: u64, buffer: &mut [u8], length: usize) -> usize {
        use ring::aead::{Aad, Nonce};
        let (header, payload) = buffer[..length].split_at_mut(HEADER_LEN);
        let nonce = Nonce::assume_unique_for_key(self.nonce.at(index));
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload);
        let tag = tag.expect("the packet is not too long");
        let end = length + tag.as_ref().len();
        buffer[length..end].copy_from_slice(tag.as_ref());
        end
    }

    #[inline]
    fn open(&self, index: u64, packet: &mut [u8]) -> Option<usize> {
        use ring::aead::{Aad, Nonce};
        let (header, payload) = packet.split_at_mut(HEADER_LEN);
        let nonce = Nonce::assume_unique_for_key(self.nonce.at(index));
        let opened = self.key.open_in_place(nonce, Aad::from(&*header), payload).ok()?;
        Some(HEADER_LEN + opened.len())
    }
}

/// aws-lc-rs's.
pub struct AwsLcRs {
    key: aws_lc_rs::aead::LessSafeKey,
    nonce: Nonce,
}

impl AwsLcRs {
    /// For a profile that has it.
    pub fn new(profile: Profile) -> Option<Self> {
        use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, LessSafeKey, UnboundKey};
        let algorithm = match profile {
            Profile::Gcm128 => &AES_128_GCM,
            Profile::Gcm256 => &AES_256_GCM,
            Profile::Cm128 => return None,
        };
        let keys = SessionKeys::derive(profile);
        let key = UnboundKey::new(algorithm, &keys.cipher).expect("the key has the right length");
        Some(Self { key: LessSafeKey::new(key), nonce: keys.nonce() })
    }
}

impl Cipher for AwsLcRs {
    #[inline]
    fn seal(&self, index: u64, buffer: &mut [u8], length: usize) -> usize {
        use aws_lc_rs::aead::{Aad, Nonce};
        let (header, payload) = buffer[..length].split_at_mut(HEADER_LEN);
        let nonce = Nonce::assume_unique_for_key(self.nonce.at(index));
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::from(&*header), payload);
        let tag = tag.expect("the packet is not too long");
        let end = length + tag.as_ref().len();
        buffer[length..end].copy_from_slice(tag.as_ref());
        end
    }

    #[inline]
    fn open(&self, index: u64, packet: &mut [u8]) -> Option<usize> {
        use aws_lc_rs::aead::{Aad, Nonce};
        let (header, payload) = packet.split_at_mut(HEADER_LEN);
        let nonce = Nonce::assume_unique_for_key(self.nonce.at(index));
        let opened = self.key.open_in_place(nonce, Aad::from(&*header), payload).ok()?;
        Some(HEADER_LEN + opened.len())
    }
}
