//! The program under more than it serves: whom it keeps, and whom it lets in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod program;

use std::net::Ipv4Addr;
use std::time::Duration;

use lariat::{
    Configuration, DataChannel, DataChannelInit, Loopback, Message, PeerConnection, SdpType,
    SessionDescription,
};
use program::{Program, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

const ONE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const OTHER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

const PAGE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
const OFFER: &str = "POST /offer/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
                     Content-Length: 0\r\n\r\n";

async fn client() -> (PeerConnection, DataChannel) {
    let mut configuration = Configuration::default();
    configuration.loopback = Loopback::Always;
    let client = PeerConnection::new(configuration).await.unwrap();
    let chat = client.create_data_channel("chat", DataChannelInit::default()).await.unwrap();
    (client, chat)
}

/// Posts the client's offer from an address, and waits until it is connected.
async fn connect(
    program: &Program,
    from: Ipv4Addr,
    client: &PeerConnection,
    chat: &DataChannel,
) -> Response {
    let offer = client.create_offer().await.unwrap();
    client.set_local_description(offer.clone()).await.unwrap();
    let request = format!(
        "POST /whip/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{}",
        offer.sdp.len(),
        offer.sdp,
    );
    let response = program.exchange(from, &request).await.unwrap();
    assert_eq!(response.status, 201, "{}", response.body);
    let answer = SessionDescription { kind: SdpType::Answer, sdp: response.body.clone() };
    client.set_remote_description(answer).await.unwrap();
    chat.opened().await.unwrap();
    response
}

#[tokio::test]
async fn posts_of_one_address_keep_nobody_out() {
    // Q17
    let program = Program::start_with(&["--max-sessions", "4"]);
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let response = program.exchange(ONE, OFFER).await.unwrap();
        if response.status == 429 {
            assert_eq!(response.header("retry-after"), "1");
        }
        statuses.push(response.status);
    }
    assert_eq!(statuses[..16], [201; 16]);
    assert_eq!(*statuses.last().unwrap(), 429);
    let (client, chat) = client().await;
    connect(&program, OTHER, &client, &chat).await;
    // Now it has proved where it is, and loses its place to nobody.
    for _ in 0..40 {
        program.exchange(ONE, OFFER).await.unwrap();
    }
    chat.send("still here").await.unwrap();
    assert_eq!(chat.recv().await, Some(Message::from("still here")));
}

#[tokio::test]
async fn one_session_past_the_limit_is_refused_until_one_ends() {
    let program = Program::start_with(&["--max-sessions", "1"]);
    let (client, chat) = client().await;
    let session = connect(&program, ONE, &client, &chat).await.header("location").to_owned();
    // What comes back shows that the program knows the client to be connected.
    chat.send("connected?").await.unwrap();
    assert_eq!(chat.recv().await, Some(Message::from("connected?")));
    let refused = program.exchange(OTHER, OFFER).await.unwrap();
    assert_eq!(refused.status, 503);
    assert!(refused.body.contains("All 1 sessions"), "{}", refused.body);
    assert_eq!(refused.header("retry-after"), "5");
    program.send("DELETE", &session, "", "").await;
    let room = async { while program.exchange(OTHER, OFFER).await.unwrap().status != 201 {} };
    timeout(Duration::from_secs(10), room).await.unwrap();
}

#[tokio::test]
async fn half_requests_of_one_address_keep_nobody_out() {
    // Q17
    let arguments = ["--max-connections", "8", "--max-connections-per-source", "4"];
    let program = Program::start_with(&arguments);
    let mut half = Vec::new();
    for _ in 0..20 {
        let mut stream = program.connect(ONE).await;
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").await;
        half.push(stream);
    }
    for from in [OTHER, ONE] {
        let page = program.exchange(from, PAGE).await.unwrap();
        assert_eq!(page.status, 200);
    }
    // The oldest was closed to make room.
    let _ = half[0].read_to_end(&mut Vec::new()).await;
}

#[cfg(unix)]
#[tokio::test]
async fn it_goes_on_after_it_had_no_descriptors_left() {
    // Q17
    let arguments = ["--max-connections", "999", "--max-connections-per-source", "999"];
    let mut program = Program::start_with_descriptors(40, &arguments);
    let mut idle = Vec::new();
    for _ in 0..60 {
        idle.push(program.connect(ONE).await);
    }
    program.wait_for("No connection can be accepted");
    drop(idle);
    let page = program.exchange(OTHER, PAGE).await.unwrap();
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn one_channel_past_the_limit_is_closed_and_the_others_work() {
    let program = Program::start();
    let (client, chat) = client().await;
    let mut channels = Vec::new();
    for number in 0..32 {
        let label = if number % 2 == 0 { "throughput" } else { "echo" };
        channels.push(client.create_data_channel(label, Default::default()).await.unwrap());
    }
    connect(&program, ONE, &client, &chat).await;
    channels.push(chat);
    // One that is closed takes nothing more, or has nothing to answer.
    for channel in &channels {
        let _ = channel.send(vec![1]).await;
    }
    let mut open = 0;
    for channel in &channels {
        open += usize::from(channel.recv().await.is_some());
    }
    assert_eq!((open, channels.len()), (32, 33));
}
