//! Regular RTCP reports: what we sent, and how we receive the other side.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::ops::Bound;

use lariat_base::{Instant, Tally};
use lariat_rtp::NtpTime;
use lariat_rtp::rtcp::{
    CompoundWriter, Goodbye, Packet, ReceiverReport, ReportBlock, SourceDescription,
};

use super::Media;
use crate::error::Dropped;
use crate::limits::MAX_RTCP_LEN;

/// rfc3550 §6.4.1: the count of report blocks is five bits, as is that of sources in a goodbye.
const MAX_REPORT_BLOCKS: usize = 31;

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
    /// Sends a report if one is due.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        reporter: Reporter<'_>,
        dropped: &mut Tally<Dropped>,
    ) {
        let is_due =
            self.protection.as_mut().is_some_and(|protection| protection.schedule.expire(now));
        if is_due {
            let reports = self.reports(now, reporter);
            self.send_compound(&reports, dropped);
        }
    }

    /// Says goodbye for all our streams (RFC 3550 §6.6).
    pub(crate) fn send_goodbye(
        &mut self,
        now: Instant,
        reporter: Reporter<'_>,
        dropped: &mut Tally<Dropped>,
    ) {
        let ssrcs: Vec<u32> = self.senders.keys().copied().collect();
        let goodbyes: Vec<Vec<Packet>> = ssrcs
            .chunks(MAX_REPORT_BLOCKS)
            .map(|ssrcs| {
                let mut group = reporter.empty();
                group.push(Goodbye { ssrcs: ssrcs.to_vec(), reason: None }.into());
                group
            })
            .collect();
        if !goodbyes.is_empty() {
            let mut groups = self.reports(now, reporter);
            groups.extend(goodbyes);
            self.send_compound(&groups, dropped);
        }
    }

    /// Asks for keyframes without a report, or with an empty one if it may not go without.
    pub(super) fn send_feedback(
        &mut self,
        feedback: Packet,
        reporter: Reporter<'_>,
        is_reduced: bool,
        dropped: &mut Tally<Dropped>,
    ) {
        if is_reduced {
            let mut buffer = self.buffer();
            let mut writer = CompoundWriter::reduced_size(&mut buffer, MAX_RTCP_LEN);
            if writer.push(&feedback).is_ok() && writer.finish().is_ok() {
                self.protect_rtcp(buffer, dropped);
            }
            return;
        }
        let mut group = reporter.empty();
        group.push(feedback);
        self.send_compound(&[group], dropped);
    }

    /// A report of every stream of ours, each with its name. The first carries what there is to say
    /// of the other side's streams.
    fn reports(&mut self, now: Instant, reporter: Reporter<'_>) -> Vec<Vec<Packet>> {
        let mut blocks = self.report_blocks(now);
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
        groups
    }

    /// What there is to say of as many streams as fit one report; the next begins where this one
    /// ends.
    fn report_blocks(&mut self, now: Instant) -> Vec<ReportBlock> {
        let start = self.next_report;
        let in_turn: Vec<u32> = self
            .receivers
            .range(start..)
            .chain(self.receivers.range((Bound::Unbounded, Bound::Excluded(start))))
            .filter(|(_, receiver)| receiver.reception.has_news())
            .map(|(ssrc, _)| *ssrc)
            .take(MAX_REPORT_BLOCKS)
            .collect();
        if let Some(last) = in_turn.last() {
            self.next_report = last.wrapping_add(1);
        }
        in_turn
            .iter()
            .filter_map(|ssrc| Some(self.receivers.get_mut(ssrc)?.reception.report_block(now)))
            .collect()
    }

    /// Sends groups of packets that belong together, as many of them in one datagram as fit. Each
    /// group begins with a report and its name, so that each may be the first (RFC 3550 §6.1).
    fn send_compound(&mut self, groups: &[Vec<Packet>], dropped: &mut Tally<Dropped>) {
        let mut rest = groups;
        while !rest.is_empty() {
            let mut size = 0usize;
            let fits = |group: &&Vec<Packet>| {
                size += group.iter().map(Packet::encoded_len).sum::<usize>();
                size <= MAX_RTCP_LEN
            };
            // One group is always taken, so that this comes to an end.
            let count = rest.iter().take_while(fits).count().max(1);
            let (together, later) = rest.split_at(count);
            rest = later;
            let mut buffer = self.buffer();
            let mut writer = CompoundWriter::compound(&mut buffer, MAX_RTCP_LEN);
            let written = together.iter().flatten().try_for_each(|packet| writer.push(packet));
            if written.is_ok() && writer.finish().is_ok() {
                self.protect_rtcp(buffer, dropped);
            }
        }
    }
}
