//! An emulated network path.
//!
//! [`Emulator`] is the path itself, without a clock and without devices: delay, jitter, loss,
//! reordering, duplication, a rate with its queue, an MTU with the ICMP that belongs to it, and a
//! NAT at each end. It is told what to be by [`Command`]s, and by a [`Script`] of them.
//!
//! [`Path`] is one in real time, between two namespaces of Linux, for whole IP packets of whatever
//! program runs there. Where namespaces cannot be made, [`UdpRelay`] is one for datagrams between
//! two sockets of loopback. A [`Peer`] is a program that runs on a side and is told what to do.

mod ceiling;
mod checksum;
mod command;
mod emulator;
mod fragment;
mod icmp;
mod lateness;
mod link;
mod namespace;
mod nat;
mod packet;
mod peer;
mod relay;
mod runner;
pub mod script;

pub use self::ceiling::{Ceiling, blast};
pub use self::command::{Command, CommandError, LinkChange, NatChange};
pub use self::emulator::{Counts, Dropped, Emulator, MAX_ON_THE_WAY, Release, Side};
pub use self::lateness::{Lateness, PUNCTUAL};
pub use self::link::{LinkSettings, Mtu, Rate, Share};
pub use self::namespace::address;
pub use self::nat::{Dependence, MAX_CONTACTS, MAX_MAPPINGS, NatSettings};
pub use self::packet::{Packet, Protocol, udp};
pub use self::peer::{Peer, PeerError, Reading, connect, wait_open};
pub use self::relay::UdpRelay;
pub use self::runner::{Path, Report};
pub use self::script::Script;
