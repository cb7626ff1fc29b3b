//! The states of an association (RFC 9260 §4), and what exists in which.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use lariat_base::{Backoff, Instant, Serial32};

use super::cookie::Cookie;
use super::heartbeat::Heartbeat;
use super::reset::Reset;
use crate::chunk::{Init, kind};
use crate::limits::MAX_QUEUED_CONTROL;
use crate::rx::Reception;
use crate::types::{Tag, Tsn};

use super::context::Context;

/// The state of an association.
#[derive(Debug)]
pub(crate) enum State {
    /// Not asked to connect yet. The peer may connect all the same.
    Idle,
    CookieWait(CookieWait),
    CookieEchoed(CookieEchoed),
    Established(Box<Tcb>),
    ShutdownPending(Box<Tcb>),
    /// With the T2-shutdown timer.
    ShutdownSent(Box<Tcb>, Backoff),
    ShutdownReceived(Box<Tcb>),
    /// With the T2-shutdown timer.
    ShutdownAckSent(Box<Tcb>, Backoff),
    /// Over, for good.
    Closed,
}

/// INIT was sent.
#[derive(Debug)]
pub(crate) struct CookieWait {
    /// T1-init.
    pub(crate) t1: Backoff,
    /// INIT is to be sent.
    pub(crate) send: bool,
    /// How often a cookie was too old.
    pub(crate) stale: u32,
}

/// COOKIE ECHO was sent.
#[derive(Debug)]
pub(crate) struct CookieEchoed {
    pub(crate) tcb: Box<Tcb>,
    pub(crate) cookie: Vec<u8>,
    /// Parameters of the INIT ACK that we did not recognise and that ask for a report.
    pub(crate) unrecognized: Vec<u8>,
    /// T1-cookie.
    pub(crate) t1: Backoff,
    /// COOKIE ECHO is to be sent.
    pub(crate) send: bool,
    pub(crate) stale: u32,
}

/// What exists once the peer's numbers are known.
#[derive(Debug)]
pub(crate) struct Tcb {
    pub(crate) peer_tag: Tag,
    /// Random; it tells the peer of this association from one that has started again (§5.2.2).
    pub(crate) tie: u64,
    pub(crate) rx: Reception,
    /// How many outgoing streams there are.
    pub(crate) streams: u16,
    pub(crate) reset: Reset,
    pub(crate) heartbeat: Heartbeat,
    control: VecDeque<Vec<u8>>,
    control_len: usize,
}

/// What the peer said of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) tag: Tag,
    pub(crate) initial_tsn: Serial32,
    pub(crate) a_rwnd: u32,
    pub(crate) inbound_streams: u16,
    pub(crate) reconfig: bool,
}

impl Peer {
    pub(crate) fn new(init: &Init) -> Option<Self> {
        Some(Self {
            tag: Tag::new(init.initiate_tag)?,
            initial_tsn: init.initial_tsn,
            a_rwnd: init.a_rwnd,
            inbound_streams: init.inbound_streams,
            reconfig: init.extensions.contains(&kind::RECONFIG),
        })
    }
}

impl Tcb {
    pub(crate) fn new(ctx: &mut Context, now: Instant, peer: &Peer) -> Box<Self> {
        let config = &ctx.config;
        let initial = Tsn::initial(peer.initial_tsn);
        ctx.tx.start_peer_window(peer.a_rwnd);
        Box::new(Self {
            peer_tag: peer.tag,
            rx: Reception::new(initial, config.receive_window, config.mtu, config.max_message_size),
            // rfc9260 §5.1.1: no more streams than the peer takes; we asked for as many as there
            // can be.
            streams: peer.inbound_streams,
            reset: Reset::new(ctx.local.initial_tsn, peer.initial_tsn, peer.reconfig),
            heartbeat: Heartbeat::new(now + config.heartbeat_interval),
            tie: ctx.rng.u64().max(1),
            control: VecDeque::new(),
            control_len: 0,
        })
    }

    pub(crate) fn from_cookie(ctx: &mut Context, now: Instant, cookie: &Cookie) -> Box<Self> {
        Self::new(ctx, now, &cookie.peer)
    }

