//! The hash in a certificate's own signature.

use lariat_base::Reader;

use super::der::{CONTEXT_0, OBJECT_IDENTIFIER, SEQUENCE, expect, signature_algorithm};
use crate::error::ParseError;
use crate::fingerprint::FingerprintAlgorithm;

/// The hash that a certificate in DER is signed with, if it is one that fingerprints are made of.
pub(super) fn of(certificate: &[u8]) -> Option<FingerprintAlgorithm> {
    let mut reader = Reader::new(signature_algorithm(certificate).ok()?);
    let mut algorithm = object_identifier(&mut reader).ok()?;
    if algorithm == RSASSA_PSS {
        algorithm = pss_hash(reader).ok()?;
    }
    let of_algorithm = |(name, _): &&(&[u8], _)| *name == algorithm;
    ALGORITHMS.iter().find(of_algorithm).map(|(_, hash)| *hash)
}

/// rfc4055 §3.1: the first of the parameters.
fn pss_hash(mut reader: Reader<'_>) -> Result<&[u8], ParseError> {
    let mut parameters = Reader::new(expect(&mut reader, SEQUENCE, "parameters")?.content);
    let mut hash = Reader::new(expect(&mut parameters, CONTEXT_0, "hashAlgorithm")?.content);
    let mut hash = Reader::new(expect(&mut hash, SEQUENCE, "hashAlgorithm")?.content);
    object_identifier(&mut hash)
}

fn object_identifier<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], ParseError> {
    Ok(expect(reader, OBJECT_IDENTIFIER, "algorithm")?.content)
}

/// 1.2.840.113549.1.1.10, id-RSASSA-PSS (RFC 4055 §3.1).
const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];

/// Algorithms, and their hashes.
const ALGORITHMS: [(&[u8], FingerprintAlgorithm); 9] = {
    use FingerprintAlgorithm::{Sha256, Sha384, Sha512};
    [
        // 1.2.840.10045.4.3, ecdsa-with-SHA2 (RFC 5758 §3.2).
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02], Sha256),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03], Sha384),
        (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04], Sha512),
        // 1.2.840.113549.1.1, RSA with SHA-2 (RFC 4055 §5).
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b], Sha256),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c], Sha384),
        (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d], Sha512),
        // 2.16.840.1.101.3.4.2, the hashes in RSASSA-PSS (RFC 4055 §2.1).
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01], Sha256),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02], Sha384),
        (&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03], Sha512),
    ]
};

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::certificate::der::element;

    fn signed_with(algorithm: &[&[u8]]) -> Vec<u8> {
        let algorithm = element(SEQUENCE, algorithm);
        element(SEQUENCE, &[&element(SEQUENCE, &[]), &algorithm])
    }

    #[test]
    fn the_hash_is_that_of_the_signature() {
        for (algorithm, hash) in ALGORITHMS {
            let name = element(OBJECT_IDENTIFIER, &[algorithm]);
            assert_eq!(of(&signed_with(&[&name])), Some(hash));
            let parameters = element(CONTEXT_0, &[&element(SEQUENCE, &[&name])]);
            let parameters = element(SEQUENCE, &[&parameters]);
            let pss = element(OBJECT_IDENTIFIER, &[RSASSA_PSS]);
            assert_eq!(of(&signed_with(&[&pss, &parameters])), Some(hash));
            // Without parameters it is SHA-1.
            assert_eq!(of(&signed_with(&[&pss, &element(SEQUENCE, &[])])), None);
            assert_eq!(of(&signed_with(&[&pss])), None);
        }
        let sha1_with_rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];
        assert_eq!(of(&signed_with(&[&element(OBJECT_IDENTIFIER, &[&sha1_with_rsa])])), None);
        assert_eq!(of(&[]), None);
    }
}
