//! Packets that somebody made to hurt. The names in comments are rows of the list of attacks.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{
    PROFILES, Setup, leaks, opened, opened_rtcp, pair, pair_with, protected_rtcp, protected_rtp,
    rich_rtp, rtcp, rtp,
};
use lariat_base::Seed;
use lariat_crypto::ring;
use lariat_srtp::limits::{MAX_PACKET_LEN, MAX_STREAMS, MAX_WINDOW, RTCP_INDEX_END, RTP_INDEX_END};
use lariat_srtp::{Config, Dropped, Event, Inbound, Kind, ProtectError, Slot};

const SSRC: u32 = 0xcafe_babe;

// R1
#[test]
fn packets_of_every_short_length_are_refused() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let (rtp_overhead, rtcp_overhead) = (outbound.rtp_overhead(), outbound.rtcp_overhead());
        for length in 0..64 {
            for fill in [0x00, 0x80, 0xff] {
                let mut packet = vec![fill; length];
                let too_short = length < 12 + rtp_overhead;
                let refused = inbound.unprotect_rtp(&mut packet.clone()).unwrap_err();
                assert_eq!(refused == Dropped::TooShort, too_short, "{length} of {fill:x}");
                let too_short = length < 8 + rtcp_overhead;
                let refused = inbound.unprotect_rtcp(&mut packet.clone()).unwrap_err();
                assert_eq!(refused == Dropped::TooShort, too_short, "{length} of {fill:x}");
                if length < 8 {
                    assert_eq!(outbound.protect_rtp(&mut packet), Err(ProtectError::Header));
                    assert_eq!(outbound.protect_rtcp(&mut packet), Err(ProtectError::Header));
                    assert_eq!(packet, vec![fill; length]);
                }
            }
        }
        assert_eq!(inbound.dropped().total(), 64 * 3 * 2);
    }
}

// R1
#[test]
fn a_run_of_packets_of_every_short_length_is_refused() {
    for setup in Setup::all() {
        let (outbound, mut inbound) = setup.pair();
        let too_short = 12 + outbound.rtp_overhead();
        let mut buffers: Vec<_> = (0..64).map(|length| vec![0x80; length]).collect();
        let mut run: Vec<_> =
            buffers.iter_mut().map(|buffer| Slot::new(buffer, usize::MAX)).collect();
        inbound.unprotect_rtp_run(&mut run);
        for (length, slot) in run.iter().enumerate() {
            let refused = slot.result().unwrap_err();
            assert_eq!(refused == Dropped::TooShort, length < too_short, "{length}");
        }
        assert_eq!(inbound.dropped().total(), 64);
        inbound.unprotect_rtp_run(&mut []);
    }
}

// R2
#[test]
fn a_header_that_reaches_into_the_tag_is_refused_before_any_cryptography() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let (body, overhead) = (12 + 16, outbound.rtp_overhead());
        let refuse = |inbound: &mut Inbound, packet: &[u8]| {
            assert_eq!(opened(inbound, packet), Err(Dropped::Header));
            let mut packet = packet.to_vec();
            let mut run = [Slot::new(&mut packet, usize::MAX)];
            inbound.unprotect_rtp_run(&mut run);
            assert_eq!(run[0].result(), Err(Dropped::Header));
        };
        let mut csrcs = vec![0; body + overhead];
        csrcs[0] = 0x8f;
        refuse(&mut inbound, &csrcs);
        for words in [65_535_u16, 4] {
            let mut extension = vec![0; body + overhead];
            extension[0] = 0x90;
            extension[12..14].copy_from_slice(&[0xbe, 0xde]);
            extension[14..16].copy_from_slice(&words.to_be_bytes());
            refuse(&mut inbound, &extension);
            // R2: also where Cryptex would move what is behind the end.
            extension[12..14].copy_from_slice(&[0xc0, 0xde]);
            refuse(&mut inbound, &extension);
            let mut unprotected = extension[..body].to_vec();
            assert_eq!(outbound.protect_rtp(&mut unprotected), Err(ProtectError::Header));
        }
        // One word less ends with the packet, and is a header.
        let mut extension = vec![0; body];
        extension[0] = 0x90;
        extension[12..16].copy_from_slice(&[0xbe, 0xde, 0, 3]);
        let plain = extension.clone();
        outbound.protect_rtp(&mut extension).unwrap();
        assert_eq!(opened(&mut inbound, &extension), Ok(plain));
    }
}

