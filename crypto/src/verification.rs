//! Signatures of peers: webpki reads the key and says which algorithm fits, the backend's library
//! computes.

use pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;

use crate::{Error, SignatureScheme};

pub(crate) type Verifier = &'static dyn SignatureVerificationAlgorithm;

/// What a backend verifies with. An ECDSA scheme has a verifier for each curve: in TLS 1.2 it names
/// a hash only, and the key decides.
pub(crate) struct Verifiers {
    pub(crate) ecdsa_sha256: [Verifier; 2],
    pub(crate) ecdsa_sha384: [Verifier; 2],
    pub(crate) ed25519: Verifier,
    pub(crate) rsa_pss_sha256: Verifier,
    pub(crate) rsa_pss_sha384: Verifier,
    pub(crate) rsa_pss_sha512: Verifier,
    pub(crate) rsa_pkcs1_sha256: Verifier,
    pub(crate) rsa_pkcs1_sha384: Verifier,
    pub(crate) rsa_pkcs1_sha512: Verifier,
}

impl Verifiers {
    pub(crate) fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        let spki = SubjectPublicKeyInfoDer::from(subject_public_key_info);
        let key = RawPublicKeyEntity::try_from(&spki).map_err(|_| Error::NotAuthentic)?;
        // webpki refuses a verifier for another kind of key before any arithmetic.
        let verified = self
            .of(scheme)
            .iter()
            .any(|verifier| key.verify_signature(*verifier, message, signature).is_ok());
        if verified { Ok(()) } else { Err(Error::NotAuthentic) }
    }

    fn of(&self, scheme: SignatureScheme) -> &[Verifier] {
        let one = match scheme {
            SignatureScheme::EcdsaSecp256r1Sha256 => return &self.ecdsa_sha256,
            SignatureScheme::EcdsaSecp384r1Sha384 => return &self.ecdsa_sha384,
            SignatureScheme::Ed25519 => &self.ed25519,
            SignatureScheme::RsaPssSha256 => &self.rsa_pss_sha256,
            SignatureScheme::RsaPssSha384 => &self.rsa_pss_sha384,
            SignatureScheme::RsaPssSha512 => &self.rsa_pss_sha512,
            SignatureScheme::RsaPkcs1Sha256 => &self.rsa_pkcs1_sha256,
            SignatureScheme::RsaPkcs1Sha384 => &self.rsa_pkcs1_sha384,
            SignatureScheme::RsaPkcs1Sha512 => &self.rsa_pkcs1_sha512,
        };
        core::slice::from_ref(one)
    }
}
