//! SDP (RFC 8866) as WebRTC uses it: parse and write.
//!
//! A [`Session`] is what an offer or an answer says: lines of the session as a whole, then one
//! [`Media`] for each `m=` line, each with its [`Attribute`]s in the order written. Everything is a
//! plain struct, to be read, changed and written again. What browsers send is written back byte for
//! byte, and what we do not know is kept.
//!
//! ```
//! use lariat_sdp::Session;
//!
//! let offer = Session::parse(
//!     "v=0\r\n\
//!      o=- 2681452551406542536 2 IN IP4 127.0.0.1\r\n\
//!      s=-\r\n\
//!      t=0 0\r\n\
//!      a=group:BUNDLE 0\r\n\
//!      m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n\
//!      c=IN IP4 0.0.0.0\r\n\
//!      a=mid:0\r\n\
//!      a=rtpmap:96 VP8/90000\r\n\
//!      a=rtcp-fb:96 nack\r\n\
//!      a=rtcp-fb:96 nack pli\r\n\
//!      a=rtpmap:97 rtx/90000\r\n\
//!      a=fmtp:97 apt=96\r\n",
//! )?;
//! assert!(offer.bundle().eq(["0"]));
//!
//! for media in &offer.media {
//!     for payload_type in media.payload_types() {
//!         let Some(codec) = media.rtpmap(payload_type) else { continue };
//!         let feedback: Vec<_> = media.feedback(payload_type).collect();
//!         println!("{payload_type} is {} with {feedback:?}", codec.encoding);
//!     }
//! }
//! assert_eq!(offer.media[0].fmtp(97).and_then(|fmtp| fmtp.parameter("apt")), Some("96"));
//! # Ok::<(), lariat_sdp::ParseError>(())
//! ```
//!
//! # What is covered
//!
//! | | |
//! |---|---|
//! | RFC 8866 | the lines and their order; `rtpmap`, `fmtp`, directions |
//! | RFC 8839, 8840 | ICE attributes; a candidate's inside is left to whoever does ICE |
//! | RFC 5888, 9143 | `mid`, `group`, `bundle-only` |
//! | RFC 8122, 4145, 8842 | `fingerprint`, `setup`, `tls-id` |
//! | RFC 8841 | `sctp-port`, `max-message-size` |
//! | RFC 8285 | `extmap`, `extmap-allow-mixed` |
//! | RFC 4585, 5576, 8830 | `rtcp-fb`, `ssrc`, `ssrc-group`, `msid` |
//! | RFC 8851, 8853 | `rid`, `simulcast` |
//! | RFC 3605, 5761, 8858, 5506 | `rtcp`, `rtcp-mux`, `rtcp-mux-only`, `rtcp-rsize` |
//!
//! Left out: what an answer may say to an offer (RFC 3264, 8829), which is negotiation, not syntax;
//! the insides of `i=`, `u=`, `e=`, `p=`, `r=` and `z=`; keys in `k=`, which are dropped; charsets
//! other than UTF-8.
//!
//! # Untrusted input
//!
//! Descriptions come from somebody else's machine. Reading one takes time and memory in proportion
//! to its length, which is bounded first of all, and there is no path that panics; [`limits`] lists
//! the bounds. Whoever can change a description can still replace its fingerprints and so read
//! everything: only the signalling channel protects against that.
//!
//! Values that are about to be written are untrusted too. A line break in a track's name would
//! become an attribute of its own; [`Session::write`] refuses it, and [`Attribute::check`] does for
//! one attribute.
//!
//! # Errors
//!
//! [`ParseError`] names line, column and reason. An unknown attribute is never an error, and
//! neither is a malformed one that can be done without; [`Attribute`] lists those that are.
//! [`BuildError`] is the caller's own mistake: a description that would not read back as it was
//! meant.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

/// The value of the first attribute of a variant.
macro_rules! find {
    ($section:expr, $variant:ident) => {
        all!($section, $variant).next()
    };
}

/// The values of all attributes of a variant.
macro_rules! all {
    ($section:expr, $variant:ident) => {
        $section.attributes.iter().filter_map(|attribute| match attribute {
            crate::attribute::Attribute::$variant(value) => Some(value),
            _ => None,
        })
    };
}

mod attribute;
mod connection;
mod cursor;
mod error;
mod lexer;
pub mod limits;
mod line;
mod media;
mod origin;
mod parser;
mod session;
mod write;

pub use attribute::{
    Attribute, Direction, Extmap, Fingerprint, Fmtp, Group, Msid, Rid, RidDirection, Rtcp, RtcpFb,
    Rtpmap, Setup, Simulcast, SimulcastList, SimulcastRid, Ssrc, SsrcGroup,
};
pub use connection::Connection;
pub use error::{BuildError, BuildReason, Field, ParseError, Reason};
pub use limits::Limit;
pub use line::Line;
pub use media::{
    DEFAULT_MAX_MESSAGE_SIZE, FORMAT_DATA_CHANNEL, Media, MediaKind, PROTOCOL_RTP, PROTOCOL_SCTP,
};
pub use origin::Origin;
pub use session::{IceCredentials, Session};
