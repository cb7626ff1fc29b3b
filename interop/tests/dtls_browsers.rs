//! What browsers and Lariat agree on in DTLS, as both sides tell it: by default, and where one of
//! them leaves something out.
//!
//! Whoever answers is the DTLS client, browser or not. Chromium has no switch for version 1.3 any
//! more, so there it is Lariat alone that leaves it out.

use lariat_interop::foreign::{self, chromium, firefox, lariat};
use lariat_interop::line::Dtls;
use lariat_interop::pair::{Exchange, Peer};
use serde_json::Value;

/// The version and the group that must come of it.
struct Outcome {
    version: &'static str,
    /// The version on the wire, as a browser tells it.
    code_point: &'static str,
    group: &'static str,
}

const POST_QUANTUM: Outcome =
    Outcome { version: "DTLS 1.3", code_point: "FEFC", group: "X25519MLKEM768" };
const CLASSICAL: Outcome = Outcome { version: "DTLS 1.3", code_point: "FEFC", group: "x25519" };
const OLD: Outcome = Outcome { version: "DTLS 1.2", code_point: "FEFD", group: "x25519" };

/// Lets a browser and Lariat meet, once as each of them offers.
fn both_ways(browser: &Peer, browsers: Dtls, ours: Dtls, expected: &Outcome) {
    let (browser, lariat) = (browser.clone().speaking(browsers), lariat().speaking(ours));
    if let Some(meeting) = foreign::test(&lariat, &browser, Exchange::Data) {
        compare(&meeting.offerer, &meeting.answerer, "client", expected);
    }
    if let Some(meeting) = foreign::test(&browser, &lariat, Exchange::Data) {
        compare(&meeting.answerer, &meeting.offerer, "server", expected);
    }
}

fn compare(ours: &Value, browsers: &Value, role: &str, expected: &Outcome) {
    assert_eq!(ours["tls"], expected.version, "{ours}");
    assert_eq!(ours["group"], expected.group, "{ours}");
    assert_eq!(browsers["tls"], expected.code_point, "{browsers}");
    assert_eq!(browsers["role"], role, "{browsers}");
    assert_eq!(browsers["cipher"], ours["cipher"], "{browsers}");
    // Not every browser tells its group. Without the same one there would be no keys.
    if !browsers["group"].is_null() {
        assert_eq!(browsers["group"], expected.group, "{browsers}");
    }
}

#[test]
fn chromium_speaks_1_3_with_post_quantum_keys() {
    both_ways(&chromium(), Dtls::Default, Dtls::Default, &POST_QUANTUM);
}

#[test]
fn firefox_speaks_1_3_with_post_quantum_keys() {
    both_ways(&firefox(), Dtls::Default, Dtls::Default, &POST_QUANTUM);
}

#[test]
fn chromium_without_post_quantum_keys_gets_classical_ones() {
    both_ways(&chromium(), Dtls::Classical, Dtls::Default, &CLASSICAL);
}

#[test]
fn firefox_without_post_quantum_keys_gets_classical_ones() {
    both_ways(&firefox(), Dtls::Classical, Dtls::Default, &CLASSICAL);
}

#[test]
fn browsers_take_classical_keys_from_lariat() {
    both_ways(&chromium(), Dtls::Default, Dtls::Classical, &CLASSICAL);
    both_ways(&firefox(), Dtls::Default, Dtls::Classical, &CLASSICAL);
}

// rfc8122 §5.1: SHA-256, and SHA-384 as in the certificate's own signature.
#[test]
fn browsers_take_a_certificate_with_two_fingerprints() {
    both_ways(&chromium(), Dtls::Default, Dtls::TwoFingerprints, &POST_QUANTUM);
    both_ways(&firefox(), Dtls::Default, Dtls::TwoFingerprints, &POST_QUANTUM);
}

#[test]
fn firefox_without_1_3_goes_down_to_1_2() {
    both_ways(&firefox(), Dtls::Only12, Dtls::Default, &OLD);
}

#[test]
fn browsers_go_down_to_1_2_with_lariat() {
    both_ways(&chromium(), Dtls::Default, Dtls::Only12, &OLD);
    both_ways(&firefox(), Dtls::Default, Dtls::Only12, &OLD);
}
