//! What comes in: from the datagram to what its records carry.

use alloc::vec::Vec;

use lariat_base::{Instant, Reader};

use super::{Authenticity, Connection, Phase, Protocol};
use crate::alert::{Alert, AlertDescription};
use crate::error::{Dropped, FailureReason};
use crate::event::{Event, Version};
use crate::handshake::Fragment;
use crate::limits;
use crate::message::{Ack, DTLS_1_0, DTLS_1_2};
use crate::record::{AnyRecord, CID_RECORD, Ciphertext, ContentType, Epoch, Record, RecordNumber};
use crate::state::State;

/// The versions that a record without protection may bear: DTLS 1.0 before there is an agreement.
const PLAINTEXT_VERSIONS: [u16; 2] = [DTLS_1_0, DTLS_1_2];

impl Connection {
    pub(super) fn receive(&mut self, now: Instant, datagram: &[u8]) -> Authenticity {
        self.authenticity = Authenticity::Unproven;
        match self.phase {
            Phase::Idle => {
                self.dropped.add(Dropped::NotStarted);
                return Authenticity::Unproven;
            }
            Phase::Over(_) => {
                self.repeat_farewell(now, datagram);
                self.dropped.add(Dropped::Over);
                return Authenticity::Unproven;
            }
            // Whoever sends something can send a hello.
            Phase::Handshaking(_) => self.expect_hello(now),
            Phase::Connected(_) => {}
        }
        self.records.forget_retired(now);
        if datagram.is_empty() {
            self.dropped.add(Dropped::Header);
        }
        self.records_of(now, datagram);
        self.schedule_acks(now);
        self.renew_worn_keys(now);
        self.authenticity
    }

    /// Takes every record of a datagram, each on its own.
    fn records_of(&mut self, now: Instant, datagram: &[u8]) {
        let mut reader = Reader::new(datagram);
        let mut is_named = false;
        while !reader.is_empty() {
            let mut start = reader;
            let Ok(record) = AnyRecord::read(&mut reader, self.records.cids.inbound_len()) else {
                return self.dropped.add(Dropped::Header);
            };
            let length = start.remaining().saturating_sub(reader.remaining());
            let raw = start.take(length).unwrap_or_default();
            let taken = self.record(now, &record, raw, is_named);
            if let Err(reason) = taken {
                self.dropped.add(reason);
            }
            if let AnyRecord::Ciphertext(Ciphertext { cid: [_, ..], .. }) = record {
                // rfc9147 §4: what follows a record of another connection is of that one.
                if taken == Err(Dropped::ConnectionId) {
                    return;
                }
                is_named = true;
            }
        }
    }

    /// Takes a record. It `is_named` if one before it, in the same datagram, bore our connection
    /// identifier.
    fn record(
        &mut self,
        now: Instant,
        record: &AnyRecord<'_>,
        raw: &[u8],
        is_named: bool,
    ) -> Result<(), Dropped> {
        if matches!(self.phase, Phase::Over(_)) {
            return Err(Dropped::Over);
        }
        if self.is_parted()
            && let Some(taken) = self.open_elsewhere(now, record)
        {
            return taken;
        }
        let taken = match record {
            AnyRecord::Plain(record) => self.plain_record(now, record, raw),
            AnyRecord::Ciphertext(record) => self.ciphertext(now, record, raw, is_named),
        };
        if taken == Err(Dropped::NotAuthentic) {
            self.forged(now);
            self.doubt_keys(now);
        }
        taken
    }

    /// A record was not authentic.
    fn forged(&mut self, now: Instant) {
        if self.records.is_besieged() {
            self.fail(FailureReason::TooManyForgeries);
        } else if self.records.needs_relief() {
            self.update_keys(now, true);
        }
    }

