//! Handshakes between two of ours.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::wire::{CLIENT_HELLO, Fragment, Hello, SERVER_HELLO, records};
use common::{
    BOTH, Fate, NOW_UNIX, Net, VERSIONS, certificate, config, config_of, expect, fake_config,
};
use lariat_base::Seed;
use lariat_crypto::SignatureScheme;
use lariat_dtls::{
    AlertDescription, Certificate, CertificateError, Config, Connection, Event, ExportError,
    FailureReason, RECORD_OVERHEAD, Role, Version,
};

#[test]
fn client_and_server_connect_and_exchange_data() {
    for (version, name, suite) in [
        (Version::Dtls12, "DTLS 1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
        (Version::Dtls13, "DTLS 1.3", "TLS_AES_128_GCM_SHA256"),
    ] {
        let mut net = Net::of_version(version);
        let info = net.connect();
        assert_eq!((info.version.name(), info.cipher_suite), (name, suite));
        assert_eq!((info.group, info.srtp_profile), ("x25519", Some(7)));
        net.send(Role::Client, b"ping");
        net.send(Role::Server, b"pong");
        net.run(Duration::from_secs(1));
        assert_eq!(net.data(Role::Server), [b"ping"]);
        assert_eq!(net.data(Role::Client), [b"pong"]);
        assert_eq!(net.export(Role::Client), net.export(Role::Server));
        assert_eq!(net.client.dropped().total() + net.server.dropped().total(), 0);
        assert_eq!(net.client.poll_timeout(), None);
        assert_eq!(net.server.poll_timeout(), None);
    }
}

#[test]
fn the_defaults_are_1_3_with_a_post_quantum_key_exchange() {
    let defaults = |seed| {
        let mut config = config(seed);
        let defaults = Config::new(config.provider.clone(), config.seed.clone(), certificate(seed));
        config.versions = defaults.versions;
        config
    };
    let mut net = Net::with(defaults(1), defaults(2), |_, _| Fate::Arrives);
    let info = net.connect();
    assert_eq!((info.version, info.group), (Version::Dtls13, "X25519MLKEM768"));
    let hello = net.sent.iter().take_while(|(from, _)| *from == Role::Client).count();
    assert_eq!(hello, 2, "datagrams of the hello");
    assert_eq!(net.export(Role::Client), net.export(Role::Server));
}

#[test]
fn a_client_offers_what_it_must_and_no_more() {
    for srtp_profiles in [vec![7, 1], vec![]] {
        let (mut client, server) = (config(1), config(2));
        client.srtp_profiles = srtp_profiles.clone();
        let mut net = Net::with(client, server, |_, _| Fate::Arrives);
        net.connect();
        let record = &records(&net.sent[0].1)[0];
        assert_eq!(record.version, 0xfeff, "the version is not agreed on yet");
        let message = Fragment::parse(&record.content);
        let hello = Hello::parse(CLIENT_HELLO, &message.body);
        assert_eq!(hello.head[..2], [0xfe, 0xfd]);
        let suites = [0xc02b, 0xc02c, 0xcca9, 0xc02f, 0xc030, 0xcca8_u16].map(u16::to_be_bytes);
        assert_eq!(hello.head[34..], [&[0, 0, 0, 12][..], &suites.concat(), &[1, 0]].concat());
        let mut expected = vec![
            (0xff01, vec![0]),
            (23, vec![]),
            (10, vec![0, 6, 0, 29, 0, 23, 0, 24]),
            (11, vec![1, 0]),
            (13, vec![0, 10, 4, 3, 5, 3, 8, 7, 8, 4, 4, 1]),
        ];
        if !srtp_profiles.is_empty() {
            expected.push((14, vec![0, 4, 0, 7, 0, 1, 0]));
        }
        expected.push((28, vec![0x40, 0]));
        assert_eq!(hello.extensions, expected);
        // The server answers those that are to be answered.
        let answer = net.sent.iter().find(|(from, _)| *from == Role::Server).unwrap();
        let answer = Fragment::parse(&records(&answer.1)[0].content);
        let answer = Hello::parse(SERVER_HELLO, &answer.body);
        let answered: Vec<u16> = answer.extensions.iter().map(|(typ, _)| *typ).collect();
        let srtp: &[u16] = if srtp_profiles.is_empty() { &[] } else { &[14] };
        assert_eq!(answered, [&[0xff01, 23, 11], srtp, &[28]].concat());
    }
}

#[test]
fn records_of_every_suite_take_what_they_should() {
    for (version, suite, name, overhead) in [
        (Version::Dtls12, 0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", RECORD_OVERHEAD),
        (Version::Dtls12, 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", RECORD_OVERHEAD),
        (Version::Dtls12, 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 13 + 16),
        (Version::Dtls13, 0x1301, "TLS_AES_128_GCM_SHA256", 5 + 1 + 16),
        (Version::Dtls13, 0x1302, "TLS_AES_256_GCM_SHA384", 5 + 1 + 16),
        (Version::Dtls13, 0x1303, "TLS_CHACHA20_POLY1305_SHA256", 5 + 1 + 16),
    ] {
        let (client, mut server) = (config_of(version, 1), config_of(version, 2));
        server.cipher_suites = vec![suite];
        let mut net = Net::with(client, server, |_, _| Fate::Arrives);
        assert_eq!(net.connect().cipher_suite, name);
        let mut record = Vec::new();
        assert_eq!(net.client.send(b"ping", &mut record), Ok(4 + overhead), "{name}");
        assert_eq!(record.len(), 4 + overhead);
        assert!(overhead <= RECORD_OVERHEAD);
        if overhead == RECORD_OVERHEAD {
            // rfc5288 §3: the explicit part of the nonce may be the record's number, which is never
            // the same again.
            assert_eq!(record[13..21], record[3..11]);
        }
        let now = net.now;
        net.server.handle_datagram(now, &record);
        net.send(Role::Server, b"pong");
        net.run(Duration::from_secs(1));
        assert_eq!(net.data(Role::Server), [b"ping"]);
        assert_eq!(net.data(Role::Client), [b"pong"]);
        assert_eq!(net.export(Role::Client), net.export(Role::Server));
    }
}

#[test]
fn two_runs_with_the_same_seeds_send_the_same_bytes() {
    let run = |version: Version, lost: usize| {
        let [client, server] = [1, 2].map(|number| fake_config(version, number));
        let mut net =
            Net::with(
                client,
                server,
                move |_, number| {
                    if number == lost { Fate::Lost } else { Fate::Arrives }
                },
            );
        net.connect();
        net.send(Role::Client, b"data");
        let now = net.now;
        net.connection(Role::Client).update_keys(now, true);
        net.run(Duration::from_secs(1));
        net.connection(Role::Server).close();
        net.run(Duration::from_secs(1));
        net.sent
    };
    for version in VERSIONS {
        for lost in 0..4 {
            assert_eq!(run(version, lost), run(version, lost));
        }
        assert_ne!(run(version, 0), run(version, 1));
    }
}

#[test]
fn a_certificate_may_have_a_key_on_p_384() {
    let scheme = SignatureScheme::EcdsaSecp384r1Sha384;
    for version in VERSIONS {
        let [client, server] = [1, 2].map(|number| {
            let mut config = config_of(version, number);
            let mut rng = config.seed.split("certificate").rng();
            let provider = &*config.provider;
            config.certificate =
                Certificate::generate_with(provider, scheme, &mut rng, NOW_UNIX).unwrap();
            config
        });
        Net::with(client, server, |_, _| Fate::Arrives).connect();
    }
    let provider = lariat_crypto::ring::provider();
    let mut rng = Seed::new([1; 32]).rng();
    let scheme = SignatureScheme::RsaPssSha256;
    let refused = Certificate::generate_with(&*provider, scheme, &mut rng, NOW_UNIX);
    assert!(matches!(refused, Err(CertificateError::Crypto(_))), "{refused:?}");
}

#[test]
fn closing_one_side_closes_the_other() {
    for (version, closer) in
        VERSIONS.into_iter().flat_map(|version| BOTH.map(|closer| (version, closer)))
    {
        let mut net = Net::of_version(version);
        net.connect();
        net.connection(closer).close();
        net.connection(closer).close();
        net.run(Duration::from_secs(1));
        for role in [Role::Client, Role::Server] {
            let closed = |event: &&Event| **event == Event::Closed;
            assert_eq!(net.events(role).iter().filter(closed).count(), 1);
            assert!(net.connection(role).send(b"late", &mut Vec::new()).is_err());
        }
    }
}

#[test]
fn the_server_prefers_its_own_srtp_profile_and_goes_on_without_one() {
    for (client, server, expected) in [
        (vec![7, 1], vec![1, 7], Some(1)),
        (vec![7], vec![1, 7], Some(7)),
        (vec![7], vec![1], None),
        (vec![], vec![1], None),
        (vec![1], vec![], None),
    ] {
        for version in VERSIONS {
            let (mut ours, mut theirs) = (config_of(version, 1), config_of(version, 2));
            ours.srtp_profiles = client.clone();
            theirs.srtp_profiles = server.clone();
            let mut net = Net::with(ours, theirs, |_, _| Fate::Arrives);
            assert_eq!(net.connect().srtp_profile, expected);
        }
    }
}

#[test]
fn a_certificate_with_another_fingerprint_is_refused_on_either_side() {
    // adversarial D15
    for (version, refusing) in
        VERSIONS.into_iter().flat_map(|version| BOTH.map(|role| (version, role)))
    {
        for expected in [vec![], vec![certificate(3).fingerprint()]] {
            let (client, server) = (config_of(version, 1), config_of(version, 2));
            let (mut of_client, mut of_server) = (expect(&client), expect(&server));
            match refusing {
                Role::Client => of_server = expected,
                Role::Server => of_client = expected,
            }
            let client = Connection::new(client, Role::Client, of_server);
            let server = Connection::new(server, Role::Server, of_client);
            let mut net = Net::of(client, server, |_, _| Fate::Arrives);
            net.start();
            net.run(Duration::from_secs(31));
            assert_eq!(net.failure(refusing), Some(FailureReason::Fingerprint));
            assert_eq!(net.connected(refusing), None);
            assert_eq!(
                net.failure(refusing.peer()),
                Some(FailureReason::PeerAlert(AlertDescription::BAD_CERTIFICATE))
            );
            for role in [Role::Client, Role::Server] {
                let refused =
                    net.connection(role).export_keying_material("label", None, &mut [0; 8]);
                assert_eq!(refused, Err(ExportError::NotConnected));
            }
        }
    }
}
