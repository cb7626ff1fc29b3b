//! What the tests of the messages share.

use alloc::vec::Vec;
use alloc::{format, string::String};

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Packet, ReportBlock};

/// Checks that `packet` comes back from the wire, in as many bytes as it said.
pub(super) fn assert_round_trip(packet: impl Into<Packet>) {
    let packet = packet.into();
    let mut out = Vec::new();
    packet.encode(&mut out).unwrap();
    assert_eq!(out.len(), packet.encoded_len());
    assert_eq!(Packet::parse(&out), Ok(packet));
}

/// Any report block that the wire can carry.
pub(super) fn report_block() -> impl Strategy<Value = ReportBlock> {
    let lost = -0x80_0000..=0x7f_ffff;
    (any::<(u32, u8)>(), lost, any::<[u32; 4]>()).prop_map(|((ssrc, fraction), lost, rest)| {
        let [highest, jitter, last, delay] = rest;
        ReportBlock {
            ssrc,
            fraction_lost: fraction,
            cumulative_lost: lost,
            extended_highest_sequence: highest,
            jitter,
            last_sender_report: last,
            delay_since_last_sender_report: delay,
        }
    })
}

/// Any list of report blocks that one packet can carry.
pub(super) fn report_blocks() -> impl Strategy<Value = Vec<ReportBlock>> {
    vec(report_block(), 0..=31)
}

/// Any text of at most 255 bytes.
pub(super) fn text() -> impl Strategy<Value = String> {
    ".{0,60}".prop_map(|text| format!("{text:.63}"))
}
