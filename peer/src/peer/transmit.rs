//! Datagrams out.

use alloc::vec::Vec;

use lariat_base::{Instant, Transmit};
use lariat_ice::{SelectedPair, State};

use super::{DataState, Peer, Secure};
use crate::limits::MAX_RUN_BYTES;

impl Peer {
    /// Appends what to send to `out`: one datagram, or a run of up to `max_datagrams` of the same
    /// size (the last may be shorter) over the same pair.
    ///
    /// The caller owns `out`, and clears it when what it holds is sent.
    pub fn poll_transmit(
        &mut self,
        now: Instant,
        max_datagrams: usize,
        out: &mut Vec<u8>,
    ) -> Option<Transmit> {
        let start = out.len();
        // rfc7675 §5.1: what was made while there was consent does not outlive it.
        let held = self.held.take().filter(|_| !self.is_without_consent(now));
        let (pair, segment) = match held {
            Some(pair) => {
                out.extend_from_slice(&self.held_bytes);
                (pair, self.held_bytes.len())
            }
            None => self.next_datagram(now, out)?,
        };
        self.counters.sent(segment);
        if segment > self.path_size.max_datagram_size() {
            // rfc9260 §6.9: a chunk that was cut before the path became smaller keeps its length.
            return Some(Transmit::new(pair.local, pair.remote, segment).with_fragmentation());
        }
        let mut count = 1;
        while count < max_datagrams && out.len() - start + segment <= MAX_RUN_BYTES {
            let end = out.len();
            let Some((next, size)) = self.next_datagram(now, out) else { break };
            if next != pair || size > segment {
                self.held = Some(next);
                self.held_bytes.clear();
                self.held_bytes.extend(out.drain(end..));
                break;
            }
            self.counters.sent(size);
            count += 1;
            if size < segment {
                break;
            }
        }
        let transmit = Transmit::new(pair.local, pair.remote, out.len() - start);
        Some(if count > 1 { transmit.with_segment_size(segment) } else { transmit })
    }

    /// Whether consent has run out by `now`, noticed or not: whatever was made before must not be
    /// sent any more (RFC 7675 §5.1).
    pub fn is_without_consent(&self, now: Instant) -> bool {
        matches!(self.ice.state(), State::Connected | State::Completed | State::Disconnected)
            && self.ice.selected_pair(now).is_none()
    }

    /// Appends one datagram: checks first, then what was sealed before the end, then all else.
    fn next_datagram(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<(SelectedPair, usize)> {
        if let Some(transmit) = self.ice.poll_transmit(now, out) {
            let pair = SelectedPair { local: transmit.local, remote: transmit.remote };
            return Some((pair, transmit.size));
        }
        if let Some((pair, datagram)) = self.farewell.pop_front() {
            out.extend_from_slice(&datagram);
            return Some((pair, datagram.len()));
        }
        // rfc7675 §5.1: there is no selected pair without consent, and nothing is sent without one.
        let pair = self.ice.selected_pair(now)?;
        let size = self.next_over_pair(now, out)?;
        Some((pair, size))
    }

    /// Appends one datagram for the selected pair: the handshake, then media, then data.
    pub(super) fn next_over_pair(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<usize> {
        let dtls = self.secure.dtls_mut()?;
        if let Some(size) = dtls.poll_transmit(out) {
            return Some(size);
        }
        if let Some(size) = self.media.poll_transmit(now, out) {
            return Some(size);
        }
        let Secure::Connected { dtls, .. } = &mut self.secure else { return None };
        if self.data != DataState::Started {
            return None;
        }
        // A packet of SCTP is built when it is sent, so that what it says is new.
        self.scratch.clear();
        self.channels.poll_transmit(now, &mut self.scratch)?;
        dtls.send(&self.scratch, out).ok()
    }
}
