//! Streams of audio and video: from protected packets to transceivers, and back.

mod keys;
mod receive;
mod report;
mod send;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use lariat_base::{Deadline, Instant, Rng, Tally};
use lariat_rtp::stream::{Reception, ReportSchedule, Transmission};
use lariat_srtp::{Inbound, Outbound};

pub(crate) use self::keys::Keys;
pub(crate) use self::report::Reporter;
use crate::error::Dropped;
use crate::limits::{MAX_QUEUED_PACKETS, MAX_SPARE_BUFFERS};
use crate::negotiation::session::Negotiation;
use crate::negotiation::transceiver::Transceiver;
use crate::{MediaKind, TransceiverId};

/// How often reception is reported, on average.
///
/// rfc3550 §6.2 would have five seconds and a share of the bandwidth; browsers report every second,
/// and a loss-based sender on the other side is only as quick as our reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// The media of one peer.
#[derive(Debug)]
pub(crate) struct Media {
    /// Both directions' keys exist together or not at all.
    protection: Option<Protection>,
    receivers: BTreeMap<u32, Receiver>,
    senders: BTreeMap<u32, Sender>,
    /// Protected packets on their way out.
    outgoing: VecDeque<Vec<u8>>,
    /// Buffers of packets that were sent, to be used again.
    spare: Vec<Vec<u8>>,
    /// A packet that arrived, while it is opened; behind it, room for the next ones.
    scratch: BytesMut,
    /// The stream with which the next report begins, so that none is left out for good.
    next_report: u32,
    rng: Rng,
}

#[derive(Debug)]
struct Protection {
    inbound: Inbound,
    outbound: Outbound,
    schedule: ReportSchedule,
}

/// A stream that the other side sends.
#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) transceiver: TransceiverId,
    pub(crate) kind: MediaKind,
    pub(crate) reception: Reception,
    last_packet: Instant,
    keyframe_requested: Option<Instant>,
}

/// A stream of ours.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) transceiver: TransceiverId,
    pub(crate) kind: MediaKind,
    pub(crate) transmission: Transmission,
    /// When the other side's wish for a keyframe was last passed on.
    keyframe_wanted: Option<Instant>,
}

impl Media {
    pub(crate) fn new(rng: Rng) -> Self {
        Self {
            protection: None,
            receivers: BTreeMap::new(),
            senders: BTreeMap::new(),
            outgoing: VecDeque::new(),
            spare: Vec::new(),
            scratch: BytesMut::new(),
            next_report: 0,
            rng,
        }
    }

    pub(crate) fn install(&mut self, now: Instant, keys: Keys) {
        let seed = lariat_base::Seed::new(self.rng.array());
        self.protection = Some(Protection {
            inbound: keys.inbound,
            outbound: keys.outbound,
            schedule: ReportSchedule::new(now, REPORT_INTERVAL, seed.rng()),
        });
    }

    /// Forgets streams that transceivers receive no more, and those whose transceivers are gone.
    pub(crate) fn forget_unused(&mut self, negotiation: &Negotiation) {
        self.receivers.retain(|_, receiver| {
            negotiation.transceiver(receiver.transceiver).is_some_and(Transceiver::receives)
        });
        self.senders.retain(|_, sender| {
            negotiation.transceiver(sender.transceiver).is_some_and(|one| !one.is_stopped)
        });
    }

    /// Forgets the keys, and what was sealed with them.
    pub(crate) fn end(&mut self) {
        self.protection = None;
        self.outgoing = VecDeque::new();
        self.spare = Vec::new();
        self.scratch = BytesMut::new();
    }

    pub(crate) fn receivers(&self) -> impl Iterator<Item = &Receiver> {
        self.receivers.values()
    }

    pub(crate) fn senders(&self) -> impl Iterator<Item = &Sender> {
        self.senders.values()
    }

    pub(crate) fn srtp_dropped(&self) -> Option<&Tally<lariat_srtp::Dropped>> {
        self.protection.as_ref().map(|protection| protection.inbound.dropped())
    }

    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let protection = self.protection.as_ref()?;
        let is_silent = self.receivers.is_empty() && self.senders.is_empty();
        (!is_silent).then(|| protection.schedule.deadline())
    }

    /// Appends the next packet to `out`.
    pub(crate) fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let packet = self.outgoing.pop_front()?;
        out.extend_from_slice(&packet);
        let size = packet.len();
        if self.spare.len() < MAX_SPARE_BUFFERS {
            self.spare.push(packet);
        }
        Some(size)
    }

    /// An empty buffer, used before if there is one.
    fn buffer(&mut self) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer
    }

    fn enqueue(&mut self, packet: Vec<u8>, dropped: &mut Tally<Dropped>) {
        if self.outgoing.len() >= MAX_QUEUED_PACKETS {
            // The oldest goes: of media that is late, the newest is the most useful.
            self.spare.extend(self.outgoing.pop_front());
            dropped.add(Dropped::SendQueueFull);
        }
        self.outgoing.push_back(packet);
    }
}
