//! What comes in: from the datagram to the states of the handshake.

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::{Instant, Reader};

use super::{Connected, Connection, Farewell, FinalFlight, Handshaking, Phase};
use crate::alert::{Alert, AlertDescription};
use crate::error::{Dropped, FailureReason};
use crate::event::Event;
use crate::handshake::{Flight, Fragment, HandshakeType, Inserted};
use crate::limits;
use crate::message::{DTLS_1_0, DTLS_1_2};
use crate::record::{ContentType, Epoch, Record};
use crate::v12::{Context, State};

/// The versions that a record without protection may bear: DTLS 1.0 before there is an agreement.
const PLAINTEXT_VERSIONS: [u16; 2] = [DTLS_1_0, DTLS_1_2];

/// Records of the protected epoch that came before its keys.
#[derive(Debug, Default)]
pub(super) struct EarlyRecords {
    records: Vec<Vec<u8>>,
    bytes: usize,
}

impl EarlyRecords {
    fn push(&mut self, record: &Record<'_>) -> Result<(), Dropped> {
        let bytes = self.bytes.saturating_add(record.fragment.len());
        if self.records.len() >= limits::EARLY_RECORDS || bytes > limits::EARLY_BYTES {
            return Err(Dropped::EarlyRecord);
        }
        let mut kept = Vec::with_capacity(Record::HEADER_LEN.saturating_add(record.fragment.len()));
        record.encode(&mut kept);
        self.records.push(kept);
        self.bytes = bytes;
        Ok(())
    }
}

impl Connection {
    pub(super) fn receive(&mut self, now: Instant, datagram: &[u8]) {
        match self.phase {
            Phase::Idle => return self.dropped.add(Dropped::NotStarted),
            Phase::Over(_) => {
                self.repeat_farewell(now, datagram);
                return self.dropped.add(Dropped::Over);
            }
            Phase::Handshaking(_) | Phase::Connected(_) => {}
        }
        let mut reader = Reader::new(datagram);
        if reader.is_empty() {
            self.dropped.add(Dropped::Header);
        }
        while !reader.is_empty() {
            let Ok(record) = Record::read(&mut reader) else {
                return self.dropped.add(Dropped::Header);
            };
            if let Err(reason) = self.record(now, &record) {
                self.dropped.add(reason);
            }
        }
    }

    fn record(&mut self, now: Instant, record: &Record<'_>) -> Result<(), Dropped> {
        if matches!(self.phase, Phase::Over(_)) {
            return Err(Dropped::Over);
        }
        let content_type =
            ContentType::from_code_point(record.content_type).ok_or(Dropped::ContentType)?;
        match record.epoch {
            0 if !PLAINTEXT_VERSIONS.contains(&record.version) => Err(Dropped::Version),
            0 if record.fragment.len() > limits::MAX_PLAINTEXT => Err(Dropped::Length),
            0 => self.content(now, Epoch::Plaintext, content_type, record.fragment),
            1 if record.version != DTLS_1_2 => Err(Dropped::Version),
            1 if self.records.can_open() => {
                let plaintext = self.records.open(record)?;
                self.content(now, Epoch::Protected, content_type, &plaintext)
            }
            1 => match &mut self.phase {
                Phase::Handshaking(handshaking) => handshaking.early_records.push(record),
                _ => Err(Dropped::Epoch),
            },
            _ => Err(Dropped::Epoch),
        }
    }

    fn content(
        &mut self,
        now: Instant,
        epoch: Epoch,
        content_type: ContentType,
        content: &[u8],
    ) -> Result<(), Dropped> {
        match (content_type, epoch) {
            (ContentType::Handshake, _) => self.handshake(now, epoch, content),
            (ContentType::Alert, _) => self.alert(epoch, content),
            // The epoch of the records after it says all that it says; see the states'
            // documentation.
            (ContentType::ChangeCipherSpec, Epoch::Plaintext) if content == [1] => Ok(()),
            (ContentType::ChangeCipherSpec, _) => Err(Dropped::ChangeCipherSpec),
            (ContentType::ApplicationData, Epoch::Plaintext) => Err(Dropped::PlaintextData),
            (ContentType::ApplicationData, Epoch::Protected) => self.data(content),
        }
    }

