//! How to start each peer, and whether it is there.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::browser::{firefox_program, is_installed};
use crate::line::Dtls;
use crate::pair::{Exchange, Meeting, Peer, meet};

/// The Python that has aiortc and libsrtp; `python3` without it.
const PYTHON: &str = "LARIAT_PYTHON";

/// Our own.
pub fn lariat() -> Peer {
    peer("lariat", built("peer"))
}

/// aiortc, whose DTLS is OpenSSL's: version 1.2.
pub fn aiortc() -> Peer {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/aiortc_peer.py");
    peer("aiortc", python()).with(&[script])
}

/// str0m, with version 1.2 of DTLS.
pub fn str0m() -> Peer {
    peer("str0m", built("str0m-peer"))
}

/// webrtc-rs.
pub fn webrtc_rs() -> Peer {
    peer("webrtc-rs", built("webrtc-rs-peer"))
}

/// Firefox.
pub fn firefox() -> Peer {
    peer("firefox", built("browser-peer")).with(&["firefox"])
}

/// Chromium.
pub fn chromium() -> Peer {
    peer("chromium", built("browser-peer")).with(&["chromium"])
}

/// Lets two peers meet in a test.
///
/// A test without one of its peers passes on a developer's machine, and says that it was skipped.
/// On CI it fails.
///
/// # Panics
///
/// If they did not exchange everything.
pub fn test(offerer: &Peer, answerer: &Peer, exchange: Exchange) -> Option<Meeting> {
    if !are_present(&[&offerer.name, &answerer.name]) {
        return None;
    }
    let meeting = meet(offerer, answerer, exchange);
    Some(meeting.unwrap_or_else(|error| panic!("{error}")))
}

/// Whether the peers of those names are on this machine.
///
/// # Panics
///
/// If one is not, on CI.
pub fn are_present(names: &[&str]) -> bool {
    let absent = names.iter().find(|name| !match **name {
        "aiortc" => has_aiortc(),
        "libsrtp" => has_libsrtp(),
        "firefox" => firefox_program().is_some(),
        "openssl" => is_installed("openssl"),
        "gnutls" => is_installed("gnutls-cli") && is_installed("gnutls-serv"),
        "chromium" => is_installed("chromium") && is_installed("chromedriver"),
        _ => true,
    });
    let Some(absent) = absent else { return true };
    let on_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!on_ci, "{absent} is missing");
    eprintln!("SKIPPED: {absent} is missing; `cargo xtask interop` installs it");
    false
}

fn has_aiortc() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    *PRESENT.get_or_init(|| imports("aiortc"))
}

fn has_libsrtp() -> bool {
    static PRESENT: OnceLock<bool> = OnceLock::new();
    *PRESENT.get_or_init(|| imports("pylibsrtp"))
}

fn imports(module: &str) -> bool {
    let mut import = Command::new(python());
    import.args(["-c", &format!("import {module}")]).stderr(Stdio::null());
    import.status().is_ok_and(|status| status.success())
}

/// The Python that has the peers which are written in it.
pub(crate) fn python() -> String {
    std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned())
}

/// A program of this workspace, which lies beside the tests.
fn built(name: &str) -> String {
    let mut path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("."));
    // target/debug/deps/test
    path.pop();
    path.pop();
    path.join(name).to_string_lossy().into_owned()
}

fn peer(name: &str, program: String) -> Peer {
    Peer { name: name.to_owned(), program, before: Vec::new() }
}

impl Peer {
    /// The same with these words in front of its role.
    fn with(mut self, words: &[&str]) -> Self {
        self.before = words.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// The same, which speaks DTLS like this. Only Lariat and the browsers can be told.
    #[must_use]
    pub fn speaking(mut self, dtls: Dtls) -> Self {
        self.before.extend(dtls.word().map(str::to_owned));
        self
    }
}
