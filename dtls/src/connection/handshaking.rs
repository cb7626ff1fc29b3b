//! Handshake messages, up to the end of the handshake.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::{Backoff, Instant};

use super::alternatives::{Before, Parked, Tries};
use super::doubt::Doubt;
use super::{Connected, Connection, Farewell, Phase, Protocol, SentFlight};
use crate::context::{Context, Exchange};
use crate::error::{Dropped, FailureReason};
use crate::event::{Event, Role};
use crate::handshake::{
    Acknowledged, Fragment, HandshakeType, Inserted, Message, Outbox, PrivateKeys, Reassembly,
};
use crate::limits;
use crate::record::{Epoch, RecordNumber};
use crate::state::{Established, Keys, State};
use crate::v13::PostHandshake;

/// A handshake that is not complete.
#[derive(Debug)]
pub(super) struct Handshaking {
    /// The way that is followed.
    pub(super) branch: Branch,
    pub(super) reassembly: Reassembly,
    /// Where the branch can be gone back to: before each message that came without protection.
    pub(super) history: Vec<Before>,
    /// Other ways to go on, the one that was left first.
    pub(super) parked: Vec<Parked>,
    pub(super) keys: PrivateKeys,
    /// Why we should fail, if what came is the peer's.
    pub(super) doubt: Option<Doubt>,
    pub(super) tries: Tries,
    /// Whether the peer has shown that it holds the keys of this branch.
    pub(super) is_settled: bool,
    /// When the handshake is given up; never by a server that nobody can reach yet.
    pub(super) give_up_at: Option<Instant>,
    pub(super) early_data: Vec<Vec<u8>>,
}

/// A way through the handshake.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) state: State,
    pub(super) exchange: Exchange,
    /// The `message_seq` of the first message of the flight that the peer sends.
    pub(super) flight_start: u16,
    /// Our last flight and when it goes out again; none while a server has heard nothing.
    pub(super) sent: Option<SentFlight>,
}

