//! What happens on a data channel: messages come back, or are counted.

use std::sync::LazyLock;
use std::time::Duration;

use lariat::{DataChannel, Error, Message};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// The label of the channel whose messages are counted instead of echoed.
pub(crate) const THROUGHPUT: &str = "throughput";
/// The label of the channel that is held and not read, to see that the others go on.
pub(crate) const UNREAD: &str = "unread";
/// The labels of the channels that the demo page always uses.
pub(crate) const LABELS: [&str; 3] = ["chat", "ping", THROUGHPUT];
/// How long after the first byte that was not reported the count is.
const REPORT_AFTER: Duration = Duration::from_millis(250);
/// The size of a message that is pushed.
const PUSH_SIZE: usize = 16 * 1024;

/// What is pushed, for all channels together.
static BLOCK: LazyLock<Message> = LazyLock::new(|| Message::from(vec![0; PUSH_SIZE]));

/// The result is dropped: a channel that closes while it is written to has simply ended.
pub(crate) async fn serve(channel: DataChannel) {
    let _ = match channel.label() {
        THROUGHPUT => measure(&channel).await,
        // Until the session ends.
        UNREAD => std::future::pending().await,
        _ => echo(&channel).await,
    };
}

/// Back-pressure is in the order of things: nothing is read while what was read cannot be sent.
async fn echo(channel: &DataChannel) -> Result<(), Error> {
    while let Some(message) = channel.recv().await {
        channel.send(message).await?;
    }
    Ok(())
}

/// What a throughput channel was told.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    /// Bytes received so far.
    received: u64,
    /// Whether its client wants to be sent as much as there is room for.
    push: bool,
}

/// Counts what arrives, reports the count, and pushes while it is asked to. Nothing happens while
/// nothing arrives and nothing was asked for.
async fn measure(channel: &DataChannel) -> Result<(), Error> {
    let (tell, told) = watch::channel(Told::default());
    let count = async {
        while let Some(message) = channel.recv().await {
            match message {
                Message::Binary(bytes) => {
                    let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
                    tell.send_modify(|told| told.received = told.received.saturating_add(bytes));
                }
                Message::Text(text) => {
                    if let Some(push) = push_wanted(&text) {
                        tell.send_modify(|told| told.push = push);
                    }
                }
            }
        }
        Err(Error::Closed)
    };
    tokio::try_join!(count, report_and_push(channel, told)).map(|((), ())| ())
}

async fn report_and_push(
    channel: &DataChannel,
    mut told: watch::Receiver<Told>,
) -> Result<(), Error> {
    let mut reported = 0;
    let mut due = None;
    loop {
        let Told { received, push } = *told.borrow_and_update();
        if received != reported && due.is_none() {
            due = Some(Instant::now() + REPORT_AFTER);
        }
        tokio::select! {
            () = at(due), if due.is_some() => {
                due = None;
                reported = received;
                channel.send(serde_json::json!({ "received": received }).to_string()).await?;
            }
            result = channel.send(BLOCK.clone()), if push => result?,
            result = told.changed() => result.map_err(|_| Error::Closed)?,
        }
    }
}

/// Waits until a time, or for ever.
pub(crate) async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// What a command such as `{"push": true}` asks for.
fn push_wanted(text: &str) -> Option<bool> {
    serde_json::from_str::<serde_json::Value>(text).ok()?.get("push")?.as_bool()
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;

    use lariat::{Configuration, PeerConnection};
    use tokio::time::timeout;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn nothing_happens_on_a_channel_that_nobody_uses() {
        let connection = PeerConnection::new(Configuration::default()).await.unwrap();
        for label in LABELS {
            let channel = connection.create_data_channel(label, Default::default()).await.unwrap();
            let mut serving = pin!(serve(channel));
            let mut polls = 0;
            let counted = poll_fn(|context| {
                polls += 1;
                serving.as_mut().poll(context)
            });
            assert!(timeout(Duration::from_secs(3_600), counted).await.is_err());
            // Once to begin with, and once more when the hour is over.
            assert!(polls <= 2, "{label} was looked at {polls} times in an hour");
        }
    }

    #[test]
    fn only_a_command_to_push_is_one() {
        assert_eq!(push_wanted("{\"push\":true}"), Some(true));
        assert_eq!(push_wanted("{\"push\": false}"), Some(false));
        for other in ["", "push", "{}", "{\"push\":1}", "[true]"] {
            assert_eq!(push_wanted(other), None, "{other}");
        }
    }
}
