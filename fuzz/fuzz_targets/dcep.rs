//! The messages that open data channels, from a peer that says what the input says.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use lariat_base::{Instant, Seed};
use lariat_crypto::fake;
use lariat_fuzz::sctp;
use lariat_sctp::association::Association;
use lariat_sctp::{Config, Parity, Ppid};

libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let mut channels = sctp::connecting(Parity::Even);
    let mut peer = Association::new(Config::default(), fake::provider(9), Seed::new([9; 32]));
    let mut now = Instant::ZERO;
    peer.connect(now);
    for turn in 0..8 {
        if turn == 4 {
            // It may be too long, or empty.
            let _ = peer.send(now, 1, Ppid::DCEP, false, Bytes::copy_from_slice(message));
        }
        let mut out = Vec::new();
        while channels.poll_transmit(now, &mut out).is_some() {
            peer.handle_datagram(now, std::mem::take(&mut out).into());
        }
        while peer.poll_transmit(now, &mut out).is_some() {
            channels.handle_datagram(now, std::mem::take(&mut out).into());
        }
        while channels.poll_event().is_some() {}
        while peer.poll_event().is_some() {}
        now = now + Duration::from_millis(250);
        channels.handle_timeout(now);
        peer.handle_timeout(now);
    }
});
