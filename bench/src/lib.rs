//! Side-by-side benches: Lariat, other people's stacks, and the limits that the ciphers set.
//!
//! The modules below [`case`] to [`versions`] measure and report, and know no protocol: cases that
//! are compared with each other are measured in turns ([`rounds`]), on one core ([`pin`]), and what
//! is told about them is a median with its quartiles ([`summary`]), ratios within one run, and
//! [`figure`]s that are reached or missed. Each protocol has a module of its own and a program in
//! `benches/`: [`srtp`], [`dtls`], and [`path`] for the whole, which runs in real time and on every
//! core.
//!
//! Nothing here is for production, nor published; `cargo xtask bench` runs it.

pub mod case;
pub mod dtls;
pub mod figure;
pub mod machine;
pub mod options;
pub mod path;
pub mod pin;
pub mod program;
pub mod progress;
pub mod report;
pub mod rounds;
pub mod srtp;
pub mod summary;
pub mod table;
pub mod versions;
