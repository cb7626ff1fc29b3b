//! From the peer to handles.

use lariat_base::Instant;
use lariat_peer::{MediaKind, TransceiverId};

use super::Driver;
use crate::{Event, Track, Transceiver, limits, queue};

impl Driver {
    pub(super) fn handle_event(&mut self, now: Instant, event: lariat_peer::Event) {
        use lariat_peer::Event as PeerEvent;

        match event {
            PeerEvent::ConnectionState(state) => self.emit(Event::ConnectionState(state)),
            PeerEvent::SignalingState(state) => self.emit(Event::SignalingState(state)),
            PeerEvent::Failed(reason) => self.emit(Event::Failed(reason)),
            PeerEvent::ChannelOpened(id) => {
                self.channels.opened(id, self.peer.max_message_size());
            }
            PeerEvent::ChannelIncoming(id, config) => match self.handle() {
                Some(handle) => {
                    let channel = self.channels.add(id, config, handle);
                    self.channels.opened(id, self.peer.max_message_size());
                    self.emit(Event::DataChannel(channel));
                }
                None => self.peer.close_channel(now, id),
            },
            PeerEvent::ChannelMessage { channel, kind, payload } => {
                self.channels.message(channel, kind, payload);
            }
            PeerEvent::ChannelClosed(id) => self.channels.closed(id),
            // Room is given back after everything that is sent, which is sooner.
            PeerEvent::BufferedAmountLow(_) => {}
            PeerEvent::Track { transceiver, kind } => self.start_track(transceiver, kind),
            PeerEvent::Rtp { transceiver, packet } => {
                if let Some(packets) = self.tracks.get(&transceiver) {
                    packets.push(packet, limits::TRACK_PACKETS);
                }
            }
            PeerEvent::KeyframeRequested(id) => {
                if let Some(transceiver) = self.transceiver(id) {
                    self.emit(Event::KeyframeRequested(transceiver));
                }
            }
            // The peer may learn to tell more than there is a place for here.
            _ => {}
        }
    }

    fn emit(&self, event: Event) {
        self.events.push(event, limits::EVENTS);
    }

    /// A track that starts again (its section was renegotiated) is a new track; the old one ends.
    fn start_track(&mut self, id: TransceiverId, kind: MediaKind) {
        let Some(handle) = self.handle() else { return };
        let (sender, packets) = queue::queue();
        self.tracks.insert(id, sender);
        self.emit(Event::Track(Track::new(Transceiver { handle, id, kind }, packets)));
    }
}
