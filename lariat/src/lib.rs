//! WebRTC for Rust: an async [`PeerConnection`] on tokio.
//!
//! The names are those of the W3C's API in snake case. One task owns each connection with its
//! socket; everything that an application holds ([`PeerConnection`], [`DataChannel`], [`Track`],
//! [`Transceiver`]) is a handle that can be cloned and sent to other tasks.
//!
//! ```
//! use lariat::{Configuration, DataChannelInit, Error, Event, PeerConnection};
//!
//! async fn greet(
//!     signal: impl AsyncFnOnce(lariat::SessionDescription) -> lariat::SessionDescription,
//! ) -> Result<(), Error> {
//!     let connection = PeerConnection::new(Configuration::default()).await?;
//!     let channel = connection.create_data_channel("chat", DataChannelInit::default()).await?;
//!
//!     let offer = connection.create_offer().await?;
//!     connection.set_local_description(offer.clone()).await?;
//!     // How descriptions travel is up to the application: HTTP, a websocket, a letter.
//!     connection.set_remote_description(signal(offer).await).await?;
//!
//!     channel.send("hello").await?;
//!     println!("{:?}", channel.recv().await);
//!     connection.close().await;
//!     Ok(())
//! }
//! ```
//!
//! # What waits, and what is lost
//!
//! | what | limit | past it |
//! |---|---|---|
//! | [`DataChannel::send`] | [`limits::SEND_BUFFER`] per channel | waits; `try_send` says so |
//! | [`DataChannel::recv`] | [`limits::CHANNEL_RECEIVE_BUFFER`] each | the channel's sender waits |
//! | [`Transceiver::send_rtp`] | [`limits::MEDIA_SENDS`] | waits; `try_send_rtp` says so |
//! | [`Track::recv`] | [`limits::TRACK_PACKETS`], [`limits::TRACK_BYTES`] | the oldest is lost |
//! | [`PeerConnection::next_event`] | [`limits::EVENTS`] | channels wait, the latest state stays |
//!
//! None of these waits for another: an application that does not read a channel still gets media,
//! events, and the messages of other channels.
//!
//! Futures of this crate may be dropped at any time: a command then either has run or has not, and
//! nothing that was received is lost.
//!
//! # Untrusted input
//!
//! The socket takes datagrams from anyone and hands them to [`lariat_peer`], which drops what is
//! not authentic and counts it. What an authentic peer may make this side hold is bounded by the
//! table above.
//!
//! # Secrets
//!
//! They stay inside, unless [`Configuration::key_log`] is set. Nothing here looks at the variable
//! `SSLKEYLOGFILE` but [`KeyLogFile::from_environment`], which an application has to call.
//!
//! # Errors
//!
//! Every misuse is an [`Error`], and nothing is lost by it. What the network does is no error: it
//! shows as an [`Event`], or in [`Stats`].

#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod command;
mod configuration;
mod connection;
mod data_channel;
mod driver;
mod error;
mod event;
mod fragmentation;
mod interfaces;
mod key_log;
pub mod limits;
mod notices;
mod queue;
mod send_terms;
mod socket;
mod stats;
mod track;

pub use lariat_crypto::NamedGroup;
pub use lariat_dtls::{Certificate, CertificateError, KeyLog, Version as DtlsVersion};
pub use lariat_peer::{
    CloseReason, ConnectionState, Direction, Error as PeerError, FailureReason, IceCandidate,
    MediaKind, NegotiationError, Reliability, RtpPacket, SdpType, SessionDescription,
    SignalingState, StreamStats, TransceiverId,
};

pub use self::configuration::{AddressFilter, Configuration, Loopback};
pub use self::connection::PeerConnection;
pub use self::data_channel::{DataChannel, DataChannelInit, Message};
pub use self::error::Error;
pub use self::event::Event;
pub use self::key_log::KeyLogFile;
pub use self::socket::SocketStats;
pub use self::stats::Stats;
pub use self::track::{Track, Transceiver};

/// Holds the README's example to the API.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct ReadMe;
