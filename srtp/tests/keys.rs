//! Several master keys: by identifier, or one after another.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{
    PROFILES, Setup, key, opened, opened_rtcp, other_key, pair, protected_rtcp, protected_rtp,
    rich_rtp, rtcp, rtp,
};
use lariat_crypto::ring;
use lariat_srtp::limits::{MAX_KEYS, MAX_MKI_LEN};
use lariat_srtp::{Config, Dropped, Inbound, KeyError, Outbound, Profile};

const SSRC: u32 = 0xcafe_babe;

fn sender(profile: Profile, byte: u8, mki: &[u8]) -> Outbound {
    let key = other_key(profile, byte).with_mki(mki);
    Outbound::new(&ring::provider(), profile, &key).unwrap()
}

fn receiver(profile: Profile, byte: u8, mki: &[u8]) -> Inbound {
    let key = other_key(profile, byte).with_mki(mki);
    Inbound::new(&ring::provider(), profile, &key).unwrap()
}

// rfc3711 §3.1: the identifier stands between packet and tag, with an AEAD behind the tag.
#[test]
fn a_packet_says_which_key_it_is_under() {
    for profile in PROFILES {
        for length in [1, 4, MAX_MKI_LEN] {
            let mkis: Vec<Vec<u8>> = (0..3).map(|byte| vec![byte; length]).collect();
            let mut inbound = receiver(profile, 0, &mkis[0]);
            for byte in 1..3_u8 {
                let key = other_key(profile, byte).with_mki(&mkis[usize::from(byte)]);
                inbound.add_key(&key).unwrap();
            }
            for (byte, mki) in (0..3_u8).zip(&mkis).rev() {
                let ssrc = u32::from(byte);
                let mut outbound = sender(profile, byte, mki);
                assert_eq!(outbound.rtp_overhead(), profile.rtp_overhead() + length);
                assert_eq!(outbound.rtcp_overhead(), profile.rtcp_overhead() + length);
                let packet = protected_rtp(&mut outbound, ssrc, 1);
                let is_aead = profile.name().starts_with("AEAD");
                let behind = if is_aead { 0 } else { profile.rtp_overhead() };
                assert!(packet[..packet.len() - behind].ends_with(mki));
                assert_eq!(opened(&mut inbound, &packet), Ok(rtp(ssrc, 1)));
                let packet = protected_rtcp(&mut outbound, ssrc);
                let behind = if is_aead { 0 } else { 10 };
                assert!(packet[..packet.len() - behind].ends_with(mki));
                assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(ssrc)));
            }
            assert_eq!(inbound.dropped().total(), 0);
        }
    }
}

#[test]
fn a_packet_under_an_unknown_key_is_dropped_and_counted() {
    for profile in PROFILES {
        let mut inbound = receiver(profile, 0, b"known");
        let mut outbound = sender(profile, 0, b"other");
        let packet = protected_rtp(&mut outbound, SSRC, 1);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::UnknownKey));
        let packet = protected_rtcp(&mut outbound, SSRC);
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::UnknownKey));
        assert_eq!(inbound.dropped().get(Dropped::UnknownKey), 2);
        assert_eq!(inbound.next_rtp_index(SSRC), None);
        // An identifier that is known, and the wrong key.
        let mut outbound = sender(profile, 1, b"known");
        let packet = protected_rtp(&mut outbound, SSRC, 1);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::NotAuthentic));
        let packet = protected_rtcp(&mut outbound, SSRC);
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::NotAuthentic));
    }
}

#[test]
fn identifiers_that_do_not_fit_are_refused() {
    for profile in PROFILES {
        let provider = ring::provider();
        let too_long = key(profile).with_mki(&[1; MAX_MKI_LEN + 1]);
        let refused = KeyError::MkiLength { expected: MAX_MKI_LEN, actual: MAX_MKI_LEN + 1 };
        assert_eq!(Outbound::new(&provider, profile, &too_long).unwrap_err(), refused);
        assert_eq!(Inbound::new(&provider, profile, &too_long).unwrap_err(), refused);
        let mut inbound = receiver(profile, 0, b"mki0");
        for mki in [b"".as_slice(), b"mki", b"mki00"] {
            let refused = inbound.add_key(&other_key(profile, 1).with_mki(mki));
            assert_eq!(refused, Err(KeyError::MkiLength { expected: 4, actual: mki.len() }));
        }
        let refused = inbound.add_key(&other_key(profile, 1).with_mki(b"mki0"));
        assert_eq!(refused, Err(KeyError::MkiInUse));
        let refused = receiver(profile, 0, b"").add_key(&other_key(profile, 1).with_mki(b"m"));
        assert_eq!(refused, Err(KeyError::MkiLength { expected: 0, actual: 1 }));
        // Everything is as it was.
        let packet = protected_rtp(&mut sender(profile, 0, b"mki0"), SSRC, 1);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 1)));
    }
}

