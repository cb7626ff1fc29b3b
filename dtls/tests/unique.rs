//! No key is used twice with the same nonce, and no key exchange is answered twice, whatever is
//! lost, repeated or renewed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Fate, Net, VERSIONS, expect, fake_config};
use lariat_base::{Instant, Seed};
use lariat_crypto::fake::{self, Hooks};
use lariat_crypto::{AeadKey, Error, NamedGroup};
use lariat_dtls::{
    Config, Connection, ConnectionId, ConnectionIdUsage, CookieGate, Role, Verdict, Version,
};
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

impl Hooks for Recording {
    fn aead_key(&self, key: &[u8], made: Box<dyn AeadKey>) -> Box<dyn AeadKey> {
        Box::new(RecordingKey { key: key.to_vec(), log: self.log.clone(), inner: made })
    }

    fn key_exchange(&self, _: NamedGroup) -> Result<(), Error> {
        self.log.lock().unwrap().exchanges += 1;
        Ok(())
    }
}

/// Those of either version that go with our certificates.
const SUITES: [[u16; 3]; 2] = [[0xc02b, 0xc02c, 0xcca9], [0x1301, 0x1302, 0x1303]];

/// What an owner does after the handshake.
#[derive(Clone, Copy, Debug)]
enum Step {
    Send(Role),
    Renew(Role, bool),
    /// Gives the peer another connection identifier.
    Rename(Role, u8),
    Wait(u64),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => role().prop_map(Step::Send),
        2 => (role(), any::<bool>()).prop_map(|(role, and_peer)| Step::Renew(role, and_peer)),
        1 => (role(), any::<u8>()).prop_map(|(role, name)| Step::Rename(role, name)),
        2 => (1..400_u64).prop_map(Step::Wait),
    ]
}

/// A configuration whose provider writes into the log.
fn recording(mut config: Config, log: &Arc<Mutex<Log>>) -> Config {
    config.provider = fake::hooked(config.provider, Recording { log: log.clone() });
    config
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
        let mut config = recording(fake_config(version, number), &log);
        config.cipher_suites = vec![suite];
        config.mtu = mtu;
        // Half of the connections have identifiers.
        config.connection_id = ConnectionId::new([number; 2]).ok().filter(|_| seed % 2 == 1);
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
            Step::Rename(role, name) => {
                let (now, usage) = (net.now, ConnectionIdUsage::Immediate);
                let cid = ConnectionId::new([name, 0]).unwrap();
                // Refused in 1.2, without identifiers, and while one before it is on its way.
                let _ = net.connection(role).issue_connection_ids(now, &[cid], usage);
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

// Under ICE an address is validated before its datagrams come here at all; see lariat-peer.
#[test]
fn post_quantum_work_happens_once_and_only_for_a_validated_address() {
    // adversarial D19
    let log = Arc::new(Mutex::new(Log::default()));
    let exchanges = || log.lock().unwrap().exchanges;
    let [mut client, server] = [1, 2].map(|number| fake_config(Version::Dtls13, number));
    client.key_shares.clear();
    let [by_client, by_server] = [expect(&server), expect(&client)];
    let server = recording(server, &log);
    let mut gate = CookieGate::new(server.clone(), &Seed::new([9; 32]));
    let mut client = Connection::new(client, Role::Client, by_client);
    client.start(Instant::ZERO);
    let next = |client: &mut Connection| {
        let mut datagram = Vec::new();
        client.poll_transmit(&mut datagram).unwrap();
        datagram
    };
    let (first, mut answer) = (next(&mut client), Vec::new());
    let mut ask = |address: u16, datagram: &[u8]| {
        answer.clear();
        let verdict =
            gate.handle_datagram(Instant::ZERO, &address.to_be_bytes(), datagram, &mut answer);
        (verdict, answer.clone())
    };
    for address in 0..1_000 {
        assert_eq!(ask(address, &first).0, Verdict::Reply);
    }
    client.handle_datagram(Instant::ZERO, &ask(7, &first).1);
    let second = [next(&mut client), next(&mut client)];
    assert_eq!(ask(8, &second[0]).0, Verdict::Reply, "the cookie is of another address");
    assert_eq!(exchanges(), 0);
    let (Verdict::Admit(admission), _) = ask(7, &second[0]) else { panic!("the cookie is good") };
    let mut server = admission.connection(server, by_server);
    assert_eq!(exchanges(), 0, "the key is in the next datagram");
    for _ in 0..10 {
        for datagram in &second {
            server.handle_datagram(Instant::ZERO, datagram);
        }
    }
    assert_eq!(exchanges(), 1);
}
