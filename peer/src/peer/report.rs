//! Statistics, and the clock that RTCP wants.

use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt::Display;
use core::time::Duration;

use lariat_base::{Instant, Tally};
use lariat_rtp::NtpTime;
use lariat_srtp::Profile;

use super::Peer;
use crate::Config;
use crate::media::{Media, Reporter};
use crate::negotiation::session::Negotiation;
use crate::stats::{DropCount, Stats, StreamStats};

/// Datagrams and bytes over all layers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counters {
    datagrams_sent: u64,
    bytes_sent: u64,
    datagrams_received: u64,
    bytes_received: u64,
}

impl Counters {
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.datagrams_sent = self.datagrams_sent.saturating_add(1);
        self.bytes_sent = self.bytes_sent.saturating_add(bytes as u64);
    }

    pub(super) const fn received(&mut self, bytes: usize) {
        self.datagrams_received = self.datagrams_received.saturating_add(1);
        self.bytes_received = self.bytes_received.saturating_add(bytes as u64);
    }
}

impl Peer {
    /// How the peer is doing.
    pub fn stats(&self) -> Stats {
        let info = self.secure.info();
        let profile = info.and_then(|info| info.srtp_profile).and_then(Profile::from_id);
        Stats {
            connection_state: self.state,
            selected_pair: self.selected_pair(),
            rtt: self.ice.rtt(),
            dtls_version: info.map(|info| info.version.name()),
            dtls_cipher: info.map(|info| info.cipher_suite),
            dtls_group: info.map(|info| info.group),
            srtp_profile: profile.map(Profile::name),
            datagrams_sent: self.counters.datagrams_sent,
            bytes_sent: self.counters.bytes_sent,
            datagrams_received: self.counters.datagrams_received,
            bytes_received: self.counters.bytes_received,
            streams: streams(&self.media),
            dropped: self.drops(),
        }
    }

    fn drops(&self) -> Vec<DropCount> {
        let mut drops = Vec::new();
        collect("peer", &self.dropped, &mut drops);
        collect("ice", self.ice.dropped(), &mut drops);
        if let Some(dtls) = self.secure.dtls() {
            collect("dtls", dtls.dropped(), &mut drops);
        }
        if let Some(srtp) = self.media.srtp_dropped() {
            collect("srtp", srtp, &mut drops);
        }
        collect("sctp", self.channels.dropped(), &mut drops);
        drops
    }
}

/// What RTCP has to know of us.
pub(super) fn reporter<'n>(
    config: &Config,
    negotiation: &'n Negotiation,
    now: Instant,
) -> Reporter<'n> {
    let unix = config.unix_at_zero.saturating_add(Duration::from_nanos(now.as_nanos()));
    Reporter {
        ntp: NtpTime::from_unix(unix),
        cname: negotiation.cname(),
        ssrc: negotiation.transceivers().first().map_or(1, |transceiver| transceiver.ssrc),
    }
}

fn collect<R: Copy + Ord + Display>(
    layer: &'static str,
    tally: &Tally<R>,
    drops: &mut Vec<DropCount>,
) {
    drops.extend(tally.iter().map(|(reason, count)| DropCount {
        layer,
        reason: reason.to_string(),
        count,
    }));
}

fn streams(media: &Media) -> Vec<StreamStats> {
    let inbound = media.receivers().map(|receiver| {
        let stats = receiver.reception.stats();
        StreamStats {
            transceiver: receiver.transceiver,
            kind: receiver.kind,
            ssrc: receiver.reception.ssrc(),
            is_inbound: true,
            packets: stats.packets,
            bytes: stats.bytes,
            lost: stats.lost,
            jitter: Some(stats.jitter),
            rtt: None,
        }
    });
    let outbound = media.senders().map(|sender| {
        let stats = sender.transmission.stats();
        StreamStats {
            transceiver: sender.transceiver,
            kind: sender.kind,
            ssrc: sender.transmission.ssrc(),
            is_inbound: false,
            packets: stats.packets,
            bytes: stats.bytes,
            lost: stats.remote.map_or(0, |block| i64::from(block.cumulative_lost)),
            jitter: None,
            rtt: stats.rtt,
        }
    });
    inbound.chain(outbound).collect()
}
