//! What the integration tests share.

#![allow(dead_code, reason = "each test program uses its own part of this")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use lariat_crypto::{Provider, ring};
use lariat_srtp::{Config, Inbound, MasterKey, Outbound, Profile};

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
