//! SRTP and SRTCP (RFC 3711, RFC 7714), without I/O.
//!
//! One [`Outbound`] protects everything that one side sends, one [`Inbound`] checks and decrypts
//! everything that it receives: all streams, RTP and RTCP. Both work in place. Keys are prepared
//! when the value is made, since in WebRTC all streams of a direction share one master key; a
//! packet of a known stream then costs no allocation.
//!
//! # From a DTLS handshake to packets
//!
//! ```
//! use lariat_crypto::ring;
//! use lariat_srtp::{Inbound, KeyingMaterial, Outbound, Profile};
//!
//! let provider = ring::provider();
//! // The handshake chose a profile, and exported this under `EXPORTER_LABEL`.
//! let profile = Profile::from_id(0x0007).ok_or("unknown profile")?;
//! let exported = vec![0x2a; KeyingMaterial::exported_len(profile)];
//!
//! // The client sends with the client's key; the server receives with it.
//! let keys = KeyingMaterial::from_exporter(profile, &exported)?;
//! let mut client = Outbound::new(&provider, profile, &keys.client)?;
//! let mut server = Inbound::new(&provider, profile, &keys.client)?;
//!
//! let rtp = [0x80, 96, 0x12, 0x34, 0, 0, 0, 1, 0xca, 0xfe, 0xba, 0xbe, b'h', b'i'];
//! let mut packet = rtp.to_vec();
//! client.protect_rtp(&mut packet)?;
//! assert_eq!(packet.len(), rtp.len() + profile.rtp_overhead());
//!
//! // What arrives is decrypted in place or dropped, with a reason that is also counted.
//! let mut replayed = packet.clone();
//! let length = server.unprotect_rtp(&mut packet)?;
//! assert_eq!(&packet[..length], rtp);
//! assert!(server.unprotect_rtp(&mut replayed).is_err());
//! assert_eq!(server.dropped().total(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There are no timers and nothing is queued, so that of the usual five verbs none is left: whoever
//! sends a datagram protects it, whoever receives one unprotects it.
//!
//! # What is covered
//!
//! RFC 3711: packet indices (§3.3.1), replay protection (§3.3.2), SRTCP (§3.4), AES in counter mode
//! (§4.1.1), HMAC-SHA1 with a tag of 80 bits (§4.2.1), key derivation (§4.3, once per master key),
//! the lifetime of keys (§9.2). RFC 7714 with AES-128: §8, §9. RFC 5764 §4.2: what becomes of the
//! exported keying material. Left out: master key identifiers, which WebRTC forbids (RFC 8827
//! §6.5); key derivation rates other than zero, which DTLS does not negotiate; tags of 32 bits;
//! null ciphers and AES-f8; keys of 192 and 256 bits; encrypted header extensions (RFC 6904, RFC
//! 9335).
//!
//! # Choices that the RFCs leave open
//!
//! - **A sender never uses an index twice.** With GCM, two packets under one (key, IV) give the
//!   authentication key away. [`Outbound`] therefore keeps a window of the indices used per stream:
//!   packets may be protected out of order within it, but a sequence number that was used, or that
//!   is older than the window, is an error. To send a packet again, keep its protected bytes.
//! - **Streams are not forgotten.** A stream that stops and starts goes on with its rollover
//!   counter and its window; forgetting either would allow a replay on one side and a repeated IV
//!   on the other. Instead their number is bounded ([`Config::max_streams`]), and streams past it
//!   are refused.
//! - **The rollover counter is guessed from what arrived first, too.** A stream whose first packets
//!   are lost while its sequence number wraps is tried with a counter of 1 after 0. If up to 2¹⁶
//!   packets are lost in a row, reception goes on, rather than up to 2¹⁵.
//! - **SRTCP that is not encrypted is dropped**, though it may be authentic (RFC 8827 §6.5).
//!
//! # Untrusted input
//!
//! Everything passed to [`Inbound`]. Nothing of a packet reaches the caller and no state changes,
//! except for the count of drops, unless the packet is authentic. A forged packet costs one pass of
//! the cipher, or two and a copy if it names an unknown stream. A packet that fails leaves nothing
//! decrypted in the caller's buffer, whose contents are otherwise unspecified then. Memory grows
//! with streams of which an authentic packet was seen, up to [`Config::max_streams`].
//!
//! Somebody on the path can drop, delay and reorder packets. Delayed by more than the replay window
//! they are lost.
//!
//! # Errors
//!
//! [`KeyError`] when keys do not fit the profile. [`ProtectError`] is a mistake of the sending side
//! or the end of its key; the packet is then as it was. [`Dropped`] is why a received packet is not
//! accepted, and counted in [`Inbound::dropped`].

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod cm;
mod config;
mod cryptex;
mod derivation;
mod error;
mod event;
mod extension;
mod gcm;
mod inbound;
mod index;
mod key;
mod layout;
pub mod limits;
mod outbound;
mod packet;
mod profile;
mod replay;
mod session;
mod slot;
mod stream;
#[cfg(test)]
mod testing;
mod transform;

pub use config::{Config, Cryptex, KeyLifetime};
pub use error::{Dropped, KeyError, ProtectError};
pub use event::{Event, Kind};
pub use extension::ExtensionIds;
pub use inbound::Inbound;
pub use key::{EXPORTER_LABEL, KeyingMaterial, MasterKey};
pub use outbound::Outbound;
pub use profile::Profile;
pub use slot::Slot;
