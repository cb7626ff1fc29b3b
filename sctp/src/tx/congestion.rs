//! Slow start, congestion avoidance, and what losses do to them (RFC 9260 §7.2).

use crate::limits::{INITIAL_WINDOW_PACKETS, MAX_BURST_PACKETS};

/// The congestion window of the association's one path. All sizes are of DATA chunks with their
/// headers and padding, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Congestion {
    /// The largest size of the DATA chunks of one packet.
    packet: usize,
    window: usize,
    threshold: usize,
    partial_acked: usize,
    /// How much may be in flight until the next acknowledgement, whatever the window says.
    burst_end: usize,
    /// After a timeout one packet alone is in flight until something is acknowledged.
    probing: bool,
}

impl Congestion {
    pub(crate) const fn new(packet: usize) -> Self {
        let window = packet.saturating_mul(INITIAL_WINDOW_PACKETS);
        Self {
            packet,
            window,
            threshold: usize::MAX,
            partial_acked: 0,
            burst_end: window,
            probing: false,
        }
    }

    /// The packets have another size from now on.
    pub(crate) const fn set_packet(&mut self, packet: usize) {
        self.packet = packet;
    }

    pub(crate) const fn window(&self) -> usize {
        self.window
    }

    /// How many bytes the next packet may add to the `flight` bytes that are under way.
    pub(crate) fn allowance(&self, flight: usize) -> usize {
        if self.probing {
            return if flight == 0 { self.packet } else { 0 };
        }
        let limit = self.window.min(self.burst_end);
        if flight >= limit {
            return 0;
        }
        // rfc9260 §6.1 B: the packet that reaches the window may pass it.
        limit.saturating_add(self.packet).saturating_sub(1).saturating_sub(flight)
    }

    /// Something new was acknowledged: `acked` bytes, of `flight` that were under way before.
    pub(crate) fn on_ack(&mut self, acked: usize, flight: usize, advanced: bool, recovering: bool) {
        if acked > 0 {
            self.probing = false;
        }
        if self.window <= self.threshold {
            // rfc9260 §7.2.1: slow start grows only when the window was used, and by what was
            // acknowledged but at most a packet, so that splitting acknowledgements gains nothing.
            if advanced && !recovering && flight.saturating_add(self.packet) > self.window {
                self.window = self.window.saturating_add(acked.min(self.packet));
            }
            return;
        }
        // rfc9260 §7.2.2: a packet per window acknowledged.
        self.partial_acked = self.partial_acked.saturating_add(acked);
        if self.partial_acked >= self.window {
            if flight >= self.window {
                self.partial_acked = self.partial_acked.saturating_sub(self.window);
                self.window = self.window.saturating_add(self.packet);
            } else {
                self.partial_acked = self.window;
            }
        }
    }

    /// Everything that was sent is acknowledged.
    pub(crate) const fn on_idle(&mut self) {
        self.partial_acked = 0;
    }

    /// Opens the way for the next burst, with `flight` bytes under way and `acked` bytes just
    /// acknowledged.
    pub(crate) fn open_burst(&mut self, flight: usize, acked: usize) {
        // rfc9260 §6.1 D: Max.Burst packets. A stretched acknowledgement opens what it covered
        // twice, or peers that acknowledge in batches would be throttled.
        let burst = self.packet.saturating_mul(MAX_BURST_PACKETS).max(acked.saturating_mul(2));
        self.burst_end = flight.saturating_add(burst);
    }

    /// A loss was reported by gaps (§7.2.3, §7.2.4).
    pub(crate) fn on_loss(&mut self) {
        self.threshold = (self.window / 2).max(self.packet.saturating_mul(4));
        self.window = self.threshold;
        self.partial_acked = 0;
    }

    /// The retransmission timer expired (§7.2.3).
    pub(crate) fn on_timeout(&mut self) {
        self.threshold = (self.window / 2).max(self.packet.saturating_mul(4));
        self.window = self.packet;
        self.partial_acked = 0;
        self.probing = true;
    }

    /// Nothing was sent for `times` retransmission timeouts (§7.2.1, last rule).
    pub(crate) fn on_quiet(&mut self, times: u32) {
        let floor = self.packet.saturating_mul(4);
        if times == 0 || self.window <= floor {
            return;
        }
        self.threshold = self.window;
        self.window = self.window.checked_shr(times).unwrap_or(0).max(floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: usize = 1_000;

    #[test]
    fn slow_start_grows_by_at_most_a_packet_per_acknowledgement() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_ack(5_000, 10_000, true, false);
        assert_eq!(congestion.window(), 11_000);
    }

    // adversarial C10
    #[test]
    fn splitting_acknowledgements_gains_nothing() {
        let mut congestion = Congestion::new(PACKET);
        for _ in 0..1_000 {
            congestion.on_ack(1, 10_000, true, false);
        }
        assert_eq!(congestion.window(), 11_000);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_ack(1_000, 2_000, true, false);
        assert_eq!(congestion.window(), 10_000);
    }

    #[test]
    fn avoidance_adds_one_packet_per_window() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_loss();
        let start = congestion.window();
        congestion.on_ack(1, start, true, false);
        assert_eq!(congestion.window(), start + 1, "at the threshold it is still slow start");
        for _ in 0..6 {
            congestion.on_ack(1_000, start + 1, true, false);
        }
        assert_eq!(congestion.window(), start + 1 + PACKET);
    }

    #[test]
    fn a_timeout_leaves_one_packet_in_flight() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_timeout();
        assert_eq!(congestion.allowance(0), PACKET);
        assert_eq!(congestion.allowance(1), 0);
        congestion.on_ack(1_000, 1_000, true, false);
        assert!(congestion.allowance(1) > 0);
    }

    #[test]
    fn a_packet_may_pass_the_window_once() {
        let congestion = Congestion::new(PACKET);
        assert_eq!(congestion.allowance(9_999), PACKET);
        assert_eq!(congestion.allowance(10_000), 0);
    }

    #[test]
    fn a_quiet_path_loses_half_its_window_per_timeout() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_quiet(1);
        assert_eq!(congestion.window(), 5_000);
        congestion.on_quiet(u32::MAX);
        assert_eq!(congestion.window(), 4_000);
    }

    #[test]
    fn a_burst_is_bounded_until_the_next_acknowledgement() {
        let mut congestion = Congestion::new(PACKET);
        for _ in 0..100 {
            congestion.on_ack(1_000, congestion.window(), true, false);
        }
        congestion.open_burst(0, 0);
        assert!(congestion.window() > 100_000);
        assert_eq!(congestion.allowance(MAX_BURST_PACKETS * PACKET), 0);
    }
}
