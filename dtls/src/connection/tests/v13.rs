//! The same of DTLS 1.3: lies under the handshake's keys, and acknowledgements.

mod keys;

use super::*;
use crate::message::Ack;
use crate::record::RecordNumber;

const SECOND: Duration = Duration::from_secs(1);

fn connected_13() -> (Connection, Connection) {
    connected_with(Version::Dtls13)
}

fn post(connection: &Connection) -> &PostHandshake {
    match &connection.phase {
        Phase::Connected(Connected { protocol: Protocol::V13(post), .. }) => post,
        _ => panic!("not connected by 1.3"),
    }
}

/// How the other side fails if messages of `liar` of this type are changed like this.
fn refusal(
    liar: Role,
    typ: HandshakeType,
    change: impl Fn(&mut HandshakeType, &mut Vec<u8>),
) -> Option<FailureReason> {
    let (mut client, mut server) = pair(Version::Dtls13);
    for connection in [&mut client, &mut server] {
        connection.config.srtp_profiles = vec![7];
    }
    client.start(Instant::ZERO);
    deliver(&mut client, &mut server);
    let lie = |connection: &mut Connection| {
        connection.phase.sent().unwrap().flight.rewrite(|this, body| {
            if *this == typ {
                change(this, body);
            }
        });
        connection.repeat_flight(Instant::ZERO);
    };
    if liar == Role::Server {
        lie(&mut server);
    }
    while deliver(&mut server, &mut client) {}
    if liar == Role::Client {
        lie(&mut client);
    }
    let (liar, deceived) = match liar {
        Role::Client => (&mut client, &mut server),
        Role::Server => (&mut server, &mut client),
    };
    exchange(liar, deceived);
    let failed = |connection: &mut Connection| match connection.events.pop_back() {
        Some(Event::Failed(reason)) => Some(reason),
        _ => None,
    };
    let reason = failed(deceived);
    assert!(deceived.events.is_empty(), "{:?}", deceived.events);
    let alert = reason.and_then(FailureReason::alert).map(FailureReason::PeerAlert);
    assert_eq!(failed(liar), alert);
    reason
}

fn chain(certificates: &[&[u8]]) -> Vec<u8> {
    let block =
        |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[1..], bytes].concat();
    let list: Vec<u8> =
        certificates.iter().flat_map(|der| [&block(der)[..], &[0, 0]].concat()).collect();
    [&[0][..], &block(&list)].concat()
}

#[test]
fn a_certificate_that_is_not_acceptable_is_refused() {
    // adversarial D15, D16, D17
    let provider = ring::provider();
    let mut rng = Seed::new([9; 32]).rng();
    let other = Certificate::generate(&*provider, &mut rng, SECOND).unwrap();
    for liar in [Role::Client, Role::Server] {
        let refused = |body: Vec<u8>| {
            refusal(liar, HandshakeType::Certificate, |_, place| place.clone_from(&body))
        };
        assert_eq!(refused(chain(&[])), Some(FailureReason::NoCertificate));
        assert_eq!(refused(chain(&[other.der()])), Some(FailureReason::Fingerprint));
        let long = chain(&[&[0x30, 0][..]; limits::CERTIFICATES + 1]);
        let too_many = FailureReason::Malformed(crate::ParseError::TooMany("certificates"));
        assert_eq!(refused(long), Some(too_many));
        let context = refusal(liar, HandshakeType::Certificate, |_, body| {
            body[0] = 1;
            body.insert(1, 7);
        });
        let expected = FailureReason::IllegalParameter("certificate_request_context");
        assert_eq!(context, Some(expected));
        // An extension of the certificate, which answers nothing of ours.
        let extension = refusal(liar, HandshakeType::Certificate, |_, body| {
            let end = body.len();
            body.truncate(end - 2);
            body.extend([0, 4, 0, 5, 0, 0]);
            let list = u32::try_from(body.len() - 4).unwrap().to_be_bytes();
            body[1..4].copy_from_slice(&list[1..]);
        });
        assert_eq!(extension, Some(FailureReason::UnsolicitedExtension(5)));
    }
}

