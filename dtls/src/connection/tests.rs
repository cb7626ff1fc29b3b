//! What only the inside of a peer can send.

mod connection_ids;
mod v13;

use alloc::vec;

use lariat_base::Seed;
use lariat_crypto::{NamedGroup, ring};

use super::*;
use crate::certificate::Certificate;
use crate::event::Version;
use crate::handshake::{Fragment, HandshakeType};

fn pair(version: Version) -> (Connection, Connection) {
    let now_unix = Duration::from_secs(1_790_000_000);
    let [client, server] = [1, 2].map(|seed| {
        let seed = Seed::new([seed; 32]);
        let provider = ring::provider();
        let certificate =
            Certificate::generate(&*provider, &mut seed.split("certificate").rng(), now_unix)
                .unwrap();
        let mut config = Config::new(provider, seed, certificate);
        config.versions = vec![version];
        // A hello in one datagram.
        config.key_shares = vec![NamedGroup::X25519];
        config.groups = config.key_shares.clone();
        config
    });
    let of_client = vec![client.certificate.fingerprint()];
    let of_server = vec![server.certificate.fingerprint()];
    (
        Connection::new(client, Role::Client, of_server),
        Connection::new(server, Role::Server, of_client),
    )
}

fn exchange(client: &mut Connection, server: &mut Connection) {
    let mut quiet = false;
    while !quiet {
        quiet = !deliver(client, server) & !deliver(server, client);
    }
}

fn deliver(from: &mut Connection, to: &mut Connection) -> bool {
    let mut datagram = Vec::new();
    let sent = from.poll_transmit(&mut datagram).is_some();
    if sent {
        to.handle_datagram(Instant::ZERO, &datagram);
    }
    sent
}

fn connected_with(version: Version) -> (Connection, Connection) {
    let (mut client, mut server) = pair(version);
    client.start(Instant::ZERO);
    exchange(&mut client, &mut server);
    for connection in [&mut client, &mut server] {
        assert!(matches!(connection.poll_event(), Some(Event::Connected(_))));
    }
    (client, server)
}

fn connected() -> (Connection, Connection) {
    connected_with(Version::Dtls12)
}

/// A handshake message under the keys of `sender`.
fn protected(sender: &mut Connection, handshake_type: HandshakeType, body: &[u8]) -> Vec<u8> {
    let (mut content, mut out) = (Vec::new(), Vec::new());
    let length = u32::try_from(body.len()).unwrap();
    Fragment { handshake_type, length, message_seq: 0, offset: 0, body }.encode(&mut content);
    let content_type = ContentType::Handshake;
    sender
        .records
        .write(sender.records.current_epoch(), DTLS_1_2, content_type, &content, &mut out)
        .unwrap();
    out
}

#[test]
fn a_connection_can_be_moved_between_threads() {
    const fn is_send<T: Send>() {}
    is_send::<Connection>();
    is_send::<Event>();
}

#[test]
fn one_forgery_too_many_ends_the_connection() {
    // adversarial D11, rfc9147 §4.5.3
    for version in [Version::Dtls12, Version::Dtls13] {
        let (mut client, mut server) = connected_with(version);
        let mut forged = Vec::new();
        client.send(b"data", &mut forged).unwrap();
        *forged.last_mut().unwrap() ^= 1;
        server.records.besiege(limits::FORGERIES - 1);
        server.handle_datagram(Instant::ZERO, &forged);
        assert_eq!(server.poll_event(), Some(Event::Failed(FailureReason::TooManyForgeries)));
        assert_eq!(server.poll_transmit(&mut Vec::new()), None, "whoever forges learns nothing");
        assert_eq!(server.poll_timeout(), None);
    }
}

#[test]
fn renegotiation_is_refused_with_a_warning_and_the_connection_lives() {
    // adversarial D8
    let (mut client, mut server) = connected();
    let request = protected(&mut server, HandshakeType::HelloRequest, &[]);
    let hello = protected(&mut client, HandshakeType::ClientHello, &[0; 40]);
    client.handle_datagram(Instant::ZERO, &request);
    server.handle_datagram(Instant::ZERO, &hello);
    for connection in [&client, &server] {
        assert_eq!(connection.dropped().get(Dropped::Renegotiation), 1);
        assert_eq!(connection.output.queued_alerts(), 1);
        assert!(connection.is_connected());
    }
    exchange(&mut client, &mut server);
    assert_eq!((client.poll_event(), server.poll_event()), (None, None));
    assert!(client.is_connected() && server.is_connected());
}

