//! A whole WebRTC peer as one value, without I/O.
//!
//! [`Peer`] composes the protocol crates: ICE finds a path, DTLS authenticates the other side and
//! agrees on keys, SRTP protects media, SCTP carries data channels, and JSEP (RFC 9429) negotiates
//! it all in SDP. It opens no socket and reads no clock; `lariat` is the front door that does.
//!
//! # The run loop
//!
//! Whoever owns a peer hands it what arrives and the time, sends what it wants sent, and calls it
//! again when it asks to be:
//!
//! ```
//! use lariat_base::{Datagram, Instant};
//! use lariat_peer::Peer;
//!
//! # trait Socket { fn send(&self, transmit: &lariat_base::Transmit, bytes: &[u8]); }
//! fn turn(
//!     peer: &mut Peer,
//!     now: Instant,
//!     arrived: Option<Datagram<'_>>,
//!     socket: &dyn Socket,
//! ) -> Instant {
//!     match arrived {
//!         Some(datagram) => peer.handle_datagram(now, datagram),
//!         None => peer.handle_timeout(now),
//!     }
//!     let mut bytes = Vec::new();
//!     while let Some(transmit) = peer.poll_transmit(now, 16, &mut bytes) {
//!         socket.send(&transmit, &bytes);
//!         bytes.clear();
//!     }
//!     while let Some(event) = peer.poll_event() {
//!         println!("{event:?}");
//!     }
//!     peer.poll_timeout().map_or(now, |deadline| deadline.at)
//! }
//! ```
//!
//! Any other order is fine too: nothing has to be drained before something else may be called.
//!
//! # What is covered
//!
//! One bundled transport (RFC 9143) with RTCP multiplexed (RFC 5761): audio and video as RTP
//! packets, data channels, offers and answers with rollback, trickled candidates. Left out for now:
//! ICE restart, TURN, retransmission and congestion control of media, simulcast, statistics by the
//! W3C's names.
//!
//! # Untrusted input
//!
//! A datagram is routed by its first byte (RFC 7983). Only STUN is taken from any address; DTLS,
//! SRTP and SRTCP only from one that a connectivity check has validated, and nothing is ever sent
//! elsewhere than to the selected pair (besides the checks themselves). What is dropped is counted
//! by reason, in [`Peer::stats`]. Every queue has a bound in [`limits`]. An attacker on the path
//! can delay and drop, and can make the handshake fail; nobody else can do anything.
//!
//! # Errors
//!
//! Commands return [`Error`] and then have changed nothing. Datagrams never do; when a connection
//! is lost for good, [`Event::Failed`] says why.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod config;
mod demux;
mod error;
mod event;
pub mod limits;
mod media;
mod negotiation;
mod peer;
mod stats;

pub use config::Config;
pub use error::{Dropped, Error, FailureReason, NegotiationError};
pub use event::{ConnectionState, Event, RtpPacket};
pub use lariat_ice::{FailureReason as IceFailureReason, SelectedPair};
pub use lariat_sctp::{ChannelConfig, ChannelId, CloseReason, MessageKind, Reliability, SendError};
pub use negotiation::{
    Direction, MediaKind, SdpType, SessionDescription, SignalingState, TransceiverId,
};
pub use peer::{IceCandidate, Peer, SentMark};
pub use stats::{DropCount, Stats, StreamStats};