#[test]
fn a_certificate_verify_that_does_not_verify_is_refused() {
    // adversarial D16
    for liar in [Role::Client, Role::Server] {
        let typ = HandshakeType::CertificateVerify;
        let scheme =
            |scheme: [u8; 2]| refusal(liar, typ, move |_, body| body[..2].copy_from_slice(&scheme));
        let flipped = refusal(liar, typ, |_, body| *body.last_mut().unwrap() ^= 1);
        assert_eq!(flipped, Some(FailureReason::Signature));
        let empty = refusal(liar, typ, |_, body| *body = vec![4, 3, 0, 0]);
        assert_eq!(empty, Some(FailureReason::Signature));
        // Another curve than the key's, and one for certificates only.
        let wrong = Some(FailureReason::IllegalParameter("signature scheme"));
        assert_eq!(scheme([5, 3]), wrong);
        assert_eq!(scheme([4, 1]), wrong);
        assert_eq!(scheme([8, 4]), Some(FailureReason::Signature));
        assert_eq!(scheme([8, 7]), Some(FailureReason::Signature));
        let not_offered = Some(FailureReason::NotOffered("signature scheme"));
        for other in [[8, 8], [2, 3], [0, 0]] {
            assert_eq!(scheme(other), not_offered, "{other:?}");
        }
        let absent = refusal(liar, typ, |typ, _| *typ = HandshakeType::Finished);
        assert_eq!(absent, Some(FailureReason::UnexpectedMessage));
    }
}

#[test]
fn a_finished_of_another_handshake_or_length_is_refused() {
    for liar in [Role::Client, Role::Server] {
        let typ = HandshakeType::Finished;
        let flipped = refusal(liar, typ, |_, body| body[0] ^= 1);
        assert_eq!(flipped, Some(FailureReason::Finished));
        // A part of the right one would verify.
        let shorter = refusal(liar, typ, |_, body| body.truncate(12));
        let truncated = FailureReason::Malformed(crate::ParseError::Truncated);
        assert_eq!(shorter, Some(truncated));
        let trailing = FailureReason::Malformed(crate::ParseError::Trailing);
        assert_eq!(refusal(liar, typ, |_, body| body.push(0)), Some(trailing));
    }
}

#[test]
fn extensions_that_break_the_rules_are_refused() {
    // adversarial D22, D23
    let answer = |extensions: &'static [u8]| {
        refusal(Role::Server, HandshakeType::EncryptedExtensions, |_, body| {
            *body = extensions.to_vec();
        })
    };
    let unsolicited = Some(FailureReason::UnsolicitedExtension(16));
    assert_eq!(answer(&[0, 4, 0, 16, 0, 0]), unsolicited);
    let misplaced = Some(FailureReason::IllegalParameter("extension"));
    assert_eq!(answer(&[0, 6, 0, 43, 0, 2, 0xfe, 0xfc]), misplaced);
    let twice = FailureReason::Malformed(crate::ParseError::DuplicateExtension(10));
    assert_eq!(answer(&[0, 8, 0, 10, 0, 0, 0, 10, 0, 0]), Some(twice));
    let other = Some(FailureReason::NotOffered("SRTP protection profile"));
    assert_eq!(answer(&[0, 9, 0, 14, 0, 5, 0, 2, 0, 8, 0]), other);
    let mki = Some(FailureReason::IllegalParameter("srtp_mki"));
    assert_eq!(answer(&[0, 10, 0, 14, 0, 6, 0, 2, 0, 7, 1, 9]), mki);
    let request = |body: &'static [u8]| {
        refusal(Role::Server, HandshakeType::CertificateRequest, |_, place| *place = body.to_vec())
    };
    let context = FailureReason::IllegalParameter("certificate_request_context");
    assert_eq!(request(&[1, 7, 0, 0]), Some(context));
    let schemes = FailureReason::MissingExtension("signature_algorithms");
    assert_eq!(request(&[0, 0, 0]), Some(schemes));
}

#[test]
fn a_message_out_of_its_turn_is_refused() {
    use HandshakeType::{
        Certificate, CertificateRequest, CertificateVerify, ClientHello, EncryptedExtensions,
        Finished, KeyUpdate, NewSessionTicket,
    };
    for (liar, typ, instead) in [
        (Role::Server, EncryptedExtensions, CertificateRequest),
        (Role::Server, CertificateRequest, CertificateVerify),
        (Role::Server, Certificate, CertificateRequest),
        (Role::Server, CertificateVerify, Finished),
        (Role::Server, Finished, NewSessionTicket),
        (Role::Client, Certificate, CertificateVerify),
        (Role::Client, CertificateVerify, KeyUpdate),
        (Role::Client, Finished, ClientHello),
    ] {
        let refused = refusal(liar, typ, |typ, _| *typ = instead);
        assert_eq!(refused, Some(FailureReason::UnexpectedMessage), "{typ:?} as {instead:?}");
    }
}

