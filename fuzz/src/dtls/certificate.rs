//! Certificates of anybody, in DER.

use lariat_crypto::{Error, SignatureScheme, ring};
use lariat_dtls::{Certificate, CertificateError, fuzzing};
use rustls_pki_types::CertificateDer;
use webpki::EndEntityCert;

/// A key of Ed25519 (RFC 8410 §10.3), which no certificate of the seeds is for.
const PKCS8: &[u8] = &[
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    0xd4, 0xee, 0x72, 0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69, 0xf8, 0xad,
    0x3a, 0xfe, 0x7c, 0x28, 0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75, 0x58, 0x42,
];

/// Schemes whose keys can be in a peer's certificate.
const SCHEMES: [SignatureScheme; 4] = [
    SignatureScheme::EcdsaSecp256r1Sha256,
    SignatureScheme::EcdsaSecp384r1Sha384,
    SignatureScheme::Ed25519,
    SignatureScheme::RsaPssSha256,
];

/// Runs the target.
pub fn run(der: &[u8]) {
    let provider = ring::provider();
    let key = fuzzing::subject_public_key_info(der);
    let ours = Certificate::from_der(&*provider, der, PKCS8);
    match key {
        None => assert!(matches!(ours, Err(CertificateError::Der(_)))),
        Some(key) => {
            assert!(matches!(ours, Ok(_) | Err(CertificateError::KeyMismatch)));
            assert_eq!(key.first(), Some(&0x30), "a sequence");
            for scheme in SCHEMES {
                // No signature is empty.
                let verified = provider.verify(scheme, key, b"message", &[]);
                assert_eq!(verified, Err(Error::NotAuthentic));
            }
        }
    }
    // It takes version 3 only, and looks at more; what it takes, everybody does.
    if let Ok(theirs) = EndEntityCert::try_from(&CertificateDer::from(der)) {
        let theirs = theirs.subject_public_key_info();
        assert_eq!(key, Some(&theirs[..]), "another key than others find");
    }
}
