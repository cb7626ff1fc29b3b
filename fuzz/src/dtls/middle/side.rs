//! One side, what it has said that it is, and what it may cost.

use allocation_counter::measure;
use lariat_base::Instant;
use lariat_dtls::{
    ConnectedInfo, Connection, ConnectionId, ConnectionIdUsage, Event, ExportError, limits,
};

use super::super::setup::connection_id;

/// What a side may hold: messages in pieces, a transcript, early records and data, flights and what
/// waits to be sent, with room for vectors that have grown to twice of what is in them.
const HELD_BYTES: i64 = 2
    * (limits::REASSEMBLY_BYTES * 9 / 8
        + limits::TRANSCRIPT_BYTES
        + 2 * limits::EARLY_BYTES
        + 64 * 1024) as i64;

/// How many datagrams may follow from one: a flight in pieces of 256 bytes, alerts, and an
/// acknowledgement.
const ANSWERS: usize = 48;

/// A datagram more for so many bytes that came: a client repeats a cookie.
const REPEATED_BYTES: usize = 128;

pub(super) struct Side {
    connection: Connection,
    /// The longest datagram of its handshake.
    mtu: usize,
    /// What its records were to bear at first, and have borne; the latest one last.
    cids: Vec<ConnectionId>,
    /// How many identifiers it has given out.
    issued: u8,
    /// What it was when it was connected, and the keys it exported, unless it was over already.
    agreed: Option<(ConnectedInfo, Option<[u8; 60]>)>,
    is_over: bool,
    held: i64,
    taken: usize,
    /// What it has sent that did not arrive yet.
    sent: Vec<Vec<u8>>,
    heard: usize,
}

