//! Which channels there are, and which streams are taken.

use alloc::collections::{BTreeMap, BTreeSet};

use super::{ChannelConfig, ChannelId, Parity};
use crate::limits::MAX_STREAMS;

/// One channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) config: ChannelConfig,
    pub(super) state: ChannelState,
    /// Unknown until our parity is.
    pub(super) stream: Option<u16>,
    pub(super) low_threshold: usize,
    /// An event about low buffered bytes waits to be polled.
    pub(super) low_queued: bool,
    /// The peer opened it, so its label counts against what the peer may make us keep.
    pub(super) incoming: bool,
}

/// How far a channel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChannelState {
    /// The association is not up, or our OPEN is not answered.
    Opening,
    Open,
    /// Which of its two streams are reset.
    Closing {
        outgoing: bool,
        incoming: bool,
    },
}

/// All channels, and streams that are taken without one.
#[derive(Debug, Default)]
pub(super) struct Registry {
    next: u64,
    channels: BTreeMap<ChannelId, Channel>,
    streams: BTreeMap<u16, ChannelId>,
    /// Streams on which the peer did something that made us close them, and whose resets are not
    /// complete: (outgoing done, incoming done).
    refused: BTreeMap<u16, (bool, bool)>,
    waiting: BTreeSet<ChannelId>,
    /// How many of the channels the peer opened.
    incoming: usize,
    incoming_label_bytes: usize,
    /// Channels that are gone and of which events may wait to be polled, with the bytes of the
    /// labels in these.
    closed: BTreeMap<ChannelId, usize>,
    /// Where the search for a free stream starts.
    cursor: u16,
}

impl Registry {
    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    pub(super) fn get(&self, id: ChannelId) -> Option<&Channel> {
        self.channels.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ChannelId) -> Option<&mut Channel> {
        self.channels.get_mut(&id)
    }

    pub(super) fn by_stream(&self, stream: u16) -> Option<(ChannelId, &Channel)> {
        let id = *self.streams.get(&stream)?;
        Some((id, self.channels.get(&id)?))
    }

    pub(super) fn by_stream_mut(&mut self, stream: u16) -> Option<(ChannelId, &mut Channel)> {
        let id = *self.streams.get(&stream)?;
        Some((id, self.channels.get_mut(&id)?))
    }

    pub(super) fn ids(&self) -> alloc::vec::Vec<ChannelId> {
        self.channels.keys().copied().collect()
    }

    /// Whether there is such a channel, or was and its end has not been polled.
    pub(super) fn is_known(&self, id: ChannelId) -> bool {
        self.channels.contains_key(&id) || self.closed.contains_key(&id)
    }

    /// How many of the channels the peer opened.
    pub(super) const fn incoming_count(&self) -> usize {
        self.incoming
    }

    pub(super) const fn incoming_label_bytes(&self) -> usize {
        self.incoming_label_bytes
    }

    /// Whether a stream can get a channel.
    pub(super) fn is_free(&self, stream: u16) -> bool {
        stream < MAX_STREAMS
            && !self.streams.contains_key(&stream)
            && !self.refused.contains_key(&stream)
    }

    /// A free stream of a parity below `streams`.
    pub(super) fn free_stream(&mut self, parity: Parity, streams: u16) -> Option<u16> {
        // The search goes on where the last one ended, so that identifiers come back late and
        // opening all of them costs one round in total.
        let of_parity = usize::from(streams.saturating_sub(parity.first())).div_ceil(2);
        for _ in 0..of_parity {
            let candidate = self.cursor.saturating_mul(2).saturating_add(parity.first());
            let candidate = if candidate < streams && self.cursor < MAX_STREAMS / 2 + 1 {
                self.cursor = self.cursor.saturating_add(1);
                candidate
            } else {
                self.cursor = 1;
                parity.first()
            };
            if self.is_free(candidate) {
                return Some(candidate);
            }
        }
        None
    }

