//! What is known of each stream.

use alloc::boxed::Box;

use crate::replay::{Refused, Window};
use crate::session::{Derived, PacketKeys, RtpKeys};
use crate::streams::{Stream, Streams};

/// Which indices of an RTP stream were used or received, as far as that is known.
pub(crate) trait Indices {
    /// One past the highest.
    fn end(&self) -> u64;

    /// The rollover counter of the next packet, if it was told.
    fn told(&self) -> Option<u32>;

    /// Whether one may be used.
    fn check(&self, index: u64) -> Result<(), Refused>;

    /// One past the highest, or the first index of the rollover counter that was told if that is
    /// further on.
    fn next(&self) -> u64 {
        let told = self.told().map_or(0, |rollover_counter| u64::from(rollover_counter) << 16);
        told.max(self.end())
    }

    /// That of the latest packet, or of the next one if it was told.
    fn rollover_counter(&self) -> u32 {
        self.told().unwrap_or(self.latest_rollover_counter())
    }

    /// That of the latest packet; zero before it.
    fn latest_rollover_counter(&self) -> u32 {
        (self.end().saturating_sub(1) >> 16) as u32
    }
}

/// An RTP stream of ours.
pub(crate) type RtpSender = RtpStream<Usage>;

/// One of the other side's, whose packets are counted there.
pub(crate) type RtpReceiver = RtpStream<()>;

/// An RTP stream in one direction.
#[derive(Debug)]
pub(crate) struct RtpStream<U> {
    /// Which indices were used, or received.
    pub(crate) window: Window,
    pub(crate) told: Option<u32>,
    pub(crate) usage: U,
    pub(crate) keys: Option<Box<Derived<RtpKeys>>>,
    pub(crate) last_use: u64,
}

/// What is left of an RTP stream: all indices below an end count as used.
#[derive(Debug)]
pub(crate) struct RetiredRtp<U> {
    end: u64,
    told: Option<u32>,
    usage: U,
}

impl<U: Default> RtpStream<U> {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, told: None, usage: U::default(), keys: None, last_use: 0 }
    }

    /// One that goes on, or that has not begun.
    pub(crate) fn resumed(rest: Option<RetiredRtp<U>>, window: usize) -> Self {
        let Some(RetiredRtp { end, told, usage }) = rest else {
            return Self::new(Window::used_before(0, window));
        };
        Self { told, usage, ..Self::new(Window::used_before(end, window)) }
    }
}

impl<U> Stream for RtpStream<U> {
    type Rest = RetiredRtp<U>;

    fn last_use(&self) -> u64 {
        self.last_use
    }

    fn retire(self) -> RetiredRtp<U> {
        RetiredRtp { end: self.window.next(), told: self.told, usage: self.usage }
    }
}

impl<U> Indices for RtpStream<U> {
    fn end(&self) -> u64 {
        self.window.next()
    }

    fn told(&self) -> Option<u32> {
        self.told
    }

    #[inline]
    fn check(&self, index: u64) -> Result<(), Refused> {
        self.window.check(index)
    }
}

impl<U> Indices for RetiredRtp<U> {
    fn end(&self) -> u64 {
        self.end
    }

    fn told(&self) -> Option<u32> {
        self.told
    }

    fn check(&self, index: u64) -> Result<(), Refused> {
        if index >= self.end { Ok(()) } else { Err(Refused::Stale) }
    }
}

impl<U> Streams<RtpStream<U>> {
    /// What is known of a stream, whether it has a place or not.
    pub(crate) fn indices(&self, ssrc: u32) -> Option<&dyn Indices> {
        match (self.get(ssrc), self.rest(ssrc)) {
            (Some(stream), _) => Some(stream),
            (None, Some(rest)) => Some(rest),
            (None, None) => None,
        }
    }
}

/// An RTCP sender, on its own side.
#[derive(Debug, Default)]
pub(crate) struct RtcpSender {
    pub(crate) sent: RtcpSent,
    pub(crate) keys: Option<Box<Derived<PacketKeys>>>,
    pub(crate) last_use: u64,
}

/// What an RTCP sender has sent, which is all that is known of it.
#[derive(Debug, Default)]
pub(crate) struct RtcpSent {
    /// rfc3711 §3.4: the index is zero before the first packet of its sender.
    pub(crate) next: u32,
    pub(crate) usage: Usage,
}

impl Stream for RtcpSender {
    type Rest = RtcpSent;

    fn last_use(&self) -> u64 {
        self.last_use
    }

    fn retire(self) -> RtcpSent {
        self.sent
    }
}

/// An RTCP sender, on the other side.
#[derive(Debug)]
pub(crate) struct RtcpReceiver {
    pub(crate) window: Window,
    pub(crate) keys: Option<Box<Derived<PacketKeys>>>,
    pub(crate) last_use: u64,
}

impl RtcpReceiver {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, keys: None, last_use: 0 }
    }
}

impl Stream for RtcpReceiver {
    /// One past the highest index received.
    type Rest = u32;

    fn last_use(&self) -> u64 {
        self.last_use
    }

    fn retire(self) -> u32 {
        // An index has 31 bits, and so this has 32.
        self.window.next() as u32
    }
}

/// How many packets of a stream the current key has protected.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// The number of that key.
    session: u64,
    count: u64,
    is_over: bool,
}

/// What one more packet means to the key's lifetime.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing.
    Within,
    /// The end comes near.
    Expiring,
    /// It is not allowed any more.
    Exhausted,
    /// The same, and that was told.
    StillExhausted,
}

impl Usage {
    /// What one more packet would mean.
    pub(crate) fn step(&mut self, session: u64, lifetime: u64) -> Step {
        self.begin(session);
        if self.count >= lifetime {
            return self.end(session);
        }
        if self.count == lifetime - lifetime / 16 - 1 { Step::Expiring } else { Step::Within }
    }

    /// No index is left.
    pub(crate) fn end(&mut self, session: u64) -> Step {
        self.begin(session);
        let was_over = core::mem::replace(&mut self.is_over, true);
        if was_over { Step::StillExhausted } else { Step::Exhausted }
    }

    /// Starts anew under another key.
    fn begin(&mut self, session: u64) {
        if self.session != session {
            *self = Self { session, count: 0, is_over: false };
        }
    }

    /// It was protected.
    pub(crate) fn count(&mut self) {
        self.count = self.count.saturating_add(1);
    }
}
