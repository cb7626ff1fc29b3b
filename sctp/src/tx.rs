//! The sending half: what waits, what is under way, and how fast it may go.

mod congestion;
mod outstanding;
mod queue;
mod ranges;
mod rto;
mod share;
mod window;

#[cfg(test)]
mod tests;

use core::time::Duration;

use lariat_base::{Deadline, Instant};

use self::congestion::Congestion;
use self::outstanding::Outstanding;
pub(crate) use self::outstanding::{Acked, SackFault};
pub(crate) use self::queue::{Fragment, Outgoing, SendQueue};
pub(crate) use self::rto::{Rto, RtoBounds};
use self::share::Share;
use self::window::Probe;
use crate::chunk::{DATA_HEADER_LEN, Data, DataFlags, Sack};
use crate::limits::MAX_OUTSTANDING;
use crate::packet::{HEADER_LEN, PacketWriter};
use crate::types::Tsn;

/// The sending half of an association. It exists from the start, so that messages can be queued
/// before the association is up, and it survives a connection attempt that starts over.
#[derive(Debug)]
pub(crate) struct Transmission {
    pub(crate) queue: SendQueue,
    pub(crate) rto: Rto,
    outstanding: Outstanding,
    congestion: Congestion,
    /// When the retransmission timer expires.
    t3: Option<Instant>,
    /// In fast recovery: the TSN whose acknowledgement ends it.
    recovery: Option<Tsn>,
    /// The next packet repeats lost chunks whatever the window says (§7.2.4, 3).
    fast_packet: bool,
    /// The window that the peer advertised last.
    peer_window: usize,
    /// A new chunk whose round trip is being timed, and when it was sent.
    measuring: Option<(Tsn, Instant)>,
    probe: Probe,
    /// How often in a row the window was probed to no avail.
    probes: u32,
    share: Share,
    /// A stream that may show that it is read: which, with a message of how many bytes, and what
    /// the peer had consumed before.
    trial: Option<(u16, usize, u64)>,
    last_sent: Option<Instant>,
    hurry: Hurry,
    /// The most user data that fits one packet.
    max_payload: usize,
    retransmissions: u64,
}

/// Whether somebody waits for an acknowledgement, and how the peer learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hurry {
    No,
    /// The last chunk that is queued asks for it.
    LastChunk,
    /// Everything was sent, so a duplicate asks for it.
    Ask,
}

impl Transmission {
    pub(crate) fn new(initial: Tsn, mtu: usize, bounds: RtoBounds) -> Self {
        let packet = mtu.saturating_sub(HEADER_LEN) & !3;
        Self {
            queue: SendQueue::default(),
            rto: Rto::new(bounds),
            outstanding: Outstanding::new(initial),
            congestion: Congestion::new(packet),
            t3: None,
            recovery: None,
            fast_packet: false,
            peer_window: 0,
            measuring: None,
            probe: Probe::None,
            probes: 0,
            share: Share::default(),
            trial: None,
            last_sent: None,
            hurry: Hurry::No,
            max_payload: packet.saturating_sub(DATA_HEADER_LEN),
            retransmissions: 0,
        }
    }

    /// Sets the longest packet from now on. Chunks that were sent keep their length.
    pub(crate) const fn set_mtu(&mut self, mtu: usize) {
        let packet = mtu.saturating_sub(HEADER_LEN) & !3;
        self.congestion.set_packet(packet);
        self.max_payload = packet.saturating_sub(DATA_HEADER_LEN);
    }

    /// Whether the first chunk that is not acknowledged is too long for a packet.
    pub(crate) fn is_stuck_on_long_chunk(&self) -> bool {
        self.outstanding.first_len().is_some_and(|length| length > self.max_payload)
    }

    /// Starts over with a fresh numbering: nothing but the count of retransmissions is kept.
    pub(crate) fn restart(&mut self, initial: Tsn, mtu: usize, bounds: RtoBounds) {
        *self = Self { retransmissions: self.retransmissions, ..Self::new(initial, mtu, bounds) };
    }

    /// Bytes of the send buffer that are taken.
    pub(crate) fn buffered(&self) -> usize {
        self.queue.charged().saturating_add(self.outstanding.held())
    }

    /// Whether everything queued was sent and acknowledged.
    pub(crate) fn is_done(&self) -> bool {
        self.queue.is_empty() && self.outstanding.is_empty()
    }

    /// Somebody waits for what was queued to be acknowledged, which the peer may delay by 200 ms.
    pub(crate) fn hurry(&mut self) {
        self.hurry = match (self.queue.is_empty(), self.outstanding.is_empty()) {
            (false, _) => Hurry::LastChunk,
            (true, false) => Hurry::Ask,
            (true, true) => Hurry::No,
        };
    }

    pub(crate) fn has_outstanding(&self) -> bool {
        !self.outstanding.is_empty()
    }

    pub(crate) fn next_tsn(&self) -> Tsn {
        self.outstanding.next_tsn()
    }