/// A record of any kind under the keys of `sender`.
fn record(sender: &mut Connection, content_type: ContentType, content: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let epoch = sender.records.current_epoch();
    sender.records.write(epoch, DTLS_1_2, content_type, content, &mut out).unwrap();
    out
}

fn ack(sender: &mut Connection, numbers: &[(u16, u64)]) -> Vec<u8> {
    let number =
        |(epoch, sequence): &(u16, u64)| RecordNumber { epoch: Epoch(*epoch), sequence: *sequence };
    let mut content = Vec::new();
    Ack { record_numbers: numbers.iter().map(number).collect() }.encode(&mut content);
    record(sender, ContentType::Ack, &content)
}

#[test]
fn acknowledgements_of_what_was_never_sent_are_ignored() {
    // adversarial D25
    let (mut client, mut server) = connected_13();
    let many: Vec<_> = (0..1_000).map(|sequence| (3, 1_000 + sequence)).collect();
    let old = [(0, 0), (0, 1), (2, 0), (2, 1), (3, 0)];
    for numbers in [&many[..], &old, &[]] {
        let datagram = ack(&mut client, numbers);
        server.handle_datagram(Instant::ZERO, &datagram);
    }
    // Cut short, of epochs past all limits, and longer than its length.
    for content in [&[0, 16, 0][..], &[0, 16, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0]]
    {
        let datagram = record(&mut client, ContentType::Ack, content);
        server.handle_datagram(Instant::ZERO, &datagram);
    }
    assert_eq!(server.dropped().get(Dropped::Ack), 3);
    assert!(server.is_connected() && server.poll_transmit(&mut Vec::new()).is_none());
}

#[test]
fn an_acknowledgement_of_an_epoch_that_has_not_begun_ends_the_connection() {
    let (mut client, mut server) = connected_13();
    let datagram = ack(&mut client, &[(4, 0)]);
    server.handle_datagram(Instant::ZERO, &datagram);
    let failed = Event::Failed(FailureReason::IllegalParameter("record_numbers"));
    assert_eq!(server.poll_event(), Some(failed));
}

#[test]
fn the_clients_last_flight_is_acknowledged_each_time_it_comes() {
    // rfc9147 §5.8.1
    let (mut client, mut server) = pair(Version::Dtls13);
    client.start(Instant::ZERO);
    deliver(&mut client, &mut server);
    while deliver(&mut server, &mut client) {}
    let mut now = Instant::ZERO;
    for _ in 0..3 {
        let mut flight = Vec::new();
        client.poll_transmit(&mut flight).unwrap();
        server.handle_datagram(now, &flight);
        assert!(
            server.poll_transmit(&mut Vec::new()).is_some(),
            "an acknowledgement, which is lost"
        );
        now = client.poll_timeout().unwrap().at;
        client.handle_timeout(now);
    }
    assert!(client.poll_timeout().is_some());
    // Until the keys of the handshake are forgotten.
    let data = record(&mut client, ContentType::ApplicationData, b"data");
    server.handle_datagram(now, &data);
    server.handle_datagram(now + limits::OLD_EPOCH, &[0]);
    assert!(!server.records.can_open(Epoch::HANDSHAKE));
    let mut flight = Vec::new();
    client.poll_transmit(&mut flight).unwrap();
    server.handle_datagram(now + limits::OLD_EPOCH, &flight);
    assert!(server.poll_transmit(&mut Vec::new()).is_none());
}

#[test]
fn a_server_refuses_a_client_under_the_keys_that_follow_its_finished() {
    // rfc8446 §A.2: a client that knows the server's Finished need not keep those before.
    let (mut client, mut server) = pair(Version::Dtls13);
    server.peer_fingerprints.clear();
    client.start(Instant::ZERO);
    deliver(&mut client, &mut server);
    while deliver(&mut server, &mut client) {}
    assert!(matches!(client.poll_event(), Some(Event::Connected(_))));
    client.records.forget_inbound_before(Epoch::APPLICATION);
    exchange(&mut client, &mut server);
    assert_eq!(server.poll_event(), Some(Event::Failed(FailureReason::Fingerprint)));
    let refused = FailureReason::PeerAlert(AlertDescription::BAD_CERTIFICATE);
    assert_eq!(client.poll_event(), Some(Event::Failed(refused)));
}

