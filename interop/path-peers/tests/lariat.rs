//! Lariat meets itself over a path, in real time.

use std::time::Duration;

use lariat_path::{Path, Peer, Reading, Script, Side, connect, wait_open};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_path-lariat");

/// Longer than anything takes that works, on a busy machine too.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long nothing may arrive after a rebinding, in milliseconds.
const REBINDING: f64 = 2_000.0;

/// Two that talk, with the path between them, which ends last.
struct Call {
    a: Peer,
    b: Peer,
    path: Path,
}

impl Call {
    /// One with data and media; `None` where namespaces cannot be made.
    fn over(script: &str) -> Option<Self> {
        let path = Path::start_for_test(Script::parse(script).unwrap())?;
        let start = |name, side| Peer::start(name, path.command(side, PROGRAM)).unwrap();
        let (mut a, mut b) = (start("a", Side::A), start("b", Side::B));
        connect(&mut a, &mut b, 1, true).unwrap();
        let open = wait_open([&mut a, &mut b], 1, PATIENCE).unwrap();
        assert!(open, "{:?}\n{:?}", a.read(), b.read());
        Some(Self { a, b, path })
    }

    /// Lets both send messages of so many bytes, one in so many milliseconds.
    fn send(&mut self, size: usize, every: u64) {
        for peer in [&mut self.a, &mut self.b] {
            peer.ask(&json!({ "do": "send", "size": size, "every": every })).unwrap();
        }
    }

    fn mark(&mut self) {
        for peer in [&mut self.a, &mut self.b] {
            peer.ask(&json!({ "do": "mark" })).unwrap();
        }
    }

    /// Waits until so many of everything have arrived at both sides since the mark.
    fn wait_for(&mut self, count: u64) -> [Reading; 2] {
        let has_all = |reading: &Reading| {
            ["data", "audio", "video"].iter().all(|flow| reading.count(flow) >= count)
        };
        [&mut self.a, &mut self.b].map(|peer| {
            let reading = peer.wait_until(PATIENCE, has_all).unwrap();
            reading.unwrap_or_else(|| panic!("{:?}\n{:?}", peer.read(), self.path.report()))
        })
    }
}

#[test]
fn a_call_with_loss_goes_on() {
    let Some(mut call) = Call::over("delay 30ms\nloss 1%\nnat a") else { return };
    call.send(1_000, 50);
    call.wait_for(50);
}

#[test]
fn a_short_interruption_is_survived() {
    let Some(mut call) = Call::over("delay 30ms") else { return };
    call.send(100, 20);
    call.wait_for(20);
    call.path.tell("down").unwrap();
    let is_silent = |reading: &Reading| reading.gap("data") > 1_000.0;
    call.a.wait_until(PATIENCE, is_silent).unwrap().unwrap();
    call.path.tell("up").unwrap();
    call.mark();
    call.wait_for(20);
}

#[test]
fn a_rebinding_with_loss_costs_two_seconds_at_most() {
    let Some(mut call) = Call::over("delay 30ms\nloss 1%\nnat a") else { return };
    call.send(100, 50);
    call.wait_for(20);
    call.mark();
    call.path.tell("rebind a").unwrap();
    // As many as come in three seconds, so that the gap is among them.
    for (side, reading) in [Side::A, Side::B].into_iter().zip(call.wait_for(60)) {
        for flow in ["data", "audio", "video"] {
            let gap = reading.gap(flow);
            assert!(gap < REBINDING, "{side:?} got no {flow} for {gap} ms: {reading:?}");
        }
    }
}

#[test]
fn long_messages_and_media_go_through_a_narrow_path() {
    let Some(mut call) = Call::over("delay 30ms\nmtu 600") else { return };
    call.send(16_384, 100);
    call.wait_for(20);
}
