//! "Signatures" that anybody can make from the public key, in the form that real ones have.

use alloc::vec::Vec;

use super::key_exchange::{is_point, point};
use super::mixer::Mixer;
use crate::spki::{Curve, ED25519, P256, P384};
use crate::{Error, SignatureScheme, SigningKey};

#[derive(Debug)]
pub(super) struct FakeSigningKey {
    scheme: SignatureScheme,
    curve: &'static Curve,
    spki: Vec<u8>,
}

impl FakeSigningKey {
    pub(super) fn new(scheme: SignatureScheme, seed: [u8; 32]) -> Result<Self, Error> {
        let curve = curve(scheme).ok_or(Error::Unsupported)?;
        let spki = curve.subject_public_key_info(&point(&seed, curve.point_len));
        Ok(Self { scheme, curve, spki })
    }

    pub(super) fn load(pkcs8: &[u8]) -> Result<Self, Error> {
        let (header, seed) = pkcs8.split_last_chunk::<32>().ok_or(Error::PrivateKey)?;
        let scheme = SCHEMES
            .into_iter()
            .find(|&scheme| curve(scheme).is_some_and(|curve| pkcs8_header(curve) == header));
        Self::new(scheme.ok_or(Error::PrivateKey)?, *seed)
    }
}

impl SigningKey for FakeSigningKey {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(signature(self.scheme, self.curve, &self.spki, message))
    }
}

pub(super) fn verify(
    scheme: SignatureScheme,
    subject_public_key_info: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let signer = SCHEMES.into_iter().filter_map(curve).find(|curve| {
        fits(scheme, curve) && curve.point(subject_public_key_info).is_some_and(is_point)
    });
    let curve = signer.ok_or(Error::NotAuthentic)?;
    let expected = self::signature(scheme, curve, subject_public_key_info, message);
    if expected == signature { Ok(()) } else { Err(Error::NotAuthentic) }
}

/// Whether a key on this curve signs with the scheme. In TLS 1.2 that of an ECDSA names a hash
/// only, and the key may be on the other curve.
fn fits(scheme: SignatureScheme, curve: &Curve) -> bool {
    let is_ed25519 = curve.point_len == ED25519.point_len;
    self::curve(scheme).is_some() && (scheme == SignatureScheme::Ed25519) == is_ed25519
}

/// A private key that this backend loads, in the outer form of PKCS #8.
///
/// # Errors
/// [`Error::Unsupported`] if the scheme is neither an ECDSA nor Ed25519.
///
/// ```
/// use lariat_crypto::{SignatureScheme, fake};
///
/// let pkcs8 = fake::pkcs8(SignatureScheme::EcdsaSecp256r1Sha256, [7; 32])?;
/// let key = fake::provider(1).load_signing_key(&pkcs8)?;
/// assert_eq!(key.scheme(), SignatureScheme::EcdsaSecp256r1Sha256);
/// # Ok::<(), lariat_crypto::Error>(())
/// ```
pub fn pkcs8(scheme: SignatureScheme, seed: [u8; 32]) -> Result<Vec<u8>, Error> {
    let mut pkcs8 = pkcs8_header(curve(scheme).ok_or(Error::Unsupported)?);
    pkcs8.extend_from_slice(&seed);
    Ok(pkcs8)
}

/// SEQUENCE { INTEGER 0, algorithm, OCTET STRING of 32 bytes }, up to those bytes.
fn pkcs8_header(curve: &Curve) -> Vec<u8> {
    let length = 3 + curve.algorithm.len() + 2 + 32;
    [&[0x30, length as u8, 0x02, 0x01, 0x00], curve.algorithm, &[0x04, 0x20]].concat()
}

/// The schemes that sign.
const SCHEMES: [SignatureScheme; 3] = [
    SignatureScheme::EcdsaSecp256r1Sha256,
    SignatureScheme::EcdsaSecp384r1Sha384,
    SignatureScheme::Ed25519,
];

fn curve(scheme: SignatureScheme) -> Option<&'static Curve> {
    match scheme {
        SignatureScheme::EcdsaSecp256r1Sha256 => Some(&P256),
        SignatureScheme::EcdsaSecp384r1Sha384 => Some(&P384),
        SignatureScheme::Ed25519 => Some(&ED25519),
        _ => None,
    }
}

/// SEQUENCE { INTEGER r, INTEGER s } for ECDSA, 64 bytes for Ed25519; always of the same length.
fn signature(scheme: SignatureScheme, curve: &Curve, spki: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mixer = Mixer::new(&[u64::from(scheme.code_point()), spki.len() as u64]);
    mixer.update(spki);
    mixer.update(message);
    if scheme == SignatureScheme::Ed25519 {
        let mut signature = alloc::vec![0; 64];
        mixer.fill(&mut signature);
        return signature;
    }
    let integer_len = curve.point_len / 2;
    let mut integers = alloc::vec![0; 2 * integer_len];
    mixer.fill(&mut integers);
    let mut signature = alloc::vec![0x30, 2 * (2 + integer_len) as u8];
    for integer in integers.chunks_mut(integer_len) {
        // Positive and without a leading zero: DER has one form for each number.
        if let Some(first) = integer.first_mut() {
            *first = *first & 0x3f | 0x40;
        }
        signature.extend_from_slice(&[0x02, integer_len as u8]);
        signature.extend_from_slice(integer);
    }
    signature
}
