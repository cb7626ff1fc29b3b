//! ICE (RFC 8445) agent, without I/O.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod agent;
mod candidate;
mod checklist;
mod config;
mod consent;
mod credentials;
mod error;
mod event;
mod gather;
pub mod limits;
mod nominate;
mod outbox;
mod pacer;
mod pair;
mod priority;
mod rate;
mod report;
mod request;
mod response;
mod role;

pub use agent::Agent;
pub use candidate::{Candidate, CandidateKind, Transport};
pub use config::Config;
pub use credentials::Credentials;
pub use error::{
    CandidateError, CredentialsError, Dropped, FailureReason, ParseError, Unsupported,
};
pub use event::{Event, SelectedPair, State};
pub use pair::PairFailure;
pub use report::{Explanation, PairReport, PairState};
pub use role::Role;
