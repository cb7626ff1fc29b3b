//! Foreign peers meet each other: if these fail, it is not Lariat's fault.

use lariat_interop::foreign::{self, aiortc, chromium, firefox, str0m, webrtc_rs};
use lariat_interop::pair::Exchange;

#[test]
fn str0m_meets_aiortc() {
    foreign::test(&str0m(), &aiortc(), Exchange::DataAndMedia);
}

#[test]
fn webrtc_rs_meets_firefox() {
    foreign::test(&webrtc_rs(), &firefox(), Exchange::DataAndMedia);
}

#[test]
fn chromium_meets_str0m() {
    foreign::test(&chromium(), &str0m(), Exchange::DataAndMedia);
}

#[test]
fn a_peer_that_says_nothing_is_an_error_with_its_last_words() {
    let mut silent = str0m();
    silent.program = "sh".to_owned();
    silent.before = vec!["-c".to_owned(), "echo I had a reason >&2".to_owned()];
    let error = lariat_interop::pair::meet(&silent, &str0m(), Exchange::Data).unwrap_err();
    assert!(error.to_string().starts_with("str0m (Offer): ended before its offer"), "{error}");
    assert!(error.to_string().contains("I had a reason"), "{error}");
}