// R3
#[test]
fn a_packet_with_any_bit_flipped_is_refused_and_changes_nothing() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        for sequence_number in [65_534, 65_535] {
            let mut before = rich_rtp(SSRC, sequence_number);
            outbound.protect_rtp(&mut before).unwrap();
            opened(&mut inbound, &before).unwrap();
        }
        let (plain, plain_rtcp) = (rich_rtp(SSRC, 0), rtcp(SSRC));
        let mut genuine = plain.clone();
        outbound.protect_rtp(&mut genuine).unwrap();
        let genuine_rtcp = protected_rtcp(&mut outbound, SSRC);
        for bit in 0..8 * genuine.len() {
            let mut forged = genuine.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let mut again = forged.clone();
            inbound.unprotect_rtp(&mut forged).unwrap_err();
            assert!(!leaks(&plain, &genuine, &forged), "bit {bit} lets something out: {setup:?}");
            let mut run = [Slot::new(&mut again, usize::MAX)];
            inbound.unprotect_rtp_run(&mut run);
            run[0].result().unwrap_err();
            assert!(!leaks(&plain, &genuine, &again), "bit {bit} lets something out: {setup:?}");
        }
        for bit in 0..8 * genuine_rtcp.len() {
            let mut forged = genuine_rtcp.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            inbound.unprotect_rtcp(&mut forged).unwrap_err();
            assert!(!leaks(&plain_rtcp, &genuine_rtcp, &forged), "bit {bit}: {setup:?}");
        }
        assert_eq!(inbound.next_rtp_index(SSRC), Some(1 << 16));
        let forgeries = 8 * (2 * genuine.len() + genuine_rtcp.len()) as u64;
        assert_eq!(inbound.dropped().total(), forgeries);
        assert_eq!(inbound.poll_event(), None);
        assert_eq!(opened(&mut inbound, &genuine), Ok(plain));
        assert_eq!(opened_rtcp(&mut inbound, &genuine_rtcp), Ok(rtcp(SSRC)));
    }
}

// R4
#[test]
fn a_staircase_of_forged_sequence_numbers_does_not_move_the_rollover_counter() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 100)).unwrap();
        let mut sequence_number = 100_u16;
        for _ in 0..1_000 {
            sequence_number = sequence_number.wrapping_add(32_767);
            let mut forged = rtp(SSRC, sequence_number);
            // An identifier where one is expected, and zeros for a tag.
            let is_aead = setup.profile.name().starts_with("AEAD");
            let tag = vec![0; setup.profile.rtp_overhead()];
            forged.extend(if is_aead { [&tag, setup.mki] } else { [setup.mki, &tag] }.concat());
            assert_ne!(inbound.unprotect_rtp(&mut forged), Err(Dropped::UnknownKey));
        }
        assert_eq!(inbound.next_rtp_index(SSRC), Some(101));
        assert_eq!(inbound.dropped().total(), 1_000);
        let genuine = protected_rtp(&mut outbound, SSRC, 101);
        assert_eq!(opened(&mut inbound, &genuine), Ok(rtp(SSRC, 101)));
    }
}

