//! Whole packets under known keys. The first one is well known; the others were computed by another
//! implementation of the primitives.

use common::hex;
use lariat_srtp::{MasterKey, Profile};

use crate::common;

pub(crate) const SSRC: u32 = 0xcafe_babe;

pub(crate) const RTP: &str = "800f1234decafbadcafebabeabababababababababababababababab";
pub(crate) const RTCP: &str = "81c8000bcafebabeabababababababababababababababab";

pub(crate) struct Rtp {
    pub(crate) profile: Profile,
    pub(crate) rollover_counter: u32,
    pub(crate) srtp: &'static str,
}

pub(crate) struct Rtcp {
    pub(crate) profile: Profile,
    pub(crate) index: u32,
    pub(crate) srtcp: &'static str,
}

/// The master key that the packets of a profile are under.
pub(crate) fn master_key(profile: Profile) -> MasterKey {
    let key = match profile.key_len() {
        16 => "e1f97a0d3e018be0d64fa32c06de4139",
        _ => "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f",
    };
    let salt = match profile.salt_len() {
        14 => "0ec675ad498afeebb6960b3aabe6",
        _ => "a0a1a2a3a4a5a6a7a8a9aaab",
    };
    MasterKey::new(&hex(key), &hex(salt))
}

pub(crate) const RTP_PACKETS: &[Rtp] = &[
    Rtp {
        profile: Profile::Aes128CmHmacSha1_80,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_32,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc",
    },
    Rtp {
        profile: Profile::Aes256CmHmacSha1_80,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabe74f9c041abfb9e0630963a1c53770255f18716e2a769741f62d7",
    },
    Rtp {
        profile: Profile::AeadAes128Gcm,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabeb9e2601bd86bf75aa17c40c6bd18afd371b95240edc12609d9429560\
               cba4d758",
    },
    Rtp {
        profile: Profile::AeadAes256Gcm,
        rollover_counter: 0,
        srtp: "800f1234decafbadcafebabe6f3a3eee9a63089beade13b97ea0711790848687f117b4488a6707b6\
               8b34cecb",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_80,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabe179265c8bf303e4c24e7279f739bb5a6f8b3916fd670057bf1dc",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_32,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabe179265c8bf303e4c24e7279f739bb5a6f8b3916f",
    },
    Rtp {
        profile: Profile::Aes256CmHmacSha1_80,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabe71b7c0c026931927a55af53be4d2898a6ee2d15cd90c404a9280",
    },
    Rtp {
        profile: Profile::AeadAes128Gcm,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabee02541fbd4f3da34c9d1a66e4c7925f5326dbe83634fa83b3ae84ccb\
               50c5642d",
    },
    Rtp {
        profile: Profile::AeadAes256Gcm,
        rollover_counter: 1,
        srtp: "800f1234decafbadcafebabec5c6f9e46113cd9e36c848689653b0ee8b41d172ff11d1b2d459599f\
               7696e0b9",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_80,
        rollover_counter: u32::MAX,
        srtp: "800f1234decafbadcafebabe5da2ab10e64e77fbd5a7c616e6a8943d60bc832bd56337da3f32",
    },
    Rtp {
        profile: Profile::Aes128CmHmacSha1_32,
        rollover_counter: u32::MAX,
        srtp: "800f1234decafbadcafebabe5da2ab10e64e77fbd5a7c616e6a8943d60bc832b",
    },
    Rtp {
        profile: Profile::Aes256CmHmacSha1_80,
        rollover_counter: u32::MAX,
        srtp: "800f1234decafbadcafebabeca483b92f10f1abc44a6621d2cfb8dcf44c5ae3f86820f656886",
    },
    Rtp {
        profile: Profile::AeadAes128Gcm,
        rollover_counter: u32::MAX,
        srtp: "800f1234decafbadcafebabe1d2934f27dd54714e27c6cd8795605821f58933f1dc368ad97901940\
               30d674d7",
    },
    Rtp {
        profile: Profile::AeadAes256Gcm,
        rollover_counter: u32::MAX,
        srtp: "800f1234decafbadcafebabe51e6fb45c545cb79713f3f490badaa5435f51c49137f606a785dfb35\
               68181b44",
    },
];

/// An RTCP tag is as long where an RTP tag has 32 bits.
pub(crate) const RTCP_PACKETS: &[Rtcp] = &[
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_80,
        index: 0,
        srtcp: "81c8000bcafebabeb19c219a086b6c7ae61d8e0bfeb4be3f800000005631d6cfc906cdb30f41",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_32,
        index: 0,
        srtcp: "81c8000bcafebabeb19c219a086b6c7ae61d8e0bfeb4be3f800000005631d6cfc906cdb30f41",
    },
    Rtcp {
        profile: Profile::AeadAes128Gcm,
        index: 0,
        srtcp: "81c8000bcafebabebd5742cb6a173465b319555800b38d38191ec42dc1767311df7984059c239638\
               80000000",
    },
    Rtcp {
        profile: Profile::AeadAes256Gcm,
        index: 0,
        srtcp: "81c8000bcafebabef7a28652850d65ac2dde488600a4ceea33f4eb6f8e8cfe8caf98a5eb5b85169b\
               80000000",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_80,
        index: 1,
        srtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_32,
        index: 1,
        srtcp: "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    },
    Rtcp {
        profile: Profile::AeadAes128Gcm,
        index: 1,
        srtcp: "81c8000bcafebabe21dc1f9d3f46e6779c7fcb395023b4d00470d7f588fe57d032b20f02c04b4cb7\
               80000001",
    },
    Rtcp {
        profile: Profile::AeadAes256Gcm,
        index: 1,
        srtcp: "81c8000bcafebabea1003b9db0304ccf8a1b2d21ab1a85d114c04b2cd1d0c42c5adf1a2101caaffa\
               80000001",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_80,
        index: MAX_INDEX,
        srtcp: "81c8000bcafebabea40472e764a7a84c1bdb7ffac3497f29ffffffff401caaa50497dc97efac",
    },
    Rtcp {
        profile: Profile::Aes128CmHmacSha1_32,
        index: MAX_INDEX,
        srtcp: "81c8000bcafebabea40472e764a7a84c1bdb7ffac3497f29ffffffff401caaa50497dc97efac",
    },
    Rtcp {
        profile: Profile::AeadAes128Gcm,
        index: MAX_INDEX,
        srtcp: "81c8000bcafebabeb2c40c2eb4276c17850866a9f2fd249e1ed3d544ce8ee2ccf20cc9c8947d2199\
               ffffffff",
    },
    Rtcp {
        profile: Profile::AeadAes256Gcm,
        index: MAX_INDEX,
        srtcp: "81c8000bcafebabeaaefbc00fb88c405c37894463e7b46ed0a240163d15697571599bb16d59ec1aa\
               ffffffff",
    },
];

const MAX_INDEX: u32 = (1 << 31) - 1;
