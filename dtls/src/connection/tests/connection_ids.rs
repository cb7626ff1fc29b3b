//! What a peer may not say about connection identifiers, and how much of it is borne.

use super::*;
use crate::connection_id::{ConnectionId, ConnectionIdUsage};
use crate::event::Authenticity;
use crate::message::NewConnectionId;

fn id(bytes: &[u8]) -> ConnectionId {
    ConnectionId::new(bytes).unwrap()
}

/// A client and a server of 1.3 that want these.
fn connected_wanting(client_id: &[u8], server_id: &[u8]) -> (Connection, Connection) {
    let (mut client, mut server) = pair(Version::Dtls13);
    client.config.connection_id = Some(id(client_id));
    server.config.connection_id = Some(id(server_id));
    client.start(Instant::ZERO);
    exchange(&mut client, &mut server);
    for connection in [&mut client, &mut server] {
        assert!(matches!(connection.poll_event(), Some(Event::Connected(_))));
    }
    (client, server)
}

/// The `nth` handshake message of a client of 1.3 after its handshake, as nobody should send it.
fn late(client: &mut Connection, typ: HandshakeType, nth: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    let (mut content, mut out) = (Vec::new(), Vec::new());
    let message_seq = 4 + nth;
    Fragment { handshake_type: typ, length, message_seq, offset: 0, body }.encode(&mut content);
    let epoch = client.records.current_epoch();
    let content_type = ContentType::Handshake;
    client.records.write(epoch, DTLS_1_2, content_type, &content, &mut out).unwrap();
    out
}

fn new(cids: &[&[u8]], usage: ConnectionIdUsage) -> Vec<u8> {
    let mut body = Vec::new();
    NewConnectionId { cids: cids.iter().map(|cid| id(cid)).collect(), usage }.encode(&mut body);
    body
}

/// What becomes of a server that is told this by its client.
fn failure(ids: [&[u8]; 2], typ: HandshakeType, body: &[u8]) -> Option<FailureReason> {
    let (mut client, mut server) = connected_wanting(ids[0], ids[1]);
    let message = late(&mut client, typ, 0, body);
    server.handle_datagram(Instant::ZERO, &message);
    match server.poll_event() {
        Some(Event::Failed(reason)) => Some(reason),
        _ => None,
    }
}

#[test]
fn messages_where_there_are_no_identifiers_end_the_connection() {
    // rfc9147 §9: whoever receives none gives none, and whoever sends none asks for none.
    let spare = new(&[&[1]], ConnectionIdUsage::Spare);
    for (ids, typ, body, expected) in [
        ([&[7][..], &[8][..]], HandshakeType::NewConnectionId, &spare[..], None),
        ([&[], &[8]], HandshakeType::NewConnectionId, &spare, Some(())),
        ([&[7], &[]], HandshakeType::NewConnectionId, &spare, None),
        ([&[7], &[8]], HandshakeType::RequestConnectionId, &[1], None),
        ([&[], &[8]], HandshakeType::RequestConnectionId, &[1], None),
        ([&[7], &[]], HandshakeType::RequestConnectionId, &[1], Some(())),
    ] {
        let expected = expected.map(|()| FailureReason::UnexpectedMessage);
        assert_eq!(failure(ids, typ, body), expected, "{ids:?} {typ:?}");
    }
}

#[test]
fn new_identifiers_that_make_no_sense_end_the_connection() {
    let refused = |body: &[u8]| failure([&[7], &[8]], HandshakeType::NewConnectionId, body);
    let immediate = ConnectionIdUsage::Immediate;
    let illegal = Some(FailureReason::IllegalParameter("cids"));
    assert_eq!(refused(&new(&[], immediate)), illegal);
    let malformed = |field| Some(FailureReason::Malformed(crate::ParseError::Invalid(field)));
    assert_eq!(refused(&[0, 1, 0, 1]), malformed("cids"));
    assert_eq!(refused(&[0, 2, 1, 1, 2]), malformed("usage"));
    // One that leaves no room in a datagram: the MTU is 256.
    let (mut client, mut server) = connected_wanting(&[7], &[8]);
    server.config.mtu = 0;
    let longest = limits::MIN_MTU - limits::CONNECTION_ID_ROOM;
    let body = new(&[&vec![1; longest]], immediate);
    let message = late(&mut client, HandshakeType::NewConnectionId, 0, &body);
    server.handle_datagram(Instant::ZERO, &message);
    assert_eq!((server.poll_event(), server.peer_connection_id().len()), (None, longest));
    let body = new(&[&vec![1; longest + 1]], immediate);
    let message = late(&mut client, HandshakeType::NewConnectionId, 1, &body);
    server.handle_datagram(Instant::ZERO, &message);
    assert_eq!(server.poll_event(), illegal.map(Event::Failed));
}

#[test]
fn a_flood_of_new_identifiers_leaves_no_more_than_the_limit() {
    let (mut client, mut server) = connected_wanting(&[7], &[8]);
    for nth in 0..1_000_u16 {
        let cids: Vec<Vec<u8>> = (0..200).map(|n| [nth.to_be_bytes(), [0, n]].concat()).collect();
        let cids: Vec<&[u8]> = cids.iter().map(Vec::as_slice).collect();
        let body = new(&cids, ConnectionIdUsage::Spare);
        let message = late(&mut client, HandshakeType::NewConnectionId, nth, &body);
        server.handle_datagram(Instant::ZERO, &message);
        while server.poll_transmit(&mut Vec::new()).is_some() {}
        assert_eq!(server.spare_connection_ids(), limits::CONNECTION_IDS);
    }
    assert!(server.is_connected() && server.poll_event().is_none());
    server.use_spare_connection_id().unwrap();
    assert_eq!(server.peer_connection_id(), &id(&[0, 0, 0, 0]), "the first that were given stay");
}

