//! Signatures: ring makes them, webpki checks them with ring.

use alloc::boxed::Box;
use alloc::vec::Vec;

use ring::rand;
use ring::signature::{self, KeyPair as _};
use webpki::ring as algorithms;

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

pub(super) fn generate(
    scheme: SignatureScheme,
    random: &rand::SystemRandom,
) -> Result<Box<dyn SigningKey>, Error> {
    let pkcs8 = match (scheme, ecdsa_algorithm(scheme)) {
        (SignatureScheme::Ed25519, _) => signature::Ed25519KeyPair::generate_pkcs8(random),
        (_, Some(algorithm)) => signature::EcdsaKeyPair::generate_pkcs8(algorithm, random),
        _ => return Err(Error::Unsupported),
    };
    load(pkcs8.map_err(|_| Error::Random)?.as_ref(), random)
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
    // Unchecked if there is no public key to check against: OpenSSL writes none.
    if let Ok(pair) = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
        let spki = ED25519.subject_public_key_info(pair.public_key().as_ref());
        return Ok(Box::new(Ed25519Key { spki, pair }));
    }
    if let Ok(pair) = signature::RsaKeyPair::from_pkcs8(pkcs8) {
        let spki = spki::of_rsa(pair.public().as_ref());
        return Ok(Box::new(RsaKey { spki, pair, random: random.clone() }));
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

#[derive(Debug)]
struct Ed25519Key {
    spki: Vec<u8>,
    pair: signature::Ed25519KeyPair,
}

impl SigningKey for Ed25519Key {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::Ed25519
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.pair.sign(message).as_ref().to_vec())
    }
}

#[derive(Debug)]
struct RsaKey {
    spki: Vec<u8>,
    pair: signature::RsaKeyPair,
    random: rand::SystemRandom,
}

impl SigningKey for RsaKey {
    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RsaPssSha256
    }

    fn subject_public_key_info(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(&signature::RSA_PSS_SHA256, &self.random, message, &mut out)
            .map_err(|_| Error::Random)?;
        Ok(out)
    }
}
