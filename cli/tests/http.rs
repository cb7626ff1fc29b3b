//! The program from outside: what it prints, and what its HTTP interface answers.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod program;

use std::time::Duration;

use lariat::{
    Configuration, DataChannelInit, Direction, Event, Loopback, MediaKind, Message, PeerConnection,
    RtpPacket, SdpType, SessionDescription,
};
use program::{Program, Response};
use tokio::time::timeout;

const SDP: &str = "application/sdp";
const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

async fn client() -> PeerConnection {
    let mut configuration = Configuration::default();
    configuration.loopback = Loopback::Always;
    PeerConnection::new(configuration).await.unwrap()
}

async fn offer(client: &PeerConnection) -> String {
    let offer = client.create_offer().await.unwrap();
    client.set_local_description(offer.clone()).await.unwrap();
    offer.sdp
}

/// Posts the client's offer and applies the answer; returns the answer to the request.
async fn whip(program: &Program, client: &PeerConnection) -> Response {
    let response = program.send("POST", "/whip/echo", SDP, &offer(client).await).await;
    assert_eq!(response.status, 201, "{}", response.body);
    let answer = SessionDescription { kind: SdpType::Answer, sdp: response.body.clone() };
    client.set_remote_description(answer).await.unwrap();
    response
}

#[tokio::test]
async fn the_page_is_one_document_that_may_ask_for_nothing_else() {
    let program = Program::start();
    let page = program.send("GET", "/", "", "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.starts_with("<!doctype html>") && page.body.contains("id=\"start\""));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
}

