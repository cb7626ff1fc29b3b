//! Private keys, in the forms in which files hold them.
//!
//! ```text
//! PKCS #8 (RFC 5958 §2)    SEQUENCE { INTEGER version, SEQUENCE algorithm, OCTET STRING, .. }
//! SEC 1   (RFC 5915 §3)    SEQUENCE { INTEGER version, OCTET STRING, [0] curve, [1] public key }
//! PKCS #1 (RFC 8017 §A.1)  SEQUENCE { INTEGER version, INTEGER modulus, .. }
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::Reader;
use lariat_crypto::{Error, Provider, Secret, SigningKey};

use super::CertificateError;
use super::der::{
    CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, element, expect, read,
};
use crate::error::ParseError;

/// Loads a key of any of the three forms. Providers know PKCS #8 alone, into which the two others,
/// being older, are wrapped.
pub(super) fn load(
    provider: &dyn Provider,
    key: &[u8],
) -> Result<Box<dyn SigningKey>, CertificateError> {
    let form = Form::of(key).map_err(|_| CertificateError::Crypto(Error::PrivateKey))?;
    let loaded = match form {
        Form::Pkcs8 { .. } => provider.load_signing_key(key),
        Form::Sec1 { curve } => {
            let algorithm = [
                element(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]),
                element(OBJECT_IDENTIFIER, &[curve]),
            ];
            provider.load_signing_key(wrap(&algorithm.concat(), key).as_bytes())
        }
        Form::Pkcs1 => {
            let algorithm = [&element(OBJECT_IDENTIFIER, &[RSA_ENCRYPTION])[..], NULL].concat();
            provider.load_signing_key(wrap(&algorithm, key).as_bytes())
        }
        Form::Encrypted => return Err(CertificateError::UnsupportedKey("encrypted")),
    };
    match loaded {
        Err(Error::PrivateKey) => Err(form.why_not()),
        loaded => loaded.map_err(CertificateError::Crypto),
    }
}

/// A PrivateKeyInfo of version 0, without attributes.
fn wrap(algorithm: &[u8], key: &[u8]) -> Secret {
    Secret::new(element(
        SEQUENCE,
        &[
            &element(INTEGER, &[&[0]]),
            &element(SEQUENCE, &[algorithm]),
            // Its header alone, so that the only copy of the key is the one that is wiped.
            &octet_string_header(key.len()),
            key,
        ],
    ))
}

fn octet_string_header(length: usize) -> Vec<u8> {
    let mut header = alloc::vec![OCTET_STRING];
    super::der::write_length(length, &mut header);
    header
}

enum Form<'a> {
    Pkcs8 { algorithm: &'a [u8], curve: Option<&'a [u8]> },
    Sec1 { curve: &'a [u8] },
    Pkcs1,
    Encrypted,
}

impl<'a> Form<'a> {
    /// Which form this is, by its first two elements.
    fn of(key: &'a [u8]) -> Result<Self, ParseError> {
        let mut outer = Reader::new(key);
        let mut fields = Reader::new(expect(&mut outer, SEQUENCE, "private key")?.content);
        outer.finish()?;
        let first = read(&mut fields)?;
        let second = read(&mut fields)?;
        match (first.tag, second.tag) {
            (INTEGER, SEQUENCE) => {
                let mut identifier = Reader::new(second.content);
                let field = "privateKeyAlgorithm";
                let algorithm = expect(&mut identifier, OBJECT_IDENTIFIER, field)?.content;
                let curve = read(&mut identifier).ok();
                let curve = curve.filter(|element| element.tag == OBJECT_IDENTIFIER);
                Ok(Self::Pkcs8 { algorithm, curve: curve.map(|element| element.content) })
            }
            (INTEGER, OCTET_STRING) => {
                // rfc5915 §3: the curve is optional in ASN.1 alone.
                let mut parameters =
                    Reader::new(expect(&mut fields, CONTEXT_0, "parameters")?.content);
                let curve = expect(&mut parameters, OBJECT_IDENTIFIER, "namedCurve")?.content;
                Ok(Self::Sec1 { curve })
            }
            (INTEGER, INTEGER) => Ok(Self::Pkcs1),
            // An EncryptedPrivateKeyInfo (RFC 5958 §3).
            (SEQUENCE, OCTET_STRING) => Ok(Self::Encrypted),
            _ => Err(ParseError::Invalid("private key")),
        }
    }

    /// Why the provider has not loaded it.
    fn why_not(&self) -> CertificateError {
        let (algorithm, curve) = match *self {
            Self::Pkcs8 { algorithm, curve } => (algorithm, curve),
            Self::Sec1 { curve } => (EC_PUBLIC_KEY, Some(curve)),
            Self::Pkcs1 => (RSA_ENCRYPTION, None),
            Self::Encrypted => return CertificateError::UnsupportedKey("encrypted"),
        };
        match (algorithm, curve) {
            // One of these is broken, or lacks what the provider needs.
            (EC_PUBLIC_KEY, Some(SECP256R1 | SECP384R1)) | (ED25519, _) => {
                CertificateError::Crypto(Error::PrivateKey)
            }
            (EC_PUBLIC_KEY, _) => CertificateError::UnsupportedKey("on another curve"),
            (RSA_ENCRYPTION, _) => CertificateError::UnsupportedKey("RSA of this length"),
            _ => CertificateError::UnsupportedKey("of another algorithm"),
        }
    }
}

const NULL: &[u8] = &[0x05, 0x00];
/// 1.2.840.10045.2.1 (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7 (RFC 5480 §2.1.1.1).
const SECP256R1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.3.132.0.34 (RFC 5480 §2.1.1.1).
const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
/// 1.3.101.112 (RFC 8410 §3).
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// 1.2.840.113549.1.1.1 (RFC 8017 §A.1).
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
