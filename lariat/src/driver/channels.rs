//! The task's side of data channels.
//!
//! What a turn costs here is what changed: nothing walks over the channels. The peer tells when
//! bytes of a channel have left, handles tell when they were read or dropped, and channels that the
//! association had no room for stand in line.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use lariat_base::Instant;
use lariat_peer::{ChannelConfig, ChannelId, MessageKind, Peer, SendError};

use crate::command::Handle;
use crate::data_channel::{ReceiveCredit, Received, SendCredit, cost};
use crate::notices::Notices;
use crate::{DataChannel, Message, limits, queue};

/// All channels that are not closed.
pub(crate) struct Channels {
    channels: BTreeMap<ChannelId, Channel>,
    /// Channels with messages that the association had no room for; the first has waited longest.
    refused: VecDeque<ChannelId>,
    notices: Arc<Notices>,
    /// How often a channel was looked at.
    #[cfg(test)]
    visits: usize,
}

struct Channel {
    send_credit: Arc<SendCredit>,
    receive_credit: Arc<ReceiveCredit>,
    messages: queue::Sender<Received>,
    /// Messages that the association has no room for yet.
    waiting: VecDeque<(MessageKind, Bytes)>,
    /// What the messages that the peer has were charged, as far as it was not given back.
    in_peer: usize,
    /// At how many bytes that have not left the peer tells.
    threshold: usize,
    /// Bytes of all messages that were accepted so far.
    accepted: u64,
    /// Bytes of those that the peer got.
    handed_over: u64,
    /// It stands in line for room in the association.
    refused: bool,
    /// Messages stay in the association until the reader has made room.
    paused: bool,
    /// Close once `waiting` is empty.
    closing: bool,
}

impl Channels {
    pub(crate) fn new(notices: Arc<Notices>) -> Self {
        Self {
            channels: BTreeMap::new(),
            refused: VecDeque::new(),
            notices,
            #[cfg(test)]
            visits: 0,
        }
    }

    fn channel(&mut self, id: ChannelId) -> Option<&mut Channel> {
        #[cfg(test)]
        {
            self.visits += 1;
        }
        self.channels.get_mut(&id)
    }

    /// Adds a channel that the peer knows already, and makes its handle.
    pub(crate) fn add(
        &mut self,
        id: ChannelId,
        config: ChannelConfig,
        handle: Handle,
    ) -> DataChannel {
        let send_credit = Arc::new(SendCredit::new());
        let receive_credit = Arc::new(ReceiveCredit::new(id, Arc::clone(&self.notices)));
        let (messages, receiver) = queue::queue();
        let channel = Channel {
            send_credit: Arc::clone(&send_credit),
            receive_credit,
            messages,
            waiting: VecDeque::new(),
            in_peer: 0,
            threshold: 0,
            accepted: 0,
            handed_over: 0,
            refused: false,
            paused: false,
            closing: false,
        };
        self.channels.insert(id, channel);
        DataChannel::new(id, config, handle, send_credit, receiver, Arc::clone(&self.notices))
    }

    pub(crate) fn opened(&mut self, id: ChannelId, max_message_size: usize) {
        if let Some(channel) = self.channel(id) {
            channel.send_credit.open(max_message_size);
        }
    }

    pub(crate) fn closed(&mut self, id: ChannelId) {
        // Dropping it closes its credit and ends its messages.
        self.channels.remove(&id);
    }

    /// Hands a message to its reader, and pauses the channel if that was its share.
    pub(crate) fn received(
        &mut self,
        peer: &mut Peer,
        id: ChannelId,
        kind: MessageKind,
        payload: Bytes,
    ) {
        let Some(channel) = self.channel(id) else { return };
        let received = Received::new(Message::from_parts(kind, payload), &channel.receive_credit);
        // Its credit bounds the queue.
        channel.messages.push(received, usize::MAX);
        if channel.receive_credit.pause_if_full() {
            channel.paused = true;
            peer.pause_channel(id);
        }
    }

    /// The reader of a paused channel has made room.
    pub(crate) fn read(&mut self, peer: &mut Peer, id: ChannelId) {
        if let Some(channel) = self.channel(id) {
            channel.paused = false;
            peer.resume_channel(id);
        }
    }

    /// Hands out whatever paused channels have in the association; true if there are any.
    pub(crate) fn resume_all(&mut self, peer: &mut Peer) -> bool {
        let mut any = false;
        for (id, channel) in &mut self.channels {
            if std::mem::take(&mut channel.paused) {
                peer.resume_channel(*id);
                any = true;
            }
        }
        any
    }

    pub(crate) fn send(
        &mut self,
        now: Instant,
        peer: &mut Peer,
        id: ChannelId,
        kind: MessageKind,
        payload: Bytes,
    ) {
        let Some(channel) = self.channel(id) else { return };
        channel.accepted = channel.accepted.saturating_add(length(&payload));
        channel.waiting.push_back((kind, payload));
        if !channel.refused && channel.fill(now, peer, id) {
            self.refused.push_back(id);
        }
    }

    pub(crate) fn close(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        let Some(channel) = self.channel(id) else { return };
        channel.closing = true;
        if channel.waiting.is_empty() {
            peer.close_channel(now, id);
        }
    }

    /// Nobody holds the channel any more.
    pub(crate) fn dropped(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) {
        // What still comes has no reader, and must not stay in the window.
        self.read(peer, id);
        self.close(now, peer, id);
    }

