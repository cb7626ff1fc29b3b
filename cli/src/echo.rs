//! What a session does: everything that arrives goes back.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lariat::{
    ConnectionState, DataChannel, Error, Event, FailureReason, Message, PeerConnection, Track,
};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// The label of the channel whose messages are counted instead of echoed.
pub(crate) const THROUGHPUT: &str = "throughput";
/// The labels of all channels that the demo page uses.
pub(crate) const LABELS: [&str; 3] = ["chat", "ping", THROUGHPUT];
/// How long a client may take until it is connected: an answer that never comes must not hold a
/// place.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How often received bytes are reported.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// The size of a message that is pushed.
const PUSH_SIZE: usize = 16 * 1024;

/// Runs a session until it ends, and closes it. `channels` are those that this side opened.
pub(crate) async fn run(connection: PeerConnection, channels: Vec<DataChannel>) {
    for channel in channels {
        tokio::spawn(serve_channel(channel));
    }
    let deadline = Instant::now() + CONNECT_TIMEOUT;
    let mut connected = false;
    let mut tracks = Vec::new();
    loop {
        let event = if connected {
            connection.next_event().await
        } else {
            timeout_at(deadline, connection.next_event()).await.unwrap_or(None)
        };
        match event {
            Some(Event::ConnectionState(ConnectionState::Connected)) => connected = true,
            Some(Event::DataChannel(channel)) => drop(tokio::spawn(serve_channel(channel))),
            Some(Event::Track(track)) => {
                tracks.retain(|known: &Track| known.transceiver().id() != track.transceiver().id());
                tracks.push(track.clone());
                tokio::spawn(echo_track(track));
            }
            Some(Event::KeyframeRequested(transceiver)) => {
                // The page asks for a keyframe of its own picture: only the page can make one.
                if let Some(track) =
                    tracks.iter().find(|t| t.transceiver().id() == transceiver.id())
                {
                    track.request_keyframe().await;
                }
            }
            Some(Event::Failed(reason)) => report(&reason),
            Some(Event::ConnectionState(ConnectionState::Failed | ConnectionState::Closed))
            | None => break,
            Some(_) => {}
        }
    }
    connection.close().await;
}

/// Says on the terminal why a session failed, so that somebody can find out what to mend.
fn report(reason: &FailureReason) {
    eprintln!("A session failed: {reason}.");
    if let FailureReason::Ice { explanation, .. } = reason {
        for line in explanation.lines() {
            eprintln!("  {line}");
        }
    }
}

/// The result is dropped: a channel that closes while it is written to has simply ended.
async fn serve_channel(channel: DataChannel) {
    let _ = if channel.label() == THROUGHPUT {
        measure(&channel).await
    } else {
        echo_channel(&channel).await
    };
}

/// Back-pressure is in the order of things: nothing is read while what was read cannot be sent.
async fn echo_channel(channel: &DataChannel) -> Result<(), Error> {
    while let Some(message) = channel.recv().await {
        channel.send(message).await?;
    }
    Ok(())
}

async fn echo_track(track: Track) {
    track.request_keyframe().await;
    while let Some(packet) = track.recv().await {
        // Any other error is a client's that only sends: it does not want its packets back.
        if let Err(Error::Closed) = track.transceiver().send_rtp(packet).await {
            break;
        }
    }
}

/// Counts what arrives, reports the count, and pushes while it is asked to.
async fn measure(channel: &DataChannel) -> Result<(), Error> {
    let received = AtomicU64::new(0);
    let (push, pushing) = watch::channel(false);
    let count = async {
        while let Some(message) = channel.recv().await {
            match message {
                Message::Binary(bytes) => {
                    let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    received.fetch_add(bytes, Ordering::Relaxed);
                }
                Message::Text(text) => {
                    if let Some(wanted) = push_wanted(&text) {
                        push.send_replace(wanted);
                    }
                }
            }
        }
        Err(Error::Closed)
    };
    tokio::try_join!(count, report_and_push(channel, &received, pushing)).map(|((), ())| ())
}

async fn report_and_push(
    channel: &DataChannel,
    received: &AtomicU64,
    mut pushing: watch::Receiver<bool>,
) -> Result<(), Error> {
    let block = Message::from(vec![0; PUSH_SIZE]);
    let mut reported = 0;
    let mut ticks = interval(REPORT_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let push = *pushing.borrow_and_update();
        tokio::select! {
            _ = ticks.tick() => {
                let now = received.load(Ordering::Relaxed);
                if now != reported {
                    reported = now;
                    channel.send(serde_json::json!({ "received": now }).to_string()).await?;
                }
            }
            result = channel.send(block.clone()), if push => result?,
            result = pushing.changed() => result.map_err(|_| Error::Closed)?,
        }
    }
}

/// What a command such as `{"push": true}` asks for.
fn push_wanted(text: &str) -> Option<bool> {
    serde_json::from_str::<serde_json::Value>(text).ok()?.get("push")?.as_bool()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_command_to_push_is_one() {
        assert_eq!(push_wanted("{\"push\":true}"), Some(true));
        assert_eq!(push_wanted("{\"push\": false}"), Some(false));
        for other in ["", "push", "{}", "{\"push\":1}", "[true]"] {
            assert_eq!(push_wanted(other), None, "{other}");
        }
    }
}