// R5
#[test]
fn a_stream_that_wraps_while_its_beginning_is_lost_is_received() {
    for setup in Setup::all() {
        for lost in 1..=10 {
            let (mut outbound, mut inbound) = setup.pair();
            let packets: Vec<_> = (0..12_u16)
                .map(|step| protected_rtp(&mut outbound, SSRC, 65_530_u16.wrapping_add(step)))
                .collect();
            for packet in &packets[lost..] {
                opened(&mut inbound, packet).unwrap();
            }
            // The others were only late.
            for packet in &packets[..lost] {
                opened(&mut inbound, packet).unwrap();
            }
            for packet in &packets {
                assert_eq!(opened(&mut inbound, packet), Err(Dropped::Replayed));
            }
            assert_eq!(inbound.next_rtp_index(SSRC), outbound.next_rtp_index(SSRC));
        }
    }
}

// R5
#[test]
fn reception_goes_on_after_a_gap_of_up_to_the_whole_circle() {
    for profile in PROFILES {
        for begin in [0_u64, 1, 40_000, 65_535, 65_536, 200_000] {
            for gap in [1_u64 << 14, (1 << 15) - 1, 1 << 15, (1 << 15) + 1, 60_000, 1 << 16] {
                let (mut outbound, mut inbound) = pair(profile);
                inbound.resume_rtp(SSRC, begin).unwrap();
                for index in [begin, begin + gap, begin + gap + 1] {
                    outbound.resume_rtp(SSRC, index).unwrap();
                    let packet = protected_rtp(&mut outbound, SSRC, index as u16);
                    let opened = opened(&mut inbound, &packet);
                    assert_eq!(opened, Ok(rtp(SSRC, index as u16)), "{begin} and {gap}");
                }
                assert_eq!(inbound.next_rtp_index(SSRC), Some(begin + gap + 2));
            }
        }
    }
}

// R6
#[test]
fn each_packet_is_received_once_whatever_the_window() {
    for mut setup in Setup::all() {
        for window in [64, 128, 1_024] {
            setup.config.rtp_window = window;
            let (mut outbound, mut inbound) = setup.pair();
            // Across a wrap.
            let packets: Vec<_> = (0..window as u16 + 2)
                .map(|step| protected_rtp(&mut outbound, SSRC, 65_500_u16.wrapping_add(step)))
                .collect();
            let (last, others) = packets.split_last().unwrap();
            opened(&mut inbound, last).unwrap();
            for (age, packet) in (1..).zip(others.iter().rev()) {
                let expected = if age < window { Ok(()) } else { Err(Dropped::Stale) };
                assert_eq!(opened(&mut inbound, packet).map(drop), expected, "{age} of {window}");
            }
            for packet in packets.iter().rev().take(window) {
                assert_eq!(opened(&mut inbound, packet), Err(Dropped::Replayed));
            }
            assert_eq!(inbound.dropped().get(Dropped::Stale), 2);
        }
    }
}

// R6
#[test]
fn windows_outside_of_the_limits_are_brought_within() {
    for (asked, given) in [(0, 64), (65, 128), (1_024, 1_024), (8_193, 16_384)] {
        let config = Config { rtp_window: asked, ..Config::default() };
        let (mut outbound, mut inbound) = pair_with(&ring::provider(), PROFILES[1], config);
        let old = protected_rtp(&mut outbound, SSRC, 1_000);
        let older = protected_rtp(&mut outbound, SSRC, 999);
        opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 999 + given)).unwrap();
        assert_eq!(opened(&mut inbound, &older), Err(Dropped::Stale));
        assert!(opened(&mut inbound, &old).is_ok());
    }
}

// R6
#[test]
fn the_largest_window_reaches_as_far_as_sequence_numbers_tell() {
    for asked in [MAX_WINDOW, usize::MAX] {
        let config = Config { rtp_window: asked, ..Config::default() };
        let (mut outbound, mut inbound) = pair_with(&ring::provider(), PROFILES[1], config);
        let old = protected_rtp(&mut outbound, SSRC, 1_000);
        opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 1_000 + 32_767)).unwrap();
        assert!(opened(&mut inbound, &old).is_ok());
        assert_eq!(opened(&mut inbound, &old), Err(Dropped::Replayed));
    }
}

