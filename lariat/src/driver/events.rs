//! From the peer to handles.

use lariat_base::Instant;
use lariat_peer::limits::PACKET_BUFFER;
use lariat_peer::{MediaKind, RtpPacket, TransceiverId};

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
            PeerEvent::TrackMuted(id) => self.emit_of(id, Event::TrackMuted),
            PeerEvent::TrackUnmuted(id) => self.emit_of(id, Event::TrackUnmuted),
            // Dropping its end of the queue ends it once its packets are read.
            PeerEvent::TrackEnded(id) => drop(self.tracks.remove(&id)),
            PeerEvent::Rtp { transceiver, packet } => {
                if let Some(packets) = self.tracks.get(&transceiver) {
                    packets.push(packet, limits::TRACK_PACKETS);
                }
            }
            PeerEvent::KeyframeRequested(id) => self.emit_of(id, Event::KeyframeRequested),
            // The peer may learn to tell more than there is a place for here.
            _ => {}
        }
    }

    fn emit(&self, event: Event) {
        self.events.push(event, limits::EVENTS);
    }

    /// An event of a transceiver, if there still is one.
    fn emit_of(&self, id: TransceiverId, event: fn(Transceiver) -> Event) {
        if let Some(transceiver) = self.transceiver(id) {
            self.emit(event(transceiver));
        }
    }

    fn start_track(&mut self, id: TransceiverId, kind: MediaKind) {
        let Some(handle) = self.handle() else { return };
        let (sender, packets) = queue::weighed(weight, limits::TRACK_BYTES);
        self.tracks.insert(id, sender);
        self.emit(Event::Track(Track::new(Transceiver { handle, id, kind }, packets)));
    }
}

/// How much memory a packet keeps.
fn weight(packet: &RtpPacket) -> usize {
    packet.payload.len().max(PACKET_BUFFER)
}
