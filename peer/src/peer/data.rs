//! Data channels: commands on them, and what they have to say.

use bytes::Bytes;
use lariat_base::Instant;
use lariat_dtls::Role;
use lariat_sctp::{ChannelConfig, ChannelId, Event as SctpEvent, MessageKind, Parity, SendError};

use super::{DataState, Peer, Secure};
use crate::error::Dropped;
use crate::limits::{MAX_DATA_RETRANSMITS, MAX_DATA_RTO};
use crate::{Config, Error, Event};

/// A place in the order in which data was sent; see [`Peer::sent_mark`].
///
/// ```
/// fn is_delivered(peer: &lariat_peer::Peer, mark: lariat_peer::SentMark) -> bool {
///     peer.is_acknowledged(mark)
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SentMark(u64);

impl Peer {
    /// Opens a data channel. It can be used after [`Event::ChannelOpened`]; the first one needs a
    /// negotiation.
    ///
    /// # Errors
    /// [`Error::Closed`], [`Error::Channel`] if the label or protocol is too long or there are too
    /// many, or [`Error::TooManyTransceivers`] if there is no section left for the first one.
    pub fn create_data_channel(
        &mut self,
        now: Instant,
        config: ChannelConfig,
    ) -> Result<ChannelId, Error> {
        self.check_open()?;
        self.negotiation.check_room_for_data()?;
        let id = self.channels.open(now, config).map_err(Error::Channel)?;
        self.negotiation.want_data();
        self.pump(now);
        Ok(id)
    }

    /// Sends a message. Text must be valid UTF-8.
    ///
    /// # Errors
    /// [`SendError`] says why not; [`SendError::WouldBlock`] passes, and
    /// [`Event::BufferedAmountLow`] says when.
    pub fn send(
        &mut self,
        now: Instant,
        channel: ChannelId,
        kind: MessageKind,
        payload: Bytes,
    ) -> Result<(), SendError> {
        self.check_open().map_err(|_| SendError::Closed)?;
        self.channels.send(now, channel, kind, payload)?;
        self.pump(now);
        Ok(())
    }

    /// The longest message that the other side takes, in bytes, as far as is known.
    pub const fn max_message_size(&self) -> usize {
        self.max_message_size
    }

    /// How many bytes wait to be sent on a channel.
    pub fn buffered_amount(&self, channel: ChannelId) -> usize {
        self.channels.buffered_amount(channel)
    }

    /// Marks what was sent so far on all data channels, which does not include what is
    /// [buffered](Self::buffered_amount), and asks the other side to acknowledge it without delay.
    pub fn sent_mark(&mut self) -> SentMark {
        self.channels.request_acknowledgement();
        SentMark(self.channels.stats().newest_chunk)
    }

    /// Whether the other side has acknowledged everything that was sent before a mark.
    pub fn is_acknowledged(&self, mark: SentMark) -> bool {
        self.channels.stats().acknowledged_chunk >= mark.0
    }

    /// At how many waiting bytes [`Event::BufferedAmountLow`] comes.
    pub fn set_buffered_amount_low_threshold(&mut self, channel: ChannelId, threshold: usize) {
        self.channels.set_buffered_amount_low_threshold(channel, threshold);
    }

    /// Keeps a channel's messages in the association until it is resumed. They count against the
    /// window that the other side is given; everything else goes on. The channel's
    /// [`Event::ChannelClosed`] comes after them.
    pub fn pause_channel(&mut self, channel: ChannelId) {
        if self.close_deadline.is_none() {
            self.channels.pause(channel);
            self.paused.insert(channel);
        }
    }

    /// Hands out the messages of a paused channel again.
    pub fn resume_channel(&mut self, channel: ChannelId) {
        if self.paused.remove(&channel) {
            self.channels.resume(channel);
        }
    }

    /// Closes a channel, after what waits on it is sent.
    pub fn close_channel(&mut self, now: Instant, channel: ChannelId) {
        self.channels.close(now, channel);
        self.pump(now);
    }

    /// Data channels start when they are negotiated and there is something to carry them.
    pub(super) fn start_data(&mut self, now: Instant) {
        if let (DataState::Agreed, Secure::Connected { role, .. }) = (self.data, &self.secure) {
            // rfc8832 §6: the DTLS client opens even streams.
            let parity = match role {
                Role::Client => Parity::Even,
                Role::Server => Parity::Odd,
            };
            self.data = DataState::Started;
            self.channels.connect(now, parity);
        }
    }

    /// Takes a packet of SCTP out of DTLS.
    pub(super) fn on_data(&mut self, now: Instant, data: Bytes) {
        // The other side's first packet may have come in the datagram that ended the handshake.
        self.start_data(now);
        if self.data == DataState::Started {
            self.channels.handle_datagram(now, data);
        } else {
            self.dropped.add(Dropped::NoDataChannels);
        }
    }

    /// The next thing that the channels have to say.
    pub(super) fn poll_channels(&mut self) -> Option<Event> {
        loop {
            let event = match self.channels.poll_event()? {
                SctpEvent::ChannelOpened(id) => Event::ChannelOpened(id),
                SctpEvent::ChannelIncoming(id, config) => Event::ChannelIncoming(id, config),
                SctpEvent::Message { channel, kind, payload } => {
                    Event::ChannelMessage { channel, kind, payload }
                }
                SctpEvent::BufferedAmountLow(id) => Event::BufferedAmountLow(id),
                SctpEvent::ChannelClosed(id) => {
                    self.paused.remove(&id);
                    Event::ChannelClosed(id)
                }
                SctpEvent::IncomingRefused { limit } => Event::ChannelsRefused { limit },
                // The transport lives on for media.
                SctpEvent::Closed(reason) => Event::DataTransportClosed(reason),
                _ => continue,
            };
            return Some(event);
        }
    }

    /// While the connection closes nobody reads, and what the other side still sends would fill the
    /// window in which its end of the shutdown has to come through.
    pub(super) fn discard_messages(&mut self) {
        while let Some(id) = self.paused.pop_first() {
            self.channels.resume(id);
        }
        while let Some(event) = self.poll_channels() {
            match event {
                Event::ChannelMessage { .. } => self.dropped.add(Dropped::Closed),
                event => self.push_event(event),
            }
        }
    }
}

pub(super) fn sctp_config(config: &Config) -> lariat_sctp::Config {
    lariat_sctp::Config {
        max_message_size: config.max_message_size,
        max_incoming_channels: config.max_incoming_channels,
        // Whether the other side is there is mostly for ICE to say (rfc7675): an association that
        // soon counted its timeouts out would give up a path that is bad and alive. For the same
        // reason it need not wait a minute between two attempts. But it does not ask for ever.
        max_retransmits: MAX_DATA_RETRANSMITS,
        // The time for it is limited.
        max_init_retransmits: u32::MAX,
        rto_max: MAX_DATA_RTO,
        ..lariat_sctp::Config::default()
    }
}
