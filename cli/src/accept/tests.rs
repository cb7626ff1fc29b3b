//! Connections that take their time, in virtual time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::mpsc;
use tokio::time::interval;

use super::*;
use crate::signalling;

/// A listener whose connections a test makes.
struct Fake {
    errors: VecDeque<io::ErrorKind>,
    calls: Arc<AtomicUsize>,
    streams: mpsc::UnboundedReceiver<(DuplexStream, Ends)>,
}

impl Listen for Fake {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<(DuplexStream, Ends)> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        match self.errors.pop_front() {
            Some(error) => Err(error.into()),
            None => match self.streams.recv().await {
                Some(accepted) => Ok(accepted),
                None => std::future::pending().await,
            },
        }
    }
}

/// A server, and what a test makes connections with.
struct Rig {
    connections: mpsc::UnboundedSender<(DuplexStream, Ends)>,
    calls: Arc<AtomicUsize>,
    /// Lets the answer to `/slow` be given.
    go: Arc<Notify>,
}

impl Rig {
    fn new(total: usize, per_source: usize) -> Self {
        Self::failing(total, per_source, Vec::new())
    }

    /// The listener fails so many times before it has a connection.
    fn failing(total: usize, per_source: usize, errors: Vec<io::ErrorKind>) -> Self {
        let (connections, streams) = mpsc::unbounded_channel();
        let (calls, go) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let slow = Arc::clone(&go);
        let router = Router::new()
            .route("/", get(async || "hello"))
            .route("/slow", get(async move || slow.notified().await))
            .route("/body", post(async |request| signalling::read(request).await));
        let bounds = Bounds { total, per_source, unsettled: total };
        let server = Arc::new(Server::new(router, bounds, Arc::default()));
        let listener = Fake { errors: errors.into(), calls: Arc::clone(&calls), streams };
        tokio::spawn(server.run(listener));
        Self { connections, calls, go }
    }

    fn connect(&self, from: u8) -> DuplexStream {
        let (ours, theirs) = duplex(64 * 1024);
        let remote = (std::net::Ipv4Addr::new(192, 0, 2, from), 5_000).into();
        let ends = Ends::new(remote, ([198, 51, 100, 1], 80).into());
        self.connections.send((theirs, ends)).unwrap();
        ours
    }
}

async fn send(stream: &mut DuplexStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// What is still answered until the connection ends.
async fn rest(stream: &mut DuplexStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// Reads one answer with `body` at its end.
async fn answer(stream: &mut DuplexStream, body: &str) -> String {
    let mut answer = String::new();
    while !answer.ends_with(body) {
        answer.push(stream.read_u8().await.unwrap().into());
    }
    answer
}

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_head_that_is_never_finished_ends_the_connection() {
    // Q17
    for head in ["", "GET / HTTP/1.1\r\nHost: x\r\n"] {
        let rig = Rig::new(4, 4);
        let mut stream = rig.connect(1);
        send(&mut stream, head).await;
        let start = Instant::now();
        rest(&mut stream).await;
        let took = start.elapsed();
        assert!(took <= limits::HEAD_TIMEOUT + Duration::from_millis(10), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_trickle_in_do_not_stretch_a_heads_time() {
    let rig = Rig::new(4, 4);
    let mut stream = rig.connect(1);
    send(&mut stream, "GET / HTTP/1.1\r\nx: ").await;
    let start = Instant::now();
    let mut ticks = interval(Duration::from_secs(1));
    let mut sent = 0;
    loop {
        ticks.tick().await;
        if stream.write_all(b"x").await.is_err() {
            break;
        }
        sent += 1;
        assert!(sent < 60, "it takes all of it");
    }
    assert!(start.elapsed() <= limits::HEAD_TIMEOUT + Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_never_finished_is_refused() {
    let rig = Rig::new(4, 4);
    let mut stream = rig.connect(1);
    send(&mut stream, "POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf").await;
    let start = Instant::now();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(start.elapsed() <= limits::BODY_TIMEOUT + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_requests_ends() {
    let rig = Rig::new(4, 4);
    let mut stream = rig.connect(1);
    send(&mut stream, GET).await;
    answer(&mut stream, "hello").await;
    let start = Instant::now();
    rest(&mut stream).await;
    assert!(start.elapsed() <= limits::HEAD_TIMEOUT + Duration::from_millis(10));
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_not_used_for_ever() {
    let rig = Rig::new(4, 4);
    let mut stream = rig.connect(1);
    let start = Instant::now();
    let mut ticks = interval(Duration::from_secs(7));
    loop {
        ticks.tick().await;
        if stream.write_all(GET.as_bytes()).await.is_err() {
            break;
        }
        answer(&mut stream, "hello").await;
        assert!(start.elapsed() < limits::CONNECTION_LIFETIME * 2);
    }
    assert!(start.elapsed() >= limits::CONNECTION_LIFETIME);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_does_not_keep_the_connection() {
    let rig = Rig::new(4, 4);
    let mut stream = rig.connect(1);
    // More answers than fit into the pipe.
    let start = Instant::now();
    while stream.write_all(GET.as_bytes()).await.is_ok() {}
    let longest = limits::CONNECTION_LIFETIME + limits::LAST_ANSWER + Duration::from_secs(1);
    assert!(start.elapsed() <= longest, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn one_connection_past_the_limit_replaces_one_of_whoever_has_most() {
    let rig = Rig::new(4, 3);
    let mut quiet = rig.connect(1);
    let mut greedy: Vec<_> = (0..3).map(|_| rig.connect(2)).collect();
    let start = Instant::now();
    let mut newcomer = rig.connect(3);
    send(&mut newcomer, GET).await;
    answer(&mut newcomer, "hello").await;
    assert_eq!(rest(&mut greedy[0]).await, "");
    // Another one of the same source replaces one of its own.
    let _more = rig.connect(2);
    assert_eq!(rest(&mut greedy[1]).await, "");
    send(&mut quiet, GET).await;
    answer(&mut quiet, "hello").await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_being_answered_is_not_replaced() {
    let rig = Rig::new(4, 1);
    let mut first = rig.connect(1);
    send(&mut first, "GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    tokio::task::yield_now().await;
    let mut second = rig.connect(1);
    assert_eq!(rest(&mut second).await, "");
    rig.go.notify_one();
    let answer = rest(&mut first).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let mut third = rig.connect(1);
    send(&mut third, GET).await;
}

#[tokio::test(start_paused = true)]
async fn without_descriptors_it_waits_and_goes_on() {
    // EMFILE has no kind of its own.
    let errors = vec![io::ErrorKind::Other; 5];
    let rig = Rig::failing(4, 4, errors);
    let start = Instant::now();
    let mut stream = rig.connect(1);
    send(&mut stream, GET).await;
    answer(&mut stream, "hello").await;
    assert_eq!(start.elapsed(), limits::ACCEPT_PAUSE * 5);
    assert!(rig.calls.load(Ordering::Relaxed) <= 7);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_given_up_stops_no_other() {
    let rig = Rig::failing(4, 4, vec![io::ErrorKind::ConnectionAborted; 5]);
    let start = Instant::now();
    let mut stream = rig.connect(1);
    send(&mut stream, GET).await;
    answer(&mut stream, "hello").await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}
