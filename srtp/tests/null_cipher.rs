//! Profiles without encryption: only where they are allowed, and authenticated all the same.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{
    Setup, key, opened, opened_rtcp, pair_with, protected_rtcp, protected_rtp, rich_rtp, rtcp, rtp,
};
use lariat_crypto::ring;
use lariat_srtp::{
    Config, Cryptex, Dropped, ExtensionIds, Inbound, KeyError, KeyingMaterial, Outbound, Profile,
    Slot,
};

const SSRC: u32 = 0xcafe_babe;
const NULL: [Profile; 2] = [Profile::NullHmacSha1_80, Profile::NullHmacSha1_32];

fn allowed() -> Config {
    Config { allow_null_cipher: true, ..Config::default() }
}

#[test]
fn a_profile_without_encryption_is_refused_unless_it_is_allowed() {
    for profile in NULL {
        let (provider, key) = (ring::provider(), key(profile));
        assert_eq!(Outbound::new(&provider, profile, &key).unwrap_err(), KeyError::NullCipher);
        assert_eq!(Inbound::new(&provider, profile, &key).unwrap_err(), KeyError::NullCipher);
        Outbound::with_config(&provider, profile, &key, allowed()).unwrap();
        Inbound::with_config(&provider, profile, &key, allowed()).unwrap();
    }
}

// rfc3711 §3.4: RTCP that is not encrypted says so, and is authenticated all the same.
#[test]
fn packets_without_encryption_are_readable_and_authentic() {
    for profile in NULL {
        let (mut outbound, mut inbound) = pair_with(&ring::provider(), profile, allowed());
        let plain = rich_rtp(SSRC, 1);
        let mut packet = plain.clone();
        outbound.protect_rtp(&mut packet).unwrap();
        assert_eq!(packet[..plain.len()], plain);
        assert_eq!(packet.len(), plain.len() + profile.rtp_overhead());
        let rtcp_packet = protected_rtcp(&mut outbound, SSRC);
        let (body, rest) = rtcp_packet.split_at(rtcp(SSRC).len());
        assert_eq!((body, rest.len()), (rtcp(SSRC).as_slice(), 4 + 10));
        assert_eq!(rest[..4], [0; 4], "E is 0, and so is the first index");

        for bit in 0..8 * packet.len() {
            let mut forged = packet.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            opened(&mut inbound, &forged).unwrap_err();
        }
        for bit in 0..8 * rtcp_packet.len() {
            let mut forged = rtcp_packet.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            opened_rtcp(&mut inbound, &forged).unwrap_err();
        }
        assert_eq!(opened(&mut inbound, &packet), Ok(plain));
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::Replayed));
        assert_eq!(opened_rtcp(&mut inbound, &rtcp_packet), Ok(rtcp(SSRC)));
        assert_eq!(opened_rtcp(&mut inbound, &rtcp_packet), Err(Dropped::Replayed));
        assert_eq!(protected_rtcp(&mut outbound, SSRC)[rtcp(SSRC).len()..][..4], [0, 0, 0, 1]);
    }
}

#[test]
fn runs_identifiers_and_rates_work_without_encryption() {
    for profile in NULL {
        let config = Config { key_derivation_rate: 16, ..allowed() };
        let key = key(profile).with_mki(b"mki");
        let provider = ring::provider();
        let mut outbound = Outbound::with_config(&provider, profile, &key, config).unwrap();
        let mut inbound = Inbound::with_config(&provider, profile, &key, config).unwrap();
        let length = rtp(SSRC, 10).len();
        let mut buffers: Vec<_> = (10..50_u16)
            .map(|number| [rtp(SSRC, number), vec![0; outbound.rtp_overhead()]].concat())
            .collect();
        let mut run: Vec<_> = buffers.iter_mut().map(|buffer| Slot::new(buffer, length)).collect();
        outbound.protect_rtp_run(&mut run);
        assert!(run.iter().all(|slot| slot.result().is_ok()));
        let mut run: Vec<_> =
            buffers.iter_mut().map(|buffer| Slot::new(buffer, usize::MAX)).collect();
        inbound.unprotect_rtp_run(&mut run);
        for (number, slot) in (10..50).zip(&run) {
            assert_eq!(slot.result(), Ok(rtp(SSRC, number).as_slice()));
        }
    }
}

// There is nothing to encrypt headers with either.
#[test]
fn header_encryption_is_without_effect() {
    for profile in NULL {
        let ids = ExtensionIds::NONE.with(1).with(3);
        for config in [
            Config { encrypted_extensions: ids, ..allowed() },
            Config { cryptex: Cryptex::Required, ..allowed() },
        ] {
            let (mut outbound, mut inbound) = pair_with(&ring::provider(), profile, config);
            let plain = rich_rtp(SSRC, 1);
            let mut packet = plain.clone();
            outbound.protect_rtp(&mut packet).unwrap();
            assert_eq!(packet[20..plain.len()], plain[20..]);
            assert_eq!(opened(&mut inbound, &packet), Ok(plain));
        }
    }
}

// R7: the tags' key is the same with both profiles, so that only the E flag tells them apart.
#[test]
fn a_profile_that_encrypts_never_takes_rtcp_that_is_not() {
    let null = Profile::NullHmacSha1_80;
    let (mut outbound, _) = pair_with(&ring::provider(), null, allowed());
    let packet = protected_rtcp(&mut outbound, SSRC);
    let (mut encrypting, mut inbound) =
        pair_with(&ring::provider(), Profile::Aes128CmHmacSha1_80, allowed());
    assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::Unencrypted));
    let packet = protected_rtcp(&mut encrypting, SSRC);
    assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(SSRC)));
    for mut setup in Setup::all() {
        setup.config.allow_null_cipher = true;
        let (mut outbound, mut inbound) = setup.pair();
        let packet = protected_rtcp(&mut outbound, SSRC);
        for at in 8..packet.len() {
            let mut forged = packet.clone();
            forged[at] &= 0x7f;
            assert!(forged == packet || opened_rtcp(&mut inbound, &forged).is_err());
        }
        assert_ne!(packet[8..rtcp(SSRC).len()], rtcp(SSRC)[8..]);
    }
}

#[test]
fn a_handshake_may_choose_no_encryption_where_that_is_allowed() {
    for profile in NULL {
        let exported: Vec<u8> = (0..KeyingMaterial::exported_len(profile) as u8).collect();
        let keys = KeyingMaterial::from_exporter(profile, &exported).unwrap();
        let provider = ring::provider();
        let mut client =
            Outbound::with_config(&provider, profile, &keys.client, allowed()).unwrap();
        let mut server = Inbound::with_config(&provider, profile, &keys.client, allowed()).unwrap();
        let packet = protected_rtp(&mut client, SSRC, 1);
        assert_eq!(opened(&mut server, &packet), Ok(rtp(SSRC, 1)));
    }
}
