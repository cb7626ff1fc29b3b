//! Addresses that change.

use std::net::UdpSocket;

use lariat_dtls::Dropped;

use crate::meeting::{Meeting, ROLES, Terms, VERSIONS};

const QUESTION: &str = "is that you?";

// rfc9146 §6, rfc9147 §11
#[test]
fn we_follow_wolfssl_to_another_port_once_it_has_answered_from_there() {
    for role in ROLES {
        for version in VERSIONS {
            let mut meeting = Meeting::new(Terms::new(role, version));
            meeting.connect();
            for _ in 0..2 {
                let (before, after) = (meeting.ours.peer(), meeting.move_them());
                meeting.say("I have moved");
                assert_eq!(meeting.wait_for_data(), "I have moved");
                assert_eq!(meeting.ours.elsewhere(), Some(after), "it was authentic and new");
                assert_eq!(meeting.ours.peer(), before, "and proves nothing");
                meeting.ours.ask(after, QUESTION.as_bytes()).unwrap();
                assert_eq!(meeting.theirs.wait_for("got ").unwrap(), QUESTION);
                meeting.say("it is");
                assert_eq!(meeting.wait_for_data(), "it is");
                assert_eq!(meeting.ours.elsewhere(), Some(after));
                meeting.ours.follow(after);
                meeting.exchange("welcome", "thank you");
                assert_eq!(meeting.ours.elsewhere(), None);
            }
            meeting.assert_that_nothing_was_odd();
        }
    }
}

#[test]
fn wolfssl_follows_us_to_another_port() {
    for role in ROLES {
        for version in VERSIONS {
            let mut meeting = Meeting::new(Terms::new(role, version));
            meeting.connect();
            for _ in 0..2 {
                meeting.ours.move_away().unwrap();
                meeting.ours.send(b"we have moved").unwrap();
                let markers = ["got ", "peer at "];
                let [words, port] = meeting.theirs.wait_for_all(markers).unwrap();
                assert_eq!(words, "we have moved");
                assert_eq!(port, meeting.ours.address().unwrap().port().to_string());
                meeting.exchange("here", "there");
            }
            meeting.assert_that_nothing_was_odd();
        }
    }
}

// rfc9146 §6: what is not newer than all before it proves nothing about where its sender is.
#[test]
fn a_replay_from_elsewhere_moves_nobody() {
    for role in ROLES {
        for version in VERSIONS {
            let mut meeting = Meeting::new(Terms::new(role, version));
            meeting.connect();
            let (before, old) = (meeting.ours.peer(), meeting.ours.datagrams().last().unwrap());
            assert!(!old.is_ours);
            let elsewhere = UdpSocket::bind("127.0.0.1:0").unwrap();
            elsewhere.send_to(&old.bytes, meeting.ours.address().unwrap()).unwrap();
            meeting.exchange("still", "here");
            assert_eq!(meeting.ours.connection().dropped().get(Dropped::Replayed), 1);
            assert_eq!((meeting.ours.peer(), meeting.ours.elsewhere()), (before, None));
        }
    }
}
