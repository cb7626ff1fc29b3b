//! The end, in order or not.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use lariat_base::Instant;
use lariat_ice::{FailureReason as IceFailure, SelectedPair};

use super::report::reporter;
use super::{DataState, Peer, Secure};
use crate::error::FailureReason;
use crate::{ConnectionState, Event, SignalingState};

impl Peer {
    /// Closes the connection. What data channels have accepted is delivered first, for at most
    /// [`Config::close_timeout`](crate::Config::close_timeout); then the association shuts down,
    /// media says goodbye, and DTLS closes. [`is_closed`](Self::is_closed) says when that is done.
    ///
    /// Until then the owner goes on with the [run loop](crate), no command is accepted, and what
    /// the other side still sends on data channels is dropped. Closing again changes nothing.
    ///
    /// The W3C's `close()` delivers nothing: that is [`abort`](Self::abort).
    pub fn close(&mut self, now: Instant) {
        if self.is_closed() || self.close_deadline.is_some() {
            return;
        }
        if self.data != DataState::Started || self.channels.is_closed() {
            return self.abort(now);
        }
        self.close_deadline = Some(now + self.config.close_timeout);
        // rfc9260 §9.2: what was accepted is delivered, and then both sides shut down.
        self.channels.shutdown(now);
        self.pump(now);
    }

    /// Whether a [`close`](Self::close) is under way.
    pub const fn is_closing(&self) -> bool {
        self.close_deadline.is_some()
    }

    /// Ends the connection at once: the association is aborted with what it has not delivered,
    /// media says goodbye, and DTLS closes. What that gives to send is had from
    /// [`poll_transmit`](Self::poll_transmit) as always. On a closed peer it does nothing.
    pub fn abort(&mut self, now: Instant) {
        if self.is_closed() {
            return;
        }
        self.channels.abort(now);
        self.finish_close(now);
    }

    /// Goes on with a close that was asked for, as far as it can be by now.
    pub(super) fn continue_close(&mut self, now: Instant) {
        if self.close_deadline.is_none() || self.is_closed() {
            return;
        }
        self.discard_messages();
        if self.channels.is_closed() {
            self.finish_close(now);
        }
    }

    /// The association is over, one way or the other, and the rest follows.
    fn finish_close(&mut self, now: Instant) {
        let reporter = reporter(&self.config, &self.negotiation, now);
        self.media.send_goodbye(now, reporter, &mut self.dropped);
        let pair = self.ice.selected_pair(now);
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

    /// Ends what has waited for too long.
    pub(super) fn end_waits(&mut self, now: Instant) {
        let is_due = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now);
        if is_due(self.close_deadline) {
            self.abort(now);
        }
        if is_due(self.handshake_deadline) {
            let heard = self.secure.was_heard();
            self.fail(now, FailureReason::HandshakeTimeout { heard });
        }
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
        self.queue_alerts(self.ice.selected_pair(now));
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
        self.queue_alerts(self.ice.selected_pair(now));
        self.push_event(Event::Failed(reason));
        self.end(now, ConnectionState::Failed);
    }

    fn end(&mut self, now: Instant, state: ConnectionState) {
        self.secure = Secure::Ended;
        self.close_deadline = None;
        self.handshake_deadline = None;
        self.ice.close();
        self.negotiation.close();
        self.media.end();
        // Whoever was told that a channel is open is told that it is not.
        self.channels.abort(now);
        self.set_state(state);
        self.push_event(Event::SignalingState(SignalingState::Closed));
    }
}
