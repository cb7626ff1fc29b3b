//! What was measured, as tables.

use crate::path::call::Call;
use crate::path::cell::Cell;
use crate::path::event::{Cost, Event};
use crate::path::pairing::Pairing;
use crate::summary::Summary;
use crate::table::Table;

/// From which share of the path's own ceiling on a transfer says more about the path.
pub const BOUNDED: f64 = 0.7;

/// A kind of transfer with its name, and how fast it is between whom, in MB/s.
pub type Transfer = (String, Cell, Vec<(Pairing, Option<Summary>)>);

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// What the path carries at most, in megabits a second.
    pub ceiling: f64,
    /// Each kind of transfer.
    pub transfers: Vec<Transfer>,
    /// Each call.
    pub calls: Vec<(Pairing, Option<Call>)>,
    /// Each event.
    pub events: Vec<(Event, Pairing, Option<Cost>)>,
}

impl Results {
    /// Whether a rate is so near to the ceiling that it is the path's.
    pub fn is_bounded(&self, megabytes: f64) -> bool {
        megabytes * 8.0 > self.ceiling * BOUNDED
    }

    /// All of them.
    pub fn tables(&self) -> Vec<Table> {
        vec![self.transfers(), self.calls(), self.gaps(), self.told()]
    }

    fn transfers(&self) -> Table {
        let pairings = self.transfers.first().map(|(_, _, row)| row.iter().map(|(p, _)| *p));
        let head = |pairing: Pairing| (pairing.to_string(), vec!["MB/s", "±%"]);
        let groups = pairings.into_iter().flatten().map(head).collect();
        let rows = self.transfers.iter().map(|(name, cell, row)| {
            let cells = row.iter().flat_map(|(_, summary)| match summary {
                Some(summary) => {
                    let bounded = if self.is_bounded(summary.median) { " bounded" } else { "" };
                    let noise = summary.noise() * 100.0;
                    let noise =
                        if noise.is_finite() { format!("{noise:.0}") } else { "–".into() };
                    [format!("{:.2}{bounded}", summary.median), noise]
                }
                None => ["–".to_owned(), "–".to_owned()],
            });
            let name = if name.is_empty() { cell.to_string() } else { format!("{name}: {cell}") };
            (name, cells.collect())
        });
        Table { title: "Transfers".to_owned(), groups, rows: rows.collect() }
    }

    fn calls(&self) -> Table {
        let shown = |value: Option<f64>| value.map_or_else(none, |value| format!("{value:.0}"));
        let rows = self.calls.iter().map(|(pairing, call)| {
            let call = call.unwrap_or_default();
            (pairing.to_string(), vec![shown(call.audio), shown(call.video), shown(call.data)])
        });
        Table {
            title: "Calls over 60 ms: ms until both sides have".to_owned(),
            groups: vec![("first".to_owned(), vec!["audio", "video", "message"])],
            rows: rows.collect(),
        }
    }

    fn gaps(&self) -> Table {
        let rows = self.events.iter().filter_map(|(event, pairing, cost)| {
            let cells = match cost {
                Some(Cost::Gap { data, audio }) => {
                    let has_media = pairing.has_media() && data.is_some();
                    let audio = if has_media { seconds(*audio) } else { none() };
                    vec![seconds(*data), audio]
                }
                None if is_gap(*event) => vec![none(), none()],
                Some(Cost::Told { .. }) | None => return None,
            };
            Some((format!("{event}: {pairing}"), cells))
        });
        Table {
            title: "Interruptions over 60 ms: s without, beyond the event's own".to_owned(),
            groups: vec![("without".to_owned(), vec!["messages", "audio"])],
            rows: rows.collect(),
        }
    }

    fn told(&self) -> Table {
        let rows = self.events.iter().filter_map(|(event, pairing, cost)| {
            let cells = match cost {
                Some(Cost::Told { disconnected, failed }) => {
                    vec![seconds(*disconnected), seconds(*failed)]
                }
                None if !is_gap(*event) => vec![none(), none()],
                Some(Cost::Gap { .. }) | None => return None,
            };
            Some((format!("{event}: {pairing}"), cells))
        });
        Table {
            title: "Ends: s until the offerer is told".to_owned(),
            groups: vec![("told".to_owned(), vec!["disconnected", "failed"])],
            rows: rows.collect(),
        }
    }
}

fn is_gap(event: Event) -> bool {
    matches!(event, Event::Rebinding | Event::Interruption(_))
}

fn seconds(value: Option<f64>) -> String {
    value.map_or_else(|| "never".to_owned(), |value| format!("{value:.1}"))
}

fn none() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::pairing::Stack;

    const LARIAT: Pairing = Pairing(Stack::Lariat, Stack::Lariat);

    #[test]
    fn what_is_near_the_ceiling_is_marked() {
        let summary = |median| Some(Summary { lower: median, median, upper: median });
        let row = vec![(LARIAT, summary(90.0)), (Pairing::ALL[3], None)];
        let transfers = vec![("here".to_owned(), Cell::NAMED[0].1, row)];
        let results = Results { ceiling: 1_000.0, transfers, ..Results::default() };
        let table = &results.tables()[0];
        assert_eq!(table.rows[0].0, "here: 1 × 16 KiB, 0 ms");
        assert_eq!(table.rows[0].1, ["90.00 bounded", "0", "–", "–"]);
    }

    #[test]
    fn what_does_not_come_back_is_told_so() {
        let lost = Some(Cost::Gap { data: None, audio: None });
        let told = Some(Cost::Told { disconnected: Some(10.04), failed: None });
        let events = vec![(Event::Rebinding, LARIAT, lost), (Event::Silence, LARIAT, told)];
        let tables = Results { events, ..Results::default() }.tables();
        assert_eq!(tables[2].rows[0].1, ["never", "–"]);
        assert_eq!(tables[2].rows.len(), 1);
        assert_eq!(tables[3].rows[0].1, ["10.0", "never"]);
    }
}
