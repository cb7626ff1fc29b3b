//! ECDSA: published signatures verify, and so do the provider's own; nothing else does.

use super::{Mismatch, Problem, hex};
use crate::{Error, Provider, SignatureScheme};

struct Vector {
    name: &'static str,
    scheme: SignatureScheme,
    /// A SubjectPublicKeyInfo around the point that the RFC prints.
    public_key: &'static str,
    message: &'static [u8],
    /// In DER.
    signature: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    for vector in VECTORS {
        let (public_key, signature) = (hex(vector.public_key), hex(vector.signature));
        let (name, scheme) = (vector.name, vector.scheme);
        check_signature(provider, name, scheme, &public_key, vector.message, &signature)?;

        let refused = |error: Error| Mismatch::new(name, Problem::Refused(error));
        let key = provider.generate_signing_key(scheme).map_err(refused)?;
        let public_key = key.subject_public_key_info();
        let signature = key.sign(b"a message of our own").map_err(refused)?;
        check_signature(provider, name, scheme, public_key, b"a message of our own", &signature)?;
    }
    Ok(())
}

fn check_signature(
    provider: &dyn Provider,
    name: &'static str,
    scheme: SignatureScheme,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), Mismatch> {
    provider
        .verify(scheme, public_key, message, signature)
        .map_err(|error| Mismatch::new(name, Problem::Refused(error)))?;
    let last_flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        bytes
    };
    let truncated = signature.split_last().map_or(&[][..], |(_, rest)| rest);
    let refused = [
        provider.verify(scheme, public_key, &last_flipped(message), signature),
        provider.verify(scheme, public_key, message, &last_flipped(signature)),
        provider.verify(scheme, public_key, message, truncated),
        provider.verify(scheme, public_key, message, &[]),
        // With its last bit flipped the point is off the curve.
        provider.verify(scheme, &last_flipped(public_key), message, signature),
        provider.verify(scheme, &[], message, signature),
    ];
    if refused.iter().any(Result::is_ok) {
        return Err(Mismatch::new(name, Problem::Accepted));
    }
    Ok(())
}

const VECTORS: &[Vector] = &[
    Vector {
        name: "RFC 6979 §A.2.5, ECDSA P-256",
        scheme: SignatureScheme::EcdsaSecp256r1Sha256,
        public_key: "3059301306072a8648ce3d020106082a8648ce3d0301070342000460fed4ba25\
             5a9d31c961eb74c6\
             356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d\
             7e9f5177a3c294d4462299",
        message: b"sample",
        signature: "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0e\
             a84eaf3716022100\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    },
    Vector {
        name: "RFC 6979 §A.2.6, ECDSA P-384",
        scheme: SignatureScheme::EcdsaSecp384r1Sha384,
        public_key: "3076301006072a8648ce3d020106052b8104002203620004ec3a4e415b4e19a4\
             568618029f427fa5\
             da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc138015d9b72d7d5724\
             4ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720",
        message: b"sample",
        signature: "306602310094edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4\
             ea95ad133c81a648\
             152e44acf96e36dd1e80fabe4602310099ef4aeb15f178cea1fe40db2603138f130e740a19624526\
             203b6351d0a3a94fa329c145786e679e7b82c71a38628ac8",
    },
];
