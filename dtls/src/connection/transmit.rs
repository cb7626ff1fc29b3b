//! What goes out: flights, alerts, acknowledgements, and the queue before `poll_transmit`.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use lariat_base::Instant;

use super::{Connection, Phase};
use crate::alert::Alert;
use crate::error::FailureReason;
use crate::handshake::Flight;
use crate::limits;
use crate::message::DTLS_1_2;
use crate::record::{ContentType, Epoch, RecordLayer};

/// Datagrams that wait for `poll_transmit`.
#[derive(Debug, Default)]
pub(super) struct Output {
    flight: VecDeque<Vec<u8>>,
    alerts: VecDeque<Vec<u8>>,
}

impl Output {
    /// Queues a flight in place of what is left of the one before, or of its last transmission.
    pub(super) fn flight(
        &mut self,
        flight: &mut Flight,
        records: &mut RecordLayer,
        mtu: usize,
    ) -> Result<(), FailureReason> {
        let datagrams =
            flight.encode(records, mtu).map_err(|_| FailureReason::SequenceExhausted)?;
        self.flight = datagrams.into();
        Ok(())
    }

    pub(super) fn take(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let datagram = self.flight.pop_front().or_else(|| self.alerts.pop_front())?;
        out.extend_from_slice(&datagram);
        Some(datagram.len())
    }

    #[cfg(test)]
    pub(super) fn queued_alerts(&self) -> usize {
        self.alerts.len()
    }

    pub(super) fn clear(&mut self) {
        self.flight.clear();
    }
}

impl Connection {
    /// Queues our flight, or what is left of it, once more.
    pub(super) fn repeat_flight(&mut self, now: Instant) {
        let mtu = self.datagram_len();
        let Some(sent) = self.phase.sent() else { return };
        sent.sent_at = now;
        let queued = self.output.flight(&mut sent.flight, &mut self.records, mtu);
        if let Err(reason) = queued {
            self.fail(reason);
        }
    }

    /// How long a datagram of the handshake is at most: a path that takes little is no reason to
    /// send hardly anything but the peer's connection identifier, again and again.
    fn datagram_len(&self) -> usize {
        let cid_len = self.records.cids.outbound().len();
        self.mtu.max(cid_len.saturating_add(limits::CONNECTION_ID_ROOM))
    }

    /// Decides, at the end of a datagram, when its records are to be acknowledged.
    pub(super) fn schedule_acks(&mut self, now: Instant) {
        match &self.phase {
            // Not in plaintext, where it would not be worth its bytes: that is a hello in pieces.
            Phase::Handshaking(_) if self.records.current_epoch() >= Epoch::HANDSHAKE => {
                self.acks.wait(now, self.rto / 4);
            }
            Phase::Connected(_) if self.is_13() => self.acks.hurry(),
            // In 1.2 nothing is acknowledged.
            Phase::Connected(_) => self.acks.clear(),
            _ => {}
        }
    }

    /// Writes the acknowledgement that is due, if one is.
    pub(super) fn take_ack(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        // rfc9147 §7: in the newest epoch.
        let epoch = self.records.current_epoch();
        if epoch < Epoch::HANDSHAKE {
            return None;
        }
        let room = self.datagram_len().saturating_sub(self.records.overhead(epoch));
        let ack = self.acks.take(room.min(self.records.content_limit()))?;
        let mut content = Vec::new();
        ack.encode(&mut content);
        let before = out.len();
        self.records.write(epoch, DTLS_1_2, ContentType::Ack, &content, out).ok()?;
        Some(out.len().saturating_sub(before))
    }

    /// rfc6347 §4.2.7, rfc9147 §5.10: nobody acknowledges an alert, so it is said again to a peer
    /// that goes on.
    ///
    /// The very same record goes out: a peer that has it already drops it as a replay. Nothing can
    /// be opened any more, so what may be an alert under keys is known by its length: application
    /// data as short as that is taken for one, too.
    pub(super) fn repeat_farewell(&mut self, now: Instant, datagram: &[u8]) {
        let Phase::Over(farewell) = &mut self.phase else { return };
        let Some(alert) = &farewell.alert else { return };
        // Two that are both done must not keep each other talking.
        let is_alert = match datagram.first().and_then(|first| ContentType::from_code_point(*first))
        {
            Some(content_type) => content_type == ContentType::Alert,
            None => datagram.len() <= farewell.longest_alert,
        };
        let is_soon = farewell.repeated_at.is_some_and(|at| now - at < self.rto);
        if is_alert || is_soon || farewell.repeated >= limits::FAREWELLS {
            return;
        }
        farewell.repeated = farewell.repeated.saturating_add(1);
        farewell.repeated_at = Some(now);
        if self.output.alerts.len() < limits::ALERTS {
            self.output.alerts.push_back(alert.clone());
        }
    }

    /// Queues an alert in the current epoch, and gives back the datagram.
    pub(super) fn send_alert(&mut self, alert: Alert) -> Option<Vec<u8>> {
        if self.output.alerts.len() >= limits::ALERTS {
            return None;
        }
        let mut datagram = Vec::new();
        let epoch = self.records.current_epoch();
        let content_type = ContentType::Alert;
        let content = alert.encode();
        // Without a sequence number left there is no way to say anything.
        self.records.write(epoch, DTLS_1_2, content_type, &content, &mut datagram).ok()?;
        self.output.alerts.push_back(datagram.clone());
        Some(datagram)
    }
}
