//! What stands before a server outside ICE: clients that have not shown their addresses cost a
//! fixed amount of memory, however many there are.

mod cookie;
mod hello;
mod pieces;

use alloc::vec::Vec;
use core::fmt;

use lariat_base::{Instant, Seed, Tally};

use crate::alert::{Alert, AlertDescription};
use crate::config::Config;
use crate::connection::Connection;
use crate::event::Version;
use crate::fingerprint::Fingerprint;
use crate::handshake::{Fragment, HandshakeType};
use crate::limits;
use crate::message::extension::Cookie;
use crate::message::{ClientHello, DTLS_1_0, DTLS_1_2, Extensions, HelloVerifyRequest};
use crate::negotiation;
use crate::record::{ContentType, Epoch, Record, RecordNumber};
use crate::v13::{Retried, Retry};
use cookie::{Binding, CookieKeys};
use hello::Arrival;
use pieces::Pieces;

/// Exchanges cookies with clients of a server outside ICE, so that no connection is made for an
/// address that is not the sender's (RFC 6347 §4.2.1, RFC 9147 §5.1).
///
/// Under ICE there is no need for it: the client's address has been checked. Elsewhere a server
/// hands it each datagram that comes from an address without a [`Connection`], and makes one only
/// at [`Verdict::Admit`]. Whoever writes another sender's address into its datagrams does not see
/// the cookie and gets no further; what is sent to that address is never longer than what came.
///
/// A first hello in one datagram leaves nothing behind. One with a key of X25519MLKEM768, the
/// default, takes two at an MTU of 1,200 bytes, and must be whole before it can be answered,
/// because its hash is in the cookie (RFC 9147 has no other way). Its parts are kept until the last
/// one comes, or until [`limits::GATE_HELLOS`](crate::limits::GATE_HELLOS) other clients have sent
/// a part: never more than that many hellos of at most
/// [`limits::GATE_HELLO_BYTES`](crate::limits::GATE_HELLO_BYTES), whoever sends them. A client
/// whose parts were pushed out sends them again, as after a loss. Where that is not wanted, a
/// client sends no key in its first hello ([`Config::key_shares`]): the round trip is paid for
/// already, and the server asks for its preferred group, X25519MLKEM768 included. The second hello
/// may take several datagrams in any case, as long as its cookie is in the first one, where a
/// client of this crate has it.
///
/// ```
/// use core::time::Duration;
/// use lariat_base::{Instant, Seed};
/// use lariat_crypto::ring;
/// use lariat_dtls::{Certificate, Config, Connection, CookieGate, Role, Verdict};
///
/// let provider = ring::provider();
/// let unix = Duration::from_secs(1_790_000_000);
/// let config = |seed: u8| {
///     let seed = Seed::new([seed; 32]);
///     let mut rng = seed.split("certificate").rng();
///     let certificate = Certificate::generate(&*provider, &mut rng, unix)?;
///     Ok::<_, lariat_dtls::CertificateError>(Config::new(
///         provider.clone(),
///         seed.split("dtls"),
///         certificate,
///     ))
/// };
/// let (of_client, of_server) = (config(1)?, config(2)?);
/// let expected = [&of_server, &of_client].map(|config| vec![config.certificate.fingerprint()]);
/// let [by_client, by_server] = expected;
///
/// let mut gate = CookieGate::new(of_server.clone(), &Seed::new([3; 32]));
/// let mut client = Connection::new(of_client, Role::Client, by_client);
/// let (now, address) = (Instant::ZERO, b"192.0.2.1:4433");
/// client.start(now);
/// let (mut datagram, mut answer) = (Vec::new(), Vec::new());
/// client.poll_transmit(&mut datagram);
/// assert_eq!(gate.handle_datagram(now, address, &datagram, &mut answer), Verdict::Incomplete);
/// datagram.clear();
/// client.poll_transmit(&mut datagram);
/// assert_eq!(gate.handle_datagram(now, address, &datagram, &mut answer), Verdict::Reply);
/// client.handle_datagram(now, &answer);
///
/// // The second hello, of two datagrams: the first one is for the gate and for the connection.
/// datagram.clear();
/// client.poll_transmit(&mut datagram);
/// let Verdict::Admit(admission) = gate.handle_datagram(now, address, &datagram, &mut answer)
/// else { panic!("the cookie is genuine") };
/// let mut server = admission.connection(of_server, by_server);
/// server.handle_datagram(now, &datagram);
/// datagram.clear();
/// client.poll_transmit(&mut datagram);
/// server.handle_datagram(now, &datagram);
/// assert!(server.poll_transmit(&mut answer).is_some(), "the ServerHello");
/// # Ok::<(), lariat_dtls::CertificateError>(())
/// ```
#[derive(Debug)]
pub struct CookieGate {
    config: Config,
    keys: CookieKeys,
    pieces: Pieces,
    dropped: Tally<Refusal>,
}

