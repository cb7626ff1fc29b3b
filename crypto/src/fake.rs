//! A provider **without any security**, deterministic from a seed: for simulation and fuzzing only.
//!
//! Everything it does has the shape of the real thing (lengths, DER, tags that must match, shares
//! that agree, a counter mode that is its own inverse) and none of its strength: whoever reads this
//! file can forge all of it. Product crates must not enable the feature; the project's tidy check
//! says so.
//!
//! Two providers with the same seed, asked the same things in the same order, give the same bytes
//! on every platform. Keyed operations depend on their keys alone, so that two peers with different
//! seeds understand each other.

mod block;
mod hooks;
mod key_exchange;
mod mixer;
mod ml_kem;
mod signature;
#[cfg(test)]
mod tests;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use self::mixer::{Mixer, mix};
use crate::{
    AeadAlgorithm, AeadKey, AesCtrKey, Error, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
    KeyExchange, NamedGroup, Provider, Secret, SignatureScheme, SigningKey,
};

pub use self::hooks::{Hooks, hooked};
pub use self::signature::pkcs8;

/// A provider without any security. `seed` decides everything that it draws at random.
///
/// ```
/// use lariat_crypto::fake;
///
/// let (mut one, mut other) = ([0; 16], [0; 16]);
/// fake::provider(7).random(&mut one)?;
/// fake::provider(7).random(&mut other)?;
/// assert_eq!(one, other);
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub fn provider(seed: u64) -> Arc<dyn Provider> {
    Arc::new(FakeProvider { random: Random { seed: mix(seed), drawn: AtomicU64::new(0) } })
}

#[derive(Debug)]
struct FakeProvider {
    random: Random,
}

/// The n-th word drawn is a function of the seed and n.
#[derive(Debug)]
struct Random {
    seed: u64,
    drawn: AtomicU64,
}

impl Random {
    fn fill(&self, out: &mut [u8]) {
        let words = out.len().div_ceil(8) as u64;
        let first = self.drawn.fetch_add(words, Ordering::Relaxed);
        for (index, chunk) in (first..).zip(out.chunks_mut(8)) {
            let word = mix(self.seed ^ mix(index)).to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(out, byte)| *out = byte);
        }
    }

    fn array<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl Provider for FakeProvider {
    fn random(&self, out: &mut [u8]) -> Result<(), Error> {
        self.random.fill(out);
        Ok(())
    }

    fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash> {
        let mixer = Mixer::new(&[algorithm.digest_len() as u64]);
        Box::new(FakeHash { algorithm, mixer })
    }

    fn md5(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut mixer = Mixer::new(&[0x6d64_3500]);
        parts.iter().for_each(|part| mixer.update(part));
        let mut digest = [0; 16];
        mixer.fill(&mut digest);
        digest
    }

    fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
        // HMAC pads its key with zeros, so that keys which differ only there are the same key.
        let significant = key.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        let mut mixer = Mixer::new(&[0x686d_6163, algorithm.digest_len() as u64]);
        mixer.update(key.get(..significant).unwrap_or_default());
        Box::new(FakeHmacKey { algorithm, mixer: Mixer::new(&mixer.words()) })
    }

    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error> {
        if key.len() != algorithm.key_len() {
            return Err(Error::KeyLength);
        }
        Ok(Box::new(block::FakeAeadKey::new(algorithm, key)))
    }

    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
        Ok(Box::new(block::FakeAesKey::new(key)?))
    }

    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
        if key.len() != algorithm.key_len() {
            return Err(Error::KeyLength);
        }
        Ok(Box::new(block::FakeHeaderProtectionKey::new(algorithm, key)))
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        Ok(key_exchange::start(group, &self.random))
    }

    fn respond_key_exchange(
        &self,
        group: NamedGroup,
        peer_share: &[u8],
    ) -> Result<(Vec<u8>, Secret), Error> {
        key_exchange::respond(group, peer_share, &self.random)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error> {
        Ok(Box::new(signature::FakeSigningKey::new(scheme, self.random.array())?))
    }

    fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
        Ok(Box::new(signature::FakeSigningKey::load(pkcs8)?))
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        signature::verify(scheme, subject_public_key_info, message, signature)
    }
}

#[derive(Clone, Debug)]
struct FakeHash {
    algorithm: HashAlgorithm,
    mixer: Mixer,
}

impl Hash for FakeHash {
    fn update(&mut self, bytes: &[u8]) {
        self.mixer.update(bytes);
    }

    fn fork(&self) -> Box<dyn Hash> {
        Box::new(self.clone())
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        let mut digest = alloc::vec![0; self.algorithm.digest_len()];
        self.mixer.fill(&mut digest);
        digest
    }
}

#[derive(Debug)]
struct FakeHmacKey {
    algorithm: HashAlgorithm,
    mixer: Mixer,
}

impl HmacKey for FakeHmacKey {
    fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    fn sign(&self, parts: &[&[u8]], tag: &mut [u8]) {
        let mut mixer = self.mixer.clone();
        parts.iter().for_each(|part| mixer.update(part));
        let length = tag.len().min(self.algorithm.digest_len());
        mixer.fill(tag.get_mut(..length).unwrap_or_default());
    }
}
