//! The peer's receive window: how much of it is left, for whom, and asking for it.

use lariat_base::{Instant, Serial16};

use super::share::Share;
use super::{Fragment, SackFault, Transmission, write};
use crate::Ppid;
use crate::chunk::DataFlags;
use crate::packet::PacketWriter;
use crate::types::Tsn;

/// Whether the peer's window is being probed (RFC 9260 §6.1 A).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// The window is open, as far as we know, or a probe is under way and T3 repeats it.
    None,
    /// The window is closed and nothing is under way: a probe goes out at this time.
    Waiting(Instant),
    /// The time has come.
    Due,
}

impl Transmission {
    /// The window that the peer offers before any data.
    pub(crate) fn start_peer_window(&mut self, window: u32) {
        self.set_peer_window(window);
        self.share = Share::new(self.peer_window);
    }

    fn set_peer_window(&mut self, window: u32) {
        self.peer_window = usize::try_from(window).unwrap_or(usize::MAX);
    }

    pub(super) fn peer_window_update(
        &mut self,
        window: u32,
        cumulative: Tsn,
    ) -> Result<(), SackFault> {
        if cumulative < self.acknowledged() {
            return Err(SackFault::Old);
        }
        if cumulative >= self.next_tsn() {
            return Err(SackFault::BeyondSent);
        }
        self.set_peer_window(window);
        Ok(())
    }

    /// Draws the consequences of what the peer offers and has consumed.
    pub(super) fn share_window(&mut self) {
        let (arrived, stream) = self.outstanding.arrived();
        let mut consumed = self.share.update(arrived, stream, self.peer_window);
        let left = self.window_left();
        let all = self.share.turn_epoch(left);
        if consumed > 0 {
            self.probes = 0;
            for stream in self.share.recent() {
                if consumed == 0 {
                    break;
                }
                consumed = self.queue.consumed(stream, self.share.epoch(), consumed);
            }
        }
        if self.outstanding.is_empty()
            && let Some((stream, length, before)) = self.trial.take()
            && self.share.consumed().saturating_sub(before) >= length as u64
        {
            self.queue.forgive(stream);
        }
        self.queue.release(&self.share, left, all);
    }

    pub(super) fn window_left(&self) -> usize {
        // rfc9260 §6.2.1: what the peer advertised, less what is under way.
        self.peer_window.saturating_sub(self.outstanding.flight_payload())
    }

    pub(super) fn may_probe(&mut self, now: Instant) -> bool {
        if !self.outstanding.is_empty() {
            return false;
        }
        match self.probe {
            Probe::Due => true,
            Probe::Waiting(_) => false,
            Probe::None => {
                let times = 1_u32.checked_shl(self.probes).unwrap_or(u32::MAX);
                let wait = self.rto.get().saturating_mul(times).min(self.rto.max());
                self.probe = Probe::Waiting(now + wait);
                false
            }
        }
    }

    /// Whether nothing is under way, all that waits leaves the peer's window to others, and it is
    /// time to ask how large that window is: the news of its opening may have been lost.
    pub(super) fn asks_for_window(&mut self, now: Instant) -> bool {
        let window = self.window_left();
        if !self.queue.has_barred()
            || self.queue.peek(&self.share, window).is_some()
            || !self.may_probe(now)
        {
            return false;
        }
        // One message tells as well, and whether the peer reads that stream.
        if let Some((stream, length)) = self.queue.try_one(window / 4) {
            self.trial = Some((stream, length, self.share.consumed()));
            self.probe = Probe::None;
        }
        true
    }

    /// Repeats the number of a chunk that has arrived, with a byte in it: a duplicate takes no
    /// room, and is answered at once with all that has arrived, and the window (rfc9260 §6.2).
    pub(super) fn ask(&mut self, packet: &mut PacketWriter<'_>) {
        let fragment = Fragment {
            stream: 0,
            ssn: Serial16::new(0),
            ppid: Ppid::BINARY,
            flags: DataFlags(DataFlags::BEGIN.0 | DataFlags::END.0 | DataFlags::IMMEDIATE.0),
            payload: bytes::Bytes::from_static(&[0]),
        };
        write(packet, self.acknowledged(), &fragment);
        self.probe = Probe::None;
        self.probes = self.probes.saturating_add(1);
    }
}
