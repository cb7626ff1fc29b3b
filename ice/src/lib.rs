//! An ICE agent (RFC 8445) without I/O: it finds out between which addresses two peers can talk,
//! and keeps asking whether the other still wants to.
//!
//! It is handed candidates, datagrams and the time; it says what to send, which pair of addresses
//! to use, and when to be called again. It opens no socket, gathers no candidates, resolves no
//! names.
//!
//! # The run loop
//!
//! ```
//! use std::collections::VecDeque;
//!
//! use lariat_base::{Datagram, Instant, Seed, Transmit};
//! use lariat_crypto::ring;
//! use lariat_ice::{Agent, Candidate, Config, Role, State};
//!
//! let agent = |seed, role| Agent::new(Config::new(ring::provider(), Seed::new([seed; 32]), role));
//! let mut agents = [agent(1, Role::Controlling), agent(2, Role::Controlled)];
//! let mut now = Instant::ZERO;
//!
//! // Each adds its addresses and tells them, with its credentials, to the other (signaling).
//! let hosts = ["192.0.2.1:5000".parse()?, "192.0.2.2:6000".parse()?];
//! let credentials = [0, 1].map(|who: usize| agents[who].local_credentials().clone());
//! for (who, other) in [(0, 1), (1, 0)] {
//!     agents[who].add_local_candidate(now, Candidate::host(hosts[who]))?;
//!     agents[who].set_remote_credentials(now, credentials[other].clone())?;
//!     agents[who].add_remote_candidate(now, Candidate::host(hosts[other]))?;
//!     agents[who].end_of_remote_candidates(now);
//! }
//!
//! let mut network: VecDeque<(Transmit, Vec<u8>)> = VecDeque::new();
//! while agents.iter().any(|agent| agent.state() != State::Completed) {
//!     // 1. Send whatever is to be sent, and look at what happened.
//!     for agent in &mut agents {
//!         let mut bytes = Vec::new();
//!         while let Some(transmit) = agent.poll_transmit(now, &mut bytes) {
//!             network.push_back((transmit, std::mem::take(&mut bytes)));
//!         }
//!         while let Some(event) = agent.poll_event() {
//!             println!("{event:?}");
//!         }
//!     }
//!     // 2. Hand over what arrived ...
//!     if let Some((transmit, bytes)) = network.pop_front() {
//!         let (local, remote) = (transmit.remote, transmit.local);
//!         let receiver = &mut agents[usize::from(local == hosts[1])];
//!         receiver.handle_datagram(now, Datagram { local, remote, ecn: None, payload: &bytes });
//!         continue;
//!     }
//!     // 3. ... or wait until the earliest deadline.
//!     let deadlines = agents.iter().filter_map(Agent::poll_timeout);
//!     now = deadlines.map(|deadline| deadline.at).min().ok_or("stuck")?.max(now);
//!     for agent in &mut agents {
//!         agent.handle_timeout(now);
//!     }
//! }
//! assert_eq!(agents[0].selected_pair(now).ok_or("none")?.remote, hosts[1]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! When it does not connect, print [`Agent::explain`].
//!
//! # What is covered
//!
//! RFC 8445 as a full agent: pairs (§6.1.2), ordinary and triggered checks (§6.1.4, §7),
//! peer-reflexive candidates, role conflicts (§7.3.1.1), nomination (§8); the peer may be lite. RFC
//! 8838 (trickle): all may come in any order. RFC 8863 (patience before failing). RFC 7675
//! (consent), whose checks are the keepalives too. RFC 8839 §5.1 (the candidate line).
//!
//! Left out: gathering, which is the owner's; a relayed candidate is added like a host one, and its
//! owner carries what goes out from its address through the TURN server. Being lite. ICE-TCP (RFC
//! 6544). A restart (§9) is a new agent beside the old one, which goes on until the new one has a
//! pair.
//!
//! # Decisions
//!
//! - **One data stream of one component.** Lariat bundles, and multiplexes RTCP. So nothing is ever
//!   Frozen (§6.1.2.6): freezing spares checks of further components.
//! - **All checks of pairs that do not work yet share one pacer**, repetitions included: at most
//!   one leaves per [`Config::pacing`]. Triggered ones go first, and first checks before
//!   repetitions. In exchange the retransmission timeout stays at 500 ms however many pairs there
//!   are (§14.3 would let it grow with their square).
//! - **Any working pair is used at once** (§12.1), and nomination settles it. As controlling agent
//!   we nominate once: the best pair that works when nothing better can come, or
//!   [`Config::nomination_delay`] after the first one worked. If that very check is refused, the
//!   next best pair is nominated, where §7.2.5.3.4 would fail the checklist. If all its
//!   transmissions are lost while the pair answers other checks, it is nominated again.
//! - **A controlled agent accepts many nominations**, as browsers make them: of the nominated pairs
//!   that work, the one of highest priority is used; but a nomination that comes long after the
//!   first ([`limits::SETTLING_MILLIS`]) says that the peer has left that pair. Pairs above the
//!   best nominated one are still checked, those below are not.
//! - **A pair whose consent check goes unanswered is probed**, after 500 ms and then every second,
//!   beside the pacer and beside the consent checks, and any answer renews consent. RFC 7675 §5.1
//!   has one request in four seconds and no repetition; on a path that loses three of ten datagrams
//!   each way, all of those go unanswered for half a minute every few minutes.
//! - **A pair in use that stops working is left** for another one that works, where §8.1.1 allows
//!   no second nomination. When traffic that flowed on it ([`Agent::on_traffic`]) is silent for
//!   half a second, or the peer makes checks as somebody does who does not hear us, it is checked
//!   three times within another half; without an answer, all other pairs are checked again, and the
//!   best that answers takes over. A controlling agent nominates it; a controlled one uses it until
//!   the peer nominates, and follows the peer's traffic to another pair that answers. The same
//!   happens, after [`Config::disconnected_after`], to a pair without traffic. How often the pair
//!   in use changes is bounded ([`limits::MAX_SWITCH_BURST`]), and no pair takes over without the
//!   peer's consent for it. If nothing takes over, or the peer does not come along,
//!   [`Event::RestartNeeded`] tells.
//! - **A valid pair is the checked pair.** The RFC makes a new one with a reflexive local
//!   candidate; data leaves from the same base, so the pair only takes over that candidate's
//!   priority.
//! - **A candidate after the last one is used**, where RFC 8838 §14 would ignore it: it harms
//!   nobody, and may be the one that connects.
//! - **Which data to accept**: see [`Agent::is_validated`].
//!
//! # Untrusted input
//!
//! Every list and queue has a limit in [`limits`]. Requests that are not vouched for by our
//! password, or name other credentials, are dropped in silence; so are responses that do not belong
//! to an open request, or not to the peer. All are counted in [`Agent::dropped`], and nothing else
//! changes.
//!
//! Somebody on the path who knows no password can drop and delay, and can repeat a genuine check
//! from another address. That makes a peer-reflexive candidate there and at most as many checks as
//! one pair gets, and one check a second of the pair in use; data goes there only if he carries
//! those checks to the peer and its answers back, and then he is part of the path. Somebody who
//! knows the passwords is the peer. Requests are answered 50 times a second per pair.
//!
//! Somebody who controls the signaling can aim checks at addresses of his choice (§19.5.1). Until
//! an authentic answer comes from an IP address, it gets at most
//! [`limits::MAX_UNANSWERED_CHECKS_PER_ADDRESS`] checks, and all such addresses together
//! [`Config::check_budget`]: by default 256 checks and 25.6 kB, at most one datagram per 50 ms. A
//! check has 84 to 96 bytes between two agents of this kind, and up to 344 if the other side's
//! username fragment is as long as it may be. Who runs many agents watches [`Agent::unanswered`]
//! and lowers their budgets, and says with [`Config::remote_policy`] which addresses to take at
//! all.
//!
//! # Errors
//!
//! Commands return [`CandidateError`] or [`CredentialsError`] for the caller's or the signaling's
//! mistakes, and have then changed nothing. [`ParseError::Unsupported`] marks candidates to skip.
//! Datagrams never cause an error. [`FailureReason`] and [`PairFailure`] say why there is no
//! connection.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod agent;
mod budget;
mod candidate;
mod checklist;
mod config;
mod consent;
mod credentials;
mod error;
mod event;
mod keepalive;
pub mod limits;
mod nominate;
mod outbox;
mod pacer;
mod pair;
mod pairing;
mod path;
mod policy;
mod priority;
mod rate;
mod recovery;
mod report;
mod request;
mod response;
mod role;
mod traffic;

pub use agent::Agent;
pub use budget::CheckBudget;
pub use candidate::{Candidate, CandidateKind, Transport};
pub use config::Config;
pub use credentials::Credentials;
pub use error::{
    CandidateError, CredentialsError, Dropped, FailureReason, ParseError, Unsupported,
};
pub use event::{Event, SelectedPair, State};
pub use pair::PairFailure;
pub use policy::RemotePolicy;
pub use report::{Explanation, PairReport, PairState};
pub use role::Role;
