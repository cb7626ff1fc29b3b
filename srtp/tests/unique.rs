//! No key is used twice with the same IV, whatever the sending side is asked to do.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use common::{PROFILES, rtcp, rtp};
use lariat_crypto::{
    AeadAlgorithm, AeadKey, AesCtrKey, AesKey, Error, Hash, HashAlgorithm, HmacKey, KeyExchange,
    NamedGroup, Provider, SignatureScheme, SigningKey, fake,
};
use lariat_srtp::{MasterKey, Outbound, Profile};
use proptest::prelude::*;

/// Every (key, IV) under which something was encrypted, and whether one came twice.
#[derive(Debug, Default)]
struct Log {
    used: BTreeSet<(Vec<u8>, Vec<u8>)>,
    repeated: bool,
}

#[derive(Debug)]
struct Recording {
    inner: Arc<dyn Provider>,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug)]
struct RecordingKey<K: ?Sized> {
    key: Vec<u8>,
    log: Arc<Mutex<Log>>,
    inner: Box<K>,
}

impl<K: ?Sized> RecordingKey<K> {
    fn record(&self, iv: &[u8]) {
        let mut log = self.log.lock().unwrap();
        let is_new = log.used.insert((self.key.clone(), iv.to_vec()));
        log.repeated |= !is_new;
    }
}

impl AeadKey for RecordingKey<dyn AeadKey> {
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
        self.record(nonce);
        self.inner.seal(nonce, aad, data)
    }

    fn open(
        &self,
        nonce: &[u8; 12],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; 16],
    ) -> Result<(), Error> {
        self.inner.open(nonce, aad, data, tag)
    }
}

impl AesCtrKey for RecordingKey<dyn AesCtrKey> {
    fn apply_keystream(&self, iv: &[u8; 16], data: &mut [u8]) {
        self.record(iv);
        self.inner.apply_keystream(iv, data);
    }
}

impl Provider for Recording {
    fn random(&self, out: &mut [u8]) -> Result<(), Error> {
        self.inner.random(out)
    }

    fn hash(&self, algorithm: HashAlgorithm) -> Box<dyn Hash> {
        self.inner.hash(algorithm)
    }

    fn md5(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.inner.md5(parts)
    }

    fn hmac_key(&self, algorithm: HashAlgorithm, key: &[u8]) -> Box<dyn HmacKey> {
        self.inner.hmac_key(algorithm, key)
    }

    fn aead_key(&self, algorithm: AeadAlgorithm, key: &[u8]) -> Result<Box<dyn AeadKey>, Error> {
        let inner = self.inner.aead_key(algorithm, key)?;
        Ok(Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner }))
    }

    fn aes_ctr_key(&self, key: &[u8]) -> Result<Box<dyn AesCtrKey>, Error> {
        let inner = self.inner.aes_ctr_key(key)?;
        Ok(Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner }))
    }

    fn aes_key(&self, key: &[u8]) -> Result<Box<dyn AesKey>, Error> {
        self.inner.aes_key(key)
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        self.inner.start_key_exchange(group)
    }

    fn generate_signing_key(&self, scheme: SignatureScheme) -> Result<Box<dyn SigningKey>, Error> {
        self.inner.generate_signing_key(scheme)
    }

    fn load_signing_key(&self, pkcs8: &[u8]) -> Result<Box<dyn SigningKey>, Error> {
        self.inner.load_signing_key(pkcs8)
    }

    fn verify(
        &self,
        scheme: SignatureScheme,
        subject_public_key_info: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Error> {
        self.inner.verify(scheme, subject_public_key_info, message, signature)
    }
}

#[derive(Clone, Copy, Debug)]
enum Command {
    Rtp { ssrc: u32, sequence_number: u16 },
    Rtcp { ssrc: u32 },
    ResumeRtp { ssrc: u32, next: u64 },
    ResumeRtcp { ssrc: u32, next: u32 },
}

/// Few streams and few places, so that they meet.
fn command() -> impl Strategy<Value = Command> {
    let sequence_number = prop_oneof![0_u16..8, 65_530_u16..=65_535, 32_760_u16..32_776];
    prop_oneof![
        8 => (0_u32..3, sequence_number)
            .prop_map(|(ssrc, sequence_number)| Command::Rtp { ssrc, sequence_number }),
        3 => (0_u32..3).prop_map(|ssrc| Command::Rtcp { ssrc }),
        1 => (0_u32..3, 0_u64..200_000).prop_map(|(ssrc, next)| Command::ResumeRtp { ssrc, next }),
        1 => (0_u32..3, 0_u32..8).prop_map(|(ssrc, next)| Command::ResumeRtcp { ssrc, next }),
    ]
}

fn run(outbound: &mut Outbound, command: Command) -> bool {
    match command {
        Command::Rtp { ssrc, sequence_number } => {
            outbound.protect_rtp(&mut rtp(ssrc, sequence_number)).is_ok()
        }
        Command::Rtcp { ssrc } => outbound.protect_rtcp(&mut rtcp(ssrc)).is_ok(),
        Command::ResumeRtp { ssrc, next } => {
            let _ = outbound.resume_rtp(ssrc, next);
            false
        }
        Command::ResumeRtcp { ssrc, next } => {
            let _ = outbound.resume_rtcp(ssrc, next);
            false
        }
    }
}

fn outbound(provider: &Arc<dyn Provider>, profile: Profile, key: u8) -> Outbound {
    let (key, salt) = (&[key; 32][..profile.key_len()], &[0x22; 14][..profile.salt_len()]);
    Outbound::new(provider, profile, &MasterKey::new(key, salt)).unwrap()
}

proptest! {
    // R10
    #[test]
    fn no_iv_is_used_twice_with_one_key(
        profile in prop::sample::select(PROFILES.as_slice()),
        commands in prop::collection::vec((any::<bool>(), command()), 1..150),
    ) {
        let log = Arc::new(Mutex::new(Log::default()));
        let recording = Recording { inner: fake::provider(0), log: log.clone() };
        let provider: Arc<dyn Provider> = Arc::new(recording);
        // Both directions of a session have the same salt here, and different keys.
        let mut directions =
            [outbound(&provider, profile, 0x11), outbound(&provider, profile, 0x12)];
        let derivations = log.lock().unwrap().used.len();
        let mut protected = 0;
        for (direction, command) in commands {
            protected += usize::from(run(&mut directions[usize::from(direction)], command));
        }
        let log = log.lock().unwrap();
        prop_assert!(!log.repeated);
        prop_assert_eq!(log.used.len() - derivations, protected);
    }
}

// R10
#[test]
fn a_stream_that_stops_and_starts_goes_on_with_its_rollover_counter() {
    for profile in PROFILES {
        let mut outbound = outbound(&fake::provider(0), profile, 0x11);
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
