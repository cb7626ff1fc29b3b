//! Signatures: ring makes them, webpki checks them against a peer's public key.

use alloc::boxed::Box;
use alloc::vec::Vec;

use pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use ring::rand;
use ring::signature::{self, KeyPair as _};
use webpki::ring as algorithms;

use crate::spki::{P256, P384};
use crate::{Error, SignatureScheme, SigningKey};

pub(super) fn generate(
    scheme: SignatureScheme,
    random: &rand::SystemRandom,
) -> Result<Box<dyn SigningKey>, Error> {
    let algorithm = ecdsa_algorithm(scheme).ok_or(Error::Unsupported)?;
    let pkcs8 =
        signature::EcdsaKeyPair::generate_pkcs8(algorithm, random).map_err(|_| Error::Random)?;
    load(pkcs8.as_ref(), random)
}

pub(super) fn load(
    pkcs8: &[u8],
    random: &rand::SystemRandom,
) -> Result<Box<dyn SigningKey>, Error> {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384};
    for (scheme, curve) in [(EcdsaSecp256r1Sha256, P256), (EcdsaSecp384r1Sha384, P384)] {
        let Some(algorithm) = ecdsa_algorithm(scheme) else { continue };
        if let Ok(pair) = signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, random) {
            let spki = curve.subject_public_key_info(pair.public_key().as_ref());
            return Ok(Box::new(EcdsaKey { scheme, spki, pair, random: random.clone() }));
        }
    }
    Err(Error::PrivateKey)
}

fn ecdsa_algorithm(scheme: SignatureScheme) -> Option<&'static signature::EcdsaSigningAlgorithm> {
    match scheme {
        SignatureScheme::EcdsaSecp256r1Sha256 => Some(&signature::ECDSA_P256_SHA256_ASN1_SIGNING),
        SignatureScheme::EcdsaSecp384r1Sha384 => Some(&signature::ECDSA_P384_SHA384_ASN1_SIGNING),
        _ => None,
    }
}

#[derive(Debug)]
struct EcdsaKey {
    scheme: SignatureScheme,
    spki: Vec<u8>,
    pair: signature::EcdsaKeyPair,
    random: rand::SystemRandom,
}

impl SigningKey for EcdsaKey {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.pair.sign(&self.random, message).map_err(|_| Error::Random)?;
        Ok(signature.as_ref().to_vec())
    }
}

pub(super) fn verify(
    scheme: SignatureScheme,
    subject_public_key_info: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Error> {
    let spki = SubjectPublicKeyInfoDer::from(subject_public_key_info);
    let key = webpki::RawPublicKeyEntity::try_from(&spki).map_err(|_| Error::NotAuthentic)?;
    let verified = verifiers(scheme)
        .iter()
        .any(|verifier| key.verify_signature(*verifier, message, signature).is_ok());
    if verified { Ok(()) } else { Err(Error::NotAuthentic) }
}

type Verifier = &'static dyn SignatureVerificationAlgorithm;

static ECDSA_SHA256: [Verifier; 2] = [algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256];
static ECDSA_SHA384: [Verifier; 2] = [algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384];
static ED25519: [Verifier; 1] = [algorithms::ED25519];
static RSA_PSS_SHA256: [Verifier; 1] = [algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY];
static RSA_PKCS1_SHA256: [Verifier; 2] =
    [algorithms::RSA_PKCS1_2048_8192_SHA256, algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS];

/// One verifier per kind of key that the scheme may go with; webpki refuses the others before any
/// arithmetic.
fn verifiers(scheme: SignatureScheme) -> &'static [Verifier] {
    match scheme {
        SignatureScheme::EcdsaSecp256r1Sha256 => &ECDSA_SHA256,
        SignatureScheme::EcdsaSecp384r1Sha384 => &ECDSA_SHA384,
        SignatureScheme::Ed25519 => &ED25519,
        SignatureScheme::RsaPssSha256 => &RSA_PSS_SHA256,
        SignatureScheme::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
    }
}
