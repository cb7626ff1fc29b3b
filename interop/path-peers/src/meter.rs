//! What a peer counts.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

/// Milliseconds of the clock that all peers of a machine share.
pub fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs_f64() * 1e3
}

/// What arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Messages of data channels.
    Data,
    /// Packets of audio.
    Audio,
    /// Packets of video.
    Video,
}

impl Flow {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Data, "data"), (Self::Audio, "audio"), (Self::Video, "video")];
}

/// What a connection has received since it was made, or since it was marked.
#[derive(Clone, Debug)]
pub struct Meter {
    bytes: u64,
    open: u32,
    state: String,
    told: Map<String, Value>,
    flows: BTreeMap<Flow, Arrivals>,
    since: f64,
}

/// When something arrived.
#[derive(Clone, Copy, Debug, Default)]
struct Arrivals {
    count: u64,
    first: Option<f64>,
    last: Option<f64>,
    gap: f64,
}

impl Meter {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            bytes: 0,
            open: 0,
            state: "new".to_owned(),
            told: Map::new(),
            flows: BTreeMap::new(),
            since: now(),
        }
    }

    /// Counts anew what arrives. What the connection told is kept.
    pub fn mark(&mut self) {
        self.bytes = 0;
        self.flows.clear();
        self.since = now();
    }

    /// Something arrived.
    pub fn arrived(&mut self, flow: Flow, bytes: usize) {
        let (now, since) = (now(), self.since);
        let arrivals = self.flows.entry(flow).or_default();
        arrivals.count += 1;
        arrivals.gap = arrivals.gap.max(now - arrivals.last.unwrap_or(since));
        arrivals.first.get_or_insert(now);
        arrivals.last = Some(now);
        if flow == Flow::Data {
            self.bytes += bytes as u64;
        }
    }

    /// A channel can be used.
    pub fn opened(&mut self) {
        self.open += 1;
    }

    /// The connection's state changed.
    pub fn state(&mut self, state: &str) {
        state.clone_into(&mut self.state);
        self.told.insert(state.to_owned(), now().into());
    }

    /// Everything, for an answer: bytes of data; how many channels are open; the state, and when
    /// each state was told last; and of each flow how many arrived, when the first and the last,
    /// and the longest time without any, with that which goes on.
    pub fn reading(&self) -> Value {
        let now = now();
        let mut flows = Map::new();
        for (flow, name) in Flow::ALL {
            let arrivals = self.flows.get(&flow).copied().unwrap_or_default();
            let gap = arrivals.gap.max(now - arrivals.last.unwrap_or(self.since));
            flows.insert(
                name.to_owned(),
                json!({
                    "count": arrivals.count,
                    "first": arrivals.first,
                    "last": arrivals.last,
                    "gap": gap,
                }),
            );
        }
        json!({
            "at": now,
            "since": self.since,
            "bytes": self.bytes,
            "open": self.open,
            "state": self.state,
            "told": self.told,
            "flows": flows,
        })
    }
}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_arrives_is_counted_until_a_mark() {
        let mut meter = Meter::new();
        meter.opened();
        meter.state("connected");
        meter.arrived(Flow::Data, 100);
        meter.arrived(Flow::Data, 20);
        meter.arrived(Flow::Audio, 3);
        let reading = meter.reading();
        assert_eq!(reading["bytes"], 120);
        assert_eq!(reading["flows"]["data"]["count"], 2);
        assert_eq!(reading["flows"]["audio"]["count"], 1);
        assert!(reading["flows"]["video"]["first"].is_null());
        meter.mark();
        let reading = meter.reading();
        assert_eq!(reading["bytes"], 0);
        assert_eq!(reading["open"], 1);
        assert_eq!(reading["state"], "connected");
        assert!(reading["told"]["connected"].is_number());
    }
}
