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
    /// Queues a flight in place of what is left of the one before, or of its last transmission, and
    /// says how long its longest datagram is.
    pub(super) fn flight(
        &mut self,
        flight: &mut Flight,
        records: &mut RecordLayer,
        mtu: usize,
    ) -> Result<usize, FailureReason> {
        let datagrams =
            flight.encode(records, mtu).map_err(|_| FailureReason::SequenceExhausted)?;
        self.flight = datagrams.into();
        Ok(self.flight.iter().map(Vec::len).max().unwrap_or(0))
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
        if let Some(sent) = self.phase.sent() {
            sent.sent_at = now;
        }
        self.queue_flight();
    }

    /// Cuts our flight into datagrams and queues them.
    fn queue_flight(&mut self) {
        let room = self.identifier_room();
        let Some(sent) = self.phase.sent() else { return };
        let is_first = sent.longest == 0;
        let length = self.datagram_size.of_flight(is_first).max(room);
        sent.shortest_limit = sent.shortest_limit.min(length);
        match self.output.flight(&mut sent.flight, &mut self.records, length) {
            Ok(longest) => sent.longest = longest,
            Err(reason) => self.fail(reason),
        }
    }

    /// What is left of a datagram's length, however short it is to be: a path that takes little is
    /// no reason to send hardly anything but the peer's connection identifier, again and again.
    fn identifier_room(&self) -> usize {
        self.records.cids.outbound().len().saturating_add(limits::CONNECTION_ID_ROOM)
    }

    /// How long a datagram to the peer may be, in bytes of UDP payload, as far as is known: what
    /// the owner has said ([`Config::mtu`](crate::Config::mtu) or
    /// [`Connection::set_max_datagram_size`]), or less where the handshake came to nothing with
    /// longer datagrams and was answered when it went on with shorter ones
    /// ([`limits::FALLBACK_MTUS`]). Never below [`limits::MIN_MTU`].
    ///
    /// It falls when a flight was repeated without an answer, so after
    /// [`Connection::handle_timeout`], and rises again when a longer datagram turns out to have
    /// arrived, so after [`Connection::handle_datagram`]; it rests once a connection has been
    /// established and its last flight is acknowledged. Whoever sends other things over the same
    /// path, SCTP or media, asks after both.
    ///
    /// A datagram of the handshake may be longer if the peer's connection identifier is: it has
    /// [`limits::CONNECTION_ID_ROOM`] beside it.
    pub const fn max_datagram_size(&self) -> usize {
        self.datagram_size.get()
    }

    /// Tells how long a datagram to the peer may be, in bytes of UDP payload: when a socket has
    /// refused a longer one (EMSGSIZE), or a probe of the path has found it out. It holds from now
    /// on, in place of what was found or configured; a later call may also raise it. It is taken
    /// for at least [`limits::MIN_MTU`] and at most [`limits::MAX_PLAINTEXT`].
    ///
    /// A flight of the handshake that was sent in longer datagrams and is not answered yet is at
    /// once queued again in shorter ones.
    pub fn set_max_datagram_size(&mut self, bytes: usize) {
        self.datagram_size.set(bytes);
        let limit = self.datagram_size.get().max(self.identifier_room());
        if self.phase.sent().is_some_and(|sent| sent.longest > limit) {
            self.queue_flight();
        }
    }

    /// The peer has got a flight of ours.
    pub(super) fn flight_was_answered(&mut self) {
        if let Some(sent) = self.phase.sent() {
            let (limit, longest) = (sent.shortest_limit, sent.longest);
            self.datagram_size.arrived(limit, longest);
        }
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
        let room = self.datagram_size.get().max(self.identifier_room());
        let room = room.saturating_sub(self.records.overhead(epoch));
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
