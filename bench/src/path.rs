//! Whole connections over an emulated path, in real time.
//!
//! A path between two namespaces (`lariat_path`) carries the packets of programs that are told what
//! to do: Lariat's driver with its sockets, a browser, other people's stacks.
//!
//! - *Transfers* ([`cell`], [`transfer`]): how fast messages arrive that one side sends as fast as
//!   it can, by round trip, rate, loss, size and number of channels.
//! - *Calls* ([`call`]): how long it takes until audio, video and data are there.
//! - *Events* ([`event`]): how long nothing arrives after a rebinding or on a path that dies, and
//!   how long it takes until somebody is told that the other side is gone.

pub mod call;
pub mod cell;
pub mod event;
pub mod field;
pub mod figures;
pub mod pairing;
pub mod results;
pub mod transfer;
