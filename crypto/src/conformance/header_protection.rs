//! Masks for headers.

use super::{Mismatch, Problem, hex, hex_array, same};
use crate::{AeadAlgorithm, Provider};

struct Vector {
    name: &'static str,
    algorithm: AeadAlgorithm,
    key: &'static str,
    sample: &'static str,
    mask: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    VECTORS.iter().try_for_each(|vector| {
        let key = provider
            .header_protection_key(vector.algorithm, &hex(vector.key))
            .map_err(|error| Mismatch::new(vector.name, Problem::Refused(error)))?;
        same(vector.name, &key.mask(&hex_array(vector.sample)), &hex(vector.mask))
    })
}

const VECTORS: &[Vector] = &[
    Vector {
        name: "RFC 9001 §A.2, header protection with AES-128",
        algorithm: AeadAlgorithm::Aes128Gcm,
        key: "9f50449e04a0e810283a1e9933adedd2",
        sample: "d1b1c98dd7689fb8ec11d242b123dc9b",
        mask: "437b9aec36",
    },
    Vector {
        name: "RFC 9001 §A.3, header protection with AES-128",
        algorithm: AeadAlgorithm::Aes128Gcm,
        key: "c206b8d9b9f0f37644430b490eeaa314",
        sample: "2cd0991cd25b0aac406a5816b6394100",
        mask: "2ec0d8356a",
    },
    Vector {
        name: "FIPS 197 §C.3, header protection with AES-256",
        algorithm: AeadAlgorithm::Aes256Gcm,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        sample: "00112233445566778899aabbccddeeff",
        mask: "8ea2b7ca51",
    },
    Vector {
        name: "RFC 9001 §A.5, header protection with ChaCha20",
        algorithm: AeadAlgorithm::ChaCha20Poly1305,
        key: "25a282b9e82f06f21f488917a4fc8f1b73573685608597d0efcb076b0ab7a7a4",
        sample: "5e5cd55c41f69080575d7999c25a5bfb",
        mask: "aefefe7d03",
    },
    // The counter is 1.
    Vector {
        name: "RFC 8439 §2.3.2, header protection with ChaCha20",
        algorithm: AeadAlgorithm::ChaCha20Poly1305,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        sample: "01000000000000090000004a00000000",
        mask: "10f1e7e4d1",
    },
];
