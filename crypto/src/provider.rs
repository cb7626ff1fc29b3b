//! What a backend implements.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq as _;

use crate::{AeadAlgorithm, Error, HashAlgorithm, NamedGroup, Secret, SignatureScheme};

/// The longest digest of any [`HashAlgorithm`], in bytes.
pub const MAX_DIGEST_LEN: usize = 64;

/// A cryptographic backend, as a value.
///
/// Implementations are stateless apart from their source of randomness and are shared as
/// `Arc<dyn Provider>`. See the [crate documentation](crate) for an example.
pub trait Provider: fmt::Debug + Send + Sync {
    /// Fills `out` with unpredictable bytes.
    ///
    /// # Errors
    /// [`Error::Random`] if the system has none to give.
    fn random(&self, out: &mut [u8]) -> Result<(), Error>;

    /// Starts a hash.
    fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash>;

    /// The MD5 (RFC 1321) of the concatenated `parts`, for the key of STUN's and TURN's long-term
    /// credentials (RFC 8489 §9.2.2) and nothing else: it is no [`HashAlgorithm`], so that no HMAC
    /// or signature can be made with it.
    fn md5(&self, parts: &[&[u8]]) -> [u8; 16];

    /// Prepares an HMAC key (RFC 2104) of any length.
    fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey>;

    /// Prepares a key for an authenticated cipher.
    ///
    /// # Errors
    /// [`Error::KeyLength`] unless `key` has [`AeadAlgorithm::key_len`] bytes.
    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error>;

    /// Prepares a key for AES in counter mode.
    ///
    /// # Errors
    /// [`Error::KeyLength`] unless `key` has 16, 24 or 32 bytes.
    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error>;

    /// Prepares a key that hides the numbers of packets which this cipher protects: the `sn_key` of
    /// DTLS 1.3 (RFC 9147 §4.2.3), the same construction as QUIC's header protection (RFC 9001
    /// §5.4).
    ///
    /// # Errors
    /// [`Error::KeyLength`] unless `key` has [`AeadAlgorithm::key_len`] bytes.
    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error>;

    /// Draws an ephemeral key pair, as the side that sends its share first: a TLS 1.3 client, a
    /// TLS 1.2 server.
    ///
    /// The other side has the first share when it draws its own, and calls
    /// [`respond_key_exchange`](Self::respond_key_exchange). With a Diffie-Hellman group the two
    /// shares are alike, but a key encapsulation mechanism has no answer without a question: what
    /// this draws for [`NamedGroup::X25519MlKem768`] starts an exchange and never answers one.
    ///
    /// # Errors
    /// [`Error::Unsupported`] or [`Error::Random`].
    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error>;

    /// Answers a peer's first share: our share and the shared secret.
    ///
    /// For a Diffie-Hellman group this is an exchange of our own, completed at once, which is what
    /// the default does; for a key encapsulation mechanism it encapsulates, and a backend that has
    /// one does so here.
    ///
    /// # Errors
    /// [`Error::PublicKey`] if the peer's share is not valid in the group.
    fn respond_key_exchange(
        &self,
        group: NamedGroup,
        peer_share: &[u8],
    ) -> Result<(Vec<u8>, Secret), Error> {
        let exchange = self.start_key_exchange(group)?;
        let share = exchange.share().to_vec();
        Ok((share, exchange.complete(peer_share)?))
    }

    /// Generates a key pair for signatures.
    ///
    /// # Errors
    /// [`Error::Unsupported`] or [`Error::Random`].
    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error>;

    /// Loads a private key in PKCS #8 form (RFC 5208, DER): one for ECDSA with P-256 or P-384, with
    /// its public key in it (RFC 5915), or one for Ed25519, with or without (RFC 8410).
    ///
    /// # Errors
    /// [`Error::PrivateKey`] if it cannot be read or its algorithm is unknown.
    fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error>;

    /// Verifies `signature` over `message` against a public key given as a DER SubjectPublicKeyInfo
    /// (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] if the signature is wrong, the key cannot be read, or the key is not
    /// one for the scheme.
    fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error>;
}

/// A running hash.
///
/// ```
/// use lariat_crypto::{HashAlgorithm, ring};
///
/// let mut hash = ring::provider().hash(HashAlgorithm::Sha256);
/// hash.update(b"abc");
/// let so_far = hash.fork().finish();
/// hash.update(b"def");
/// assert_ne!(so_far, hash.finish());
/// ```
pub trait Hash: fmt::Debug + Send + Sync {
    /// Adds bytes.
    fn update(&mut self, bytes: &[u8]);
    /// A copy that goes on separately.
    fn fork(&self) -> Box<dyn Hash>;
    /// The digest.
    fn finish(self: Box<Self>) -> Vec<u8>;
}

