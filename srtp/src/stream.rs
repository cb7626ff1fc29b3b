//! What is known of each stream.

use alloc::boxed::Box;

use crate::replay::Window;
use crate::session::{Derived, PacketKeys, RtpKeys};

/// An RTP stream in one direction.
#[derive(Debug)]
pub(crate) struct RtpStream {
    /// Which indices were used, or received.
    pub(crate) window: Window,
    /// The rollover counter of the next packet, if it was told.
    pub(crate) told: Option<u32>,
    pub(crate) usage: Usage,
    pub(crate) keys: Option<Box<Derived<RtpKeys>>>,
}

impl RtpStream {
    pub(crate) fn new(window: Window) -> Self {
        Self { window, told: None, usage: Usage::default(), keys: None }
    }

    /// One past the highest index, or the first index of the rollover counter that was told if that
    /// is further on.
    pub(crate) fn next(&self) -> u64 {
        let told = self.told.map_or(0, |rollover_counter| u64::from(rollover_counter) << 16);
        told.max(self.window.next())
    }

    /// That of the latest packet, or of the next one if it was told.
    pub(crate) fn rollover_counter(&self) -> u32 {
        self.told.unwrap_or(self.window_rollover_counter())
    }

    /// That of the latest packet; zero before it.
    pub(crate) fn window_rollover_counter(&self) -> u32 {
        (self.window.next().saturating_sub(1) >> 16) as u32
    }
}

/// An RTCP sender, on its own side.
#[derive(Debug, Default)]
pub(crate) struct RtcpSender {
    /// rfc3711 §3.4: the index is zero before the first packet of its sender.
    pub(crate) next: u32,
    pub(crate) usage: Usage,
    pub(crate) keys: Option<Box<Derived<PacketKeys>>>,
}

/// An RTCP sender, on the other side.
#[derive(Debug)]
pub(crate) struct RtcpReceiver {
    pub(crate) window: Window,
    pub(crate) keys: Option<Box<Derived<PacketKeys>>>,
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
