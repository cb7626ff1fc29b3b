//! The end, in order or not.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use lariat_base::Instant;
use lariat_ice::{FailureReason as IceFailure, SelectedPair};

use super::report::reporter;
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
        let reporter = reporter(&self.config, &self.negotiation, now);
        self.media.send_goodbye(now, reporter);
        let pair = self.ice.selected_pair();
        if let Some(pair) = pair {
            let mut datagram = Vec::new();
            while self.next_over_pair(now, &mut datagram).is_some() {
                self.farewell.push_back((pair, core::mem::take(&mut datagram)));
            }
        }
        if let Some(dtls) = self.secure.dtls_mut() {
            dtls.close();
        }
        self.queue_alerts(pair);
        self.end(now, ConnectionState::Closed);
    }

    /// What DTLS still has to say is that it ends, and why.
    fn queue_alerts(&mut self, pair: Option<SelectedPair>) {
        let (Some(pair), Some(dtls)) = (pair, self.secure.dtls_mut()) else { return };
        let mut datagram = Vec::new();
        while dtls.poll_transmit(&mut datagram).is_some() {
            self.farewell.push_back((pair, core::mem::take(&mut datagram)));
        }
    }

    pub(super) fn close_by_peer(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        // rfc5246 §7.2.1: their close_notify is answered with ours.
        self.queue_alerts(self.ice.selected_pair());
        self.end(now, ConnectionState::Closed);
    }

    pub(super) fn fail_by_ice(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        let reason = self.ice.failure().unwrap_or(IceFailure::ConsentExpired);
        let explanation = self.ice.explain().to_string().into();
        // rfc7675 §5.1: without consent nothing more is sent, not even what was made before.
        self.held = None;
        self.fail(now, FailureReason::Ice { reason, explanation });
    }

    pub(super) fn fail(&mut self, now: Instant, reason: FailureReason) {
        if self.is_closed() {
            return;
        }
        self.queue_alerts(self.ice.selected_pair());
        self.push_event(Event::Failed(reason));
        self.end(now, ConnectionState::Failed);
    }

    fn end(&mut self, now: Instant, state: ConnectionState) {
        self.secure = Secure::Ended;
        self.ice.close();
        self.negotiation.close();
        let ended = self.media.end();
        self.push_events(ended);
        // Whoever was told that a channel is open is told that it is not.
        self.channels.abort(now);
        self.drain_channels();
        self.set_state(state);
        self.push_event(Event::SignalingState(SignalingState::Closed));
    }
}
