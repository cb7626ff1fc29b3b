//! Slow start, congestion avoidance, and what losses do to them (RFC 9260 §7.2).

use crate::limits::{INITIAL_WINDOW_PACKETS, MAX_BURST_PACKETS};
use crate::types::Tsn;

/// The congestion window of the association's one path. All sizes are of DATA chunks with their
/// headers and padding, in bytes.
#[derive(Clone, Debug)]
pub(crate) struct Congestion {
    /// The largest size of the DATA chunks of one packet.
    packet: usize,
    window: usize,
    threshold: usize,
    partial_acked: usize,
    /// The last chunk that was sent with the window full: what is acknowledged up to it shows that
    /// the path carries the window.
    full_until: Option<Tsn>,
    /// How much may be in flight until the next acknowledgement, whatever the window says.
    burst_end: usize,
    /// What was acknowledged since the sender last had sent all that it could.
    acked_since: usize,
    /// The sender has sent all that it could.
    settled: bool,
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
            full_until: None,
            burst_end: window,
            acked_since: 0,
            settled: true,
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

    /// Chunks up to `last` were sent, which makes `flight` bytes under way.
    pub(crate) const fn on_sent(&mut self, last: Tsn, flight: usize) {
        if flight.saturating_add(self.packet) > self.window {
            self.full_until = Some(last);
        }
    }

    /// Nothing more can be sent for now.
    pub(crate) const fn settle(&mut self) {
        self.settled = true;
    }