    /// Queues a control chunk for one of the next packets. When too many wait, it is dropped:
    /// everything that matters is repeated by a timer, the peer's or ours.
    pub(crate) fn control(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        let mut chunk = Vec::new();
        encode(&mut chunk);
        if self.control_len.saturating_add(chunk.len()) <= MAX_QUEUED_CONTROL {
            self.control_len = self.control_len.saturating_add(chunk.len());
            self.control.push_back(chunk);
        }
    }

    /// Queues a control chunk in front of the others.
    pub(crate) fn control_first(&mut self, encode: impl FnOnce(&mut Vec<u8>)) {
        let waiting = core::mem::take(&mut self.control);
        self.control(encode);
        self.control.extend(waiting);
    }

    /// The next control chunk that fits `room`, or is `alone` in its packet: one that was made for
    /// longer packets cannot be cut.
    pub(crate) fn next_control(&mut self, room: usize, alone: bool) -> Option<Vec<u8>> {
        let fits = self.control.front().is_some_and(|chunk| alone || chunk.len() <= room);
        let chunk = if fits { self.control.pop_front() } else { None }?;
        self.control_len = self.control_len.saturating_sub(chunk.len());
        Some(chunk)
    }
}

impl State {
    /// What exists once the peer's numbers are known.
    pub(crate) fn tcb(&self) -> Option<&Tcb> {
        match self {
            Self::Idle | Self::CookieWait(_) | Self::Closed => None,
            Self::CookieEchoed(CookieEchoed { tcb, .. })
            | Self::Established(tcb)
            | Self::ShutdownPending(tcb)
            | Self::ShutdownSent(tcb, _)
            | Self::ShutdownReceived(tcb)
            | Self::ShutdownAckSent(tcb, _) => Some(tcb),
        }
    }

    /// The same, to be changed.
    pub(crate) fn tcb_mut(&mut self) -> Option<&mut Tcb> {
        match self {
            Self::Idle | Self::CookieWait(_) | Self::Closed => None,
            Self::CookieEchoed(CookieEchoed { tcb, .. })
            | Self::Established(tcb)
            | Self::ShutdownPending(tcb)
            | Self::ShutdownSent(tcb, _)
            | Self::ShutdownReceived(tcb)
            | Self::ShutdownAckSent(tcb, _) => Some(tcb),
        }
    }

    /// What exists while the association is up, shutting down or not.
    pub(crate) fn up_mut(&mut self) -> Option<&mut Tcb> {
        if matches!(self, Self::CookieEchoed(_)) { None } else { self.tcb_mut() }
    }

    /// Whether the association is up, shutting down or not.
    pub(crate) fn is_up(&self) -> bool {
        !matches!(self, Self::CookieEchoed(_)) && self.tcb().is_some()
    }

    /// Whether DATA may be sent (§6: first transmissions and others alike).
    pub(crate) const fn may_send_data(&self) -> bool {
        matches!(self, Self::Established(_) | Self::ShutdownPending(_) | Self::ShutdownReceived(_))
    }

    /// Whether DATA may be received (§6).
    pub(crate) const fn may_receive_data(&self) -> bool {
        matches!(self, Self::Established(_) | Self::ShutdownPending(_) | Self::ShutdownSent(..))
    }

    /// Whether the user may still send messages.
    pub(crate) const fn accepts_messages(&self) -> bool {
        matches!(
            self,
            Self::Idle | Self::CookieWait(_) | Self::CookieEchoed(_) | Self::Established(_)
        )
    }

    /// Takes what exists out, leaving `Closed`.
    pub(crate) fn take_tcb(&mut self) -> Option<Box<Tcb>> {
        match core::mem::replace(self, Self::Closed) {
            Self::Idle | Self::CookieWait(_) | Self::Closed => None,
            Self::CookieEchoed(CookieEchoed { tcb, .. })
            | Self::Established(tcb)
            | Self::ShutdownPending(tcb)
            | Self::ShutdownSent(tcb, _)
            | Self::ShutdownReceived(tcb)
            | Self::ShutdownAckSent(tcb, _) => Some(tcb),
        }
    }
}
