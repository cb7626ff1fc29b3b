//! The ways in which a connection ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{connected, connection, negotiate, reaches};
use lariat::{
    ConnectionState, DataChannelInit, Direction, Error, Event, IceCandidate, MediaKind,
    PeerConnection, SdpType, SessionDescription,
};
use tokio::time::timeout;

#[tokio::test]
async fn closing_twice_or_at_the_same_time_is_harmless() {
    // adversarial Q8
    let connection = connection().await;
    let other = connection.clone();
    tokio::join!(connection.close(), other.close(), connection.close());
    connection.close().await;
}

#[tokio::test]
async fn after_closing_every_command_says_so_and_every_stream_ends() {
    // adversarial Q8
    let (a, ours, b, theirs) = connected().await;
    let transceiver = a.add_transceiver(MediaKind::Audio, Direction::SendRecv).await.unwrap();
    a.close().await;
    let description = SessionDescription { kind: SdpType::Offer, sdp: String::new() };
    let candidate =
        IceCandidate { candidate: String::new(), sdp_mid: None, sdp_m_line_index: None };
    let results = [
        a.create_offer().await.map(drop),
        a.create_answer().await.map(drop),
        a.set_local_description(description.clone()).await,
        a.set_remote_description(description).await,
        a.add_ice_candidate(candidate).await,
        a.create_data_channel("late", DataChannelInit::default()).await.map(drop),
        a.add_transceiver(MediaKind::Video, Direction::SendRecv).await.map(drop),
        a.transceivers().await.map(drop),
        a.stats().await.map(drop),
        ours.send("x").await,
        ours.try_send("x"),
        ours.opened().await,
        transceiver.set_direction(Direction::Inactive).await,
    ];
    for (index, result) in results.iter().enumerate() {
        assert!(matches!(result, Err(Error::Closed)), "{index}: {result:?}");
    }
    assert_eq!(ours.recv().await, None);
    ours.close().await;
    while a.next_event().await.is_some() {}
    // The other side was told: it does not have to wait for a timeout.
    assert_eq!(timeout(Duration::from_secs(5), theirs.recv()).await.unwrap(), None);
    reaches(&b, ConnectionState::Closed).await;
    b.close().await;
}

#[tokio::test]
async fn a_closed_connection_says_so_before_its_events_end() {
    let connection = connection().await;
    connection.close().await;
    reaches(&connection, ConnectionState::Closed).await;
    while connection.next_event().await.is_some() {}
}

#[tokio::test]
async fn dropping_every_handle_closes_the_connection() {
    let (a, ours, b, theirs) = connected().await;
    drop(a);
    ours.send("a channel is a handle too").await.unwrap();
    assert!(theirs.recv().await.is_some());
    drop(ours);
    let closed = timeout(Duration::from_secs(5), reaches(&b, ConnectionState::Closed));
    closed.await.expect("the other side is told");
}

/// Takes events until `connection` is connected and has its channel and its track; says how many
/// that were, if not `limit` before.
async fn take_events(connection: &PeerConnection, limit: usize) -> usize {
    let mut missing = vec!["connected", "channel", "track"];
    let mut count = 0;
    while !missing.is_empty() && count < limit {
        let seen = match connection.next_event().await.expect("an event before the end") {
            Event::ConnectionState(ConnectionState::Connected) => "connected",
            Event::DataChannel(_) => "channel",
            Event::Track(_) => "track",
            _ => "something else",
        };
        missing.retain(|what| *what != seen);
        count += 1;
    }
    count
}

#[tokio::test]
async fn a_connection_can_be_closed_at_every_event() {
    // adversarial Q3, Q8
    for count in 0.. {
        let (a, b) = (connection().await, connection().await);
        let _channel = a.create_data_channel("x", DataChannelInit::default()).await.unwrap();
        a.add_transceiver(MediaKind::Video, Direction::SendRecv).await.unwrap();
        negotiate(&a, &b).await;
        let taken = take_events(&b, count).await;
        b.close().await;
        let closed = timeout(Duration::from_secs(5), async { tokio::join!(a.close(), b.close()) });
        closed.await.expect("closing does not hang");
        if taken < count {
            assert!(taken > 3, "an ordinary connection has more than {taken} events");
            return;
        }
    }
}
