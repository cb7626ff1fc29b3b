//! Media between two connections.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{connected, connection, negotiate, next_track};
use lariat::{Direction, Error, Event, MediaKind, PeerConnection, RtpPacket, Transceiver, limits};

/// A payload type that the offer of `connection` names for video.
async fn payload_type(connection: &PeerConnection) -> u8 {
    let offer = connection.create_offer().await.unwrap();
    let line = offer.sdp.lines().find(|line| line.starts_with("m=video")).unwrap();
    line.split(' ').nth(3).unwrap().parse().unwrap()
}

fn packet(payload_type: u8, sequence_number: u16) -> RtpPacket {
    RtpPacket {
        payload_type,
        marker: true,
        sequence_number,
        timestamp: u32::from(sequence_number) * 3_000,
        payload: vec![0x10, 2, 3, 4].into(),
    }
}

async fn sending() -> (PeerConnection, Transceiver, PeerConnection, u8) {
    let (a, b) = (connection().await, connection().await);
    let channel = a.create_data_channel("x", Default::default()).await.unwrap();
    let transceiver = a.add_transceiver(MediaKind::Video, Direction::SendOnly).await.unwrap();
    let payload_type = payload_type(&a).await;
    negotiate(&a, &b).await;
    channel.opened().await.unwrap();
    (a, transceiver, b, payload_type)
}

#[tokio::test]
async fn packets_arrive_as_they_were_sent() {
    let (_a, transceiver, b, payload_type) = sending().await;
    let track = next_track(&b).await;
    assert_eq!(track.kind(), MediaKind::Video);
    for number in 65_530..=65_535 {
        transceiver.send_rtp(packet(payload_type, number)).await.unwrap();
    }
    for number in 65_530..=65_535 {
        assert_eq!(track.recv().await, Some(packet(payload_type, number)));
    }
    assert_eq!(track.lost(), 0);
}

#[tokio::test]
async fn a_request_for_a_keyframe_reaches_the_sender() {
    let (a, transceiver, b, payload_type) = sending().await;
    let track = next_track(&b).await;
    transceiver.send_rtp(packet(payload_type, 1)).await.unwrap();
    track.recv().await.unwrap();
    track.request_keyframe().await;
    loop {
        if let Event::KeyframeRequested(of) = a.next_event().await.unwrap() {
            assert_eq!(of.id(), transceiver.id());
            break;
        }
    }
}

/// How many packets have arrived at a connection.
async fn received(connection: &PeerConnection) -> u64 {
    let stats = connection.stats().await.unwrap().peer;
    stats.streams.iter().filter(|stream| stream.is_inbound).map(|stream| stream.packets).sum()
}

#[tokio::test]
async fn a_track_that_is_not_read_loses_its_oldest_packets() {
    // adversarial Q4
    let (_a, transceiver, b, payload_type) = sending().await;
    let track = next_track(&b).await;
    let count = u16::try_from(limits::TRACK_PACKETS).unwrap() + 100;
    for number in 0..count {
        transceiver.send_rtp(packet(payload_type, number)).await.unwrap();
        // Each answer means that the task has had its turn, and so the socket its datagrams.
        while received(&b).await + 20 < u64::from(number) {}
    }
    while received(&b).await < u64::from(count) {}
    let mut seen = Vec::new();
    while seen.last() != Some(&(count - 1)) {
        seen.push(track.recv().await.unwrap().sequence_number);
    }
    assert!(seen.is_sorted());
    assert!(seen.len() <= limits::TRACK_PACKETS + 1, "{} packets", seen.len());
    assert!(track.lost() > 0);
}

#[tokio::test]
async fn a_payload_type_that_was_not_negotiated_is_refused() {
    let (_a, transceiver, _b, _) = sending().await;
    let refused = transceiver.send_rtp(packet(1, 1)).await;
    assert!(matches!(refused, Err(Error::Peer(_))), "{refused:?}");
}

#[tokio::test]
async fn media_may_be_added_while_data_flows() {
    let (a, _ours, b, _theirs) = connected().await;
    a.add_transceiver(MediaKind::Audio, Direction::SendOnly).await.unwrap();
    negotiate(&a, &b).await;
    assert_eq!(next_track(&b).await.kind(), MediaKind::Audio);
}
