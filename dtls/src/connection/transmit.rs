//! What goes out: flights, alerts, and the queue before `poll_transmit`.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use lariat_base::{Backoff, Instant};

use super::{Connection, Phase, SentFlight};
use crate::alert::Alert;
use crate::error::FailureReason;
use crate::handshake::Flight;
use crate::limits;
use crate::message::DTLS_1_2;
use crate::record::{ContentType, RecordLayer};

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
        flight: &Flight,
        records: &mut RecordLayer,
        mtu: usize,
    ) -> Result<(), FailureReason> {
        let datagrams = flight
            .encode(records, mtu.max(limits::MIN_MTU))
            .map_err(|_| FailureReason::SequenceExhausted)?;
        self.flight = datagrams.into();
        Ok(())
    }

    pub(super) fn take(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        let datagram = self.flight.pop_front().or_else(|| self.alerts.pop_front())?;
        out.extend_from_slice(&datagram);
        Some(datagram.len())
    }

    pub(super) fn clear(&mut self) {
        self.flight.clear();
    }
}

impl Connection {
    /// Sends the flight that the states have put together, if they have, and waits for its answer.
    pub(super) fn send_flight(&mut self, now: Instant) {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return };
        let Some(flight) = handshaking.outbox.take() else { return };
        let queued = self.output.flight(&flight, &mut self.records, self.config.mtu);
        handshaking.sent = Some(SentFlight {
            flight,
            answer_seq: handshaking.reassembly.next_seq(),
            sent_at: now,
            timer: Backoff::start(now, self.rto, limits::MAX_RTO, u32::MAX),
        });
        if let Err(reason) = queued {
            self.fail(reason);
        }
    }

    /// Queues an alert in the current epoch.
    pub(super) fn send_alert(&mut self, alert: Alert) {
        if self.output.alerts.len() >= limits::ALERTS {
            return;
        }
        let mut datagram = Vec::new();
        let epoch = self.records.current_epoch();
        let content_type = ContentType::Alert;
        let content = alert.encode();
        // Without a sequence number left there is no way to say anything.
        if self.records.write(epoch, DTLS_1_2, content_type, &content, &mut datagram).is_ok() {
            self.output.alerts.push_back(datagram);
        }
    }
}
