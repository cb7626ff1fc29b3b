//! AES in counter mode.

use super::{Mismatch, Problem, hex, hex_array, same};
use crate::{Error, HashAlgorithm, Provider};

struct Keystream {
    name: &'static str,
    key: &'static str,
    counter: &'static str,
    keystream: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    for vector in KEYSTREAMS {
        let key = provider.aes_ctr_key(&hex(vector.key)).map_err(refused(vector.name))?;
        let keystream = hex(vector.keystream);
        // Whole blocks, and ends inside of one.
        for length in 0..=keystream.len() {
            let mut data = alloc::vec![0; length];
            key.apply_keystream(&hex_array(vector.counter), &mut data);
            same(vector.name, &data, keystream.get(..length).unwrap_or_default())?;
        }
    }
    for vector in WHOLE_KEYSTREAMS {
        let key = provider.aes_ctr_key(&hex(vector.key)).map_err(refused(vector.name))?;
        let mut data = alloc::vec![0; WHOLE_KEYSTREAM_LEN];
        key.apply_keystream(&hex_array(vector.counter), &mut data);
        let mut hash = provider.hash(HashAlgorithm::Sha256);
        hash.update(&data);
        same(vector.name, &hash.finish(), &hex(vector.keystream))?;
    }
    check_carries(provider)
}

/// The counter has 128 bits: it is carried over each of them, and from the last to zero. So blocks
/// in a row are the same as each of them from a counter of its own.
fn check_carries(provider: &dyn Provider) -> Result<(), Mismatch> {
    for (name, key_len) in [
        ("AES-128 in counter mode, over every carry", 16),
        ("AES-192 in counter mode, over every carry", 24),
        ("AES-256 in counter mode, over every carry", 32),
    ] {
        let key = alloc::vec![7; key_len];
        let counter_mode = provider.aes_ctr_key(&key).map_err(refused(name))?;
        for bits in 0..128 {
            let first = u128::MAX >> bits;
            let mut data = [0; 64];
            counter_mode.apply_keystream(&first.to_be_bytes(), &mut data);
            for (index, keystream) in (0..).zip(data.as_chunks::<16>().0) {
                let mut block = [0; 16];
                let counter = first.wrapping_add(index).to_be_bytes();
                counter_mode.apply_keystream(&counter, &mut block);
                same(name, keystream, &block)?;
            }
        }
    }
    Ok(())
}

fn refused(name: &'static str) -> impl Fn(Error) -> Mismatch {
    move |error| Mismatch::new(name, Problem::Refused(error))
}

const KEYSTREAMS: &[Keystream] = &[
    Keystream {
        name: "FIPS 197 §C.1, AES-128",
        key: "000102030405060708090a0b0c0d0e0f",
        counter: "00112233445566778899aabbccddeeff",
        keystream: "69c4e0d86a7b0430d8cdb78070b4c55a",
    },
    Keystream {
        name: "FIPS 197 §C.2, AES-192",
        key: "000102030405060708090a0b0c0d0e0f1011121314151617",
        counter: "00112233445566778899aabbccddeeff",
        keystream: "dda97ca4864cdfe06eaf70a0ec0d7191",
    },
    Keystream {
        name: "FIPS 197 §C.3, AES-256",
        key: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        counter: "00112233445566778899aabbccddeeff",
        keystream: "8ea2b7ca516745bfeafc49904b496089",
    },
    Keystream {
        name: "RFC 3711 §B.2, AES-128",
        key: "2b7e151628aed2a6abf7158809cf4f3c",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        keystream: "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab\
             41e95b3bb0a2e8dd477901e4fca894c0",
    },
    Keystream {
        name: "RFC 3711 §B.2, AES-128, over a carry",
        key: "2b7e151628aed2a6abf7158809cf4f3c",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        keystream: "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae\
             6a2cc3787889374fbeb4c81b17ba6c44",
    },
    Keystream {
        name: "RFC 6188 §7.1, AES-256",
        key: "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        keystream: "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac\
             63c4868b7096d88421b563b8c94c9a31",
    },
    Keystream {
        name: "RFC 6188 §7.1, AES-256, over a carry",
        key: "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        keystream: "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d\
             6eb246913062a16891433e97dd01a57f",
    },
    Keystream {
        name: "RFC 6188 §7.3, AES-192",
        key: "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        keystream: "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a\
             474a40c77894bc17180202272a4c264d",
    },
    Keystream {
        name: "RFC 6188 §7.3, AES-192, over a carry",
        key: "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        keystream: "d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4c\
             a5dab625811034e8cebdfeb6dc158dd3",
    },
];

/// As long as SRTP lets one IV encrypt (RFC 3711 §B.2).
const WHOLE_KEYSTREAM_LEN: usize = 1_044_512;

/// The RFCs print both ends of these; here is the SHA-256 of all of it.
const WHOLE_KEYSTREAMS: &[Keystream] = &[
    Keystream {
        name: "RFC 3711 §B.2, AES-128, the whole keystream",
        key: "2b7e151628aed2a6abf7158809cf4f3c",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        keystream: "ef30edb0e50297a4802215c6dc0648af90722580a5ba63ddb65f3cbe10846ae5",
    },
    Keystream {
        name: "RFC 6188 §7.1, AES-256, the whole keystream",
        key: "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        keystream: "9c47203dcfe68fde664f68b8bf40514aa5faab0ab1e55c238b0ed596e13b7eba",
    },
    Keystream {
        name: "RFC 6188 §7.3, AES-192, the whole keystream",
        key: "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
        counter: "f0f1f2f3f4f5f6f7f8f9fafbfcfd0000",
        keystream: "467f4a04d2bcda95b83c437ab9a75bac9e7c2b17db3e2939eeef31d0c251cbd4",
    },
];