#[test]
fn once_its_last_flight_is_acknowledged_a_client_forgets_the_handshakes_keys() {
    let (client, server) = connected_13();
    assert!(!client.records.can_open(Epoch::HANDSHAKE));
    assert!(server.records.can_open(Epoch::HANDSHAKE), "for a repetition of the client's flight");
    assert_eq!(client.poll_timeout(), None);
    assert_eq!(server.poll_timeout(), None);
}

#[test]
fn a_part_of_a_flight_is_acknowledged_and_only_the_rest_comes_again() {
    // rfc9147 §7.1 and §7.2
    let (mut client, mut server) = pair(Version::Dtls13);
    server.set_max_datagram_size(256);
    client.start(Instant::ZERO);
    deliver(&mut client, &mut server);
    let mut datagrams = Vec::new();
    let mut datagram = Vec::new();
    while server.poll_transmit(&mut datagram).is_some() {
        datagrams.push(core::mem::take(&mut datagram));
    }
    assert!(datagrams.len() > 3, "{}", datagrams.len());
    client.handle_datagram(Instant::ZERO, &datagrams[0]);
    assert!(!deliver(&mut client, &mut server), "nothing is wrong yet");
    let deadline = client.poll_timeout().unwrap();
    assert_eq!(deadline.reason, "DTLS acknowledgement");
    assert_eq!(deadline.at - Instant::ZERO, client.rto / 4);
    client.handle_timeout(deadline.at);
    assert!(deliver(&mut client, &mut server), "nothing more came");
    // A gap is told at once.
    client.handle_datagram(deadline.at, &datagrams[2]);
    assert!(deliver(&mut client, &mut server));
    let before = client.dropped().total();
    exchange(&mut client, &mut server);
    assert!(client.is_connected() && server.is_connected());
    let repeated = client.dropped().get(Dropped::Retransmission);
    assert_eq!((client.dropped().total() - before, repeated), (0, 0), "{:?}", client.dropped());
}

/// A message of nothing after the handshake, with a number of its own choice.
fn late_fragment(sender: Role, handshake_type: HandshakeType, ahead: u16) -> Vec<u8> {
    let message_seq = if sender == Role::Client { 4 } else { 6 } + ahead;
    let mut content = Vec::new();
    Fragment { handshake_type, length: 0, message_seq, offset: 0, body: &[] }.encode(&mut content);
    content
}

/// A message after the handshake, with a number of its own choice behind the next one.
fn late(sender: &mut Connection, typ: HandshakeType, ahead: u16, body: &[u8]) -> Vec<u8> {
    let message_seq = if sender.role == Role::Client { 4 } else { 6 } + ahead;
    let length = u32::try_from(body.len()).unwrap();
    let mut content = Vec::new();
    let fragment = Fragment { handshake_type: typ, length, message_seq, offset: 0, body };
    fragment.encode(&mut content);
    record(sender, ContentType::Handshake, &content)
}

#[test]
fn a_record_of_which_a_part_was_dropped_is_not_acknowledged() {
    // rfc9147 §7: or the peer would never send that part again.
    // Too far ahead even once the other part was taken.
    let far = limits::MESSAGE_WINDOW + 1;
    for parts in [[0, far], [far, 0]] {
        let (mut client, mut server) = connected_13();
        let ticket = |ahead| late_fragment(Role::Server, HandshakeType::NewSessionTicket, ahead);
        let both = record(&mut server, ContentType::Handshake, &parts.map(ticket).concat());
        client.handle_datagram(Instant::ZERO, &both);
        assert_eq!(client.dropped().get(Dropped::MessageWindow), 1);
        assert_eq!(client.poll_transmit(&mut Vec::new()), None);
        let alone = record(&mut server, ContentType::Handshake, &ticket(0));
        client.handle_datagram(Instant::ZERO, &alone);
        assert_eq!(client.dropped().get(Dropped::Retransmission), 1, "one part was taken");
        let expected = Some(5 + 2 + 16 + 17);
        assert_eq!(client.poll_transmit(&mut Vec::new()), expected, "one record");
    }
    // The rest cannot be read.
    let (mut client, mut server) = connected_13();
    let mut content = late_fragment(Role::Server, HandshakeType::NewSessionTicket, 0);
    content.push(0);
    let cut = record(&mut server, ContentType::Handshake, &content);
    client.handle_datagram(Instant::ZERO, &cut);
    assert_eq!(client.dropped().get(Dropped::Fragment), 1);
    assert_eq!(client.poll_transmit(&mut Vec::new()), None);
}