    pub(crate) const fn congestion_window(&self) -> usize {
        self.congestion.window()
    }

    pub(crate) const fn retransmissions(&self) -> u64 {
        self.retransmissions
    }

    pub(crate) const fn peer_window_closed(&self) -> bool {
        self.peer_window == 0
    }

    /// The cumulative point of what we sent: one before the first chunk not acknowledged.
    pub(crate) fn acknowledged(&self) -> Tsn {
        self.outstanding.base().previous()
    }

    /// The retransmission timer runs from now on if anything is under way: the association is up.
    pub(crate) fn start(&mut self, now: Instant) {
        if !self.outstanding.is_empty() && self.t3.is_none() {
            self.t3 = Some(now + self.rto.get());
        }
    }

    /// Takes a SACK in.
    pub(crate) fn handle_sack(&mut self, now: Instant, sack: &Sack) -> Result<Acked, SackFault> {
        let cumulative = Tsn::from_wire(sack.cumulative, self.acknowledged());
        self.peer_window_update(sack.a_rwnd, cumulative)?;
        let acked = self.acknowledge(now, cumulative, &sack.gaps)?;
        self.share_window();
        Ok(acked)
    }

    /// Takes the cumulative point of a SHUTDOWN in.
    pub(crate) fn handle_cumulative(
        &mut self,
        now: Instant,
        wire: lariat_base::Serial32,
    ) -> Result<Acked, SackFault> {
        let cumulative = Tsn::from_wire(wire, self.acknowledged());
        self.acknowledge(now, cumulative, &[])
    }

    fn acknowledge(
        &mut self,
        now: Instant,
        cumulative: Tsn,
        gaps: &[(u16, u16)],
    ) -> Result<Acked, SackFault> {
        let first = self.outstanding.base();
        let recovering = self.recovery.is_some();
        let measuring = self.measuring.map(|(tsn, _)| tsn);
        let acked = self.outstanding.acknowledge(cumulative, gaps, measuring, recovering)?;
        if let Some((_, sent)) = self.measuring.take_if(|_| acked.measured) {
            self.rto.measure(now - sent);
        }
        // rfc9260 §7.2.4, note: the window grows by what was acknowledged before it shrinks by a
        // loss.
        self.congestion.on_ack(acked.bytes, first, acked.advanced, recovering);
        self.recovery = self.recovery.filter(|exit| cumulative < *exit);
        if acked.lost {
            self.measuring = None;
            if self.recovery.is_none() {
                self.congestion.on_loss();
                self.recovery = Some(self.next_tsn().previous());
                self.fast_packet = true;
            }
        }
        self.congestion.open_burst(self.outstanding.flight(), acked.bytes);
        if self.outstanding.is_empty() {
            self.congestion.on_idle();
            self.t3 = None;
        } else if acked.advanced || self.t3.is_none() {
            // rfc9260 §6.3.2 R3, R4.
            self.t3 = Some(now + self.rto.get());
        }
        if self.peer_window > 0 {
            self.probe = Probe::None;
        }
        Ok(acked)
    }

