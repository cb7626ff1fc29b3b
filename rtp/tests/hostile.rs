//! Packets that somebody made to hurt. The names in comments are rows of the list of attacks.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;

use lariat_base::{Instant, Serial16};
use lariat_rtp::limits::{MAX_COMPOUND_PACKETS, MAX_NACK_ENTRIES};
use lariat_rtp::rtcp::{
    CompoundWriter, Goodbye, Nack, PictureLossIndication, ReceiverReport, ReportBlock, SdesChunk,
    SdesItem, SenderReport, SourceDescription, Unknown,
};
use lariat_rtp::stream::{Arrival, Dropped, Reception, Transmission};
use lariat_rtp::{
    BuildError, Extension, HeaderView, NtpTime, Packet, PacketBuilder, ParseError, is_rtcp, rtcp,
};
use proptest::prelude::*;

const SSRC: u32 = 7;

/// A packet with this first byte, and `rest` after the fixed header.
fn raw(first: u8, rest: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7];
    bytes.extend_from_slice(rest);
    bytes
}

fn packet(ssrc: u32, number: u16, timestamp: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let sequence_number = Serial16::new(number);
    PacketBuilder { sequence_number, timestamp, ssrc, payload: b"x", ..PacketBuilder::default() }
        .encode(&mut bytes)
        .unwrap();
    bytes
}

fn arrive(reception: &mut Reception, bytes: &[u8]) -> Arrival {
    reception.on_packet(Instant::ZERO, &Packet::parse(bytes).unwrap())
}

/// One of each RTCP packet, with everything in it that it can have.
fn every_rtcp_packet() -> Vec<rtcp::Packet> {
    let reports = vec![ReportBlock { ssrc: SSRC, ..ReportBlock::default() }; 2];
    let items = vec![
        SdesItem::Cname("name".into()),
        SdesItem::Other { kind: 8, text: b"\x03keyvalue".to_vec() },
    ];
    vec![
        SenderReport { ssrc: SSRC, reports: reports.clone(), ..SenderReport::default() }.into(),
        ReceiverReport { ssrc: SSRC, reports }.into(),
        SourceDescription { chunks: vec![SdesChunk { ssrc: SSRC, items }; 2] }.into(),
        Goodbye { ssrcs: vec![SSRC, 8], reason: Some("a reason".into()) }.into(),
        Nack::for_missing(SSRC, 8, [1, 2, 90].map(Serial16::new)).into(),
        PictureLossIndication { sender_ssrc: SSRC, media_ssrc: 8 }.into(),
        Unknown { count: 3, packet_type: 207, body: vec![1; 12] }.into(),
    ]
}

/// Reads `bytes` in every way there is, to the end.
fn read_in_every_way(bytes: &[u8]) {
    let _ = is_rtcp(bytes);
    if let Ok(header) = HeaderView::parse(bytes) {
        assert!(header.header_len() <= bytes.len());
        assert!(header.extensions().count() <= bytes.len());
        let _ = (header.csrcs().count(), header.extension(1), header.raw_extension());
    }
    if let Ok(packet) = Packet::parse(bytes) {
        let parts = [packet.header_len(), packet.payload().len(), packet.padding_len().into()];
        assert_eq!(parts.iter().sum::<usize>(), bytes.len());
    }
    let results = rtcp::compound(bytes).count();
    assert!(results >= 1 && results <= bytes.len() / 4 + 1);
    let _ = rtcp::Packet::parse(bytes);
    let _ = SenderReport::parse(bytes);
    let _ = ReceiverReport::parse(bytes);
    let _ = SourceDescription::parse(bytes);
    let _ = Goodbye::parse(bytes);
    let _ = Nack::parse(bytes);
    let _ = PictureLossIndication::parse(bytes);
    let _ = Unknown::parse(bytes);
}

#[test]
fn every_short_length_with_every_first_byte_is_survived() {
    for length in 0..=64 {
        for fill in [0x00, 0x01, 0x7f, 0xff] {
            for first in 0..=255 {
                for second in [0, 96, 200, 201, 202, 203, 204, 205, 206, 207, 255] {
                    let mut bytes = vec![fill; length];
                    bytes.iter_mut().zip([first, second]).for_each(|(byte, new)| *byte = new);
                    read_in_every_way(&bytes);
                }
            }
        }
    }
}

