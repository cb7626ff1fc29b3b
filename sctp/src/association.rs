//! The association: a reliable, congestion-controlled way for messages on streams (RFC 9260).
//!
//! This is the layer below [`DataChannels`](crate::DataChannels), usable by itself.

mod connect;
mod context;
mod cookie;
mod data;
mod heartbeat;
mod receive;
mod reset;
mod sack;
mod shutdown;
mod state;
mod timer;
mod transmit;

#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;
use lariat_base::{Deadline, Instant, Seed, Tally};
use lariat_crypto::Provider;

use self::context::Context;
use self::state::State;
use crate::tx::Outgoing;
use crate::{CloseReason, Config, Dropped, Ppid, SendError};

/// A message that arrived.
///
/// See [`Association`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The stream that it arrived on.
    pub stream: u16,
    /// What it carries.
    pub ppid: Ppid,
    /// Its bytes, at least one.
    pub payload: Bytes,
}

/// What the owner of an association should know.
///
/// See [`Association`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The association is up.
    Connected {
        /// How many outgoing streams there are: identifiers are below this.
        streams: u16,
    },
    /// The peer has started again (RFC 9260 §5.2.4, action A). The association is up, but
    /// everything that was under way or queued is lost, and all streams start again.
    Restarted {
        /// How many outgoing streams there are.
        streams: u16,
    },
    /// A message arrived. Hand its length to [`Association::consume`] when it is done with.
    Message(Message),
    /// An outgoing stream was reset, as [`Association::reset_stream`] asked.
    OutgoingReset {
        /// The stream.
        stream: u16,
        /// Whether the peer agreed. If not, it cannot reset streams, or refused to.
        agreed: bool,
    },
    /// The peer has reset its side of streams.
    IncomingReset {
        /// The streams; none means all.
        streams: Vec<u16>,
    },
    /// What a stream has buffered has fallen to its threshold.
    BufferedAmountLow {
        /// The stream.
        stream: u16,
    },
    /// The association is over, for good.
    Closed(CloseReason),
}

/// Numbers about an association.
///
/// ```
/// use lariat_sctp::Stats;
///
/// assert_eq!(Stats::default().packets_sent, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Packets sent.
    pub packets_sent: u64,
    /// Packets received, dropped ones included.
    pub packets_received: u64,
    /// Bytes of packets sent.
    pub bytes_sent: u64,
    /// Bytes of packets received.
    pub bytes_received: u64,
    /// DATA chunks sent more than once.
    pub retransmissions: u64,
    /// The number of the newest DATA chunk that was sent: one more than that of the one before.
    pub newest_chunk: u64,
    /// The number of the last DATA chunk up to which the peer has acknowledged all.
    pub acknowledged_chunk: u64,
    /// The smoothed round-trip time, once measured.
    pub rtt: Option<Duration>,
    /// The congestion window in bytes.
    pub congestion_window: usize,
    /// Bytes that wait to be sent or acknowledged.
    pub buffered: usize,
}

/// One end of an SCTP association.
///
/// ```
/// use std::sync::Arc;
/// use bytes::Bytes;
/// use lariat_base::{Instant, Seed};
/// use lariat_crypto::ring;
/// use lariat_sctp::association::{Association, Event};
/// use lariat_sctp::{Config, Ppid};
///
/// let now = Instant::ZERO;
/// let mut a = Association::new(Config::default(), ring::provider(), Seed::new([1; 32]));
/// let mut b = Association::new(Config::default(), ring::provider(), Seed::new([2; 32]));
/// a.connect(now);
/// a.send(now, 0, Ppid::BINARY, false, Bytes::from_static(b"hello"))?;
/// // Packets travel until nobody has any left.
/// let mut packet = Vec::new();
/// loop {
///     let before = a.stats().packets_sent + b.stats().packets_sent;
///     while a.poll_transmit(now, &mut packet).is_some() {
///         b.handle_datagram(now, Bytes::from(std::mem::take(&mut packet)));
///     }
///     while b.poll_transmit(now, &mut packet).is_some() {
///         a.handle_datagram(now, Bytes::from(std::mem::take(&mut packet)));
///     }
///     if before == a.stats().packets_sent + b.stats().packets_sent {
///         break;
///     }
/// }
/// assert!(matches!(b.poll_event(), Some(Event::Connected { .. })));
/// let Some(Event::Message(message)) = b.poll_event() else { panic!("no message") };
/// assert_eq!(&message.payload[..], b"hello");
/// b.consume(message.payload.len());
/// # Ok::<(), lariat_sctp::SendError>(())
/// ```
#[derive(Debug)]
pub struct Association {
    state: State,
    ctx: Context,
    /// The last time that was handed in, for what has to happen at once but has no time of its
    /// own.
    now: Instant,
    stats: Stats,
}

