//! Compound RTCP packets: what is parsed can be written, and is the same when it is read again.
#![no_main]

use lariat_rtp::{BuildError, rtcp};

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| {
    for packet in rtcp::compound(datagram).map_while(Result::ok) {
        let mut written = Vec::new();
        match packet.encode(&mut written) {
            // Text that is not UTF-8 grows when it is mended.
            Err(BuildError::TextTooLong(_)) => continue,
            result => result.expect("what was parsed can be written"),
        }
        assert_eq!(written.len(), packet.encoded_len());
        assert_eq!(rtcp::Packet::parse(&written), Ok(packet));
    }
});
