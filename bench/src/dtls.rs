//! DTLS: what a handshake costs, and what a record of application data does.
//!
//! Everybody has both ends in one thread, and what one end says is handed to the other at once,
//! without sockets and without loss.
//!
//! - *Handshakes* begin with the making of both connections and end when both are connected. Both
//!   ends show an ECDSA certificate on P-256, made once for all handshakes, and prove that they
//!   hold its key; keys of the exchange are new in each. The limit is what cannot be left out: two
//!   signatures, two verifications and the exchange, as the same provider does them alone.
//! - *Records* carry [`DATA_LEN`] bytes. Everybody is given them in one place and asked for the
//!   datagram in another, or the other way round; the limits, AES-128-GCM alone, therefore copy
//!   too, and the copy alone is a row.
//! - *Memory* is what a process grows by with each connection that it keeps: idle ones, and
//!   servers that got no more than a hello ([`memory`]).
//!
//! Before anything is measured, each pair shakes hands, and its ends must export the same keys and
//! understand each other ([`pair::check`]).

pub mod dimpl;
pub mod figures;
pub mod gcm;
pub mod lariat;
pub mod memory;
pub mod openssl;
pub mod pair;
pub mod parameters;
pub mod plan;
pub mod primitives;
pub mod results;
pub mod rtc;
pub mod subject;

/// Bytes of application data in a record.
pub const DATA_LEN: usize = 1_200;

/// How many records a pass deals with.
pub const RECORDS: usize = 32;
