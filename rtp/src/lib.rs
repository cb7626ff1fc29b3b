//! RTP and RTCP (RFC 3550) packets and stream statistics, without I/O.
//!
//! | to | use |
//! |---|---|
//! | tell RTP from RTCP on one port | [`is_rtcp`] |
//! | read the header alone, as SRTP must | [`HeaderView`] |
//! | read a whole packet | [`Packet`], [`Extension`] |
//! | write a packet | [`PacketBuilder`] |
//! | read and write RTCP | [`rtcp::compound`], [`rtcp::CompoundWriter`], [`rtcp::Packet`] |
//! | measure what arrives and what is sent | [`stream::Reception`], [`stream::Transmission`] |
//! | know when to report | [`stream::ReportSchedule`] |
//! | ask for what is missing, and send it again | [`nack::MissingTracker`], [`nack::History`] |
//!
//! # What is covered
//!
//! - RFC 3550: the RTP header (§5.1, §5.3.1), SR, RR, SDES and BYE (§6.4 to §6.6), compound packets
//!   (§6.1), reception statistics (appendices A.1, A.3, A.8), round-trip times (§6.4.1).
//! - RFC 8285: one-byte and two-byte header extensions.
//! - RFC 4585: generic NACK (§6.2.1) and picture loss indication (§6.3.1).
//! - RFC 5506: reduced-size RTCP. RFC 5761 §4: telling RTP and RTCP apart on one port.
//!
//! Left out: APP, XR and every feedback message not named above (all kept as [`rtcp::Unknown`]),
//! mixers and translators, the RTCP bandwidth algorithm (see [`stream::ReportSchedule`]), SSRC
//! collision handling, payload formats.
//!
//! # The run loop
//!
//! There is no connection here, so there are values instead of one state machine. A receiver and
//! its sender, without anything in between:
//!
//! ```
//! use core::time::Duration;
//! use lariat_base::{Instant, Seed, Serial16};
//! use lariat_rtp::stream::{Reception, ReportSchedule, Transmission};
//! use lariat_rtp::{NtpTime, Packet, PacketBuilder, rtcp};
//!
//! let now = Instant::ZERO;
//! let mut sending = Transmission::new(7, 90_000);
//! let mut receiving = Reception::new(7, 90_000);
//! let mut schedule = ReportSchedule::video(now, Seed::new([1; 32]).rng());
//!
//! // A packet is built, sent and received.
//! let mut datagram = Vec::new();
//! PacketBuilder { payload_type: 96, ssrc: 7, payload: b"frame", ..PacketBuilder::default() }
//!     .encode(&mut datagram)?;
//! sending.on_packet(now, 0, 5);
//! let packet = Packet::parse(&datagram)?;
//! receiving.on_packet(now, &packet);
//!
//! // When the schedule says so, the sender reports, and the receiver answers.
//! let now = schedule.at();
//! assert!(schedule.expire(now));
//! let report = sending.sender_report(now, NtpTime::from_unix(Duration::from_secs(1))).unwrap();
//! receiving.on_sender_report(now, &report);
//! let block = receiving.report_block(now);
//! assert_eq!(sending.on_report_block(now, &block), Some(Duration::ZERO));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```
//!
//! # Untrusted input
//!
//! Every parser here may be fed anything. None panics, and none does more work than is linear in
//! the datagram's length. [`HeaderView`] and [`Packet`] do not allocate at all; what RTCP is read
//! into takes up to some thirty times the datagram's length, for a list of empty SDES items.
//! Extension elements that run past their block end the iteration. Of a compound RTCP packet the
//! parts before the first bad one are kept; the rest is dropped with the reason.
//!
//! [`stream`] values hold a fixed number of bytes whatever arrives, and ignore what is about
//! somebody else's SSRC; [`nack`] values hold a bounded number of packets. Their input is meant to
//! be authenticated (SRTP) before; without that, a forger can skew the statistics and make us ask
//! for packets that do not exist, a bounded number of times.
//!
//! # Errors
//!
//! [`ParseError`] says why a packet cannot be read. It is the reason to count, not a failure of the
//! caller. [`BuildError`] is the caller's mistake: a value that the wire cannot carry; nothing is
//! written then.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod builder;
mod demux;
mod error;
mod extension;
mod header;
pub mod limits;
pub mod nack;
mod ntp;
mod packet;
pub mod rtcp;
pub mod stream;

pub use builder::PacketBuilder;
pub use demux::is_rtcp;
pub use error::{BuildError, ParseError};
pub use extension::{Extension, Extensions};
pub use header::HeaderView;
pub use ntp::NtpTime;
pub use packet::Packet;
