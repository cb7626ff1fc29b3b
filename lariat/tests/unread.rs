//! Applications that do not read: what waits for them, and what does not.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{connected, connection, connection_of, negotiate, next_channel, next_track};
use lariat::{
    Configuration, DataChannel, DataChannelInit, Direction, Error, Event, MediaKind, Message,
    PeerConnection, RtpPacket, limits,
};

/// Sends on a channel until that has to wait, and a little longer, so that all that there is room
/// for at the other side is there.
async fn fill(channel: &DataChannel, other: &PeerConnection) -> usize {
    let mut sent = 0;
    let mut refused = 0;
    while refused < 200 {
        match channel.try_send(vec![7; 16 << 10]) {
            Ok(()) => (sent, refused) = (sent + 1, 0),
            Err(Error::WouldBlock) => {
                refused += 1;
                // Each answer means that both tasks have had a turn.
                other.stats().await.unwrap();
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    sent
}

async fn video_payload_type(connection: &PeerConnection) -> u8 {
    let offer = connection.create_offer().await.unwrap();
    let line = offer.sdp.lines().find(|line| line.starts_with("m=video")).unwrap();
    line.split(' ').nth(3).unwrap().parse().unwrap()
}

// Q16: any peer can do that to a program that opens a channel and never reads it.
#[tokio::test]
async fn an_unread_channel_stops_neither_media_nor_channels_nor_events() {
    let (a, b) = (connection().await, connection().await);
    let unread = a.create_data_channel("unread", DataChannelInit::default()).await.unwrap();
    let video = a.add_transceiver(MediaKind::Video, Direction::SendOnly).await.unwrap();
    let payload_type = video_payload_type(&a).await;
    negotiate(&a, &b).await;
    // The description brings the track before there is a channel.
    let track = next_track(&b).await;
    let held = next_channel(&b).await;
    unread.opened().await.unwrap();
    let sent = fill(&unread, &b).await;
    assert!(sent * (16 << 10) > limits::CHANNEL_RECEIVE_BUFFER);
    let unread_bytes = b.stats().await.unwrap().unread;
    let most = limits::CHANNEL_RECEIVE_BUFFER + (16 << 10) + 64 * 100;
    assert!(unread_bytes <= most, "{unread_bytes} bytes lie unread");

    // Media: every packet is read.
    for number in 0..300 {
        let packet = RtpPacket {
            payload_type,
            marker: true,
            sequence_number: number,
            timestamp: 0,
            payload: vec![1; 100].into(),
        };
        video.send_rtp(packet).await.unwrap();
        assert_eq!(track.recv().await.unwrap().sequence_number, number);
    }
    // Other channels open and deliver, in both directions.
    let other = a.create_data_channel("other", DataChannelInit::default()).await.unwrap();
    let theirs = next_channel(&b).await;
    other.send("through").await.unwrap();
    assert_eq!(theirs.recv().await, Some(Message::from("through")));
    theirs.send("and back").await.unwrap();
    assert_eq!(other.recv().await, Some(Message::from("and back")));
    held.send("even on it").await.unwrap();
    assert_eq!(unread.recv().await, Some(Message::from("even on it")));
    // And what was not read is there in the end.
    for _ in 0..sent {
        assert_eq!(held.recv().await.unwrap().len(), 16 << 10);
    }
}

#[tokio::test]
async fn dropping_an_unread_channel_frees_what_it_held() {
    let (_a, ours, b, theirs) = connected().await;
    fill(&ours, &b).await;
    drop(theirs);
    while b.stats().await.unwrap().unread > 0 {}
    // The window is open again for others.
    let other = _a.create_data_channel("other", DataChannelInit::default()).await.unwrap();
    let theirs = next_channel(&b).await;
    for _ in 0..100 {
        other.send(vec![1; 16 << 10]).await.unwrap();
        theirs.recv().await.unwrap();
    }
}

#[tokio::test]
async fn of_two_thousand_channels_that_nobody_asks_for_none_is_lost() {
    let mut configuration = Configuration::default();
    configuration.max_incoming_channels = 2_100;
    let (a, b) = (connection().await, connection_of(configuration).await);
    let first = a.create_data_channel("first", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    first.opened().await.unwrap();
    let mut ours = Vec::new();
    for number in 0..2_000_u32 {
        let init = DataChannelInit::default();
        let channel = a.create_data_channel(number.to_string(), init).await.unwrap();
        channel.opened().await.unwrap();
        channel.send(number.to_string()).await.unwrap();
        ours.push(channel);
    }
    a.flush().await.unwrap();
    // Only now does the application look.
    let mut seen = BTreeSet::new();
    while seen.len() < 2_000 {
        let channel = next_channel(&b).await;
        if channel.label() != "first" {
            let message = channel.recv().await;
            assert_eq!(message, Some(Message::from(channel.label())));
            seen.insert(channel.label().parse::<u32>().unwrap());
        }
    }
    assert_eq!(b.stats().await.unwrap().missed_channels, 0);
}

#[tokio::test]
async fn channels_past_the_limit_are_closed_and_the_application_is_told() {
    let mut configuration = Configuration::default();
    configuration.max_incoming_channels = 3;
    let (a, b) = (connection().await, connection_of(configuration).await);
    let first = a.create_data_channel("0", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    first.opened().await.unwrap();
    let mut ours = vec![first];
    for number in 1..5 {
        let init = DataChannelInit::default();
        ours.push(a.create_data_channel(number.to_string(), init).await.unwrap());
    }
    let mut theirs = Vec::new();
    loop {
        match b.next_event().await.unwrap() {
            Event::DataChannel(channel) => theirs.push(channel),
            Event::ChannelsRefused { limit } => {
                assert_eq!(limit, 3);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(theirs.len(), 3);
    for refused in &ours[3..] {
        assert_eq!(refused.recv().await, None);
    }
}

#[tokio::test]
async fn a_packet_that_is_sent_before_a_command_is_not_answered_and_goes_before_it() {
    let (a, b) = (connection().await, connection().await);
    let video = a.add_transceiver(MediaKind::Video, Direction::SendOnly).await.unwrap();
    let packet = |payload_type, size| RtpPacket {
        payload_type,
        marker: true,
        sequence_number: 1,
        timestamp: 0,
        payload: vec![1; size].into(),
    };
    // What can be known at once is said at once.
    let refused = video.try_send_rtp(packet(96, 10));
    assert!(matches!(refused, Err(Error::Peer(lariat::PeerError::NotSending))), "{refused:?}");
    let payload_type = video_payload_type(&a).await;
    let channel = a.create_data_channel("x", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    channel.opened().await.unwrap();
    let refused = video.try_send_rtp(packet(1, 10));
    assert!(matches!(refused, Err(Error::Peer(lariat::PeerError::PayloadType(1)))), "{refused:?}");
    let refused = video.try_send_rtp(packet(payload_type, 60_000));
    assert!(matches!(refused, Err(Error::Peer(_))), "{refused:?}");
    // The rest is counted: a number that was used before.
    video.try_send_rtp(packet(payload_type, 10)).unwrap();
    video.try_send_rtp(packet(payload_type, 11)).unwrap();
    assert_eq!(a.stats().await.unwrap().refused_packets, 1);
    // As many as wait for the task in one go, and not one more.
    let many = (0..).take_while(|_| video.try_send_rtp(packet(payload_type, 1)).is_ok()).count();
    assert_eq!(many, limits::MEDIA_SENDS);
    assert!(matches!(video.try_send_rtp(packet(payload_type, 1)), Err(Error::WouldBlock)));
    a.close().await;
    assert!(matches!(video.send_rtp(packet(payload_type, 1)).await, Err(Error::Closed)));
}
