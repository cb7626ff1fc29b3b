//! Another provider, changed in a few places.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use crate::{
    AeadAlgorithm, AeadKey, AesCtrKey, Error, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
    KeyExchange, NamedGroup, Provider, Secret, SignatureScheme, SigningKey,
};

/// What a test changes of a provider, or only watches: each method is handed what the provider
/// made, after the provider has checked what it was asked, and by default hands it on.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use lariat_crypto::{NamedGroup, fake};
///
/// /// Counts the key exchanges.
/// #[derive(Debug)]
/// struct Counting(Arc<AtomicUsize>);
///
/// impl fake::Hooks for Counting {
///     fn key_exchange(&self, _: NamedGroup) -> Result<(), lariat_crypto::Error> {
///         self.0.fetch_add(1, Ordering::Relaxed);
///         Ok(())
///     }
/// }
///
/// let exchanges = Arc::new(AtomicUsize::new(0));
/// let provider = fake::hooked(fake::provider(7), Counting(exchanges.clone()));
/// let ours = provider.start_key_exchange(NamedGroup::X25519)?;
/// provider.respond_key_exchange(NamedGroup::X25519, ours.share())?;
/// assert_eq!(exchanges.load(Ordering::Relaxed), 2);
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub trait Hooks: fmt::Debug + Send + Sync {
    /// Of [`Provider::hmac_key`].
    fn hmac_key(&self, made: Box<dyn HmacKey>) -> Box<dyn HmacKey> {
        made
    }

    /// Of [`Provider::aead_key`], with the key's bytes.
    fn aead_key(&self, _key: &[u8], made: Box<dyn AeadKey>) -> Box<dyn AeadKey> {
        made
    }

    /// Of [`Provider::aes_ctr_key`], with the key's bytes.
    fn aes_ctr_key(&self, _key: &[u8], made: Box<dyn AesCtrKey>) -> Box<dyn AesCtrKey> {
        made
    }

    /// Of [`Provider::header_protection_key`].
    fn header_protection_key(
        &self,
        made: Box<dyn HeaderProtectionKey>,
    ) -> Box<dyn HeaderProtectionKey> {
        made
    }

    /// Of [`Provider::start_key_exchange`] and [`Provider::respond_key_exchange`], before either.
    ///
    /// # Errors
    /// Whatever the provider is to fail with.
    fn key_exchange(&self, _group: NamedGroup) -> Result<(), Error> {
        Ok(())
    }

    /// Of [`Provider::verify`], with its verdict.
    ///
    /// # Errors
    /// Whatever the signature is to be refused with.
    fn verify(&self, verdict: Result<(), Error>) -> Result<(), Error> {
        verdict
    }
}

/// The provider `inner`, with these hooks in it.
pub fn hooked(inner: Arc<dyn Provider>, hooks: impl Hooks + 'static) -> Arc<dyn Provider> {
    Arc::new(Hooked { inner, hooks })
}

#[derive(Debug)]
struct Hooked<H> {
    inner: Arc<dyn Provider>,
    hooks: H,
}

impl<H: Hooks> Provider for Hooked<H> {
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
        self.hooks.hmac_key(self.inner.hmac_key(algorithm, key))
    }

    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error> {
        Ok(self.hooks.aead_key(key, self.inner.aead_key(algorithm, key)?))
    }

    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
        Ok(self.hooks.aes_ctr_key(key, self.inner.aes_ctr_key(key)?))
    }

    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
        Ok(self.hooks.header_protection_key(self.inner.header_protection_key(algorithm, key)?))
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        self.hooks.key_exchange(group)?;
        self.inner.start_key_exchange(group)
    }

    fn respond_key_exchange(
        &self,
        group: NamedGroup,
        peer_share: &[u8],
    ) -> Result<(Vec<u8>, Secret), Error> {
        self.hooks.key_exchange(group)?;
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
        let verdict = self.inner.verify(scheme, subject_public_key_info, message, signature);
        self.hooks.verify(verdict)
    }
}
