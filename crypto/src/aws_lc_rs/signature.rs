//! Signatures: aws-lc-rs makes them, webpki checks them with aws-lc-rs.

use alloc::boxed::Box;

use aws_lc_rs::rand;
use aws_lc_rs::signature::{self, KeyPair as _};
use webpki::aws_lc_rs as algorithms;

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
    match (scheme, ecdsa(scheme)) {
        (SignatureScheme::Ed25519, _) => {
            signature::Ed25519KeyPair::generate().map(ed25519_key).map_err(|_| Error::Random)
        }
        (_, Some((algorithm, curve))) => signature::EcdsaKeyPair::generate(algorithm)
            .map(|pair| ecdsa_key(scheme, curve, pair))
            .map_err(|_| Error::Random),
        _ => Err(Error::Unsupported),
    }
}

pub(super) fn load(pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384, RsaPssSha256};
    for scheme in [EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384] {
        let Some((algorithm, curve)) = ecdsa(scheme) else { continue };
        if let Ok(pair) = signature::EcdsaKeyPair::from_pkcs8(algorithm, pkcs8) {
            return Ok(ecdsa_key(scheme, curve, pair));
        }
    }
    // Unchecked if there is no public key to check against: OpenSSL writes none.
    if let Ok(pair) = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8) {
        return Ok(ed25519_key(pair));
    }
    if let Ok(pair) = signature::RsaKeyPair::from_pkcs8(pkcs8) {
        let spki = spki::of_rsa(pair.public_key().as_ref());
        return Ok(signing::key(RsaPssSha256, spki, pair, |pair, message| {
            let mut out = alloc::vec![0; pair.public_modulus_len()];
            pair.sign(&signature::RSA_PSS_SHA256, &rand::SystemRandom::new(), message, &mut out)
                .map_err(|_| Error::Random)?;
            Ok(out)
        }));
    }
    Err(Error::PrivateKey)
}

fn ecdsa_key(
    scheme: SignatureScheme,
    curve: Curve,
    pair: signature::EcdsaKeyPair,
) -> Box<dyn SigningKey> {
    let spki = curve.subject_public_key_info(pair.public_key().as_ref());
    signing::key(scheme, spki, pair, |pair, message| {
        let signature = pair.sign(&rand::SystemRandom::new(), message);
        Ok(signature.map_err(|_| Error::Random)?.as_ref().to_vec())
    })
}

fn ed25519_key(pair: signature::Ed25519KeyPair) -> Box<dyn SigningKey> {
    let spki = ED25519.subject_public_key_info(pair.public_key().as_ref());
    signing::key(SignatureScheme::Ed25519, spki, pair, |pair, message| {
        let signature = pair.try_sign(message).map_err(|_| Error::Random)?;
        Ok(signature.as_ref().to_vec())
    })
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
