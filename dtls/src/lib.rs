//! DTLS 1.2 (RFC 6347) for WebRTC, without I/O.

#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod alert;
mod certificate;
mod config;
mod connection;
mod error;
mod event;
mod fingerprint;
mod handshake;
pub mod limits;
mod message;
mod record;
mod replay;
#[cfg(test)]
mod testing;
mod v12;

pub use alert::AlertDescription;
pub use certificate::{Certificate, CertificateError};
pub use config::Config;
pub use connection::{Connection, RECORD_OVERHEAD};
pub use error::{Dropped, ExportError, FailureReason, ParseError, SendError};
pub use event::{ConnectedInfo, Event, Role, Version};
pub use fingerprint::{Fingerprint, FingerprintAlgorithm, ParseFingerprintError};