#[test]
fn there_are_as_many_keys_as_the_limit_and_one_more_is_refused() {
    for profile in PROFILES {
        let mut inbound = receiver(profile, 0, &[0]);
        let key = |byte| other_key(profile, byte).with_mki(&[byte]);
        for byte in 1..MAX_KEYS as u8 {
            inbound.add_key(&key(byte)).unwrap();
        }
        let one_more = MAX_KEYS as u8;
        assert_eq!(inbound.add_key(&key(one_more)), Err(KeyError::TooManyKeys));
        for byte in 0..one_more {
            let packet = protected_rtp(&mut sender(profile, byte, &[byte]), byte.into(), 1);
            assert!(opened(&mut inbound, &packet).is_ok());
        }
        assert!(inbound.remove_key(&[3]));
        assert!(!inbound.remove_key(&[3]));
        inbound.add_key(&key(one_more)).unwrap();
        let packet = protected_rtp(&mut sender(profile, 3, &[3]), 99, 1);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::UnknownKey));
        let packet = protected_rtp(&mut sender(profile, one_more, &[one_more]), 99, 1);
        assert!(opened(&mut inbound, &packet).is_ok());
        inbound.forget_old_keys();
        assert!(!inbound.remove_key(&[one_more]), "the last key stays");
        let packet = protected_rtp(&mut sender(profile, 0, &[0]), 100, 1);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::UnknownKey));
    }
}

// A stream keeps the session keys of its latest packet. Those of a key that was removed must not
// come back with the next one.
#[test]
fn nothing_derived_from_a_removed_key_is_used_for_another() {
    for profile in PROFILES {
        let config = Config { key_derivation_rate: 16, ..Config::default() };
        let provider = ring::provider();
        let key = |byte: u8| other_key(profile, byte).with_mki(&[byte]);
        let mut inbound = Inbound::with_config(&provider, profile, &key(0), config).unwrap();
        let mut outbound = Outbound::with_config(&provider, profile, &key(1), config).unwrap();
        inbound.add_key(&key(1)).unwrap();
        outbound.resume_rtcp(SSRC, 20).unwrap();
        for sequence_number in [20, 21] {
            let packet = protected_rtp(&mut outbound, SSRC, sequence_number);
            assert!(opened(&mut inbound, &packet).is_ok());
            assert!(opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, SSRC)).is_ok());
        }

        // What somebody makes with the removed key, under the name of its successor.
        let mut forger = outbound;
        forger.rekey(&other_key(profile, 1).with_mki(&[2])).unwrap();
        let forged = protected_rtp(&mut forger, SSRC, 22);
        let forged_rtcp = protected_rtcp(&mut forger, SSRC);
        let mut outbound = Outbound::with_config(&provider, profile, &key(2), config).unwrap();
        outbound.resume_rtp(SSRC, 23).unwrap();
        outbound.resume_rtcp(SSRC, 23).unwrap();

        assert!(inbound.remove_key(&[1]));
        inbound.add_key(&key(2)).unwrap();
        assert_eq!(opened(&mut inbound, &forged), Err(Dropped::NotAuthentic));
        assert_eq!(opened_rtcp(&mut inbound, &forged_rtcp), Err(Dropped::NotAuthentic));
        let packet = protected_rtp(&mut outbound, SSRC, 23);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 23)));
        let packet = protected_rtcp(&mut outbound, SSRC);
        assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(SSRC)));
    }
}

