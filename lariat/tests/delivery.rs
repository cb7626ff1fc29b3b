//! What was accepted arrives, however soon the connection is closed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{connected, connection_of, negotiate, next_channel};
use lariat::{Configuration, ConnectionState, DataChannelInit, Error, Event};
use tokio::time::{Instant, timeout};

const SIZE: usize = 16 << 10;

#[tokio::test]
async fn a_mebibyte_that_was_sent_just_before_a_close_arrives() {
    for count in [1, 2, 63] {
        let (a, ours, b, theirs) = connected().await;
        for _ in 0..count {
            ours.send(vec![7; SIZE]).await.unwrap();
        }
        a.close().await;
        for _ in 0..count {
            assert_eq!(theirs.recv().await.map(|message| message.len()), Some(SIZE));
        }
        assert_eq!(theirs.recv().await, None);
        b.close().await;
    }
}

#[tokio::test]
async fn dropping_the_last_handle_delivers_too() {
    let (a, ours, _b, theirs) = connected().await;
    for _ in 0..60 {
        ours.send(vec![7; SIZE]).await.unwrap();
    }
    drop((a, ours));
    for _ in 0..60 {
        assert_eq!(theirs.recv().await.map(|message| message.len()), Some(SIZE));
    }
    assert_eq!(theirs.recv().await, None);
}

#[tokio::test]
async fn a_reader_that_comes_late_finds_everything_after_the_close() {
    let (a, ours, b, theirs) = connected().await;
    // More than the reader's credit, less than what the window adds to it.
    let count = (3 << 20) / SIZE;
    for _ in 0..count {
        ours.send(vec![7; SIZE]).await.unwrap();
    }
    a.close().await;
    loop {
        match b.next_event().await {
            Some(Event::ConnectionState(ConnectionState::Closed)) => break,
            Some(_) => {}
            None => panic!("the events ended before it was closed"),
        }
    }
    for number in 0..count {
        assert!(theirs.recv().await.is_some(), "message {number}");
    }
    assert_eq!(theirs.recv().await, None);
}

#[tokio::test]
async fn a_flush_waits_until_everything_was_acknowledged() {
    let (a, ours, b, theirs) = connected().await;
    ours.flush().await.unwrap();
    for _ in 0..100 {
        ours.send(vec![7; SIZE]).await.unwrap();
    }
    let (one, all) = tokio::join!(ours.flush(), a.flush());
    one.unwrap();
    all.unwrap();
    // It is at the other side, so an abort takes nothing of it away.
    a.abort().await;
    for _ in 0..100 {
        assert_eq!(theirs.recv().await.map(|message| message.len()), Some(SIZE));
    }
    assert!(matches!(ours.flush().await, Err(Error::Closed)));
    b.close().await;
}

#[tokio::test]
async fn a_flush_ends_with_the_connection() {
    let (_a, ours, b, theirs) = connected().await;
    // So much that it cannot arrive while nobody reads.
    let sending = tokio::spawn(async move {
        while ours.try_send(vec![7; SIZE]).is_ok() {}
        let flushed = ours.flush().await;
        (ours, flushed)
    });
    b.abort().await;
    let (_ours, flushed) = sending.await.unwrap();
    assert!(matches!(flushed, Err(Error::Closed) | Ok(())), "{flushed:?}");
    drop(theirs);
}

#[tokio::test]
async fn a_close_that_nobody_answers_ends_at_its_deadline() {
    let mut configuration = Configuration::default();
    configuration.close_timeout = Duration::from_millis(200);
    let (a, b) = (connection_of(configuration.clone()).await, connection_of(configuration).await);
    let ours = a.create_data_channel("test", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    let theirs = next_channel(&b).await;
    ours.opened().await.unwrap();
    // Nobody reads, so that the other side's window closes and the rest cannot be delivered.
    while ours.try_send(vec![7; SIZE]).is_ok() {
        tokio::task::yield_now().await;
    }
    let start = Instant::now();
    let closed = timeout(Duration::from_secs(5), a.close()).await;
    closed.expect("the deadline holds");
    assert!(start.elapsed() < Duration::from_secs(2));
    drop(theirs);
}
