//! Handshake messages, up to the end of the handshake.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::{Backoff, Instant};

use super::{Connected, Connection, Farewell, Handshaking, Phase, Protocol, SentFlight};
use crate::context::Context;
use crate::error::Dropped;
use crate::event::{Event, Role};
use crate::handshake::{Acknowledged, Fragment, HandshakeType, Inserted, Outbox, Reassembly};
use crate::limits;
use crate::record::{Epoch, RecordNumber};
use crate::state::{Established, Keys, State};
use crate::v13::PostHandshake;

impl Connection {
    pub(super) fn fragment(
        &mut self,
        now: Instant,
        number: RecordNumber,
        fragment: &Fragment<'_>,
    ) -> Result<(), Dropped> {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return Ok(()) };
        let is_12_possible = !matches!(handshaking.state, State::V13(_));
        // rfc5246 §7.4.1.1: ignored during a handshake. It takes no place in the order of messages.
        if is_12_possible && fragment.handshake_type == HandshakeType::HelloRequest {
            return Err(Dropped::Renegotiation);
        }
        let is_old = fragment.message_seq < handshaking.reassembly.next_seq();
        if !is_old && !handshaking.state.accepts(number.epoch, fragment.handshake_type) {
            return Err(Dropped::HandshakeEpoch);
        }
        // rfc9147 §7: a copy is acknowledged like the first; the acknowledgement may be lost, too.
        let is_of_flight = fragment.message_seq >= handshaking.flight_start;
        match handshaking.reassembly.insert(number.epoch, fragment)? {
            Inserted::Retransmission => {
                if is_of_flight {
                    self.acks.add(number);
                }
                self.answer_retransmission(now, fragment);
                Err(Dropped::Retransmission)
            }
            inserted => {
                self.acks.add(number);
                if inserted == Inserted::OutOfOrder {
                    self.acks.hurry();
                }
                self.advance(now);
                Ok(())
            }
        }
    }

    /// rfc6347 §4.2.4, rfc9147 §5.8.1: the peer's last flight comes again, so ours was lost.
    ///
    /// Only the end of that flight counts, only until its successor has begun, only if nothing of
    /// ours was acknowledged, and not twice in a short time: otherwise every datagram of one flight
    /// would call forth the whole of another.
    pub(super) fn answer_retransmission(&mut self, now: Instant, fragment: &Fragment<'_>) {
        let next = match &self.phase {
            Phase::Handshaking(handshaking) => handshaking.reassembly.next_seq(),
            Phase::Connected(Connected { protocol: Protocol::V13(post), .. }) => {
                post.reassembly.next_seq()
            }
            _ => return,
        };
        let Some(sent) = self.phase.sent() else { return };
        let ends_flight =
            fragment.is_last() && fragment.message_seq.checked_add(1) == Some(sent.answer_seq);
        let is_heard = next != sent.answer_seq || sent.flight.is_acknowledged_in_part();
        if ends_flight && !is_heard && now - sent.sent_at >= self.rto / 2 {
            self.repeat_flight(now);
        }
    }

    /// Hands every message that is complete to the states, and then what waited for their keys.
    fn advance(&mut self, now: Instant) {
        while let Phase::Handshaking(handshaking) = &mut self.phase {
            let Some(message) = handshaking.reassembly.take() else { break };
            let phase = core::mem::replace(&mut self.phase, Phase::Over(Farewell::default()));
            let Phase::Handshaking(handshaking) = phase else { return };
            let mut handshaking = *handshaking;
            let epoch_before = self.records.newest_inbound();
            let mut context = Context {
                config: &self.config,
                peer_fingerprints: &self.peer_fingerprints,
                rng: &mut self.rng,
                transcript: &mut handshaking.transcript,
                outbox: &mut handshaking.outbox,
                records: &mut self.records,
            };
            match handshaking.state.handle(&message, &mut context) {
                Ok(State::Connected(established)) => {
                    let Handshaking { outbox, reassembly, give_up_at, early_data, sent, .. } =
                        handshaking;
                    if let Some(answered) = sent {
                        self.datagram_size.arrived(answered.shortest_limit, answered.longest);
                    }
                    let left = Left { outbox, reassembly, give_up_at, early_data };
                    self.connected(now, *established, left);
                }
                Ok(state) => {
                    // Once there are keys of 1.3, nothing genuine comes without them.
                    if matches!(state, State::V13(_)) && self.records.can_open(Epoch::HANDSHAKE) {
                        handshaking.reassembly.forget_plaintext();
                    }
                    handshaking.state = state;
                    self.phase = Phase::Handshaking(Box::new(handshaking));
                    self.send_flight(now);
                }
                Err(reason) => self.fail(reason),
            }
            if self.records.newest_inbound() != epoch_before {
                self.take_early_records(now);
            }
        }
    }

    /// The handshake is complete. What is in the outbox is our last flight: a server of 1.2 keeps
    /// it for when the client has not got it, a client of 1.3 until it is acknowledged.
    fn connected(&mut self, now: Instant, established: Established, left: Left) {
        let Left { mut outbox, reassembly, give_up_at, early_data } = left;
        let flight = outbox.take();
        let answer_seq = reassembly.next_seq();
        let (protocol, timer) = match established.keys {
            Keys::V12(master_secret) => (Protocol::V12(master_secret), None),
            Keys::V13(secrets) => {
                let post = PostHandshake::new(self.role, secrets, reassembly, outbox);
                (Protocol::V13(Box::new(post)), Some(self.timer(now)))
            }
        };
        let is_answered = flight.is_none();
        let sent = |flight| Box::new(SentFlight::new(flight, answer_seq, now, timer));
        let sent = flight.map(sent);
        let give_up_at = give_up_at.filter(|_| timer.is_some() && !is_answered);
        self.phase = Phase::Connected(Connected { protocol, sent, give_up_at, wanted: None });
        self.events.push_back(Event::Connected(established.info));
        if self.role == Role::Client {
            self.acks.clear();
        }
        if is_answered {
            // The peer's answer has come, so nothing of our flight needs to go out any more.
            self.output.clear();
            self.records.forget_outbound_before(self.records.current_epoch());
        } else {
            self.repeat_flight(now);
        }
        self.events.extend(early_data.into_iter().map(Event::Data));
    }

    /// These records of ours have arrived.
    pub(super) fn acknowledged(&mut self, now: Instant, numbers: &[RecordNumber]) {
        let Some(sent) = self.phase.sent() else { return };
        match sent.flight.acknowledge(numbers) {
            Acknowledged::Nothing => {}
            // rfc9147 §7.2: the rest is sent again at once.
            Acknowledged::Part => {
                let timer = self.timer(now);
                if let Some(sent) = self.phase.sent() {
                    sent.timer = Some(timer);
                }
                self.repeat_flight(now);
            }
            Acknowledged::All => {
                sent.timer = None;
                self.output.clear();
                self.flight_arrived(now);
            }
        }
    }

    /// The timer of a flight that goes out now.
    pub(super) fn timer(&self, now: Instant) -> Backoff {
        Backoff::start(now, self.rto, limits::MAX_RTO, u32::MAX)
    }

    /// Sends the flight that the states have put together, if they have, and waits for its answer.
    pub(super) fn send_flight(&mut self, now: Instant) {
        let timer = Some(self.timer(now));
        let Phase::Handshaking(handshaking) = &mut self.phase else { return };
        let Some(flight) = handshaking.outbox.take() else { return };
        if let Some(answered) = &handshaking.sent {
            self.datagram_size.arrived(answered.shortest_limit, answered.longest);
        }
        let answer_seq = handshaking.reassembly.next_seq();
        handshaking.flight_start = answer_seq;
        handshaking.sent = Some(SentFlight::new(flight, answer_seq, now, timer));
        self.acks.clear();
        self.repeat_flight(now);
    }
}

/// What the end of a handshake takes along.
struct Left {
    outbox: Outbox,
    reassembly: Reassembly,
    give_up_at: Option<Instant>,
    early_data: Vec<Vec<u8>>,
}
