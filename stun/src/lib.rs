//! STUN (RFC 8489): messages, short-term credentials and transactions, without I/O.
//!
//! This is what ICE and TURN stand on. It parses and writes messages, checks and makes
//! MESSAGE-INTEGRITY and FINGERPRINT, and times retransmissions; it opens no socket and reads no
//! clock.
//!
//! # A request and its answer
//!
//! ```
//! use lariat_base::{Instant, Seed};
//! use lariat_crypto::ring;
//! use lariat_stun::{
//!     Attribute, Class, IntegrityKey, Message, MessageBuilder, Method, Timeout, Transaction,
//!     TransactionId, is_stun,
//! };
//!
//! let provider = ring::provider();
//! let key = IntegrityKey::short_term(&*provider, "a password of 22 chars");
//! let mut rng = Seed::new([1; 32]).rng();
//!
//! // The client makes a request ...
//! let id = TransactionId::random(&mut rng);
//! let mut request = Vec::new();
//! MessageBuilder::new(Class::Request, Method::BINDING, id)
//!     .attribute(Attribute::Username("bob:alice"))
//!     .encode(&mut request, Some(&key), true)?;
//!
//! // ... and repeats it until it is answered or given up. The run loop:
//! let mut transaction = Transaction::start(Instant::ZERO, id);
//! let now = transaction.deadline().at;
//! assert_eq!(transaction.handle_timeout(now), Timeout::Retransmit);
//!
//! // The server checks it and answers with the address that it saw.
//! assert!(is_stun(&request));
//! let received = Message::parse(&request)?;
//! received.verify_integrity(&key)?;
//! let mut response = Vec::new();
//! MessageBuilder::new(Class::Success, received.method(), received.transaction_id())
//!     .attribute(Attribute::XorMappedAddress("198.51.100.7:4242".parse()?))
//!     .encode(&mut response, Some(&key), true)?;
//!
//! // The client knows its own transaction by the id.
//! let response = Message::parse(&response)?;
//! assert!(transaction.is_answered_by(&response));
//! response.verify_integrity(&key)?;
//! assert_eq!(response.xor_mapped_address(), Some("198.51.100.7:4242".parse()?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is covered
//!
//! RFC 8489 §5 (message structure), §6.2.1 (retransmission over UDP), §6.3 (unknown attributes), §7
//! (FINGERPRINT), §9.1 (short-term credentials, with SHA-1 and SHA-256), §14 (the attributes that
//! ICE uses), and RFC 8445 §16.1 (PRIORITY, USE-CANDIDATE, ICE-CONTROLLED, ICE-CONTROLLING). Left
//! out for now: long-term credentials (§9.2), STUN over TCP and TLS (§6.2.2, §6.2.3), server
//! discovery (§8).
//!
//! # Untrusted input
//!
//! [`Message::parse`] borrows from the datagram, allocates nothing, takes time linear in its length
//! and has no path that panics. A message that it returns has no malformed attribute among those
//! that it knows, and a right FINGERPRINT if it has one at all. Nobody has vouched for its contents
//! until [`Message::verify_integrity`] says so; attributes that follow MESSAGE-INTEGRITY are never
//! shown.
//!
//! # Errors
//!
//! [`ParseError`] and [`IntegrityError`] describe a datagram: drop it and count the reason.
//! [`EncodeError`] is the caller's mistake.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod attribute;
mod builder;
mod error;
mod fingerprint;
mod header;
mod integrity;
pub mod limits;
mod message;
mod transaction;

pub use attribute::{Attribute, AttributeType, ErrorCode, UnknownAttributes};
pub use builder::MessageBuilder;
pub use error::{AttributeFault, EncodeError, IntegrityError, ParseError};
pub use header::{Class, Method, TransactionId, is_stun};
pub use integrity::{IntegrityAlgorithm, IntegrityKey};
pub use message::Message;
pub use transaction::{Timeout, Transaction};
