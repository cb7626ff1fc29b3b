//! Regular RTCP reports: what we sent, and how we receive the other side.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use lariat_base::Instant;
use lariat_rtp::NtpTime;
use lariat_rtp::limits::MAX_RTCP_COUNT;
use lariat_rtp::rtcp::{
    CompoundWriter, Goodbye, Packet, ReceiverReport, ReportBlock, SourceDescription,
};

use super::Media;
use crate::Event;
use crate::limits::MAX_RTCP_LEN;

/// What every RTCP packet begins with, in bytes (RFC 3550 §6.4.1, as are the others).
const RTCP_HEADER_LEN: usize = 4;
const SSRC_LEN: usize = 4;
/// What a sender report has beyond a receiver report.
const SENDER_REPORT_LEN: usize = 20;
const BLOCK_LEN: usize = 24;

/// Whose report it is, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reporter<'a> {
    /// The wall-clock time.
    pub(crate) ntp: NtpTime,
    pub(crate) cname: &'a str,
    /// The SSRC under which to report if nothing is sent.
    pub(crate) ssrc: u32,
}

impl Reporter<'_> {
    /// A report, and the name of who sends it.
    fn named(&self, ssrc: u32, report: Packet) -> Vec<Packet> {
        let name = SourceDescription::cname(ssrc, self.cname.to_string());
        Vec::from([report, Packet::SourceDescription(name)])
    }

    /// What every compound packet has to have, if there is nothing to report.
    fn empty(&self) -> Vec<Packet> {
        let report = ReceiverReport { ssrc: self.ssrc, reports: Vec::new() };
        self.named(self.ssrc, Packet::ReceiverReport(report))
    }
}

impl Media {
    /// Sends a report if one is due. With it, and so not too often, the owner is told if there were
    /// more streams than are followed.
    pub(crate) fn handle_timeout(&mut self, now: Instant, reporter: Reporter<'_>) -> Vec<Event> {
        let is_due = self.secured.as_mut().is_some_and(|secured| secured.schedule.expire(now));
        if !is_due {
            return Vec::new();
        }
        let reports = self.reports(now, reporter);
        self.send_compound(now, &reports);
        self.secured.as_mut().map(|secured| secured.srtp.events()).unwrap_or_default()
    }

    /// Says goodbye for all our streams (RFC 3550 §6.6).
    pub(crate) fn send_goodbye(&mut self, now: Instant, reporter: Reporter<'_>) {
        let ssrcs: Vec<u32> = self.senders.keys().copied().collect();
        let room = self.max_rtcp_len().saturating_sub(encoded_len(&reporter.empty()));
        let at_once = (room.saturating_sub(RTCP_HEADER_LEN) / SSRC_LEN).clamp(1, MAX_RTCP_COUNT);
        let goodbyes: Vec<Vec<Packet>> = ssrcs
            .chunks(at_once)
            .map(|ssrcs| {
                let mut group = reporter.empty();
                group.push(Goodbye { ssrcs: ssrcs.to_vec(), reason: None }.into());
                group
            })
            .collect();
        if !goodbyes.is_empty() {
            let mut groups = self.reports(now, reporter);
            groups.extend(goodbyes);
            self.send_compound(now, &groups);
        }
    }

    /// Asks for keyframes without a report, or with an empty one if it may not go without.
    pub(super) fn send_feedback(
        &mut self,
        now: Instant,
        feedback: Packet,
        reporter: Reporter<'_>,
        is_reduced: bool,
    ) {
        if is_reduced {
            let limit = self.max_rtcp_len();
            let mut buffer = self.outgoing.buffer();
            let mut writer = CompoundWriter::reduced_size(&mut buffer, limit);
            if writer.push(&feedback).is_ok() && writer.finish().is_ok() {
                self.protect_rtcp(now, buffer);
            }
            return;
        }
        let mut group = reporter.empty();
        group.push(feedback);
        self.send_compound(now, &[group]);
    }

    /// A report of every stream of ours, each with its name. The first carries what there is to say
    /// of the other side's streams.
    fn reports(&mut self, now: Instant, reporter: Reporter<'_>) -> Vec<Vec<Packet>> {
        // A sender report is the longer one.
        let named = SENDER_REPORT_LEN + encoded_len(&reporter.empty());
        let room = self.max_rtcp_len().saturating_sub(named);
        let mut blocks = self.report_blocks(now, (room / BLOCK_LEN).min(MAX_RTCP_COUNT));
        let mut groups = Vec::new();
        for sender in self.senders.values_mut() {
            if let Some(mut report) = sender.transmission.sender_report(now, reporter.ntp) {
                report.reports = core::mem::take(&mut blocks);
                groups.push(reporter.named(report.ssrc, Packet::SenderReport(report)));
            }
        }
        if !blocks.is_empty() {
            let report = ReceiverReport { ssrc: reporter.ssrc, reports: blocks };
            groups.push(reporter.named(reporter.ssrc, Packet::ReceiverReport(report)));
        }
        if groups.is_empty() && !self.senders.is_empty() {
            // rfc3550 §6.4.2: streams of ours that are silent for now are no reason to be gone.
            groups.push(reporter.empty());
        }
        groups
    }

    /// What there is to say of as many streams as fit one report; the next begins where this one
    /// ends.
    fn report_blocks(&mut self, now: Instant, limit: usize) -> Vec<ReportBlock> {
        let in_turn: Vec<u32> = self
            .receivers
            .iter_from(self.next_report)
            .filter(|(_, receiver)| receiver.reception.has_news())
            .map(|(ssrc, _)| ssrc)
            .take(limit)
            .collect();
        if let Some(last) = in_turn.last() {
            self.next_report = last.wrapping_add(1);
        }
        in_turn
            .iter()
            .filter_map(|ssrc| Some(self.receivers.get_mut(*ssrc)?.reception.report_block(now)))
            .collect()
    }

    /// The longest RTCP packet that is sent, before protection.
    fn max_rtcp_len(&self) -> usize {
        let overhead = self.secured.as_ref().map(|secured| secured.srtp.outbound.rtcp_overhead());
        self.max_datagram_size.saturating_sub(overhead.unwrap_or_default()).min(MAX_RTCP_LEN)
    }

    /// Sends groups of packets that belong together, as many of them in one datagram as fit. Each
    /// group begins with a report and its name, so that each may be the first (RFC 3550 §6.1).
    fn send_compound(&mut self, now: Instant, groups: &[Vec<Packet>]) {
        let limit = self.max_rtcp_len();
        let mut rest = groups;
        while !rest.is_empty() {
            let mut size = 0usize;
            let fits = |group: &&Vec<Packet>| {
                size += encoded_len(group);
                size <= limit
            };
            // One group is always taken, so that this comes to an end.
            let count = rest.iter().take_while(fits).count().max(1);
            let (together, later) = rest.split_at(count);
            rest = later;
            let mut buffer = self.outgoing.buffer();
            let mut writer = CompoundWriter::compound(&mut buffer, limit);
            let written = together.iter().flatten().try_for_each(|packet| writer.push(packet));
            if written.is_ok() && writer.finish().is_ok() {
                self.protect_rtcp(now, buffer);
            }
        }
    }
}

fn encoded_len(packets: &[Packet]) -> usize {
    packets.iter().map(Packet::encoded_len).sum()
}