// R7
#[test]
fn replayed_and_late_rtcp_is_dropped() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let packets: Vec<_> = (0..130).map(|_| protected_rtcp(&mut outbound, SSRC)).collect();
        opened_rtcp(&mut inbound, &packets[129]).unwrap();
        assert_eq!(opened_rtcp(&mut inbound, &packets[129]), Err(Dropped::Replayed));
        assert_eq!(opened_rtcp(&mut inbound, &packets[1]), Err(Dropped::Stale));
        assert_eq!(opened_rtcp(&mut inbound, &packets[2]), Ok(rtcp(SSRC)));
        assert_eq!(opened_rtcp(&mut inbound, &packets[2]), Err(Dropped::Replayed));
        // RTP has a list of its own.
        let packet = protected_rtp(&mut outbound, SSRC, 1);
        assert!(opened(&mut inbound, &packet).is_ok());
    }
}

// R7
#[test]
fn rtcp_that_is_not_encrypted_is_dropped() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let mut packet = protected_rtcp(&mut outbound, SSRC);
        let is_aead = setup.profile.name().starts_with("AEAD");
        let word = packet.len() - setup.mki.len() - if is_aead { 4 } else { 14 };
        assert_eq!(packet[word], 0x80);
        packet[word] = 0;
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::Unencrypted));
    }
}

// R8
#[test]
fn a_tag_of_another_length_is_refused() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let packet = protected_rtp(&mut outbound, SSRC, 1);
        let rtcp_packet = protected_rtcp(&mut outbound, SSRC);
        for missing in 1..=outbound.rtp_overhead() {
            opened(&mut inbound, &packet[..packet.len() - missing]).unwrap_err();
            opened_rtcp(&mut inbound, &rtcp_packet[..rtcp_packet.len() - missing]).unwrap_err();
        }
        for added in 1..=16 {
            let longer = |packet: &[u8]| [packet, &vec![0; added]].concat();
            opened(&mut inbound, &longer(&packet)).unwrap_err();
            opened_rtcp(&mut inbound, &longer(&rtcp_packet)).unwrap_err();
        }
        assert!(opened(&mut inbound, &packet).is_ok());
        assert!(opened_rtcp(&mut inbound, &rtcp_packet).is_ok());
    }
}

// R8
#[test]
fn a_short_tag_does_not_pass_for_a_long_one_nor_the_other_way_round() {
    for (long, short) in [(PROFILES[0], PROFILES[1]), (PROFILES[2], PROFILES[3])] {
        let ((mut long_out, mut long_in), (mut short_out, mut short_in)) =
            (pair(long), pair(short));
        let packet = protected_rtp(&mut short_out, SSRC, 1);
        assert_eq!(opened(&mut long_in, &packet), Err(Dropped::NotAuthentic));
        let packet = protected_rtp(&mut long_out, SSRC, 1);
        assert_eq!(opened(&mut short_in, &packet), Err(Dropped::NotAuthentic));
        // RTCP has the long one with both, and none that is shorter.
        let packet = protected_rtcp(&mut long_out, SSRC);
        assert_eq!(opened_rtcp(&mut short_in, &packet), Ok(rtcp(SSRC)));
        let packet = protected_rtcp(&mut short_out, SSRC);
        assert_eq!(opened_rtcp(&mut short_in, &packet[..packet.len() - 6]).ok(), None);
    }
}