/// What a [`CookieGate`] makes of a datagram.
///
/// ```
/// use lariat_dtls::{Refusal, Verdict};
///
/// let verdict = Verdict::Dropped(Refusal::NotHandshake);
/// assert!(!matches!(verdict, Verdict::Admit(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The bytes that were appended to `out` are to be sent to where the datagram came from.
    Reply,
    /// The client receives at its address: [`Admission::connection`].
    Admit(Admission),
    /// It is a part of a ClientHello, and others are missing. Nothing is to be done.
    Incomplete,
    /// Nothing is to be done.
    Dropped(Refusal),
}

/// What a [`CookieGate`] knows of a client that it lets through.
///
/// See [`CookieGate`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    pub(crate) at: Instant,
    pub(crate) record_sequence: u64,
    pub(crate) message_seq: u16,
    /// In 1.3, what the cookie has brought back.
    pub(crate) retried: Option<Retried>,
    /// A hello of 1.2 that came in several datagrams.
    pub(crate) hello: Option<Vec<u8>>,
}

impl Admission {
    /// The connection to that client, which accepts it if its certificate has one of
    /// `peer_fingerprints`. The datagram that was let through is to be handed to it next.
    ///
    /// `config` is the gate's, with a seed of its own.
    pub fn connection(&self, config: Config, peer_fingerprints: Vec<Fingerprint>) -> Connection {
        Connection::admitted(self, config, peer_fingerprints)
    }
}

impl CookieGate {
    /// A gate for servers with this configuration. `seed` gives the secret of the cookies: it must
    /// be unpredictable, and another one each time that time starts anew.
    pub fn new(config: Config, seed: &Seed) -> Self {
        let keys = CookieKeys::new(&*config.provider, seed);
        Self { config, keys, pieces: Pieces::default(), dropped: Tally::new() }
    }

    /// Changes the secret. Cookies of the one before it stay good until the next call, those of
    /// older ones become worthless. Every hour is often enough.
    pub fn rotate(&mut self, seed: &Seed) {
        self.keys.rotate(&*self.config.provider, seed);
    }

    /// What was dropped so far, and why.
    pub const fn dropped(&self) -> &Tally<Refusal> {
        &self.dropped
    }

    /// Takes a datagram from a client without a connection. `address` is anything that names its
    /// sender: the bytes of the IP address and the port. An answer is appended to `out`.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        address: &[u8],
        datagram: &[u8],
        out: &mut Vec<u8>,
    ) -> Verdict {
        let before = out.len();
        let verdict = Arrival::read(datagram).and_then(|arrival| {
            let (verdict, received) = self.arrive(now, address, &arrival, datagram.len(), out)?;
            // Whoever is at that address may not have asked.
            let is_longer = out.len().saturating_sub(before) > received;
            if is_longer { Err(Refusal::TooShort) } else { Ok(verdict) }
        });
        verdict.unwrap_or_else(|reason| {
            out.truncate(before);
            self.dropped.add(reason);
            Verdict::Dropped(reason)
        })
    }

    /// Takes a hello or a part of one. Says, too, how many bytes of datagrams it came in.
    fn arrive(
        &mut self,
        now: Instant,
        address: &[u8],
        arrival: &Arrival<'_>,
        datagram_len: usize,
        out: &mut Vec<u8>,
    ) -> Result<(Verdict, usize), Refusal> {
        if arrival.is_whole() {
            return Ok((self.judge(now, address, arrival, out)?, datagram_len));
        }
        if arrival.is_beginning()
            && let Some(Cookie(cookie)) = hello::cookie_in(arrival.body)
        {
            return Ok((self.second_13(now, address, arrival, cookie, out), datagram_len));
        }
        let length = usize::try_from(arrival.fragment.length).unwrap_or(usize::MAX);
        if length > limits::GATE_HELLO_BYTES {
            return Err(Refusal::TooLong);
        }
        let Some(whole) = self.pieces.add(address, arrival, datagram_len) else {
            return Ok((Verdict::Incomplete, datagram_len));
        };
        let all = Arrival { body: &whole.body, ..*arrival };
        let mut verdict = self.judge(now, address, &all, out)?;
        if let Verdict::Admit(admission) = &mut verdict {
            // Of the datagrams before this one nobody else knows.
            admission.hello = Some(whole.body);
        }
        Ok((verdict, whole.received))
    }

    /// Answers a whole hello, or lets it through.
    fn judge(
        &mut self,
        now: Instant,
        address: &[u8],
        arrival: &Arrival<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Verdict, Refusal> {
        let hello = ClientHello::parse(arrival.body).map_err(|_| Refusal::Malformed)?;
        match negotiation::choose_version(&hello, &self.config).map_err(|_| Refusal::Unusable)? {
            Version::Dtls12 => Ok(self.hello_12(now, address, arrival, hello, out)),
            Version::Dtls13 => match hello.extensions.get() {
                Ok(None) => self.first_13(now, address, arrival, &hello, out),
                Ok(Some(Cookie(cookie))) => Ok(self.second_13(now, address, arrival, cookie, out)),
                Err(_) => Err(Refusal::Malformed),
            },
        }
    }

    /// rfc6347 §4.2.1: one without a good cookie is answered with a new one.
    fn hello_12(
        &self,
        now: Instant,
        address: &[u8],
        arrival: &Arrival<'_>,
        hello: ClientHello,
        out: &mut Vec<u8>,
    ) -> Verdict {
        let mut parameters = Vec::new();
        ClientHello { cookie: Vec::new(), extensions: Extensions::default(), ..hello.clone() }
            .encode(&mut parameters);
        let binding = Binding { version: Version::Dtls12, address, parameters: &parameters };
        if self.keys.open(now, &binding, &hello.cookie) == Some(&[]) {
            return arrival.admit(now, None);
        }
        // rfc6347 §4.2.1: the version says nothing, and should be this one.
        let cookie = self.keys.issue(now, &binding, &[]);
        let request = HelloVerifyRequest { version: DTLS_1_0, cookie };
        let mut body = Vec::new();
        request.encode(&mut body);
        arrival.answer(HandshakeType::HelloVerifyRequest, DTLS_1_0, &body, out);
        Verdict::Reply
    }

    fn first_13(
        &self,
        now: Instant,
        address: &[u8],
        arrival: &Arrival<'_>,
        hello: &ClientHello,
        out: &mut Vec<u8>,
    ) -> Result<Verdict, Refusal> {
        let retry = Retry::decide(hello, &self.config).map_err(|_| Refusal::Unusable)?;
        let first_hash = retry
            .hash_first(&*self.config.provider, arrival.body)
            .map_err(|_| Refusal::Malformed)?;
        let mut content = Vec::new();
        retry.write(&first_hash, &mut content);
        let cookie = self.keys.issue(now, &of_13(address), &content);
        let mut body = Vec::new();
        retry.request(Some(&cookie)).encode(&mut body);
        arrival.answer(HandshakeType::ServerHello, DTLS_1_2, &body, out);
        Ok(Verdict::Reply)
    }

    fn second_13(
        &mut self,
        now: Instant,
        address: &[u8],
        arrival: &Arrival<'_>,
        cookie: Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Verdict {
        let content = self.keys.open(now, &of_13(address), &cookie);
        match content.and_then(|content| Retry::read(content, &self.config)) {
            Some((retry, first_hash)) => {
                arrival.admit(now, Some(Retried { retry, first_hash, cookie }))
            }
            // rfc9147 §5.1: so that the client starts over without one.
            None => {
                self.dropped.add(Refusal::Cookie);
                let alert = Alert::fatal(AlertDescription::ILLEGAL_PARAMETER).encode();
                arrival.record(ContentType::Alert, DTLS_1_2, &alert, out);
                Verdict::Reply
            }
        }
    }
}

/// In 1.3 the hash of the first hello says which one it was.
const fn of_13(address: &[u8]) -> Binding<'_> {
    Binding { version: Version::Dtls13, address, parameters: &[] }
}