impl Side {
    /// Its records are to bear `wanted`, if that is agreed on.
    pub(super) fn new(connection: Connection, wanted: Option<ConnectionId>, mtu: usize) -> Self {
        Self {
            connection,
            mtu,
            cids: wanted.into_iter().filter(|cid| !cid.is_empty()).collect(),
            issued: 1,
            agreed: None,
            is_over: false,
            held: 0,
            taken: 0,
            sent: Vec::new(),
            heard: 0,
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection.is_connected()
    }

    pub(super) const fn was_connected(&self) -> bool {
        self.agreed.is_some()
    }

    pub(super) fn info(&self) -> Option<ConnectedInfo> {
        self.agreed.map(|(info, _)| info)
    }

    pub(super) fn keys(&self) -> Option<[u8; 60]> {
        self.agreed.and_then(|(_, keys)| keys)
    }

    /// Whether its last event was told.
    pub(super) const fn is_over(&self) -> bool {
        self.is_over
    }

    /// What its records were to bear at first, and have borne; the latest one last.
    pub(super) fn cids(&self) -> &[ConnectionId] {
        &self.cids
    }

    /// Whether records of the other side bear what this one expects.
    pub(super) fn expects(&self, other: &Self) -> bool {
        let (given, cid) =
            (self.connection.connection_ids(), other.connection.peer_connection_id());
        if cid.is_empty() { given.is_empty() } else { given.contains(cid) }
    }

    /// How many messages have arrived.
    pub(super) const fn heard(&self) -> usize {
        self.heard
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.connection.poll_timeout().map(|deadline| deadline.at)
    }

    pub(super) fn start(&mut self, now: Instant) {
        self.measured(|connection| connection.start(now));
    }

    pub(super) fn update_keys(&mut self, now: Instant, and_peer: bool) {
        self.measured(|connection| connection.update_keys(now, and_peer));
    }

    /// Gives the other side identifiers, asks it for some, or goes on with a spare one.
    pub(super) fn change_cids(&mut self, now: Instant, how: u8) {
        let count = how >> 4 & 7;
        let length = self.connection.connection_ids().first().map_or(0, ConnectionId::len);
        let numbers = (self.issued..=u8::MAX).take(count.into());
        let cids: Vec<_> = numbers.map(|number| connection_id(number, length)).collect();
        let mut is_issued = false;
        self.measured(|connection| match how >> 2 & 3 {
            0 => drop(connection.request_connection_ids(now, count)),
            1 => drop(connection.use_spare_connection_id()),
            usage => {
                let usages = [ConnectionIdUsage::Immediate, ConnectionIdUsage::Spare];
                let usage = usages[usize::from(usage & 1)];
                is_issued = connection.issue_connection_ids(now, &cids, usage).is_ok();
            }
        });
        if is_issued {
            self.issued = self.issued.saturating_add(count);
        }
    }

    pub(super) fn close(&mut self) {
        self.measured(Connection::close);
    }

    pub(super) fn take(&mut self, now: Instant, datagram: &[u8]) {
        self.taken += datagram.len();
        self.measured(|connection| {
            connection.handle_datagram(now, datagram);
        });
    }

    /// Does what is due.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.deadline().is_some_and(|at| at <= now) {
            self.measured(|connection| connection.handle_timeout(now));
            assert!(self.deadline().is_none_or(|at| at > now), "what is due is done");
        }
    }

    /// Sends data, if that is possible.
    pub(super) fn send(&mut self, length: usize) -> Option<Vec<u8>> {
        let data = vec![length as u8; length];
        let mut out = Vec::with_capacity(1 << 10);
        let mut written = false;
        self.measured(|connection| written = connection.send(&data, &mut out).is_ok());
        assert!(!written || self.is_connected(), "who sends is connected");
        assert_eq!(written, !out.is_empty());
        self.note_cid();
        if !written {
            return None;
        }
        // What is empty means nothing.
        self.sent.extend(Some(data).filter(|data| !data.is_empty()));
        Some(out)
    }

    /// What is true of a side at any time.
    pub(super) fn check(&self) {
        let mut keys = [0; 60];
        let exported =
            self.connection.export_keying_material("EXTRACTOR-dtls_srtp", None, &mut keys);
        if self.is_connected() {
            assert_eq!(exported, Ok(()));
            assert_eq!(self.keys(), Some(keys), "the keys of others do not change");
        } else {
            assert_eq!(exported, Err(ExportError::NotConnected));
        }
        if self.is_over {
            assert!(!self.is_connected(), "what is over is over");
            assert_eq!(self.deadline(), None, "who is done waits for nothing");
        }
        assert!(self.connection.connection_ids().len() <= limits::CONNECTION_IDS);
        assert!(self.connection.spare_connection_ids() <= limits::CONNECTION_IDS);
        assert!(self.held <= HELD_BYTES, "{} bytes are held", self.held);
    }

    /// Takes datagrams and events.
    pub(super) fn drain(
        &mut self,
        now: Instant,
        other: &mut Self,
        may_be_forged: bool,
    ) -> Vec<Vec<u8>> {
        let mut datagrams = Vec::new();
        let mut out = Vec::with_capacity(1 << 15);
        loop {
            let mut length = None;
            self.measured(|connection| length = connection.poll_transmit(&mut out));
            let Some(length) = length else { break };
            assert_eq!(length, out.len());
            assert!(length <= self.mtu, "a datagram of {length} bytes");
            datagrams.push(out.clone());
            out.clear();
        }
        self.note_cid();
        let most = ANSWERS + self.taken / REPEATED_BYTES;
        assert!(datagrams.len() <= most, "{} datagrams at once", datagrams.len());
        assert!(self.deadline().is_none_or(|at| at >= now), "a deadline in the past");
        let mut events = 0;
        while self.event(other, may_be_forged) {
            events += 1;
            assert!(events <= limits::EVENTS + limits::EARLY_RECORDS + limits::CONNECTION_IDS + 2);
        }
        datagrams
    }

    fn event(&mut self, other: &mut Self, may_be_forged: bool) -> bool {
        let (mut is_there, mut info, mut is_last, mut heard) = (false, None, false, 0);
        let sent = &mut other.sent;
        let found = measure(|| match self.connection.poll_event() {
            None => {}
            Some(event) => {
                is_there = true;
                match event {
                    Event::Connected(connected) => info = Some(connected),
                    Event::Data(data) => {
                        assert!(!data.is_empty(), "there is nothing to tell");
                        assert!(may_be_forged || sent.contains(&data), "nobody has said this");
                        heard = data.len();
                    }
                    Event::ConnectionIdsRequested(_) | Event::ConnectionIdInUse(_) => {}
                    _ => is_last = true,
                }
            }
        });
        self.held += found.bytes_current;
        if !is_there {
            return false;
        }
        assert!(!self.is_over, "an event after the last one");
        if let Some(info) = info {
            assert!(self.agreed.is_none(), "connected twice");
            let mut keys = [0; 60];
            let exported =
                self.connection.export_keying_material("EXTRACTOR-dtls_srtp", None, &mut keys);
            self.agreed = Some((info, exported.is_ok().then_some(keys)));
        }
        if heard > 0 {
            assert!(self.agreed.is_some(), "data before the connection");
            self.heard += 1;
            // Data of one length is the same.
            if let Some(at) = sent.iter().position(|data| data.len() == heard) {
                sent.swap_remove(at);
            }
        }
        self.is_over = is_last;
        true
    }

    /// Remembers what its records bear now.
    fn note_cid(&mut self) {
        let cid = self.connection.peer_connection_id();
        if !cid.is_empty() && self.cids.last() != Some(cid) {
            self.cids.push(cid.clone());
        }
    }

    /// Counts what the connection holds after this, and did not before.
    fn measured(&mut self, act: impl FnOnce(&mut Connection)) {
        let connection = &mut self.connection;
        self.held += measure(|| act(connection)).bytes_current;
    }
}
