//! Mistakes of the caller: the packet is as it was, and no index is used.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{PROFILES, Setup, key, opened, opened_rtcp, pair, pair_with, rich_rtp, rtcp, rtp};
use lariat_crypto::ring;
use lariat_srtp::limits::{MAX_KEY_DERIVATION_RATE, MAX_PACKET_LEN};
use lariat_srtp::{
    Config, Cryptex, Inbound, KeyError, MasterKey, Outbound, Profile, ProtectError, Slot,
};

const SSRC: u32 = 0xcafe_babe;

/// CSRCs without a header extension, which Cryptex adds one to.
fn with_csrcs(sequence_number: u16) -> Vec<u8> {
    let mut packet = rtp(SSRC, sequence_number);
    packet[0] = 0x82;
    packet.splice(12..12, *b"csrccsrc");
    packet
}

#[test]
fn a_buffer_without_room_is_refused_and_stays_as_it_is() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let is_cryptex = setup.config.cryptex != Cryptex::Off;
        let packets = [(rtp(SSRC, 1), 0), (rich_rtp(SSRC, 2), 0), (with_csrcs(3), 4)];
        for (plain, growth) in packets {
            let growth = if is_cryptex { growth } else { 0 };
            let needed = plain.len() + outbound.rtp_overhead() + growth;
            for room in plain.len()..needed {
                let mut buffer = plain.clone();
                buffer.resize(room, 0xee);
                let unchanged = buffer.clone();
                let refused = outbound.protect_rtp_in(&mut buffer, plain.len());
                assert_eq!(refused, Err(ProtectError::NoRoom));
                assert_eq!(buffer, unchanged);
                let mut run = [Slot::new(&mut buffer, plain.len())];
                outbound.protect_rtp_run(&mut run);
                assert_eq!(run[0].result(), Err(ProtectError::NoRoom));
                assert_eq!(buffer, unchanged);
            }
            // What lies behind the packet stays as it is.
            let mut buffer = plain.clone();
            buffer.resize(needed + 3, 0xee);
            assert_eq!(outbound.protect_rtp_in(&mut buffer, plain.len()), Ok(needed));
            assert_eq!(buffer[needed..], [0xee; 3]);
            let opened = opened(&mut inbound, &buffer[..needed]).unwrap();
            assert_eq!(opened.len(), plain.len() + growth);
        }
        let plain = rtcp(SSRC);
        let needed = plain.len() + outbound.rtcp_overhead();
        for room in plain.len()..needed {
            let mut buffer = plain.clone();
            buffer.resize(room, 0xee);
            let unchanged = buffer.clone();
            let refused = outbound.protect_rtcp_in(&mut buffer, plain.len());
            assert_eq!(refused, Err(ProtectError::NoRoom));
            assert_eq!(buffer, unchanged);
        }
        assert_eq!(outbound.next_rtcp_index(SSRC), None);
        let mut buffer = plain.clone();
        buffer.resize(needed + 3, 0xee);
        assert_eq!(outbound.protect_rtcp_in(&mut buffer, plain.len()), Ok(needed));
        assert_eq!(opened_rtcp(&mut inbound, &buffer[..needed]), Ok(plain));
    }
}

/// Refused, and then protected with the same sequence number as if nothing had been.
fn check(setup: &Setup, wrong: &[u8], expected: ProtectError) {
    let (mut outbound, mut inbound) = setup.pair();
    let mut packet = wrong.to_vec();
    assert_eq!(outbound.protect_rtp(&mut packet), Err(expected), "{setup:?}");
    assert_eq!(packet, wrong);
    let mut buffer = [wrong, &[0xee; 200]].concat();
    assert_eq!(outbound.protect_rtp_in(&mut buffer, wrong.len()), Err(expected));
    assert_eq!(buffer, [wrong, &[0xee; 200]].concat());
    assert_eq!(outbound.next_rtp_index(SSRC), None);
    let mut packet = rich_rtp(SSRC, 1);
    outbound.protect_rtp(&mut packet).unwrap();
    assert_eq!(opened(&mut inbound, &packet), Ok(rich_rtp(SSRC, 1)));
}

#[test]
fn a_wrong_packet_is_left_as_it_was_and_uses_no_index() {
    for setup in Setup::all() {
        let mut version = rich_rtp(SSRC, 1);
        version[0] = 0x51;
        check(&setup, &version, ProtectError::Header);
        check(&setup, &rich_rtp(SSRC, 1)[..19], ProtectError::Header);
        check(&setup, &rich_rtp(SSRC, 1)[..11], ProtectError::Header);
        check(&setup, &[], ProtectError::Header);
        let mut long = rich_rtp(SSRC, 1);
        long.resize(MAX_PACKET_LEN, 0);
        check(&setup, &long, ProtectError::TooLong);
        if setup.config.cryptex != Cryptex::Off {
            for profile in [[0xab, 0xac], [0x10, 0x01], [0xc0, 0xde], [0xc2, 0xde]] {
                let mut other = rich_rtp(SSRC, 1);
                other[16..18].copy_from_slice(&profile);
                check(&setup, &other, ProtectError::Extension);
            }
            // With the extension that Cryptex adds it is four bytes too long.
            let mut long = with_csrcs(1);
            let overhead = setup.outbound().rtp_overhead();
            long.resize(MAX_PACKET_LEN - overhead - 3, 0);
            check(&setup, &long, ProtectError::TooLong);
        }
    }
}

