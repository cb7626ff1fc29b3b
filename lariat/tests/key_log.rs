//! Secrets go where the application says, and nowhere else.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use common::negotiate;
use lariat::{Configuration, DataChannelInit, KeyLog, KeyLogFile, Loopback, PeerConnection};

/// A name in a folder of the build, under which there is nothing.
fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("key-log-{name}-{}", std::process::id()));
    if path.exists() {
        fs::remove_file(&path).unwrap();
    }
    path
}

/// Two connections that have opened a channel, with these key logs.
async fn connect(logs: [Option<Arc<dyn KeyLog>>; 2]) {
    let [a, b] = logs.map(|key_log| {
        let mut configuration = Configuration::default();
        configuration.bind = "127.0.0.1:0".parse().unwrap();
        configuration.loopback = Loopback::Always;
        configuration.key_log = key_log;
        configuration
    });
    let (a, b) = (PeerConnection::new(a).await.unwrap(), PeerConnection::new(b).await.unwrap());
    let channel = a.create_data_channel("secret", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    channel.opened().await.unwrap();
    a.close().await;
    b.close().await;
}

/// Label, client's random and secret of each line, in order of the label.
fn lines(path: &Path) -> Vec<[String; 3]> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'));
    let fields = |line: &str| {
        let fields: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let is_hex = |text: &str| text.bytes().all(|digit| b"0123456789abcdef".contains(&digit));
        assert!(is_hex(&fields[1]) && is_hex(&fields[2]), "{line}");
        <[String; 3]>::try_from(fields).unwrap()
    };
    let mut lines: Vec<_> = text.lines().map(fields).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn both_sides_write_the_same_secrets() {
    let paths = [fresh("a"), fresh("b")];
    let [a, b] = paths.each_ref().map(|path| {
        let log = KeyLogFile::append(path).unwrap();
        assert_eq!(log.path(), path);
        Some(Arc::new(log) as Arc<dyn KeyLog>)
    });
    connect([a, b]).await;
    let [a, b] = paths.each_ref().map(|path| lines(path));
    assert_eq!(a, b);
    let labels: Vec<_> = a.iter().map(|[label, ..]| label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
            "CLIENT_TRAFFIC_SECRET_0",
            "EXPORTER_SECRET",
            "SERVER_HANDSHAKE_TRAFFIC_SECRET",
            "SERVER_TRAFFIC_SECRET_0",
        ]
    );
    for [_, random, secret] in &a {
        assert_eq!((random, random.len(), secret.len()), (&a[0][1], 64, 64));
    }
    paths.iter().for_each(|path| fs::remove_file(path).unwrap());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_a_new_file_and_an_old_one_is_kept() {
    use std::os::unix::fs::PermissionsExt as _;

    let path = fresh("mode");
    for number in 1..=2 {
        let log = KeyLogFile::append(&path).unwrap();
        log.log("CLIENT_RANDOM", &[0xab; 32], &[0xcd; 48]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let expected = format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48));
        assert_eq!(fs::read_to_string(&path).unwrap(), expected.repeat(number));
    }
    fs::remove_file(path).unwrap();
}

#[test]
fn lines_of_several_writers_do_not_mix() {
    let path = fresh("threads");
    let logs = [KeyLogFile::append(&path).unwrap(), KeyLogFile::append(&path).unwrap()];
    std::thread::scope(|scope| {
        for thread in 0..8_u8 {
            let log = &logs[usize::from(thread % 2)];
            scope.spawn(move || {
                for _ in 0..200 {
                    log.log("CLIENT_RANDOM", &[thread; 32], &[thread; 48]);
                }
            });
        }
    });
    let lines = lines(&path);
    assert_eq!(lines.len(), 8 * 200);
    for [label, random, secret] in lines {
        let byte = &random[..2];
        let expected = ("CLIENT_RANDOM", byte.repeat(32), byte.repeat(48));
        assert_eq!((label.as_str(), random.clone(), secret), expected);
    }
    fs::remove_file(path).unwrap();
}

/// Set for the process that [`the_variable_counts_when_it_is_asked_for`] starts.
const CHILD: &str = "LARIAT_TEST_KEY_LOG";

#[test]
fn the_variable_counts_when_it_is_asked_for() {
    if std::env::var_os(CHILD).is_some() {
        child();
        return;
    }
    // A process has one environment, and changing it is not safe while others read it.
    for asks in ["yes", "no"] {
        let path = fresh(asks);
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args(["the_variable_counts_when_it_is_asked_for", "--exact", "--nocapture"]);
        let output = process.env(CHILD, asks).env("SSLKEYLOGFILE", &path).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let warned = String::from_utf8_lossy(&output.stderr).contains("WARNING: lariat writes");
        assert_eq!((warned, path.exists()), (asks == "yes", asks == "yes"));
        if asks == "yes" {
            assert_eq!(lines(&path).len(), 5);
            fs::remove_file(path).unwrap();
        }
    }
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["the_variable_counts_when_it_is_asked_for", "--exact"]);
    let output = process.env(CHILD, "empty").env("SSLKEYLOGFILE", "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn child() {
    let key_log = match std::env::var(CHILD).as_deref() {
        Ok("yes") => KeyLogFile::from_environment().unwrap(),
        Ok("empty") => {
            assert!(KeyLogFile::from_environment().unwrap().is_none());
            None
        }
        _ => None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(connect([key_log, None]));
}
