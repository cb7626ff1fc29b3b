//! An emulated network path.
//!
//! [`Emulator`] is the path itself, without a clock and without devices: delay, jitter, loss,
//! reordering, duplication, a rate with its queue, an MTU with the ICMP that belongs to it, and a NAT
//! at each end. It is told what to be by [`Command`]s, and by a [`Script`] of them.

mod checksum;
mod command;
mod emulator;
mod fragment;
mod icmp;
mod link;
mod nat;
mod packet;
pub mod script;

pub use self::command::{Command, CommandError, LinkChange, NatChange};
pub use self::emulator::{Counts, Dropped, Emulator, MAX_ON_THE_WAY, Release, Side};
pub use self::link::{LinkSettings, Mtu, Rate, Share};
pub use self::nat::{Dependence, MAX_CONTACTS, MAX_MAPPINGS, NatSettings};
pub use self::packet::{Packet, Protocol, udp};
pub use self::script::Script;