// R9; `allocation.rs` sends a million, and finds nothing allocated.
#[test]
fn forged_packets_begin_no_stream() {
    for mut setup in Setup::all() {
        setup.config.max_streams = 1;
        let (mut outbound, mut inbound) = setup.pair();
        let mut rng = Seed::new([1; 32]).rng();
        for _ in 0..2_000 {
            let mut forged = rtp(rng.u32(), rng.u16());
            forged.extend(rng.array::<16>());
            inbound.unprotect_rtp(&mut forged).unwrap_err();
            let mut forged = [rtcp(rng.u32()), vec![0xff; 20]].concat();
            inbound.unprotect_rtcp(&mut forged).unwrap_err();
        }
        assert_eq!(inbound.poll_event(), None);
        assert!(opened(&mut inbound, &protected_rtp(&mut outbound, SSRC, 1)).is_ok());
        assert!(opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, SSRC)).is_ok());
    }
}

// R9
#[test]
fn streams_past_the_limit_are_refused_and_the_others_go_on() {
    for profile in PROFILES {
        let (mut outbound, _) = pair(profile);
        let config = Config { max_streams: 3, max_retired_streams: 0, ..Config::default() };
        let (mut limited, mut inbound) = pair_with(&ring::provider(), profile, config);
        for ssrc in 1..=3 {
            assert!(opened(&mut inbound, &protected_rtp(&mut outbound, ssrc, 1)).is_ok());
            assert!(opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, ssrc)).is_ok());
            protected_rtp(&mut limited, ssrc, 1);
            protected_rtcp(&mut limited, ssrc);
        }
        let packet = protected_rtp(&mut outbound, 4, 1);
        assert_eq!(opened(&mut inbound, &packet), Err(Dropped::TooManyStreams));
        let packet = protected_rtcp(&mut outbound, 4);
        assert_eq!(opened_rtcp(&mut inbound, &packet), Err(Dropped::TooManyStreams));
        assert_eq!(inbound.resume_rtp(4, 0), Err(Dropped::TooManyStreams));
        let (mut packet, refused) = (rtp(4, 1), Err(ProtectError::TooManyStreams));
        assert_eq!(limited.protect_rtp(&mut packet), refused);
        assert_eq!(packet, rtp(4, 1));
        assert_eq!(limited.protect_rtcp(&mut rtcp(4)), refused);
        assert_eq!(limited.resume_rtp(4, 0), refused);
        assert_eq!(limited.resume_rtcp(4, 0), refused);
        assert!(opened(&mut inbound, &protected_rtp(&mut outbound, 1, 2)).is_ok());
        protected_rtp(&mut limited, 1, 2);
    }
}

// R9
#[test]
fn streams_past_the_limit_are_told_once_until_that_is_taken() {
    for mut setup in Setup::all() {
        setup.config.max_streams = 2;
        setup.config.max_retired_streams = 0;
        let (mut unlimited, mut inbound) = (setup.clone(), setup.inbound());
        unlimited.config.max_streams = 1_024;
        let mut outbound = unlimited.outbound();
        for ssrc in 0..2 {
            assert!(opened(&mut inbound, &protected_rtp(&mut outbound, ssrc, 1)).is_ok());
            assert!(opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, ssrc)).is_ok());
        }
        for kind in [Kind::Rtp, Kind::Rtcp] {
            for ssrc in 2..200 {
                // One alone, and one in a run.
                let mut packet = protected_rtp(&mut outbound, ssrc, 1);
                match kind {
                    Kind::Rtp if ssrc % 2 == 0 => {
                        let refused = inbound.unprotect_rtp(&mut packet);
                        assert_eq!(refused, Err(Dropped::TooManyStreams));
                    }
                    Kind::Rtp => {
                        let mut run = [Slot::new(&mut packet, usize::MAX)];
                        inbound.unprotect_rtp_run(&mut run);
                        assert_eq!(run[0].result(), Err(Dropped::TooManyStreams));
                    }
                    Kind::Rtcp => {
                        packet = protected_rtcp(&mut outbound, ssrc);
                        let refused = inbound.unprotect_rtcp(&mut packet);
                        assert_eq!(refused, Err(Dropped::TooManyStreams));
                    }
                }
                assert!(packet.iter().all(|byte| *byte == 0), "nothing decrypted is left");
                assert_eq!(inbound.next_rtp_index(ssrc), None);
                outbound = unlimited.outbound();
            }
            assert_eq!(inbound.poll_event(), Some(Event::TooManyStreams { ssrc: 2, kind }));
            assert_eq!(inbound.poll_event(), None);
        }
        assert_eq!(inbound.dropped().get(Dropped::TooManyStreams), 2 * 198);
    }
}