// rfc3711 §3.3.1: a change of keys leaves the indices as they are.
#[test]
fn no_packet_is_lost_when_the_receiver_has_the_next_key_first() {
    for setup in Setup::all().into_iter().filter(|setup| setup.mki.is_empty()) {
        let (mut outbound, mut inbound) = setup.pair();
        let next = other_key(setup.profile, 0x33);
        let send = |outbound: &mut Outbound, sequence_number| {
            let (plain, mut packet) =
                (rich_rtp(SSRC, sequence_number), rich_rtp(SSRC, sequence_number));
            outbound.protect_rtp(&mut packet).unwrap();
            (plain, packet, protected_rtcp(outbound, SSRC))
        };
        let old: Vec<_> = (65_530..=65_535).map(|number| send(&mut outbound, number)).collect();
        inbound.add_key(&next).unwrap();
        outbound.rekey(&next).unwrap();
        let new: Vec<_> = (0..6).map(|number| send(&mut outbound, number)).collect();
        assert_eq!(outbound.rollover_counter(SSRC), Some(1));
        assert_eq!(outbound.next_rtcp_index(SSRC), Some(12));

        // Under the old key: before the change, with those under the new one between, and late.
        for (plain, packet, rtcp_packet) in [&old[0], &new[1], &old[3], &new[0], &old[5]] {
            assert_eq!(opened(&mut inbound, packet).as_ref(), Ok(plain), "{setup:?}");
            assert_eq!(opened_rtcp(&mut inbound, rtcp_packet), Ok(rtcp(SSRC)));
        }
        // R6: a change of keys is no way to deliver something twice.
        for (_, packet, rtcp_packet) in [&old[0], &new[1]] {
            assert_eq!(opened(&mut inbound, packet), Err(Dropped::Replayed));
            assert_eq!(opened_rtcp(&mut inbound, rtcp_packet), Err(Dropped::Replayed));
        }
        inbound.forget_old_keys();
        let (_, packet, rtcp_packet) = &old[4];
        assert_eq!(opened(&mut inbound, packet), Err(Dropped::NotAuthentic));
        assert_eq!(opened_rtcp(&mut inbound, rtcp_packet), Err(Dropped::NotAuthentic));
        let (plain, packet, rtcp_packet) = &new[3];
        assert_eq!(opened(&mut inbound, packet).as_ref(), Ok(plain));
        assert_eq!(opened_rtcp(&mut inbound, rtcp_packet), Ok(rtcp(SSRC)));
    }
}

#[test]
fn what_is_sent_before_the_receiver_has_the_key_is_lost_and_nothing_else() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 1)).unwrap();
        outbound.rekey(&other_key(profile, 0x33)).unwrap();
        let early = protected_rtp(&mut outbound, SSRC, 2);
        assert_eq!(opened(&mut inbound, &early), Err(Dropped::NotAuthentic));
        inbound.add_key(&other_key(profile, 0x33)).unwrap();
        assert_eq!(opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 3)), Ok(rtp(SSRC, 3)));
        // Had it been kept, it could be opened now.
        assert_eq!(opened(&mut inbound, &early), Ok(rtp(SSRC, 2)));
    }
}

#[test]
fn a_third_key_makes_the_first_forgotten() {
    for profile in PROFILES {
        let mut inbound = receiver(profile, 1, b"");
        let packets: Vec<_> = (1..=4)
            .map(|byte| protected_rtp(&mut sender(profile, byte, b""), byte.into(), 7))
            .collect();
        inbound.add_key(&other_key(profile, 2)).unwrap();
        inbound.add_key(&other_key(profile, 3)).unwrap();
        assert_eq!(opened(&mut inbound, &packets[0]), Err(Dropped::NotAuthentic));
        assert_eq!(opened(&mut inbound, &packets[1]), Ok(rtp(2, 7)));
        assert_eq!(opened(&mut inbound, &packets[2]), Ok(rtp(3, 7)));
        inbound.add_key(&other_key(profile, 4)).unwrap();
        let again = protected_rtp(&mut sender(profile, 2, b""), 22, 7);
        assert_eq!(opened(&mut inbound, &again), Err(Dropped::NotAuthentic));
        assert_eq!(opened(&mut inbound, &packets[3]), Ok(rtp(4, 7)));
    }
}

// An AEAD destroys what it fails to open: with two keys and a wrap unseen there are four tries.
#[test]
fn a_packet_survives_the_tries_that_fail() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        inbound.add_key(&other_key(profile, 0x33)).unwrap();
        outbound.set_rollover_counter(SSRC, 1).unwrap();
        let packet = protected_rtp(&mut outbound, SSRC, 5);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 5)));
        let packet = protected_rtcp(&mut outbound, SSRC);
        assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(SSRC)));
        assert_eq!(inbound.dropped().total(), 0);
    }
}

#[test]
fn a_sender_may_change_to_a_key_with_another_identifier() {
    for profile in PROFILES {
        let mut outbound = sender(profile, 1, b"one!");
        let mut inbound = receiver(profile, 2, b"two!");
        protected_rtp(&mut outbound, SSRC, 1);
        // rfc3711 §3.1: its length is part of the context, and so the same for all keys.
        let refused = outbound.rekey(&other_key(profile, 2).with_mki(b"two")).unwrap_err();
        assert_eq!(refused, KeyError::MkiLength { expected: 4, actual: 3 });
        outbound.rekey(&other_key(profile, 2).with_mki(b"two!")).unwrap();
        assert_eq!(outbound.rtp_overhead(), profile.rtp_overhead() + 4);
        let packet = protected_rtp(&mut outbound, SSRC, 2);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 2)));
        // A key that does not fit leaves the one before.
        let short = lariat_srtp::MasterKey::new(&[1; 15], &[2; 14]);
        outbound.rekey(&short).unwrap_err();
        inbound.add_key(&short.with_mki(b"thre")).unwrap_err();
        let packet = protected_rtp(&mut outbound, SSRC, 3);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 3)));
    }
}
