//! Key derivation rates (RFC 3711 §4.3.1), held to a computation of their own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{
    PROFILES, Setup, opened, opened_rtcp, pair_with, protected_rtcp, protected_rtp, rich_rtp, rtcp,
    rtp,
};
use lariat_crypto::{AeadAlgorithm, HashAlgorithm, ring};
use lariat_srtp::limits::{MAX_KEY_DERIVATION_RATE, RTCP_INDEX_END, RTP_INDEX_END};
use lariat_srtp::{Config, Dropped, ExtensionIds, Profile};

const SSRC: u32 = 0xcafe_babe;
const RATES: [u32; 4] = [1, 2, 16, MAX_KEY_DERIVATION_RATE];

/// The master key and salt of `common::key`.
const MASTER_KEY: [u8; 32] = [0x11; 32];
const MASTER_SALT: [u8; 14] = [0x22; 14];

/// Where the encrypted elements of `rich_rtp` stand in its extension block, which begins at 20.
const ELEMENTS: [std::ops::Range<usize>; 2] = [1..9, 14..22];

fn with_rate(key_derivation_rate: u32) -> Config {
    let encrypted_extensions = ExtensionIds::NONE.with(1).with(3);
    Config { key_derivation_rate, encrypted_extensions, ..Config::default() }
}

/// Counter mode, block by block.
fn keystream(key: &[u8], mut counter: [u8; 16], length: usize) -> Vec<u8> {
    let key = ring::provider().aes_ctr_key(key).unwrap();
    let mut stream = Vec::new();
    while stream.len() < length {
        let mut block = [0; 16];
        key.apply_keystream(&counter, &mut block);
        stream.extend(block);
        counter = (u128::from_be_bytes(counter) + 1).to_be_bytes();
    }
    stream.truncate(length);
    stream
}

/// rfc3711 §4.3.1: `r` is the index divided by the rate; the label and its 48 bits are combined
/// with the salt, both aligned on the right.
fn session_key(profile: Profile, label: u8, r: u64, length: usize) -> Vec<u8> {
    let mut x = [0; 16];
    x[..profile.salt_len()].copy_from_slice(&MASTER_SALT[..profile.salt_len()]);
    x[7] ^= label;
    for (byte, id) in x[8..14].iter_mut().zip(&r.to_be_bytes()[2..]) {
        *byte ^= id;
    }
    keystream(&MASTER_KEY[..profile.key_len()], x, length)
}

fn combine(bytes: &mut [u8], stream: &[u8]) {
    bytes.iter_mut().zip(stream).for_each(|(byte, stream)| *byte ^= stream);
}

/// rfc3711 §4.1.1: where counter mode begins.
fn counter(salt: &[u8], ssrc: u32, index: u64) -> [u8; 16] {
    let mut counter = [0; 16];
    counter[..salt.len()].copy_from_slice(salt);
    combine(&mut counter[4..8], &ssrc.to_be_bytes());
    combine(&mut counter[8..14], &index.to_be_bytes()[2..]);
    counter
}

fn is_aead(profile: Profile) -> bool {
    profile.name().starts_with("AEAD")
}

/// rfc7714 §8.1, §9.1.
fn seal(
    profile: Profile,
    key: &[u8],
    salt: &[u8],
    index: u64,
    aad: &[u8],
    data: &mut [u8],
) -> [u8; 16] {
    let algorithm = match profile.key_len() {
        16 => AeadAlgorithm::Aes128Gcm,
        _ => AeadAlgorithm::Aes256Gcm,
    };
    let mut iv: [u8; 12] = salt.try_into().unwrap();
    combine(&mut iv[2..6], &SSRC.to_be_bytes());
    combine(&mut iv[6..], &index.to_be_bytes()[2..]);
    ring::provider().aead_key(algorithm, key).unwrap().seal(&iv, aad, data)
}

