//! Signatures: published ones verify, and so do the provider's own; nothing else does.

mod ecdsa;
mod ed25519;
mod rsa;

use super::{Mismatch, Problem, hex, same};
use crate::{Error, Provider, SignatureScheme, SigningKey};

struct Vector {
    name: &'static str,
    scheme: SignatureScheme,
    /// A PKCS #8; empty if none is published.
    private_key: &'static str,
    /// A SubjectPublicKeyInfo.
    public_key: &'static str,
    message: &'static str,
    signature: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    for vector in ecdsa::VECTORS.iter().chain(ed25519::VECTORS).chain(rsa::VECTORS) {
        let signed = Signed {
            name: vector.name,
            scheme: vector.scheme,
            public_key: &hex(vector.public_key),
            message: &hex(vector.message),
            signature: &hex(vector.signature),
        };
        signed.check(provider)?;
        if !vector.private_key.is_empty() {
            check_loading(provider, &signed, &hex(vector.private_key))?;
        }
    }
    for (name, scheme) in GENERATED {
        let refused = |error: Error| Mismatch::new(name, Problem::Refused(error));
        let generate = || provider.generate_signing_key(scheme).map_err(refused);
        let (key, other) = (generate()?, generate()?);
        check_signing(provider, name, &*key)?;
        if key.subject_public_key_info() == other.subject_public_key_info() {
            return Err(Mismatch::new(name, Problem::Differs));
        }
    }
    Ok(())
}

/// A private key in PKCS #8 form is the one of the published public key, and nothing else loads.
fn check_loading(
    provider: &dyn Provider,
    published: &Signed<'_>,
    pkcs8: &[u8],
) -> Result<(), Mismatch> {
    let name = published.name;
    let refused = |error: Error| Mismatch::new(name, Problem::Refused(error));
    let key = provider.load_signing_key(pkcs8).map_err(refused)?;
    same(name, key.subject_public_key_info(), published.public_key)?;
    if key.scheme() != published.scheme {
        return Err(Mismatch::new(name, Problem::Differs));
    }
    if key.scheme() == SignatureScheme::Ed25519 {
        // Its signatures depend on nothing random.
        same(name, &key.sign(published.message).map_err(refused)?, published.signature)?;
    }
    check_signing(provider, name, &*key)?;
    for length in 0..pkcs8.len() {
        if provider.load_signing_key(pkcs8.get(..length).unwrap_or_default()).is_ok() {
            return Err(Mismatch::new(name, Problem::Accepted));
        }
    }
    Ok(())
}

fn check_signing(
    provider: &dyn Provider,
    name: &'static str,
    key: &dyn SigningKey,
) -> Result<(), Mismatch> {
    let message = b"a message of our own";
    let signature =
        key.sign(message).map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
    let signed = Signed {
        name,
        scheme: key.scheme(),
        public_key: key.subject_public_key_info(),
        message,
        signature: &signature,
    };
    signed.check(provider)
}

/// A message with its good signature.
struct Signed<'a> {
    name: &'static str,
    scheme: SignatureScheme,
    public_key: &'a [u8],
    message: &'a [u8],
    signature: &'a [u8],
}

impl Signed<'_> {
    /// It verifies, and nothing next to it does.
    fn check(&self, provider: &dyn Provider) -> Result<(), Mismatch> {
        let Self { name, scheme, public_key, message, signature } = *self;
        provider
            .verify(scheme, public_key, message, signature)
            .map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
        let truncated = signature.split_last().map_or(&[][..], |(_, rest)| rest);
        let refused = [
            provider.verify(scheme, public_key, &[message, &[0]].concat(), signature),
            provider.verify(scheme, public_key, message, &last_flipped(signature)),
            provider.verify(scheme, public_key, message, truncated),
            provider.verify(scheme, public_key, message, &[signature, &[0]].concat()),
            provider.verify(scheme, public_key, message, &[]),
            // With its last bit flipped an ECDSA point is off the curve, an RSA exponent even, and
            // any other key another one.
            provider.verify(scheme, &last_flipped(public_key), message, signature),
            provider.verify(scheme, &[], message, signature),
        ];
        let mut others = SCHEMES.iter().filter(|&&other| other != scheme);
        if refused.iter().any(Result::is_ok)
            || others.any(|&other| provider.verify(other, public_key, message, signature).is_ok())
        {
            return Err(Mismatch::new(name, Problem::Accepted));
        }
        Ok(())
    }
}

fn last_flipped(bytes: &[u8]) -> alloc::vec::Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    bytes
}

/// What keys are generated for.
const GENERATED: [(&str, SignatureScheme); 3] = [
    ("ECDSA P-256, a generated key", SignatureScheme::EcdsaSecp256r1Sha256),
    ("ECDSA P-384, a generated key", SignatureScheme::EcdsaSecp384r1Sha384),
    ("Ed25519, a generated key", SignatureScheme::Ed25519),
];

const SCHEMES: [SignatureScheme; 9] = [
    SignatureScheme::EcdsaSecp256r1Sha256,
    SignatureScheme::EcdsaSecp384r1Sha384,
    SignatureScheme::Ed25519,
    SignatureScheme::RsaPssSha256,
    SignatureScheme::RsaPssSha384,
    SignatureScheme::RsaPssSha512,
    SignatureScheme::RsaPkcs1Sha256,
    SignatureScheme::RsaPkcs1Sha384,
    SignatureScheme::RsaPkcs1Sha512,
];