impl Connection {
    /// The beginning of a handshake, in which both sides have sent so many messages before.
    pub(super) fn handshaking(
        &mut self,
        message_seq: u16,
        start: impl FnOnce(&mut Context<'_>) -> Result<State, FailureReason>,
    ) -> Result<Handshaking, FailureReason> {
        let outbox = Outbox::starting_at(message_seq);
        let mut exchange = Exchange { outbox, ..Exchange::default() };
        let mut keys = PrivateKeys::default();
        let state = start(&mut self.context(&mut exchange, &mut keys))?;
        Ok(Handshaking {
            branch: Branch { state, exchange, flight_start: message_seq, sent: None },
            reassembly: Reassembly::starting_at(message_seq),
            history: Vec::new(),
            parked: Vec::new(),
            keys,
            doubt: None,
            tries: Tries::default(),
            is_settled: false,
            give_up_at: None,
            early_data: Vec::new(),
        })
    }

    fn context<'a>(
        &'a mut self,
        exchange: &'a mut Exchange,
        keys: &'a mut PrivateKeys,
    ) -> Context<'a> {
        Context {
            config: &self.config,
            peer_fingerprints: &self.peer_fingerprints,
            rng: &mut self.rng,
            transcript: &mut exchange.transcript,
            outbox: &mut exchange.outbox,
            keys,
            records: &mut self.records,
            again: false,
        }
    }

    pub(super) fn fragment(
        &mut self,
        now: Instant,
        number: RecordNumber,
        fragment: &Fragment<'_>,
    ) -> Result<(), Dropped> {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return Ok(()) };
        let state = &handshaking.branch.state;
        let is_12_possible = !matches!(state, State::V13(_));
        // rfc5246 §7.4.1.1: ignored during a handshake. It takes no place in the order of messages.
        if is_12_possible && fragment.handshake_type == HandshakeType::HelloRequest {
            return Err(Dropped::Renegotiation);
        }
        let is_old = fragment.message_seq < handshaking.reassembly.next_seq();
        if !is_old && !state.accepts(number.epoch, fragment.handshake_type) {
            return Err(Dropped::HandshakeEpoch);
        }
        if number.epoch != Epoch::PLAINTEXT {
            handshaking.settle();
        }
        // rfc9147 §7: a copy is acknowledged like the first; the acknowledgement may be lost, too.
        let is_of_flight = fragment.message_seq >= handshaking.branch.flight_start;
        match handshaking.reassembly.insert(number.epoch, fragment)? {
            Inserted::Retransmission => {
                if is_of_flight {
                    self.acks.add(number);
                }
                self.answer_retransmission(now, fragment);
                Err(Dropped::Retransmission)
            }
            Inserted::Alternative => {
                self.advance(now);
                Ok(())
            }
            Inserted::Refused => {
                handshaking.is_refused_again(now);
                self.advance(now);
                Err(Dropped::Retransmission)
            }
            inserted @ (Inserted::InOrder | Inserted::OutOfOrder) => {
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
    pub(super) fn advance(&mut self, now: Instant) {
        while let Phase::Handshaking(handshaking) = &mut self.phase {
            if handshaking.has_refused() && !handshaking.tries.is_left(now, self.rto) {
                break;
            }
            let Some(message) = handshaking.reassembly.take() else {
                // What was taken in its place came to nothing.
                if handshaking.has_refused() && self.take_untried(now) {
                    continue;
                }
                break;
            };
            let phase = core::mem::replace(&mut self.phase, Phase::Over(Farewell::default()));
            let Phase::Handshaking(handshaking) = phase else { return };
            let epoch_before = self.records.newest_inbound();
            self.take_message(now, handshaking, &message);
            if self.records.newest_inbound() != epoch_before {
                self.take_early_records(now);
            }
        }
    }

    /// Hands a message to the state that waits for it.
    fn take_message(&mut self, now: Instant, handshaking: Box<Handshaking>, message: &Message) {
        let mut handshaking = *handshaking;
        let before = handshaking.before(message, &self.records);
        let Branch { state, mut exchange, flight_start, sent } = handshaking.branch;
        let mut context = self.context(&mut exchange, &mut handshaking.keys);
        let taken = state.handle(message, &mut context);
        let again = context.again;
        match taken {
            Ok(State::Connected(established)) => {
                if let Some(answered) = sent {
                    self.datagram_size.arrived(answered.shortest_limit, answered.longest);
                }
                let Handshaking { reassembly, give_up_at, early_data, .. } = handshaking;
                let left = Left { outbox: exchange.outbox, reassembly, give_up_at, early_data };
                self.connected(now, *established, left);
            }
            Ok(state) => {
                handshaking.branch = Branch { state, exchange, flight_start, sent };
                if again {
                    handshaking.reassembly.rewind(message.message_seq);
                } else {
                    handshaking.accept(message.message_seq);
                    handshaking.history.extend(before);
                }
                // Nothing genuine comes without keys any more.
                if handshaking.branch.state.has_keys() {
                    handshaking.reassembly.forget_plaintext();
                }
                self.phase = Phase::Handshaking(Box::new(handshaking));
                self.send_flight(now);
            }
            // Under keys it is the peer's word, and so is whatever our own side cannot do.
            Err(reason) => match before {
                Some(before) if !reason.is_our_own() => {
                    let branch = before.restore(exchange, sent, &mut self.records);
                    let mut handshaking = Handshaking { branch, ..handshaking };
                    handshaking.reassembly.rewind(message.message_seq);
                    handshaking.refuse(now, reason);
                    self.phase = Phase::Handshaking(Box::new(handshaking));
                }
                _ => self.fail(reason),
            },
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
        let Some(flight) = handshaking.branch.exchange.outbox.take() else { return };
        let answer_seq = handshaking.reassembly.next_seq();
        handshaking.branch.flight_start = answer_seq;
        let sent = Some(SentFlight::new(flight, answer_seq, now, timer));
        let answered = core::mem::replace(&mut handshaking.branch.sent, sent);
        if let Some(answered) = answered {
            self.datagram_size.arrived(answered.shortest_limit, answered.longest);
            handshaking.replaced(answered);
        }
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
