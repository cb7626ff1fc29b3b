//! Every wait ends, and says why.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use core::time::Duration;

use common::{End, negotiate, network};
use lariat_dtls::Version;
use lariat_peer::{ChannelConfig, CloseReason, ConnectionState, Event, FailureReason, limits};
use lariat_sim::{Link, Simulation};

const MINUTE: Duration = Duration::from_secs(60);

/// DTLS 1.2, whose records show what they are, and a data channel.
fn connecting() -> Simulation<End> {
    let mut network =
        network(Link::default(), |_, config| config.dtls_versions = vec![Version::Dtls12]);
    network.with(0, |end, now| {
        end.peer.create_data_channel(now, ChannelConfig::new("test")).unwrap();
    });
    network
}

/// RFC 7983: what DTLS begins with.
fn is_dtls(datagram: &[u8]) -> bool {
    (20..64).contains(&datagram[0])
}

fn failure(network: &Simulation<End>, side: usize) -> Option<&FailureReason> {
    network.node(side).events.iter().find_map(|event| match event {
        Event::Failed(reason) => Some(reason),
        _ => None,
    })
}

#[test]
fn a_server_whose_client_never_says_hello_fails_and_says_so() {
    let mut network = connecting();
    // The answerer is the client.
    network.with(1, |end, _| end.passes = Box::new(|datagram| !is_dtls(datagram)));
    negotiate(&mut network);
    network.run(Duration::from_secs(1), |_| false);
    let start = network.now();
    assert!(network.run(3 * MINUTE, |network| failure(network, 0).is_some()));
    let reason = failure(&network, 0).unwrap();
    assert_eq!(*reason, FailureReason::HandshakeTimeout { heard: false });
    assert!(reason.to_string().contains("never began the handshake"), "{reason}");
    assert!(network.now() - start <= limits::HANDSHAKE_TIMEOUT);
    assert_eq!(network.node(0).peer.connection_state(), ConnectionState::Failed);
}

#[test]
fn a_handshake_that_never_ends_fails_on_both_sides() {
    let mut network = connecting();
    network.with(0, |end, _| end.passes = Box::new(|datagram| !is_dtls(datagram)));
    negotiate(&mut network);
    let both = |network: &mut Simulation<End>| (0..2).all(|side| failure(network, side).is_some());
    assert!(network.run(3 * MINUTE, both));
    // The server has heard the client, whose hellos were answered in vain.
    let reason = failure(&network, 0).unwrap().to_string();
    assert!(reason.starts_with("DTLS: "), "{reason}");
    let reason = failure(&network, 1).unwrap().to_string();
    assert!(reason.starts_with("DTLS: "), "{reason}");
}

#[test]
fn an_association_that_nobody_answers_ends_and_media_could_go_on() {
    let mut network = connecting();
    // DTLS 1.2: application data has content type 23.
    network.with(1, |end, _| end.passes = Box::new(|datagram| datagram[0] != 23));
    negotiate(&mut network);
    let is_over = |event: &Event| matches!(event, Event::DataTransportClosed(_));
    assert!(network.run(3 * MINUTE, |network| network.node(0).saw(is_over)));
    let end = network.node(0);
    let told = end.events.iter().find(|event| is_over(event)).unwrap();
    assert!(matches!(told, Event::DataTransportClosed(CloseReason::ConnectTimeout)), "{told:?}");
    assert!(end.saw(|event| matches!(event, Event::ChannelClosed(_))));
    assert_eq!(end.peer.connection_state(), ConnectionState::Connected);
}

#[test]
fn an_association_that_stops_answering_ends_too() {
    let mut network = connecting();
    negotiate(&mut network);
    let is_open = |event: &Event| matches!(event, Event::ChannelOpened(_));
    assert!(network.run(MINUTE, |network| network.node(0).saw(is_open)));
    network.with(1, |end, _| end.passes = Box::new(|datagram| datagram[0] != 23));
    network.with(0, |end, now| {
        let Some(Event::ChannelOpened(channel)) = end.events.iter().find(|event| is_open(event))
        else {
            panic!("{:?}", end.events)
        };
        end.peer.send(now, *channel, lariat_peer::MessageKind::Text, "hello".into()).unwrap();
    });
    let is_over =
        |event: &Event| matches!(event, Event::DataTransportClosed(CloseReason::Unreachable));
    assert!(network.run(5 * MINUTE, |network| network.node(0).saw(is_over)));
    assert_eq!(network.node(0).peer.connection_state(), ConnectionState::Connected);
}
