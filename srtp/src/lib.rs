//! SRTP and SRTCP (RFC 3711, RFC 7714), without I/O.
//!
//! One [`Outbound`] protects everything that one side sends, one [`Inbound`] checks and decrypts
//! everything that it receives: all streams, RTP and RTCP, one packet at a time or in
//! [runs](Slot). Both work in place. Keys are prepared when the value is made, since in WebRTC all
//! streams of a direction share one master key; a packet of a known stream then costs no
//! allocation.
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
//! There are no timers and no packets are queued, so that of the usual five verbs one is left:
//! whoever sends a datagram protects it, whoever receives one unprotects it, and `poll_event` tells
//! what asks for a decision.
//!
//! # The run loop for events
//!
//! A key ends, and streams may become many, or too many. Each is told once, and looked for whenever
//! the owner has time, best after each batch of packets:
//!
//! ```
//! use lariat_crypto::ring;
//! use lariat_srtp::{Config, Event, Inbound, KeyLifetime, MasterKey, Outbound, Profile};
//!
//! let (provider, profile) = (ring::provider(), Profile::AeadAes128Gcm);
//! let first = MasterKey::new(&[1; 16], &[2; 12]);
//! let key_lifetime = KeyLifetime { rtp: 32, ..KeyLifetime::default() };
//! let config = Config { key_lifetime, ..Config::default() };
//! let mut outbound = Outbound::with_config(&provider, profile, &first, config)?;
//! let mut inbound = Inbound::new(&provider, profile, &first)?;
//! let mut changes = 0;
//! for sequence_number in 0..100 {
//!     let mut packet = vec![0x80, 96, 0, sequence_number, 0, 0, 0, 1, 0, 0, 0, 7, b'!'];
//!     outbound.protect_rtp(&mut packet)?;
//!     inbound.unprotect_rtp(&mut packet)?;
//!     while let Some(event) = outbound.poll_event() {
//!         match event {
//!             Event::KeyExpiring { .. } => {
//!                 // Agreed on by some means; the receiver first, so that no packet is lost.
//!                 changes += 1;
//!                 let next = MasterKey::new(&[changes; 16], &[3; 12]);
//!                 inbound.add_key(&next)?;
//!                 outbound.rekey(&next)?;
//!             }
//!             other => println!("{other:?}"),
//!         }
//!     }
//! }
//! assert_eq!(changes, 3);
//! // Once nothing under the old key is on its way any more:
//! inbound.forget_old_keys();
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is covered
//!
//! - RFC 3711: master key identifiers (§3.1), packet indices (§3.3.1), replay protection (§3.3.2),
//!   SRTCP (§3.4), AES in counter mode (§4.1.1), the null cipher behind an opt-in (§4.1.3),
//!   HMAC-SHA1 with tags of 80 and 32 bits (§4.2.1), key derivation with its rate (§4.3), the
//!   lifetime of keys and re-keying (§8.1, §9.2). RFC 6188: counter mode with keys of 256 bits.
//! - RFC 7714: AES-GCM with keys of 128 and 256 bits (§8, §9, §11).
//! - RFC 6904: encrypted header extension elements. RFC 9335: Cryptex, which encrypts CSRCs and
//!   header extensions as a whole.
//! - RFC 5764 §4.1.2, §4.2: the profiles' code points, and what becomes of the exported keying
//!   material.
//!
//! Left out: AES-f8 (RFC 3711 §4.1.2); keys of 192 bits, which no profile in use has; the lifetime
//! of a key in time or by `<From, To>` indices (RFC 3711 §8.1.1), which are up to the owner; RTCP
//! that an encrypting profile leaves readable; session descriptions that carry keys (RFC 4568), of
//! which only the limits are kept.
//!
//! # Choices that the RFCs leave open
//!
//! - **A sender never uses an index twice.** With GCM, two packets under one (key, IV) give the
//!   authentication key away. [`Outbound`] therefore keeps a window of the indices used per stream:
//!   packets may be protected out of order within it, but a sequence number that was used, or that
//!   is older than the window, is an error. To send a packet again, keep its protected bytes.
//! - **Indices outlive keys.** A change of keys leaves rollover counters, RTCP indices and windows
//!   as they are, so that a key that comes back, by mistake, repeats nothing, and a replay across
//!   the change is refused. At the last index of a stream no other key helps.
//! - **Idle streams make room, and their indices are not forgotten.** Past
//!   [`Config::max_streams`], an eighth of the streams, those that were idle the longest, are
//!   retired: their windows go, and of each the end of its indices is left. When such a stream goes
//!   on it has its rollover counter, and everything below that end counts as used; to forget it
//!   would allow a replay on one side and a repeated IV on the other. What that costs is packets
//!   that were late when it was retired. Past [`Config::max_retired_streams`] more, another stream
//!   is refused for as long as there is this value, whatever its key, and all that are known go on:
//!   who wants more starts again, with another handshake.
//! - **The rollover counter is guessed from what arrived first, too.** A stream whose first packets
//!   are lost while its sequence number wraps is tried with a counter of 1 after 0, or one more
//!   than the one that was told. If up to 2¹⁶ packets are lost in a row, reception goes on, rather
//!   than up to 2¹⁵.
//! - **Keys without identifiers are tried**, the newest first, and there are two of them at most.
//!   With identifiers the packet's own decides, and there are up to [`limits::MAX_KEYS`].
//! - **The label of SRTCP's keys stands where SRTP's does** (RFC 3711 §4.3.2 has a shorter index
//!   and would move it), and a salt of 12 bytes is derived from as if two zeros followed (RFC 7714
//!   §11 does not say). Others do the same.
//! - **SRTCP that is not encrypted is dropped**, though it may be authentic (RFC 8827 §6.5), unless
//!   the profile has no cipher.
//! - **With Cryptex, CSRCs alone get an empty header extension** (RFC 9335 §5.1), which the
//!   receiver's owner sees. An extension that Cryptex cannot hide is an error rather than sent in
//!   the clear.
//!
//! # Untrusted input
//!
//! Everything passed to [`Inbound`]. Nothing of a packet reaches the caller and no state changes,
//! except for the count of drops, unless the packet is authentic. A packet that fails leaves
//! nothing decrypted in the caller's buffer, whose contents are otherwise unspecified then.
//!
//! What a forged packet costs: one pass of HMAC or of the AEAD. Two if it names an unknown stream
//! and a sequence number in the lower half, as it may come after a wrap. Each with both keys if
//! there are two without identifiers: four passes at most, and with an AEAD a copy of the packet.
//! Each pass is a try at the tag: where that has 32 bits, 2³⁰ packets are expected to get one
//! through at worst. With a [key derivation rate](Config::key_derivation_rate) each pass may derive
//! a set of session keys first, which allocates, and is undone; RTCP packets name any index they
//! like. Who expects floods leaves the rate at zero, as DTLS does.
//!
//! Memory grows with streams of which an authentic packet was seen. An SSRC that is used for RTP
//! and RTCP takes less than 256 bytes while it has a place, of which there are
//! [`Config::max_streams`], with windows of 128 packets, and with a derivation rate two sets of
//! session keys; retired, of which there are [`Config::max_retired_streams`], it takes less than
//! 64 bytes where it is received, and 128 where it is sent. With the default configuration somebody
//! who holds the key, and uses 17,408 SSRCs, takes up 1 MiB.
//! Events wait up to [`limits::MAX_EVENTS`]. A packet of a stream that has a place costs no
//! allocation, unless it begins a new set of keys; nor does a refused one, once there is room for a
//! copy. To give a stream a place costs a few visits of others on average.
//!
//! Somebody on the path can drop, delay and reorder packets. Delayed by more than the replay window
//! they are lost. Who holds the key can move a stream's index ahead, and does harm to that stream
//! only; or use so many streams that those that are idle lose their late packets, and in the end
//! that no new one is taken.
//!
//! # Errors
//!
//! [`KeyError`] when keys or a configuration do not fit. [`ProtectError`] is a mistake of the
//! sending side or the end of its key; the packet is then as it was and no index is used.
//! [`Dropped`] is why a received packet is not accepted, and counted in [`Inbound::dropped`].

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
mod streams;
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