    fn data(&mut self, data: &[u8]) -> Result<(), Dropped> {
        // An empty record of data is legal and means nothing.
        if data.is_empty() {
            return Ok(());
        }
        match &mut self.phase {
            // rfc6347 §4.1: reordered before the Finished. It is authentic, but whether the
            // handshake before it was is not known yet.
            Phase::Handshaking(handshaking) => {
                let held: usize = handshaking.early_data.iter().map(Vec::len).sum();
                if handshaking.early_data.len() >= limits::EARLY_RECORDS
                    || held.saturating_add(data.len()) > limits::EARLY_BYTES
                {
                    return Err(Dropped::EarlyData);
                }
                handshaking.early_data.push(data.to_vec());
            }
            _ if self.events.len() >= limits::EVENTS => return Err(Dropped::EventsFull),
            _ => self.events.push_back(Event::Data(data.to_vec())),
        }
        Ok(())
    }

    fn alert(&mut self, epoch: Epoch, content: &[u8]) -> Result<(), Dropped> {
        let alert = Alert::parse(content).map_err(|_| Dropped::Alert)?;
        // Anybody can write an alert in plaintext. It counts only as long as the peer could not
        // have sent anything better: until its first authentic record.
        if epoch == Epoch::Plaintext && self.records.is_proven() {
            return Err(Dropped::PlaintextAlert);
        }
        let is_close = alert.description == AlertDescription::CLOSE_NOTIFY;
        match &self.phase {
            Phase::Connected(_) if is_close => {
                // rfc5246 §7.2.1: answered with a close_notify of our own.
                self.close();
            }
            _ if is_close || alert.fatal => {
                self.fail(FailureReason::PeerAlert(alert.description));
            }
            _ => {}
        }
        Ok(())
    }

    fn handshake(&mut self, now: Instant, epoch: Epoch, content: &[u8]) -> Result<(), Dropped> {
        let mut reader = Reader::new(content);
        if reader.is_empty() {
            return Err(Dropped::Fragment);
        }
        let mut result = Ok(());
        while !reader.is_empty() {
            let fragment = Fragment::read(&mut reader).map_err(|_| Dropped::Fragment)?;
            let taken = match &self.phase {
                Phase::Handshaking(_) => self.fragment(now, epoch, &fragment),
                Phase::Connected(_) => self.late_fragment(now, epoch, &fragment),
                Phase::Idle | Phase::Over(_) => Err(Dropped::Over),
            };
            result = result.and(taken);
        }
        result
    }

