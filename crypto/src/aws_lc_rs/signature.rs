//! Signatures: aws-lc-rs makes them, webpki checks them with aws-lc-rs.

use alloc::boxed::Box;
use alloc::vec::Vec;

use aws_lc_rs::rand;
use aws_lc_rs::signature::{self, KeyPair as _};
use webpki::aws_lc_rs as algorithms;

use crate::spki::{self, ED25519, P256, P384};
use crate::verification::Verifiers;
use crate::{Error, SignatureScheme, SigningKey};

pub(super) static VERIFIERS: Verifiers = Verifiers {
    ecdsa_sha256: [algorithms::ECDSA_P256_SHA256, algorithms::ECDSA_P384_SHA256],
    ecdsa_sha384: [algorithms::ECDSA_P384_SHA384, algorithms::ECDSA_P256_SHA384],
    ed25519: algorithms::ED25519,
    rsa_pss_sha256: algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    rsa_pss_sha384: algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    rsa_pss_sha512: algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    rsa_pkcs1_sha256: algorithms::RSA_PKCS1_2048_8192_SHA256,
    rsa_pkcs1_sha384: algorithms::RSA_PKCS1_2048_8192_SHA384,
    rsa_pkcs1_sha512: algorithms::RSA_PKCS1_2048_8192_SHA512,
};

pub(super) fn generate(scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error> {
    match (scheme, ecdsa_algorithm(scheme)) {
        (SignatureScheme::Ed25519, _) => {
            let pair = signature::Ed25519KeyPair::generate().map_err(|_| Error::Random)?;
            Ok(Box::new(Ed25519Key::new(pair)))
        }
        (_, Some(algorithm)) => {
            let pair = signature::EcdsaKeyPair::generate(algorithm).map_err(|_| Error::Random)?;
            Ok(Box::new(EcdsaKey::new(scheme, pair)))
        }
        _ => Err(Error::Unsupported),
    }
}

pub(super) fn load(pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384};
    for scheme in [EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384] {
        let Some(algorithm) = ecdsa_algorithm(scheme) else { continue };
        if let Ok(pair) = signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8) {
            return Ok(Box::new(EcdsaKey::new(scheme, pair)));
        }
    }
    // Unchecked if there is no public key to check against: OpenSSL writes none.
    if let Ok(pair) = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
        return Ok(Box::new(Ed25519Key::new(pair)));
    }
    if let Ok(pair) = signature::RsaKeyPair::from_pkcs8(pkcs8) {
        let spki = spki::of_rsa(pair.public_key().as_ref());
        return Ok(Box::new(RsaKey { spki, pair }));
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
}

impl EcdsaKey {
    fn new(scheme: SignatureScheme, pair: signature::EcdsaKeyPair) -> Self {
        let curve = if scheme == SignatureScheme::EcdsaSecp256r1Sha256 { P256 } else { P384 };
        let spki = curve.subject_public_key_info(pair.public_key().as_ref());
        Self { scheme, spki, pair }
    }
}

impl SigningKey for EcdsaKey {
    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let random = rand::SystemRandom::new();
        let signature = self.pair.sign(&random, message).map_err(|_| Error::Random)?;
        Ok(signature.as_ref().to_vec())
    }
}

#[derive(Debug)]
struct Ed25519Key {
    spki: Vec<u8>,
    pair: signature::Ed25519KeyPair,
}

impl Ed25519Key {
    fn new(pair: signature::Ed25519KeyPair) -> Self {
        let spki = ED25519.subject_public_key_info(pair.public_key().as_ref());
        Self { spki, pair }
    }
}

impl SigningKey for Ed25519Key {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::Ed25519
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.pair.try_sign(message).map_err(|_| Error::Random)?;
        Ok(signature.as_ref().to_vec())
    }
}

#[derive(Debug)]
struct RsaKey {
    spki: Vec<u8>,
    pair: signature::RsaKeyPair,
}

impl SigningKey for RsaKey {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RsaPssSha256
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let random = rand::SystemRandom::new();
        let mut out = alloc::vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&signature::RSA_PSS_SHA256, &random, message, &mut out)
            .map_err(|_| Error::Random)?;
        Ok(out)
    }
}