#[test]
fn every_truncation_of_every_packet_is_an_error() {
    for packet in every_rtcp_packet() {
        let mut bytes = Vec::new();
        packet.encode(&mut bytes).unwrap();
        for length in 0..bytes.len() {
            read_in_every_way(&bytes[..length]);
            assert!(rtcp::Packet::parse(&bytes[..length]).is_err(), "{packet:?} at {length}");
        }
        assert_eq!(rtcp::Packet::parse(&bytes), Ok(packet));
    }
    let mut bytes = Vec::new();
    let value = [1; 16];
    PacketBuilder {
        csrcs: &[1, 2, 3],
        extensions: &[Extension { id: 14, value: &value }],
        ..PacketBuilder::default()
    }
    .encode(&mut bytes)
    .unwrap();
    for length in 0..bytes.len() {
        read_in_every_way(&bytes[..length]);
        assert!(Packet::parse(&bytes[..length]).is_err(), "RTP at {length}");
    }
}

#[test]
fn a_shortened_length_field_never_yields_the_same_packet() {
    for packet in every_rtcp_packet() {
        let mut bytes = Vec::new();
        packet.encode(&mut bytes).unwrap();
        for words in 0..bytes.len() / 4 - 1 {
            let mut shorter = bytes[..(words + 1) * 4].to_vec();
            shorter[3] = words as u8;
            read_in_every_way(&shorter);
            assert_ne!(rtcp::Packet::parse(&shorter).as_ref(), Ok(&packet));
        }
    }
}

// M1
#[test]
fn padding_that_does_not_fit_is_an_error_and_padding_alone_is_an_empty_payload() {
    for (body, expected) in [
        (&[][..], Err(ParseError::Padding)),
        (&[0], Err(ParseError::Padding)),
        (&[1, 2, 0], Err(ParseError::Padding)),
        (&[1, 2, 4], Err(ParseError::Padding)),
        (&[1, 2, 255], Err(ParseError::Padding)),
        (&[0, 0, 3], Ok(&[][..])),
        (&[1], Ok(&[][..])),
        (&[9, 0, 2], Ok(&[9][..])),
    ] {
        let bytes = raw(0xa0, body);
        let payload = Packet::parse(&bytes).map(|packet| packet.payload());
        assert_eq!(payload, expected, "{body:?}");
        // The header is readable all the same: SRTP reads it before the padding is in the clear.
        assert_eq!(HeaderView::parse(&bytes).unwrap().header_len(), 12);
    }
}

#[test]
fn padding_may_not_reach_into_the_header() {
    // Counted from the end it would cover the extension.
    let bytes = raw(0xb0, &[0xbe, 0xde, 0, 1, 0x10, 1, 0, 0, 9, 9, 0, 5]);
    assert_eq!(Packet::parse(&bytes).unwrap_err(), ParseError::Padding);
}

// M2
#[test]
fn a_header_extension_cannot_point_past_its_end() {
    let ids = |block: &[u8]| {
        let bytes = raw(0x90, block);
        let header = HeaderView::parse(&bytes).unwrap();
        header.extensions().map(|extension| extension.id).collect::<Vec<_>>()
    };
    // One-byte form: identifier 15, padding everywhere, a value longer than the block.
    assert_eq!(ids(&[0xbe, 0xde, 0, 1, 0xf3, 1, 2, 3]), []);
    assert_eq!(ids(&[0xbe, 0xde, 0, 1, 0, 0, 0, 0]), []);
    assert_eq!(ids(&[0xbe, 0xde, 0, 2, 0, 0x10, 1, 0, 0x2f, 1, 2, 3]), [1]);
    assert_eq!(ids(&[0xbe, 0xde, 0, 1, 0, 0, 0, 0x10]), []);
    // Two-byte form: the longest length, and an identifier without one.
    assert_eq!(ids(&[0x10, 0, 0, 1, 1, 255, 0, 0]), []);
    assert_eq!(ids(&[0x10, 0, 0, 1, 0, 0, 0, 1]), []);
    assert_eq!(ids(&[0x10, 0, 0, 1, 1, 0, 2, 0]), [1, 2]);
    // Somebody else's form, and an empty block.
    assert_eq!(ids(&[0xca, 0xfe, 0, 1, 0x10, 1, 0x10, 1]), []);
    assert_eq!(ids(&[0xbe, 0xde, 0, 0]), []);
    // The block itself past the end of the packet.
    for words in [2, 255, 65_535_u16] {
        let [high, low] = words.to_be_bytes();
        let bytes = raw(0x90, &[0xbe, 0xde, high, low, 0x10, 1, 0, 0]);
        assert_eq!(HeaderView::parse(&bytes).unwrap_err(), ParseError::ExtensionLength);
    }
}