/// A prepared HMAC key.
///
/// ```
/// use lariat_crypto::{HashAlgorithm, ring};
///
/// let key = ring::provider().hmac_key(HashAlgorithm::Sha1, b"password");
/// let mut tag = [0; 20];
/// key.sign(&[b"one message ", b"in two parts"], &mut tag);
/// key.verify(&[b"one message in two parts"], &tag)?;
/// // A shorter tag is the truncated HMAC.
/// key.verify(&[b"one message in two parts"], &tag[..10])?;
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub trait HmacKey: fmt::Debug + Send + Sync {
    /// The hash underneath.
    fn algorithm(&self) -> HashAlgorithm;

    /// Computes the HMAC of the concatenated `parts` into `tag`, truncated to its length; bytes of
    /// `tag` past the digest's length stay as they are.
    fn sign(&self, parts: &[&[u8]], tag: &mut [u8]);

    /// Computes the HMACs of a run of messages, each the concatenation of two parts, into the front
    /// of the tag beside it: the same as [`sign`](Self::sign) of each, and cheaper with a backend
    /// that hashes several messages at once.
    ///
    /// Messages without a tag beside them are left out; tags without a message stay as they are.
    fn sign_run(&self, messages: &[[&[u8]; 2]], tags: &mut [[u8; MAX_DIGEST_LEN]]) {
        for (message, tag) in messages.iter().zip(tags) {
            self.sign(message, tag);
        }
    }

    /// Checks a tag, possibly truncated, in constant time.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`] if it differs, is empty, or is longer than the digest.
    fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> Result<(), Error> {
        let mut expected = [0; MAX_DIGEST_LEN];
        let expected = match expected.get_mut(..tag.len()) {
            Some(expected) if !tag.is_empty() && tag.len() <= self.algorithm().digest_len() => {
                expected
            }
            _ => return Err(Error::NotAuthentic),
        };
        self.sign(parts, expected);
        if bool::from(expected.ct_eq(tag)) { Ok(()) } else { Err(Error::NotAuthentic) }
    }
}

/// A prepared key of an authenticated cipher. The caller owns the nonce and must never repeat one.
///
/// See the [crate documentation](crate) for an example.
pub trait AeadKey: fmt::Debug + Send + Sync {
    /// Encrypts `data` in place and returns the tag over it and `aad`.
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16];

    /// Decrypts `data` in place if `tag` is authentic over it and `aad`.
    ///
    /// # Errors
    /// [`Error::NotAuthentic`]; `data` then holds nothing decrypted.
    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error>;
}

/// A prepared key of AES in counter mode.
///
/// ```
/// use lariat_crypto::ring;
///
/// let key = ring::provider().aes_ctr_key(&[7; 16])?;
/// let mut data = *b"some bytes";
/// key.apply_keystream(&[0; 16], &mut data);
/// key.apply_keystream(&[0; 16], &mut data);
/// assert_eq!(&data, b"some bytes");
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub trait AesCtrKey: fmt::Debug + Send + Sync {
    /// Combines `data` with the keystream whose first block is the encryption of `iv`, counting up
    /// in its 128 bits.
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]);
}

/// A prepared key that hides the numbers of packets, from whoever has not the ciphertext that a
/// number came with.
///
/// ```
/// use lariat_crypto::{AeadAlgorithm, ring};
///
/// let key = ring::provider().header_protection_key(AeadAlgorithm::Aes128Gcm, &[0; 16])?;
/// let mask = key.mask(&[0; 16]);
/// assert_eq!(mask, [0x66, 0xe9, 0x4b, 0xd4, 0xef]);
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub trait HeaderProtectionKey: fmt::Debug + Send + Sync {
    /// What to combine the header with, by exclusive or. `sample` is the beginning of the
    /// ciphertext in DTLS; QUIC takes it from further on.
    ///
    /// With AES, the mask is the beginning of the sample's encryption as one block. With ChaCha20,
    /// it is the beginning of the keystream at the counter and nonce that the sample is taken for:
    /// 4 bytes, little endian, and 12.
    fn mask(&self, sample: &[u8; 16]) -> [u8; 5];
}

/// An ephemeral key pair, waiting for the peer's share.
///
/// ```
/// use lariat_crypto::{NamedGroup, ring};
///
/// let provider = ring::provider();
/// let ours = provider.start_key_exchange(NamedGroup::X25519)?;
/// let (share, secret) = provider.respond_key_exchange(NamedGroup::X25519, ours.share())?;
/// assert_eq!(ours.complete(&share)?.as_bytes(), secret.as_bytes());
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub trait KeyExchange: fmt::Debug + Send + Sync {
    /// The group.
    fn group(&self) -> NamedGroup;
    /// Our share, as it goes on the wire.
    fn share(&self) -> &[u8];
    /// The shared secret with the share that the peer answered with.
    ///
    /// A ciphertext of ML-KEM that was tampered with is no error: it gives a secret that the peer
    /// does not have.
    ///
    /// # Errors
    /// [`Error::PublicKey`] if the share is not valid in the group; anything else is not the peer's
    /// doing.
    fn complete(self: Box<Self>, peer_share: &[u8]) -> Result<Secret, Error>;
}

/// A private key that signs.
///
/// ```
/// use lariat_crypto::{SignatureScheme, ring};
///
/// let provider = ring::provider();
/// let key = provider.generate_signing_key(SignatureScheme::EcdsaSecp256r1Sha256)?;
/// let signature = key.sign(b"message")?;
/// provider.verify(key.scheme(), key.subject_public_key_info(), b"message", &signature)?;
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub trait SigningKey: fmt::Debug + Send + Sync {
    /// The scheme it signs with.
    fn scheme(&self) -> SignatureScheme;
    /// The public key, as a DER SubjectPublicKeyInfo.
    fn subject_public_key_info(&self) -> &[u8];
    /// Signs a message; ECDSA signatures are in DER.
    ///
    /// # Errors
    /// [`Error::Random`], or whatever an external signer fails with.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error>;
}
