//! Paths that take short datagrams only.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use core::time::Duration;

use bytes::Bytes;
use common::{End, negotiate, network};
use lariat_peer::{
    ChannelConfig, ChannelId, CloseReason, ConnectionState, Event, FailureReason, MessageKind,
    SelectedPair, limits,
};
use lariat_sim::{Link, Simulation};

const MINUTE: Duration = Duration::from_secs(60);
/// What IPv4 leaves of a path of 600 bytes.
const SMALL: usize = 572;

fn opened(end: &End) -> Option<ChannelId> {
    end.events.iter().find_map(|event| match event {
        Event::ChannelOpened(id) | Event::ChannelIncoming(id, _) => Some(*id),
        _ => None,
    })
}

/// Two peers that open a channel, and whose sockets refuse datagrams above a limit.
fn connected(link: Link, limit: usize) -> Simulation<End> {
    let mut network = network(link, |_, _| {});
    network.with(0, |end, now| {
        end.peer.create_data_channel(now, ChannelConfig::new("test")).unwrap();
    });
    refuse_above(&mut network, limit);
    negotiate(&mut network);
    run_with_refusals(&mut network, |network| {
        (0..2).all(|side| opened(network.node(side)).is_some())
    });
    network
}

fn received(end: &End) -> usize {
    let length = |event: &Event| match event {
        Event::ChannelMessage { payload, .. } => payload.len(),
        _ => 0,
    };
    end.events.iter().map(length).sum()
}

fn send(network: &mut Simulation<End>, side: usize, size: usize) {
    network.with(side, |end, now| {
        let channel = opened(end).unwrap();
        end.peer.send(now, channel, MessageKind::Binary, Bytes::from(vec![7; size])).unwrap();
    });
}

/// Sends in both directions, and waits until everything is there.
fn exchange(network: &mut Simulation<End>) {
    for side in 0..2 {
        send(network, side, 60_000);
    }
    run_with_refusals(network, |network| (0..2).all(|side| received(network.node(side)) == 60_000));
}

#[test]
fn what_the_handshake_found_is_the_size_for_data_and_media() {
    // The path loses what is longer, and nobody says so.
    let mut network = connected(Link { mtu: SMALL, ..Link::default() }, usize::MAX);
    for side in 0..2 {
        let peer = &network.node(side).peer;
        assert!(peer.stats().max_datagram_size <= SMALL, "{side}");
        assert!(peer.max_rtp_payload() < SMALL, "{side}");
    }
    exchange(&mut network);
}

/// Lets a socket that knows the MTU tell of what it refuses, as a driver would.
fn run_with_refusals(network: &mut Simulation<End>, done: impl Fn(&Simulation<End>) -> bool) {
    let end = network.now() + 2 * MINUTE;
    while !done(network) {
        assert!(network.step_until(end), "not done in time");
        for side in 0..2 {
            network.with(side, |end, now| {
                let refused = end.refused.replace(0);
                if let Some(SelectedPair { local, remote }) =
                    end.peer.selected_pair().filter(|_| refused > 0)
                {
                    end.peer.datagram_too_long(now, SelectedPair { local, remote }, refused);
                }
            });
        }
    }
}

fn refuse_above(network: &mut Simulation<End>, limit: usize) {
    for side in 0..2 {
        network.with(side, |end, _| {
            let refused = std::rc::Rc::clone(&end.refused);
            end.passes = Box::new(move |datagram| {
                if datagram.len() > limit {
                    refused.set(refused.get().max(datagram.len()));
                }
                datagram.len() <= limit
            });
        });
    }
}

#[test]
fn what_the_socket_refuses_is_the_size_for_data_and_media() {
    for limit in [1_400, 1_150, SMALL, 300] {
        let mut network = connected(Link::default(), limit);
        exchange(&mut network);
        if limit < 1_200 {
            assert!(network.node(0).peer.max_rtp_payload() < limit);
        }
    }
}

#[test]
fn a_path_that_gets_too_small_for_what_is_under_way_is_told() {
    let mut network = connected(Link::default(), usize::MAX);
    send(&mut network, 0, 60_000);
    refuse_above(&mut network, SMALL);
    // Chunks that were cut before cannot be cut again, and nobody here fragments datagrams.
    run_with_refusals(&mut network, |network| {
        network
            .node(0)
            .saw(|event| matches!(event, Event::DataTransportClosed(CloseReason::PathTooSmall)))
    });
    assert_eq!(network.node(0).peer.connection_state(), ConnectionState::Connected);
}

#[test]
fn a_socket_that_takes_nothing_fails_the_connection_and_says_so() {
    let mut network = connected(Link::default(), usize::MAX);
    network.with(0, |end, now| {
        let pair = end.peer.selected_pair().unwrap();
        // Another path is none of its business.
        let other = SelectedPair { local: pair.remote, remote: pair.local };
        end.peer.datagram_too_long(now, other, limits::MIN_DATAGRAM_SIZE);
        assert_eq!(end.peer.connection_state(), ConnectionState::Connected);
        end.peer.datagram_too_long(now, pair, limits::MIN_DATAGRAM_SIZE + 1);
        assert_eq!(end.peer.stats().max_datagram_size, limits::MIN_DATAGRAM_SIZE);
        assert_eq!(end.peer.connection_state(), ConnectionState::Connected);
        end.peer.datagram_too_long(now, pair, limits::MIN_DATAGRAM_SIZE);
        assert_eq!(end.peer.connection_state(), ConnectionState::Failed);
    });
    let failed = |network: &mut Simulation<End>| {
        network.node(0).saw(|event| {
            matches!(event, Event::Failed(FailureReason::PathTooSmall { size })
                if *size == limits::MIN_DATAGRAM_SIZE)
        })
    };
    assert!(network.run(MINUTE, failed));
}
