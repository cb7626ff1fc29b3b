//! Data channels over an association (RFC 8831, RFC 8832).

mod close;
mod dcep;
mod inbox;
mod open;
mod receive;
mod refused;
mod registry;
mod types;

#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;
use lariat_base::{Deadline, Instant, Seed, Tally};
use lariat_crypto::Provider;

use self::inbox::Inbox;
use self::refused::Refused;
use self::registry::{Channel, ChannelState, Registry};
pub use self::types::{ChannelConfig, ChannelId, Event, MessageKind, Parity, Reliability};
use crate::association::{self, Association, Stats};
use crate::limits::MAX_EVENTS;
use crate::{Config, Dropped, OpenError, Ppid, SendError};

/// One side of an association with data channels on it.
///
/// ```
/// use bytes::Bytes;
/// use lariat_base::{Instant, Seed};
/// use lariat_crypto::ring;
/// use lariat_sctp::{ChannelConfig, Config, DataChannels, Event, MessageKind, Parity};
///
/// let now = Instant::ZERO;
/// let mut a = DataChannels::new(Config::default(), ring::provider(), Seed::new([1; 32]));
/// let mut b = DataChannels::new(Config::default(), ring::provider(), Seed::new([2; 32]));
/// // Both sides of a WebRTC connection connect, at about the same time.
/// a.connect(now, Parity::Even);
/// b.connect(now, Parity::Odd);
/// let chat = a.open(now, ChannelConfig::new("chat"))?;
///
/// # fn exchange(now: Instant, a: &mut DataChannels, b: &mut DataChannels) {
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
/// # }
/// # exchange(now, &mut a, &mut b);
/// assert_eq!(a.poll_event(), Some(Event::Connected));
/// assert_eq!(a.poll_event(), Some(Event::ChannelOpened(chat)));
/// a.send(now, chat, MessageKind::Text, Bytes::from_static(b"hello"))?;
/// # exchange(now, &mut a, &mut b);
/// assert_eq!(b.poll_event(), Some(Event::Connected));
/// let Some(Event::ChannelIncoming(theirs, config)) = b.poll_event() else { panic!() };
/// assert_eq!(config.label, "chat");
/// let Some(Event::Message { channel, payload, .. }) = b.poll_event() else { panic!() };
/// assert_eq!((channel, &payload[..]), (theirs, &b"hello"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct DataChannels {
    association: Association,
    registry: Registry,
    /// Known once [`connect`](Self::connect) was called.
    parity: Option<Parity>,
    /// How many streams the association has, once it is up.
    streams: Option<u16>,
    events: Inbox,
    /// Channels that wait for room in the send buffer.
    refused: Refused,
    /// An event about channels that were refused waits to be polled.
    refusal_queued: bool,
    max_incoming_channels: usize,
    /// The event that is being drained was the last one.
    closed: bool,
}

impl DataChannels {
    /// Data channels on an association that is not connected yet.
    pub fn new(config: Config, provider: Arc<dyn Provider>, seed: Seed) -> Self {
        Self {
            max_incoming_channels: config.max_incoming_channels,
            refusal_queued: false,
            refused: Refused::default(),
            association: Association::new(config, provider, seed),
            registry: Registry::default(),
            parity: None,
            streams: None,
            events: Inbox::default(),
            closed: false,
        }
    }

    // Getters.

    /// Bytes of a channel's messages that were not sent yet; 0 if there is no such channel.
    pub fn buffered_amount(&self, id: ChannelId) -> usize {
        self.stream_id(id).map_or(0, |stream| self.association.buffered_amount(stream))
    }

    /// The stream identifier of a channel, once it has one.
    pub fn stream_id(&self, id: ChannelId) -> Option<u16> {
        self.registry.get(id).and_then(|channel| channel.stream)
    }

    /// How many channels there are, in any state.
    pub fn channel_count(&self) -> usize {
        self.registry.len()
    }

    /// Numbers about the association.
    pub fn stats(&self) -> Stats {
        self.association.stats()
    }

    /// What was dropped, and why.
    pub const fn dropped(&self) -> &Tally<Dropped> {
        self.association.dropped()
    }

    /// Whether every message that was accepted was sent and acknowledged by the peer. Nothing is
    /// left either once the association has ended; [`Event::Closed`] says then whether all of it
    /// was delivered.
    pub fn is_drained(&self) -> bool {
        self.association.is_drained()
    }

