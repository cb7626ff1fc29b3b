//! A path that becomes smaller while it is in use.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use core::time::Duration;

use bytes::Bytes;
use lariat_peer_testing::{Link, Pair};

const MINUTE: Duration = Duration::from_secs(60);
const MESSAGES: u8 = 60;
const SIZE: usize = 16 << 10;

/// C29: what was cut for the larger path cannot be cut again under its number (RFC 9260 §6.9), so
/// it goes in fragments of IP; what follows fits.
#[test]
fn data_goes_on_over_a_path_that_becomes_smaller() {
    for direction in 0..2 {
        let link = Link { reports_mtu: true, loss: 0.02, ..Link::default() };
        let mut pair = Pair::new(1, link);
        let channel = pair.open_channel(0, "bulk");
        pair.negotiate(0);
        pair.run_until(MINUTE, |pair| pair.is_open(0, channel) && !pair.side(1).open.is_empty());
        let channel = pair.side(direction).open[0];
        let mut messages = 0..MESSAGES;
        for _ in 0..MESSAGES / 2 {
            let payload = vec![messages.next().unwrap(); SIZE];
            pair.send(direction, channel, Bytes::from(payload)).unwrap();
        }
        pair.run_until(MINUTE, |pair| pair.side(1 - direction).messages.len() >= 2);
        pair.simulation().set_link(Link { mtu: 572, ..link });
        for number in messages {
            pair.send(direction, channel, Bytes::from(vec![number; SIZE])).unwrap();
        }
        let receiver = 1 - direction;
        pair.run_until(MINUTE, |pair| pair.side(receiver).messages.len() == usize::from(MESSAGES));
        let arrived = pair.side(receiver).messages.iter().map(|(_, _, payload)| payload[0]);
        assert!(arrived.eq(0..MESSAGES));
        assert!(pair.peer(direction).stats().max_datagram_size <= 572);
    }
}
