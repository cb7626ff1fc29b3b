//! Streams of audio and video: from protected packets to transceivers, and back.

mod contexts;
mod outgoing;
mod receive;
mod receivers;
mod report;
mod send;
mod tracks;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::BytesMut;
use lariat_base::{Deadline, Instant, Rng, Tally};
use lariat_rtp::stream::{ReportSchedule, Transmission};

pub(crate) use self::contexts::Contexts;
use self::outgoing::Outgoing;
pub(crate) use self::receivers::Receiver;
use self::receivers::Receivers;
pub(crate) use self::report::Reporter;
use self::tracks::Tracks;
use crate::error::Dropped;
use crate::limits::{MAX_SRTP_OVERHEAD, MIN_DATAGRAM_SIZE};
use crate::negotiation::session::Negotiation;
use crate::{Config, Event, MediaKind, TransceiverId};

/// How often reception is reported, on average.
///
/// rfc3550 §6.2 would have five seconds and a share of the bandwidth; browsers report every second,
/// and a loss-based sender on the other side is only as quick as our reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// The header of an RTP packet without CSRCs and extensions, in bytes (RFC 3550 §5.1).
const RTP_HEADER_LEN: usize = 12;

/// The media of one peer.
#[derive(Debug)]
pub(crate) struct Media {
    /// What there is from the handshake on.
    secured: Option<Secured>,
    tracks: Tracks,
    receivers: Receivers,
    senders: BTreeMap<u32, Sender>,
    /// Protected packets on their way out.
    outgoing: Outgoing,
    /// The longest datagram that the path takes.
    max_datagram_size: usize,
    /// A packet that arrived, while it is opened.
    scratch: BytesMut,
    /// The stream with which the next report begins, so that none is left out for good.
    next_report: u32,
    dropped: Tally<Dropped>,
    rng: Rng,
}

#[derive(Debug)]
struct Secured {
    srtp: Contexts,
    schedule: ReportSchedule,
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
    pub(crate) fn new(config: &Config) -> Self {
        let mut media = Self {
            secured: None,
            tracks: Tracks::default(),
            receivers: Receivers::new(config.max_streams),
            senders: BTreeMap::new(),
            outgoing: Outgoing::default(),
            max_datagram_size: 0,
            scratch: BytesMut::new(),
            next_report: 0,
            dropped: Tally::new(),
            rng: config.seed.split("media").rng(),
        };
        media.set_max_datagram_size(config.max_datagram_size);
        media
    }

    pub(crate) fn install(&mut self, now: Instant, srtp: Contexts) {
        let seed = lariat_base::Seed::new(self.rng.array());
        let schedule = ReportSchedule::new(now, REPORT_INTERVAL, seed.rng());
        self.secured = Some(Secured { srtp, schedule });
    }

    /// The longest datagram that the path takes from now on, in bytes of UDP payload, for RTP and
    /// RTCP; [`MIN_DATAGRAM_SIZE`] if it is less. What was made for a larger path is dropped.
    pub(crate) fn set_max_datagram_size(&mut self, bytes: usize) {
        self.max_datagram_size = bytes.max(MIN_DATAGRAM_SIZE);
    }

    /// The longest payload that one packet carries over the path, in bytes.
    pub(crate) fn max_rtp_payload(&self) -> usize {
        let overhead = self.secured.as_ref().map_or(MAX_SRTP_OVERHEAD, Secured::rtp_overhead);
        self.max_datagram_size.saturating_sub(RTP_HEADER_LEN + overhead)
    }

    /// Takes in what was negotiated, and says what that means for tracks. Streams that are received
    /// no more are forgotten, and those of ours whose transceivers are gone.
    #[must_use]
    pub(crate) fn follow(&mut self, negotiation: &Negotiation) -> Vec<Event> {
        self.receivers.follow(negotiation);
        self.senders.retain(|_, sender| {
            negotiation.transceiver(sender.transceiver).is_some_and(|one| !one.is_stopped)
        });
        self.tracks.follow(negotiation)
    }

    /// Forgets the keys, and what was sealed with them. All tracks end.
    #[must_use]
    pub(crate) fn end(&mut self) -> Vec<Event> {
        self.secured = None;
        self.outgoing = Outgoing::default();
        self.scratch = BytesMut::new();
        self.tracks.end()
    }

    pub(crate) fn receivers(&self) -> impl Iterator<Item = &Receiver> {
        self.receivers.iter().map(|(_, receiver)| receiver)
    }

    pub(crate) fn senders(&self) -> impl Iterator<Item = &Sender> {
        self.senders.values()
    }

    pub(crate) const fn dropped(&self) -> &Tally<Dropped> {
        &self.dropped
    }

    pub(crate) fn srtp_dropped(&self) -> Option<&Tally<lariat_srtp::Dropped>> {
        self.secured.as_ref().map(|secured| secured.srtp.inbound.dropped())
    }

    pub(crate) fn poll_timeout(&self) -> Option<Deadline> {
        let secured = self.secured.as_ref()?;
        let is_silent = self.receivers.is_empty() && self.senders.is_empty();
        (!is_silent).then(|| secured.schedule.deadline())
    }

    /// Appends the next packet to `out`.
    pub(crate) fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<usize> {
        self.outgoing.take(now, self.max_datagram_size, out, &mut self.dropped)
    }
}

impl Secured {
    /// What protection adds to an RTP packet.
    fn rtp_overhead(&self) -> usize {
        self.srtp.outbound.rtp_overhead()
    }
}
