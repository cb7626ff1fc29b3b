//! Meetings of peers: Lariat's, browsers', and those of other people's stacks.
//!
//! Every peer is a program of its own that speaks one protocol over its standard input and output
//! ([`mod@line`]), and [`pair`] joins two of them. [`foreign`] knows how to start those that are
//! not ours. [`browser`] drives the browsers. [`libsrtp`] is a peer of packets alone. [`dtls`] is
//! our side of DTLS alone, for programs that speak nothing else; [`virtual_time`] lets it meet
//! stacks without a network, on a clock that a test moves.

pub mod bidi;
pub mod browser;
pub mod dtls;
pub mod foreign;
pub mod http;
pub mod libsrtp;
pub mod line;
pub mod pair;
pub mod process;
pub mod virtual_time;

/// What the helpers of tests fail with: a sentence for a person.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The result of a helper.
pub type Result<T> = std::result::Result<T, Error>;
