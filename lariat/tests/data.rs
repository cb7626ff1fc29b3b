//! Data channels between two connections.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{connected, connection, negotiate, next_channel};
use lariat::{DataChannelInit, Error, Message, Reliability, limits};

#[tokio::test]
async fn text_and_bytes_arrive_as_what_they_were_and_in_order() {
    let (_a, ours, _b, theirs) = connected().await;
    ours.send("héllo").await.unwrap();
    ours.send("").await.unwrap();
    ours.send(vec![0, 159, 146, 150]).await.unwrap();
    ours.send(Vec::new()).await.unwrap();
    assert_eq!(theirs.recv().await, Some(Message::from("héllo")));
    assert_eq!(theirs.recv().await, Some(Message::from("")));
    assert_eq!(theirs.recv().await, Some(Message::from(vec![0, 159, 146, 150])));
    assert_eq!(theirs.recv().await, Some(Message::from(Vec::new())));
    theirs.send("and back").await.unwrap();
    assert_eq!(ours.recv().await, Some(Message::from("and back")));
}

#[tokio::test]
async fn both_sides_know_how_a_channel_was_opened() {
    let (a, b) = (connection().await, connection().await);
    let mut init = DataChannelInit::default();
    init.ordered = false;
    init.reliability = Reliability::MaxRetransmits(3);
    init.protocol = "moves".to_owned();
    let _ours = a.create_data_channel("game", init).await.unwrap();
    negotiate(&a, &b).await;
    let theirs = next_channel(&b).await;
    assert_eq!((theirs.label(), theirs.protocol()), ("game", "moves"));
    assert_eq!((theirs.ordered(), theirs.max_retransmits()), (false, Some(3)));
}

#[tokio::test]
async fn what_is_sent_before_the_channel_opens_waits_for_it() {
    let (a, b) = (connection().await, connection().await);
    let ours = a.create_data_channel("early", DataChannelInit::default()).await.unwrap();
    assert!(matches!(ours.try_send("now"), Err(Error::WouldBlock)));
    let sending = tokio::spawn(async move { ours.send("early bird").await.map(|()| ours) });
    negotiate(&a, &b).await;
    let theirs = next_channel(&b).await;
    assert_eq!(theirs.recv().await, Some(Message::from("early bird")));
    sending.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_message_that_is_too_long_is_refused_and_nothing_else_is_lost() {
    let (_a, ours, _b, theirs) = connected().await;
    let too_long = vec![7; 300_000];
    let refused = ours.send(too_long.clone()).await;
    assert!(matches!(refused, Err(Error::TooLong { size: 300_000, max: 262_144 })), "{refused:?}");
    assert!(matches!(ours.try_send(too_long), Err(Error::TooLong { .. })));
    ours.send(vec![7; 262_144]).await.unwrap();
    assert_eq!(theirs.recv().await.map(|message| message.len()), Some(262_144));
}

#[tokio::test]
async fn more_than_all_buffers_hold_arrives_complete_and_in_order() {
    // adversarial Q4: nobody reads until the sender has been stopped.
    let (_a, ours, b, theirs) = connected().await;
    let size = 64 * 1024;
    let mut sent = 0_u32;
    let message = |number: u32| {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.resize(size, 0);
        bytes
    };
    let everything = (limits::SEND_BUFFER + limits::RECEIVE_BUFFER) / size;
    // Between the two there are only windows: as much as both hold cannot go without a reader.
    let mut unread = 0;
    while unread < limits::CHANNEL_RECEIVE_BUFFER {
        match ours.try_send(message(sent)) {
            Ok(()) => sent += 1,
            Err(Error::WouldBlock) => unread = b.stats().await.unwrap().unread,
            Err(error) => panic!("{error}"),
        }
    }
    assert!((sent as usize) < 4 * everything);
    let reader = tokio::spawn(async move {
        for number in 0..u32::try_from(4 * everything).unwrap() {
            let Some(Message::Binary(bytes)) = theirs.recv().await else { panic!("it ended") };
            assert_eq!(bytes[..4], number.to_be_bytes(), "message {number}");
        }
    });
    while (sent as usize) < 4 * everything {
        ours.send(message(sent)).await.unwrap();
        sent += 1;
    }
    reader.await.unwrap();
    assert!(ours.buffered_amount() <= limits::SEND_BUFFER);
}

#[tokio::test]
async fn closing_a_channel_ends_it_at_both_sides_after_what_was_sent() {
    let (a, ours, _b, theirs) = connected().await;
    ours.send("last words").await.unwrap();
    ours.close().await;
    ours.close().await;
    assert!(matches!(ours.send("too late").await, Err(Error::Closed)));
    assert_eq!(theirs.recv().await, Some(Message::from("last words")));
    assert_eq!(theirs.recv().await, None);
    assert_eq!(ours.recv().await, None);
    assert!(matches!(theirs.send("hello?").await, Err(Error::Closed)));
    assert!(a.stats().await.is_ok(), "the connection goes on");
}

#[tokio::test]
async fn dropping_a_channel_closes_it() {
    let (_a, ours, _b, theirs) = connected().await;
    ours.send("and gone").await.unwrap();
    drop(ours);
    assert_eq!(theirs.recv().await, Some(Message::from("and gone")));
    assert_eq!(theirs.recv().await, None);
}
