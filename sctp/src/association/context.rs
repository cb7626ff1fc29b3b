//! What an association has in every state.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::{Instant, Rng, Seed, Serial32, Tally};
use lariat_crypto::{HashAlgorithm, HmacKey, Provider, Secret};

use super::Event;
use crate::chunk::{Init, InitKind, kind};
use crate::limits::{MAX_QUEUED_REPLIES, MAX_STREAMS, MIN_MTU, REPLIES_PER_SECOND, REPLY_BURST};
use crate::tx::{RtoBounds, Transmission};
use crate::types::{Tag, Tsn};
use crate::{Config, Dropped};

/// The numbers that we chose for an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    pub(crate) tag: Tag,
    pub(crate) initial_tsn: Serial32,
}

impl Local {
    pub(crate) fn random(rng: &mut Rng) -> Self {
        Self { tag: Tag::random(rng), initial_tsn: Serial32::new(rng.u32()) }
    }

    /// The INIT or INIT ACK with these numbers.
    pub(crate) fn init(&self, kind: InitKind, config: &Config) -> Init {
        Init {
            kind,
            initiate_tag: self.tag.get(),
            a_rwnd: u32::try_from(config.receive_window).unwrap_or(u32::MAX),
            // rfc8831 §6.2: as many streams as there can be.
            outbound_streams: MAX_STREAMS,
            inbound_streams: MAX_STREAMS,
            initial_tsn: self.initial_tsn,
            // rfc8831 §6.1: stream reset is announced as RFC 5061 does it.
            extensions: [kind::RECONFIG].to_vec(),
            cookie: None,
            has_host_name: false,
            unrecognized: Vec::new(),
        }
    }
}

/// A packet with one chunk and a tag of its own.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) tag: u32,
    pub(crate) chunk: Vec<u8>,
}

/// How many answers may be given; it refills with time.
#[derive(Debug)]
struct Budget {
    left: u32,
    since: Instant,
}

const REPLY_INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / REPLIES_PER_SECOND as u64);

impl Budget {
    fn take(&mut self, now: Instant) -> bool {
        let earned = now.saturating_since(self.since).as_nanos() / REPLY_INTERVAL.as_nanos();
        if earned > 0 {
            let earned = u32::try_from(earned).unwrap_or(u32::MAX);
            self.left = self.left.saturating_add(earned).min(REPLY_BURST);
            self.since = now;
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

/// What an association has in every state.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) cookie_key: Box<dyn HmacKey>,
    pub(crate) rng: Rng,
    pub(crate) local: Local,
    pub(crate) tx: Transmission,
    /// Timeouts in a row (RFC 9260 §8.1).
    pub(crate) errors: u32,
    pub(crate) events: VecDeque<Event>,
    /// The owner holds as much as it may, and takes nothing more.
    pub(crate) blocked: bool,
    pub(crate) dropped: Tally<Dropped>,
    replies: VecDeque<Reply>,
    budget: Budget,
}

impl Context {
    pub(crate) fn new(config: Config, provider: &Arc<dyn Provider>, seed: &Seed) -> Self {
        let mut rng = seed.split("sctp association").rng();
        let local = Local::random(&mut rng);
        let mut key = Secret::zeroed(32);
        seed.split("sctp cookie").rng().fill(key.as_bytes_mut());
        let tx = Transmission::new(Tsn::initial(local.initial_tsn), config.mtu, bounds(&config));
        Self {
            cookie_key: provider.hmac_key(HashAlgorithm::Sha256, key.as_bytes()),
            rng,
            local,
            tx,
            errors: 0,
            events: VecDeque::new(),
            blocked: false,
            dropped: Tally::new(),
            replies: VecDeque::new(),
            budget: Budget { left: REPLY_BURST, since: Instant::ZERO },
            config,
        }
    }

    /// Takes other numbers and starts sending over with them.
    pub(crate) fn restart(&mut self, local: Local) {
        self.local = local;
        let bounds = bounds(&self.config);
        self.tx.restart(Tsn::initial(local.initial_tsn), self.config.mtu, bounds);
        self.errors = 0;
    }

    /// Sets the longest packet from now on.
    pub(crate) fn set_mtu(&mut self, mtu: usize) {
        self.config.mtu = mtu.max(MIN_MTU);
        self.tx.set_mtu(self.config.mtu);
    }

    pub(crate) const fn ports(&self) -> (u16, u16) {
        (self.config.local_port, self.config.remote_port)
    }

    pub(crate) fn drop(&mut self, reason: Dropped) {
        self.dropped.add(reason);
    }

    /// Whether one more answer may be given.
    pub(crate) fn may_reply(&mut self, now: Instant) -> bool {
        let may = self.budget.take(now);
        if !may {
            self.drop(Dropped::ReplyLimit);
        }
        may
    }

    /// Queues a packet with a tag of its own, if an answer may be given.
    pub(crate) fn reply(&mut self, now: Instant, tag: u32, encode: impl FnOnce(&mut Vec<u8>)) {
        if self.may_reply(now) {
            self.send_alone(tag, encode);
        }
    }

    /// Queues a packet with a tag of its own.
    pub(crate) fn send_alone(&mut self, tag: u32, encode: impl FnOnce(&mut Vec<u8>)) {
        if self.replies.len() >= MAX_QUEUED_REPLIES {
            self.drop(Dropped::ReplyLimit);
            return;
        }
        let mut chunk = Vec::new();
        encode(&mut chunk);
        self.replies.push_back(Reply { tag, chunk });
    }

    pub(crate) fn next_reply(&mut self) -> Option<Reply> {
        self.replies.pop_front()
    }

    /// Counts a timeout, and says whether the peer still counts as reachable.
    pub(crate) fn count_error(&mut self) -> bool {
        self.errors = self.errors.saturating_add(1);
        self.errors <= self.config.max_retransmits
    }
}

const fn bounds(config: &Config) -> RtoBounds {
    RtoBounds { initial: config.rto_initial, min: config.rto_min, max: config.rto_max }
}
