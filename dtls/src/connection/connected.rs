//! Handshake messages after the handshake.

use alloc::boxed::Box;

use lariat_base::Instant;

use super::{Connected, Connection, Phase, Protocol, SentFlight};
use crate::alert::{Alert, AlertDescription};
use crate::error::{Dropped, FailureReason};
use crate::event::{Event, Role};
use crate::handshake::{Fragment, HandshakeType, Inserted};
use crate::negotiation::longest_connection_id;
use crate::record::{Epoch, RecordNumber};
use crate::v13::PeerWants;

impl Connection {
    /// A handshake message after a handshake of 1.2.
    pub(super) fn late_fragment_12(
        &mut self,
        now: Instant,
        epoch: Epoch,
        fragment: &Fragment<'_>,
    ) -> Result<(), Dropped> {
        match fragment.handshake_type {
            // Anybody can write one of these: a retransmission, or a peer that lost its state. The
            // latter comes with new ICE credentials, and so with a new connection of ours.
            _ if epoch == Epoch::PLAINTEXT => Err(Dropped::LateHandshake),
            // rfc6347 §4.2.4: the client did not get our last flight.
            HandshakeType::Finished => {
                let rto = self.rto;
                if self.phase.sent().is_some_and(|last| now - last.sent_at >= rto / 2) {
                    self.repeat_flight(now);
                }
                Err(Dropped::Retransmission)
            }
            HandshakeType::HelloRequest | HandshakeType::ClientHello => {
                // rfc5246 §7.2.2: the answer of whoever does not want another handshake.
                self.send_alert(Alert::warning(AlertDescription::NO_RENEGOTIATION));
                Err(Dropped::Renegotiation)
            }
            _ => Err(Dropped::LateHandshake),
        }
    }

    /// A handshake message after a handshake of 1.3.
    pub(super) fn late_fragment_13(
        &mut self,
        now: Instant,
        number: RecordNumber,
        fragment: &Fragment<'_>,
    ) -> Result<(), Dropped> {
        let Phase::Connected(Connected { protocol: Protocol::V13(post), .. }) = &mut self.phase
        else {
            return Ok(());
        };
        // See 1.2's.
        if number.epoch == Epoch::PLAINTEXT {
            return Err(Dropped::LateHandshake);
        }
        if fragment.message_seq < post.reassembly.next_seq() {
            // rfc9147 §5.8.1: the acknowledgement was lost. A client instead has its last flight
            // acknowledged, and repeats it for as long as that does not happen.
            if number.epoch == Epoch::HANDSHAKE && self.role == Role::Client {
                self.answer_retransmission(now, fragment);
            } else {
                self.acks.add(number);
            }
            return Err(Dropped::Retransmission);
        }
        if number.epoch < Epoch::APPLICATION {
            return Err(Dropped::HandshakeEpoch);
        }
        // rfc9147 §8: a KeyUpdate is the last message of its epoch.
        if number.epoch < post.inbound_epoch() {
            self.fail(FailureReason::UnexpectedMessage);
            return Err(Dropped::HandshakeEpoch);
        }
        if post.reassembly.insert(number.epoch, fragment)? == Inserted::Retransmission {
            return Err(Dropped::Retransmission);
        }
        self.acks.add(number);
        self.take_late_messages(now);
        Ok(())
    }

    /// Handles every message that is complete.
    fn take_late_messages(&mut self, now: Instant) {
        while let Phase::Connected(Connected { protocol: Protocol::V13(post), wanted, .. }) =
            &mut self.phase
        {
            let Some(message) = post.reassembly.take() else { break };
            let longest_id = longest_connection_id(&self.config);
            let provider = &*self.config.provider;
            match post.handle(&message, provider, &mut self.records, longest_id) {
                // rfc8446 §4.6.3: one of ours that is on its way is answer enough.
                Ok(PeerWants::KeyUpdate) if !post.is_updating() => {
                    wanted.get_or_insert(false);
                }
                Ok(PeerWants::ConnectionIds(count)) => {
                    self.events.push_back(Event::ConnectionIdsRequested(count));
                }
                Ok(_) => {}
                Err(reason) => self.fail(reason),
            }
        }
        self.send_if_wanted(now);
    }

    /// A flight of ours was acknowledged completely.
    pub(super) fn flight_arrived(&mut self, now: Instant) {
        self.flight_was_answered();
        let Phase::Connected(connected) = &mut self.phase else { return };
        connected.sent = None;
        connected.give_up_at = None;
        let Protocol::V13(post) = &mut connected.protocol else { return };
        let updated = if post.is_updating() {
            post.updated(&*self.config.provider, &mut self.records)
        } else {
            post.acknowledged();
            // The client's last flight, or a later one: nothing comes or goes in the handshake's
            // epoch any more. A server's flights say nothing about that one of the client.
            if self.role == Role::Client {
                self.records.forget_outbound_before(Epoch::APPLICATION);
                self.records.forget_inbound_before(Epoch::APPLICATION);
            }
            Ok(())
        };
        if let Err(reason) = updated {
            return self.fail(reason);
        }
        self.send_if_wanted(now);
    }

    /// Renews the key of what we send once it has protected almost as much as it may.
    pub(super) fn renew_worn_keys(&mut self, now: Instant) {
        if self.records.is_worn() {
            self.update_keys(now, false);
        }
    }

    /// Sends what is wanted, keys first, unless a flight of ours is still on its way.
    pub(super) fn send_if_wanted(&mut self, now: Instant) {
        let timer = self.timer(now);
        let Phase::Connected(connected) = &mut self.phase else { return };
        let Protocol::V13(post) = &mut connected.protocol else { return };
        if connected.sent.is_some() {
            return;
        }
        let flight = match connected.wanted.take() {
            Some(request) => post.update(request, &self.records),
            None => post.about_connection_ids(&self.records),
        };
        match flight {
            Ok(Some(flight)) => {
                let answer_seq = post.reassembly.next_seq();
                let timer = Some(timer);
                let sent = SentFlight::new(flight, answer_seq, now, timer);
                connected.sent = Some(Box::new(sent));
                connected.give_up_at = Some(now + self.config.handshake_timeout);
                self.repeat_flight(now);
            }
            Ok(None) => {}
            Err(reason) => self.fail(reason),
        }
    }
}