    /// Asks the peer to acknowledge without delay what was accepted so far, which it may put off
    /// for 200 ms otherwise (RFC 9260 §6.2). Somebody may be waiting for it.
    pub fn request_acknowledgement(&mut self) {
        self.association.request_acknowledgement();
    }

    /// Whether the association is over.
    pub const fn is_closed(&self) -> bool {
        self.closed
    }

    // Commands.

    /// Starts to connect, as the side whose channels get identifiers of this parity. Both sides do.
    pub fn connect(&mut self, now: Instant, parity: Parity) {
        if self.parity.is_none() {
            self.parity = Some(parity);
            open::assign_waiting(self);
        }
        self.association.connect(now);
        self.pump();
    }

    /// The longest message that the peer takes, from its description.
    pub fn set_remote_max_message_size(&mut self, size: usize) {
        self.association.set_remote_max_message_size(size);
    }

    /// Opens a channel. It may be called at any time; [`Event::ChannelOpened`] says when it may be
    /// sent on.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was opened then.
    pub fn open(&mut self, now: Instant, config: ChannelConfig) -> Result<ChannelId, OpenError> {
        let id = open::open(self, config);
        self.association.touch(now);
        id
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`SendError`]; nothing was queued then.
    pub fn send(
        &mut self,
        now: Instant,
        id: ChannelId,
        kind: MessageKind,
        payload: Bytes,
    ) -> Result<(), SendError> {
        let channel = self.registry.get(id).ok_or(SendError::Closed)?;
        let (stream, unordered) = match (channel.state, channel.stream) {
            (ChannelState::Open, Some(stream)) => (stream, !channel.config.ordered),
            (ChannelState::Opening, _) | (ChannelState::Open, None) => {
                return Err(SendError::NotOpen);
            }
            (ChannelState::Closing { .. }, _) => return Err(SendError::Closed),
        };
        if kind == MessageKind::Text && core::str::from_utf8(&payload).is_err() {
            return Err(SendError::NotText);
        }
        // rfc8831 §6.6: SCTP carries no empty message, so a byte stands for it.
        let empty = payload.is_empty();
        let ppid = match (kind, empty) {
            (MessageKind::Text, false) => Ppid::STRING,
            (MessageKind::Text, true) => Ppid::STRING_EMPTY,
            (MessageKind::Binary, false) => Ppid::BINARY,
            (MessageKind::Binary, true) => Ppid::BINARY_EMPTY,
        };
        let payload = if empty { Bytes::from_static(&[0]) } else { payload };
        let length = payload.len();
        let sent = self.association.send(now, stream, ppid, unordered, payload);
        if matches!(sent, Err(SendError::WouldBlock { .. })) {
            self.refused.push(&mut self.registry, id, length);
        }
        sent
    }

    /// Closes a channel: what is queued on it is sent first. [`Event::ChannelClosed`] says when it
    /// is done.
    pub fn close(&mut self, now: Instant, id: ChannelId) {
        self.association.touch(now);
        close::close(self, id);
        self.pump();
    }

    /// Asks for [`Event::BufferedAmountLow`] when a channel's buffered bytes fall to `threshold`. 0
    /// at first.
    pub fn set_buffered_amount_low_threshold(&mut self, id: ChannelId, threshold: usize) {
        if let Some(channel) = self.registry.get_mut(id) {
            channel.low_threshold = threshold;
            if let Some(stream) = channel.stream {
                self.association.set_buffered_amount_low_threshold(stream, threshold);
            }
        }
    }

    /// Keeps what comes to a channel inside, until it is resumed. Messages of other channels are
    /// given out meanwhile.
    ///
    /// What is kept counts against the receive window, so that the peer has to wait in the end;
    /// [`Event::ChannelClosed`] comes after the channel's messages, if any are kept. Nothing is
    /// kept of a channel whose end was told.
    pub fn pause(&mut self, channel: ChannelId) {
        if self.registry.is_known(channel) {
            self.events.pause(channel);
        }
    }

    /// Gives out again what comes to a channel, and first what was kept of it.
    pub fn resume(&mut self, channel: ChannelId) {
        self.events.resume(channel);
    }

    /// The longest packet that is sent, in bytes.
    pub const fn max_packet_size(&self) -> usize {
        self.association.max_packet_size()
    }