/// What protection has to make of `rich_rtp`.
fn expected_rtp(profile: Profile, rate: u32, index: u64) -> Vec<u8> {
    let r = index / u64::from(rate);
    let derive = |label, length| session_key(profile, label, r, length);
    let mut packet = rich_rtp(SSRC, index as u16);
    // rfc6904 §3: the elements first, with keys of their own, as long as the payload's.
    let header = counter(&derive(7, profile.salt_len()), SSRC, index);
    let stream = keystream(&derive(6, profile.key_len()), header, 24);
    for element in ELEMENTS {
        combine(&mut packet[20..44][element.clone()], &stream[element]);
    }
    let mut payload = packet.split_off(44);
    let cipher_key = derive(0, profile.key_len());
    if is_aead(profile) {
        let tag = seal(profile, &cipher_key, &derive(2, 12), index, &packet, &mut payload);
        return [&packet[..], &payload, &tag].concat();
    }
    let stream = keystream(&cipher_key, counter(&derive(2, 14), SSRC, index), payload.len());
    combine(&mut payload, &stream);
    let packet = [packet, payload].concat();
    let mut tag = vec![0; profile.rtp_overhead()];
    let rollover_counter = ((index >> 16) as u32).to_be_bytes();
    let hmac = ring::provider().hmac_key(HashAlgorithm::Sha1, &derive(1, 20));
    hmac.sign(&[&packet, &rollover_counter], &mut tag);
    [packet, tag].concat()
}

/// rfc3711 §4.3.2: likewise, with labels of its own and the index of RTCP.
fn expected_rtcp(profile: Profile, rate: u32, index: u32) -> Vec<u8> {
    let r = u64::from(index / rate);
    let derive = |label, length| session_key(profile, label, r, length);
    let mut packet = rtcp(SSRC);
    let mut payload = packet.split_off(8);
    let word = (1 << 31 | index).to_be_bytes();
    let cipher_key = derive(3, profile.key_len());
    if is_aead(profile) {
        let aad = [&packet[..], &word].concat();
        let salt = derive(5, 12);
        let tag = seal(profile, &cipher_key, &salt, index.into(), &aad, &mut payload);
        return [&packet[..], &payload, &tag, &word].concat();
    }
    let begin = counter(&derive(5, 14), SSRC, index.into());
    combine(&mut payload, &keystream(&cipher_key, begin, 100));
    let packet = [&packet[..], &payload, &word].concat();
    let mut tag = vec![0; 10];
    ring::provider().hmac_key(HashAlgorithm::Sha1, &derive(4, 20)).sign(&[&packet], &mut tag);
    [packet, tag].concat()
}

// rfc3711 §4.3.1: a new set of keys whenever the index divided by the rate changes.
#[test]
fn rtp_packets_are_under_the_keys_of_their_quotient() {
    for profile in PROFILES {
        for rate in RATES {
            let step = u64::from(rate);
            let indices = [0, step - 1, step, 5 * step + 1, 1 << 40, RTP_INDEX_END - 1];
            let (mut outbound, mut inbound) =
                pair_with(&ring::provider(), profile, with_rate(rate));
            let mut last = None;
            for index in indices.into_iter().filter(|index| last.replace(*index) != Some(*index)) {
                outbound.resume_rtp(SSRC, index).unwrap();
                inbound.resume_rtp(SSRC, index).unwrap();
                let plain = rich_rtp(SSRC, index as u16);
                let mut packet = plain.clone();
                outbound.protect_rtp(&mut packet).unwrap();
                assert_eq!(packet, expected_rtp(profile, rate, index), "{profile} {rate} {index}");
                assert_eq!(opened(&mut inbound, &packet), Ok(plain));
            }
        }
    }
}

// rfc3711 §4.3.2
#[test]
fn rtcp_packets_are_under_the_keys_of_their_quotient() {
    for profile in PROFILES {
        for rate in RATES {
            let indices = [0, rate - 1, rate, 5 * rate + 1, RTCP_INDEX_END - 1];
            let (mut outbound, mut inbound) =
                pair_with(&ring::provider(), profile, with_rate(rate));
            let mut last = None;
            for index in indices.into_iter().filter(|index| last.replace(*index) != Some(*index)) {
                outbound.resume_rtcp(SSRC, index).unwrap();
                let packet = protected_rtcp(&mut outbound, SSRC);
                assert_eq!(packet, expected_rtcp(profile, rate, index), "{profile} {rate} {index}");
                assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(SSRC)));
            }
        }
    }
}

