//! No key is used twice with the same IV, whatever the sending side is asked to do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
mod recording;

use std::sync::{Arc, Mutex};

use common::{PROFILES, rich_rtp, rtcp, rtp};
use lariat_crypto::{Provider, fake};
use lariat_srtp::{
    Config, Cryptex, ExtensionIds, KeyLifetime, KeyingMaterial, MasterKey, Outbound, Profile, Slot,
};
use proptest::prelude::*;
use recording::{Log, Recording};

/// Two streams and their repairs (RTX), which have sequence numbers of their own.
const STREAMS: u32 = 4;

/// How many master keys there are to change to.
const KEYS: u8 = 3;

#[derive(Clone, Copy, Debug)]
enum Command {
    Rtp {
        ssrc: u32,
        sequence_number: u16,
        is_rich: bool,
    },
    Run {
        ssrc: u32,
        sequence_number: u16,
        count: u16,
    },
    Rtcp {
        ssrc: u32,
    },
    ResumeRtp {
        ssrc: u32,
        next: u64,
    },
    ResumeRtcp {
        ssrc: u32,
        next: u32,
    },
    SetRolloverCounter {
        ssrc: u32,
        counter: u32,
    },
    /// To a new key, or to one that was used before.
    Rekey {
        key: u8,
    },
    /// Goes on in another value, with what this one tells.
    HandOver,
}

/// Few streams and few places, so that they meet.
fn command() -> impl Strategy<Value = Command> {
    let ssrc = || 0..STREAMS;
    let sequence_number =
        || prop_oneof![0_u16..8, 65_530_u16..=65_535, 32_760_u16..32_776, 0_u16..200];
    prop_oneof![
        16 => (ssrc(), sequence_number(), any::<bool>()).prop_map(
            |(ssrc, sequence_number, is_rich)| Command::Rtp { ssrc, sequence_number, is_rich }
        ),
        3 => (ssrc(), sequence_number(), 1_u16..40).prop_map(
            |(ssrc, sequence_number, count)| Command::Run { ssrc, sequence_number, count }
        ),
        6 => ssrc().prop_map(|ssrc| Command::Rtcp { ssrc }),
        1 => (ssrc(), 0_u64..200_000).prop_map(|(ssrc, next)| Command::ResumeRtp { ssrc, next }),
        1 => (ssrc(), 0_u32..8).prop_map(|(ssrc, next)| Command::ResumeRtcp { ssrc, next }),
        2 => (ssrc(), 0_u32..4)
            .prop_map(|(ssrc, counter)| Command::SetRolloverCounter { ssrc, counter }),
        2 => (0..KEYS).prop_map(|key| Command::Rekey { key }),
        2 => Just(Command::HandOver),
    ]
}

fn config() -> impl Strategy<Value = Config> {
    let rate = prop::sample::select(vec![0_u32, 1, 2, 16]);
    let lifetime = prop_oneof![Just(KeyLifetime::default()), Just(KeyLifetime { rtp: 9, rtcp: 4 })];
    // Places for all streams, or for so few that they are retired and come back all the time.
    let places = prop_oneof![Just((1_024, 16_384)), (1_usize..4, 0_usize..4)];
    (rate, lifetime, places, any::<bool>(), any::<bool>()).prop_map(
        |(key_derivation_rate, key_lifetime, places, is_cryptex, is_rfc6904)| Config {
            max_streams: places.0,
            max_retired_streams: places.1,
            key_derivation_rate,
            key_lifetime,
            cryptex: if is_cryptex { Cryptex::On } else { Cryptex::Off },
            encrypted_extensions: match is_rfc6904 {
                true => ExtensionIds::NONE.with(1).with(3),
                false => ExtensionIds::NONE,
            },
            ..Config::default()
        },
    )
}

/// What a handshake exported.
fn exported(profile: Profile, key: u8) -> Vec<u8> {
    let length = KeyingMaterial::exported_len(profile);
    (0..length).map(|at| (at as u8).wrapping_mul(7) ^ key.wrapping_mul(0x55)).collect()
}

/// One direction's keys.
fn key(profile: Profile, is_client: bool, key: u8) -> MasterKey {
    let keys = KeyingMaterial::from_exporter(profile, &exported(profile, key)).unwrap();
    if is_client { keys.client } else { keys.server }
}

fn recording(profile: Profile, log: &Arc<Mutex<Log>>) -> Arc<dyn Provider> {
    let master_keys = (0..KEYS).flat_map(|key| {
        let exported = exported(profile, key);
        let (client, rest) = exported.split_at(profile.key_len());
        [client.to_vec(), rest[..profile.key_len()].to_vec()]
    });
    let hooks = Recording { log: log.clone(), master_keys: master_keys.collect() };
    fake::hooked(fake::provider(0), hooks)
}

/// One side of a session.
struct Side {
    provider: Arc<dyn Provider>,
    profile: Profile,
    config: Config,
    is_client: bool,
    key: u8,
    outbound: Outbound,
}