    /// A record of 1.2, or one without protection of either version.
    fn plain_record(
        &mut self,
        now: Instant,
        record: &Record<'_>,
        raw: &[u8],
    ) -> Result<(), Dropped> {
        let content_type = ContentType::from_code_point(record.content_type);
        if content_type.is_none() && record.content_type != CID_RECORD {
            return Err(Dropped::ContentType);
        }
        let number = RecordNumber { epoch: Epoch(record.epoch), sequence: record.sequence };
        // rfc9147 §4: the version of a record means nothing in 1.3.
        let is_of_version = |versions: &[u16]| versions.contains(&record.version);
        match number.epoch {
            Epoch::PLAINTEXT if !self.is_13() && !is_of_version(&PLAINTEXT_VERSIONS) => {
                Err(Dropped::Version)
            }
            Epoch::PLAINTEXT if record.fragment.len() > limits::MAX_PLAINTEXT => {
                Err(Dropped::Length)
            }
            Epoch::PLAINTEXT => {
                // rfc9146 §3: what is not protected bears no identifier.
                let content_type = content_type.ok_or(Dropped::ConnectionId)?;
                self.content(now, number, content_type, record.fragment)
            }
            Epoch::PROTECTED if !is_of_version(&[DTLS_1_2]) => Err(Dropped::Version),
            Epoch::PROTECTED if self.records.can_open(Epoch::PROTECTED) => {
                // rfc9146 §3: the type and the identifier go together.
                let has_cid = record.content_type == CID_RECORD;
                if has_cid == record.cid.is_empty() || !self.records.cids.is_expected(record.cid) {
                    return Err(Dropped::ConnectionId);
                }
                let (content_type, plaintext) = self.records.open(record)?;
                self.hear(number, record.cid);
                self.opened(now, number, content_type, plaintext)
            }
            Epoch::PROTECTED => self.keep_for_later(Version::Dtls12, raw),
            _ => Err(Dropped::Epoch),
        }
    }

    /// A protected record of 1.3.
    fn ciphertext(
        &mut self,
        now: Instant,
        record: &Ciphertext<'_>,
        raw: &[u8],
        is_named: bool,
    ) -> Result<(), Dropped> {
        let Some(epoch) = self.records.epoch_of(record) else {
            return self.keep_for_later(Version::Dtls13, raw);
        };
        // rfc9147 §4: one identifier in a datagram is enough.
        let is_unnamed = record.cid.is_empty() && is_named;
        if !is_unnamed && !self.records.cids.is_expected(record.cid) {
            return Err(Dropped::ConnectionId);
        }
        let opened = self.records.open_ciphertext(epoch, record)?;
        if let Phase::Connected(connected) = &self.phase
            && let Protocol::V13(post) = &connected.protocol
            && epoch == post.inbound_epoch()
        {
            // rfc9147 §8: the peer has taken up its new keys; what is under the old ones is late.
            self.records.retire_inbound_before(epoch, now + limits::OLD_EPOCH);
        }
        let number = RecordNumber { epoch, sequence: opened.sequence };
        self.hear(number, record.cid);
        self.opened(now, number, opened.content_type, opened.content)
    }

    /// A record was authentic, whatever becomes of its content.
    #[inline]
    pub(super) fn hear(&mut self, number: RecordNumber, cid: &[u8]) {
        if self.records.is_newest(number) {
            self.authenticity = Authenticity::Newest;
        } else if self.authenticity == Authenticity::Unproven {
            self.authenticity = Authenticity::Authentic;
        }
        if let Some(cid) = self.records.cids.heard(cid) {
            self.events.push_back(Event::ConnectionIdInUse(cid.clone()));
        }
    }

    /// Keeps a record that may be under keys which do not exist yet, if they can come to be.
    fn keep_for_later(&mut self, version: Version, raw: &[u8]) -> Result<(), Dropped> {
        let Phase::Handshaking(handshaking) = &self.phase else { return Err(Dropped::Epoch) };
        let may_be = match handshaking.branch.state {
            State::V12(_) => version == Version::Dtls12,
            State::V13(_) => version == Version::Dtls13,
            _ => self.config.speaks(version),
        };
        if may_be { self.early.push(raw) } else { Err(Dropped::Epoch) }
    }

    /// Takes what waited for keys, now that there are new ones.
    pub(super) fn take_early_records(&mut self, now: Instant) {
        // They came in other datagrams, and maybe from another address.
        let authenticity = self.authenticity;
        for record in self.early.take() {
            self.records_of(now, &record);
        }
        self.authenticity = authenticity;
    }

    /// Takes what was under keys; data is handed on as it is.
    #[inline]
    pub(super) fn opened(
        &mut self,
        now: Instant,
        number: RecordNumber,
        content_type: ContentType,
        content: Vec<u8>,
    ) -> Result<(), Dropped> {
        match content_type {
            ContentType::ApplicationData if number.epoch == Epoch::HANDSHAKE => Err(Dropped::Epoch),
            ContentType::ApplicationData => self.data(content),
            _ => self.content(now, number, content_type, &content),
        }
    }

