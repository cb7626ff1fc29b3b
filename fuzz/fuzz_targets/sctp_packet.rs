//! SCTP packets with a right checksum, for data channels that are connecting.
//!
//! The input is a list: a byte that says whether the packet carries our verification tag, the
//! length of its chunks in two bytes, and its chunks.
#![no_main]

use std::time::Duration;

use lariat_base::{Instant, Reader};
use lariat_fuzz::sctp;
use lariat_sctp::Parity;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut channels = sctp::connecting(Parity::Even);
    let (mut now, mut out, mut reader) = (Instant::ZERO, Vec::new(), Reader::new(input));
    assert!(channels.poll_transmit(now, &mut out).is_some(), "an INIT");
    let ours: [u8; 4] = out[16..20].try_into().expect("its initiate tag");
    while let (Ok(with_tag), Ok(length)) = (reader.u8(), reader.u16()) {
        let Ok(chunks) = reader.take(length.into()) else { return };
        let tag = if with_tag == 0 { [0; 4] } else { ours };
        channels.handle_datagram(now, sctp::packet(tag, chunks).into());
        while channels.poll_transmit(now, &mut out).is_some() {
            out.clear();
        }
        while channels.poll_event().is_some() {}
        now = now + Duration::from_millis(100);
        if channels.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
            channels.handle_timeout(now);
        }
    }
});
