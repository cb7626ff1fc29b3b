//! What an event costs.

use std::fmt;
use std::thread;
use std::time::Duration;

use lariat_path::{PeerError, Reading};

use crate::path::call::PATH;
use crate::path::field::{Field, Pair};
use crate::path::pairing::{Pairing, Stack};

/// How often both sides send a message, in milliseconds.
const EVERY: u64 = 50;

/// What flows again has arrived within this.
const STEADY: f64 = 500.0;

/// What happens while two talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The NAT before the offerer gives it another port.
    Rebinding,
    /// The path carries nothing for so many seconds, and then does again.
    Interruption(u64),
    /// The path carries nothing any more.
    Silence,
    /// The process of the answerer is killed.
    Death,
}

impl Event {
    /// All that are measured.
    pub const ALL: [Self; 5] = [
        Self::Rebinding,
        Self::Interruption(3),
        Self::Interruption(10),
        Self::Silence,
        Self::Death,
    ];

    /// How long somebody waits for the end of it.
    fn patience(self, quick: bool) -> Duration {
        Duration::from_secs(match self {
            _ if quick => 5,
            Self::Rebinding => 35,
            Self::Interruption(seconds) => seconds + 20,
            Self::Silence | Self::Death => 45,
        })
    }

    /// Whether it can happen to these two. A browser is not killed: its parts would live on.
    pub fn happens_to(self, pairing: Pairing) -> bool {
        self != Self::Death || pairing.1 != Stack::Chromium
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rebinding => f.write_str("rebinding of the offerer"),
            Self::Interruption(seconds) => write!(f, "path dead for {seconds} s"),
            Self::Silence => f.write_str("path dead for good"),
            Self::Death => f.write_str("answerer killed"),
        }
    }
}

/// What an event costs, in seconds. `None` is that nothing comes, as long as somebody waited.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cost {
    /// How long neither side, or only one, gets anything; for an interruption, beyond its length.
    Gap {
        /// Messages.
        data: Option<f64>,
        /// Packets of audio, if there are.
        audio: Option<f64>,
    },
    /// How long until the offerer is told.
    Told {
        /// That nothing comes.
        disconnected: Option<f64>,
        /// That it is over.
        failed: Option<f64>,
    },
}

/// Lets it happen to two that talk.
///
/// # Errors
///
/// If they do not connect, or one gives up by itself.
pub fn measure(
    field: &mut Field,
    pairing: Pairing,
    event: Event,
    quick: bool,
) -> Result<Cost, PeerError> {
    field.tell(&PATH)?;
    field.tell(&[if event == Event::Rebinding { "nat a" } else { "nat a none" }])?;
    let cost = happen(&mut field.pair(pairing)?, pairing, event, quick);
    field.tell(&["up", "nat a none"])?;
    if event == Event::Death || cost.is_err() {
        field.end(pairing);
    }
    cost
}

fn happen(
    pair: &mut Pair<'_>,
    pairing: Pairing,
    event: Event,
    quick: bool,
) -> Result<Cost, PeerError> {
    pair.connect(1, pairing.has_media())?;
    pair.tick(EVERY)?;
    let patience = event.patience(quick);
    let flows = |reading: &Reading| reading.count("data") > 20;
    pair.a.wait_until(patience, flows)?;
    pair.b.wait_until(patience, flows)?;
    pair.both("mark")?;
    let start = pair.a.read()?.since();
    match event {
        Event::Rebinding => pair.path.tell("rebind a")?,
        Event::Interruption(seconds) => {
            pair.path.tell("down")?;
            thread::sleep(Duration::from_secs(seconds));
            pair.path.tell("up")?;
        }
        Event::Silence => pair.path.tell("down")?,
        Event::Death => pair.b.kill(),
    }
    match event {
        Event::Rebinding => gaps(pair, pairing, start, 0, patience),
        Event::Interruption(seconds) => gaps(pair, pairing, start, seconds, patience),
        Event::Silence | Event::Death => told(pair, start, patience),
    }
}

fn gaps(
    pair: &mut Pair<'_>,
    pairing: Pairing,
    start: f64,
    seconds: u64,
    patience: Duration,
) -> Result<Cost, PeerError> {
    // What was on its way arrives after the event, too.
    let after = start + seconds as f64 * 1e3 + 1_000.0;
    let is_steady = |reading: &Reading| {
        reading.last("data").is_some_and(|last| last > after && reading.at() - last < STEADY)
    };
    let readings = [
        pair.a.wait_until(patience, is_steady)?,
        // Whoever waited for one has waited for the other.
        pair.b.wait_until(Duration::from_secs(2), is_steady)?,
    ];
    let gap = |flow: &str| {
        let [Some(a), Some(b)] = &readings else { return None };
        let gap = a.gap(flow).max(b.gap(flow)) / 1e3 - seconds as f64;
        // Media that goes on late is not waited for, so it says as much as it knows.
        Some(gap.max(0.0))
    };
    let data = gap("data");
    let audio = gap("audio").filter(|_| pairing.has_media());
    // One that does not come back is of no use to the next event.
    if data.is_some() {
        pair.both("close")?;
    }
    Ok(Cost::Gap { data, audio })
}

fn told(pair: &mut Pair<'_>, start: f64, patience: Duration) -> Result<Cost, PeerError> {
    let ends = ["failed", "closed"];
    let is_over = |reading: &Reading| ends.iter().any(|state| reading.told(state).is_some());
    pair.a.wait_until(patience, is_over)?;
    let reading = pair.a.read()?;
    let since = |state: &str| reading.told(state).map(|told| (told - start) / 1e3);
    let failed = since("failed").or_else(|| since("closed"));
    Ok(Cost::Told { disconnected: since("disconnected").filter(|s| *s >= 0.0), failed })
}
