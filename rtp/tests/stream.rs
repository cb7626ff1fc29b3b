//! The two ends of a stream against each other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use core::time::Duration;

use lariat_base::{Instant, Serial16};
use lariat_rtp::limits::MAX_REMEMBERED_REPORTS;
use lariat_rtp::rtcp::ReportBlock;
use lariat_rtp::stream::{Arrival, Reception, Transmission};
use lariat_rtp::{NtpTime, Packet, PacketBuilder};

const SSRC: u32 = 7;

fn receive(reception: &mut Reception, now: Instant, number: u16, timestamp: u32) -> Arrival {
    let mut bytes = Vec::new();
    let sequence_number = Serial16::new(number);
    let payload = &[0; 100];
    PacketBuilder { sequence_number, timestamp, ssrc: SSRC, payload, ..PacketBuilder::default() }
        .encode(&mut bytes)
        .unwrap();
    reception.on_packet(now, &Packet::parse(&bytes).unwrap())
}

#[test]
fn the_first_packet_of_an_authenticated_stream_is_believed() {
    let mut reception = Reception::new(SSRC, 90_000);
    assert!(!reception.has_news());
    assert_eq!(receive(&mut reception, Instant::ZERO, 65_535, 0), Arrival::First);
    assert!(reception.has_news());
    assert_eq!((reception.stats().packets, reception.stats().bytes), (1, 100));
}

#[test]
fn before_the_first_packet_a_report_block_says_nothing() {
    let block = Reception::new(SSRC, 90_000).report_block(Instant::ZERO);
    assert_eq!(block, ReportBlock { ssrc: SSRC, ..ReportBlock::default() });
}

#[test]
fn a_source_silent_for_an_interval_is_not_news() {
    let mut reception = Reception::new(SSRC, 90_000);
    receive(&mut reception, Instant::ZERO, 1, 0);
    reception.report_block(Instant::ZERO);
    assert!(!reception.has_news());
    receive(&mut reception, Instant::ZERO, 2, 0);
    assert!(reception.has_news());
}

#[test]
fn loss_is_counted_per_interval_and_in_all() {
    let mut reception = Reception::new(SSRC, 90_000);
    // One in four is lost, across the wrap of the sequence number.
    let start = 65_436_u16;
    for offset in (0..200).filter(|offset| offset % 4 != 2) {
        receive(&mut reception, Instant::ZERO, start.wrapping_add(offset), 0);
    }
    let block = reception.report_block(Instant::ZERO);
    assert_eq!((block.cumulative_lost, block.fraction_lost), (50, 64));
    assert_eq!(block.extended_highest_sequence, 65_536 + 99);
    // Those that come late are not lost.
    assert_eq!(receive(&mut reception, Instant::ZERO, start.wrapping_add(198), 0), Arrival::Late);
    let block = reception.report_block(Instant::ZERO);
    assert_eq!((block.cumulative_lost, block.fraction_lost), (49, 0));
}

#[test]
fn packets_that_arrive_alternately_early_and_late_jitter() {
    let mut reception = Reception::new(SSRC, 1_000);
    for number in 0..1_000_u16 {
        let late = u64::from(number % 2) * 10;
        let now = Instant::from_millis(u64::from(number) * 20 + late);
        receive(&mut reception, now, number, u32::from(number) * 20);
    }
    // Each packet is 10 ms off the one before.
    let jitter = reception.stats().jitter;
    assert!(
        jitter >= Duration::from_millis(9) && jitter <= Duration::from_millis(10),
        "{jitter:?}"
    );
    assert_eq!(reception.report_block(Instant::ZERO).jitter, 9);
}