    fn fragment(
        &mut self,
        now: Instant,
        epoch: Epoch,
        fragment: &Fragment<'_>,
    ) -> Result<(), Dropped> {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return Ok(()) };
        // rfc5246 §7.4.1.1: ignored during a handshake. It takes no place in the order of messages.
        if fragment.handshake_type == HandshakeType::HelloRequest {
            return Err(Dropped::Renegotiation);
        }
        // Only the Finished is sent under the keys of the handshake, and never without them.
        let is_finished = fragment.handshake_type == HandshakeType::Finished;
        if is_finished != (epoch == Epoch::Protected) {
            return Err(Dropped::HandshakeEpoch);
        }
        match handshaking.reassembly.insert(epoch, fragment)? {
            Inserted::Current => {
                self.advance(now);
                Ok(())
            }
            Inserted::Retransmission => {
                self.answer_retransmission(now, fragment);
                Err(Dropped::Retransmission)
            }
        }
    }

    /// rfc6347 §4.2.4: the peer's last flight comes again, so ours was lost.
    ///
    /// Only the end of that flight counts, only until its successor has begun, and not twice in a
    /// short time: otherwise every datagram of one flight would call forth the whole of another.
    fn answer_retransmission(&mut self, now: Instant, fragment: &Fragment<'_>) {
        let Phase::Handshaking(handshaking) = &mut self.phase else { return };
        let next = handshaking.reassembly.next_seq();
        let Some(sent) = &mut handshaking.sent else { return };
        let ends_flight =
            fragment.is_last() && fragment.message_seq.checked_add(1) == Some(sent.answer_seq);
        if !ends_flight || next != sent.answer_seq || now - sent.sent_at < self.rto / 2 {
            return;
        }
        sent.sent_at = now;
        if let Err(reason) = self.output.flight(&sent.flight, &mut self.records, self.config.mtu) {
            self.fail(reason);
        }
    }

    /// A handshake message after the handshake.
    fn late_fragment(
        &mut self,
        now: Instant,
        epoch: Epoch,
        fragment: &Fragment<'_>,
    ) -> Result<(), Dropped> {
        let Phase::Connected(connected) = &mut self.phase else { return Ok(()) };
        match (epoch, fragment.handshake_type) {
            // Anybody can write one of these: a retransmission, or a peer that lost its state. The
            // latter comes with new ICE credentials, and so with a new connection of ours.
            (Epoch::Plaintext, _) => Err(Dropped::LateHandshake),
            // rfc6347 §4.2.4: the client did not get our last flight.
            (Epoch::Protected, HandshakeType::Finished) => {
                if let Some(last) = &mut connected.final_flight
                    && now - last.sent_at >= self.rto / 2
                {
                    last.sent_at = now;
                    let mtu = self.config.mtu;
                    if let Err(reason) = self.output.flight(&last.flight, &mut self.records, mtu) {
                        self.fail(reason);
                    }
                }
                Err(Dropped::Retransmission)
            }
            (Epoch::Protected, HandshakeType::HelloRequest | HandshakeType::ClientHello) => {
                // rfc5246 §7.2.2: the answer of whoever does not want another handshake.
                self.send_alert(Alert::warning(AlertDescription::NO_RENEGOTIATION));
                Err(Dropped::Renegotiation)
            }
            (Epoch::Protected, _) => Err(Dropped::LateHandshake),
        }
    }

    /// Hands every message that is complete to the states, and then what waited for their keys.
    fn advance(&mut self, now: Instant) {
        while let Phase::Handshaking(handshaking) = &mut self.phase {
            let Some(message) = handshaking.reassembly.take() else { break };
            let phase = core::mem::replace(&mut self.phase, Phase::Over(Farewell::default()));
            let Phase::Handshaking(handshaking) = phase else { return };
            let mut handshaking = *handshaking;
            handshaking.give_up_at.get_or_insert(now + self.config.handshake_timeout);
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
                    let Handshaking { mut outbox, early_data, .. } = handshaking;
                    self.phase = Phase::Connected(Connected { established, final_flight: None });
                    self.connected(now, outbox.take(), early_data);
                }
                Ok(state) => {
                    handshaking.state = state;
                    self.phase = Phase::Handshaking(Box::new(handshaking));
                    self.send_flight(now);
                }
                Err(reason) => self.fail(reason),
            }
        }
        self.process_early_records(now);
    }

    /// The handshake is complete; a server has a last flight, which is kept for when it is lost.
    fn connected(&mut self, now: Instant, flight: Option<Flight>, early_data: Vec<Vec<u8>>) {
        let Phase::Connected(connected) = &mut self.phase else { return };
        self.events.push_back(Event::Connected(connected.established.info));
        match flight {
            Some(flight) => {
                let queued = self.output.flight(&flight, &mut self.records, self.config.mtu);
                connected.final_flight = Some(FinalFlight { flight, sent_at: now });
                if let Err(reason) = queued {
                    return self.fail(reason);
                }
            }
            // The server's answer has come, so nothing of our flight needs to go out any more.
            None => self.output.clear(),
        }
        self.events.extend(early_data.into_iter().map(Event::Data));
    }

    fn process_early_records(&mut self, now: Instant) {
        if !self.records.can_open() {
            return;
        }
        let Phase::Handshaking(handshaking) = &mut self.phase else { return };
        let early = core::mem::take(&mut handshaking.early_records);
        for record in early.records {
            let record = Record::read(&mut Reader::new(&record));
            let result =
                record.map_err(|_| Dropped::Header).and_then(|record| self.record(now, &record));
            if let Err(reason) = result {
                self.dropped.add(reason);
            }
        }
    }
}