#[test]
fn messages_that_do_not_belong_after_the_handshake_end_the_connection() {
    // adversarial D8
    for typ in [
        HandshakeType::HelloRequest,
        HandshakeType::ClientHello,
        HandshakeType::Finished,
        HandshakeType::CertificateRequest,
        HandshakeType::NewSessionTicket,
        // rfc9147 §9: none were negotiated.
        HandshakeType::RequestConnectionId,
        HandshakeType::NewConnectionId,
        HandshakeType::Unknown(5),
    ] {
        let (mut client, mut server) = connected_13();
        let message = late(&mut client, typ, 0, &[0; 20]);
        server.handle_datagram(Instant::ZERO, &message);
        let failed = Event::Failed(FailureReason::UnexpectedMessage);
        assert_eq!(server.poll_event(), Some(failed), "{typ:?}");
    }
    for body in [&[2][..], &[], &[0, 0]] {
        let (mut client, mut server) = connected_13();
        let message = late(&mut client, HandshakeType::KeyUpdate, 0, body);
        server.handle_datagram(Instant::ZERO, &message);
        let event = server.poll_event();
        assert!(matches!(event, Some(Event::Failed(FailureReason::Malformed(_)))), "{event:?}");
    }
}

#[test]
fn a_ticket_is_acknowledged_and_forgotten() {
    let (mut client, mut server) = connected_13();
    let ticket = late(&mut server, HandshakeType::NewSessionTicket, 0, &[7; 200]);
    client.handle_datagram(Instant::ZERO, &ticket);
    let mut acknowledgement = Vec::new();
    assert_eq!(client.poll_transmit(&mut acknowledgement), Some(5 + 2 + 16 + 17));
    // A copy, in a record of its own, is acknowledged again.
    let copy = late(&mut server, HandshakeType::NewSessionTicket, 0, &[7; 200]);
    client.handle_datagram(Instant::ZERO, &copy);
    assert!(client.poll_transmit(&mut acknowledgement).is_some());
    assert!(client.is_connected());
}

#[test]
fn every_alert_but_one_ends_the_connection() {
    // rfc8446 §6
    for (description, ends) in [(90, false), (0, true), (40, true), (100, true), (200, true)] {
        let (mut client, mut server) = connected_13();
        let alert = record(&mut client, ContentType::Alert, &[1, description]);
        server.handle_datagram(Instant::ZERO, &alert);
        assert_eq!(!server.is_connected(), ends, "{description}");
    }
}

#[test]
fn only_handshake_records_are_acknowledged() {
    // rfc9147 §7.1
    let (mut client, mut server) = connected_13();
    let mut forged = late(&mut client, HandshakeType::KeyUpdate, 0, &[0]);
    *forged.last_mut().unwrap() ^= 1;
    let data = record(&mut client, ContentType::ApplicationData, b"data");
    let warning = record(&mut client, ContentType::Alert, &[1, 90]);
    let acknowledgement = ack(&mut client, &[(3, 0)]);
    for datagram in [forged, data, warning, acknowledgement] {
        server.handle_datagram(Instant::ZERO, &datagram);
        assert!(server.poll_transmit(&mut Vec::new()).is_none());
        assert_eq!(server.poll_timeout(), None);
    }
    assert!(server.is_connected());
}

#[test]
fn application_data_under_the_handshakes_keys_is_dropped() {
    let (mut client, mut server) = pair(Version::Dtls13);
    client.start(Instant::ZERO);
    deliver(&mut client, &mut server);
    let (typ, mut data) = (ContentType::ApplicationData, Vec::new());
    server.records.write(Epoch::HANDSHAKE, DTLS_1_2, typ, b"early", &mut data).unwrap();
    while deliver(&mut server, &mut client) {}
    client.handle_datagram(Instant::ZERO, &data);
    assert_eq!(client.dropped().get(Dropped::Epoch), 1);
    exchange(&mut client, &mut server);
    assert!(matches!(client.poll_event(), Some(Event::Connected(_))));
    assert_eq!(client.poll_event(), None);
}