    fn content(
        &mut self,
        now: Instant,
        number: RecordNumber,
        content_type: ContentType,
        content: &[u8],
    ) -> Result<(), Dropped> {
        let epoch = number.epoch;
        match content_type {
            ContentType::Handshake => self.handshake(now, number, content),
            ContentType::Alert => self.alert(now, epoch, content),
            ContentType::Ack => self.ack(now, epoch, content),
            // The epoch of the records after it says all that it says; see the states'
            // documentation.
            ContentType::ChangeCipherSpec if epoch == Epoch::PLAINTEXT && content == [1] => Ok(()),
            ContentType::ChangeCipherSpec => Err(Dropped::ChangeCipherSpec),
            ContentType::ApplicationData => Err(Dropped::PlaintextData),
        }
    }

    #[inline]
    fn data(&mut self, mut data: Vec<u8>) -> Result<(), Dropped> {
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
                // What is counted is what is held: no room is kept that padding took.
                data.shrink_to_fit();
                handshaking.early_data.push(data);
            }
            _ if self.events.len() >= limits::EVENTS => return Err(Dropped::EventsFull),
            _ => self.events.push_back(Event::Data(data)),
        }
        Ok(())
    }

    fn alert(&mut self, now: Instant, epoch: Epoch, content: &[u8]) -> Result<(), Dropped> {
        let alert = Alert::parse(content).map_err(|_| Dropped::Alert)?;
        let is_close = alert.description == AlertDescription::CLOSE_NOTIFY;
        // rfc8446 §6: the level means nothing in 1.3; only this one announces a mere close.
        let is_fatal =
            alert.fatal || (self.is_13() && alert.description != AlertDescription::USER_CANCELED);
        // Anybody can write an alert in plaintext, and a peer that has shown its keys does not.
        if epoch == Epoch::PLAINTEXT {
            if let Phase::Handshaking(handshaking) = &mut self.phase
                && (is_close || is_fatal)
            {
                handshaking.alerted(now, alert.description);
            }
            return Err(Dropped::PlaintextAlert);
        }
        match &self.phase {
            Phase::Connected(_) if is_close => {
                // rfc5246 §7.2.1: answered with a close_notify of our own.
                self.close();
            }
            _ if is_close || is_fatal => {
                self.fail(FailureReason::PeerAlert(alert.description));
            }
            _ => {}
        }
        Ok(())
    }

    fn handshake(
        &mut self,
        now: Instant,
        number: RecordNumber,
        content: &[u8],
    ) -> Result<(), Dropped> {
        let mut reader = Reader::new(content);
        if reader.is_empty() {
            return Err(Dropped::Fragment);
        }
        let mut result = Ok(());
        let mut unheard = false;
        while !reader.is_empty() {
            let Ok(fragment) = Fragment::read(&mut reader) else {
                self.acks.retract(number);
                return Err(Dropped::Fragment);
            };
            let taken = match &self.phase {
                Phase::Handshaking(_) => self.fragment(now, number, &fragment),
                Phase::Connected(connected) => match connected.protocol {
                    Protocol::V12(_) => self.late_fragment_12(now, number.epoch, &fragment),
                    Protocol::V13(_) => self.late_fragment_13(now, number, &fragment),
                },
                Phase::Idle | Phase::Over(_) => Err(Dropped::Over),
            };
            // rfc9147 §7: a record of which a part was dropped is not acknowledged, whatever
            // became of its other parts; else that part would never come again.
            if !matches!(taken, Ok(()) | Err(Dropped::Retransmission)) {
                unheard = true;
            }
            result = result.and(taken);
        }
        if unheard {
            self.acks.retract(number);
        }
        result
    }

    /// What the peer says that it has of our flight.
    fn ack(&mut self, now: Instant, epoch: Epoch, content: &[u8]) -> Result<(), Dropped> {
        // rfc9147 §7: without a meaning before 1.3 is agreed on. Those in plaintext may be
        // anybody's, and nobody needs them: the answer to a hello says the same.
        if !self.is_13() || epoch == Epoch::PLAINTEXT {
            return Err(Dropped::Ack);
        }
        let ack = Ack::parse(content).map_err(|_| Dropped::Ack)?;
        // Nobody can have records of epochs that we have not begun. The draft that revises RFC 9147
        // compares with the epoch of the acknowledgement itself, which is the peer's and may well
        // be behind ours when only our keys were renewed.
        let newest = self.records.current_epoch();
        if ack.record_numbers.iter().any(|number| number.epoch > newest) {
            self.fail(FailureReason::IllegalParameter("record_numbers"));
            return Ok(());
        }
        self.acknowledged(now, &ack.record_numbers);
        Ok(())
    }
}
