//! Two connections on the loopback interface.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use lariat::{
    Configuration, ConnectionState, DataChannel, DataChannelInit, Event, Loopback, PeerConnection,
    Track,
};

/// A connection that only knows the loopback interface.
pub async fn connection() -> PeerConnection {
    connection_of(Configuration::default()).await
}

/// The same with what else is in a configuration.
pub async fn connection_of(mut configuration: Configuration) -> PeerConnection {
    configuration.bind = "127.0.0.1:0".parse().unwrap();
    configuration.loopback = Loopback::Always;
    PeerConnection::new(configuration).await.unwrap()
}

/// Lets `a` offer and `b` answer.
pub async fn negotiate(a: &PeerConnection, b: &PeerConnection) {
    let offer = a.create_offer().await.unwrap();
    a.set_local_description(offer.clone()).await.unwrap();
    b.set_remote_description(offer).await.unwrap();
    let answer = b.create_answer().await.unwrap();
    b.set_local_description(answer.clone()).await.unwrap();
    a.set_remote_description(answer).await.unwrap();
}

/// Two connections with an open data channel between them: its end at each.
pub async fn connected() -> (PeerConnection, DataChannel, PeerConnection, DataChannel) {
    let (a, b) = (connection().await, connection().await);
    let ours = a.create_data_channel("test", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    let theirs = next_channel(&b).await;
    ours.opened().await.unwrap();
    (a, ours, b, theirs)
}

/// The next data channel that the other side opens.
pub async fn next_channel(connection: &PeerConnection) -> DataChannel {
    loop {
        let event = connection.next_event().await.expect("a data channel before the end");
        if let Event::DataChannel(channel) = event {
            return channel;
        }
    }
}

/// The next track.
pub async fn next_track(connection: &PeerConnection) -> Track {
    loop {
        let event = connection.next_event().await.expect("a track before the end");
        if let Event::Track(track) = event {
            return track;
        }
    }
}

/// Waits until the connection has this state.
pub async fn reaches(connection: &PeerConnection, state: ConnectionState) {
    loop {
        match connection.next_event().await {
            Some(Event::ConnectionState(reached)) if reached == state => return,
            Some(_) => {}
            None => panic!("the events ended before the state was {state}"),
        }
    }
}