impl Arrival<'_> {
    const fn admit(&self, at: Instant, retried: Option<Retried>) -> Verdict {
        let Self { record_sequence, message_seq, .. } = *self;
        Verdict::Admit(Admission { at, record_sequence, message_seq, retried, hello: None })
    }

    /// Each hello has one answer, so the client's count of messages is ours.
    fn answer(&self, handshake_type: HandshakeType, version: u16, body: &[u8], out: &mut Vec<u8>) {
        let length = u32::try_from(body.len()).expect("an answer is a few hundred bytes");
        let mut message = Vec::new();
        Fragment { handshake_type, length, message_seq: self.message_seq, offset: 0, body }
            .encode(&mut message);
        self.record(ContentType::Handshake, version, &message, out);
    }

    /// rfc6347 §4.2.1: without a count of our own, records have the number of the hello's.
    fn record(&self, content_type: ContentType, version: u16, content: &[u8], out: &mut Vec<u8>) {
        let number = RecordNumber { epoch: Epoch::PLAINTEXT, sequence: self.record_sequence };
        let length = u16::try_from(content.len()).expect("an answer is a few hundred bytes");
        Record::write_header(out, content_type, version, number, length);
        out.extend_from_slice(content);
    }
}

/// Why a [`CookieGate`] did not let a datagram through.
///
/// ```
/// use lariat_dtls::Refusal;
///
/// assert_eq!(Refusal::TooLong.to_string(), "ClientHello in parts is too long");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// It does not begin with a handshake record without protection.
    NotHandshake,
    /// The handshake message is not a ClientHello.
    NotClientHello,
    /// The ClientHello cannot be read.
    Malformed,
    /// It is a part of a ClientHello that is longer than
    /// [`limits::GATE_HELLO_BYTES`](crate::limits::GATE_HELLO_BYTES).
    TooLong,
    /// There is no version, cipher suite or group in common.
    Unusable,
    /// The answer would be longer than the datagram.
    TooShort,
    /// The cookie of 1.3 is not ours, too old, or of another address. The client is told.
    Cookie,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotHandshake => "not a handshake record",
            Self::NotClientHello => "not a ClientHello",
            Self::Malformed => "ClientHello is malformed",
            Self::TooLong => "ClientHello in parts is too long",
            Self::Unusable => "nothing in common with the ClientHello",
            Self::TooShort => "ClientHello is shorter than its answer",
            Self::Cookie => "cookie is not good",
        })
    }
}
