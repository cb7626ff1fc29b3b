//! DTLS 1.3 (RFC 9147) and 1.2 (RFC 6347) for WebRTC, without I/O.
//!
//! A [`Connection`] is one side of one association. It is handed datagrams and the time, and it is
//! asked what to send, what happened and when to be called again. Both sides show a
//! [`Certificate`], self-signed as a rule, and know each other by its [`Fingerprint`], which came
//! with the session description; a connection without a fingerprint to expect accepts nobody.
//!
//! # The run loop
//!
//! ```
//! use core::time::Duration;
//! use lariat_base::{Instant, Seed};
//! use lariat_crypto::ring;
//! use lariat_dtls::{Certificate, Config, Connection, Event, Role};
//!
//! let provider = ring::provider();
//! let unix = Duration::from_secs(1_790_000_000);
//! let certificate = |seed: &Seed| {
//!     Certificate::generate(&*provider, &mut seed.split("certificate").rng(), unix)
//! };
//! let (alice, bob) = (Seed::new([1; 32]), Seed::new([2; 32]));
//! let (of_alice, of_bob) = (certificate(&alice)?, certificate(&bob)?);
//! let expected = [of_bob.fingerprint(), of_alice.fingerprint()];
//! let config = |seed: &Seed, certificate| {
//!     let mut config = Config::new(provider.clone(), seed.split("dtls"), certificate);
//!     config.srtp_profiles = vec![0x0007, 0x0001];
//!     config
//! };
//! let [for_alice, for_bob] = expected.map(|fingerprint| vec![fingerprint]);
//! let mut client = Connection::new(config(&alice, of_alice), Role::Client, for_alice);
//! let mut server = Connection::new(config(&bob, of_bob), Role::Server, for_bob);
//!
//! let mut now = Instant::ZERO;
//! client.start(now);
//! let mut greeted = false;
//! while !greeted {
//!     let mut moved = false;
//!     let mut datagram = Vec::new();
//!     while client.poll_transmit(&mut datagram).is_some() {
//!         server.handle_datagram(now, &datagram); // a network would be here
//!         datagram.clear();
//!         moved = true;
//!     }
//!     while server.poll_transmit(&mut datagram).is_some() {
//!         client.handle_datagram(now, &datagram);
//!         datagram.clear();
//!         moved = true;
//!     }
//!     while let Some(event) = client.poll_event() {
//!         if let Event::Connected(info) = event {
//!             assert_eq!((info.version.name(), info.group), ("DTLS 1.3", "X25519MLKEM768"));
//!             assert_eq!(info.srtp_profile, Some(0x0007));
//!             client.send(b"hello", &mut datagram)?;
//!             server.handle_datagram(now, &datagram);
//!             moved = true;
//!         }
//!     }
//!     while let Some(event) = server.poll_event() {
//!         greeted |= event == Event::Data(b"hello".to_vec());
//!     }
//!     if !moved && !greeted {
//!         // Nothing to do until the first deadline, or until something arrives.
//!         now = client.poll_timeout().expect("a flight is repeated until it is answered").at;
//!         client.handle_timeout(now);
//!         server.handle_timeout(now);
//!     }
//! }
//!
//! let (mut ours, mut theirs) = ([0; 60], [0; 60]);
//! client.export_keying_material("EXTRACTOR-dtls_srtp", None, &mut ours)?;
//! server.export_keying_material("EXTRACTOR-dtls_srtp", None, &mut theirs)?;
//! assert_eq!(ours, theirs);
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # What is covered
//!
//! Both versions, both sides. A client offers all versions of its [`Config`] in one hello and goes
//! on as the server answers; a server decides when it has the whole hello. Where both speak 1.3 and
//! somebody hides it, the handshake fails. Under ICE, 1.3 takes one round trip and 1.2 takes two.
//!
//! - 1.3: RFC 9147 on RFC 8446, with AES-128-GCM, AES-256-GCM and ChaCha20-Poly1305; X25519MLKEM768
//!   (draft-ietf-tls-ecdhe-mlkem), X25519, P-256 and P-384; retry requests and their cookies;
//!   acknowledgements, and repetition of only what was not acknowledged; encrypted record numbers;
//!   renewal of keys, on request and before a key has protected too much.
//! - 1.2: RFC 6347 on RFC 5246, with AES-128-GCM, AES-256-GCM (RFC 5288, RFC 5289) and
//!   ChaCha20-Poly1305 (RFC 7905), ECDHE on X25519, P-256 and P-384 (RFC 8422), the extended master
//!   secret (RFC 7627), which is required, and the signalling of RFC 5746. A client answers a
//!   HelloVerifyRequest, and a gate sends one.
//! - `use_srtp` (RFC 5764), exporters (RFC 5705, RFC 8446 §7.5), fingerprints (RFC 8122 §5),
//!   `record_size_limit` (RFC 8449): we take every length and keep to the peer's limit. A server
//!   asks for the client's certificate always. By itself it sends no cookie, because ICE has
//!   checked the client's address.
//! - Connection identifiers in both versions (RFC 9146, RFC 9147 §9) where both sides have a
//!   [`Config::connection_id`]; in 1.3 new ones can be given and asked for later. They are off by
//!   default, against the advice of RFC 9147 §5.1: under ICE nobody has a use for them.
//!
//! A client of 1.3 is connected once the server has shown its certificate and its Finished; whether
//! the server accepts the client's own certificate shows half a round trip later, and a refusal
//! comes as [`Event::Failed`] after [`Event::Connected`].
//!
//! Left out: renegotiation, resumption, tickets and early data, compression, MKIs, padding of
//! records, path MTU discovery (the caller gives the MTU). In 1.2 a ChangeCipherSpec is sent but
//! not waited for (RFC 6347 §4.2.4 has it as part of the flight): each record names its epoch, and
//! only the authentic Finished ends a handshake.
//!
//! # Certificates
//!
//! Our own are generated, on P-256 (what WebRTC makes mandatory), P-384 or Ed25519, or given as PEM
//! or DER with a key of these kinds or of RSA, or sign by way of the caller's own
//! [`SigningKey`](lariat_crypto::SigningKey): see [`Certificate`]. A chain is sent whole, and known
//! by its first certificate. RSA signs with RSASSA-PSS in both versions; a peer of 1.2 that knows
//! PKCS #1 alone is refused ([`FailureReason::NoCommonSignatureScheme`]).
//!
//! A side always asks for the peer's certificate as server, always gets one as client, and the
//! peer always signs for its key. It goes by the certificate that comes first, and of that by the
//! fingerprint and the public key:
//!
//! | certificate of the peer | reason | alert |
//! |---|---|---|
//! | X.509 version 1 or 3, alone or before up to 15 others | accepted | |
//! | expired or of the future, of any name, with any extension | accepted | |
//! | with any signature on it, or with none (RFC 9925) | accepted | |
//! | key on P-256 or P-384, of Ed25519, RSA of 2,048 to 8,192 bits | accepted | |
//! | has no expected fingerprint, though its issuer may | `Fingerprint` | bad_certificate |
//! | there is none | `NoCertificate` | bad_certificate |
//! | not DER as far as the key (1) | `Certificate` | bad_certificate |
//! | there are more than 16 | `Malformed` | decode_error |
//! | message of more than 64 KiB: dropped | `HandshakeTimeout` | none |
//! | another key (2), with a scheme that was not offered | `NotOffered` | illegal_parameter |
//! | another key, in 1.3 with the scheme of a curve | `IllegalParameter` | illegal_parameter |
//! | another key, with any other scheme | `Signature` | decrypt_error |
//!
//! 1. Cut, with indefinite lengths or longer ones than need be, or with bytes after it.
//! 2. P-521, Ed448, DSA, shorter or longer RSA, and so on.
//!
//! Fingerprints are of SHA-256, SHA-384 and SHA-512. Of several that are expected only those of the
//! longest hash count (RFC 8122 §5.1 has the receiver choose), so that a second one, of a weaker
//! hash, does not weaken the first. MD5 and MD2 are forbidden, SHA-1 is not, but is refused all the
//! same: no [`FingerprintAlgorithm`] is one of them.
//!
//! # How long a handshake takes
//!
//! So many round trips after the start both sides are connected, if both were told how long one
//! takes ([`Connection::set_rtt`]) and the handshake's datagrams are disturbed no more than this:
//! lost, doubled or put behind the next one, in any flight and whoever sent them. It is so for
//! every group and for every MTU from 256 bytes up, and the longest each case can take:
//!
//! | | undisturbed | one datagram | two |
//! | --- | --- | --- | --- |
//! | 1.2, also where the client offers 1.3 | 2 | 4 | 8 |
//! | 1.3 | 1½ | 3½ | 7½ |
//! | 1.3, if the server asks for another key | 2½ | 4½ | 8½ |
//! | 1.2 behind a [`CookieGate`] | 3 | 5 | 9 |
//! | 1.3 behind a [`CookieGate`], with or without a key in the first hello | 2½ | 4½ | 8½ |
//!
//! The server of 1.2 and the client of 1.3 are connected half a round trip before the other side.
//! A flight is sent again two round trips after it was sent (but not before 50 ms), and then after
//! twice as long each time, up to two seconds. From the third repetition on it goes in shorter
//! datagrams ([`limits::FALLBACK_MTUS`]), because their length may be what keeps them from
//! arriving.
//!
//! # Outside ICE
//!
//! A server whose clients come without ICE stands behind a [`CookieGate`]: it takes what comes from
//! unknown addresses, asks for a cookie, and says when to make a [`Connection`]. Without it
//! anybody could have a server hold a handshake for, and send its certificate to, an address that
//! is not theirs. The example `echo_server` is such a server over UDP.
//!
//! A client whose address changes, behind a NAT that forgets or between two networks, loses its
//! connection unless its records say which one it is. A server gives each connection an identifier
//! of its own, all of one length ([`Config::connection_id`]); a client has an empty one, if nobody
//! else looks for its records. During the handshake the server goes by addresses. Afterwards, when
//! a datagram comes from an unknown address:
//!
//! 1. [`ConnectionId::of_datagram`] says whose it claims to be. A first record without a known
//!    identifier is the gate's to look at.
//! 2. [`Connection::handle_datagram`] says what is true about that. Unless it is
//!    [`Authenticity::Newest`], the datagram proves nothing about where the client is now: it may
//!    be late, replayed or forged.
//! 3. Even then somebody on the path may have sent it on from the address of a victim, so nothing
//!    but a short question goes there, no more than once in a while, and never more than three
//!    times the bytes that came. Everything else is sent to the old address until the question is
//!    answered from the new one, by application data for instance (RFC 9146 §6, RFC 9147 §11).
//!
//! The example `roaming` does this. In 1.3 a client that goes on from another address first calls
//! [`Connection::use_spare_connection_id`], or whoever sees both addresses knows that they belong
//! together; in 1.2 that cannot be helped (RFC 9146 §8).
//!
//! # Untrusted input
//!
//! Every byte of a datagram is. What a peer, or somebody on the path, can make us hold has a name
//! in [`limits`]: 64 KiB of handshake messages in pieces (and an eighth of that to know which
//! bytes are there), 128 KiB of transcript, 16 KiB of records before their keys, 16 KiB of data
//! before the Finished, 64 record numbers to acknowledge, keys of three epochs, 8 connection
//! identifiers of either side, 1,024 events. A client that has shown nothing of itself makes a
//! server hold less than [`limits::UNPROVEN_BYTES`] in all, and with an ordinary hello less than
//! 16 KiB; so does a connection that is idle. Each record stands for itself: one that is malformed,
//! replayed, of another epoch or not authentic is counted in [`Connection::dropped`] and the next
//! one is looked at. There is no answer to such a record; after 2^36 forgeries under one key the
//! connection ends.
//!
//! Until keys exist nothing is authentic: somebody who can write into the path can say anything in
//! the peer's place, but that is final only if the peer says nothing better.
//!
//! - An alert in plaintext ends nothing. A handshake that goes no further within [`limits::DOUBT`]
//!   fails, and then the alert is the reason.
//! - A handshake message in plaintext that must be refused is forgotten, and another one in its
//!   place is waited for. If none comes within [`limits::DOUBT`], the handshake fails for that
//!   reason. So that is also how long it takes to learn that a peer of 1.2 has another fingerprint,
//!   or that there is nothing in common; twice as long on the side that is told by an alert. A
//!   server that has answered nothing yet waits until the client says the same again.
//! - Messages and fragments that contradict each other are all kept, up to
//!   [`limits::ALTERNATIVES`] in one place and all within [`limits::REASSEMBLY_BYTES`]. The first
//!   one is followed, and another one when that leads nowhere: when a later message or a record
//!   does not fit, or no answer comes within a retransmission timeout. Ways that were left are kept
//!   ([`limits::BRANCHES`]). The first authentic record decides.
//! - A client of 1.3 whose private key was used up on a forged ServerHello says its hello again
//!   with other keys, in place of the first ([`limits::RENEWALS`]). A server of this crate takes
//!   that up; one that does not look at a second first hello does not, and then the handshake
//!   fails.
//!
//! Who writes more than that, faster than the peer repeats itself, or answers in its place with a
//! whole flight under keys of its own, can still keep a handshake from completing; it could also
//! drop every datagram. It cannot make us accept another peer than the one with the fingerprint, or
//! other parameters than both sides saw: signatures and the Finished cover all messages. After the
//! first authentic record, what comes without protection is dropped, and what is under keys is
//! the peer's word: an alert there ends the connection at once, and so does a message that must be
//! refused. A second ClientHello to a connection that is established is dropped, too: a peer that
//! starts over does so with new ICE credentials and gets a new [`Connection`].
//!
//! One ClientHello, however often it comes, is answered by one key exchange. A flight is repeated
//! for the peer's repetition only when the end of the peer's flight comes again, and at most once
//! in half a retransmission timeout; an acknowledgement makes us repeat the rest of a flight only
//! if it acknowledges something new. So there is no amplification beyond the flights that a lossy
//! path causes anyway.
//!
//! A [`CookieGate`] keeps nothing of a client, or of one whose first hello takes several datagrams
//! its parts in a place of fixed size ([`limits::GATE_HELLOS`]). It answers a hello with at most
//! one datagram, which is never longer, and computes no more for it than a few hashes. A cookie is
//! good for one address and for [`limits::COOKIE_LIFETIME`]; within that time its owner can be let
//! in more than once, so the caller hands the gate only what comes from addresses without a
//! connection, and bounds how many connections there are: whoever does receive at its address gets
//! one.
//!
//! Secrets stay inside, are hidden in `Debug` and overwritten when they are dropped, unless
//! [`Config::key_log`] is set: it hands all of them out, and is for tests only.
//!
//! Of a certificate only the public key is read, and only after its fingerprint was found to be the
//! expected one. Its names, dates, extensions and own signature are not looked at.
//!
//! # Errors
//!
//! A command returns an error when it cannot be carried out, and loses nothing: [`SendError`],
//! [`ExportError`]. [`Config::check`] says of a configuration why it can lead to no connection.
//! What arrives never gives an error. A connection that is dead says so once, in
//! [`Event::Failed`], with the [`FailureReason`].

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod alert;
mod certificate;
mod config;
mod connection;
mod connection_id;
mod context;
mod error;
mod event;
mod fingerprint;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod gate;
mod handshake;
mod key_log;
pub mod limits;
mod message;
mod negotiation;
mod record;
mod replay;
mod state;
#[cfg(test)]
mod testing;
mod v12;
mod v13;

pub use alert::AlertDescription;
pub use certificate::{Certificate, CertificateError};
pub use config::Config;
pub use connection::{Connection, RECORD_OVERHEAD};
pub use connection_id::{ConnectionId, ConnectionIdError, ConnectionIdUsage};
pub use error::{ConfigError, Dropped, ExportError, FailureReason, ParseError, SendError};
pub use event::{Authenticity, ConnectedInfo, Event, Role, Version};
pub use fingerprint::{Fingerprint, FingerprintAlgorithm, ParseFingerprintError};
pub use gate::{Admission, CookieGate, Refusal, Verdict};
pub use key_log::KeyLog;