#[test]
fn without_a_rate_all_packets_are_under_the_first_keys() {
    for profile in PROFILES {
        let (mut outbound, _) = pair_with(&ring::provider(), profile, with_rate(0));
        for index in [0, 70_000] {
            outbound.resume_rtp(SSRC, index).unwrap();
            let mut packet = rich_rtp(SSRC, index as u16);
            outbound.protect_rtp(&mut packet).unwrap();
            // With the largest rate, these have a quotient of zero too.
            assert_eq!(packet, expected_rtp(profile, MAX_KEY_DERIVATION_RATE, index));
        }
    }
}

#[test]
fn packets_around_a_boundary_are_protected_and_opened_in_any_order() {
    for profile in PROFILES {
        for rate in [1_u32, 2, 16] {
            let (mut outbound, mut inbound) =
                pair_with(&ring::provider(), profile, with_rate(rate));
            // Begins before the wrap, which is a boundary for each of these rates.
            let first = 65_536 - 33;
            outbound.resume_rtp(SSRC, first).unwrap();
            let mut order: Vec<u64> = (first..first + 73).collect();
            order.chunks_mut(5).for_each(<[u64]>::reverse);
            let mut packets = Vec::new();
            for index in order {
                let mut packet = rich_rtp(SSRC, index as u16);
                outbound.protect_rtp(&mut packet).unwrap();
                assert_eq!(packet, expected_rtp(profile, rate, index));
                packets.push((index, packet));
            }
            packets.chunks_mut(9).for_each(<[_]>::reverse);
            for (index, packet) in &packets {
                assert_eq!(opened(&mut inbound, packet), Ok(rich_rtp(SSRC, *index as u16)));
            }
            let mut packets: Vec<_> =
                (0..80).map(|_| protected_rtcp(&mut outbound, SSRC)).collect();
            packets.chunks_mut(9).for_each(<[_]>::reverse);
            for packet in &packets {
                assert_eq!(opened_rtcp(&mut inbound, packet), Ok(rtcp(SSRC)));
            }
            assert_eq!(inbound.dropped().total(), 0);
        }
    }
}

// R3
#[test]
fn a_forged_packet_of_another_quotient_changes_nothing() {
    for setup in Setup::all().into_iter().filter(|setup| setup.config.key_derivation_rate > 0) {
        let (mut outbound, mut inbound) = setup.pair();
        opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 20)).unwrap();
        opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, SSRC)).unwrap();
        let genuine = protected_rtp(&mut outbound, SSRC, 21);
        let genuine_rtcp = protected_rtcp(&mut outbound, SSRC);
        let at = genuine_rtcp.len() - setup.mki.len() - if is_aead(setup.profile) { 4 } else { 14 };
        for quotient in 1..200_u16 {
            let mut forged = genuine.clone();
            forged[2..4].copy_from_slice(&(21 + 16 * quotient).to_be_bytes());
            assert_eq!(opened(&mut inbound, &forged), Err(Dropped::NotAuthentic));
            let mut forged = genuine_rtcp.clone();
            forged[at + 2..at + 4].copy_from_slice(&(16 * quotient).to_be_bytes());
            assert_eq!(opened_rtcp(&mut inbound, &forged), Err(Dropped::NotAuthentic));
        }
        assert_eq!(inbound.next_rtp_index(SSRC), Some(21));
        assert_eq!(inbound.poll_event(), None);
        assert_eq!(opened(&mut inbound, &genuine), Ok(rtp(SSRC, 21)));
        assert_eq!(opened_rtcp(&mut inbound, &genuine_rtcp), Ok(rtcp(SSRC)));
    }
}

#[test]
fn both_ends_must_have_the_same_rate() {
    for profile in PROFILES {
        let provider = ring::provider();
        let (mut outbound, _) = pair_with(&provider, profile, with_rate(16));
        let (_, mut inbound) = pair_with(&provider, profile, with_rate(0));
        assert!(opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 15)).is_ok());
        let packet = protected_rtp(&mut outbound, SSRC, 16);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::NotAuthentic));
    }
}
