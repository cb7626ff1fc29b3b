//! Hellos that come twice and in pieces, keys, and the end.

use lariat_crypto::NamedGroup::{Secp256r1, X25519};
use lariat_dtls::{Event, Role, Version};

use crate::meeting::{Hellos, Meeting, ROLES, Terms, VERSIONS};

const ONCE: Hellos = Hellos { pieces: [1, 0], is_retried: false, is_verified: false };

// rfc9147 §5.1: wolfSSL's servers send a cookie always. A second hello with the key of
// X25519MLKEM768 is longer than a datagram.
#[test]
fn we_repeat_our_hello_with_a_cookie_and_the_key_that_is_wanted() {
    for (shares, wanted) in [
        (vec![], "X25519MLKEM768"),
        (vec![], "X25519"),
        (vec![X25519], "X25519"),
        (vec![X25519], "SECP256R1"),
        (vec![Secp256r1], "X25519MLKEM768"),
    ] {
        let mut terms = Terms::new(Role::Client, Version::Dtls13);
        terms.key_shares = shares;
        terms.group = Some(wanted);
        let mut meeting = Meeting::new(terms);
        let info = meeting.connect();
        assert_eq!(info.group.to_uppercase(), wanted);
        assert_retried(&meeting, wanted);
        meeting.assert_that_nothing_was_odd();
    }
}

// wolfSSL's first hello has no key of X25519MLKEM768, for it would not fit.
#[test]
fn wolfssl_repeats_its_hello_with_a_cookie_and_the_key_that_is_wanted() {
    for has_gate in [false, true] {
        for wanted in ["X25519MLKEM768", "X25519", "SECP256R1"] {
            let mut terms = Terms::new(Role::Server, Version::Dtls13);
            terms.has_gate = has_gate;
            terms.group = Some(wanted);
            let mut meeting = Meeting::new(terms);
            let info = meeting.connect();
            assert_eq!(info.group.to_uppercase(), wanted);
            if has_gate || wanted == "X25519MLKEM768" {
                assert_retried(&meeting, wanted);
            } else {
                assert_eq!(meeting.hellos(), ONCE);
            }
            meeting.assert_that_nothing_was_odd();
        }
    }
}

fn assert_retried(meeting: &Meeting, wanted: &str) {
    let hellos = meeting.hellos();
    let [first, second] = hellos.pieces;
    assert_eq!((first, hellos.is_retried, hellos.is_verified), (1, true, false));
    assert_eq!(second > 1, wanted == "X25519MLKEM768", "{hellos:?}");
}

// rfc6347 §4.2.1: a server of wolfSSL that knows SRTP sends no cookie: it relies on ICE.
#[test]
fn wolfssl_repeats_a_hello_of_1_2_with_a_cookie() {
    for (role, expected) in [
        (Role::Client, ONCE),
        (Role::Server, Hellos { pieces: [1, 1], is_retried: false, is_verified: true }),
    ] {
        let mut terms = Terms::new(role, Version::Dtls12);
        terms.has_gate = true;
        let mut meeting = Meeting::new(terms);
        meeting.connect();
        assert_eq!(meeting.hellos(), expected);
        meeting.assert_that_nothing_was_odd();
    }
}

#[test]
fn either_side_renews_its_keys_and_those_of_the_other() {
    for role in ROLES {
        for is_ours in [true, false] {
            let mut meeting = Meeting::new(Terms::new(role, Version::Dtls13));
            meeting.connect();
            for epoch in 4..9 {
                if is_ours {
                    meeting.ours.command(|ours, now| ours.update_keys(now, true)).unwrap();
                } else {
                    meeting.theirs.say("update").unwrap();
                }
                // Either one may still wait for an acknowledgement during the first.
                for word in ["old", "older", "new"] {
                    meeting.exchange(word, word);
                }
                assert_eq!(meeting.epochs(), [epoch & 3; 2]);
            }
            meeting.assert_that_nothing_was_odd();
        }
    }
}

#[test]
fn either_side_can_close() {
    for role in ROLES {
        for version in VERSIONS {
            for is_ours in [true, false] {
                let mut meeting = Meeting::new(Terms::new(role, version));
                meeting.connect();
                if is_ours {
                    meeting.ours.close().unwrap();
                    meeting.theirs.wait_for("closed").unwrap();
                } else {
                    meeting.theirs.say("close").unwrap();
                    assert_eq!(meeting.ours.wait_for_event().unwrap(), Event::Closed);
                }
                meeting.assert_that_nothing_was_odd();
            }
        }
    }
}
