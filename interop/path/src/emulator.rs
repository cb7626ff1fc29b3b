//! The path itself, without a clock and without devices.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fmt;

use lariat_base::{Instant, Seed, Tally};

use crate::command::{Command, NatChange};
use crate::fragment;
use crate::icmp;
use crate::link::{Fate, Link, LinkSettings};
use crate::nat::{Nat, Refused};
use crate::packet::Packet;

/// How many packets may be on their way. Past it new ones are dropped and counted.
///
/// A gigabit for a second, in packets of 1,200 bytes.
pub const MAX_ON_THE_WAY: usize = 100_000;

/// An end of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// One.
    A,
    /// The other.
    B,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::A, Self::B];

    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Why a packet did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dropped {
    /// It is no IP packet.
    Malformed,
    /// The path is down.
    Down,
    /// It is longer than what fits.
    TooBig,
    /// The queue before the rate was full.
    Overflow,
    /// It was to be lost.
    Lost,
    /// A NAT cannot tell what flow it belongs to.
    Unknown,
    /// A NAT has no mapping for it.
    Unmapped,
    /// A NAT has a mapping, but not for who sent it.
    Filtered,
    /// [`MAX_ON_THE_WAY`] was reached.
    Crowded,
}

impl From<Refused> for Dropped {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unknown => Self::Unknown,
            Refused::Unmapped => Self::Unmapped,
            Refused::Filtered => Self::Filtered,
        }
    }
}

/// What happened to the packets of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many it sent.
    pub sent: u64,
    /// How many of those arrived.
    pub arrived: u64,
    /// How many bytes those had.
    pub bytes: u64,
    /// Those that did not, by reason.
    pub dropped: Tally<Dropped>,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sent, {} arrived, {} bytes", self.sent, self.arrived, self.bytes)?;
        for (reason, count) in self.dropped.iter() {
            write!(f, ", {count} {reason:?}")?;
        }
        Ok(())
    }
}

/// A packet that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Where.
    pub to: Side,
    /// When it was due.
    pub due: Instant,
    /// The whole packet.
    pub packet: Packet,
}

/// A path between two sides: takes packets with the time, and says when each is to arrive.
///
/// Each side has a link away from it and may stand behind a NAT. A packet passes the NAT of who
/// sends it before the link, and that of who gets it at the end of the way. What a NAT does not
/// know is dropped there.
///
/// ```
/// use std::time::Duration;
/// use lariat_base::{Instant, Seed};
/// use lariat_path::{Emulator, Side};
///
/// let mut path = Emulator::new(&Seed::new([1; 32]));
/// path.run(Instant::ZERO, &"delay 30ms".parse()?);
/// # let packet = [
/// #     0x45, 0, 0, 20, 0, 0, 0x40, 0, 64, 99, 0, 0, 10, 77, 0, 1, 10, 77, 0, 2,
/// # ];
/// path.handle_packet(Instant::ZERO, Side::A, packet.to_vec());
/// let due = Instant::from_millis(30);
/// assert_eq!(path.poll_timeout(), Some(due));
/// let arrived = path.poll_release(due).map(|release| (release.to, release.due));
/// assert_eq!(arrived, Some((Side::B, due)));
/// # Ok::<(), lariat_path::CommandError>(())
/// ```
#[derive(Debug)]
pub struct Emulator {
    a: Outlet,
    b: Outlet,
    on_the_way: BinaryHeap<Reverse<OnTheWay>>,
    /// Packets due at one moment keep their order by it.
    next_number: u64,
    /// What is left of a packet that was broken at the end of its way.
    parts: Vec<Release>,
}

/// What belongs to one side.
#[derive(Debug)]
struct Outlet {
    link: Link,
    nat: Option<Nat>,
    counts: Counts,
}

#[derive(Debug, PartialEq, Eq)]
struct OnTheWay {
    at: Instant,
    number: u64,
    to: Side,
    /// A packet is at most this long when it arrives, or is broken.
    mtu: Option<usize>,
    /// Whether the path itself sent it, past every NAT.
    is_own: bool,
    packet: Packet,
}

impl Emulator {
    /// A path on which packets pass at once. What happens by chance is decided by the seed.
    pub fn new(seed: &Seed) -> Self {
        let outlet = |label| {
            let link = Link::new(LinkSettings::default(), seed.split(label).rng());
            Outlet { link, nat: None, counts: Counts::default() }
        };
        Self {
            a: outlet("from a"),
            b: outlet("from b"),
            on_the_way: BinaryHeap::new(),
            next_number: 0,
            parts: Vec::new(),
        }
    }

    /// Does what a command says. What is on its way stays on it.
    pub fn run(&mut self, now: Instant, command: &Command) {
        match command {
            Command::Link { from, change } => {
                for side in Side::BOTH.into_iter().filter(|s| from.is_none_or(|from| from == *s)) {
                    let link = &mut self.outlet(side).link;
                    let mut settings = link.settings;
                    change.apply(&mut settings);
                    link.set(now, settings);
                }
            }
            Command::Nat { side, change } => self.outlet(*side).change_nat(*change),
        }
    }