#[test]
fn no_configuration_allows_more_streams_than_the_limit() {
    let max_streams = usize::MAX;
    let config = Config { max_streams, max_retired_streams: 0, ..Config::default() };
    let (mut outbound, mut inbound) = pair_with(&ring::provider(), PROFILES[0], config);
    for ssrc in 0..MAX_STREAMS as u32 {
        outbound.resume_rtp(ssrc, 0).unwrap();
        inbound.resume_rtp(ssrc, 0).unwrap();
    }
    let refused = outbound.resume_rtp(u32::MAX, 0);
    assert_eq!(refused, Err(ProtectError::TooManyStreams));
    assert_eq!(inbound.resume_rtp(u32::MAX, 0), Err(Dropped::TooManyStreams));
}

// R11
#[test]
fn two_local_senders_of_one_ssrc_are_found_out_before_an_iv_repeats() {
    for profile in PROFILES {
        let (mut outbound, _) = pair(profile);
        for sequence_number in 0..10 {
            protected_rtp(&mut outbound, SSRC, sequence_number);
        }
        let mut other = rtp(SSRC, 5);
        other[1] = 97;
        let unchanged = other.clone();
        assert_eq!(outbound.protect_rtp(&mut other), Err(ProtectError::Replayed));
        assert_eq!(other, unchanged);
        protected_rtp(&mut outbound, SSRC, 500);
        assert_eq!(outbound.protect_rtp(&mut rtp(SSRC, 11)), Err(ProtectError::Stale));
    }
}

// R12
#[test]
fn a_key_ends_with_its_last_index() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        outbound.resume_rtp(SSRC, RTP_INDEX_END - 1).unwrap();
        inbound.resume_rtp(SSRC, RTP_INDEX_END - 1).unwrap();
        let last = protected_rtp(&mut outbound, SSRC, 0xffff);
        assert!(opened(&mut inbound, &last).is_ok());
        for sequence_number in [0, 1, 0x7000] {
            let mut packet = rtp(SSRC, sequence_number);
            assert_eq!(outbound.protect_rtp(&mut packet), Err(ProtectError::KeyExhausted));
            assert_eq!(packet, rtp(SSRC, sequence_number));
            let forged = [packet, vec![0; 16]].concat();
            assert_eq!(opened(&mut inbound, &forged), Err(Dropped::KeyExhausted));
        }
        outbound.resume_rtcp(SSRC, RTCP_INDEX_END - 1).unwrap();
        protected_rtcp(&mut outbound, SSRC);
        for _ in 0..2 {
            assert_eq!(outbound.protect_rtcp(&mut rtcp(SSRC)), Err(ProtectError::KeyExhausted));
        }
        let exhausted = Err(ProtectError::KeyExhausted);
        assert_eq!(outbound.resume_rtp(SSRC, RTP_INDEX_END + 1), exhausted);
        assert_eq!(outbound.resume_rtcp(SSRC, RTCP_INDEX_END + 1), exhausted);
        assert_eq!(inbound.resume_rtp(SSRC, RTP_INDEX_END + 1), Err(Dropped::KeyExhausted));
        // Other streams have indices of their own.
        protected_rtp(&mut outbound, 1, 1);
        protected_rtcp(&mut outbound, 1);
    }
}

