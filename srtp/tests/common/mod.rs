//! What the integration tests share.

#![allow(dead_code, reason = "each test program uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use lariat_crypto::{Provider, ring};
use lariat_srtp::{Config, Cryptex, ExtensionIds, Inbound, MasterKey, Outbound, Profile};

/// Those that encrypt.
pub(crate) const PROFILES: [Profile; 6] = [
    Profile::Aes128CmHmacSha1_80,
    Profile::Aes128CmHmacSha1_32,
    Profile::Aes256CmHmacSha1_80,
    Profile::Aes256CmHmacSha1_32,
    Profile::AeadAes128Gcm,
    Profile::AeadAes256Gcm,
];

/// The bytes of a hexadecimal literal.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

pub(crate) fn key(profile: Profile) -> MasterKey {
    MasterKey::new(&[0x11; 32][..profile.key_len()], &[0x22; 14][..profile.salt_len()])
}

pub(crate) fn pair(profile: Profile) -> (Outbound, Inbound) {
    pair_with(&ring::provider(), profile, Config::default())
}

pub(crate) fn pair_with(
    provider: &Arc<dyn Provider>,
    profile: Profile,
    config: Config,
) -> (Outbound, Inbound) {
    let outbound = Outbound::with_config(provider, profile, &key(profile), config).unwrap();
    let inbound = Inbound::with_config(provider, profile, &key(profile), config).unwrap();
    (outbound, inbound)
}

/// A profile, with what else may be around a packet.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) profile: Profile,
    pub(crate) config: Config,
    pub(crate) mki: &'static [u8],
}

impl Setup {
    /// Every profile that encrypts, with nothing else, with each feature, and with several.
    pub(crate) fn all() -> Vec<Self> {
        let plain = Config::default();
        let encrypted_extensions = ExtensionIds::NONE.with(1).with(3);
        let features: [(Config, &[u8]); 6] = [
            (plain, b""),
            (plain, b"\x00\x07mk"),
            (Config { cryptex: Cryptex::Required, ..plain }, b""),
            (Config { encrypted_extensions, ..plain }, b""),
            (Config { key_derivation_rate: 16, ..plain }, b""),
            (Config { encrypted_extensions, key_derivation_rate: 1, ..plain }, b"k"),
        ];
        let setup = |(profile, (config, mki))| Self { profile, config, mki };
        let all = PROFILES.iter().flat_map(|profile| features.map(|feature| (*profile, feature)));
        all.map(setup).collect()
    }

    pub(crate) fn key(&self) -> MasterKey {
        key(self.profile).with_mki(self.mki)
    }

    pub(crate) fn outbound(&self) -> Outbound {
        let provider = ring::provider();
        Outbound::with_config(&provider, self.profile, &self.key(), self.config).unwrap()
    }

    pub(crate) fn inbound(&self) -> Inbound {
        let provider = ring::provider();
        Inbound::with_config(&provider, self.profile, &self.key(), self.config).unwrap()
    }

    pub(crate) fn pair(&self) -> (Outbound, Inbound) {
        (self.outbound(), self.inbound())
    }
}

/// Another key of the same lengths.
pub(crate) fn other_key(profile: Profile, byte: u8) -> MasterKey {
    MasterKey::new(&[byte; 32][..profile.key_len()], &[0x22; 14][..profile.salt_len()])
}

/// Whether something of the plaintext is in `buffer` that is not to be read in the packet that was
/// sent.
pub(crate) fn leaks(plain: &[u8], sent: &[u8], buffer: &[u8]) -> bool {
    let holds = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    plain.windows(6).any(|part| !holds(sent, part) && holds(buffer, part))
}

/// An RTP packet with a CSRC, and three elements in its header extension.
pub(crate) fn rich_rtp(ssrc: u32, sequence_number: u16) -> Vec<u8> {
    let mut packet = rtp(ssrc, sequence_number);
    packet[0] = 0x91;
    let rest = packet.split_off(12);
    packet.extend(b"csrc");
    packet.extend([0xbe, 0xde, 0, 6]);
    packet.extend(b"\x17element1\x22two\x37element3\x00\x00");
    packet.extend(rest);
    packet
}

/// An RTP packet whose payload says which it is.
pub(crate) fn rtp(ssrc: u32, sequence_number: u16) -> Vec<u8> {
    let mut packet = vec![0x80, 96];
    packet.extend(sequence_number.to_be_bytes());
    packet.extend([0, 0, 0, 1]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(format!("payload {ssrc:08x} {sequence_number}").bytes());
    packet
}

/// A receiver report without blocks, and an APP packet.
pub(crate) fn rtcp(ssrc: u32) -> Vec<u8> {
    let mut packet = vec![0x80, 201, 0, 1];
    packet.extend(ssrc.to_be_bytes());
    packet.extend([0x80, 204, 0, 2]);
    packet.extend(ssrc.to_be_bytes());
    packet.extend(b"test");
    packet
}

pub(crate) fn protected_rtp(outbound: &mut Outbound, ssrc: u32, sequence_number: u16) -> Vec<u8> {
    let mut packet = rtp(ssrc, sequence_number);
    outbound.protect_rtp(&mut packet).unwrap();
    packet
}

pub(crate) fn protected_rtcp(outbound: &mut Outbound, ssrc: u32) -> Vec<u8> {
    let mut packet = rtcp(ssrc);
    outbound.protect_rtcp(&mut packet).unwrap();
    packet
}

/// Unprotects a copy.
pub(crate) fn opened(
    inbound: &mut Inbound,
    packet: &[u8],
) -> Result<Vec<u8>, lariat_srtp::Dropped> {
    let mut packet = packet.to_vec();
    let length = inbound.unprotect_rtp(&mut packet)?;
    packet.truncate(length);
    Ok(packet)
}

/// The same for RTCP.
pub(crate) fn opened_rtcp(
    inbound: &mut Inbound,
    packet: &[u8],
) -> Result<Vec<u8>, lariat_srtp::Dropped> {
    let mut packet = packet.to_vec();
    let length = inbound.unprotect_rtcp(&mut packet)?;
    packet.truncate(length);
    Ok(packet)
}