    /// Something was sent from a side.
    pub fn handle_packet(&mut self, now: Instant, from: Side, bytes: Vec<u8>) {
        self.outlet(from).counts.sent += 1;
        if let Err(reason) = self.admit(now, from, bytes) {
            self.outlet(from).counts.dropped.add(reason);
        }
    }

    /// What arrives by now, the earliest first.
    pub fn poll_release(&mut self, now: Instant) -> Option<Release> {
        if let Some(part) = self.parts.pop() {
            return Some(part);
        }
        loop {
            self.on_the_way.peek().filter(|next| next.0.at <= now)?;
            let Reverse(next) = self.on_the_way.pop()?;
            let (due, to, mtu, is_own) = (next.at, next.to, next.mtu, next.is_own);
            let mut packet = next.packet;
            let from = to.other();
            if is_own {
                return Some(Release { to, due, packet });
            }
            if let Some(nat) = &mut self.outlet(to).nat
                && let Err(refused) = nat.inward(now, &mut packet)
            {
                self.outlet(from).counts.dropped.add(refused.into());
                continue;
            }
            let counts = &mut self.outlet(from).counts;
            counts.arrived += 1;
            counts.bytes += packet.bytes().len() as u64;
            let Some(mtu) = mtu.filter(|mtu| packet.bytes().len() > *mtu) else {
                return Some(Release { to, due, packet });
            };
            let parts = fragment::parts(&packet, mtu).into_iter();
            self.parts = parts.map(|packet| Release { to, due, packet }).rev().collect();
            if let Some(first) = self.parts.pop() {
                return Some(first);
            }
        }
    }

    /// When the next packet arrives, if one is on its way.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let parts = self.parts.last().map(|part| part.due);
        parts.or_else(|| self.on_the_way.peek().map(|next| next.0.at))
    }

    /// What happened to the packets of a side so far.
    pub fn counts(&self, from: Side) -> &Counts {
        match from {
            Side::A => &self.a.counts,
            Side::B => &self.b.counts,
        }
    }

    fn admit(&mut self, now: Instant, from: Side, bytes: Vec<u8>) -> Result<(), Dropped> {
        let mut packet = Packet::parse(bytes).ok_or(Dropped::Malformed)?;
        let settings = self.outlet(from).link.settings;
        if !settings.is_up {
            return Err(Dropped::Down);
        }
        if self.on_the_way.len() >= MAX_ON_THE_WAY {
            return Err(Dropped::Crowded);
        }
        let narrow = settings.mtu.filter(|mtu| packet.bytes().len() > mtu.bytes);
        if let Some(mtu) = narrow {
            let is_breakable = !fragment::parts(&packet, mtu.bytes).is_empty();
            if !is_breakable {
                // rfc1122 §3.2.2: no message is about another one.
                if mtu.tells && !icmp::is_error(&packet) {
                    let message = icmp::too_big(&packet, mtu.bytes);
                    self.push(now, from, None, true, message);
                }
                return Err(Dropped::TooBig);
            }
        }
        let outlet = self.outlet(from);
        if let Some(nat) = &mut outlet.nat {
            nat.outward(now, &mut packet)?;
        }
        match outlet.link.admit(now, &mut packet) {
            Fate::Overflows => Err(Dropped::Overflow),
            Fate::Lost => Err(Dropped::Lost),
            Fate::Arrives { at, again } => {
                let mtu = narrow.map(|mtu| mtu.bytes);
                if again {
                    self.push(at, from.other(), mtu, false, packet.clone());
                }
                self.push(at, from.other(), mtu, false, packet);
                Ok(())
            }
        }
    }

    fn push(&mut self, at: Instant, to: Side, mtu: Option<usize>, is_own: bool, packet: Packet) {
        let number = self.next_number;
        self.next_number += 1;
        self.on_the_way.push(Reverse(OnTheWay { at, number, to, mtu, is_own, packet }));
    }

    const fn outlet(&mut self, side: Side) -> &mut Outlet {
        match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        }
    }
}

impl Outlet {
    fn change_nat(&mut self, change: NatChange) {
        match (&mut self.nat, change) {
            (nat, NatChange::Remove) => *nat = None,
            (Some(nat), NatChange::Place(settings)) => nat.become_kind(settings),
            (nat, NatChange::Place(settings)) => *nat = Some(Nat::new(settings)),
            (Some(nat), NatChange::Rebind) => nat.rebind(),
            (Some(nat), NatChange::Forget) => nat.forget(),
            (Some(nat), NatChange::MoveTo(outside)) => nat.move_to(outside),
            // Without a NAT there is nothing to change.
            (None, NatChange::Rebind | NatChange::Forget | NatChange::MoveTo(_)) => {}
        }
    }
}

impl Ord for OnTheWay {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for OnTheWay {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests;
