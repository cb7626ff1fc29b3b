//! Cryptography of glass: records are as they would be, and their contents are not hidden. Whoever
//! is on the path reads them, and writes others under the same keys.

use std::sync::Arc;

use lariat_crypto::fake::{self, Hooks};
use lariat_crypto::{AeadKey, Error, HashAlgorithm, HeaderProtectionKey, HmacKey, Provider};

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
    fake::hooked(fake::provider(seed), Glass { belief })
}

#[derive(Debug)]
struct Glass {
    belief: Belief,
}

impl Hooks for Glass {
    fn hmac_key(&self, made: Box<dyn HmacKey>) -> Box<dyn HmacKey> {
        match self.belief {
            Belief::Knowing => made,
            Belief::Credulous => Box::new(CredulousHmacKey(made)),
        }
    }

    fn aead_key(&self, key: &[u8], _: Box<dyn AeadKey>) -> Box<dyn AeadKey> {
        let mut tag = [0; TAG_LEN];
        if self.belief == Belief::Knowing {
            // What is made of a key does not depend on the seed.
            fake::provider(0).hmac_key(HashAlgorithm::Sha256, key).sign(&[b"tag"], &mut tag);
        }
        Box::new(GlassKey { tag, belief: self.belief })
    }

    /// What hides the numbers of records, and here does not.
    fn header_protection_key(
        &self,
        _: Box<dyn HeaderProtectionKey>,
    ) -> Box<dyn HeaderProtectionKey> {
        Box::new(Zero)
    }

    fn verify(&self, verdict: Result<(), Error>) -> Result<(), Error> {
        match self.belief {
            Belief::Knowing => verdict,
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
