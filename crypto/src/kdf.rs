//! Key derivation from HMAC: HKDF (RFC 5869) and the TLS 1.2 PRF (RFC 5246 §5).

use crate::{Error, HashAlgorithm, HmacKey, Provider, Secret};

/// HKDF-Extract (RFC 5869 §2.2).
///
/// ```
/// use lariat_crypto::{HashAlgorithm, hkdf_expand, hkdf_extract, ring};
///
/// let provider = ring::provider();
/// let prk = hkdf_extract(&*provider, HashAlgorithm::Sha256, b"salt", b"input keying material");
/// let mut okm = [0; 42];
/// hkdf_expand(&*provider, HashAlgorithm::Sha256, prk.as_bytes(), b"info", &mut okm)?;
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub fn hkdf_extract(
    provider: &dyn Provider,
    algorithm: HashAlgorithm,
    salt: &[u8],
    input: &[u8],
) -> Secret {
    let mut prk = Secret::zeroed(algorithm.digest_len());
    // rfc5869 §2.2: an absent salt is a string of zeros, which HMAC's own key padding makes of "".
    provider.hmac_key(algorithm, salt).sign(&[input], prk.as_bytes_mut());
    prk
}

/// HKDF-Expand (RFC 5869 §2.3), filling `out`. See [`hkdf_extract`] for an example.
///
/// # Errors
/// [`Error::OutputLength`] if `out` is longer than 255 digests.
pub fn hkdf_expand(
    provider: &dyn Provider,
    algorithm: HashAlgorithm,
    prk: &[u8],
    info: &[u8],
    out: &mut [u8],
) -> Result<(), Error> {
    hkdf_expand_with(&*provider.hmac_key(algorithm, prk), info, out)
}

/// The same with the pseudo-random key as the key of HMAC, which is made once for many expansions.
///
/// ```
/// use lariat_crypto::{HashAlgorithm, hkdf_expand, hkdf_expand_with, ring};
///
/// let (provider, prk) = (ring::provider(), [7; 32]);
/// let key = provider.hmac_key(HashAlgorithm::Sha256, &prk);
/// let (mut one, mut other) = ([0; 42], [0; 42]);
/// hkdf_expand_with(&*key, b"info", &mut one)?;
/// hkdf_expand(&*provider, HashAlgorithm::Sha256, &prk, b"info", &mut other)?;
/// assert_eq!(one, other);
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
///
/// # Errors
/// [`Error::OutputLength`] if `out` is longer than 255 digests.
pub fn hkdf_expand_with(key: &dyn HmacKey, info: &[u8], out: &mut [u8]) -> Result<(), Error> {
    let digest_len = key.algorithm().digest_len();
    // rfc5869 §2.3: nothing precedes the first block.
    let mut previous: &[u8] = &[];
    for (index, chunk) in out.chunks_mut(digest_len).enumerate() {
        let counter = u8::try_from(index + 1).map_err(|_| Error::OutputLength)?;
        key.sign(&[previous, info, &[counter]], chunk);
        previous = chunk;
    }
    Ok(())
}

/// The TLS 1.2 pseudo-random function (RFC 5246 §5), filling `out`. The seed is the concatenation
/// of its parts.
///
/// ```
/// use lariat_crypto::{HashAlgorithm, ring, tls12_prf};
///
/// let mut master_secret = [0; 48];
/// tls12_prf(
///     &*ring::provider(),
///     HashAlgorithm::Sha256,
///     b"pre-master secret",
///     b"extended master secret",
///     &[b"session hash"],
///     &mut master_secret,
/// );
/// ```
pub fn tls12_prf(
    provider: &dyn Provider,
    algorithm: HashAlgorithm,
    secret: &[u8],
    label: &[u8],
    seed: &[&[u8]],
    out: &mut [u8],
) {
    let digest_len = algorithm.digest_len();
    let key = provider.hmac_key(algorithm, secret);
    let label_and_seed = [&[label], seed].concat();
    // A(i), of which there is none before the first block.
    let mut a: Option<Secret> = None;
    for chunk in out.chunks_mut(digest_len) {
        let mut next = Secret::zeroed(digest_len);
        match &a {
            None => key.sign(&label_and_seed, next.as_bytes_mut()),
            Some(a) => key.sign(&[a.as_bytes()], next.as_bytes_mut()),
        }
        key.sign(&[&[next.as_bytes()], &label_and_seed[..]].concat(), chunk);
        a = Some(next);
    }
}

/// As much of `from` as fits.
#[cfg(any(feature = "ring", feature = "aws-lc-rs"))]
pub(crate) fn copy_prefix(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}