#[test]
fn a_restart_is_not_jitter() {
    let mut reception = Reception::new(SSRC, 90_000);
    receive(&mut reception, Instant::ZERO, 1, 0);
    receive(&mut reception, Instant::ZERO, 2, 0);
    // It goes on with other numbers and another timestamp.
    assert_eq!(receive(&mut reception, Instant::ZERO, 30_000, 1 << 30), Arrival::Jump);
    assert_eq!(receive(&mut reception, Instant::ZERO, 30_001, 1 << 30), Arrival::Restart);
    receive(&mut reception, Instant::ZERO, 30_002, 1 << 30);
    assert_eq!(reception.stats().jitter, Duration::ZERO);
}

#[test]
fn an_answer_without_a_sender_report_measures_nothing() {
    // rfc3550 §6.4.1: zero stands for none, even if a report had that very time.
    let mut transmission = Transmission::new(SSRC, 90_000);
    transmission.on_packet(Instant::ZERO, 0, 100);
    transmission.sender_report(Instant::ZERO, NtpTime(0)).unwrap();
    let block = ReportBlock { ssrc: SSRC, ..ReportBlock::default() };
    assert_eq!(transmission.on_report_block(Instant::from_millis(50), &block), None);
    assert_eq!(transmission.stats().remote, Some(block));
}

#[test]
fn a_sender_report_maps_its_own_moment_to_the_timestamp() {
    // rfc3550 §6.4.1
    let mut transmission = Transmission::new(SSRC, 48_000);
    assert_eq!(transmission.sender_report(Instant::ZERO, NtpTime(1)), None);
    transmission.on_packet(Instant::from_millis(100), u32::MAX, 500);
    transmission.on_packet(Instant::from_millis(120), u32::MAX.wrapping_add(960), 500);
    let report = transmission.sender_report(Instant::from_millis(145), NtpTime(9 << 32)).unwrap();
    assert_eq!(report.rtp_timestamp, 959 + 48 * 25);
    assert_eq!((report.packet_count, report.octet_count), (2, 1_000));
    assert_eq!((report.ssrc, report.ntp), (SSRC, NtpTime(9 << 32)));
}

#[test]
fn the_round_trip_time_is_that_of_the_example() {
    // rfc3550 §6.4.1, figure 2
    let mut transmission = Transmission::new(SSRC, 90_000);
    let mut reception = Reception::new(SSRC, 90_000);
    let sent = Instant::from_millis(125);
    transmission.on_packet(sent, 0, 100);
    let report = transmission.sender_report(sent, NtpTime(0xb44d_b705_2000_0000)).unwrap();
    // The receiver's clock has another origin.
    reception.on_sender_report(Instant::from_millis(900_000), &report);
    let block = reception.report_block(Instant::from_millis(905_250));
    assert_eq!(block.last_sender_report, 0xb705_2000);
    assert_eq!(block.delay_since_last_sender_report, 0x0005_4000);
    let rtt = transmission.on_report_block(Instant::from_millis(11_500), &block);
    assert_eq!(rtt, Some(Duration::from_millis(6_125)));
    assert_eq!(transmission.stats().rtt, rtt);
    assert_eq!(transmission.stats().remote, Some(block));
}

#[test]
fn only_so_many_sender_reports_are_remembered() {
    let mut transmission = Transmission::new(SSRC, 90_000);
    let reports: Vec<_> = (1..=MAX_REMEMBERED_REPORTS as u64 + 1)
        .map(|second| {
            let now = Instant::from_millis(second * 1_000);
            transmission.on_packet(now, 0, 100);
            transmission.sender_report(now, NtpTime(second << 32)).unwrap()
        })
        .collect();
    let now = Instant::from_millis(20_000);
    let rtts: Vec<_> = reports
        .iter()
        .map(|report| {
            let last_sender_report = report.ntp.middle();
            let block = ReportBlock { ssrc: SSRC, last_sender_report, ..ReportBlock::default() };
            transmission.on_report_block(now, &block)
        })
        .collect();
    assert_eq!(rtts[0], None);
    assert_eq!(rtts[1], Some(Duration::from_secs(18)));
    assert!(rtts[1..].iter().all(Option::is_some));
}
