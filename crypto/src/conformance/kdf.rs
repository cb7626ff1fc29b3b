//! HKDF and the TLS 1.2 PRF over the provider's HMACs.

use super::{Mismatch, Problem, hex, same};
use crate::{HashAlgorithm, Provider, hkdf_expand, hkdf_extract, tls12_prf};

struct Hkdf {
    name: &'static str,
    algorithm: HashAlgorithm,
    input: &'static str,
    salt: &'static str,
    info: &'static str,
    prk: &'static str,
    output: &'static str,
}

struct Prf {
    name: &'static str,
    algorithm: HashAlgorithm,
    secret: &'static str,
    label: &'static [u8],
    seed: &'static str,
    output: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    for vector in HKDFS {
        let (salt, input) = (hex(vector.salt), hex(vector.input));
        let prk = hkdf_extract(provider, vector.algorithm, &salt, &input);
        same(vector.name, prk.as_bytes(), &hex(vector.prk))?;
        let expected = hex(vector.output);
        let mut output = alloc::vec![0; expected.len()];
        let info = hex(vector.info);
        hkdf_expand(provider, vector.algorithm, prk.as_bytes(), &info, &mut output)
            .map_err(|error| Mismatch::new(vector.name, Problem::Refused(error)))?;
        same(vector.name, &output, &expected)?;
    }
    for vector in PRFS {
        let (secret, seed, expected) = (hex(vector.secret), hex(vector.seed), hex(vector.output));
        let (head, tail) = seed.split_at(seed.len() / 2);
        let mut output = alloc::vec![0; expected.len()];
        let seed = [head, tail];
        tls12_prf(provider, vector.algorithm, &secret, vector.label, &seed, &mut output);
        same(vector.name, &output, &expected)?;
    }
    Ok(())
}

const HKDFS: &[Hkdf] = &[
    Hkdf {
        name: "RFC 5869 §A.1",
        algorithm: HashAlgorithm::Sha256,
        input: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        salt: "000102030405060708090a0b0c",
        info: "f0f1f2f3f4f5f6f7f8f9",
        prk: "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
        output: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b88718\
             5865",
    },
    Hkdf {
        name: "RFC 5869 §A.2",
        algorithm: HashAlgorithm::Sha256,
        input: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627\
             28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
        salt: "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687\
             88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        info: "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7\
             d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        prk: "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
        output: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac78272\
             71cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f\
             1d87",
    },
    Hkdf {
        name: "RFC 5869 §A.3",
        algorithm: HashAlgorithm::Sha256,
        input: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        salt: "",
        info: "",
        prk: "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
        output: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a\
             96c8",
    },
    Hkdf {
        name: "RFC 5869 §A.4",
        algorithm: HashAlgorithm::Sha1,
        input: "0b0b0b0b0b0b0b0b0b0b0b",
        salt: "000102030405060708090a0b0c",
        info: "f0f1f2f3f4f5f6f7f8f9",
        prk: "9b6c18c432a7bf8f0e71c8eb88f4b30baa2ba243",
        output: "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3\
             f896",
    },
    Hkdf {
        name: "RFC 5869 §A.5",
        algorithm: HashAlgorithm::Sha1,
        input: "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627\
             28292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
        salt: "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f8081828384858687\
             88898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
        info: "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7\
             d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
        prk: "8adae09a2a307059478d309b26c4115a224cfaf6",
        output: "0bd770a74d1160f7c9f12cd5912a06ebff6adcae899d92191fe4305673ba2ffe8fa3f1a4e5ad79f3\
             f334b3b202b2173c486ea37ce3d397ed034c7f9dfeb15c5e927336d0441f4c4300e2cff0d0900b52\
             d3b4",
    },
    Hkdf {
        name: "RFC 5869 §A.6",
        algorithm: HashAlgorithm::Sha1,
        input: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        salt: "",
        info: "",
        prk: "da8c8a73c7fa77288ec6f5e7c297786aa0d32d01",
        output: "0ac1af7002b3d761d1e55298da9d0506b9ae52057220a306e07b6b87e8df21d0ea00033de03984d3\
             4918",
    },
    Hkdf {
        name: "RFC 5869 §A.7",
        algorithm: HashAlgorithm::Sha1,
        input: "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        salt: "",
        info: "",
        prk: "2adccada18779e7c2077ad2eb19d3f3e731385dd",
        output: "2c91117204d745f3500d636a62f64f0ab3bae548aa53d423b0d1f27ebba6f5e5673a081d70cce7ac\
             fc48",
    },
];

const PRFS: &[Prf] = &[
    Prf {
        name: "TLS 1.2 PRF with SHA-256",
        algorithm: HashAlgorithm::Sha256,
        secret: "9bbe436ba940f017b17652849a71db35",
        label: b"test label",
        seed: "a0ba9f936cda311827a6f796ffd5198c",
        output: "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9\
             c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789ba\
             a48082d122ee42c5a72e5a5110fff70187347b66",
    },
    Prf {
        name: "TLS 1.2 PRF with SHA-384",
        algorithm: HashAlgorithm::Sha384,
        secret: "b80b733d6ceefcdc71566ea48e5567df",
        label: b"test label",
        seed: "cd665cf6a8447dd6ff8b27555edb7465",
        output: "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe3\
             4f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3\
             d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236\
             a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f",
    },
    Prf {
        name: "TLS 1.2 PRF with SHA-512",
        algorithm: HashAlgorithm::Sha512,
        secret: "b0323523c1853599584d88568bbb05eb",
        label: b"test label",
        seed: "d4640e12e4bcdbfb437f03e6ae418ee5",
        output: "1261f588c798c5c201ff036e7a9cb5edcd7fe3f94c669a122a4638d7d508b283042df6789875c714\
             7e906d868bc75c45e20eb40c1cf4a1713b27371f68432592f7dc8ea8ef223e12ea8507841311bf68\
             653d0cfc4056d811f025c45ddfa6e6fec702f054b409d6f28dd0a3233e498da41a3e75c5630eedbe\
             22fe254e33a1b0e9f6b9826675bec7d01a845658dc9c397545401d40b9f46c7a400ee1b8f81ca0a6\
             0d1a397a1028bff5d2ef5066126842fb8da4197632bdb54ff6633f86bbc836e640d4d898",
    },
];
