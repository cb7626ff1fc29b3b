//! The life of tracks, and what they hold if nobody reads them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use allocation_counter::measure;
use common::{connection, negotiate, next_track, reaches};
use lariat::{
    ConnectionState, DataChannelInit, Direction, Event, MediaKind, PeerConnection, RtpPacket,
    Track, Transceiver, limits,
};

/// The first video codec of our offers.
const VP8: u8 = 96;

fn packet(sequence_number: u16, size: usize) -> RtpPacket {
    RtpPacket {
        payload_type: VP8,
        marker: true,
        sequence_number,
        timestamp: 0,
        payload: vec![7; size].into(),
    }
}

/// Two connections with so many tracks from the first to the second.
async fn sending(count: usize) -> (PeerConnection, Vec<Transceiver>, PeerConnection, Vec<Track>) {
    let (a, b) = (connection().await, connection().await);
    let mut transceivers = Vec::new();
    for _ in 0..count {
        let added = a.add_transceiver(MediaKind::Video, Direction::SendOnly).await;
        transceivers.push(added.unwrap());
    }
    negotiate(&a, &b).await;
    let mut tracks = Vec::new();
    for _ in 0..count {
        tracks.push(next_track(&b).await);
    }
    reaches(&a, ConnectionState::Connected).await;
    (a, transceivers, b, tracks)
}

async fn next_of_tracks(connection: &PeerConnection) -> Event {
    loop {
        let event = connection.next_event().await.expect("an event before the end");
        if matches!(event, Event::Track(_) | Event::TrackMuted(_) | Event::TrackUnmuted(_)) {
            return event;
        }
    }
}

#[tokio::test]
async fn a_track_stays_the_same_while_its_direction_changes_and_ends_with_its_transceiver() {
    let (a, transceivers, b, tracks) = sending(1).await;
    let (transceiver, track) = (&transceivers[0], &tracks[0]);
    for round in 0..3 {
        transceiver.send_rtp(packet(round, 10)).await.unwrap();
        assert_eq!(track.recv().await, Some(packet(round, 10)));
        transceiver.set_direction(Direction::Inactive).await.unwrap();
        negotiate(&a, &b).await;
        match next_of_tracks(&b).await {
            Event::TrackMuted(of) => assert_eq!(of.id(), track.transceiver().id()),
            other => panic!("{other:?}"),
        }
        transceiver.set_direction(Direction::SendRecv).await.unwrap();
        negotiate(&a, &b).await;
        let event = next_of_tracks(&b).await;
        assert!(matches!(event, Event::TrackUnmuted(_)), "{event:?}");
    }
    // What had come before the end is still read.
    transceiver.send_rtp(packet(9, 10)).await.unwrap();
    // Statistics begin anew with the direction.
    while b.stats().await.unwrap().peer.streams.is_empty() {}
    transceiver.stop().await.unwrap();
    negotiate(&a, &b).await;
    assert_eq!(track.recv().await, Some(packet(9, 10)));
    assert_eq!(track.recv().await, None);
    // The connection goes on, with other tracks.
    a.add_transceiver(MediaKind::Video, Direction::SendOnly).await.unwrap();
    negotiate(&a, &b).await;
    assert_ne!(next_track(&b).await.transceiver().id(), track.transceiver().id());
}

#[tokio::test]
async fn a_track_ends_when_this_side_stops_it_and_with_the_connection() {
    let (a, _transceivers, b, tracks) = sending(2).await;
    tracks[0].transceiver().stop().await.unwrap();
    assert_eq!(tracks[0].recv().await, None);
    a.close().await;
    assert_eq!(tracks[1].recv().await, None);
    b.close().await;
}

// Q19
#[tokio::test]
async fn tracks_that_nobody_reads_disturb_nobody() {
    // As many as there may be, beside data.
    const TRACKS: usize = 63;
    let (a, b) = (connection().await, connection().await);
    let ours = a.create_data_channel("x", DataChannelInit::default()).await.unwrap();
    let mut transceivers = Vec::new();
    for _ in 0..TRACKS {
        let added = a.add_transceiver(MediaKind::Video, Direction::SendOnly).await;
        transceivers.push(added.unwrap());
    }
    negotiate(&a, &b).await;
    let (mut tracks, mut theirs) = (Vec::new(), None);
    while tracks.len() < TRACKS || theirs.is_none() {
        match b.next_event().await.unwrap() {
            Event::Track(track) => tracks.push(track),
            Event::DataChannel(channel) => theirs = Some(channel),
            _ => {}
        }
    }
    let theirs = theirs.unwrap();
    ours.opened().await.unwrap();
    // Of all tracks, the last one is read.
    let count = u16::try_from(limits::TRACK_PACKETS).unwrap() + 50;
    for number in 0..count {
        for transceiver in &transceivers {
            transceiver.send_rtp(packet(number, 100)).await.unwrap();
        }
        assert_eq!(tracks[TRACKS - 1].recv().await, Some(packet(number, 100)));
        if number % 50 == 0 {
            ours.send("hello").await.unwrap();
            theirs.recv().await.unwrap();
        }
    }
    assert_eq!(tracks[TRACKS - 1].lost(), 0);
    assert!(tracks[..TRACKS - 1].iter().all(|track| track.lost() == 50));
}

/// What the second of two tracks holds, of which only the first is read.
fn held_by_unread(sizes: [usize; 2], first_for_each: u16, count: u16) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (a, transceivers, b, tracks) = runtime.block_on(sending(2));
    let mut number = 0;
    let mut exchange = |runtime: &tokio::runtime::Runtime, rounds: u16| {
        runtime.block_on(async {
            for _ in 0..rounds {
                for _ in 0..first_for_each {
                    transceivers[0].send_rtp(packet(number, sizes[0])).await.unwrap();
                    number = number.wrapping_add(1);
                    tracks[0].recv().await.unwrap();
                }
                transceivers[1].send_rtp(packet(number, sizes[1])).await.unwrap();
            }
        });
    };
    // Buffers of the connections themselves grow first.
    exchange(&runtime, 8);
    let held = measure(|| exchange(&runtime, count)).bytes_current;
    runtime.block_on(async {
        a.close().await;
        b.close().await;
    });
    held
}

#[test]
fn a_track_that_nobody_reads_holds_no_more_than_its_limit() {
    let most = i64::try_from(limits::TRACK_BYTES).unwrap() * 5 / 4;
    for (sizes, first_for_each) in [([1_000, 10], 15), ([10, 1_000], 1), ([10, 1_400], 1)] {
        let count = u16::try_from(limits::TRACK_PACKETS).unwrap() + 100;
        let held = held_by_unread(sizes, first_for_each, count);
        assert!(held <= most, "{held} bytes are held of {sizes:?}");
        // It is the packets that are held.
        assert!(held >= (limits::TRACK_PACKETS * sizes[1]) as i64, "{held} of {sizes:?}");
    }
}