    /// Accepts no more messages on any channel.
    pub(crate) fn stop_accepting(&self) {
        self.channels.values().for_each(|channel| channel.send_credit.close());
    }

    /// Whether messages wait for room in the association.
    pub(crate) fn has_waiting(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Bytes of a channel have left: gives back what they were charged, and asks to be told of the
    /// next.
    pub(crate) fn sent(&mut self, peer: &mut Peer, id: ChannelId) {
        if let Some(channel) = self.channel(id) {
            channel.settle(peer.buffered_amount(id));
            channel.set_threshold(peer, id);
        }
    }

    /// Hands over what waits for room in the association, in the order in which it was refused;
    /// true if the peer got something.
    pub(crate) fn retry(&mut self, now: Instant, peer: &mut Peer) -> bool {
        let mut any = false;
        while let Some(id) = self.refused.pop_front() {
            let Some(channel) = self.channel(id) else { continue };
            let before = channel.handed_over;
            let is_refused = channel.fill(now, peer, id);
            any |= channel.handed_over > before;
            if is_refused {
                self.refused.push_front(id);
                break;
            }
        }
        any
    }

    /// What has been accepted and not been sent: each channel, and how many bytes of it have to be
    /// sent before that is done. Of one channel, or of all.
    pub(crate) fn unsent(&self, peer: &Peer, only: Option<ChannelId>) -> Vec<(ChannelId, u64)> {
        let channels = self.channels.iter().filter(|(id, _)| only.is_none_or(|only| only == **id));
        channels
            .filter(|(id, channel)| channel.sent(peer, **id) < channel.accepted)
            .map(|(id, channel)| (*id, channel.accepted))
            .collect()
    }

    /// Bytes of a channel that have been sent; `None` if there is no such channel.
    pub(crate) fn sent_bytes(&self, peer: &Peer, id: ChannelId) -> Option<u64> {
        self.channels.get(&id).map(|channel| channel.sent(peer, id))
    }
}

/// On the wire an empty message has one byte.
fn length(payload: &Bytes) -> u64 {
    payload.len().max(1) as u64
}

impl Channel {
    fn sent(&self, peer: &Peer, id: ChannelId) -> u64 {
        self.handed_over.saturating_sub(peer.buffered_amount(id) as u64)
    }

    /// The peer has `buffered` bytes left to send: the credit for all others is free again.
    fn settle(&mut self, buffered: usize) {
        let left = self.in_peer.min(if buffered == 0 { 0 } else { cost(buffered) });
        self.send_credit.give_back(self.in_peer.saturating_sub(left));
        self.in_peer = left;
    }

    /// Lets the peer tell when the next [`limits::SENT_STEP`] bytes have left.
    fn set_threshold(&mut self, peer: &mut Peer, id: ChannelId) {
        let threshold = peer.buffered_amount(id).saturating_sub(limits::SENT_STEP);
        if threshold != self.threshold {
            self.threshold = threshold;
            peer.set_buffered_amount_low_threshold(id, threshold);
        }
    }

    /// Hands over waiting messages; true if the association has no room for the next one.
    fn fill(&mut self, now: Instant, peer: &mut Peer, id: ChannelId) -> bool {
        self.refused = false;
        while let Some((kind, payload)) = self.waiting.front() {
            match peer.send(now, id, *kind, payload.clone()) {
                Err(SendError::WouldBlock { .. }) => {
                    self.refused = true;
                    break;
                }
                Ok(()) => self.in_peer = self.in_peer.saturating_add(cost(payload.len())),
                // Checked before it was accepted, so the channel has begun to close: its messages
                // can no longer arrive, as those still in flight may not either.
                Err(_) => self.send_credit.give_back(cost(payload.len())),
            }
            self.handed_over = self.handed_over.saturating_add(length(payload));
            self.waiting.pop_front();
        }
        // No more than `in_peer` can be buffered, which is known without asking.
        let high = self.threshold.saturating_add(2 * limits::SENT_STEP);
        if self.in_peer >= high && peer.buffered_amount(id) >= high {
            self.set_threshold(peer, id);
        }
        if self.closing && self.waiting.is_empty() {
            peer.close_channel(now, id);
        }
        self.refused
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.send_credit.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::tests::{handle, peer};
    use crate::notices::Notice;

    const NOW: Instant = Instant::ZERO;

    /// So many channels, which are not open, and their handles.
    fn many(peer: &mut Peer, count: usize) -> (Channels, Vec<DataChannel>, Arc<Notices>) {
        let notices = Arc::new(Notices::default());
        let mut channels = Channels::new(Arc::clone(&notices));
        let (handle, _commands, _media) = handle();
        let handles = (0..count)
            .map(|_| {
                let config = ChannelConfig::new("");
                let id = peer.create_data_channel(NOW, config.clone()).unwrap();
                channels.add(id, config, handle.clone())
            })
            .collect();
        (channels, handles, notices)
    }

    // A peer may open tens of thousands of channels and then send junk.
    #[test]
    fn a_turn_looks_only_at_channels_where_something_changed() {
        let mut peer = peer();
        let (mut channels, mut handles, notices) = many(&mut peer, 32_767);
        channels.retry(NOW, &mut peer);
        assert_eq!(notices.take(), []);
        assert_eq!(channels.visits, 0);
        handles.pop();
        let [Notice::Dropped(id)] = notices.take()[..] else { panic!("one handle was dropped") };
        channels.dropped(NOW, &mut peer, id);
        assert!(channels.visits <= 3, "{} visits", channels.visits);
    }
}