#[test]
fn one_request_past_the_limit_ends_the_connection() {
    let (mut client, mut server) = connected_wanting(&[7], &[8]);
    let limit = u16::from(limits::CONNECTION_ID_REQUESTS);
    for nth in 0..limit {
        let message = late(&mut client, HandshakeType::RequestConnectionId, nth, &[3]);
        server.handle_datagram(Instant::ZERO, &message);
        assert_eq!(server.poll_event(), Some(Event::ConnectionIdsRequested(3)));
    }
    // An answer, even with nothing, lets the peer ask again.
    server.issue_connection_ids(Instant::ZERO, &[], ConnectionIdUsage::Spare).unwrap();
    for nth in limit..=2 * limit {
        let message = late(&mut client, HandshakeType::RequestConnectionId, nth, &[3]);
        server.handle_datagram(Instant::ZERO, &message);
        let expected = if nth < 2 * limit {
            Event::ConnectionIdsRequested(3)
        } else {
            Event::Failed(FailureReason::TooManyConnectionIdRequests)
        };
        assert_eq!(server.poll_event(), Some(expected));
    }
    let alert = FailureReason::TooManyConnectionIdRequests.alert();
    assert_eq!(alert, Some(AlertDescription(52)));
}

#[test]
fn the_record_that_ends_the_connection_was_authentic_all_the_same() {
    let (mut client, mut server) = connected_wanting(&[7], &[8]);
    let close = client.send_alert(Alert::warning(AlertDescription::CLOSE_NOTIFY)).unwrap();
    assert_eq!(server.handle_datagram(Instant::ZERO, &close), Authenticity::Newest);
    assert_eq!(server.handle_datagram(Instant::ZERO, &close), Authenticity::Unproven);
    assert_eq!(server.connection_ids(), [], "nothing is expected any more");
}

#[test]
fn records_of_1_3_with_one_identifier_in_their_datagram_count_and_those_with_none_do_not() {
    // rfc9147 §4: it is in all datagrams, not in all records.
    let (mut client, mut server) = connected_wanting(&[7], &[8]);
    let data = |client: &mut Connection, bytes: &[u8]| {
        let mut out = Vec::new();
        client.send(bytes, &mut out).unwrap();
        out
    };
    let named = data(&mut client, b"1");
    client.records.cids = Default::default();
    let unnamed = data(&mut client, b"2");
    assert_eq!(server.handle_datagram(Instant::ZERO, &unnamed), Authenticity::Unproven);
    assert_eq!(server.dropped().get(Dropped::ConnectionId), 1);
    let both = [&unnamed[..], &named, &unnamed].concat();
    assert_eq!(server.handle_datagram(Instant::ZERO, &both), Authenticity::Newest);
    assert_eq!(server.dropped().get(Dropped::ConnectionId), 2);
    for expected in [b"1", b"2"] {
        assert_eq!(server.poll_event(), Some(Event::Data(expected.to_vec())));
    }
    assert_eq!(server.poll_event(), None);
}

#[test]
fn shorter_datagrams_have_room_beside_a_long_identifier() {
    // A client that asks for the longest one and says nothing more.
    let (mut client, mut server) = pair(Version::Dtls13);
    client.config.connection_id = Some(id(&[7; ConnectionId::MAX_LEN]));
    server.config.connection_id = Some(id(&[8]));
    client.start(Instant::ZERO);
    while deliver(&mut client, &mut server) {}
    for _ in 0..8 {
        let mut datagrams = Vec::new();
        let mut out = Vec::new();
        while server.poll_transmit(&mut out).is_some() {
            datagrams.push(core::mem::take(&mut out).len());
        }
        assert!((1..20).contains(&datagrams.len()), "{datagrams:?}");
        assert!(datagrams.iter().all(|length| *length <= 1_200), "{datagrams:?}");
        let now = server.poll_timeout().unwrap().at;
        server.handle_timeout(now);
    }
    assert_eq!(server.max_datagram_size(), limits::MIN_MTU, "that is the shortest");
}

#[test]
fn a_server_that_has_given_identifiers_still_acknowledges_the_clients_last_flight() {
    // rfc9147 §5.8.1: only the client knows when that has arrived.
    let (mut client, mut server) = pair(Version::Dtls13);
    client.config.connection_id = Some(id(&[7]));
    server.config.connection_id = Some(id(&[8]));
    client.start(Instant::ZERO);
    deliver(&mut client, &mut server);
    while deliver(&mut server, &mut client) {}
    while deliver(&mut client, &mut server) {}
    assert!(server.is_connected());
    while server.poll_transmit(&mut Vec::new()).is_some() {} // An acknowledgement, which is lost.
    server.issue_connection_ids(Instant::ZERO, &[id(&[9])], ConnectionIdUsage::Spare).unwrap();
    exchange(&mut client, &mut server);
    assert_eq!(client.spare_connection_ids(), 1);
    assert_eq!(server.poll_timeout(), None, "they have arrived");
    let again = client.poll_timeout().unwrap().at;
    client.handle_timeout(again);
    exchange(&mut client, &mut server);
    assert_eq!(client.poll_timeout(), None, "so has the client's last flight");
}
