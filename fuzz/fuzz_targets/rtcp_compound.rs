//! Compound RTCP packets: what is parsed can be written, and is the same when it is read again.
#![no_main]

use lariat_rtp::rtcp;

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| {
    for packet in rtcp::compound(datagram).map_while(Result::ok) {
        let mut written = Vec::new();
        packet.encode(&mut written).expect("what was parsed can be written");
        assert_eq!(written.len(), packet.encoded_len());
        assert_eq!(rtcp::Packet::parse(&written), Ok(packet));
    }
});
