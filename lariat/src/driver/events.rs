//! From the peer to handles.

use lariat_base::Instant;
use lariat_peer::{ChannelConfig, ChannelId, MediaKind, TransceiverId};

use super::Driver;
use crate::{Event, Track, limits, queue};

impl Driver {
    pub(super) fn handle_event(&mut self, now: Instant, event: lariat_peer::Event) {
        use lariat_peer::Event as PeerEvent;

        match event {
            PeerEvent::ConnectionState(state) => {
                let event = Event::ConnectionState(state);
                self.emit_latest(event, |old| matches!(old, Event::ConnectionState(_)));
            }
            PeerEvent::SignalingState(state) => {
                let event = Event::SignalingState(state);
                self.emit_latest(event, |old| matches!(old, Event::SignalingState(_)));
            }
            PeerEvent::Failed(reason) => self.emit(Event::Failed(reason)),
            PeerEvent::ChannelOpened(id) => {
                self.channels.opened(id, self.peer.max_message_size());
            }
            PeerEvent::ChannelIncoming(id, config) => {
                if self.has_room_for_a_channel() {
                    self.announce_channel(now, id, config);
                } else {
                    self.peer.pause_channel(id);
                    self.unannounced.insert(id, config);
                    self.announce_channels(now);
                }
            }
            PeerEvent::ChannelMessage { channel, kind, payload } => {
                self.channels.received(&mut self.peer, channel, kind, payload);
            }
            PeerEvent::ChannelClosed(id) => {
                // Messages would have come before this, and made it wait.
                let missed = self.unannounced.remove(&id).is_some();
                self.missed_channels = self.missed_channels.saturating_add(missed.into());
                self.channels.closed(id);
            }
            PeerEvent::ChannelsRefused { limit } => {
                let event = Event::ChannelsRefused { limit };
                self.emit_latest(event, |old| matches!(old, Event::ChannelsRefused { .. }));
            }
            PeerEvent::DataTransportClosed(reason) => {
                self.emit(Event::DataTransportClosed(reason));
            }
            PeerEvent::BufferedAmountLow(id) => self.channels.sent(&mut self.peer, id),
            PeerEvent::Track { transceiver, kind } => self.start_track(transceiver, kind),
            PeerEvent::Rtp { transceiver, packet } => {
                if let Some(packets) = self.tracks.get(&transceiver) {
                    packets.push(packet, limits::TRACK_PACKETS);
                }
            }
            PeerEvent::KeyframeRequested(id) => {
                if let Some(transceiver) = self.transceiver(id) {
                    let event = Event::KeyframeRequested(transceiver);
                    self.emit_latest(
                        event,
                        |old| matches!(old, Event::KeyframeRequested(of) if of.id == id),
                    );
                }
            }
            // The peer may learn to tell more than there is a place for here.
            _ => {}
        }
    }

    fn emit(&self, event: Event) {
        self.events.push(event, usize::MAX);
    }

    /// Emits an event that takes the place of an older one which was not read.
    fn emit_latest(&self, event: Event, is_replaced: impl Fn(&Event) -> bool) {
        self.events.push_latest(event, is_replaced);
    }

    /// Events but those of channels are bounded by their kind: a state, a refusal and a request for
    /// a keyframe take the place of the one before, and a track comes with a description.
    fn has_room_for_a_channel(&self) -> bool {
        self.events.len() < limits::EVENTS && self.unannounced.is_empty()
    }

    /// Announces the channels that waited for room, as far as there is room.
    pub(super) fn announce_channels(&mut self, now: Instant) {
        while let Some((id, config)) = self.unannounced.pop_first() {
            if self.events.len() >= limits::EVENTS {
                self.notices.want_room_for_events();
                // An event may have been taken before anybody knew that it had to be told.
                if self.events.len() >= limits::EVENTS {
                    self.unannounced.insert(id, config);
                    return;
                }
            }
            self.announce_channel(now, id, config);
            self.peer.resume_channel(id);
        }
    }

    fn announce_channel(&mut self, now: Instant, id: ChannelId, config: ChannelConfig) {
        let Some(handle) = self.handle() else { return self.peer.close_channel(now, id) };
        let channel = self.channels.add(id, config, handle);
        self.channels.opened(id, self.peer.max_message_size());
        self.emit(Event::DataChannel(channel));
    }

    /// A track that starts again (its section was renegotiated) is a new track; the old one ends.
    fn start_track(&mut self, id: TransceiverId, kind: MediaKind) {
        let Some(handle) = self.handle() else { return };
        let (sender, packets) = queue::queue();
        self.tracks.insert(id, sender);
        let transceiver = self.transceiver_of(handle, id, kind);
        self.emit(Event::Track(Track::new(transceiver, packets)));
    }
}
