//! Datagrams in.

use alloc::vec::Vec;

use lariat_base::{Datagram, Instant};

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
        match protocol {
            Protocol::Stun => Ok(()),
            Protocol::Dtls => self.on_dtls(now, datagram.payload),
            Protocol::Rtp => {
                let event = self.media.on_rtp(now, &self.negotiation, datagram.payload)?;
                if let Some(event) = event {
                    self.push_event(event);
                }
                Ok(())
            }
            Protocol::Rtcp => {
                let mut events = Vec::new();
                self.media.on_rtcp(now, datagram.payload, &mut events, &mut self.dropped);
                events.into_iter().for_each(|event| self.push_event(event));
                Ok(())
            }
        }
    }

    fn on_dtls(&mut self, now: Instant, datagram: &[u8]) -> Result<(), Dropped> {
        match &mut self.secure {
            Secure::Unnegotiated { early } => {
                if Secure::keep_early(early, datagram) {
                    Ok(())
                } else {
                    Err(Dropped::EarlyQueueFull)
                }
            }
            Secure::Handshaking { dtls, heard, .. } => {
                *heard = true;
                dtls.handle_datagram(now, datagram);
                Ok(())
            }
            Secure::Waiting { dtls } | Secure::Connected { dtls, .. } => {
                dtls.handle_datagram(now, datagram);
                Ok(())
            }
            Secure::Ended => Err(Dropped::Closed),
        }
    }
}
