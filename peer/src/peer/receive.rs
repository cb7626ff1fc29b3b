//! Datagrams in.

use lariat_base::{Datagram, Instant};
use lariat_dtls::Authenticity;

use super::{Peer, Secure};
use crate::demux::{Protocol, classify};
use crate::error::Dropped;

impl Peer {
    /// Takes a datagram that arrived.
    pub fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.counters.received(datagram.payload.len());
        if self.is_closed() {
            self.dropped.add(Dropped::Closed);
            return;
        }
        if let Err(reason) = self.route(now, datagram) {
            self.dropped.add(reason);
        }
        self.pump(now);
    }

    fn route(&mut self, now: Instant, datagram: Datagram<'_>) -> Result<(), Dropped> {
        let protocol = classify(datagram.payload).ok_or(Dropped::UnknownProtocol)?;
        if protocol == Protocol::Stun {
            self.ice.handle_datagram(now, datagram);
            return Ok(());
        }
        // rfc8827 §6.5, adversarial I12: data comes over a validated pair or not at all.
        if !self.ice.is_validated(datagram.local, datagram.remote) {
            return Err(Dropped::NotValidated);
        }
        self.path_size.on_datagram(datagram.payload.len());
        match protocol {
            Protocol::Stun => Ok(()),
            Protocol::Dtls => self.on_dtls(now, datagram),
            Protocol::Rtp => {
                let event = self.media.on_rtp(now, &self.negotiation, datagram.payload);
                if let Some(event) = event {
                    self.ice.on_traffic(now, datagram.local, datagram.remote);
                    self.push_event(event);
                }
                Ok(())
            }
            Protocol::Rtcp => {
                let events = self.media.on_rtcp(now, datagram.payload);
                self.push_events(events);
                Ok(())
            }
        }
    }

    fn on_dtls(&mut self, now: Instant, datagram: Datagram<'_>) -> Result<(), Dropped> {
        match &mut self.secure {
            Secure::Unnegotiated { early } => {
                if Secure::keep_early(early, datagram.payload) {
                    Ok(())
                } else {
                    Err(Dropped::EarlyQueueFull)
                }
            }
            Secure::Waiting { dtls }
            | Secure::Handshaking { dtls, .. }
            | Secure::Connected { dtls, .. } => {
                // Only what is the peer's own says that the path still works.
                if dtls.handle_datagram(now, datagram.payload) >= Authenticity::Authentic {
                    self.ice.on_traffic(now, datagram.local, datagram.remote);
                }
                Ok(())
            }
            Secure::Ended => Err(Dropped::Closed),
        }
    }
}