impl Side {
    fn new(
        provider: &Arc<dyn Provider>,
        profile: Profile,
        config: Config,
        is_client: bool,
    ) -> Self {
        let first = key(profile, is_client, 0);
        let outbound = Outbound::with_config(provider, profile, &first, config).unwrap();
        Self { provider: provider.clone(), profile, config, is_client, key: 0, outbound }
    }

    /// Does it, and returns how many packets are protected.
    fn run(&mut self, command: Command) -> usize {
        match command {
            Command::Rtp { ssrc, sequence_number, is_rich } => {
                let packet = if is_rich { rich_rtp } else { rtp };
                let mut packet = packet(ssrc, sequence_number);
                return usize::from(self.outbound.protect_rtp(&mut packet).is_ok());
            }
            Command::Run { ssrc, sequence_number, count } => {
                return self.protect_run(ssrc, sequence_number, count);
            }
            Command::Rtcp { ssrc } => {
                return usize::from(self.outbound.protect_rtcp(&mut rtcp(ssrc)).is_ok());
            }
            Command::ResumeRtp { ssrc, next } => {
                let _ = self.outbound.resume_rtp(ssrc, next);
            }
            Command::ResumeRtcp { ssrc, next } => {
                let _ = self.outbound.resume_rtcp(ssrc, next);
            }
            Command::SetRolloverCounter { ssrc, counter } => {
                let _ = self.outbound.set_rollover_counter(ssrc, counter);
            }
            Command::Rekey { key: number } => {
                self.key = number;
                self.outbound.rekey(&key(self.profile, self.is_client, number)).unwrap();
            }
            Command::HandOver => self.hand_over(),
        }
        0
    }

    fn protect_run(&mut self, ssrc: u32, sequence_number: u16, count: u16) -> usize {
        let mut packets: Vec<_> = (0..count)
            .map(|step| rich_rtp(ssrc, sequence_number.wrapping_add(step)))
            .map(|packet| (packet.len(), [packet, vec![0; 16]].concat()))
            .collect();
        let mut run: Vec<_> =
            packets.iter_mut().map(|(length, buffer)| Slot::new(buffer, *length)).collect();
        self.outbound.protect_rtp_run(&mut run);
        run.iter().filter(|slot| slot.result().is_ok()).count()
    }

    fn hand_over(&mut self) {
        let key = key(self.profile, self.is_client, self.key);
        let mut there =
            Outbound::with_config(&self.provider, self.profile, &key, self.config).unwrap();
        for ssrc in 0..STREAMS {
            if let Some(next) = self.outbound.next_rtp_index(ssrc) {
                there.resume_rtp(ssrc, next).unwrap();
            }
            if let Some(next) = self.outbound.next_rtcp_index(ssrc) {
                there.resume_rtcp(ssrc, next).unwrap();
            }
        }
        self.outbound = there;
    }
}

proptest! {
    // R10
    // rfc3711 §9.1, rfc7714 §8.4
    #[test]
    fn no_iv_is_used_twice_with_one_key(
        profile in prop::sample::select(PROFILES.as_slice()),
        config in config(),
        commands in prop::collection::vec((any::<bool>(), command()), 1..120),
    ) {
        let log = Arc::new(Mutex::new(Log::default()));
        let provider = recording(profile, &log);
        let mut sides = [true, false]
            .map(|is_client| Side::new(&provider, profile, config, is_client));
        prop_assert!(log.lock().unwrap().used.is_empty());
        let mut protected = 0;
        for (is_client, command) in commands {
            protected += sides[usize::from(is_client)].run(command);
            prop_assert!(!log.lock().unwrap().repeated, "{:?}", command);
        }
        prop_assert!(log.lock().unwrap().used.len() >= protected);
    }
}

// What the property looks for can be found.
#[test]
fn a_repeated_iv_is_found_out() {
    for profile in PROFILES {
        let log = Arc::new(Mutex::new(Log::default()));
        let provider = recording(profile, &log);
        for is_repeated in [false, true] {
            let mut side = Side::new(&provider, profile, Config::default(), true);
            side.outbound.protect_rtp(&mut rtp(1, 1)).unwrap();
            assert_eq!(log.lock().unwrap().repeated, is_repeated);
        }
    }
}

// R10
#[test]
fn a_stream_that_stops_and_starts_goes_on_with_its_rollover_counter() {
    for profile in PROFILES {
        let key = common::key(profile);
        let mut outbound = Outbound::new(&fake::provider(0), profile, &key).unwrap();
        for sequence_number in [65_534, 65_535, 0] {
            outbound.protect_rtp(&mut rtp(1, sequence_number)).unwrap();
        }
        // Other streams come and go meanwhile.
        for ssrc in 2..100 {
            outbound.protect_rtp(&mut rtp(ssrc, 1)).unwrap();
        }
        outbound.protect_rtp(&mut rtp(1, 1)).unwrap();
        assert_eq!(outbound.next_rtp_index(1), Some(65_536 + 2));
    }
}

#[test]
fn contexts_can_be_sent_between_threads() {
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<Outbound>();
    is_send_and_sync::<lariat_srtp::Inbound>();
}
