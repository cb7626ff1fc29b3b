//! How keys end: after as many packets as they may protect, and with the last index.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{
    PROFILES, Setup, key, opened, opened_rtcp, other_key, pair, protected_rtcp, protected_rtp,
    rtcp, rtp,
};
use lariat_crypto::ring;
use lariat_srtp::limits::{MAX_EVENTS, RTCP_INDEX_END, RTP_INDEX_END};
use lariat_srtp::{Config, Event, KeyLifetime, Kind, Outbound, Profile, ProtectError, Slot};

const SSRC: u32 = 0xcafe_babe;
const EXHAUSTED: Result<(), ProtectError> = Err(ProtectError::KeyExhausted);

fn short_lived(profile: Profile, rtp: u64, rtcp: u32) -> Outbound {
    let config = Config { key_lifetime: KeyLifetime { rtp, rtcp }, ..Config::default() };
    Outbound::with_config(&ring::provider(), profile, &key(profile), config).unwrap()
}

fn events(outbound: &mut Outbound) -> Vec<Event> {
    std::iter::from_fn(|| outbound.poll_event()).collect()
}

/// A packet that is refused for the end of its key, and is as it was.
fn refused_rtp(outbound: &mut Outbound, ssrc: u32, sequence_number: u16) {
    let mut packet = rtp(ssrc, sequence_number);
    assert_eq!(outbound.protect_rtp(&mut packet), EXHAUSTED);
    assert_eq!(packet, rtp(ssrc, sequence_number));
}

fn refused_rtcp(outbound: &mut Outbound, ssrc: u32) {
    let mut packet = rtcp(ssrc);
    assert_eq!(outbound.protect_rtcp(&mut packet), EXHAUSTED);
    assert_eq!(packet, rtcp(ssrc));
}

// R12
// rfc3711 §9.2: the packets of each stream are counted, and another key is asked for in time.
#[test]
fn the_end_of_a_key_is_told_before_it_comes_and_when_it_is_there() {
    for profile in PROFILES {
        let mut outbound = short_lived(profile, 32, 16);
        for sequence_number in 0..29 {
            protected_rtp(&mut outbound, SSRC, sequence_number);
        }
        for _ in 0..14 {
            protected_rtcp(&mut outbound, SSRC);
        }
        assert_eq!(events(&mut outbound), []);
        protected_rtp(&mut outbound, SSRC, 29);
        let expiring = |kind| Event::KeyExpiring { ssrc: SSRC, kind };
        assert_eq!(events(&mut outbound), [expiring(Kind::Rtp)]);
        protected_rtcp(&mut outbound, SSRC);
        assert_eq!(events(&mut outbound), [expiring(Kind::Rtcp)]);
        protected_rtp(&mut outbound, SSRC, 30);
        protected_rtp(&mut outbound, SSRC, 31);
        protected_rtcp(&mut outbound, SSRC);
        assert_eq!(events(&mut outbound), []);
        for _ in 0..3 {
            refused_rtp(&mut outbound, SSRC, 32);
            refused_rtcp(&mut outbound, SSRC);
        }
        let exhausted = |kind| Event::KeyExhausted { ssrc: SSRC, kind };
        assert_eq!(events(&mut outbound), [exhausted(Kind::Rtp), exhausted(Kind::Rtcp)]);
        // Other streams have lives of their own.
        protected_rtp(&mut outbound, 1, 1);
        protected_rtcp(&mut outbound, 1);
        assert_eq!(events(&mut outbound), []);
    }
}

// R12
#[test]
fn another_key_lets_a_stream_go_on_where_it_was() {
    for profile in PROFILES {
        let mut outbound = short_lived(profile, 2, 1);
        let (_, mut inbound) = pair(profile);
        for sequence_number in [65_534, 65_535] {
            let packet = protected_rtp(&mut outbound, SSRC, sequence_number);
            opened(&mut inbound, &packet).unwrap();
        }
        opened_rtcp(&mut inbound, &protected_rtcp(&mut outbound, SSRC)).unwrap();
        refused_rtp(&mut outbound, SSRC, 0);
        refused_rtcp(&mut outbound, SSRC);
        events(&mut outbound);

        inbound.add_key(&other_key(profile, 0x33)).unwrap();
        outbound.rekey(&other_key(profile, 0x33)).unwrap();
        let packet = protected_rtp(&mut outbound, SSRC, 0);
        assert_eq!(opened(&mut inbound, &packet), Ok(rtp(SSRC, 0)));
        assert_eq!(inbound.rollover_counter(SSRC), Some(1));
        let packet = protected_rtcp(&mut outbound, SSRC);
        assert_eq!(opened_rtcp(&mut inbound, &packet), Ok(rtcp(SSRC)));
        assert_eq!(outbound.next_rtcp_index(SSRC), Some(2));
        // It tells its own end.
        protected_rtp(&mut outbound, SSRC, 1);
        refused_rtp(&mut outbound, SSRC, 2);
        let told = events(&mut outbound);
        assert!(told.contains(&Event::KeyExpiring { ssrc: SSRC, kind: Kind::Rtp }));
        assert!(told.contains(&Event::KeyExhausted { ssrc: SSRC, kind: Kind::Rtp }));
    }
}

