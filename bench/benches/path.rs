//! Whole connections over an emulated path: Lariat, browsers and other people's stacks.
//!
//! ```sh
//! cargo xtask bench path          # writes bench/RESULTS-path.md
//! cargo xtask bench path --full   # all there is, once; writes nothing
//! cargo xtask bench path --quick  # to see whether it works
//! ```

use std::process::ExitCode;

use lariat_bench::options::Options;
use lariat_bench::path::cell::Cell;
use lariat_bench::path::event::{self, Event};
use lariat_bench::path::field::Field;
use lariat_bench::path::figures::figures;
use lariat_bench::path::pairing::Pairing;
use lariat_bench::path::results::{Results, Transfer};
use lariat_bench::path::{call, transfer};
use lariat_bench::program;
use lariat_bench::progress::Progress;
use lariat_bench::report::{Facts, Report};
use lariat_bench::summary::Summary;

const METHOD: &[&str] = &[
    "Two programs in two namespaces of the network, between them a path that is emulated in real \
     time by a thread of its own (`interop/path`), all on the same cores. What the path carries \
     at most was measured in the same run: a transfer above 70 % of that is marked bounded, says \
     more about the path than about the two, and is compared with nothing. A pairing with one \
     name is that stack with itself; else the first one sends.",
    "Transfers: millions of bytes of messages that arrive in a second, over two seconds, after 1.2 \
     seconds or ten round trips in which the sender finds its speed; the median of three, taken \
     in rounds with everything else; ± is half the distance of the quartiles. Every sender keeps \
     about a megabyte ready per channel. A limited path has a queue of one product of bandwidth \
     and delay, at least 15,000 bytes, and drops what does not fit; loss is in both directions.",
    "Calls: from the order to offer until both sides have received the first packet or message, \
     the slower of the two. Descriptions carry all candidates and do not travel over the path. A \
     browser sees its packets every 50 ms only. libdatachannel's peer here has no media.",
    "Events: both send a message every 50 ms, and audio and video where they can. A gap is the \
     longest time that one side got nothing, less the time that the path was dead. `never` means \
     that nothing came within 35 s of a rebinding, within 20 s of the path's coming back, or that \
     nobody was told within 45 s.",
];

fn main() -> ExitCode {
    program::run_with("cargo xtask bench path", measure)
}

fn measure(options: &Options, mut facts: Facts) -> Result<Report, String> {
    let mut progress = Progress::default();
    let mut field = Field::new()?;
    let mut missing = Vec::new();
    let absent = field.missing();
    missing.extend(absent.iter().map(|(stack, why)| format!("{stack}: {why}")));
    let is_there = |pairing: &Pairing| {
        absent.iter().all(|(stack, _)| *stack != pairing.0 && *stack != pairing.1)
    };
    let pairings: Vec<Pairing> = Pairing::ALL.into_iter().filter(is_there).collect();
    progress.say("what the path carries");
    let ceiling = field.ceiling(options.quick)?;
    facts.push((
        "path",
        format!(
            "at most {:.0} Mbit/s in packets of 1,200 bytes, {:.0} packets/s of 100 bytes",
            ceiling.megabits_per_second, ceiling.packets_per_second
        ),
    ));
    facts.push(("path, 10,000 packets/s", ceiling.lateness.to_string()));
    let mut results = Results { ceiling: ceiling.megabits_per_second, ..Results::default() };
    let mut bench = Bench { field: &mut field, progress: &mut progress, missing: &mut missing };
    results.transfers = bench.transfers(options, &pairings);
    if !options.full {
        results.calls = bench.calls(options.quick, &pairings);
        results.events = bench.events(options.quick, &pairings);
    }
    facts.push(("load after", std::fs::read_to_string("/proc/loadavg").unwrap_or_default()));
    Ok(Report {
        title: "A real path: transfers, calls, events".to_owned(),
        method: METHOD.iter().map(|&paragraph| paragraph.to_owned()).collect(),
        facts,
        tables: results.tables(),
        missing,
        figures: figures(&results),
    })
}

struct Bench<'a> {
    field: &'a mut Field,
    progress: &'a mut Progress,
    /// What could not be measured.
    missing: &'a mut Vec<String>,
}

impl Bench<'_> {
    fn transfers(&mut self, options: &Options, pairings: &[Pairing]) -> Vec<Transfer> {
        let (cells, rounds) = match options {
            Options { quick: true, .. } => (Cell::quick(), 1),
            Options { full: true, .. } => (Cell::full(), 1),
            Options { .. } => (Cell::named(), 3),
        };
        let mut samples = vec![vec![Vec::new(); pairings.len()]; cells.len()];
        let all = rounds * cells.len() * pairings.len();
        let mut number = 0;
        for _ in 0..rounds {
            for ((name, cell), row) in cells.iter().zip(&mut samples) {
                for (pairing, samples) in pairings.iter().zip(row) {
                    number += 1;
                    let what = format!("transfer {number}/{all}, {name}: {cell}: {pairing}");
                    let measured = |field: &mut Field| {
                        transfer::measure(field, *pairing, *cell, options.quick)
                    };
                    samples.extend(self.take(&what, *pairing, measured));
                }
            }
        }
        let summary = |samples: Vec<f64>| {
            let mut samples = samples;
            (!samples.is_empty()).then(|| Summary::of(&mut samples))
        };
        let rows = cells.into_iter().zip(samples).map(|((name, cell), row)| {
            let row = pairings.iter().copied().zip(row.into_iter().map(summary));
            (name, cell, row.collect())
        });
        rows.collect()
    }

    fn calls(&mut self, quick: bool, pairings: &[Pairing]) -> Vec<(Pairing, Option<call::Call>)> {
        let rounds = if quick { 1 } else { 3 };
        let mut all = Vec::new();
        for &pairing in pairings {
            let mut calls = Vec::new();
            for round in 1..=rounds {
                let what = format!("call {round}/{rounds}: {pairing}");
                calls.extend(self.take(&what, pairing, |field| call::measure(field, pairing)));
            }
            let median = |value: fn(&call::Call) -> Option<f64>| {
                let mut values: Vec<f64> = calls.iter().filter_map(value).collect();
                (!values.is_empty()).then(|| Summary::of(&mut values).median)
            };
            let call = call::Call {
                data: median(|call| call.data),
                audio: median(|call| call.audio),
                video: median(|call| call.video),
            };
            all.push((pairing, (!calls.is_empty()).then_some(call)));
        }
        all
    }

    fn events(
        &mut self,
        quick: bool,
        pairings: &[Pairing],
    ) -> Vec<(Event, Pairing, Option<event::Cost>)> {
        let mut all = Vec::new();
        let events = if quick { &Event::ALL[..1] } else { &Event::ALL[..] };
        for &event in events {
            for &pairing in pairings.iter().filter(|pairing| event.happens_to(**pairing)) {
                let what = format!("{event}: {pairing}");
                let measured = |field: &mut Field| event::measure(field, pairing, event, quick);
                all.push((event, pairing, self.take(&what, pairing, measured)));
            }
        }
        all
    }

    /// Measures one thing, and starts the peers anew if they did not do it.
    fn take<T>(
        &mut self,
        what: &str,
        pairing: Pairing,
        measure: impl FnOnce(&mut Field) -> Result<T, lariat_path::PeerError>,
    ) -> Option<T> {
        self.progress.say(what);
        match measure(self.field) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.field.end(pairing);
                self.missing.push(format!("{what}: {}", problem.to_string().replace('\n', "; ")));
                None
            }
        }
    }
}
