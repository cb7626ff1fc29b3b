//! RTP packets: headers, extensions, padding.
#![no_main]

use lariat_rtp::{HeaderView, Packet};

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| {
    let header = HeaderView::parse(datagram);
    let Ok(packet) = Packet::parse(datagram) else { return };
    let header = header.expect("a packet starts with a header");
    let _ = packet.csrcs().count();
    let _ = packet.extensions().count();
    assert!(header.header_len() + packet.payload().len() <= datagram.len());
});
