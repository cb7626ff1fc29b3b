//! Configurations of which no connection can come.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::wire::{CLIENT_HELLO, Fragment, records};
use common::{BOTH, Fate, Net, VERSIONS, config, config_of, expect, fake_config};
use lariat_base::{Instant, Seed};
use lariat_crypto::fake::{self, Hooks};
use lariat_crypto::{Error, NamedGroup};
use lariat_dtls::{
    Config, ConfigError, Connection, CookieGate, Event, FailureReason, Role, Verdict, Version,
};

const OF_12: u16 = 0xc02b;
const OF_13: u16 = 0x1301;

/// What is configured, and what is said to it.
type Case = (&'static [Version], &'static [u16], &'static [NamedGroup], Option<ConfigError>);

const CASES: &[Case] = {
    use NamedGroup::{Secp256r1, X25519MlKem768};
    use Version::{Dtls12, Dtls13};
    &[
        (&[], &[OF_12, OF_13], &[Secp256r1], Some(ConfigError::NoVersion)),
        (&VERSIONS, &[OF_12], &[Secp256r1], Some(ConfigError::NoCipherSuite(Dtls13))),
        (&VERSIONS, &[OF_13, 0xc013], &[Secp256r1], Some(ConfigError::NoCipherSuite(Dtls12))),
        (&[Dtls12], &[OF_13], &[Secp256r1], Some(ConfigError::NoCipherSuite(Dtls12))),
        (&[Dtls13], &[], &[Secp256r1], Some(ConfigError::NoCipherSuite(Dtls13))),
        (&[Dtls12], &[OF_12], &[], Some(ConfigError::NoGroup(Dtls12))),
        (&[Dtls13], &[OF_13], &[], Some(ConfigError::NoGroup(Dtls13))),
        (&VERSIONS, &[OF_12, OF_13], &[X25519MlKem768], Some(ConfigError::NoGroup(Dtls12))),
        (&VERSIONS, &[OF_12, OF_13], &[Secp256r1], None),
        (&[Dtls13], &[OF_13], &[X25519MlKem768], None),
        (&[Dtls12], &[OF_12], &[X25519MlKem768, Secp256r1], None),
    ]
};

fn configured((versions, suites, groups, _): Case) -> Config {
    let mut config = config(1);
    config.versions = versions.to_vec();
    config.cipher_suites = suites.to_vec();
    config.groups = groups.to_vec();
    config
}

#[test]
fn a_version_without_a_suite_or_a_group_is_refused_before_anything_is_sent() {
    for case in CASES {
        let config = configured(*case);
        assert_eq!(config.check().err(), case.3, "{case:?}");
        for role in BOTH {
            let expected = expect(&config);
            let mut connection = Connection::new(config.clone(), role, expected);
            connection.start(Instant::ZERO);
            let failed = case.3.map(|error| Event::Failed(FailureReason::Config(error)));
            assert_eq!(connection.poll_event(), failed, "{role:?} {case:?}");
            let sends = connection.poll_transmit(&mut Vec::new()).is_some();
            assert_eq!(sends, failed.is_none() && role == Role::Client, "{role:?} {case:?}");
        }
    }
}

#[test]
fn whoever_passes_the_gate_of_such_a_server_meets_the_same_reason() {
    for version in VERSIONS {
        let (client, mut server) = (config_of(version, 1), config_of(version, 2));
        let mut gate = CookieGate::new(server.clone(), &Seed::new([9; 32]));
        let mut client = Connection::new(client, Role::Client, expect(&server));
        client.start(Instant::ZERO);
        let mut ask = |client: &mut Connection| {
            let (mut hello, mut answer) = (Vec::new(), Vec::new());
            client.poll_transmit(&mut hello).unwrap();
            (gate.handle_datagram(Instant::ZERO, b"address", &hello, &mut answer), answer)
        };
        let (_, answer) = ask(&mut client);
        client.handle_datagram(Instant::ZERO, &answer);
        let (Verdict::Admit(admission), _) = ask(&mut client) else { panic!("{version:?}") };
        server.groups.clear();
        let mut admitted = admission.connection(server.clone(), expect(&server));
        let reason = FailureReason::Config(ConfigError::NoGroup(version));
        assert_eq!(admitted.poll_event(), Some(Event::Failed(reason)));
        assert_eq!(admitted.poll_timeout(), None);
    }
}

#[derive(Debug)]
struct WithoutMlKem;

impl Hooks for WithoutMlKem {
    fn key_exchange(&self, group: NamedGroup) -> Result<(), Error> {
        if group == NamedGroup::X25519MlKem768 { Err(Error::Unsupported) } else { Ok(()) }
    }
}

#[test]
fn a_client_names_the_group_that_its_provider_does_not_have() {
    let mut client = fake_config(Version::Dtls13, 1);
    client.provider = fake::hooked(client.provider, WithoutMlKem);
    let server = fake_config(Version::Dtls13, 2);
    let mut net = Net::with(client.clone(), server.clone(), |_, _| Fate::Arrives);
    net.start();
    let error = ConfigError::UnsupportedGroup("X25519MLKEM768");
    assert_eq!(net.client_events, [Event::Failed(FailureReason::Config(error))]);
    assert_eq!(net.sent, []);
    common::without_ml_kem(&mut client);
    let mut net = Net::with(client, server, |_, _| Fate::Arrives);
    assert_eq!(net.connect().group, "x25519");
    assert_eq!(Fragment::parse(&records(&net.sent[0].1)[0].content).typ, CLIENT_HELLO);
}
