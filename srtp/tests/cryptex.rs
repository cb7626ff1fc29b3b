//! Cryptex: the published packets (RFC 9335 Appendix A), and what is not encrypted that way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{hex, opened};
use lariat_crypto::ring;
use lariat_srtp::{
    Config, Cryptex, Dropped, ExtensionIds, Inbound, MasterKey, Outbound, Profile, ProtectError,
};

struct Vector {
    name: &'static str,
    profile: Profile,
    rtp: &'static str,
    srtp: &'static str,
}

fn pair(profile: Profile, sender: Cryptex, receiver: Cryptex) -> (Outbound, Inbound) {
    let key = match profile {
        Profile::AeadAes128Gcm => MasterKey::new(
            &hex("000102030405060708090a0b0c0d0e0f"),
            &hex("a0a1a2a3a4a5a6a7a8a9aaab"),
        ),
        _ => MasterKey::new(
            &hex("e1f97a0d3e018be0d64fa32c06de4139"),
            &hex("0ec675ad498afeebb6960b3aabe6"),
        ),
    };
    let config = |cryptex| Config { cryptex, ..Config::default() };
    let outbound = Outbound::with_config(&ring::provider(), profile, &key, config(sender));
    let inbound = Inbound::with_config(&ring::provider(), profile, &key, config(receiver));
    (outbound.unwrap(), inbound.unwrap())
}

fn protected(outbound: &mut Outbound, rtp: &str) -> Result<Vec<u8>, ProtectError> {
    let mut packet = hex(rtp);
    let unchanged = packet.clone();
    let result = outbound.protect_rtp(&mut packet);
    assert!(result.is_ok() || packet == unchanged);
    result.map(|()| packet)
}

// rfc9335 §6.2, §6.3: CSRCs, header extension and payload are encrypted as one.
#[test]
fn the_published_packets_are_made_and_opened() {
    for vector in VECTORS {
        for receiver in [Cryptex::On, Cryptex::Required] {
            let (mut outbound, mut inbound) = pair(vector.profile, Cryptex::On, receiver);
            let packet = protected(&mut outbound, vector.rtp).unwrap();
            assert_eq!(packet, hex(vector.srtp), "{}", vector.name);
            assert_eq!(opened(&mut inbound, &packet), Ok(hex(vector.rtp)), "{}", vector.name);
        }
    }
}

// R3
#[test]
fn a_published_packet_with_any_bit_flipped_is_refused_without_a_trace() {
    for vector in VECTORS {
        let (_, mut inbound) = pair(vector.profile, Cryptex::On, Cryptex::On);
        let genuine = hex(vector.srtp);
        for bit in 0..8 * genuine.len() {
            let mut forged = genuine.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            inbound.unprotect_rtp(&mut forged).unwrap_err();
            assert!(!forged.windows(8).any(|window| window == [0xab; 8]), "{}", vector.name);
        }
        assert_eq!(opened(&mut inbound, &genuine), Ok(hex(vector.rtp)));
    }
}

// rfc9335 §5.1: CSRCs without an extension get an empty one, so that the receiver can tell.
#[test]
fn csrcs_alone_are_hidden_behind_an_empty_extension() {
    for profile in [Profile::Aes128CmHmacSha1_80, Profile::AeadAes128Gcm] {
        let (mut outbound, mut inbound) = pair(profile, Cryptex::On, Cryptex::Required);
        let rtp = "820f1238decafbadcafebabe0001e2400000b26eabababab";
        let packet = protected(&mut outbound, rtp).unwrap();
        assert_eq!(packet.len(), hex(rtp).len() + 4 + outbound.rtp_overhead());
        assert!(!packet.windows(4).any(|window| window == hex("0001e240")));
        let with_extension = "920f1238decafbadcafebabe0001e2400000b26ebede0000abababab";
        assert_eq!(opened(&mut inbound, &packet), Ok(hex(with_extension)));
    }
}

// rfc9335 §5.1: a packet without either is protected as ever.
#[test]
fn a_packet_with_nothing_to_hide_is_an_ordinary_one() {
    let profile = Profile::AeadAes128Gcm;
    let rtp = "800f1238decafbadcafebabeabababab";
    let (mut with, mut inbound) = pair(profile, Cryptex::On, Cryptex::Required);
    let (mut without, _) = pair(profile, Cryptex::Off, Cryptex::Off);
    let packet = protected(&mut with, rtp).unwrap();
    assert_eq!(packet, protected(&mut without, rtp).unwrap());
    assert_eq!(opened(&mut inbound, &packet), Ok(hex(rtp)));
}

