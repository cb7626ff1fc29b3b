//! Connections come and go, and nothing stays. Alone in its file, because it counts what its
//! process has.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::connected;
use tokio::runtime::Handle;

const WARM_UP: usize = 100;
const CYCLES: usize = 1_000;

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Memory in use, in KiB.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn cycle(close: bool) {
    let (a, ours, b, theirs) = connected().await;
    ours.send("hello").await.unwrap();
    theirs.recv().await.unwrap();
    if close {
        a.close().await;
    } else {
        drop((a, ours));
        while theirs.recv().await.is_some() {}
    }
    b.close().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_thousand_connections_leave_no_task_no_file_and_no_memory() {
    // adversarial Q3
    let tasks = || Handle::current().metrics().num_alive_tasks();
    for _ in 0..WARM_UP {
        cycle(true).await;
    }
    let before = (tasks(), open_files());
    let memory = resident();
    for round in 0..CYCLES {
        cycle(round % 2 == 0).await;
    }
    // A connection that was dropped ends by itself, soon.
    while tasks() > before.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!((tasks(), open_files()), before);
    let grown = resident().saturating_sub(memory);
    assert!(grown < 4 * 1_024, "{CYCLES} connections left {grown} KiB");
}