#[tokio::test]
async fn messages_and_media_come_back() {
    let program = Program::start();
    let client = client().await;
    let chat = client.create_data_channel("chat", DataChannelInit::default()).await.unwrap();
    let video = client.add_transceiver(MediaKind::Video, Direction::SendRecv).await.unwrap();
    let response = whip(&program, &client).await;
    assert!(response.header("etag").starts_with('"'));
    let session = response.header("location").to_owned();
    assert!(session.len() >= "/whip/echo/".len() + 32, "{session} can be guessed");

    chat.send("text").await.unwrap();
    chat.send(vec![0, 255]).await.unwrap();
    assert_eq!(chat.recv().await, Some(Message::from("text")));
    assert_eq!(chat.recv().await, Some(Message::from(vec![0, 255])));

    let line = response.body.lines().find(|line| line.starts_with("m=video")).unwrap();
    let payload_type = line.split(' ').nth(3).unwrap().parse().unwrap();
    let packet = RtpPacket {
        payload_type,
        marker: true,
        sequence_number: 65_535,
        timestamp: 7,
        payload: vec![0x90, 0x80, 1, 2].into(),
    };
    let track = loop {
        if let Event::Track(track) = client.next_event().await.unwrap() {
            break track;
        }
    };
    video.send_rtp(packet.clone()).await.unwrap();
    assert_eq!(track.recv().await, Some(packet));

    let stats = program.send("GET", &format!("{session}/stats"), "", "").await;
    assert_eq!((stats.status, stats.header("content-type")), (200, "application/json"));
    let stats: serde_json::Value = serde_json::from_str(&stats.body).unwrap();
    assert_eq!(stats["connection_state"], "connected");
    assert_eq!(stats["streams"].as_array().unwrap().len(), 2, "{stats}");

    // rfc9725 §4.3.1: an entity tag does not matter here.
    let deleted = program.send_with("DELETE", &session, "If-Match: \"other\"\r\n", "", "").await;
    assert_eq!(deleted.status, 200);
    assert_eq!(program.send("DELETE", &session, "", "").await.status, 404);
    assert_eq!(timeout(Duration::from_secs(5), chat.recv()).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_ends_with_its_client() {
    let program = Program::start();
    let client = client().await;
    let chat = client.create_data_channel("chat", DataChannelInit::default()).await.unwrap();
    let session = whip(&program, &client).await.header("location").to_owned();
    chat.opened().await.unwrap();
    assert_eq!(program.send("GET", &session, "", "").await.status, 204);
    client.close().await;
    let gone = async { while program.send("GET", &session, "", "").await.status != 404 {} };
    timeout(Duration::from_secs(10), gone).await.unwrap();
}

#[tokio::test]
async fn lariat_offers_and_takes_the_answer() {
    let program = Program::start();
    let client = client().await;
    let response = program.send("POST", "/offer/echo", "", "").await;
    assert_eq!((response.status, response.header("content-type")), (201, SDP));
    let session = response.header("location").to_owned();
    let offer = SessionDescription { kind: SdpType::Offer, sdp: response.body };
    client.set_remote_description(offer).await.unwrap();
    let answer = client.create_answer().await.unwrap();
    client.set_local_description(answer.clone()).await.unwrap();
    let answered = program.send("PATCH", &session, SDP, &answer.sdp).await;
    assert_eq!(answered.status, 204, "{}", answered.body);
    let again = program.send("PATCH", &session, SDP, &answer.sdp).await;
    assert_eq!(again.status, 409, "{}", again.body);

    // Dropping a channel would close it.
    let mut channels = Vec::new();
    while channels.len() < 3 {
        if let Event::DataChannel(channel) = client.next_event().await.unwrap() {
            if channel.label() == "ping" {
                channel.send("1").await.unwrap();
                assert_eq!(channel.recv().await, Some(Message::from("1")));
            }
            channels.push(channel);
        }
    }
    let mut labels: Vec<_> = channels.iter().map(|channel| channel.label()).collect();
    labels.sort();
    assert_eq!(labels, ["chat", "ping", "throughput"]);
}

#[tokio::test]
async fn the_throughput_channel_counts_and_pushes_when_asked() {
    let program = Program::start();
    let client = client().await;
    let channel = client.create_data_channel("throughput", Default::default()).await.unwrap();
    whip(&program, &client).await;
    channel.send(vec![0; 1_000]).await.unwrap();
    channel.send("nonsense").await.unwrap();
    assert_eq!(channel.recv().await, Some(Message::from("{\"received\":1000}")));
    channel.send("{\"push\":true}").await.unwrap();
    for _ in 0..100 {
        assert_eq!(channel.recv().await.map(|message| message.len()), Some(16 * 1_024));
    }
    channel.send("{\"push\":false}").await.unwrap();
    channel.send(vec![0; 24]).await.unwrap();
    let last = async {
        loop {
            if let Some(Message::Text(text)) = channel.recv().await {
                return text;
            }
        }
    };
    assert_eq!(last.await, "{\"received\":1024}");
}

#[tokio::test]
async fn a_request_that_cannot_be_met_is_told_why() {
    // adversarial Q15
    let program = Program::start();
    let client = client().await;
    client.create_data_channel("x", DataChannelInit::default()).await.unwrap();
    let good = offer(&client).await;
    let without = |what: &str| -> String {
        good.split_inclusive("\r\n").filter(|line| !line.starts_with(what)).collect()
    };
    let no_sections = good.split("m=").next().unwrap();
    let long = "a".repeat(256 * 1_024 + 1);
    let nowhere = "/whip/echo/00000000000000000000000000000000";
    for (method, path, content_type, body, status, says) in [
        ("POST", "/whip/echo", "text/plain", &*good, 415, "application/sdp"),
        ("POST", "/whip/echo", "", &*good, 415, "application/sdp"),
        ("POST", "/whip/echo", SDP, "", 400, "session description"),
        ("POST", "/whip/echo", SDP, "v=0\r\nhello\r\n", 400, "session description"),
        ("POST", "/whip/echo", SDP, &without("a=fingerprint"), 406, "fingerprint"),
        ("POST", "/whip/echo", SDP, no_sections, 406, "media section"),
        ("POST", "/whip/echo", SDP, &long, 413, "262144 bytes"),
        ("PATCH", nowhere, FRAGMENT, "a=mid:0\r\n", 404, "no such session"),
        ("DELETE", nowhere, "", "", 404, "no such session"),
        ("GET", nowhere, "", "", 404, "no such session"),
        ("GET", &format!("{nowhere}/stats"), "", "", 404, "no such session"),
    ] {
        let response = program.send(method, path, content_type, body).await;
        assert_eq!(response.status, status, "{method} {path}: {}", response.body);
        assert!(response.body.contains(says), "{method} {path}: {}", response.body);
        assert!(response.body.trim_end().ends_with('.'), "a sentence: {}", response.body);
    }
}

#[tokio::test]
async fn candidates_are_taken_for_this_ice_session_only() {
    // adversarial Q15
    let program = Program::start();
    let client = client().await;
    client.create_data_channel("x", DataChannelInit::default()).await.unwrap();
    let response = whip(&program, &client).await;
    let (session, etag) = (response.header("location"), response.header("etag"));
    let fragment = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n\
        a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n\
        a=candidate:2 1 udp 1 a-name.local 9 typ host\r\n\
        a=candidate:3 1 tcp 1 192.0.2.1 9 typ host tcptype active\r\na=candidate:what\r\n";
    let patch = async |tag: &str, content_type: &str, body: &str| {
        let tag = if tag.is_empty() { String::new() } else { format!("If-Match: {tag}\r\n") };
        program.send_with("PATCH", session, &tag, content_type, body).await.status
    };
    assert_eq!(patch(etag, FRAGMENT, fragment).await, 204);
    assert_eq!(patch("", FRAGMENT, fragment).await, 204);
    assert_eq!(patch("\"other\"", FRAGMENT, fragment).await, 412);
    assert_eq!(patch(etag, "text/plain", fragment).await, 415);
    assert_eq!(patch(etag, FRAGMENT, "nonsense").await, 400);
    assert_eq!(patch(etag, FRAGMENT, "a=ice-ufrag:another\r\n").await, 422);
}

#[tokio::test]
async fn a_port_in_use_is_said_plainly() {
    let program = Program::start();
    let (code, error) = Program::fails(&["--listen", &format!("localhost:{}", program.port())]);
    assert_eq!(code, Some(1));
    assert!(error.contains("is in use by another program"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[cfg(unix)]
// The wait for the program blocks a thread, and the client needs one.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_it_cleanly_and_tells_its_clients() {
    let program = Program::start();
    let client = client().await;
    let chat = client.create_data_channel("chat", DataChannelInit::default()).await.unwrap();
    whip(&program, &client).await;
    chat.opened().await.unwrap();
    let (code, output) = program.interrupt();
    assert_eq!(code, Some(0));
    let lines: Vec<_> = output.lines().collect();
    assert!(lines[0].starts_with("Session 1 offers: 127.0.0.1:"), "{output}");
    assert!(lines[1].starts_with("Session 1 connected after "), "{output}");
    assert!(lines[2].contains(": the server stops"), "{output}");
    assert_eq!(lines.len(), 3, "{output}");
    assert_eq!(timeout(Duration::from_secs(5), chat.recv()).await.unwrap(), None);
}
