use super::*;

#[cfg(feature = "ring")]
#[test]
fn ring_conforms() {
    assert_eq!(check(&*crate::ring::provider()), Ok(()));
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn aws_lc_rs_conforms() {
    assert_eq!(check(&*crate::aws_lc_rs::provider()), Ok(()));
}

#[test]
fn literals_are_whole_bytes_in_lower_case() {
    assert_eq!(hex("00ff1a"), [0x00, 0xff, 0x1a]);
    assert_eq!(hex_array("0102"), [1, 2, 0]);
}

/// ring, but for one thing.
#[cfg(all(feature = "ring", feature = "fake"))]
mod broken {
    use alloc::boxed::Box;
    use alloc::string::ToString as _;
    use alloc::sync::Arc;

    use super::*;
    use crate::{
        AeadAlgorithm, AeadKey, AesCtrKey, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
        KeyExchange, MAX_DIGEST_LEN, NamedGroup, Secret, SignatureScheme, SigningKey, fake, ring,
    };

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Part {
        Hash,
        Md5,
        Hmac,
        Run,
        Aead,
        Counter,
        HeaderProtection,
        KeyExchange,
        Encapsulation,
        Decapsulation,
        Signature,
        Loading,
        Verification,
    }

    #[derive(Debug)]
    struct Broken {
        part: Part,
        good: Arc<dyn Provider>,
        bad: Arc<dyn Provider>,
    }

    impl Broken {
        fn new(part: Part) -> Self {
            Self { part, good: ring::provider(), bad: fake::provider(0) }
        }

        fn pick(&self, part: Part) -> &dyn Provider {
            if part == self.part { &*self.bad } else { &*self.good }
        }
    }

    impl Provider for Broken {
        fn random(&self, out: &mut [u8]) -> Result<(), Error> {
            self.good.random(out)
        }

        fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash> {
            self.pick(Part::Hash).hash(algorithm)
        }

        fn md5(&self, parts: &[&[u8]]) -> [u8; 16] {
            self.pick(Part::Md5).md5(parts)
        }

        fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
            let key = self.pick(Part::Hmac).hmac_key(algorithm, key);
            if self.part == Part::Run { Box::new(ShortOfBreath(key)) } else { key }
        }

        fn aead_key(
            &self,
            algorithm: AeadAlgorithm,
            key: &[u8],
        ) -> Result<Box<dyn AeadKey>, Error> {
            self.pick(Part::Aead).aead_key(algorithm, key)
        }

        fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
            self.pick(Part::Counter).aes_ctr_key(key)
        }

        fn header_protection_key(
            &self,
            algorithm: AeadAlgorithm,
            key: &[u8],
        ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
            self.pick(Part::HeaderProtection).header_protection_key(algorithm, key)
        }

        fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
            match self.part {
                // The same key pair every time.
                Part::KeyExchange => fake::provider(0).start_key_exchange(group),
                Part::Decapsulation if group == NamedGroup::X25519MlKem768 => {
                    self.bad.start_key_exchange(group)
                }
                _ => self.good.start_key_exchange(group),
            }
        }

        fn respond_key_exchange(
            &self,
            group: NamedGroup,
            peer_share: &[u8],
        ) -> Result<(Vec<u8>, Secret), Error> {
            match self.part {
                Part::Encapsulation if group == NamedGroup::X25519MlKem768 => {
                    self.bad.respond_key_exchange(group, peer_share)
                }
                _ => self.good.respond_key_exchange(group, peer_share),
            }
        }

        fn generate_signing_key(
            &self,
            scheme: SignatureScheme,
        ) -> Result<Box<dyn SigningKey>, Error> {
            self.pick(Part::Signature).generate_signing_key(scheme)
        }

        fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
            if self.part == Part::Loading {
                // A key, but not the one that was loaded.
                let scheme = self.good.load_signing_key(pkcs8)?.scheme();
                return self.good.generate_signing_key(scheme);
            }
            self.good.load_signing_key(pkcs8)
        }

        fn verify(
            &self,
            scheme: SignatureScheme,
            subject_public_key_info: &[u8],
            message: &[u8],
            signature: &[u8],
        ) -> Result<(), Error> {
            let verified = self.good.verify(scheme, subject_public_key_info, message, signature);
            if self.part == Part::Verification { Ok(()) } else { verified }
        }
    }

    /// A key that signs only the first sixteen messages of a run.
    #[derive(Debug)]
    struct ShortOfBreath(Box<dyn HmacKey>);

    impl HmacKey for ShortOfBreath {
        fn algorithm(&self) -> HashAlgorithm {
            self.0.algorithm()
        }

        fn sign(&self, parts: &[&[u8]], tag: &mut [u8]) {
            self.0.sign(parts, tag);
        }

        fn sign_run(&self, messages: &[[&[u8]; 2]], tags: &mut [[u8; MAX_DIGEST_LEN]]) {
            let (first, _) = messages.split_at(messages.len().min(16));
            self.0.sign_run(first, tags);
        }
    }

    #[test]
    fn one_broken_part_is_found_and_named() {
        for (part, vector) in [
            (Part::Hash, "FIPS 180"),
            (Part::Md5, "RFC 1321"),
            (Part::Hmac, "HMAC"),
            (Part::Run, "HMAC"),
            (Part::Aead, "RFC 7714"),
            (Part::Counter, "FIPS 197"),
            (Part::HeaderProtection, "RFC 9001"),
            (Part::KeyExchange, "RFC 7748"),
            (Part::Encapsulation, "X25519MLKEM768"),
            (Part::Decapsulation, "X25519MLKEM768"),
            (Part::Signature, "a generated key"),
            (Part::Loading, "RFC 6979"),
            (Part::Verification, "ECDSA"),
        ] {
            let mismatch = check(&Broken::new(part)).unwrap_err();
            assert!(mismatch.to_string().contains(vector), "{part:?}: {mismatch}");
        }
        let mismatch = check(&Broken::new(Part::Verification)).unwrap_err();
        assert_eq!(mismatch.problem(), Problem::Accepted);
    }
}