    /// Something new was acknowledged: `acked` bytes, the first of them of the chunk `first`.
    pub(crate) fn on_ack(&mut self, acked: usize, first: Tsn, advanced: bool, recovering: bool) {
        if acked > 0 {
            self.probing = false;
        }
        // Whether the window was used is asked of the time when the chunks were sent. What is under
        // way now says nothing if several acknowledgements are handled before more is sent.
        let used = self.full_until.is_some_and(|last| first <= last);
        let mut acked = acked;
        if self.window <= self.threshold {
            if !advanced || recovering || !used {
                return;
            }
            // rfc9260 §7.2.1: slow start grows by what was acknowledged, each chunk once, so that
            // neither splitting acknowledgements nor repeating them gains anything. There is no
            // smaller bound: one acknowledgement may stand for many packets (RFC 3465 §2.3 leaves
            // that choice), and it cannot name what was not sent.
            let room = self.threshold.saturating_sub(self.window).max(self.packet);
            let growth = acked.min(room);
            self.window = self.window.saturating_add(growth);
            acked = acked.saturating_sub(growth);
            if self.window <= self.threshold {
                return;
            }
        }
        // rfc9260 §7.2.2: a packet per window acknowledged.
        self.partial_acked = self.partial_acked.saturating_add(acked);
        if self.partial_acked >= self.window {
            if used {
                self.partial_acked =
                    self.partial_acked.saturating_sub(self.window).min(self.window);
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
        if core::mem::take(&mut self.settled) {
            self.acked_since = 0;
        }
        self.acked_since = self.acked_since.saturating_add(acked);
        // rfc9260 §6.1 D: Max.Burst packets. What was acknowledged since the last burst opens twice
        // as much, or peers that acknowledge in batches, and owners that hand us many
        // acknowledgements before they poll, would be throttled.
        let burst =
            self.packet.saturating_mul(MAX_BURST_PACKETS).max(self.acked_since.saturating_mul(2));
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
        // As low as a new path begins, and no lower.
        let floor = self.packet.saturating_mul(INITIAL_WINDOW_PACKETS);
        if times == 0 || self.window <= floor {
            return;
        }
        // The window that the path carried is remembered. A threshold of the small window that an
        // idle path is left with would end slow start for good.
        self.threshold = self.threshold.max(self.window);
        self.window = self.window.checked_shr(times).unwrap_or(0).max(floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: usize = 1_000;

    fn tsn(number: u64) -> Tsn {
        Tsn::initial(lariat_base::Serial32::new(1)).plus(number)
    }

    /// A window that is full, up to chunk 1,000.
    fn full() -> Congestion {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_sent(tsn(1_000), 10_000);
        congestion
    }

    #[test]
    fn slow_start_grows_by_what_was_acknowledged() {
        let mut congestion = full();
        congestion.on_ack(5_000, tsn(0), true, false);
        assert_eq!(congestion.window(), 15_000);
        // What is under way has shrunk meanwhile, and the window was full when it was sent.
        congestion.on_ack(5_000, tsn(5), true, false);
        assert_eq!(congestion.window(), 20_000);
    }

    // adversarial C10
    #[test]
    fn splitting_acknowledgements_gains_nothing() {
        let mut congestion = full();
        for _ in 0..1_000 {
            congestion.on_ack(1, tsn(0), true, false);
        }
        assert_eq!(congestion.window(), 11_000);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_sent(tsn(1), 2_000);
        congestion.on_ack(1_000, tsn(0), true, false);
        assert_eq!(congestion.window(), 10_000);
        // Nor does it by what was sent after it was full.
        let mut congestion = full();
        congestion.on_ack(1_000, tsn(1_001), true, false);
        assert_eq!(congestion.window(), 10_000);
    }

    #[test]
    fn slow_start_does_not_jump_over_the_threshold() {
        let mut congestion = full();
        congestion.on_timeout();
        congestion.on_ack(9_000, tsn(0), true, false);
        assert_eq!(congestion.window(), 5_000);
        congestion.on_ack(9_000, tsn(0), true, false);
        assert_eq!(congestion.window(), 6_000 + PACKET, "and the rest counts for avoidance");
    }

    #[test]
    fn avoidance_adds_one_packet_per_window() {
        let mut congestion = full();
        congestion.on_loss();
        let start = congestion.window();
        congestion.on_ack(1, tsn(0), true, false);
        assert_eq!(congestion.window(), start + 1, "at the threshold it is still slow start");
        for _ in 0..6 {
            congestion.on_ack(1_000, tsn(0), true, false);
        }
        assert_eq!(congestion.window(), start + 1 + PACKET);
    }

    #[test]
    fn a_timeout_leaves_one_packet_in_flight() {
        let mut congestion = Congestion::new(PACKET);
        congestion.on_timeout();
        assert_eq!(congestion.allowance(0), PACKET);
        assert_eq!(congestion.allowance(1), 0);
        congestion.on_ack(1_000, tsn(0), true, false);
        assert!(congestion.allowance(1) > 0);
    }

    #[test]
    fn a_packet_may_pass_the_window_once() {
        let congestion = Congestion::new(PACKET);
        assert_eq!(congestion.allowance(9_999), PACKET);
        assert_eq!(congestion.allowance(10_000), 0);
    }

    #[test]
    fn a_quiet_path_loses_half_its_window_per_timeout_and_finds_it_again() {
        let mut congestion = full();
        congestion.on_ack(70_000, tsn(0), true, false);
        congestion.on_loss();
        assert_eq!(congestion.window(), 40_000);
        congestion.on_quiet(1);
        assert_eq!(congestion.window(), 20_000);
        congestion.on_quiet(u32::MAX);
        assert_eq!(congestion.window(), 10_000);
        congestion.on_sent(tsn(2_000), 10_000);
        congestion.on_ack(10_000, tsn(1_900), true, false);
        assert_eq!(congestion.window(), 20_000, "below what the path carried it is slow start");
    }

    #[test]
    fn a_window_that_met_no_loss_has_no_threshold_after_a_pause() {
        let mut congestion = full();
        congestion.on_ack(10_000, tsn(0), true, false);
        congestion.on_quiet(9);
        congestion.on_sent(tsn(2_000), 10_000);
        congestion.on_ack(10_000, tsn(1_900), true, false);
        congestion.on_ack(10_000, tsn(1_910), true, false);
        assert_eq!(congestion.window(), 30_000);
    }

    #[test]
    fn a_burst_is_bounded_until_the_next_acknowledgement() {
        let mut congestion = full();
        congestion.on_ack(100_000, tsn(0), true, false);
        congestion.open_burst(0, 0);
        assert!(congestion.window() > 100_000);
        assert_eq!(congestion.allowance(MAX_BURST_PACKETS * PACKET), 0);
    }

    #[test]
    fn acknowledgements_that_come_together_open_one_burst_for_all() {
        let mut congestion = full();
        congestion.on_ack(100_000, tsn(0), true, false);
        congestion.settle();
        for _ in 0..20 {
            congestion.open_burst(0, 2_000);
        }
        assert!(congestion.allowance(79_000) > 0);
        assert_eq!(congestion.allowance(80_000), 0);
        // Once it was sent the next one counts by itself.
        congestion.settle();
        congestion.open_burst(50_000, 2_000);
        assert_eq!(congestion.allowance(60_000), 0);
    }
}
