//! Reasons to fail that anybody may have given us.
//!
//! A message or an alert without protection may be forged. So a handshake that should fail because
//! of one goes on for [`limits::DOUBT`]: a genuine peer says within that time once more what it has
//! to say, and what fits is taken. If nothing does, the handshake fails for the first reason.

use lariat_base::Instant;

use super::handshaking::Handshaking;
use crate::alert::AlertDescription;
use crate::error::FailureReason;
use crate::limits;

/// Why we should fail, and until when something better may come.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) reason: FailureReason,
    /// The message that was refused, or that was due when the alert came. It is over once that one,
    /// or a later one, is taken.
    message_seq: u16,
    /// When it was found.
    since: Instant,
    /// None as long as a single datagram may have been the only one: to a server that has answered
    /// nothing yet.
    until: Option<Instant>,
}

impl Handshaking {
    /// A message was not what it should be.
    pub(super) fn refuse(&mut self, now: Instant, reason: FailureReason) {
        self.tries.spend();
        let message_seq = self.reassembly.next_seq();
        let is_answer = self.branch.sent.is_some();
        let doubt = self.doubt.get_or_insert_with(|| {
            let until = is_answer.then(|| now + limits::DOUBT);
            Doubt { reason, message_seq, since: now, until }
        });
        // What we have found ourselves says more than an alert.
        if matches!(doubt.reason, FailureReason::PeerAlert(_)) {
            doubt.reason = reason;
        }
    }

    /// A message that was refused came again, so somebody means it.
    pub(super) fn is_refused_again(&mut self, now: Instant) {
        if let Some(doubt) = &mut self.doubt
            && now - doubt.since >= limits::MIN_RTO
        {
            doubt.until.get_or_insert(now + limits::DOUBT);
        }
    }

    /// The peer, or somebody else, says that it has ended the handshake. It cannot have refused
    /// what we have not said.
    pub(super) fn alerted(&mut self, now: Instant, alert: AlertDescription) {
        if self.branch.sent.is_some() && !self.is_settled {
            let reason = FailureReason::PeerAlert(alert);
            let until = Some(now + limits::DOUBT);
            let message_seq = self.reassembly.next_seq();
            self.doubt.get_or_insert(Doubt { reason, message_seq, since: now, until });
        }
    }

    /// Whether what came last did not fit, so that something else may have to be tried.
    pub(super) fn has_refused(&self) -> bool {
        let reason = self.doubt.as_ref().map(|doubt| doubt.reason);
        reason.is_some_and(|reason| !matches!(reason, FailureReason::PeerAlert(_)))
    }

    /// This message was taken.
    pub(super) fn accept(&mut self, message_seq: u16) {
        self.doubt.take_if(|doubt| message_seq >= doubt.message_seq);
    }

    /// When the handshake is given up.
    pub(super) fn give_up_at(&self) -> Option<Instant> {
        let doubted = self.doubt.as_ref().and_then(|doubt| doubt.until);
        [self.give_up_at, doubted].into_iter().flatten().min()
    }
}