// rfc9335 §5.1: not for other kinds of extensions, nor for what has no place in 0xc2de.
#[test]
fn an_extension_of_another_kind_is_refused_rather_than_sent_in_the_clear() {
    for profile in ["abac", "1001", "c0de"] {
        let rtp = ["900f1238decafbadcafebabe", profile, "000151000200abab"].concat();
        let (mut outbound, _) = pair(Profile::AeadAes128Gcm, Cryptex::On, Cryptex::On);
        assert_eq!(protected(&mut outbound, &rtp), Err(ProtectError::Extension), "{profile}");
    }
}

// rfc9335 §5.2: where it is mandatory, a header in the clear ends the matter.
#[test]
fn a_header_in_the_clear_is_dropped_where_that_is_required() {
    for vector in VECTORS {
        let (mut outbound, mut strict) = pair(vector.profile, Cryptex::Off, Cryptex::Required);
        let (_, mut lenient) = pair(vector.profile, Cryptex::Off, Cryptex::On);
        let packet = protected(&mut outbound, vector.rtp).unwrap();
        assert_eq!(opened(&mut strict, &packet), Err(Dropped::ExposedHeader));
        assert_eq!(strict.dropped().get(Dropped::ExposedHeader), 1);
        assert_eq!(opened(&mut lenient, &packet), Ok(hex(vector.rtp)));
    }
}

// rfc9335 §5: a packet has the one or the other, never both.
#[test]
fn elements_are_not_encrypted_twice() {
    for vector in VECTORS {
        let config = Config {
            cryptex: Cryptex::On,
            encrypted_extensions: ExtensionIds::NONE.with(5),
            ..Config::default()
        };
        let (mut plain, _) = pair(vector.profile, Cryptex::On, Cryptex::On);
        let key = match vector.profile {
            Profile::AeadAes128Gcm => {
                ["000102030405060708090a0b0c0d0e0f", "a0a1a2a3a4a5a6a7a8a9aaab"]
            }
            _ => ["e1f97a0d3e018be0d64fa32c06de4139", "0ec675ad498afeebb6960b3aabe6"],
        };
        let key = MasterKey::new(&hex(key[0]), &hex(key[1]));
        let provider = ring::provider();
        let mut both = Outbound::with_config(&provider, vector.profile, &key, config).unwrap();
        let mut inbound = Inbound::with_config(&provider, vector.profile, &key, config).unwrap();
        let packet = protected(&mut both, vector.rtp).unwrap();
        assert_eq!(packet, protected(&mut plain, vector.rtp).unwrap());
        assert_eq!(opened(&mut inbound, &packet), Ok(hex(vector.rtp)));
    }
}

// rfc9335 §5.2: who has not agreed to it takes 0xc0de for an extension like any other.
#[test]
fn without_cryptex_its_packets_are_not_understood() {
    for vector in VECTORS {
        let (_, mut inbound) = pair(vector.profile, Cryptex::On, Cryptex::Off);
        let packet = hex(vector.srtp);
        // Counter mode's tag says nothing of what is encrypted; GCM's does.
        match opened(&mut inbound, &packet) {
            Ok(rtp) => assert_ne!(rtp, hex(vector.rtp)),
            Err(reason) => assert_eq!(reason, Dropped::NotAuthentic),
        }
    }
}

