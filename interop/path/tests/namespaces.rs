//! The path between namespaces, in real time.

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use lariat_path::{Dropped, Path, Script, Side, address};

const PROGRAM: &str = env!("CARGO_BIN_EXE_lariat-path");

/// Sends a hundred datagrams of `bytes` from A, within a tenth of a second.
fn send(path: &Path, bytes: usize) {
    let to = SocketAddr::from((address(Side::B), 9)).to_string();
    let mut sender = path.command(Side::A, PROGRAM);
    let status = sender.args(["blast", &to, &bytes.to_string(), "100", "1000"]).status();
    assert!(status.unwrap().success());
}

/// Waits, without a clock, until all that was sent has arrived or is lost.
fn settled(path: &Path) -> lariat_path::Report {
    loop {
        let report = path.report().unwrap();
        if report.from_a.sent == report.from_a.arrived + report.from_a.dropped.total() {
            return report;
        }
    }
}

#[test]
fn datagrams_go_from_one_namespace_to_the_other_and_answers_come_back() {
    let script = Script::parse("delay 10ms").unwrap();
    let Some(path) = Path::start_for_test(script) else { return };
    send(&path, 100);
    let report = settled(&path);
    assert!(report.from_a.arrived > 10, "{report:?}");
    // Nobody listens there, and the kernel of B says so by ICMP.
    assert!(report.from_b.sent > 0, "{report:?}");
    assert_eq!(report.refused, 0, "{report:?}");
    assert_eq!(report.from_a.dropped.total(), 0, "{report:?}");
}

#[test]
fn a_kernel_that_is_told_of_a_narrow_path_sends_shorter_packets() {
    let script = Script::parse("mtu 600").unwrap();
    let Some(path) = Path::start_for_test(script) else { return };
    send(&path, 1_000);
    let report = settled(&path);
    assert!(report.from_a.dropped.get(Dropped::TooBig) > 0, "{report:?}");
    // Once it knows, it breaks them itself.
    assert!(report.from_a.arrived > report.from_a.dropped.total(), "{report:?}");
    assert!(report.from_a.bytes < report.from_a.arrived * 600, "{report:?}");
}

#[test]
fn a_program_runs_on_a_side_and_leaves_nothing_behind() {
    let script = Script::default();
    let Some(path) = Path::start_for_test(script) else { return };
    drop(path);
    let mut by_hand = Command::new(PROGRAM);
    by_hand.args(["run", "-"]).stdin(Stdio::null()).stdout(Stdio::piped());
    let child = by_hand.spawn().unwrap();
    let ours = format!("lariat-path-{}-", child.id());
    let said = child.wait_with_output().unwrap();
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains(&format!("a is 10.77.0.1: ip netns exec {ours}")), "{said}");
    let list = Command::new("ip").args(["netns", "list"]).output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    assert!(!list.contains(&ours), "{list}");
}
