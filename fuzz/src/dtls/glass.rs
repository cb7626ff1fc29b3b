//! Cryptography of glass: records are as they would be, and their contents are not hidden. Whoever
//! is on the path reads them, and writes others under the same keys.

use std::sync::Arc;

use lariat_crypto::{
    AeadAlgorithm, AeadKey, AesCtrKey, Error, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
    KeyExchange, NamedGroup, Provider, Secret, SignatureScheme, SigningKey, fake,
};

/// The length of a tag, in bytes.
pub const TAG_LEN: usize = 16;

/// Whom a side believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// Whoever has the keys. A tag says under which key a record is, and nothing of its content.
    Knowing,
    /// Everybody: each signature, each Finished and each tag is good. So a side goes on whatever
    /// was changed before.
    Credulous,
}

/// Such a provider. All that is not about records is as the fake provider has it.
pub fn provider(seed: u64, belief: Belief) -> Arc<dyn Provider> {
    Arc::new(Glass { inner: fake::provider(seed), belief })
}

#[derive(Debug)]
struct Glass {
    inner: Arc<dyn Provider>,
    belief: Belief,
}

impl Provider for Glass {
    fn random(&self, out: &mut [u8]) -> Result<(), Error> {
        self.inner.random(out)
    }

    fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash> {
        self.inner.hash(algorithm)
    }

    fn md5(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.inner.md5(parts)
    }

    fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
        let key = self.inner.hmac_key(algorithm, key);
        match self.belief {
            Belief::Knowing => key,
            Belief::Credulous => Box::new(CredulousHmacKey(key)),
        }
    }

    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error> {
        if key.len() != algorithm.key_len() {
            return Err(Error::KeyLength);
        }
        let mut tag = [0; TAG_LEN];
        if self.belief == Belief::Knowing {
            self.inner.hmac_key(HashAlgorithm::Sha256, key).sign(&[b"tag"], &mut tag);
        }
        Ok(Box::new(GlassKey { tag, belief: self.belief }))
    }

    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
        self.inner.aes_ctr_key(key)
    }

    /// What hides the numbers of records, and here does not.
    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
        self.inner.header_protection_key(algorithm, key)?;
        Ok(Box::new(Zero))
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        self.inner.start_key_exchange(group)
    }

    fn respond_key_exchange(
        &self,
        group: NamedGroup,
        peer_share: &[u8],
    ) -> Result<(Vec<u8>, Secret), Error> {
        self.inner.respond_key_exchange(group, peer_share)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error> {
        self.inner.generate_signing_key(scheme)
    }

    fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
        self.inner.load_signing_key(pkcs8)
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        match self.belief {
            Belief::Knowing => {
                self.inner.verify(scheme, subject_public_key_info, message, signature)
            }
            Belief::Credulous => Ok(()),
        }
    }
}

#[derive(Debug)]
struct GlassKey {
    tag: [u8; TAG_LEN],
    belief: Belief,
}

impl AeadKey for GlassKey {
    fn seal(&self, _: &[u8; 12], _: &[u8], _: &mut [u8]) -> [u8; TAG_LEN] {
        self.tag
    }

    fn open(
        &self,
        _: &[u8; 12],
        _: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LEN],
    ) -> Result<(), Error> {
        if self.belief == Belief::Knowing && self.tag != *tag {
            data.fill(0);
            return Err(Error::NotAuthentic);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Zero;

impl HeaderProtectionKey for Zero {
    fn mask(&self, _: &[u8; 16]) -> [u8; 5] {
        [0; 5]
    }
}

#[derive(Debug)]
struct CredulousHmacKey(Box<dyn HmacKey>);

impl HmacKey for CredulousHmacKey {
    fn algorithm(&self) -> HashAlgorithm {
        self.0.algorithm()
    }

    fn sign(&self, parts: &[&[u8]], tag: &mut [u8]) {
        self.0.sign(parts, tag);
    }

    fn verify(&self, _: &[&[u8]], _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}