const VECTORS: &[Vector] = &[
    Vector {
        name: "§A.1.1: a packet with 1-byte header extension",
        profile: Profile::Aes128CmHmacSha1_80,
        rtp: "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        srtp: "900f1235decafbadcafebabec0de0001eb92365251c3e036f8de27e9c27ee3e0b4651d9fbc\
               4218a70244522f34a5",
    },
    Vector {
        name: "§A.1.2: a packet with 2-byte header extension",
        profile: Profile::Aes128CmHmacSha1_80,
        rtp: "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        srtp: "900f1236decafbadcafebabec2de00014ed9cc4e6a712b3096c5ca77339d4204ce0d77396c\
               ab69585fbce38194a5",
    },
    Vector {
        name: "§A.1.3: a packet with 1-byte header extension and CSRC fields",
        profile: Profile::Aes128CmHmacSha1_80,
        rtp: "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababababa\
              babababababab",
        srtp: "920f1238decafbadcafebabe8bb6e12b5cff16ddc0de000192838c8c09e58393e1de3a9a74\
               734d6745671338c3acf11da2df8423bee0",
    },
    Vector {
        name: "§A.1.4: a packet with 2-byte header extension and CSRC fields",
        profile: Profile::Aes128CmHmacSha1_80,
        rtp: "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababababa\
              babababababab",
        srtp: "920f1239decafbadcafebabef70e513eb90b9b25c2de0001bbed4848faa644665f3d7f3412\
               5914e9f4d0ae923c6f479b95a0f7b53133",
    },
    Vector {
        name: "§A.1.5: a packet with empty 1-byte header extension and CSRC fields",
        profile: Profile::Aes128CmHmacSha1_80,
        rtp: "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababababa\
              babab",
        srtp: "920f123adecafbadcafebabe7130b6abfe2ab0e3c0de0000e3d9f64b25c9e74cb4cf8e43fb\
               92e3781c2c0ceab6b3a499a14c",
    },
    Vector {
        name: "§A.1.6: a packet with empty 2-byte header extension and CSRC fields",
        profile: Profile::Aes128CmHmacSha1_80,
        rtp: "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababababa\
              babab",
        srtp: "920f123bdecafbadcafebabecbf24c124330e1c8c2de0000599dd45bc9d687b603e8b59d77\
               1fd38e88b170e0cd31e125eabe",
    },
    Vector {
        name: "§A.2.1: a packet with 1-byte header extension",
        profile: Profile::AeadAes128Gcm,
        rtp: "900f1235decafbadcafebabebede000151000200abababababababababababababababab",
        srtp: "900f1235decafbadcafebabec0de000139972dc9572c4d99e8fc355de743fb2e94f9d8ff54\
               e72f4193bbc5c74ffab0fa9fa0fbeb",
    },
    Vector {
        name: "§A.2.2: a packet with 2-byte header extension",
        profile: Profile::AeadAes128Gcm,
        rtp: "900f1236decafbadcafebabe1000000105020002abababababababababababababababab",
        srtp: "900f1236decafbadcafebabec2de0001bb75a4c545cd1f413bdb7daa2b1e3263de313667c9\
               63249081b35a65f5cb6c88b394235f",
    },
    Vector {
        name: "§A.2.3: a packet with 1-byte header extension and CSRC fields",
        profile: Profile::AeadAes128Gcm,
        rtp: "920f1238decafbadcafebabe0001e2400000b26ebede000151000200abababababababababa\
              babababababab",
        srtp: "920f1238decafbadcafebabe63bbccc4a7f695c4c0de00018ad7c71fac70a80c92866b4c6b\
               a98546ef913586e95ffaaffe956885bb0647a8bc094ac8",
    },
    Vector {
        name: "§A.2.4: a packet with 2-byte header extension and CSRC fields",
        profile: Profile::AeadAes128Gcm,
        rtp: "920f1239decafbadcafebabe0001e2400000b26e1000000105020002abababababababababa\
              babababababab",
        srtp: "920f1239decafbadcafebabe3680524f8d312b00c2de0001c78d120038422bc111a7187a18\
               246f980c059cc6bc9df8b626394eca344e4b05d80fea83",
    },
    Vector {
        name: "§A.2.5: a packet with empty 1-byte header extension and CSRC fields",
        profile: Profile::AeadAes128Gcm,
        rtp: "920f123adecafbadcafebabe0001e2400000b26ebede0000abababababababababababababa\
              babab",
        srtp: "920f123adecafbadcafebabe15b6bb4337906fffc0de0000b7b964537a2b03ab7ba5389ce9\
               3317126b5d974df30c6884dcb651c5e120c1da",
    },
    Vector {
        name: "§A.2.6: a packet with empty 2-byte header extension and CSRC fields",
        profile: Profile::AeadAes128Gcm,
        rtp: "920f123bdecafbadcafebabe0001e2400000b26e10000000abababababababababababababa\
              babab",
        srtp: "920f123bdecafbadcafebabedcb38c9e48bf95f4c2de000061ee432cf920317076613258d3\
               ce4236c06ac429681ad08413512dc98b5207d8",
    },
];