#[test]
fn wrong_rtcp_is_left_as_it_was_and_uses_no_index() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let mut version = rtcp(SSRC);
        version[0] = 0x40;
        let mut long = rtcp(SSRC);
        long.resize(MAX_PACKET_LEN - outbound.rtcp_overhead() + 1, 0);
        for (wrong, expected) in [
            (version, ProtectError::Header),
            (rtcp(SSRC)[..7].to_vec(), ProtectError::Header),
            (Vec::new(), ProtectError::Header),
            (long, ProtectError::TooLong),
        ] {
            let mut packet = wrong.clone();
            assert_eq!(outbound.protect_rtcp(&mut packet), Err(expected));
            assert_eq!(packet, wrong);
        }
        assert_eq!(outbound.next_rtcp_index(SSRC), None);
        let mut packet = rtcp(SSRC);
        outbound.protect_rtcp(&mut packet).unwrap();
        assert_eq!(outbound.next_rtcp_index(SSRC), Some(1));
        assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(SSRC)));
    }
}

#[test]
fn a_length_past_the_buffer_is_an_error() {
    for profile in PROFILES {
        let (mut outbound, _) = pair(profile);
        let (mut rtp, mut rtcp) = (rtp(SSRC, 1), rtcp(SSRC));
        for length in [100, usize::MAX] {
            assert_eq!(outbound.protect_rtp_in(&mut rtp, length), Err(ProtectError::Header));
            assert_eq!(outbound.protect_rtcp_in(&mut rtcp, length), Err(ProtectError::Header));
        }
        let mut run = [Slot::new(&mut rtp, usize::MAX)];
        outbound.protect_rtp_run(&mut run);
        assert_eq!(run[0].result(), Err(ProtectError::NoRoom));
    }
}

#[test]
fn a_wrong_packet_in_a_run_leaves_the_others_alone() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let mut buffers: Vec<_> = (0..70_u16)
            .map(|number| {
                let mut buffer = [rich_rtp(SSRC, number), vec![0; 64]].concat();
                if number % 7 == 3 {
                    buffer[0] = 0;
                }
                buffer
            })
            .collect();
        let length = |number| rich_rtp(SSRC, number).len();
        let mut run: Vec<_> = (0..)
            .zip(&mut buffers)
            .map(|(number, buffer)| Slot::new(buffer, length(number)))
            .collect();
        outbound.protect_rtp_run(&mut run);
        for (number, slot) in (0..).zip(&run) {
            match slot.result() {
                Ok(packet) => {
                    let opened = opened(&mut inbound, packet);
                    assert_eq!(opened, Ok(rich_rtp(SSRC, number)), "{setup:?}");
                }
                Err(refused) => assert_eq!((number % 7, refused), (3, ProtectError::Header)),
            }
        }
        // Their numbers are free.
        let mut packet = rich_rtp(SSRC, 66);
        outbound.protect_rtp(&mut packet).unwrap();
    }
}

#[test]
fn keys_and_configurations_that_do_not_fit_are_refused() {
    let provider = ring::provider();
    for profile in Profile::ALL {
        let config = |key_derivation_rate| Config {
            key_derivation_rate,
            allow_null_cipher: true,
            ..Config::default()
        };
        for rate in [3, 5, 1_000, MAX_KEY_DERIVATION_RATE + 1, 1 << 25, 1 << 31, u32::MAX] {
            let refused = KeyError::DerivationRate(rate);
            let outbound = Outbound::with_config(&provider, profile, &key(profile), config(rate));
            assert_eq!(outbound.unwrap_err(), refused);
            let inbound = Inbound::with_config(&provider, profile, &key(profile), config(rate));
            assert_eq!(inbound.unwrap_err(), refused);
        }
        for rate in [0, 1, 2, 1 << 12, MAX_KEY_DERIVATION_RATE] {
            pair_with(&provider, profile, config(rate));
        }
        let (key_len, salt_len) = (profile.key_len(), profile.salt_len());
        let refused = |key_len, salt_len| {
            let key = MasterKey::new(&vec![1; key_len], &vec![2; salt_len]);
            let outbound = Outbound::with_config(&provider, profile, &key, config(0));
            let inbound = Inbound::with_config(&provider, profile, &key, config(0));
            assert_eq!(outbound.as_ref().unwrap_err(), &inbound.unwrap_err());
            outbound.unwrap_err()
        };
        for actual in [0, key_len - 1, key_len + 1] {
            let expected = KeyError::Length { expected: key_len, actual };
            assert_eq!(refused(actual, salt_len), expected);
        }
        for actual in [0, salt_len - 1, salt_len + 1] {
            let expected = KeyError::Length { expected: salt_len, actual };
            assert_eq!(refused(key_len, actual), expected);
        }
    }
}