    pub(super) fn insert(&mut self, channel: Channel) -> ChannelId {
        let id = ChannelId(self.next);
        self.next = self.next.saturating_add(1);
        match channel.stream {
            Some(stream) => {
                self.streams.insert(stream, id);
            }
            None => {
                self.waiting.insert(id);
            }
        }
        if channel.incoming {
            self.incoming = self.incoming.saturating_add(1);
            self.incoming_label_bytes =
                self.incoming_label_bytes.saturating_add(label_bytes(&channel.config));
        }
        self.channels.insert(id, channel);
        id
    }

    pub(super) fn remove(&mut self, id: ChannelId) {
        self.waiting.remove(&id);
        let Some(channel) = self.channels.remove(&id) else { return };
        if let Some(stream) = channel.stream {
            self.streams.remove(&stream);
        }
        let mut bytes = 0;
        if channel.incoming {
            self.incoming = self.incoming.saturating_sub(1);
            bytes = label_bytes(&channel.config);
        }
        self.closed.insert(id, bytes);
    }

    /// The owner knows that a channel is gone, so the last copy of its label is out of our hands.
    pub(super) fn forget_closed(&mut self, id: ChannelId) {
        let bytes = self.closed.remove(&id).unwrap_or(0);
        self.incoming_label_bytes = self.incoming_label_bytes.saturating_sub(bytes);
    }

    /// The next channel that waits for a stream.
    pub(super) fn next_waiting(&mut self) -> Option<ChannelId> {
        self.waiting.pop_first()
    }

    pub(super) fn assign(&mut self, id: ChannelId, stream: u16) {
        if let Some(channel) = self.channels.get_mut(&id) {
            channel.stream = Some(stream);
            self.streams.insert(stream, id);
        }
    }

    /// Marks a stream as being closed without a channel; false if it already is.
    pub(super) fn refuse(&mut self, stream: u16) -> bool {
        let new = !self.refused.contains_key(&stream);
        self.refused.entry(stream).or_insert((false, false));
        new
    }

    pub(super) fn is_refused(&self, stream: u16) -> bool {
        self.refused.contains_key(&stream)
    }

    /// One direction of a refused stream was reset.
    pub(super) fn refused_reset(&mut self, stream: u16, outgoing: bool) {
        let Some(done) = self.refused.get_mut(&stream) else { return };
        if outgoing {
            done.0 = true;
        } else {
            done.1 = true;
        }
        if *done == (true, true) {
            self.refused.remove(&stream);
        }
    }

    /// All streams with something on them.
    pub(super) fn used_streams(&self) -> alloc::vec::Vec<u16> {
        self.streams.keys().chain(self.refused.keys()).copied().collect()
    }

    pub(super) fn forget_refused(&mut self) {
        self.refused.clear();
    }
}

pub(super) fn label_bytes(config: &ChannelConfig) -> usize {
    config.label.len().saturating_add(config.protocol.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(stream: Option<u16>) -> Channel {
        Channel {
            config: ChannelConfig::new(""),
            state: ChannelState::Open,
            stream,
            low_threshold: 0,
            low_queued: false,
            incoming: false,
        }
    }

    // adversarial C24
    #[test]
    fn every_stream_of_a_parity_is_found_once() {
        for (parity, count) in [(Parity::Even, 32_768), (Parity::Odd, 32_767)] {
            let mut registry = Registry::default();
            for _ in 0..count {
                let stream = registry.free_stream(parity, MAX_STREAMS).unwrap();
                assert!(parity.has(stream));
                registry.insert(channel(Some(stream)));
            }
            assert_eq!(registry.len(), count);
            assert_eq!(registry.free_stream(parity, MAX_STREAMS), None);
        }
    }

    #[test]
    fn few_streams_are_all_used() {
        let mut registry = Registry::default();
        for expected in [0, 2] {
            let stream = registry.free_stream(Parity::Even, 3);
            assert_eq!(stream, Some(expected));
            registry.insert(channel(stream));
        }
        assert_eq!(registry.free_stream(Parity::Even, 3), None);
        assert_eq!(registry.free_stream(Parity::Odd, 1), None);
        assert_eq!(registry.free_stream(Parity::Even, 0), None);
    }
}
