//! Regular RTCP reports: what we sent, and how we receive the other side.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use lariat_base::{Instant, Tally};
use lariat_rtp::NtpTime;
use lariat_rtp::rtcp::{
    CompoundWriter, Goodbye, Packet, ReceiverReport, ReportBlock, SourceDescription,
};

use super::Media;
use crate::error::Dropped;
use crate::limits::MAX_RTP_PAYLOAD;

/// rfc3550 §6.4.1: the count of report blocks is five bits.
const MAX_REPORT_BLOCKS: usize = 31;

impl Media {
    /// Sends a report if one is due. `ntp` is the wall-clock time at `now`.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        ntp: NtpTime,
        cname: &str,
        our_ssrc: u32,
        dropped: &mut Tally<Dropped>,
    ) {
        let is_due =
            self.protection.as_mut().is_some_and(|protection| protection.schedule.expire(now));
        if is_due {
            self.send_report(now, ntp, cname, our_ssrc, None, dropped);
        }
    }

    /// Says goodbye for all our streams (RFC 3550 §6.6).
    pub(crate) fn send_goodbye(
        &mut self,
        now: Instant,
        ntp: NtpTime,
        cname: &str,
        our_ssrc: u32,
        dropped: &mut Tally<Dropped>,
    ) {
        let ssrcs: Vec<u32> = self.senders.keys().copied().take(MAX_REPORT_BLOCKS).collect();
        if !ssrcs.is_empty() {
            let goodbye = Goodbye { ssrcs, reason: None };
            self.send_report(now, ntp, cname, our_ssrc, Some(goodbye), dropped);
        }
    }

    fn send_report(
        &mut self,
        now: Instant,
        ntp: NtpTime,
        cname: &str,
        our_ssrc: u32,
        goodbye: Option<Goodbye>,
        dropped: &mut Tally<Dropped>,
    ) {
        let mut blocks: Vec<ReportBlock> = self
            .receivers
            .values_mut()
            .filter(|receiver| receiver.reception.has_news())
            .take(MAX_REPORT_BLOCKS)
            .map(|receiver| receiver.reception.report_block(now))
            .collect();
        let mut packets = Vec::new();
        let mut sources = Vec::new();
        for sender in self.senders.values_mut() {
            if let Some(mut report) = sender.transmission.sender_report(now, ntp) {
                // The first report carries what there is to say of the other side's streams.
                report.reports = core::mem::take(&mut blocks);
                sources.push(report.ssrc);
                packets.push(Packet::SenderReport(report));
            }
        }
        if packets.is_empty() {
            if blocks.is_empty() {
                return;
            }
            sources.push(our_ssrc);
            let report = ReceiverReport { ssrc: our_ssrc, reports: blocks };
            packets.push(Packet::ReceiverReport(report));
        }
        packets.extend(sources.iter().map(|ssrc| {
            Packet::SourceDescription(SourceDescription::cname(*ssrc, cname.to_string()))
        }));
        packets.extend(goodbye.map(Packet::Goodbye));
        let mut buffer = self.buffer();
        let mut writer = CompoundWriter::compound(&mut buffer, MAX_RTP_PAYLOAD);
        for packet in &packets {
            // What does not fit waits for the next report.
            if writer.push(packet).is_err() {
                break;
            }
        }
        if writer.finish().is_ok() {
            self.protect_rtcp(buffer, dropped);
        }
    }
}
