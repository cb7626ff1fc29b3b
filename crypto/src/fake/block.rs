//! A block "cipher" of 16 bytes, its counter mode, an authenticated mode made from both, and masks
//! for headers.

use super::mixer::{Mixer, mix};
use crate::{AeadAlgorithm, AeadKey, AesCtrKey, Error, HeaderProtectionKey};

#[derive(Debug)]
pub(super) struct FakeAesKey {
    key: [u64; 2],
}

impl FakeAesKey {
    pub(super) fn new(key: &[u8]) -> Result<Self, Error> {
        if !matches!(key.len(), 16 | 24 | 32) {
            return Err(Error::KeyLength);
        }
        Ok(Self { key: key_words(0, key) })
    }

    /// A permutation of the blocks, like the real one.
    fn block(&self, block: u128) -> u128 {
        let [first, second] = self.key;
        let (high, low) = ((block >> 64) as u64, block as u64);
        let a = mix((low ^ first).wrapping_add(high.rotate_left(17)));
        let b = mix(a ^ high ^ second);
        u128::from(a) << 64 | u128::from(b)
    }
}

/// Keys of one cipher are no keys of another.
const fn domain(algorithm: AeadAlgorithm) -> u64 {
    match algorithm {
        AeadAlgorithm::Aes128Gcm => 1,
        AeadAlgorithm::Aes256Gcm => 2,
        AeadAlgorithm::ChaCha20Poly1305 => 3,
    }
}

fn key_words(domain: u64, key: &[u8]) -> [u64; 2] {
    let mut mixer = Mixer::new(&[domain]);
    mixer.update(key);
    mixer.words()
}

impl AesCtrKey for FakeAesKey {
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        let mut counter = u128::from_be_bytes(*iv);
        let (blocks, tail) = data.as_chunks_mut::<16>();
        for block in blocks {
            *block = (u128::from_be_bytes(*block) ^ self.block(counter)).to_be_bytes();
            counter = counter.wrapping_add(1);
        }
        let last = self.block(counter).to_be_bytes();
        tail.iter_mut().zip(last).for_each(|(byte, key)| *byte ^= key);
    }
}

#[derive(Debug)]
pub(super) struct FakeAeadKey {
    stream: FakeAesKey,
    tag: Mixer,
}

impl FakeAeadKey {
    pub(super) fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Self {
        let key = key_words(domain(algorithm), key);
        Self { stream: FakeAesKey { key }, tag: Mixer::new(&key) }
    }

    fn apply_keystream(&self, nonce: &[u8; 12], data: &mut [u8]) {
        let mut iv = [0; 16];
        iv.iter_mut().zip(nonce).for_each(|(iv, nonce)| *iv = *nonce);
        self.stream.apply_keystream(&iv, data);
    }

    fn tag(&self, nonce: &[u8; 12], aad: &[u8], ciphertext: &[u8]) -> [u8; 16] {
        let mut mixer = self.tag.clone();
        mixer.update(nonce);
        // The boundary between the two parts is authenticated, too.
        mixer.update(&(aad.len() as u64).to_le_bytes());
        mixer.update(aad);
        mixer.update(ciphertext);
        let mut tag = [0; 16];
        mixer.fill(&mut tag);
        tag
    }
}

impl AeadKey for FakeAeadKey {
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
        self.apply_keystream(nonce, data);
        self.tag(nonce, aad, data)
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error> {
        if self.tag(nonce, aad, data) != *tag {
            // As the real backend does, so that nobody comes to rely on what is left here.
            data.fill(0);
            return Err(Error::NotAuthentic);
        }
        self.apply_keystream(nonce, data);
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct FakeHeaderProtectionKey(FakeAesKey);

impl FakeHeaderProtectionKey {
    pub(super) fn new(algorithm: AeadAlgorithm, key: &[u8]) -> Self {
        Self(FakeAesKey { key: key_words(domain(algorithm), key) })
    }
}

impl HeaderProtectionKey for FakeHeaderProtectionKey {
    fn mask(&self, sample: &[u8; 16]) -> [u8; 5] {
        let [mask @ .., _, _, _, _, _, _, _, _, _, _, _] =
            self.0.block(u128::from_be_bytes(*sample)).to_be_bytes();
        mask
    }
}