    /// When the sending half wants to be called.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        let probe = match self.probe {
            Probe::Waiting(at) => Some(Deadline::new(at, "zero window probe")),
            Probe::None | Probe::Due => None,
        };
        let t3 = self.t3.map(|at| Deadline::new(at, "retransmission"));
        Deadline::earliest([t3, probe])
    }

    /// Lets timers expire, and says whether the retransmission timer did.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> bool {
        if matches!(self.probe, Probe::Waiting(at) if at <= now) {
            self.probe = Probe::Due;
        }
        if self.t3.is_none_or(|at| at > now) {
            return false;
        }
        // rfc9260 §6.1 A: probing a closed window leaves the congestion window alone.
        if !self.peer_window_closed() {
            self.congestion.on_timeout();
        }
        self.rto.back_off();
        self.lose_all();
        self.congestion.open_burst(0, 0);
        true
    }

    /// Everything under way is to be sent again.
    pub(crate) fn lose_all(&mut self) {
        self.outstanding.lose_all();
        self.recovery = None;
        self.fast_packet = false;
        self.measuring = None;
        self.t3 = None;
    }

    /// Whether there is data that may be sent now.
    pub(crate) fn wants_to_send(&mut self, now: Instant) -> bool {
        let budget = self.budget(now);
        let wants = self.hurry == Hurry::Ask
            || budget > 0
                && (self.outstanding.has_lost()
                    || self.next_new(now, usize::MAX, budget).is_some()
                    || self.asks_for_window(now));
        if !wants {
            self.congestion.settle();
        }
        wants
    }

    /// How many bytes of chunks the next packet may carry.
    fn budget(&mut self, now: Instant) -> usize {
        if self.fast_packet && self.outstanding.has_lost() {
            return usize::MAX;
        }
        if self.outstanding.is_empty()
            && let Some(last) = self.last_sent
        {
            let rto = self.rto.get().max(Duration::from_millis(1));
            let times = now.saturating_since(last).as_nanos() / rto.as_nanos();
            if times > 0 {
                self.congestion.on_quiet(u32::try_from(times).unwrap_or(u32::MAX));
                self.congestion.open_burst(0, 0);
                self.last_sent = None;
            }
        }
        self.congestion.allowance(self.outstanding.flight())
    }

    /// Fills a packet with chunks, first those to be sent again, then new ones.
    pub(crate) fn fill(&mut self, now: Instant, packet: &mut PacketWriter<'_>, running: bool) {
        let mut budget = self.budget(now);
        let mut sent = self.fill_lost(now, packet, &mut budget);
        if self.fast_packet && sent {
            // The one packet that ignores the window carries nothing new.
            self.fast_packet = false;
        } else {
            sent |= self.fill_new(now, packet, &mut budget);
            let hurries = self.hurry == Hurry::Ask;
            if !sent && (hurries || self.asks_for_window(now)) {
                if hurries {
                    self.hurry = Hurry::No;
                }
                self.ask(packet);
            }
        }
        if sent {
            self.last_sent = Some(now);
            self.congestion.on_sent(self.next_tsn().previous(), self.outstanding.flight());
            // rfc9260 §6.3.2 R1. While the cookie is under way its own timer repeats the packet.
            if running && self.t3.is_none() {
                self.t3 = Some(now + self.rto.get());
            }
        }
    }

    fn fill_lost(
        &mut self,
        now: Instant,
        packet: &mut PacketWriter<'_>,
        budget: &mut usize,
    ) -> bool {
        let mut sent = false;
        while let Some(size) = self.outstanding.peek_lost() {
            // A chunk that was cut for longer packets keeps its length, since its number stands for
            // its bytes. It travels alone, in a packet that is too long.
            let fits = size <= packet.room() && size <= *budget;
            let may_go_alone = packet.is_empty() && *budget > 0;
            if !fits && !may_go_alone {
                break;
            }
            let Some((tsn, fragment)) = self.outstanding.retransmit() else { break };
            write(packet, tsn, &fragment);
            *budget = budget.saturating_sub(size);
            self.retransmissions = self.retransmissions.saturating_add(1);
            self.measuring = None;
            if tsn == self.outstanding.base() {
                // rfc9260 §6.1: the timer starts again when the first chunk under way is repeated.
                self.t3 = self.t3.map(|_| now + self.rto.get());
            }
            sent = true;
        }
        sent
    }

    fn fill_new(
        &mut self,
        now: Instant,
        packet: &mut PacketWriter<'_>,
        budget: &mut usize,
    ) -> bool {
        let mut sent = false;
        while let Some(length) = self.next_new(now, packet.room(), *budget) {
            let Some(mut fragment) = self.queue.take(length) else { break };
            let size = Data::encoded_len(length);
            *budget = budget.saturating_sub(size);
            // rfc9260 §6.1: the chunk that fills the window asks for an answer without delay.
            let fills = *budget < self.max_payload || self.window_left() < length.saturating_mul(2);
            // rfc9260 §3.3.1: as does the last one that somebody waits for.
            let is_last = self.hurry == Hurry::LastChunk && self.queue.is_empty();
            if is_last {
                self.hurry = Hurry::No;
            }
            fragment.flags = fragment.flags.with(DataFlags::IMMEDIATE, fills || is_last);
            let tsn = self.outstanding.push(fragment.clone());
            write(packet, tsn, &fragment);
            self.measuring.get_or_insert((tsn, now));
            self.probe = Probe::None;
            sent = true;
        }
        sent
    }

    /// How long the next new chunk's data is, if it may be sent with this much room and budget.
    fn next_new(&mut self, now: Instant, room: usize, budget: usize) -> Option<usize> {
        let window = self.window_left();
        let left = self.queue.peek(&self.share, window)?;
        if self.outstanding.len() >= MAX_OUTSTANDING {
            return None;
        }
        let fits = room.saturating_sub(DATA_HEADER_LEN).min(self.max_payload);
        let length = if left <= fits {
            left
        } else if left > self.max_payload && fits >= self.max_payload / 2 {
            // Too long for any packet: it is cut to what is left of this one, if that is worth a
            // chunk.
            fits
        } else {
            return None;
        };
        if Data::encoded_len(length) > budget {
            return None;
        }
        // rfc9260 §6.1 A: nothing new into a closed window, but for a probe when nothing is under
        // way.
        if length > window && !self.may_probe(now) {
            return None;
        }
        Some(length)
    }
}

fn write(packet: &mut PacketWriter<'_>, tsn: Tsn, fragment: &Fragment) {
    let data = Data {
        flags: fragment.flags,
        tsn: tsn.wire(),
        stream: fragment.stream,
        ssn: fragment.ssn,
        ppid: fragment.ppid,
        payload: &fragment.payload,
    };
    data.encode(packet.out());
}
