//! Signatures: ring makes them, webpki checks them with ring.

use alloc::boxed::Box;

use ring::rand;
use ring::signature::{self, KeyPair as _};
use webpki::ring as algorithms;

use crate::spki::{self, Curve, ED25519, P256, P384};
use crate::verification::Verifiers;
use crate::{Error, SignatureScheme, SigningKey, signing};

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
    let random = rand::SystemRandom::new();
    let pkcs8 = match (scheme, ecdsa(scheme)) {
        (SignatureScheme::Ed25519, _) => signature::Ed25519KeyPair::generate_pkcs8(&random),
        (_, Some((algorithm, _))) => signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random),
        _ => return Err(Error::Unsupported),
    };
    load(pkcs8.map_err(|_| Error::Random)?.as_ref())
}

pub(super) fn load(pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, Ed25519, RsaPssSha256};
    for scheme in [EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384] {
        let Some((algorithm, curve)) = ecdsa(scheme) else { continue };
        let random = rand::SystemRandom::new();
        if let Ok(pair) = signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &random) {
            let spki = curve.subject_public_key_info(pair.public_key().as_ref());
            return Ok(signing::key(scheme, spki, pair, |pair, message| {
                let signature = pair.sign(&rand::SystemRandom::new(), message);
                Ok(signature.map_err(|_| Error::Random)?.as_ref().to_vec())
            }));
        }
    }
    // Unchecked if there is no public key to check against: OpenSSL writes none.
    if let Ok(pair) = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
        let spki = ED25519.subject_public_key_info(pair.public_key().as_ref());
        return Ok(signing::key(Ed25519, spki, pair, |pair, message| {
            Ok(pair.sign(message).as_ref().to_vec())
        }));
    }
    if let Ok(pair) = signature::RsaKeyPair::from_pkcs8(pkcs8) {
        let spki = spki::of_rsa(pair.public().as_ref());
        return Ok(signing::key(RsaPssSha256, spki, pair, |pair, message| {
            let mut out = alloc::vec![0; pair.public().modulus_len()];
            pair.sign(&signature::RSA_PSS_SHA256, &rand::SystemRandom::new(), message, &mut out)
                .map_err(|_| Error::Random)?;
            Ok(out)
        }));
    }
    Err(Error::PrivateKey)
}

fn ecdsa(scheme: SignatureScheme) -> Option<(&'static signature::EcdsaSigningAlgorithm, Curve)> {
    match scheme {
        SignatureScheme::EcdsaSecp256r1Sha256 => {
            Some((&signature::ECDSA_P256_SHA256_ASN1_SIGNING, P256))
        }
        SignatureScheme::EcdsaSecp384r1Sha384 => {
            Some((&signature::ECDSA_P384_SHA384_ASN1_SIGNING, P384))
        }
        _ => None,
    }
}
