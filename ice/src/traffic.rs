//! What is heard on the pair in use.

use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::Instant;

use crate::limits::{FLOW_GAP_MILLIS, MIN_FLOW, SILENCE_MILLIS};

/// The traffic of the peer on the selected pair. Told of every datagram, so that the common case is
/// one comparison and a store.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    pair: Option<(SocketAddr, SocketAddr)>,
    heard: Instant,
    /// Datagrams in a row without a long gap; 0 after a silence that was acted upon.
    flow: u32,
    /// Whether it flowed on a pair used before, and nothing has been heard on this one.
    awaited: bool,
    /// When traffic came on another pair, and on which.
    elsewhere: Instant,
    other: Option<(SocketAddr, SocketAddr)>,
    /// Datagrams in a row on that one.
    other_flow: u32,
    /// Whether nothing was heard since the silence was acted upon.
    alarmed: bool,
}

/// What a datagram tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It goes on.
    Usual,
    /// It is the first after a silence.
    Again,
    /// It is not of the pair in use.
    Elsewhere,
    /// Nor are those before it, which came as it does.
    Moved,
}

impl Traffic {
    /// From now on the pair in use is another.
    pub(crate) fn follow(&mut self, pair: Option<(SocketAddr, SocketAddr)>) {
        self.awaited |= self.flow >= MIN_FLOW || self.alarmed;
        self.pair = pair;
        self.flow = 0;
        self.other_flow = 0;
        self.alarmed = false;
    }

    /// Takes note of a datagram.
    pub(crate) fn hear(&mut self, now: Instant, local: SocketAddr, remote: SocketAddr) -> Heard {
        if self.pair != Some((local, remote)) {
            return self.hear_elsewhere(now, (local, remote));
        }
        self.other_flow = 0;
        if now > self.heard + Duration::from_millis(FLOW_GAP_MILLIS) {
            self.flow = 0;
        }
        self.heard = self.heard.max(now);
        self.flow = self.flow.saturating_add(1);
        self.awaited = false;
        if core::mem::take(&mut self.alarmed) { Heard::Again } else { Heard::Usual }
    }

    fn hear_elsewhere(&mut self, now: Instant, pair: (SocketAddr, SocketAddr)) -> Heard {
        let gap = now > self.elsewhere + Duration::from_millis(FLOW_GAP_MILLIS);
        if gap || self.other != Some(pair) {
            self.other = Some(pair);
            self.other_flow = 0;
        }
        self.elsewhere = self.elsewhere.max(now);
        self.other_flow += 1;
        if self.other_flow < MIN_FLOW {
            return Heard::Elsewhere;
        }
        self.other_flow = 0;
        Heard::Moved
    }

    /// Whether these are the addresses of the pair in use.
    pub(crate) fn is_on(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.pair == Some((local, remote))
    }

    /// When a silence becomes remarkable; `None` if there was no traffic that could fall silent.
    pub(crate) fn silent_at(&self) -> Option<Instant> {
        let flows = self.flow >= MIN_FLOW;
        flows.then(|| self.heard + Duration::from_millis(SILENCE_MILLIS))
    }

    /// The silence was acted upon: only new traffic makes another one.
    pub(crate) fn on_silence(&mut self) {
        self.flow = 0;
        self.alarmed = true;
    }

    /// When traffic last came on another pair than that in use.
    pub(crate) const fn heard_elsewhere(&self) -> Instant {
        self.elsewhere
    }

    /// Whether traffic flowed on an earlier pair, and nothing has come on this one.
    pub(crate) const fn is_awaited(&self) -> bool {
        self.awaited
    }
}
