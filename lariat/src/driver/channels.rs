//! The task's side of data channels.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use lariat_base::Instant;
use lariat_peer::{ChannelConfig, ChannelId, MessageKind, Peer, SendError};

use crate::command::Handle;
use crate::data_channel::{Flow, Received, Room, cost};
use crate::{DataChannel, Message, queue};

/// All channels that are not closed.
pub(crate) struct Channels {
    channels: BTreeMap<ChannelId, Channel>,
    /// Those that hold bytes: only these need a look when something was sent.
    busy: BTreeSet<ChannelId>,
    flow: Arc<Flow>,
}

struct Channel {
    room: Arc<Room>,
    messages: queue::Sender<Received>,
    /// Messages that the peer has no room for yet.
    waiting: VecDeque<(MessageKind, Bytes)>,
    /// The room taken by messages that the peer has.
    in_peer: usize,
    /// Close once `waiting` is empty.
    closing: bool,
}

impl Channels {
    pub(crate) fn new(flow: Arc<Flow>) -> Self {
        Self { channels: BTreeMap::new(), busy: BTreeSet::new(), flow }
    }

    /// Adds a channel that the peer knows already, and makes its handle.
    pub(crate) fn add(
        &mut self,
        id: ChannelId,
        config: ChannelConfig,
        handle: Handle,
    ) -> DataChannel {
        let room = Arc::new(Room::new());
        let (messages, receiver) = queue::queue();
        let channel = Channel {
            room: Arc::clone(&room),
            messages,
            waiting: VecDeque::new(),
            in_peer: 0,
            closing: false,
        };
        self.channels.insert(id, channel);
        DataChannel::new(id, config, handle, room, receiver, Arc::clone(&self.flow))
    }

    pub(crate) fn opened(&self, id: ChannelId, max_message_size: usize) {
        if let Some(channel) = self.channels.get(&id) {
            channel.room.open(max_message_size);
        }
    }

    pub(crate) fn closed(&mut self, id: ChannelId) {
        self.busy.remove(&id);
        // Dropping it closes its room and ends its messages.
        self.channels.remove(&id);
    }

    pub(crate) fn message(&self, id: ChannelId, kind: MessageKind, payload: Bytes) {
        if let Some(channel) = self.channels.get(&id) {
            let received = Received::new(Message::from_parts(kind, payload), &self.flow);
            // The connection's limit bounds the queue: see `Flow::is_full`.
            channel.messages.push(received, usize::MAX);
        }
    }

    pub(crate) fn send(
        &mut self,
        now: Instant,
        peer: &mut Peer,
        id: ChannelId,
        kind: MessageKind,
        payload: Bytes,
    ) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        channel.waiting.push_back((kind, payload));
        channel.fill(now, peer, id);
        self.busy.insert(id);
    }

    pub(crate) fn close(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        let Some(channel) = self.channels.get_mut(&id) else { return };
        channel.closing = true;
        channel.fill(now, peer, id);
    }

    /// The channels that nobody holds any more.
    pub(crate) fn abandoned(&self) -> Vec<ChannelId> {
        let is_abandoned = |channel: &Channel| !channel.closing && channel.messages.is_abandoned();
        self.channels
            .iter()
            .filter(|(_, channel)| is_abandoned(channel))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Gives back the room of what has left, and hands over what waits; true if the peer got
    /// something.
    pub(crate) fn refill(&mut self, now: Instant, peer: &mut Peer) -> bool {
        let mut handed_over = false;
        let channels = &mut self.channels;
        self.busy.retain(|id| {
            let Some(channel) = channels.get_mut(id) else { return false };
            channel.settle(peer.buffered_amount(*id));
            handed_over |= channel.fill(now, peer, *id);
            channel.in_peer > 0 || !channel.waiting.is_empty()
        });
        handed_over
    }
}

impl Channel {
    /// The peer has `buffered` bytes left to send: the room of all others is free again.
    fn settle(&mut self, buffered: usize) {
        let left = self.in_peer.min(if buffered == 0 { 0 } else { cost(buffered) });
        self.room.give_back(self.in_peer.saturating_sub(left));
        self.in_peer = left;
    }

    /// Hands over waiting messages until the peer has no room; true if there was one.
    fn fill(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) -> bool {
        let mut handed_over = false;
        while let Some((kind, payload)) = self.waiting.front() {
            match peer.send(now, id, *kind, payload.clone()) {
                Err(SendError::WouldBlock { .. }) => break,
                Ok(()) => {
                    self.in_peer = self.in_peer.saturating_add(cost(payload.len()));
                    handed_over = true;
                }
                // Checked before it was accepted, so the channel has begun to close: its messages
                // can no longer arrive, as those still in flight may not either.
                Err(_) => self.room.give_back(cost(payload.len())),
            }
            self.waiting.pop_front();
        }
        if self.closing && self.waiting.is_empty() {
            peer.close_channel(now, id);
        }
        handed_over
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.room.close();
    }
}