// M2
#[test]
fn the_longest_two_byte_value_survives() {
    let value = [5; 255];
    let mut bytes = Vec::new();
    let builder = PacketBuilder {
        extensions: &[Extension { id: 255, value: &value }],
        ..PacketBuilder::default()
    };
    assert_eq!(builder.encode(&mut bytes), Err(BuildError::ExtensionId(255)));
    builder.encode_mixed(&mut bytes).unwrap();
    assert_eq!(Packet::parse(&bytes).unwrap().extension(255), Some(&value[..]));
}

// M5
#[test]
fn a_jump_of_the_sequence_number_costs_nothing_and_calls_nothing_missing() {
    let mut reception = Reception::new(SSRC, 90_000);
    assert_eq!(arrive(&mut reception, &packet(SSRC, 0, 0)), Arrival::First);
    // Back and forth over half of the circle: never two in a row, so never a restart.
    for _ in 0..10_000 {
        assert_eq!(arrive(&mut reception, &packet(SSRC, 0x8000, 0)), Arrival::Jump);
        assert_eq!(arrive(&mut reception, &packet(SSRC, 0, 0)), Arrival::Late);
    }
    assert_eq!(reception.stats().packets, 10_001);
    assert_eq!(reception.dropped().get(Dropped::SequenceJump), 10_000);
    assert_eq!(reception.report_block(Instant::ZERO).extended_highest_sequence, 0);
    // Two in a row are a restart: loss is counted anew.
    assert_eq!(arrive(&mut reception, &packet(SSRC, 0x8000, 0)), Arrival::Jump);
    assert_eq!(arrive(&mut reception, &packet(SSRC, 0x8001, 0)), Arrival::Restart);
    assert_eq!(reception.stats().lost, 0);
}

// M5
#[test]
fn every_sequence_number_after_every_other_calls_a_bounded_number_missing() {
    for step in (1..=u16::MAX).step_by(61) {
        let mut reception = Reception::new(SSRC, 90_000);
        let mut number = 0_u16;
        for _ in 0..64 {
            if let Arrival::Next { skipped } = arrive(&mut reception, &packet(SSRC, number, 0)) {
                assert!(skipped < lariat_rtp::limits::MAX_DROPOUT);
            }
            number = number.wrapping_add(step);
        }
    }
}

// M5
#[test]
fn a_timestamp_that_wraps_or_jumps_leaves_the_statistics_bounded() {
    let mut reception = Reception::new(SSRC, 90_000);
    for (number, timestamp) in [(1, u32::MAX), (2, 0), (3, 1 << 31), (4, 0), (5, u32::MAX)] {
        arrive(&mut reception, &packet(SSRC, number, timestamp));
    }
    let block = reception.report_block(Instant::from_nanos(u64::MAX));
    assert!(block.jitter < 1 << 31);
    assert_eq!(block.cumulative_lost, 0);
}

// M5
#[test]
fn a_source_that_changes_with_each_packet_has_no_effect() {
    let mut reception = Reception::new(SSRC, 90_000);
    for ssrc in 100..1_100 {
        assert_eq!(arrive(&mut reception, &packet(ssrc, 1, 0)), Arrival::Foreign);
    }
    assert_eq!(reception.stats().packets, 0);
    assert_eq!(reception.dropped().get(Dropped::ForeignSource), 1_000);
    assert!(!reception.has_news());
}

// M8
#[test]
fn our_nack_fits_into_a_datagram_whatever_is_missing() {
    // Every 17th packet is the worst case: an entry reaches 16 further.
    let missing = (0..u16::MAX).step_by(17).map(Serial16::new);
    let nack = Nack::for_missing(SSRC, 8, missing);
    assert_eq!(nack.entries.len(), MAX_NACK_ENTRIES);
    assert!(nack.encoded_len() <= 1_024);
    // One past the limit is left out, and the last that fits is still filled up.
    let full = (0..=MAX_NACK_ENTRIES as u16).flat_map(|entry| [entry * 17, entry * 17 + 16]);
    let nack = Nack::for_missing(SSRC, 8, full.map(Serial16::new));
    assert_eq!(nack.sequence_numbers().count(), 2 * MAX_NACK_ENTRIES);
}

