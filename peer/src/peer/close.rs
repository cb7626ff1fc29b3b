//! The end, in order or not.

use alloc::vec::Vec;

use lariat_base::Instant;

use super::{Peer, Secure};
use crate::error::FailureReason;
use crate::{ConnectionState, Event, SignalingState};

impl Peer {
    /// Ends the connection: the association is aborted, media says goodbye, and DTLS closes. What
    /// that gives to send is had from [`poll_transmit`](Self::poll_transmit) as always. Closing
    /// again does nothing.
    pub fn close(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        self.channels.abort(now);
        let (ntp, ssrc) = (self.ntp(now), self.report_ssrc());
        let cname = self.negotiation.cname();
        self.media.send_goodbye(now, ntp, cname, ssrc, &mut self.dropped);
        self.queue_farewell(now);
        self.end(ConnectionState::Closed);
    }

    /// Seals what is left to say while there are keys and a path.
    fn queue_farewell(&mut self, now: Instant) {
        let Some(pair) = self.ice.selected_pair() else { return };
        let mut farewell = Vec::new();
        loop {
            let mut datagram = Vec::new();
            if self.next_over_pair(now, &mut datagram).is_none() {
                break;
            }
            farewell.push(datagram);
        }
        if let Some(dtls) = self.secure.dtls_mut() {
            dtls.close();
            let mut datagram = Vec::new();
            while dtls.poll_transmit(&mut datagram).is_some() {
                farewell.push(core::mem::take(&mut datagram));
            }
        }
        self.farewell.extend(farewell.into_iter().map(|datagram| (pair, datagram)));
    }

    pub(super) fn close_by_peer(&mut self) {
        if !self.is_closed() {
            self.end(ConnectionState::Closed);
        }
    }

    pub(super) fn fail(&mut self, reason: FailureReason) {
        if self.is_closed() {
            return;
        }
        // What DTLS still has to say is the alert that tells the other side.
        if let (Some(pair), Some(dtls)) = (self.ice.selected_pair(), self.secure.dtls_mut()) {
            let mut datagram = Vec::new();
            while dtls.poll_transmit(&mut datagram).is_some() {
                self.farewell.push_back((pair, core::mem::take(&mut datagram)));
            }
        }
        self.push_event(Event::Failed(reason));
        self.end(ConnectionState::Failed);
    }

    fn end(&mut self, state: ConnectionState) {
        self.secure = Secure::Ended;
        self.ice.close();
        self.negotiation.close();
        self.set_state(state);
        self.push_event(Event::SignalingState(SignalingState::Closed));
    }
}
