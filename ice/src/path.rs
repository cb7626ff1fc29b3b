//! The pair in use, as the owner's data meets it.

use core::net::SocketAddr;
use core::time::Duration;

use lariat_base::Instant;

use crate::SelectedPair;
use crate::agent::{Agent, Phase, normalise};
use crate::pair::CheckState;
use crate::request::EarlyCheck;
use crate::traffic::Heard;

impl Agent {
    /// The pair to send on at `now`; `None` without the peer's consent.
    ///
    /// It is there as soon as some pair works (RFC 8445 §12.1); nomination may change it. Consent
    /// that has run out by `now` is gone, whether or not [`handle_timeout`](Self::handle_timeout)
    /// has been called since (RFC 7675 §5.1): a machine that wakes up sends nothing first.
    pub fn selected_pair(&self, now: Instant) -> Option<SelectedPair> {
        let pair = self.checklist.by_id(self.selected?)?;
        (!pair.is_expired(now, &self.timing)).then(|| pair.addresses())
    }

    /// The smoothed round-trip time of the selected pair.
    pub fn rtt(&self) -> Option<Duration> {
        self.checklist.by_id(self.selected?)?.rtt
    }

    /// When the peer last answered a check on the selected pair.
    pub fn last_response(&self) -> Option<Instant> {
        match &self.checklist.by_id(self.selected?)?.state {
            CheckState::Succeeded(consent) => Some(consent.last_response()),
            _ => None,
        }
    }

    /// Whether data between these addresses may be accepted.
    ///
    /// It may if our own check of the pair succeeded, or if we answered an authenticated check on
    /// exactly these addresses with success: the peer may then take the pair for valid, and RFC
    /// 8445 §12.1 lets it send before our check is through. Data is no reason to send anywhere:
    /// where to send is [`selected_pair`](Self::selected_pair)'s alone. Nothing is valid once the
    /// agent has failed or is closed.
    pub fn is_validated(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        let (local, remote) = (normalise(local), normalise(remote));
        match self.phase {
            Phase::Failed(_) | Phase::Closed => false,
            Phase::New => {
                let on =
                    |early: &EarlyCheck| early.check.local == local && early.check.remote == remote;
                self.early.iter().any(on)
            }
            Phase::Running(_) => {
                // The pair in use is what nearly all datagrams come on.
                if self.traffic.is_on(local, remote) {
                    return true;
                }
                let pair = self.checklist.between(local, remote);
                pair.is_some_and(|pair| match &pair.state {
                    CheckState::Succeeded(_) => true,
                    CheckState::Failed(failure) => pair.accepted && !failure.is_final(),
                    CheckState::Waiting | CheckState::InProgress(_) => pair.accepted,
                })
            }
        }
    }

    /// Takes note that traffic of the peer arrived, other than STUN.
    ///
    /// Call it for every datagram that turned out to be the peer's own, best after its
    /// authentication: when traffic that flowed on the selected pair falls silent, the pair is
    /// checked within half a second, and another one that works takes over if there is no answer.
    /// Without it the agent learns of a dead path by consent checks alone, after several seconds.
    /// In the common case this is a comparison and a store.
    pub fn on_traffic(&mut self, now: Instant, local: SocketAddr, remote: SocketAddr) {
        let (local, remote) = (normalise(local), normalise(remote));
        match self.traffic.hear(now, local, remote) {
            Heard::Moved => self.follow_traffic(now, local, remote),
            Heard::Usual | Heard::Elsewhere => {}
            Heard::Again => {
                let selected = self.selected.and_then(|id| self.checklist.by_id_mut(id));
                if let Some(pair) = selected
                    && let CheckState::Succeeded(consent) = &mut pair.state
                {
                    consent.on_traffic();
                }
            }
        }
    }
}
