//! The ledger of RFC requirements and the tests that show them.
//!
//! One TOML file per RFC lies beside this crate's `src`. Each of its requirements, in our own
//! words, names the tests that show it, or says why there is none:
//!
//! ```
//! use lariat_conformance::{Evidence, Rfc};
//!
//! let rfc = Rfc::parse(
//!     r#"
//!     rfc = 8489
//!     title = "Session Traversal Utilities for NAT (STUN)"
//!     crate = "stun"
//!
//!     [[requirement]]
//!     section = "5"
//!     level = "MUST"
//!     text = "A message starts with two zero bits."
//!     tests = ["stun/src/message.rs::two_leading_zero_bits_are_required"]
//!
//!     [[requirement]]
//!     section = "6.2.2"
//!     level = "MUST"
//!     text = "Over TCP, a request is not sent again."
//!     not_applicable = "there is no STUN over TCP here"
//!     "#,
//! )?;
//! assert_eq!(rfc.number, 8489);
//! assert_eq!(rfc.counts().shown, 1);
//! assert!(matches!(rfc.requirements[1].evidence, Evidence::NotApplicable(_)));
//! # Ok::<(), lariat_conformance::LedgerError>(())
//! ```
//!
//! This crate's tests hold the ledger to the code: each test that is named exists, and no RFC shows
//! less than `counts.toml` remembers. `cargo xtask conformance` prints the table.
//!
//! # Errors
//!
//! [`LedgerError`] says which file, which requirement and what is wrong with it, for a person to
//! mend.

mod counts;
mod ledger;
mod reference;

pub use counts::{Counts, Snapshot};
pub use ledger::{Evidence, LedgerError, Level, Requirement, Rfc, load, root};
pub use reference::{ReferenceError, TestReference};
