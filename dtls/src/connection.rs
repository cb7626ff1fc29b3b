//! One connection: its phases, and the five verbs.

mod admitted;
mod alternatives;
mod connected;
mod connection_ids;
mod datagram_size;
mod doubt;
mod early;
mod handshaking;
mod receive;
mod transmit;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use lariat_base::{Backoff, Deadline, Instant, Rng, Tally};

use crate::alert::{Alert, AlertDescription};
use crate::config::Config;
use crate::error::{Dropped, ExportError, FailureReason, SendError};
use crate::event::{Authenticity, Event, Role};
use crate::fingerprint::Fingerprint;
use crate::handshake::Flight;
use crate::limits;
use crate::message::DTLS_1_2;
use crate::record::{ContentType, Epoch, Protection, RecordLayer};
use crate::state::State;
use crate::v12::MasterSecret;
use crate::v13::PostHandshake;
use crate::v13::ack::Acks;
use datagram_size::DatagramSize;
use early::EarlyRecords;
use handshaking::Handshaking;
use transmit::Output;

/// What a record adds to application data, at most, in bytes, if the peer wants no connection
/// identifier in it. [`Connection::record_overhead`] knows of that, too.
///
/// ```
/// // A datagram of 1,200 bytes carries this much.
/// assert_eq!(1_200 - lariat_dtls::RECORD_OVERHEAD, 1_163);
/// ```
pub const RECORD_OVERHEAD: usize = Protection::overhead(Epoch::PROTECTED, 0);

/// One side of a DTLS association. See the [crate documentation](crate) for its run loop.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::{Instant, Seed};
/// use lariat_crypto::ring;
/// use lariat_dtls::{Certificate, Config, Connection, Role};
///
/// let provider = ring::provider();
/// let seed = Seed::new([1; 32]);
/// let now = Duration::from_secs(1_790_000_000);
/// let certificate = Certificate::generate(&*provider, &mut seed.split("cert").rng(), now)?;
/// let expected = vec![certificate.fingerprint()]; // in life: the peer's, from its description
/// let config = Config::new(provider, seed.split("dtls"), certificate);
///
/// let mut client = Connection::new(config, Role::Client, expected);
/// client.start(Instant::ZERO);
/// let mut datagram = Vec::new();
/// assert!(client.poll_transmit(&mut datagram).is_some(), "the ClientHello");
/// assert_eq!(client.poll_timeout().map(|deadline| deadline.reason), Some("DTLS flight"));
/// # Ok::<(), lariat_dtls::CertificateError>(())
/// ```
#[derive(Debug)]
pub struct Connection {
    config: Config,
    role: Role,
    peer_fingerprints: Vec<Fingerprint>,
    rng: Rng,
    rto: Duration,
    datagram_size: DatagramSize,
    phase: Phase,
    records: RecordLayer,
    output: Output,
    early: EarlyRecords,
    acks: Acks,
    events: VecDeque<Event>,
    dropped: Tally<Dropped>,
    /// Of the records of this datagram so far.
    authenticity: Authenticity,
}

#[derive(Debug)]
enum Phase {
    /// A client that was not started.
    Idle,
    Handshaking(Box<Handshaking>),
    Connected(Connected),
    Over(Farewell),
}

#[derive(Debug)]
struct Connected {
    protocol: Protocol,
    /// A flight that may go out again: of a server of 1.2 whenever the client sends its own again,
    /// in 1.3 until it is acknowledged.
    sent: Option<Box<SentFlight>>,
    /// When the peer has had enough time to acknowledge it.
    give_up_at: Option<Instant>,
    /// Whether our keys are to be renewed once nothing else is on its way, and the peer's with
    /// them.
    wanted: Option<bool>,
}

/// What a version keeps after its handshake.
#[derive(Debug)]
enum Protocol {
    V12(MasterSecret),
    V13(Box<PostHandshake>),
}

/// Closed or failed: what was said last, for a peer that did not hear it.
#[derive(Debug, Default)]
struct Farewell {
    alert: Option<Vec<u8>>,
    /// No datagram with an alert of the peer, and nothing else, has more bytes.
    longest_alert: usize,
    repeated: u8,
    repeated_at: Option<Instant>,
}

/// A flight that waits for its answer.
#[derive(Debug)]
struct SentFlight {
    flight: Flight,
    /// The `message_seq` of the first message of the answer.
    answer_seq: u16,
    sent_at: Instant,
    /// How long the longest datagram of its last transmission was.
    longest: usize,
    /// How long its datagrams could be at most in any transmission so far.
    shortest_limit: usize,
    /// When it goes out again by itself.
    timer: Option<Backoff>,
}

impl SentFlight {
    fn new(flight: Flight, answer_seq: u16, now: Instant, timer: Option<Backoff>) -> Self {
        let (longest, shortest_limit) = (0, usize::MAX);
        Self { flight, answer_seq, sent_at: now, longest, shortest_limit, timer }
    }
}

impl Phase {
    fn sent(&mut self) -> Option<&mut SentFlight> {
        match self {
            Self::Handshaking(handshaking) => handshaking.branch.sent.as_mut(),
            Self::Connected(connected) => connected.sent.as_deref_mut(),
            Self::Idle | Self::Over(_) => None,
        }
    }
}

