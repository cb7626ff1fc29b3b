//! New keys (RFC 9147 §8).

use super::*;

#[test]
fn keys_are_renewed_in_both_directions() {
    // rfc9147 §8
    let (mut client, mut server) = connected_13();
    for round in 1..=6 {
        client.update_keys(Instant::ZERO, true);
        let epoch = Epoch::APPLICATION.0 + round;
        assert!(client.records.current_epoch() < Epoch(epoch), "not before the acknowledgement");
        exchange(&mut client, &mut server);
        for connection in [&client, &server] {
            assert_eq!(connection.records.current_epoch(), Epoch(epoch));
            assert_eq!(post(connection).inbound_epoch(), Epoch(epoch));
            assert_eq!(connection.dropped().total(), 0);
            assert_eq!(connection.poll_timeout(), None);
        }
        let data = record(&mut client, ContentType::ApplicationData, b"new");
        server.handle_datagram(Instant::ZERO, &data);
        assert_eq!(server.poll_event(), Some(Event::Data(b"new".to_vec())));
    }
}

#[test]
fn an_old_epoch_is_opened_for_a_while_after_its_successor_has_been_used() {
    let (mut client, mut server) = connected_13();
    let [late, later] = [(); 2].map(|()| record(&mut client, ContentType::ApplicationData, b"old"));
    client.update_keys(Instant::ZERO, false);
    exchange(&mut client, &mut server);
    server.handle_datagram(Instant::ZERO, &late);
    assert_eq!(server.poll_event(), Some(Event::Data(b"old".to_vec())));
    let data = record(&mut client, ContentType::ApplicationData, b"new");
    server.handle_datagram(Instant::ZERO, &data);
    server.poll_event();
    server.handle_datagram(Instant::ZERO + limits::OLD_EPOCH, &later);
    assert_eq!(server.poll_event(), None);
    assert_eq!(server.dropped().get(Dropped::Epoch), 1);
}

#[test]
fn a_lost_key_update_and_a_lost_acknowledgement_are_made_up_for() {
    for lost in 0..3 {
        let (mut client, mut server) = connected_13();
        client.update_keys(Instant::ZERO, false);
        for step in 0..lost {
            let (from, to) =
                if step == 0 { (&mut client, &mut server) } else { (&mut server, &mut client) };
            let mut datagram = Vec::new();
            from.poll_transmit(&mut datagram).unwrap();
            // The last one of them is lost.
            if step + 1 < lost {
                to.handle_datagram(Instant::ZERO, &datagram);
            }
        }
        exchange(&mut client, &mut server);
        if lost > 0 {
            let deadline = client.poll_timeout().unwrap();
            assert_eq!(deadline.reason, "DTLS flight");
            client.handle_timeout(deadline.at);
            exchange(&mut client, &mut server);
        }
        assert_eq!(client.records.current_epoch(), Epoch(4), "{lost}");
        assert_eq!(client.poll_timeout(), None);
    }
}

#[test]
fn only_one_key_update_is_on_its_way_whatever_is_asked() {
    // adversarial D26
    let (mut client, mut server) = connected_13();
    for _ in 0..100 {
        client.update_keys(Instant::ZERO, false);
        let update = protected_next(&mut server, &[1]);
        client.handle_datagram(Instant::ZERO, &update);
        let outbound = server.records.current_epoch().next().unwrap();
        let secret = match &mut server.phase {
            Phase::Connected(Connected { protocol: Protocol::V13(post), .. }) => post,
            _ => panic!("not connected"),
        };
        secret.updated(&*ring::provider(), &mut server.records).unwrap();
        assert_eq!(server.records.current_epoch(), outbound);
    }
    assert!(client.is_connected());
    assert_eq!(client.records.current_epoch(), Epoch::APPLICATION, "nothing was acknowledged");
    let mut flights = 0;
    let mut datagram = Vec::new();
    while client.poll_transmit(&mut datagram).is_some() {
        flights += 1;
    }
    assert!(flights <= 2, "one KeyUpdate and one acknowledgement, not {flights}");
    let held = (0..=u16::MAX).filter(|epoch| client.records.can_open(Epoch(*epoch))).count();
    assert_eq!(held, limits::INBOUND_EPOCHS);
}

/// The next KeyUpdate of a peer that counts its messages and nothing else.
fn protected_next(sender: &mut Connection, body: &[u8]) -> Vec<u8> {
    let Phase::Connected(Connected { protocol: Protocol::V13(post), .. }) = &mut sender.phase
    else {
        panic!("not connected");
    };
    let mut flight = post.update(body == [1], &sender.records).unwrap().unwrap();
    flight.encode(&mut sender.records, 1_200).unwrap().remove(0)
}

#[test]
fn a_message_after_a_key_update_in_its_epoch_ends_the_connection() {
    // rfc9147 §8
    let (mut client, mut server) = connected_13();
    let update = late(&mut client, HandshakeType::KeyUpdate, 0, &[0]);
    let after = late(&mut client, HandshakeType::KeyUpdate, 1, &[0]);
    server.handle_datagram(Instant::ZERO, &update);
    assert_eq!(post(&server).inbound_epoch(), Epoch(4));
    server.handle_datagram(Instant::ZERO, &after);
    assert_eq!(server.poll_event(), Some(Event::Failed(FailureReason::UnexpectedMessage)));
}

#[test]
fn keys_are_renewed_before_they_have_protected_too_much() {
    // rfc9147 §4.5.3
    let (mut client, mut server) = connected_13();
    assert!(!client.records.is_worn());
    client.records.wear();
    server.records.hear_worn();
    let data = record(&mut server, ContentType::ApplicationData, b"data");
    client.handle_datagram(Instant::ZERO, &data);
    exchange(&mut client, &mut server);
    assert_eq!(client.records.current_epoch(), Epoch(4));
    assert!(!client.records.is_worn());
    assert_eq!(server.records.current_epoch(), Epoch::APPLICATION);
}

#[test]
fn new_keys_are_asked_for_before_too_many_forgeries_were_tried() {
    // rfc9147 §4.5.3
    let (mut client, mut server) = connected_13();
    let mut forged = record(&mut client, ContentType::ApplicationData, b"data");
    *forged.last_mut().unwrap() ^= 1;
    server.records.besiege(limits::FORGERIES / 4 * 3 - 2);
    server.handle_datagram(Instant::ZERO, &forged);
    assert_eq!(server.poll_transmit(&mut Vec::new()), None);
    server.handle_datagram(Instant::ZERO, &forged);
    exchange(&mut client, &mut server);
    assert_eq!(client.records.current_epoch(), Epoch(4), "the peer has new keys");
    // The old key may still be tried; it is forgotten before the connection is in danger.
    let data = record(&mut client, ContentType::ApplicationData, b"new");
    server.records.besiege_old(limits::FORGERIES - 1);
    server.handle_datagram(Instant::ZERO, &forged);
    assert!(!server.records.can_open(Epoch::APPLICATION));
    server.handle_datagram(Instant::ZERO, &data);
    assert_eq!(server.poll_event(), Some(Event::Data(b"new".to_vec())));
}

#[test]
fn the_last_epoch_has_no_successor() {
    // rfc9147 §4.2.1
    assert_eq!(Epoch(u16::MAX - 1).next(), Some(Epoch(u16::MAX)));
    assert_eq!(Epoch(u16::MAX).next(), None);
}