// M8
#[test]
fn our_compound_packet_never_grows_past_its_limit() {
    for limit in 0..400 {
        let mut out = Vec::new();
        let mut writer = CompoundWriter::reduced_size(&mut out, limit);
        let mut full = 0;
        for packet in every_rtcp_packet() {
            match writer.push(&packet) {
                Ok(()) => {}
                Err(BuildError::DatagramFull { needed, left }) => {
                    assert!(needed > left);
                    full += 1;
                }
                Err(error) => panic!("{error}"),
            }
        }
        let length = writer.finish().unwrap();
        assert!(length <= limit && length == out.len());
        let good = rtcp::compound(&out).filter(Result::is_ok).count();
        assert_eq!(good, every_rtcp_packet().len() - full);
    }
}

// M10
#[test]
fn good_packets_before_a_bad_one_are_kept() {
    let good: rtcp::Packet = PictureLossIndication { sender_ssrc: 1, media_ssrc: SSRC }.into();
    for (bad, error) in [
        // Length words 0 and 65535, and a stub.
        (&[0x80, 201, 0, 0][..], ParseError::Truncated),
        (&[0x80, 201, 0xff, 0xff, 0, 0, 0, 1], ParseError::RtcpLength),
        (&[0x80, 201, 0], ParseError::Truncated),
        // A count that the body does not bear out.
        (
            &[
                0x9f, 200, 0, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0,
            ],
            ParseError::RtcpCount,
        ),
        // SDES without an end, a BYE reason past its end.
        (&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, b'a', b'b'], ParseError::SdesEnd),
        (&[0x81, 203, 0, 2, 0, 0, 0, 1, 4, b'a', b'b', b'c'], ParseError::ByeReason),
        // Not RTCP at all.
        (&[0x00, 201, 0, 1, 0, 0, 0, 1], ParseError::Version(0)),
    ] {
        let mut datagram = Vec::new();
        good.encode(&mut datagram).unwrap();
        good.encode(&mut datagram).unwrap();
        datagram.extend_from_slice(bad);
        good.encode(&mut datagram).unwrap();
        let read: Vec<_> = rtcp::compound(&datagram).collect();
        let [first, second, end] = &read[..] else { panic!("{read:?}") };
        assert_eq!((first, second), (&Ok(good.clone()), &Ok(good.clone())));
        // A stub takes bytes of what follows; whatever it says then, it is the end.
        if bad.len() % 4 == 0 {
            assert_eq!(*end, Err(error), "{bad:?}");
        }
        assert!(end.is_err());
    }
}

// M10
#[test]
fn packets_that_we_do_not_read_do_not_end_the_datagram() {
    // APP, an XR block of length 0, and a feedback format that nobody has registered.
    let unknown = [
        Unknown { count: 0, packet_type: 204, body: b"\0\0\0\x01name".to_vec() },
        Unknown { count: 0, packet_type: 207, body: vec![0, 0, 0, 1, 4, 0, 0, 0] },
        Unknown { count: 30, packet_type: 206, body: vec![] },
    ];
    let mut datagram = Vec::new();
    for packet in &unknown {
        packet.encode(&mut datagram).unwrap();
    }
    let read: Result<Vec<_>, _> = rtcp::compound(&datagram).collect();
    assert_eq!(read, Ok(unknown.map(rtcp::Packet::from).to_vec()));
}

// M10
#[test]
fn a_datagram_of_the_smallest_packets_is_read_up_to_the_limit() {
    let datagram = [0x80, 204, 0, 0].repeat(16_000);
    let read: Vec<_> = rtcp::compound(&datagram).collect();
    assert_eq!(read.len(), MAX_COMPOUND_PACKETS + 1);
    assert_eq!(read.last(), Some(&Err(ParseError::TooManyPackets)));
}

