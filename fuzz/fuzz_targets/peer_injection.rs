//! Two peers that are connected, and somebody on their path who adds datagrams without having their
//! keys: they stay connected.
//!
//! The input is a list: a byte that says from whom and to whom, the length of a datagram in two
//! bytes, and the datagram.
#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use lariat_base::Reader;
use lariat_peer_testing::{Link, Pair};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut pair = Pair::new(1, Link::default());
    let channel = pair.open_channel(0, "chat");
    pair.negotiate(0);
    pair.run_until(Duration::from_secs(10), |pair| pair.is_open(0, channel));
    let mut reader = Reader::new(input);
    while let (Ok(way), Ok(length)) = (reader.u8(), reader.u16()) {
        let Ok(datagram) = reader.take(length.into()) else { break };
        let to = way % 2;
        // From the other peer's address, or from somebody else's.
        let from = if way & 2 == 0 { address(1 - to) } else { address(7) };
        pair.simulation().inject(from, address(to), datagram.to_vec());
        pair.run_for(Duration::from_millis(20));
    }
    pair.send(0, channel, Bytes::from_static(b"still here")).expect("the channel is open");
    pair.run_until(Duration::from_secs(10), |pair| !pair.side(1).messages.is_empty());
});

/// Where the simulator puts peers.
fn address(index: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, index + 1], 5_000 + u16::from(index)))
}