impl Association {
    /// An association that does nothing until it is asked to [`connect`](Self::connect), or the
    /// peer does.
    pub fn new(config: Config, provider: Arc<dyn Provider>, seed: Seed) -> Self {
        let ctx = Context::new(config.clamped(), &provider, &seed);
        Self { state: State::Idle, ctx, now: Instant::ZERO, stats: Stats::default() }
    }

    // Getters.

    /// Whether the association is up and not shutting down.
    pub const fn is_established(&self) -> bool {
        matches!(self.state, State::Established(_))
    }

    /// Whether every message that was accepted was sent and acknowledged by the peer, or the
    /// association has ended.
    pub fn is_drained(&self) -> bool {
        self.ctx.tx.is_done()
    }

    /// Whether the association is over.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }

    /// Whether the peer may have seen messages of ours.
    pub(crate) fn may_have_sent(&self) -> bool {
        self.state.tcb().is_some() || self.ctx.tx.has_outstanding()
    }

    /// Bytes of a stream's messages that were not sent yet.
    pub fn buffered_amount(&self, stream: u16) -> usize {
        self.ctx.tx.queue.buffered(stream)
    }

    /// The longest packet that is sent, in bytes.
    pub const fn max_packet_size(&self) -> usize {
        self.ctx.config.mtu
    }

    /// What was dropped, and why.
    pub const fn dropped(&self) -> &Tally<Dropped> {
        &self.ctx.dropped
    }

    /// Counts one more drop, found by the owner.
    pub(crate) fn drop_message(&mut self, reason: Dropped) {
        self.ctx.drop(reason);
    }

    /// Numbers about the association.
    pub fn stats(&self) -> Stats {
        Stats {
            retransmissions: self.ctx.tx.retransmissions(),
            newest_chunk: self.ctx.tx.next_tsn().previous().extended(),
            acknowledged_chunk: self.ctx.tx.acknowledged().extended(),
            rtt: self.ctx.tx.rto.smoothed(),
            congestion_window: self.ctx.tx.congestion_window(),
            buffered: self.ctx.tx.buffered(),
            ..self.stats
        }
    }

    // Commands.

    /// Starts to connect. Both sides may do so at once.
    pub fn connect(&mut self, now: Instant) {
        self.now = now;
        connect::connect(&mut self.state, &mut self.ctx, now);
    }

    /// The longest message that the peer takes, from its description.
    pub fn set_remote_max_message_size(&mut self, size: usize) {
        self.ctx.config.remote_max_message_size = size;
    }

    /// Sets the longest packet that is sent from now on, in bytes; see
    /// [`DataChannels::set_max_packet_size`](crate::DataChannels::set_max_packet_size).
    pub fn set_max_packet_size(&mut self, bytes: usize) {
        self.ctx.set_mtu(bytes);
    }

    /// Queues a message. It may be called before the association is up.
    ///
    /// # Errors
    /// [`SendError`]; nothing is queued then.
    pub fn send(
        &mut self,
        now: Instant,
        stream: u16,
        ppid: Ppid,
        unordered: bool,
        payload: Bytes,
    ) -> Result<(), SendError> {
        self.now = now;
        let max = self.ctx.config.remote_max_message_size;
        let size = payload.len();
        if size > max {
            return Err(SendError::TooLong { size, max });
        }
        let buffered = self.ctx.tx.buffered();
        let limit = self.ctx.config.send_buffer;
        let needed = buffered.saturating_add(size).saturating_add(crate::limits::MESSAGE_OVERHEAD);
        if buffered > 0 && needed > limit {
            return Err(SendError::WouldBlock { buffered });
        }
        self.push(stream, Outgoing { ppid, unordered, counted: true, payload })
    }

    /// Queues an ordered message of our own, which is small and bounded in number, whatever is
    /// buffered. It does not count as buffered itself.
    pub(crate) fn send_control(
        &mut self,
        stream: u16,
        ppid: Ppid,
        payload: Bytes,
    ) -> Result<(), SendError> {
        self.push(stream, Outgoing { ppid, unordered: false, counted: false, payload })
    }

    fn push(&mut self, stream: u16, message: Outgoing) -> Result<(), SendError> {
        if !self.state.accepts_messages() {
            return Err(SendError::Closed);
        }
        let streams = self.state.tcb().map_or(crate::limits::MAX_STREAMS, |tcb| tcb.streams);
        if message.payload.is_empty() || stream >= streams {
            return Err(SendError::Invalid);
        }
        self.ctx.tx.queue.push(stream, message);
        Ok(())
    }

    /// The owner is done with a message of `length` bytes, which makes room for others.
    pub fn consume(&mut self, length: usize) {
        let now = self.now;
        if let Some(tcb) = self.state.tcb_mut() {
            tcb.rx.consume(now, length);
        }
    }

