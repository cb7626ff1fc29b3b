//! SCTP (RFC 9260) for WebRTC data channels, without I/O.
//!
//! [`DataChannels`] is what most want: data channels (RFC 8831) with their establishment protocol
//! (RFC 8832) over one association. [`association::Association`] is the layer below, messages on
//! numbered streams. Both are fed packets that came out of DTLS (RFC 8261) and give packets to be
//! put into it.
//!
//! # What is covered
//!
//! - RFC 9260 for one path: setup with state cookies and every collision of it (§5), data transfer
//!   with fragmentation, ordered and unordered delivery, selective acknowledgement, delayed
//!   acknowledgement and zero window probes (§6), slow start, congestion avoidance, fast retransmit
//!   and fast recovery (§7), failure detection and heartbeats (§8), shutdown and abort (§9). Left
//!   out: multi-homing (§6.4, and §5.1.2 but for ignoring addresses), path MTU discovery (§7.3: the
//!   packet size is configured, and [set](DataChannels::set_max_packet_size) by who knows better),
//!   ICMP (§10).
//! - RFC 6525: the outgoing stream reset, both directions. Other requests are denied.
//! - RFC 8831 and RFC 8832. Left out: priorities are sent as "normal" and ignored.
//! - Not yet: partial reliability (RFC 3758; channels that ask for it are reliable), message
//!   interleaving (RFC 8260), zero checksum (RFC 9653).
//!
//! # The run loop
//!
//! ```
//! use bytes::Bytes;
//! use lariat_base::{Instant, Seed};
//! use lariat_crypto::ring;
//! use lariat_sctp::{Config, DataChannels, Event, Parity};
//!
//! // `dtls` stands for the layer below: packets that came in, and a place for those that go out.
//! fn run(
//!     channels: &mut DataChannels,
//!     now: Instant,
//!     incoming: Option<Bytes>,
//!     dtls: &mut Vec<Vec<u8>>,
//! ) {
//!     if let Some(packet) = incoming {
//!         channels.handle_datagram(now, packet);
//!     }
//!     if channels.poll_timeout().is_some_and(|deadline| deadline.at <= now) {
//!         channels.handle_timeout(now);
//!     }
//!     while let Some(event) = channels.poll_event() {
//!         if let Event::Message { payload, .. } = event {
//!             println!("{} bytes", payload.len());
//!         }
//!     }
//!     let mut packet = Vec::new();
//!     while channels.poll_transmit(now, &mut packet).is_some() {
//!         dtls.push(std::mem::take(&mut packet));
//!     }
//!     // Then sleep until `poll_timeout()`, or until a packet comes.
//! }
//!
//! let mut channels =
//!     DataChannels::new(Config::default(), ring::provider(), Seed::new([1; 32]));
//! channels.connect(Instant::ZERO, Parity::Even);
//! let mut packets = Vec::new();
//! run(&mut channels, Instant::ZERO, None, &mut packets);
//! assert_eq!(packets.len(), 1, "the INIT");
//! assert_eq!(channels.poll_timeout().unwrap().reason, "T1-init");
//! ```
//!
//! # Batches
//!
//! Any number of packets may be handed over before anything is polled. Each acknowledgement that
//! one of them makes due is sent as it would have been had they come one by one, up to
//! [`limits::MAX_QUEUED_SACKS`], and the sender grows its window by the bytes that are
//! acknowledged, however many acknowledgements say so.
//!
//! # Channels that are not read
//!
//! SCTP has one receive window for all channels. What is kept of a channel that is
//! [paused](DataChannels::pause), or not polled, takes its room there. As a sender this crate lets
//! one channel hold at most three times what it leaves free of the peer's window, so that others
//! can be opened and used beside one that is not read at the other end. A foreign sender may let
//! one channel fill the window.
//!
//! # Untrusted input
//!
//! Every packet may be hostile. What the peer can make us hold is bounded: received data by one and
//! a half times [`Config::receive_window`], charged with its bookkeeping; data to be sent by
//! [`Config::send_buffer`], whatever window the peer offers; channels by
//! [`Config::max_incoming_channels`], of which an idle one takes less than a kibibyte besides its
//! label, and nothing once it is closed and its events are polled; labels, events, control chunks,
//! gap blocks and the rest by [`limits`]. An INIT leaves nothing behind but its answer. A chunk
//! costs no more than its length, a SACK no more than its blocks and the chunks whose fate it
//! changes, and no turn costs more because there are many channels. Answers to packets that need
//! none of our state are limited in rate. A peer can end the association, stall it, or close
//! channels; that is its right. An attacker without the DTLS keys cannot reach this crate at all,
//! and the verification tags and the cookie's HMAC hold where there is no DTLS.
//!
//! # Errors
//!
//! Commands give [`OpenError`] or [`SendError`] on the caller's mistake, and lose nothing. Packets
//! never give an error: what is hostile, stale or malformed is counted by [`Dropped`] reason. A
//! peer that breaks the protocol beyond repair ends the association with [`Event::Closed`].

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

pub mod association;
mod channels;
mod chunk;
mod config;
mod error;
pub mod limits;
mod packet;
mod parameter;
mod rx;
mod tx;
mod types;

pub use association::Stats;
pub use channels::{
    ChannelConfig, ChannelId, DataChannels, Event, MessageKind, Parity, Reliability,
};
pub use config::Config;
pub use error::{CloseReason, Dropped, OpenError, SendError};
pub use types::Ppid;
