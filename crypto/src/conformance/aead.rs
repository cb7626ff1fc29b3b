//! Authenticated ciphers.

use super::{Mismatch, Problem, hex, hex_array, same};
use crate::{AeadAlgorithm, Provider};

struct Vector {
    name: &'static str,
    algorithm: AeadAlgorithm,
    key: &'static str,
    nonce: &'static str,
    aad: &'static str,
    plain: &'static str,
    /// The ciphertext, then the tag.
    sealed: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    VECTORS.iter().try_for_each(|vector| check_one(provider, vector))
}

fn check_one(provider: &dyn Provider, vector: &Vector) -> Result<(), Mismatch> {
    let name = vector.name;
    let key = provider
        .aead_key(vector.algorithm, &hex(vector.key))
        .map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
    let (nonce, aad, plain) = (hex_array(vector.nonce), hex(vector.aad), hex(vector.plain));
    let sealed = hex(vector.sealed);
    let mut data = plain.clone();
    let tag = key.seal(&nonce, &aad, &mut data);
    same(name, &[data.as_slice(), &tag].concat(), &sealed)?;
    key.open(&nonce, &aad, &mut data, &tag)
        .map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
    same(name, &data, &plain)?;

    // Every bit of the tag counts, and a refused message leaves nothing of its plaintext behind.
    let ciphertext = sealed.get(..plain.len()).unwrap_or_default();
    for bit in 0..8 * tag.len() {
        let mut forged = tag;
        if let Some(byte) = forged.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        let mut data = ciphertext.to_vec();
        if key.open(&nonce, &aad, &mut data, &forged).is_ok() {
            return Err(Mismatch::new(name, Problem::Accepted));
        }
        if !plain.is_empty() && data == plain {
            return Err(Mismatch::new(name, Problem::Leaked));
        }
    }
    Ok(())
}

const VECTORS: &[Vector] = &[
    Vector {
        name: "RFC 7714 §16.1.1, AES-128-GCM",
        algorithm: AeadAlgorithm::Aes128Gcm,
        key: "000102030405060708090a0b0c0d0e0f",
        nonce: "51753c6580c2726f20718414",
        aad: "8040f17b8041f8d35501a0b2",
        plain: "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d\
             7f27beb16a9152cf765ee4390cce",
    },
    Vector {
        name: "RFC 7714 §16.1.3, AES-128-GCM",
        algorithm: AeadAlgorithm::Aes128Gcm,
        key: "000102030405060708090a0b0c0d0e0f",
        nonce: "51753c6580c2726f20718414",
        aad: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e2070\
             61727465732074726573",
        plain: "",
        sealed: "22493f82d2bce397e9d79e3b19aa4216",
    },
    Vector {
        name: "RFC 7714 §16.2.1, AES-256-GCM",
        algorithm: AeadAlgorithm::Aes256Gcm,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        nonce: "51753c6580c2726f20718414",
        aad: "8040f17b8041f8d35501a0b2",
        plain: "47616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573",
        sealed: "32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3\
             db36dfffd6b0f9bb7878d7a76c13",
    },
    Vector {
        name: "RFC 7714 §16.2.3, AES-256-GCM",
        algorithm: AeadAlgorithm::Aes256Gcm,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        nonce: "51753c6580c2726f20718414",
        aad: "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e2070\
             61727465732074726573",
        plain: "",
        sealed: "a866d5910f887463067ceefec45215d4",
    },
    Vector {
        name: "RFC 7714 §17.1, AES-128-GCM",
        algorithm: AeadAlgorithm::Aes128Gcm,
        key: "000102030405060708090a0b0c0d0e0f",
        nonce: "517524055203726f207170bb",
        aad: "81c8000d4d617273800005d4",
        plain: "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeef\
             deadbeef",
        sealed: "63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded\
             0bb9275bc84aa45896cf4d2fc5abf87245d9eade",
    },
    Vector {
        name: "RFC 7714 §17.2, AES-256-GCM",
        algorithm: AeadAlgorithm::Aes256Gcm,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        nonce: "517524055203726f207170bb",
        aad: "81c8000d4d617273800005d4",
        plain: "4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeef\
             deadbeef",
        sealed: "d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de047\
             6f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be",
    },
    Vector {
        name: "RFC 7714 §17.3, AES-128-GCM",
        algorithm: AeadAlgorithm::Aes128Gcm,
        key: "000102030405060708090a0b0c0d0e0f",
        nonce: "517524055203726f207170bb",
        aad: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeef\
             deadbeefdeadbeefdeadbeef000005d4",
        plain: "",
        sealed: "841dd9683dd78ec92ae58790125f62b3",
    },
    Vector {
        name: "RFC 7714 §17.4, AES-256-GCM",
        algorithm: AeadAlgorithm::Aes256Gcm,
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        nonce: "517524055203726f207170bb",
        aad: "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeef\
             deadbeefdeadbeefdeadbeef000005d4",
        plain: "",
        sealed: "91db4afbfeee5a978fab4393ed2615fe",
    },
    Vector {
        name: "RFC 8439 §2.8.2, ChaCha20-Poly1305",
        algorithm: AeadAlgorithm::ChaCha20Poly1305,
        key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
        nonce: "070000004041424344454647",
        aad: "50515253c0c1c2c3c4c5c6c7",
        plain: "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f6620273939\
             3a204966204920636f756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220\
             746865206675747572652c2073756e73637265656e20776f756c642062652069742e",
        sealed: "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca96712\
             82fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58\
             fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09\
             e26a7e902ecbd0600691",
    },
];