#[test]
fn a_resumed_stream_never_goes_back() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let packet = protected_rtp(&mut outbound, SSRC, 70);
        opened(&mut inbound, &packet).unwrap();
        protected_rtcp(&mut outbound, SSRC);
        assert_eq!(outbound.resume_rtp(SSRC, 70), Err(ProtectError::Stale));
        assert_eq!(outbound.resume_rtcp(SSRC, 0), Err(ProtectError::Stale));
        assert_eq!(inbound.resume_rtp(SSRC, 70), Err(Dropped::Stale));
        outbound.resume_rtp(SSRC, 71).unwrap();
        assert_eq!(outbound.protect_rtp(&mut rtp(SSRC, 69)), Err(ProtectError::Replayed));
        assert_eq!(outbound.next_rtcp_index(SSRC), Some(1));
    }
}

// R13
#[test]
fn plaintext_is_dropped() {
    for setup in Setup::all() {
        let (_, mut inbound) = setup.pair();
        let plain = [rtp(SSRC, 1), vec![0; 100]].concat();
        opened(&mut inbound, &plain).unwrap_err();
        let plain = [rtcp(SSRC), rtcp(SSRC), rtcp(SSRC)].concat();
        opened_rtcp(&mut inbound, &plain).unwrap_err();
        assert_eq!(inbound.dropped().total(), 2);
        assert_eq!(inbound.next_rtp_index(SSRC), None);
    }
}

// R15
#[test]
fn a_packet_of_the_longest_datagram_is_protected_and_one_more_byte_is_not() {
    for setup in Setup::all() {
        let (mut outbound, mut inbound) = setup.pair();
        let room = MAX_PACKET_LEN - outbound.rtp_overhead();
        let mut packet = rich_rtp(SSRC, 1);
        packet.resize(room + 1, 7);
        let unchanged = packet.clone();
        assert_eq!(outbound.protect_rtp(&mut packet), Err(ProtectError::TooLong));
        assert_eq!(packet, unchanged);
        // In place: the same bytes of memory, from one end to the other.
        packet.resize(MAX_PACKET_LEN, 0);
        assert_eq!(outbound.protect_rtp_in(&mut packet, room), Ok(MAX_PACKET_LEN));
        assert_ne!(packet[room - 100..room], unchanged[room - 100..room]);
        assert_eq!(inbound.unprotect_rtp(&mut packet), Ok(room));
        assert_eq!(packet[..room], unchanged[..room]);

        let room = MAX_PACKET_LEN - outbound.rtcp_overhead();
        let mut packet = rtcp(SSRC);
        packet.resize(room + 1, 7);
        let unchanged = packet.clone();
        assert_eq!(outbound.protect_rtcp(&mut packet), Err(ProtectError::TooLong));
        assert_eq!(packet, unchanged);
        packet.resize(MAX_PACKET_LEN, 0);
        assert_eq!(outbound.protect_rtcp_in(&mut packet, room), Ok(MAX_PACKET_LEN));
        assert_eq!(inbound.unprotect_rtcp(&mut packet), Ok(room));
        assert_eq!(packet[..room], unchanged[..room]);

        let too_long = vec![0x80; MAX_PACKET_LEN + 1];
        assert_eq!(opened(&mut inbound, &too_long), Err(Dropped::TooLong));
        assert_eq!(opened_rtcp(&mut inbound, &too_long), Err(Dropped::TooLong));
    }
}

#[test]
fn one_directions_packets_do_not_pass_as_the_others() {
    // A reflected packet was made with the other key.
    for profile in PROFILES {
        let (mut outbound, _) = pair(profile);
        let other = lariat_srtp::MasterKey::new(
            &[0x33; 32][..profile.key_len()],
            &[0x22; 14][..profile.salt_len()],
        );
        let provider = ring::provider();
        let mut inbound = Inbound::new(&provider, profile, &other).unwrap();
        let reflected = protected_rtp(&mut outbound, SSRC, 1);
        assert_eq!(opened(&mut inbound, &reflected), Err(Dropped::NotAuthentic));
    }
}
