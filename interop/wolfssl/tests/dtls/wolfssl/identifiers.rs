//! What is agreed on, and what changes later.

use lariat_dtls::{ConnectionIdError, ConnectionIdUsage, Event, Version};

use crate::meeting::{Meeting, ROLES, Terms, VERSIONS, id};

#[test]
fn either_side_sends_what_the_other_wants() {
    for role in ROLES {
        for version in VERSIONS {
            // wolfSSL wants at most ten bytes, and in 1.2 bears no more.
            for (ours, theirs) in [(8, 3), (8, 8), (1, 10), (8, 0), (0, 8), (0, 0), (10, 1)] {
                let mut terms = Terms::new(role, version);
                let ids = [id(&b"abcdefghij"[..ours]), id(&b"0123456789"[..theirs])];
                terms.ids = ids.clone().map(Some);
                let mut meeting = Meeting::new(terms);
                meeting.connect();
                let connection = meeting.ours.connection();
                let our_ids = connection.connection_ids();
                assert_eq!(our_ids.first().cloned().unwrap_or_default(), ids[0]);
                assert_eq!(connection.peer_connection_id(), &ids[1]);
                meeting.theirs.say("ids").unwrap();
                let said = meeting.theirs.wait_for_all(["sends ", "receives "]).unwrap();
                assert_eq!(said, ids.map(|id| id.to_string()));
                meeting.assert_that_nothing_was_odd();
            }
        }
    }
}

#[test]
fn there_are_none_unless_both_sides_know_of_them() {
    for role in ROLES {
        for version in VERSIONS {
            for ids in [[Some(id(b"lariat 1")), None], [None, Some(id(b"wolf"))]] {
                let mut terms = Terms::new(role, version);
                terms.ids = ids;
                let mut meeting = Meeting::new(terms);
                meeting.connect();
                assert!(meeting.ours.connection().connection_ids().is_empty());
                assert!(meeting.ours.connection().peer_connection_id().is_empty());
                meeting.assert_that_nothing_was_odd();
            }
        }
    }
}

// rfc9147 §9: a new identifier for immediate use is in the records after it. wolfSSL makes use of
// no spare ones, which it may, and answers no request for its own, which it should.
#[test]
fn a_new_identifier_is_borne_at_once() {
    for role in ROLES {
        let mut meeting = Meeting::new(Terms::new(role, Version::Dtls13));
        meeting.connect();
        let issue = |meeting: &mut Meeting, id: &_, usage| {
            let ids = std::slice::from_ref(id);
            let issue =
                meeting.ours.command(|ours, now| ours.issue_connection_ids(now, ids, usage));
            issue.unwrap()
        };
        let (spare, new) = (id(b"lariat 2"), id(b"lariat 3"));
        issue(&mut meeting, &spare, ConnectionIdUsage::Spare).unwrap();
        meeting.say("as before");
        assert_eq!(meeting.wait_for_data(), "as before");
        issue(&mut meeting, &new, ConnectionIdUsage::Immediate).unwrap();
        let in_use = Event::ConnectionIdInUse(new.clone());
        assert_eq!(meeting.ours.wait_for_event().unwrap(), in_use, "by its acknowledgement");
        meeting.exchange("more", "and more");
        let request = meeting.ours.command(|ours, now| ours.request_connection_ids(now, 1));
        request.unwrap().unwrap();
        meeting.exchange("still", "alive");
        assert_eq!(meeting.ours.connection().spare_connection_ids(), 0);
        let request = meeting.ours.command(|ours, now| ours.request_connection_ids(now, 1));
        assert_eq!(request.unwrap(), Err(ConnectionIdError::Outstanding));
        meeting.assert_that_nothing_was_odd();
    }
}

// rfc9147 §9: what we send may be longer than what wolfSSL itself would want.
#[test]
fn wolfssl_bears_a_long_identifier_in_1_3() {
    for role in ROLES {
        let mut terms = Terms::new(role, Version::Dtls13);
        terms.ids[0] = Some(id(&[7; 200]));
        let mut meeting = Meeting::new(terms);
        meeting.connect();
        meeting.assert_that_nothing_was_odd();
    }
}
