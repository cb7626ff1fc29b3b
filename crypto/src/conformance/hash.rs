//! Hashes and HMACs.

use alloc::vec::Vec;

use super::{Mismatch, Problem, hex, same};
use crate::{HashAlgorithm, MAX_DIGEST_LEN, Provider};

struct Digest {
    name: &'static str,
    algorithm: HashAlgorithm,
    message: &'static [u8],
    digest: &'static str,
}

struct Mac {
    name: &'static str,
    algorithm: HashAlgorithm,
    key: &'static str,
    message: &'static str,
    /// Truncated, where the RFC prints it so.
    tag: &'static str,
}

pub(super) fn check(provider: &dyn Provider) -> Result<(), Mismatch> {
    for vector in DIGESTS {
        for cut in 0..=vector.message.len() {
            let (head, tail) = vector.message.split_at(cut);
            let mut hash = provider.hash(vector.algorithm);
            hash.update(head);
            let mut fork = hash.fork();
            fork.update(tail);
            hash.update(b"something else");
            same(vector.name, &fork.finish(), &hex(vector.digest))?;
        }
    }
    for (at, vector) in MACS.iter().enumerate() {
        check_mac(provider, vector)?;
        // Shorter and longer than what a backend may hash at once.
        for length in [0, 1, 3, 8, MACS.len(), 2 * MACS.len() + 1] {
            check_run(provider, at, vector, length)?;
        }
    }
    Ok(())
}

fn check_mac(provider: &dyn Provider, vector: &Mac) -> Result<(), Mismatch> {
    let key = provider.hmac_key(vector.algorithm, &hex(vector.key));
    let (message, tag) = (hex(vector.message), hex(vector.tag));
    let (head, tail) = message.split_at(message.len() / 2);
    let mut signed = alloc::vec![0; tag.len()];
    key.sign(&[head, tail], &mut signed);
    same(vector.name, &signed, &tag)?;
    key.verify(&[&message], &tag)
        .map_err(|error| Mismatch::new(vector.name, Problem::Refused(error)))?;

    let mut forged = tag.clone();
    if let Some(last) = forged.last_mut() {
        *last ^= 1;
    }
    let mut too_long = alloc::vec![0; vector.algorithm.digest_len() + 1];
    key.sign(&[&message], &mut too_long);
    for tag in [forged.as_slice(), &too_long, &[]] {
        if key.verify(&[&message], tag).is_ok() {
            return Err(Mismatch::new(vector.name, Problem::Accepted));
        }
    }
    Ok(())
}

/// Signs a run of `length` messages under the key of a vector: those of the whole list over and
/// over, from the vector's own on.
fn check_run(
    provider: &dyn Provider,
    at: usize,
    vector: &Mac,
    length: usize,
) -> Result<(), Mismatch> {
    const UNTOUCHED: [u8; MAX_DIGEST_LEN] = [0xee; MAX_DIGEST_LEN];
    let key = provider.hmac_key(vector.algorithm, &hex(vector.key));
    let list: Vec<Vec<u8>> = MACS.iter().map(|vector| hex(vector.message)).collect();
    let run = list.iter().cycle().skip(at).take(length).enumerate();
    let messages: Vec<[&[u8]; 2]> =
        run.map(|(index, message)| message.split_at(index % (message.len() + 1)).into()).collect();

    let mut expected = alloc::vec![UNTOUCHED; length + 1];
    for (message, tag) in messages.iter().zip(&mut expected) {
        key.sign(message, tag);
    }
    if let ([_, ..], Some(tag)) = (messages.as_slice(), expected.first()) {
        let published = hex(vector.tag);
        same(vector.name, tag.get(..published.len()).unwrap_or_default(), &published)?;
    }
    // With a tag too many, and with tags for the first half alone.
    for tags in [length + 1, length / 2] {
        let mut signed = alloc::vec![UNTOUCHED; tags];
        key.sign_run(&messages, &mut signed);
        let expected = expected.get(..tags).unwrap_or_default();
        same(vector.name, signed.as_flattened(), expected.as_flattened())?;
    }
    Ok(())
}

const TWO_BLOCKS: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

const DIGESTS: &[Digest] = &[
    Digest {
        name: "FIPS 180, SHA-1 of abc",
        algorithm: HashAlgorithm::Sha1,
        message: b"abc",
        digest: "a9993e364706816aba3e25717850c26c9cd0d89d",
    },
    Digest {
        name: "FIPS 180, SHA-1 of two blocks",
        algorithm: HashAlgorithm::Sha1,
        message: TWO_BLOCKS,
        digest: "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
    },
    Digest {
        name: "FIPS 180, SHA-256 of abc",
        algorithm: HashAlgorithm::Sha256,
        message: b"abc",
        digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    },
    Digest {
        name: "FIPS 180, SHA-256 of two blocks",
        algorithm: HashAlgorithm::Sha256,
        message: TWO_BLOCKS,
        digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
    },
    Digest {
        name: "FIPS 180, SHA-384 of abc",
        algorithm: HashAlgorithm::Sha384,
        message: b"abc",
        digest: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc23\
             58baeca134c825a7",
    },
    Digest {
        name: "FIPS 180, SHA-384 of two blocks",
        algorithm: HashAlgorithm::Sha384,
        message: TWO_BLOCKS,
        digest: "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f\
             5fe95b1fe3c8452b",
    },
    Digest {
        name: "FIPS 180, SHA-512 of abc",
        algorithm: HashAlgorithm::Sha512,
        message: b"abc",
        digest: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a8\
             36ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    },
    Digest {
        name: "FIPS 180, SHA-512 of two blocks",
        algorithm: HashAlgorithm::Sha512,
        message: TWO_BLOCKS,
        digest: "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9\
             aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445",
    },
];

