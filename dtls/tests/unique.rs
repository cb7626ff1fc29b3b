//! No key is used twice with the same nonce, and no key exchange is answered twice, whatever is
//! lost, repeated or renewed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Fate, Net, VERSIONS, fake_config};
use lariat_base::Seed;
use lariat_crypto::{
    AeadAlgorithm, AeadKey, AesCtrKey, Error, Hash, HashAlgorithm, HeaderProtectionKey, HmacKey,
    KeyExchange, NamedGroup, Provider, Secret, SignatureScheme, SigningKey,
};
use lariat_dtls::{Role, Version};
use proptest::prelude::*;

/// Every (key, nonce) under which something was encrypted, and whether one came twice.
#[derive(Debug, Default)]
struct Log {
    used: BTreeSet<(Vec<u8>, [u8; 12])>,
    repeated: bool,
    exchanges: usize,
}

#[derive(Debug)]
struct Recording {
    inner: Arc<dyn Provider>,
    log: Arc<Mutex<Log>>,
}

#[derive(Debug)]
struct RecordingKey {
    key: Vec<u8>,
    log: Arc<Mutex<Log>>,
    inner: Box<dyn AeadKey>,
}

impl AeadKey for RecordingKey {
    fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
        let mut log = self.log.lock().unwrap();
        let is_new = log.used.insert((self.key.clone(), *nonce));
        log.repeated |= !is_new;
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
        self.inner.aes_ctr_key(key)
    }

    fn header_protection_key(
        &self,
        algorithm: AeadAlgorithm,
        key: &[u8],
    ) -> Result<Box<dyn HeaderProtectionKey>, Error> {
        self.inner.header_protection_key(algorithm, key)
    }

    fn start_key_exchange(&self, group: NamedGroup) -> Result<Box<dyn KeyExchange>, Error> {
        self.log.lock().unwrap().exchanges += 1;
        self.inner.start_key_exchange(group)
    }

    fn respond_key_exchange(
        &self,
        group: NamedGroup,
        peer_share: &[u8],
    ) -> Result<(Vec<u8>, Secret), Error> {
        self.log.lock().unwrap().exchanges += 1;
        self.inner.respond_key_exchange(group, peer_share)
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

/// Those of either version that go with our certificates.
const SUITES: [[u16; 3]; 2] = [[0xc02b, 0xc02c, 0xcca9], [0x1301, 0x1302, 0x1303]];

/// What an owner does after the handshake.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send(Role),
    Renew(Role, bool),
    Wait(u64),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => role().prop_map(Step::Send),
        2 => (role(), any::<bool>()).prop_map(|(role, and_peer)| Step::Renew(role, and_peer)),
        2 => (1..400_u64).prop_map(Step::Wait),
    ]
}

/// A whole connection over a bad network. Both sides write into the log.
fn run(
    version: Version,
    suite: u16,
    seed: u8,
    percent: u64,
    mtu: usize,
    steps: &[Step],
) -> Arc<Mutex<Log>> {
    let log = Arc::new(Mutex::new(Log::default()));
    let [client, server] = [1, 2].map(|number| {
        let mut config = fake_config(version, number);
        config.cipher_suites = vec![suite];
        let inner = config.provider.clone();
        config.provider = Arc::new(Recording { inner, log: log.clone() });
        config.mtu = mtu;
        config
    });
    let mut rng = Seed::new([seed; 32]).rng();
    let mut net = Net::with(client, server, move |_, _| match rng.below(100) {
        roll if roll < percent => Fate::Lost,
        roll if roll > 90 => Fate::Twice,
        roll if roll > 80 => Fate::Late,
        _ => Fate::Arrives,
    });
    net.connect();
    for step in steps {
        match *step {
            Step::Send(role) => {
                assert!(net.connection(role).is_connected(), "{net:?}");
                net.send(role, b"data");
            }
            Step::Renew(role, and_peer) => {
                let now = net.now;
                net.connection(role).update_keys(now, and_peer);
            }
            Step::Wait(millis) => net.run(Duration::from_millis(millis)),
        }
    }
    net.client.close();
    net.run(Duration::from_secs(31));
    log
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_nonce_is_used_twice_under_a_key(
        seed: u8,
        percent in 0..31_u64,
        mtu in 256..1_500_usize,
        is_13: bool,
        suite in 0..3_usize,
        steps in prop::collection::vec(step(), 0..40),
    ) {
        // adversarial D13
        let version = VERSIONS[usize::from(is_13)];
        let suite = SUITES[usize::from(is_13)][suite];
        let log = run(version, suite, seed, percent, mtu, &steps);
        let log = log.lock().unwrap();
        prop_assert!(!log.repeated);
        prop_assert!(log.used.len() >= 2);
        // adversarial D19: one on either side, however often the hello came; a client of 1.3 starts
        // another one that the server does not take up.
        prop_assert_eq!(log.exchanges, if is_13 { 3 } else { 2 });
    }
}

#[test]
fn the_log_sees_the_keys_of_all_epochs() {
    let renewed = [Step::Renew(Role::Client, true), Step::Wait(500), Step::Send(Role::Client)];
    for (version, suites, expected) in
        [(Version::Dtls12, SUITES[0], 2), (Version::Dtls13, SUITES[1], 5)]
    {
        for suite in suites {
            let log = run(version, suite, 0, 0, 1_200, &renewed);
            let log = log.lock().unwrap();
            let keys: BTreeSet<_> = log.used.iter().map(|(key, _)| key).collect();
            // The server, which is not spoken to any more, has nothing to say in its newest epoch
            // but its own close_notify.
            assert!(keys.len() >= expected, "{version:?}, {suite:x}: {}", keys.len());
        }
    }
}