// M11
#[test]
fn absurd_report_blocks_give_no_absurd_round_trip_time() {
    let mut transmission = Transmission::new(SSRC, 90_000);
    transmission.on_packet(Instant::ZERO, 0, 100);
    let sent = Instant::from_millis(10_000);
    let report = transmission.sender_report(sent, NtpTime(u64::MAX)).unwrap();
    let now = Instant::from_millis(10_100);
    let mut answer = |last: u32, delay: u32| {
        let block = ReportBlock {
            ssrc: SSRC,
            fraction_lost: 255,
            cumulative_lost: -0x80_0000,
            last_sender_report: last,
            delay_since_last_sender_report: delay,
            ..ReportBlock::default()
        };
        transmission.on_report_block(now, &block)
    };
    // LSR that was never sent: none, in the future, next to ours.
    for last in [0, 1, 0x7fff_ffff, report.ntp.middle().wrapping_add(1), u32::MAX - 1] {
        assert_eq!(answer(last, 0), None, "{last:x}");
    }
    // The right one, and a DLSR that is more than the time that has passed.
    assert_eq!(answer(report.ntp.middle(), u32::MAX), Some(Duration::ZERO));
    assert_eq!(answer(report.ntp.middle(), 0), Some(Duration::from_millis(100)));
    // Time that goes backwards.
    let block = ReportBlock {
        ssrc: SSRC,
        last_sender_report: report.ntp.middle(),
        ..ReportBlock::default()
    };
    assert_eq!(transmission.on_report_block(Instant::ZERO, &block), Some(Duration::ZERO));
}

// M11
#[test]
fn absurd_sender_reports_are_answered_within_the_fields() {
    let mut reception = Reception::new(SSRC, 90_000);
    for (ntp, last) in [(0, 0), (u64::MAX, u32::MAX), (1 << 63, 0)] {
        let report = SenderReport {
            ssrc: SSRC,
            ntp: NtpTime(ntp),
            rtp_timestamp: u32::MAX,
            packet_count: u32::MAX,
            octet_count: u32::MAX,
            reports: vec![],
        };
        reception.on_sender_report(Instant::from_millis(500), &report);
        let block = reception.report_block(Instant::from_nanos(u64::MAX));
        assert_eq!(block.last_sender_report, last);
        assert_eq!(block.delay_since_last_sender_report, u32::MAX);
        // Time that goes backwards.
        assert_eq!(reception.report_block(Instant::ZERO).delay_since_last_sender_report, 0);
    }
}

// M13
#[test]
fn reports_and_goodbyes_about_other_sources_have_no_effect() {
    let mut reception = Reception::new(SSRC, 90_000);
    arrive(&mut reception, &packet(SSRC, 1, 0));
    let before = reception.report_block(Instant::ZERO);
    let foreign = SenderReport { ssrc: 8, ntp: NtpTime(u64::MAX), ..SenderReport::default() };
    reception.on_sender_report(Instant::ZERO, &foreign);
    let after = reception.report_block(Instant::ZERO);
    assert_eq!((after.last_sender_report, after.ssrc), (before.last_sender_report, SSRC));
    assert_eq!(reception.dropped().get(Dropped::ForeignSource), 1);
    assert!(!reception.is_ended_by(&Goodbye { ssrcs: vec![8, 9], reason: None }));
    assert!(!reception.is_ended_by(&Goodbye::default()));
    assert!(reception.is_ended_by(&Goodbye { ssrcs: vec![8, SSRC], reason: None }));

    let mut transmission = Transmission::new(SSRC, 90_000);
    transmission.on_packet(Instant::ZERO, 0, 1);
    let report = transmission.sender_report(Instant::ZERO, NtpTime(1 << 20)).unwrap();
    let last_sender_report = report.ntp.middle();
    let block = ReportBlock { ssrc: 8, last_sender_report, ..ReportBlock::default() };
    assert_eq!(transmission.on_report_block(Instant::ZERO, &block), None);
    assert_eq!(transmission.stats().remote, None);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes: Vec<u8>) {
        read_in_every_way(&bytes);
    }

    #[test]
    fn any_rtcp_body_is_survived(first in 0x80u8..=0xbf, kind in 198u8..=210, body: Vec<u8>) {
        let body = &body[..body.len() / 4 * 4];
        let mut bytes = vec![first, kind, 0, (body.len() / 4) as u8];
        bytes.extend_from_slice(body);
        read_in_every_way(&bytes);
    }

    #[test]
    fn any_arrivals_are_survived(
        packets in proptest::collection::vec((any::<u16>(), any::<u32>(), any::<u64>()), 0..200),
        clock_rate: u32,
    ) {
        let mut reception = Reception::new(SSRC, clock_rate);
        for (number, timestamp, nanos) in packets {
            let bytes = packet(SSRC, number, timestamp);
            let now = Instant::from_nanos(nanos);
            reception.on_packet(now, &Packet::parse(&bytes).unwrap());
            let block = reception.report_block(now);
            prop_assert!((-0x80_0000..=0x7f_ffff).contains(&block.cumulative_lost));
            let _ = reception.stats();
        }
    }
}