    /// The owner does not keep `bytes` of a message that it is not done with.
    pub(crate) fn consume_part(&mut self, bytes: usize) {
        let now = self.now;
        if let Some(tcb) = self.state.tcb_mut() {
            tcb.rx.consume_part(now, bytes);
        }
    }

    /// How many more bytes of messages the send buffer takes.
    pub(crate) fn send_room(&self) -> usize {
        self.ctx.config.send_buffer.saturating_sub(self.ctx.tx.buffered())
    }

    /// Lets nothing more in, or lets it in again, whatever the window says.
    pub(crate) const fn set_blocked(&mut self, blocked: bool) {
        self.ctx.blocked = blocked;
    }

    /// Asks for [`Event::BufferedAmountLow`] when a stream's buffered bytes fall to `threshold`. 0
    /// at first.
    pub fn set_buffered_amount_low_threshold(&mut self, stream: u16, threshold: usize) {
        self.ctx.tx.queue.set_low_threshold(stream, threshold);
    }

    /// Resets our side of a stream once everything queued on it was sent (RFC 6525).
    pub fn reset_stream(&mut self, now: Instant, stream: u16) {
        self.now = now;
        self.close_stream(stream);
    }

    /// The same, as part of what is being handled already.
    pub(crate) fn close_stream(&mut self, stream: u16) {
        self.ctx.tx.queue.close(stream);
    }

    /// Throws away what is queued on a stream, but for the rest of a message that is partly sent.
    pub(crate) fn discard_stream(&mut self, stream: u16) {
        self.ctx.tx.queue.discard(stream);
    }

    /// The peer uses a stream anew, so it has reset it, whatever became of its answer. Says whether
    /// an answer was missing.
    pub(crate) fn assume_reset(&mut self, stream: u16) -> bool {
        let Some(tcb) = self.state.up_mut() else { return false };
        let missing = tcb.reset.assume_done(stream);
        if missing {
            self.ctx.tx.queue.resume(stream);
        }
        missing
    }

    /// Notes the time of a command that changes nothing here.
    pub(crate) const fn touch(&mut self, now: Instant) {
        self.now = now;
    }

    /// Ends the association in agreement, once everything queued is delivered.
    pub fn shutdown(&mut self, now: Instant) {
        self.now = now;
        shutdown::request(&mut self.state, &mut self.ctx, now);
    }

    /// Asks the peer to acknowledge without delay what was queued so far.
    pub fn request_acknowledgement(&mut self) {
        if matches!(self.state, State::Established(_)) {
            self.ctx.tx.hurry();
        }
    }

    /// Ends the association at once. What was queued is lost.
    pub fn abort(&mut self, now: Instant) {
        self.now = now;
        shutdown::abort(&mut self.state, &mut self.ctx);
    }

    // Handlers.

    /// Handles a packet, as it came out of DTLS.
    pub fn handle_datagram(&mut self, now: Instant, datagram: Bytes) {
        self.now = now;
        self.stats.packets_received = self.stats.packets_received.saturating_add(1);
        self.stats.bytes_received = self.stats.bytes_received.saturating_add(datagram.len() as u64);
        receive::handle(&mut self.state, &mut self.ctx, now, &datagram);
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        timer::handle(&mut self.state, &mut self.ctx, now);
    }

    // Polls.

    /// Appends the next packet to `out` and says how long it is. `None` when there is nothing to
    /// send. See [`DataChannels::poll_transmit`](crate::DataChannels::poll_transmit) on its length.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<usize> {
        self.now = now;
        let length = transmit::poll(&mut self.state, &mut self.ctx, now, out)?;
        self.stats.packets_sent = self.stats.packets_sent.saturating_add(1);
        self.stats.bytes_sent = self.stats.bytes_sent.saturating_add(length as u64);
        Some(length)
    }

    /// What happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        if let Some(stream) = self.ctx.tx.queue.poll_low() {
            return Some(Event::BufferedAmountLow { stream });
        }
        self.ctx.events.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        timer::deadline(&self.state, &self.ctx)
    }
}

#[cfg(test)]
impl Association {
    /// How many streams there is anything to know of, to be sent on and received on.
    pub(crate) fn stream_counts(&self) -> (usize, usize) {
        let receiving = self.state.tcb().map_or(0, |tcb| tcb.rx.reassembly.stream_count());
        (self.ctx.tx.queue.stream_count(), receiving)
    }

    /// What such entries take.
    pub(crate) const fn stream_sizes() -> (usize, usize) {
        (crate::tx::SendQueue::STREAM_SIZE, crate::rx::Reassembly::STREAM_SIZE)
    }

    /// How often a stream was looked at to see whether it has something to send.
    pub(crate) const fn visits(&self) -> u64 {
        self.ctx.tx.queue.visits
    }
}
