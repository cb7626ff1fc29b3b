//! Orders, read and answered.

use std::io::BufRead as _;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use lariat_interop::Result;
use serde_json::{Value, json};

/// What a peer is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// A new connection, with so many channels and perhaps media.
    Offer {
        /// How many channels.
        channels: usize,
        /// Whether audio and video are sent and received.
        media: bool,
    },
    /// A new connection for this offer.
    Answer {
        /// The other side's description.
        offer: Value,
        /// Whether audio and video are sent and received.
        media: bool,
    },
    /// The answer to the own offer.
    Accept {
        /// The other side's description.
        answer: Value,
    },
    /// Messages on all channels.
    Send {
        /// Bytes of each.
        size: usize,
        /// How long after the last one on the same channel; `None` for at once.
        every: Option<Duration>,
    },
    /// No more messages.
    Stop,
    /// Count anew.
    Mark,
    /// What was counted.
    Read,
    /// The end of the connection.
    Close,
}

impl Order {
    /// Reads a line.
    ///
    /// # Errors
    ///
    /// If it is no order.
    pub fn parse(line: &str) -> Result<Self> {
        let order: Value = serde_json::from_str(line)?;
        let number = |key: &str| order[key].as_u64().unwrap_or_default();
        let size = |key: &str| usize::try_from(number(key)).unwrap_or(usize::MAX);
        let media = order["media"] == true;
        Ok(match order["do"].as_str().unwrap_or_default() {
            "offer" => Self::Offer { channels: size("channels"), media },
            "answer" => Self::Answer { offer: order["offer"].clone(), media },
            "accept" => Self::Accept { answer: order["answer"].clone() },
            "send" => {
                let every = Some(number("every")).filter(|every| *every > 0);
                Self::Send { size: size("size"), every: every.map(Duration::from_millis) }
            }
            "stop" => Self::Stop,
            "mark" => Self::Mark,
            "read" => Self::Read,
            "close" => Self::Close,
            other => return Err(format!("there is no order {other:?}").into()),
        })
    }
}

/// Starts to read orders, until the input ends.
pub fn listen() -> Receiver<Result<Order>> {
    let (sender, orders) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
            if sender.send(Order::parse(&line)).is_err() {
                return;
            }
        }
    });
    orders
}

/// Answers an order.
pub fn reply(answer: Result<Value>) {
    println!("{}", answer.unwrap_or_else(|error| json!({ "error": error.to_string() })));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read() {
        let read = |line: &str| Order::parse(line).unwrap();
        let offer = read(r#"{"do": "offer", "channels": 5, "media": true}"#);
        assert_eq!(offer, Order::Offer { channels: 5, media: true });
        let every = Some(Duration::from_millis(50));
        assert_eq!(read(r#"{"do":"send","size":9,"every":50}"#), Order::Send { size: 9, every });
        assert_eq!(read(r#"{"do":"send","size":9}"#), Order::Send { size: 9, every: None });
        assert!(Order::parse(r#"{"do": "sing"}"#).is_err());
        assert!(Order::parse("sing").is_err());
    }
}
