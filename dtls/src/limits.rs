//! How much a peer can make us hold.

use core::time::Duration;

/// The smallest datagram that a configuration can ask for, in bytes.
pub const MIN_MTU: usize = 256;

/// The longest plaintext of a record (RFC 5246 §6.2.1), in bytes.
pub const MAX_PLAINTEXT: usize = 1 << 14;

/// What the handshake messages that are not complete, or not yet due, may take together, in bytes.
///
/// One message cannot be longer than this either.
pub const REASSEMBLY_BYTES: usize = 64 * 1024;

/// How many handshake messages, from the next one on, are reassembled at the same time.
pub const MESSAGE_WINDOW: u16 = 16;

/// How many handshake messages without protection are kept in one place of their order, if they
/// contradict each other: any of them may be forged.
pub const ALTERNATIVES: usize = 4;

/// How many ways to go on with a handshake are kept beside the one that is followed, when messages
/// without protection leave it open which one is genuine; those that have come least far go first.
pub const BRANCHES: usize = 4;

/// How often, in one retransmission timeout, a message without protection is tried after another
/// one was refused. Each may cost the verification of a signature.
pub const TRIES: u8 = 32;

/// How often a client of 1.3 makes new keys for its hello because those before were used up on a
/// ServerHello that turned out not to be the server's.
pub const RENEWALS: u8 = 4;

/// How many private keys wait for the peer's: those of all groups, as often as they are renewed.
pub const PRIVATE_KEYS: usize = 20;

/// How long a handshake goes on after the peer seems to have refused it, or to have said what must
/// be refused, if anybody may have written that: long enough for a peer that repeats itself after
/// one second and then after two (RFC 6347 §4.2.4.1, RFC 9147 §5.8.2) to have said everything twice
/// more.
pub const DOUBT: Duration = Duration::from_secs(4);

/// What the messages of one handshake may add up to, both directions together, in bytes.
pub const TRANSCRIPT_BYTES: usize = 128 * 1024;

/// How many records that arrive before their keys are kept.
pub const EARLY_RECORDS: usize = 16;

/// What those records, or application data that arrives before the peer's Finished, may take, in
/// bytes.
pub const EARLY_BYTES: usize = 16 * 1024;

/// What a server may hold in all for a client that has not shown its certificate, in bytes: the
/// limits above, what a hello of that length leaves behind, and our answer. How many such
/// connections there are is the caller's to bound, or a [`CookieGate`](crate::CookieGate) sees to
/// it that there are none without an address.
pub const UNPROVEN_BYTES: usize = 256 * 1024;

/// How many events wait for `poll_event`; application data beyond it is dropped.
pub const EVENTS: usize = 1024;

/// How many datagrams wait for `poll_transmit`, beyond the flight itself.
pub const ALERTS: usize = 4;

/// How often the last alert is sent again to a peer that goes on sending.
pub const FAREWELLS: u8 = 3;

/// How many extensions a hello may carry.
pub const EXTENSIONS: usize = 256;

/// How many certificates a chain may have; of the peer's only the first one is used.
pub const CERTIFICATES: usize = 16;

/// What the certificates of a chain of ours may add up to, in bytes.
pub const CHAIN_BYTES: usize = 32 * 1024;

/// How long a signature of ours may be, in bytes: that of RSA with 8,192 bits.
pub const SIGNATURE: usize = 1024;

/// How many HelloVerifyRequests a client answers in one handshake.
///
/// Not one alone: a server that has replaced its secret treats the older cookie as none and asks
/// again (RFC 6347 §4.2.1), and that may happen to a hello that was delayed by loss. Each request
/// is answered by one hello, so a server that asks forever is left soon.
pub const COOKIES: u8 = 4;

/// How long a cookie of a [`CookieGate`](crate::CookieGate) is good for.
pub const COOKIE_LIFETIME: Duration = Duration::from_secs(60);

/// How many first hellos that come in several datagrams a [`CookieGate`](crate::CookieGate) keeps
/// the beginnings of; the oldest go first. With [`GATE_HELLO_BYTES`] each, and an eighth of that to
/// know which bytes are there, that is less than 300 KiB.
pub const GATE_HELLOS: usize = 64;

/// How long such a hello may be, in bytes. One with keys of all groups has about 2,000.
pub const GATE_HELLO_BYTES: usize = 4096;

/// How many connection identifiers of either side are kept: of ours, what the peer's records may
/// bear; of the peer's, what ours may bear later. Further ones are not taken.
pub const CONNECTION_IDS: usize = 8;

/// What a datagram of the handshake must have room for beside the peer's connection identifier, in
/// bytes: with less, a flight would be of very many.
pub const CONNECTION_ID_ROOM: usize = 128;

/// How often a peer may ask for connection identifiers before it is given any.
pub const CONNECTION_ID_REQUESTS: u8 = 4;

/// How many bytes a buffer may have that [`Connection::reuse`](crate::Connection::reuse) keeps, so
/// that an idle connection does not hold what a single long record took.
pub const REUSED_BUFFER: usize = 2048;

/// How many key shares a hello may carry.
pub const KEY_SHARES: usize = 32;

/// How many records of the peer's current flight are remembered for an acknowledgement; the oldest
/// go first.
pub const ACKNOWLEDGED: usize = 64;

/// How many records of a flight of ours are remembered, so that their acknowledgement is
/// understood; the oldest go first.
pub const CARRIED_RECORDS: usize = 1024;

/// How many records may fail to authenticate under one key before the connection ends (RFC 9147
/// §4.5.3). The peer is asked for new keys at three quarters of it, and an older key is forgotten.
pub const FORGERIES: u64 = 1 << 36;

/// How many epochs of the peer can be opened at the same time.
pub const INBOUND_EPOCHS: usize = 3;

/// How long the keys of an epoch that is over are kept for what is still on its way: twice the two
/// minutes that a segment may live (RFC 9147 §5.8.1).
pub const OLD_EPOCH: Duration = Duration::from_secs(240);

/// The shortest initial retransmission timeout.
pub const MIN_RTO: Duration = Duration::from_millis(50);

/// The longest interval between two transmissions of a flight.
pub const MAX_RTO: Duration = Duration::from_secs(2);

/// How long datagrams of the handshake are at most, in bytes, from so many repetitions of one
/// flight on (RFC 6347 §4.1.1.1, RFC 9147 §4.4): what every path over IPv4 takes in one piece, and
/// then the least that there is; but never less than has [`CONNECTION_ID_ROOM`] beside the peer's
/// connection identifier.
pub const FALLBACK_MTUS: [(u32, usize); 2] = [(3, 548), (5, MIN_MTU)];
