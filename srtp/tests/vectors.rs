//! Whole packets under known keys. The first one is well known; the others were computed by another
//! implementation of the primitives.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{hex, opened, opened_rtcp};
use lariat_crypto::ring;
use lariat_srtp::{Dropped, Inbound, MasterKey, Outbound, Profile};

const SSRC: u32 = 0xcafe_babe;
const RTP: &str = "800f1234decafbadcafebabeabababababababababababababababab";
const RTCP: &str = "81c8000bcafebabeabababababababababababababababab";

struct Rtp {
    profile: Profile,
    rollover_counter: u32,
    srtp: &'static str,
}

struct Rtcp {
    profile: Profile,
    index: u32,
    srtcp: &'static str,
}

fn master_key(profile: Profile) -> MasterKey {
    let key = hex("e1f97a0d3e018be0d64fa32c06de4139");
    match profile {
        Profile::Aes128CmHmacSha1_80 => MasterKey::new(&key, &hex("0ec675ad498afeebb6960b3aabe6")),
        _ => MasterKey::new(&key, &hex("a0a1a2a3a4a5a6a7a8a9aaab")),
    }
}

#[test]
fn known_rtp_packets_are_protected_and_unprotected() {
    for vector in RTP_VECTORS {
        let (provider, key) = (ring::provider(), master_key(vector.profile));
        let begun = u64::from(vector.rollover_counter) << 16;
        let mut outbound = Outbound::new(&provider, vector.profile, &key).unwrap();
        outbound.resume_rtp(SSRC, begun).unwrap();
        let mut packet = hex(RTP);
        outbound.protect_rtp(&mut packet).unwrap();
        assert_eq!(packet, hex(vector.srtp), "{} {begun:x}", vector.profile);

        let mut inbound = Inbound::new(&provider, vector.profile, &key).unwrap();
        inbound.resume_rtp(SSRC, begun).unwrap();
        assert_eq!(opened(&mut inbound, &packet), Ok(hex(RTP)));
        assert_eq!(inbound.next_rtp_index(SSRC), Some(begun + 0x1235));
    }
}

#[test]
fn known_rtcp_packets_are_protected_and_unprotected() {
    for vector in RTCP_VECTORS {
        let (provider, key) = (ring::provider(), master_key(vector.profile));
        let mut outbound = Outbound::new(&provider, vector.profile, &key).unwrap();
        outbound.resume_rtcp(SSRC, vector.index).unwrap();
        let mut packet = hex(RTCP);
        outbound.protect_rtcp(&mut packet).unwrap();
        assert_eq!(packet, hex(vector.srtcp), "{} {}", vector.profile, vector.index);

        let mut inbound = Inbound::new(&provider, vector.profile, &key).unwrap();
        assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(hex(RTCP)));
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::Replayed));
    }
}

#[test]
fn a_packet_is_protected_behind_others_in_the_same_buffer() {
    for vector in RTP_VECTORS.iter().filter(|vector| vector.rollover_counter == 0) {
        let (provider, key) = (ring::provider(), master_key(vector.profile));
        let mut outbound = Outbound::new(&provider, vector.profile, &key).unwrap();
        let mut out = [b"before".to_vec(), hex(RTP), vec![0; 100]].concat();
        let length = outbound.protect_rtp_in(&mut out[6..], hex(RTP).len()).unwrap();
        out.truncate(6 + length);
        assert_eq!(out, [b"before".to_vec(), hex(vector.srtp)].concat());
        let start = out.len();
        out.extend(hex(RTCP));
        out.resize(out.len() + outbound.rtcp_overhead(), 0);
        outbound.protect_rtcp_in(&mut out[start..], hex(RTCP).len()).unwrap();
        let expected = RTCP_VECTORS.iter().find(|rtcp| rtcp.profile == vector.profile);
        assert_eq!(out[start..], hex(expected.unwrap().srtcp));
    }
}

const RTP_VECTORS: &[Rtp] = &[
    Rtp {
        profile: Profile::Aes128CmHmacSha1_80,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc\
               99ea179b8dbb",
    },
    Rtp {
        profile: Profile::AeadAes128Gcm,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabeb9e2601bd86bf75aa17c40c6bd18afd371b95240\
               edc12609d9429560cba4d758",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_80,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabe179265c8bf303e4c24e7279f739bb5a6f8b3916f\
               d670057bf1dc",
    },
    Rtp {
        profile: Profile::AeadAes128Gcm,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabee02541fbd4f3da34c9d1a66e4c7925f5326dbe83\
               634fa83b3ae84ccb50c5642d",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_80,
        rollover_counter: 4294967295,
        srtp: "800f1234decafbadcafebabe5da2ab10e64e77fbd5a7c616e6a8943d60bc832b\
               d56337da3f32",
    },
    Rtp {
        profile: Profile::AeadAes128Gcm,
        rollover_counter: 4294967295,
        srtp: "800f1234decafbadcafebabe1d2934f27dd54714e27c6cd8795605821f58933f\
               1dc368ad9790194030d674d7",
    },
];

const RTCP_VECTORS: &[Rtcp] = &[
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_80,
        index: 0,
        srtcp: "81c8000bcafebabeb19c219a086b6c7ae61d8e0bfeb4be3f800000005631d6cf\
                c906cdb30f41",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_80,
        index: 1,
        srtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd\
                54d6c1230798",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_80,
        index: 2147483647,
        srtcp: "81c8000bcafebabea40472e764a7a84c1bdb7ffac3497f29ffffffff401caaa5\
                0497dc97efac",
    },
    Rtcp {
        profile: Profile::AeadAes128Gcm,
        index: 0,
        srtcp: "81c8000bcafebabebd5742cb6a173465b319555800b38d38191ec42dc1767311\
                df7984059c23963880000000",
    },
    Rtcp {
        profile: Profile::AeadAes128Gcm,
        index: 1,
        srtcp: "81c8000bcafebabe21dc1f9d3f46e6779c7fcb395023b4d00470d7f588fe57d0\
                32b20f02c04b4cb780000001",
    },
    Rtcp {
        profile: Profile::AeadAes128Gcm,
        index: 2147483647,
        srtcp: "81c8000bcafebabeb2c40c2eb4276c17850866a9f2fd249e1ed3d544ce8ee2cc\
                f20cc9c8947d2199ffffffff",
    },
];