const MACS: &[Mac] = &[
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 1",
        algorithm: HashAlgorithm::Sha1,
        key: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        message: "4869205468657265",
        tag: "b617318655057264e28bc0b6fb378c8ef146be00",
    },
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 2",
        algorithm: HashAlgorithm::Sha1,
        key: "4a656665",
        message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        tag: "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
    },
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 3",
        algorithm: HashAlgorithm::Sha1,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        message: "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\
             dddddddddddddddddddd",
        tag: "125d7342b9ac11cd91a39af48aa17b4f63f175d3",
    },
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 4",
        algorithm: HashAlgorithm::Sha1,
        key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
        message: "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\
             cdcdcdcdcdcdcdcdcdcd",
        tag: "4c9007f4026250c6bc8414f9bf50c86c2d7235da",
    },
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 5",
        algorithm: HashAlgorithm::Sha1,
        key: "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        message: "546573742057697468205472756e636174696f6e",
        tag: "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04",
    },
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 6",
        algorithm: HashAlgorithm::Sha1,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        message: "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20\
             48617368204b6579204669727374",
        tag: "aa4ae5e15272d00e95705637ce8a3b55ed402112",
    },
    Mac {
        name: "RFC 2202 §3, HMAC-SHA-1 case 7",
        algorithm: HashAlgorithm::Sha1,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        message: "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b657920616e\
             64204c6172676572205468616e204f6e6520426c6f636b2d53697a652044617461",
        tag: "e8e99d0f45237d786d6bbaa7965c7808bbff1a91",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 1",
        algorithm: HashAlgorithm::Sha256,
        key: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        message: "4869205468657265",
        tag: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 1",
        algorithm: HashAlgorithm::Sha384,
        key: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        message: "4869205468657265",
        tag: "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f\
             4af152e8b2fa9cb6",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 1",
        algorithm: HashAlgorithm::Sha512,
        key: "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        message: "4869205468657265",
        tag: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702\
             038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 2",
        algorithm: HashAlgorithm::Sha256,
        key: "4a656665",
        message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        tag: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 2",
        algorithm: HashAlgorithm::Sha384,
        key: "4a656665",
        message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        tag: "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c7\
             8b3239ecfab21649",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 2",
        algorithm: HashAlgorithm::Sha512,
        key: "4a656665",
        message: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        tag: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a\
             6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 3",
        algorithm: HashAlgorithm::Sha256,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        message: "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\
             dddddddddddddddddddd",
        tag: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 3",
        algorithm: HashAlgorithm::Sha384,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        message: "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\
             dddddddddddddddddddd",
        tag: "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b9\
             4e3ab6e101a34f27",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 3",
        algorithm: HashAlgorithm::Sha512,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        message: "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\
             dddddddddddddddddddd",
        tag: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c8\
             06b485a47e67c807b946a337bee8942674278859e13292fb",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 4",
        algorithm: HashAlgorithm::Sha256,
        key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
        message: "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\
             cdcdcdcdcdcdcdcdcdcd",
        tag: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 4",
        algorithm: HashAlgorithm::Sha384,
        key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
        message: "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\
             cdcdcdcdcdcdcdcdcdcd",
        tag: "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679\
             ccf8a386c674cffb",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 4",
        algorithm: HashAlgorithm::Sha512,
        key: "0102030405060708090a0b0c0d0e0f10111213141516171819",
        message: "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\
             cdcdcdcdcdcdcdcdcdcd",
        tag: "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4\
             d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 5",
        algorithm: HashAlgorithm::Sha256,
        key: "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        message: "546573742057697468205472756e636174696f6e",
        tag: "a3b6167473100ee06e0c796c2955552b",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 5",
        algorithm: HashAlgorithm::Sha384,
        key: "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        message: "546573742057697468205472756e636174696f6e",
        tag: "3abf34c3503b2a23a46efc619baef897",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 5",
        algorithm: HashAlgorithm::Sha512,
        key: "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        message: "546573742057697468205472756e636174696f6e",
        tag: "415fad6271580a531d4179bc891d87a6",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 6",
        algorithm: HashAlgorithm::Sha256,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaa",
        message: "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20\
             48617368204b6579204669727374",
        tag: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 6",
        algorithm: HashAlgorithm::Sha384,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaa",
        message: "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20\
             48617368204b6579204669727374",
        tag: "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe82\
             96248df163f44952",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 6",
        algorithm: HashAlgorithm::Sha512,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaa",
        message: "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20\
             48617368204b6579204669727374",
        tag: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598\
             bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-256 case 7",
        algorithm: HashAlgorithm::Sha256,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaa",
        message: "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b\
             2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a652064\
             6174612e20546865206b6579206e6565647320746f20626520686173686564206265666f72652062\
             65696e6720757365642062792074686520484d414320616c676f726974686d2e",
        tag: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-384 case 7",
        algorithm: HashAlgorithm::Sha384,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaa",
        message: "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b\
             2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a652064\
             6174612e20546865206b6579206e6565647320746f20626520686173686564206265666f72652062\
             65696e6720757365642062792074686520484d414320616c676f726974686d2e",
        tag: "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d\
             3860e6110c46523e",
    },
    Mac {
        name: "RFC 4231 §4, HMAC-SHA-512 case 7",
        algorithm: HashAlgorithm::Sha512,
        key: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
             aaaaaaaaaaaaaaaaaaaaaa",
        message: "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b\
             2d73697a65206b657920616e642061206c6172676572207468616e20626c6f636b2d73697a652064\
             6174612e20546865206b6579206e6565647320746f20626520686173686564206265666f72652062\
             65696e6720757365642062792074686520484d414320616c676f726974686d2e",
        tag: "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b1\
             0d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
    },
];