impl Connection {
    /// A connection that accepts a peer whose certificate has one of `peer_fingerprints`; with none
    /// of them it accepts nobody.
    pub fn new(config: Config, role: Role, peer_fingerprints: Vec<Fingerprint>) -> Self {
        let mut connection = Self {
            rng: config.seed.rng(),
            rto: config.initial_rto.clamp(limits::MIN_RTO, limits::MAX_RTO),
            datagram_size: DatagramSize::new(config.mtu),
            config,
            role,
            peer_fingerprints,
            phase: Phase::Idle,
            records: RecordLayer::default(),
            output: Output::default(),
            early: EarlyRecords::default(),
            acks: Acks::default(),
            events: VecDeque::new(),
            dropped: Tally::new(),
            authenticity: Authenticity::Unproven,
        };
        if role == Role::Server {
            connection.begin(None);
        }
        connection
    }

    /// Which side we are.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Whether the handshake is complete and nothing has ended the connection.
    pub const fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected(_))
    }

    /// What was dropped so far, and why.
    pub const fn dropped(&self) -> &Tally<Dropped> {
        &self.dropped
    }

    /// Starts the handshake: a client sends its hello. A server has nothing to start, but see
    /// [`Connection::expect_hello`]. A second call does nothing.
    pub fn start(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Idle) {
            self.begin(Some(now));
        }
    }

    /// Tells a server that its client can reach it from now on, under ICE once there is a pair: a
    /// client that says no hello within [`Config::handshake_timeout`] is given up, for
    /// [`FailureReason::NoHello`]. The first datagram from the client says the same. Until either,
    /// a server waits: how long a path may take is for whoever looks for it to say.
    ///
    /// A second call does nothing, nor does one after the hello or for a client.
    pub fn expect_hello(&mut self, now: Instant) {
        if let Phase::Handshaking(handshaking) = &mut self.phase {
            handshaking.give_up_at.get_or_insert(now + self.config.handshake_timeout);
        }
    }

    /// Tells a round-trip time that was measured elsewhere, by ICE for instance. Flights sent from
    /// now on are first repeated after twice that, but not before 50 ms.
    pub fn set_rtt(&mut self, rtt: Duration) {
        self.rto = rtt.saturating_mul(2).clamp(limits::MIN_RTO, limits::MAX_RTO);
    }

    /// Takes a datagram from the peer: any number of records, each of them on its own.
    ///
    /// The caller has made sure that it comes from an address that ICE has validated, or from which
    /// a [`CookieGate`](crate::CookieGate) has let a client through.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Authenticity {
        self.receive(now, datagram)
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.give_up_at().is_some_and(|at| at <= now) {
            return self.fail(self.reason_to_give_up());
        }
        if let Some(sent) = self.phase.sent()
            && let Some(timer) = &mut sent.timer
            && timer.is_due(now)
        {
            // The limit on expiries is the whole handshake's deadline.
            timer.expire(now);
            // rfc6347 §4.1.1.1, rfc9147 §4.4: it may be the length that keeps an answer away.
            self.datagram_size.fall_back(timer.expiries(), sent.longest);
            if !self.try_another_way(now) {
                self.repeat_flight(now);
            }
        }
        self.acks.expire(now);
    }

    /// Appends the next datagram to `out` and says how long it is.
    pub fn poll_transmit(&mut self, out: &mut Vec<u8>) -> Option<usize> {
        self.output.take(out).or_else(|| self.take_ack(out))
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Takes back the buffer of an [`Event::Data`] that is done with: the next record is opened
    /// into it, without an allocation. One is kept, if it is no longer than
    /// [`limits::REUSED_BUFFER`](crate::limits::REUSED_BUFFER).
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        if buffer.capacity() <= limits::REUSED_BUFFER && self.is_connected() {
            self.records.buffer = buffer;
        }
    }

    /// When to call [`Connection::handle_timeout`] next, and why.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        let sent = match &self.phase {
            Phase::Handshaking(handshaking) => handshaking.branch.sent.as_ref(),
            Phase::Connected(connected) => connected.sent.as_deref(),
            Phase::Idle | Phase::Over(_) => None,
        };
        let flight = sent.and_then(|sent| sent.timer).map(|timer| timer.at());
        Deadline::earliest([
            flight.map(|at| Deadline::new(at, "DTLS flight")),
            self.acks.at().map(|at| Deadline::new(at, "DTLS acknowledgement")),
            self.give_up_at().map(|at| Deadline::new(at, "DTLS handshake timeout")),
        ])
    }

    /// Appends one record with `data` to `out` and says how long it is, at most
    /// [`Connection::record_overhead`] more than the data. It is the caller's to keep the sum below
    /// the path's MTU.
    ///
    /// # Errors
    /// [`SendError`]; nothing is written then.
    pub fn send(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<usize, SendError> {
        match self.phase {
            Phase::Connected(_) => {}
            Phase::Idle | Phase::Handshaking(_) => return Err(SendError::NotConnected),
            Phase::Over(_) => return Err(SendError::Closed),
        }
        let max = self.records.content_limit();
        if data.len() > max {
            return Err(SendError::TooLong { max });
        }
        let before = out.len();
        let content_type = ContentType::ApplicationData;
        self.records
            .write(self.records.current_epoch(), DTLS_1_2, content_type, data, out)
            .map_err(|_| SendError::SequenceExhausted)?;
        Ok(out.len().saturating_sub(before))
    }

    /// Fills `out` with keying material for another protocol (RFC 5705, RFC 8446 §7.5), for
    /// instance with the label `EXTRACTOR-dtls_srtp` and no context for SRTP (RFC 5764 §4.2).
    ///
    /// # Errors
    /// [`ExportError`]; `out` is unchanged then.
    pub fn export_keying_material(
        &self,
        label: &str,
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), ExportError> {
        let Phase::Connected(connected) = &self.phase else {
            return Err(ExportError::NotConnected);
        };
        let provider = &*self.config.provider;
        match &connected.protocol {
            Protocol::V12(master_secret) => master_secret.export(provider, label, context, out),
            Protocol::V13(post) => post.export(provider, label, context, out),
        }
    }

    /// Renews the keys of what we send and, with `and_peer`, asks the peer to renew its own (RFC
    /// 9147 §8). This happens by itself before a key has protected as much as it may.
    ///
    /// It waits until a flight that is on its way is acknowledged. DTLS 1.2 has nothing like it;
    /// there, and without a connection, this does nothing.
    pub fn update_keys(&mut self, now: Instant, and_peer: bool) {
        let Phase::Connected(connected) = &mut self.phase else { return };
        let Protocol::V13(post) = &connected.protocol else { return };
        if !post.is_updating() || and_peer {
            connected.wanted = Some(connected.wanted.unwrap_or(false) || and_peer);
            self.send_if_wanted(now);
        }
    }

    /// Ends the connection: a close_notify goes out and [`Event::Closed`] comes. What the peer
    /// still sends is dropped. A second call does nothing.
    pub fn close(&mut self) {
        match self.phase {
            Phase::Over(_) => {}
            Phase::Idle => self.finish(None, Event::Closed),
            Phase::Handshaking(_) | Phase::Connected(_) => {
                let alert = Alert::warning(AlertDescription::CLOSE_NOTIFY);
                self.finish(Some(alert), Event::Closed);
            }
        }
    }

    fn begin(&mut self, now: Option<Instant>) {
        let role = self.role;
        let begun = self.handshaking(0, |context| State::start(role, context));
        match begun {
            Ok(handshaking) => {
                let give_up_at = now.map(|now| now + self.config.handshake_timeout);
                let handshaking = Handshaking { give_up_at, ..handshaking };
                self.phase = Phase::Handshaking(Box::new(handshaking));
            }
            Err(reason) => return self.fail(reason),
        }
        if let Some(now) = now {
            self.send_flight(now);
        }
    }

    /// Ends the connection for this reason, which the peer is told if it is for it to know.
    fn fail(&mut self, reason: FailureReason) {
        // rfc6347 §4.2.4: what was not answered will not be; only the alert still goes out.
        self.output.clear();
        self.finish(reason.alert().map(Alert::fatal), Event::Failed(reason));
    }

    /// Says the last words, and forgets the handshake, its secrets and its keys.
    fn finish(&mut self, alert: Option<Alert>, last: Event) {
        let alert = alert.and_then(|alert| self.send_alert(alert));
        // Theirs is as long as ours, but for the identifier, and in 1.2 for the type that is hidden
        // behind one.
        let cids = &self.records.cids;
        let longest_alert = alert.as_ref().map_or(0, Vec::len) + cids.inbound_len() + 1;
        let longest_alert = longest_alert.saturating_sub(cids.outbound().len());
        self.phase = Phase::Over(Farewell { alert, longest_alert, ..Farewell::default() });
        self.records = RecordLayer::default();
        self.early = EarlyRecords::default();
        self.acks.clear();
        self.events.push_back(last);
    }

    /// Whether 1.3 was agreed on.
    const fn is_13(&self) -> bool {
        match &self.phase {
            Phase::Handshaking(handshaking) => matches!(handshaking.branch.state, State::V13(_)),
            Phase::Connected(connected) => matches!(connected.protocol, Protocol::V13(_)),
            Phase::Idle | Phase::Over(_) => false,
        }
    }

    const fn reason_to_give_up(&self) -> FailureReason {
        match &self.phase {
            Phase::Handshaking(waiting) if let Some(doubt) = &waiting.doubt => doubt.reason,
            Phase::Handshaking(waiting)
                if matches!(waiting.branch.state, State::ClientHello(_)) =>
            {
                FailureReason::NoHello
            }
            _ => FailureReason::HandshakeTimeout,
        }
    }

    fn give_up_at(&self) -> Option<Instant> {
        match &self.phase {
            Phase::Handshaking(handshaking) => handshaking.give_up_at(),
            Phase::Connected(connected) => connected.give_up_at,
            Phase::Idle | Phase::Over(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
