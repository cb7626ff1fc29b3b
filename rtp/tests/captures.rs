//! Packets of real encoders, if captures of them lie next to the project.
//!
//! The captures are not part of the project: `shared/media` is looked for two folders up, or where
//! `LARIAT_CAPTURES` says. Without them this file says so and checks nothing; the header of one of
//! the packets is a vector in `src/header.rs`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test that checks nothing should say so")]

use std::path::PathBuf;

use lariat_base::{Instant, Reader};
use lariat_rtp::stream::{Arrival, Reception};
use lariat_rtp::{Packet, PacketBuilder, is_rtcp};

/// The UDP payloads of a classic, little-endian pcap file of IPv4 over Ethernet, and when they were
/// seen.
fn udp_payloads(file: &[u8]) -> Vec<(Instant, &[u8])> {
    let swapped = |reader: &mut Reader<'_>| reader.u32().map(u32::swap_bytes);
    let mut reader = Reader::new(file);
    assert_eq!(swapped(&mut reader), Ok(0xa1b2_c3d4), "not a pcap file");
    reader.take(20).unwrap();
    let mut payloads = Vec::new();
    while !reader.is_empty() {
        let seconds = u64::from(swapped(&mut reader).unwrap());
        let micros = u64::from(swapped(&mut reader).unwrap());
        let length = swapped(&mut reader).unwrap() as usize;
        reader.take(4).unwrap();
        let mut frame = reader.sub(length).unwrap();
        // Ethernet 14, IPv4 20, UDP 8.
        frame.take(42).unwrap();
        let now = Instant::from_nanos((seconds * 1_000_000 + micros) * 1_000);
        payloads.push((now, frame.rest()));
    }
    payloads
}

#[test]
fn every_packet_of_a_real_encoder_is_read_and_written_back() {
    let folder = std::env::var_os("LARIAT_CAPTURES").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/media")),
        PathBuf::from,
    );
    for name in ["vp8.pcap", "h264.pcap", "av1.pcap"] {
        let Ok(file) = std::fs::read(folder.join(name)) else {
            eprintln!("no capture {name}: nothing checked");
            continue;
        };
        let mut reception: Option<Reception> = None;
        let payloads = udp_payloads(&file);
        assert!(payloads.len() > 50, "{name}");
        for (now, payload) in &payloads {
            assert!(!is_rtcp(payload), "{name}");
            let packet = Packet::parse(payload).unwrap();
            let csrcs: Vec<_> = packet.csrcs().collect();
            let extensions: Vec<_> = packet.extensions().collect();
            assert!(!extensions.is_empty(), "{name}");
            let mut written = Vec::new();
            PacketBuilder {
                payload_type: packet.payload_type(),
                marker: packet.marker(),
                sequence_number: packet.sequence_number(),
                timestamp: packet.timestamp(),
                ssrc: packet.ssrc(),
                csrcs: &csrcs,
                extensions: &extensions,
                payload: packet.payload(),
            }
            .encode(&mut written)
            .unwrap();
            // Senders may pad extensions by more than is needed, so what is compared is what it
            // says.
            let again = Packet::parse(&written).unwrap();
            assert_eq!(again.payload(), packet.payload());
            assert!(again.extensions().eq(packet.extensions()));
            let reception = reception.get_or_insert_with(|| Reception::new(packet.ssrc(), 90_000));
            assert_ne!(reception.on_packet(*now, &packet), Arrival::Foreign, "{name}");
        }
        let stats = reception.unwrap().stats();
        assert_eq!(stats.packets, payloads.len() as u64, "{name}");
        assert!(stats.jitter.as_millis() < 1_000, "{name}: {:?}", stats.jitter);
    }
}