#[test]
fn warnings_are_not_queued_past_the_limit() {
    // adversarial D28
    let (mut client, mut server) = connected();
    for _ in 0..limits::ALERTS + 10 {
        let request = protected(&mut server, HandshakeType::HelloRequest, &[]);
        client.handle_datagram(Instant::ZERO, &request);
    }
    assert_eq!(client.output.queued_alerts(), limits::ALERTS);
}

#[test]
fn other_handshake_messages_after_the_handshake_are_dropped() {
    let (mut client, mut server) = connected();
    for handshake_type in [HandshakeType::ServerHello, HandshakeType::Unknown(24)] {
        let message = protected(&mut server, handshake_type, &[0; 40]);
        client.handle_datagram(Instant::ZERO, &message);
    }
    assert_eq!(client.dropped().get(Dropped::LateHandshake), 2);
    assert!(client.is_connected());
}

#[test]
fn a_fatal_alert_under_the_keys_ends_the_connection() {
    let (mut client, mut server) = connected();
    server.send_alert(Alert::fatal(AlertDescription::INTERNAL_ERROR)).unwrap();
    exchange(&mut client, &mut server);
    let reason = FailureReason::PeerAlert(AlertDescription::INTERNAL_ERROR);
    assert_eq!(client.poll_event(), Some(Event::Failed(reason)));
    assert_eq!(client.send(b"late", &mut Vec::new()), Err(SendError::Closed));
    let exported = client.export_keying_material("label", None, &mut [0; 4]);
    assert_eq!(exported, Err(ExportError::NotConnected));
}

#[test]
fn data_one_past_the_longest_record_is_refused() {
    let (mut client, mut server) = connected();
    let mut out = Vec::new();
    let data = vec![7; limits::MAX_PLAINTEXT + 1];
    let refused = client.send(&data, &mut out);
    assert_eq!(refused, Err(SendError::TooLong { max: limits::MAX_PLAINTEXT }));
    assert!(out.is_empty());
    let length = client.send(&data[1..], &mut out).unwrap();
    assert_eq!(length, limits::MAX_PLAINTEXT + RECORD_OVERHEAD);
    server.handle_datagram(Instant::ZERO, &out);
    assert_eq!(server.poll_event(), Some(Event::Data(data[1..].to_vec())));
}

#[test]
fn data_longer_than_the_peer_takes_is_refused() {
    // RFC 8449 §4
    for version in [Version::Dtls12, Version::Dtls13] {
        let (mut client, mut server) = connected_with(version);
        client.records.limit_content(100);
        let refused = client.send(&[7; 101], &mut Vec::new());
        assert_eq!(refused, Err(SendError::TooLong { max: 100 }));
        let mut out = Vec::new();
        client.send(&[7; 100], &mut out).unwrap();
        server.handle_datagram(Instant::ZERO, &out);
        assert_eq!(server.poll_event(), Some(Event::Data(vec![7; 100])));
    }
}

/// The buffer in which these bytes from `from` are told to `to`.
fn told(from: &mut Connection, to: &mut Connection, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    from.send(data, &mut out).unwrap();
    to.handle_datagram(Instant::ZERO, &out);
    let Some(Event::Data(told)) = to.poll_event() else { panic!("nothing was told") };
    assert_eq!(told, data);
    told
}

#[test]
fn data_is_opened_into_the_buffer_that_was_given_back() {
    for version in [Version::Dtls12, Version::Dtls13] {
        let (mut client, mut server) = connected_with(version);
        let longer = told(&mut client, &mut server, &[7; 1_200]);
        let place = longer.as_ptr();
        server.reuse(longer);
        let shorter = told(&mut client, &mut server, b"shorter");
        assert_eq!(shorter.as_ptr(), place, "{version:?}");
    }
}

#[test]
fn a_buffer_one_past_the_limit_is_not_kept() {
    let (mut client, mut server) = connected();
    server.reuse(Vec::with_capacity(limits::REUSED_BUFFER + 1));
    assert_eq!(server.records.buffer.capacity(), 0);
    server.reuse(Vec::with_capacity(limits::REUSED_BUFFER));
    assert_eq!(server.records.buffer.capacity(), limits::REUSED_BUFFER);
    server.close();
    exchange(&mut client, &mut server);
    client.reuse(Vec::with_capacity(1));
    assert_eq!(client.records.buffer.capacity(), 0, "there is nothing to come");
}

#[test]
fn the_end_forgets_the_keys_of_the_records() {
    let (mut client, mut server) = connected();
    client.close();
    exchange(&mut client, &mut server);
    for connection in [&client, &server] {
        assert!(matches!(connection.phase, Phase::Over(_)));
        assert!(!connection.records.can_open(Epoch::PROTECTED));
    }
}