    /// Sets the longest packet that is sent from now on, in bytes; at least
    /// [`limits::MIN_MTU`](crate::limits::MIN_MTU). It may be called at any time.
    ///
    /// Data that is sent from then on is cut accordingly, and what was sent and has arrived does
    /// not matter. A chunk that is longer and has not arrived cannot be cut again, because its
    /// number stands for its bytes: it is repeated in a packet of its own, which is longer than
    /// this (RFC 9260 §6.9 leaves such packets to IP). See
    /// [`poll_transmit`](Self::poll_transmit) on what to do with it. If it does not arrive, the
    /// association ends with [`CloseReason::PathTooSmall`](crate::CloseReason::PathTooSmall) after
    /// [`limits::MAX_LONG_CHUNK_TIMEOUTS`](crate::limits::MAX_LONG_CHUNK_TIMEOUTS) timeouts. So it
    /// is better to begin with a size that the path is known to carry.
    pub fn set_max_packet_size(&mut self, bytes: usize) {
        self.association.set_max_packet_size(bytes);
    }

    /// Ends the association in agreement: no message is accepted any more, everything accepted is
    /// delivered, on whatever channel, and then both sides shut down. [`Event::Closed`] says when
    /// that is done, or why it was given up.
    pub fn shutdown(&mut self, now: Instant) {
        self.association.shutdown(now);
        self.pump();
    }

    /// Ends the association at once. What was queued is lost.
    pub fn abort(&mut self, now: Instant) {
        self.association.abort(now);
        self.pump();
    }

    // Handlers.

    /// Handles a packet, as it came out of DTLS.
    pub fn handle_datagram(&mut self, now: Instant, datagram: Bytes) {
        self.association.set_blocked(self.events.len() >= MAX_EVENTS);
        self.association.handle_datagram(now, datagram);
        self.pump();
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.association.handle_timeout(now);
        self.pump();
    }

    // Polls.

    /// Appends the next packet to `out` and says how long it is. `None` when there is nothing to
    /// send.
    ///
    /// It is at most [`max_packet_size`](Self::max_packet_size) bytes long, unless it carries one
    /// chunk that was cut before that size became smaller, or a foreign state cookie. Such a packet
    /// should be sent in a datagram that IP may fragment.
    pub fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<usize> {
        let length = self.association.poll_transmit(now, out);
        self.pump();
        length
    }

    /// What happened. Taking a message makes room for others.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop()?;
        match &event {
            // On the wire an empty message has one byte.
            Event::Message { payload, .. } => self.association.consume(payload.len().max(1)),
            Event::ChannelClosed(id) => self.registry.forget_closed(*id),
            Event::IncomingRefused { .. } => self.refusal_queued = false,
            Event::BufferedAmountLow(id) => {
                if let Some(channel) = self.registry.get_mut(*id) {
                    channel.low_queued = false;
                }
            }
            _ => {}
        }
        Some(event)
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        self.association.poll_timeout()
    }

    /// Draws in what happened in the association. Each of its events causes a bounded number of
    /// others.
    fn pump(&mut self) {
        while let Some(event) = self.association.poll_event() {
            match event {
                association::Event::Connected { streams } => open::connected(self, streams),
                association::Event::Restarted { streams } => {
                    close::close_all(self);
                    self.events.push(Event::Restarted);
                    self.streams = Some(streams);
                }
                association::Event::Message(message) => receive::message(self, message),
                association::Event::OutgoingReset { stream, agreed } => {
                    close::outgoing_reset(self, stream, agreed);
                }
                association::Event::IncomingReset { streams } => {
                    close::incoming_reset(self, &streams);
                }
                association::Event::BufferedAmountLow { stream } => self.buffered_low(stream),
                association::Event::Closed(reason) => {
                    close::close_all(self);
                    self.closed = true;
                    self.events.push(Event::Closed(reason));
                }
            }
        }
        if !self.refused.is_empty() {
            self.tell_writable();
        }
    }

    /// Tells channels that were refused that there is room.
    fn tell_writable(&mut self) {
        let buffered = self.association.stats().buffered;
        let mut room = if buffered == 0 { usize::MAX } else { self.association.send_room() };
        while let Some(id) = self.refused.pop(&mut self.registry, &mut room) {
            self.events.push(Event::Writable(id));
        }
    }

    fn buffered_low(&mut self, stream: u16) {
        let Some((id, channel)) = self.registry.by_stream_mut(stream) else { return };
        // One that waits to be polled says it all.
        if matches!(channel.state, ChannelState::Open)
            && !core::mem::replace(&mut channel.low_queued, true)
        {
            self.events.push(Event::BufferedAmountLow(id));
        }
    }
}