// R12
#[test]
fn the_last_index_is_told_once_for_each_key() {
    for profile in PROFILES {
        let (mut outbound, _) = pair(profile);
        outbound.resume_rtp(SSRC, RTP_INDEX_END - 2).unwrap();
        outbound.resume_rtcp(SSRC, RTCP_INDEX_END - 2).unwrap();
        for sequence_number in [0xfffe, 0xffff] {
            protected_rtp(&mut outbound, SSRC, sequence_number);
            protected_rtcp(&mut outbound, SSRC);
        }
        assert_eq!(events(&mut outbound), []);
        let exhausted = |kind| Event::KeyExhausted { ssrc: SSRC, kind };
        for byte in 1..4 {
            for sequence_number in 0..3 {
                refused_rtp(&mut outbound, SSRC, sequence_number);
                refused_rtcp(&mut outbound, SSRC);
            }
            assert_eq!(events(&mut outbound), [exhausted(Kind::Rtp), exhausted(Kind::Rtcp)]);
            // rfc3711 §3.3.1: indices do not begin again with another key.
            outbound.rekey(&other_key(profile, byte)).unwrap();
        }
        protected_rtp(&mut outbound, 1, 1);
        protected_rtcp(&mut outbound, 1);
    }
}

// R12
#[test]
fn every_feature_holds_to_the_lifetime() {
    for mut setup in Setup::all() {
        setup.config.key_lifetime = KeyLifetime { rtp: 3, rtcp: 3 };
        let (mut outbound, _) = setup.pair();
        for sequence_number in 0..3 {
            protected_rtp(&mut outbound, SSRC, sequence_number);
            protected_rtcp(&mut outbound, SSRC);
        }
        refused_rtp(&mut outbound, SSRC, 3);
        refused_rtcp(&mut outbound, SSRC);
        assert_eq!(outbound.next_rtp_index(SSRC), Some(3));
        assert_eq!(outbound.next_rtcp_index(SSRC), Some(3));
    }
}

// R12
#[test]
fn a_run_ends_where_its_key_does() {
    for profile in PROFILES {
        let mut outbound = short_lived(profile, 3, 1);
        let room = rtp(SSRC, 0).len() + profile.rtp_overhead();
        let mut buffers: Vec<_> = (0..5_u16)
            .map(|number| {
                let mut buffer = rtp(SSRC, number);
                buffer.resize(room, 0);
                buffer
            })
            .collect();
        let length = rtp(SSRC, 0).len();
        let mut run: Vec<_> = buffers.iter_mut().map(|buffer| Slot::new(buffer, length)).collect();
        outbound.protect_rtp_run(&mut run);
        let is_protected: Vec<_> = run.iter().map(|slot| slot.result().is_ok()).collect();
        assert_eq!(is_protected, [true, true, true, false, false]);
        assert_eq!(run[3].result(), Err(ProtectError::KeyExhausted));
        assert_eq!(buffers[3][..length], rtp(SSRC, 3));
        let told = events(&mut outbound);
        assert_eq!(told.len(), 2, "{told:?}");
    }
}

#[test]
fn a_lifetime_outside_of_the_limits_is_brought_within() {
    for profile in PROFILES {
        let mut outbound = short_lived(profile, 0, 0);
        protected_rtp(&mut outbound, SSRC, 0);
        protected_rtcp(&mut outbound, SSRC);
        refused_rtp(&mut outbound, SSRC, 1);
        refused_rtcp(&mut outbound, SSRC);
        let mut outbound = short_lived(profile, u64::MAX, u32::MAX);
        outbound.resume_rtcp(SSRC, RTCP_INDEX_END).unwrap();
        outbound.resume_rtp(SSRC, RTP_INDEX_END).unwrap();
        refused_rtcp(&mut outbound, SSRC);
        refused_rtp(&mut outbound, SSRC, 0);
    }
}

#[test]
fn events_wait_up_to_the_limit() {
    let profile = Profile::AeadAes128Gcm;
    let config = Config { key_lifetime: KeyLifetime { rtp: 1, rtcp: 1 }, ..Config::default() };
    let provider = ring::provider();
    let mut outbound = Outbound::with_config(&provider, profile, &key(profile), config).unwrap();
    for ssrc in 0..=MAX_EVENTS as u32 {
        protected_rtp(&mut outbound, ssrc, 1);
    }
    let told = events(&mut outbound);
    assert_eq!(told.len(), MAX_EVENTS);
    let last = Event::KeyExpiring { ssrc: MAX_EVENTS as u32 - 1, kind: Kind::Rtp };
    assert_eq!(told.last(), Some(&last));
    // What is left out is not told later.
    protected_rtp(&mut outbound, 1_000, 1);
    let next = Event::KeyExpiring { ssrc: 1_000, kind: Kind::Rtp };
    assert_eq!(events(&mut outbound), [next]);
}
