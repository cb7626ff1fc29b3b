//! Two sides, and somebody between them who has the keys: reads each record, loses, delays, repeats
//! and changes it, and writes others.
//!
//! The input is what the sides are to agree on ([`Setup`]), and a list of steps.

mod edit;
mod side;

use lariat_base::{Instant, ReadError, Reader};
use lariat_dtls::Role;

use super::glass::Belief;
use super::setup::Setup;
use super::wire::{self, Record};
use crate::Fate;
use side::Side;

/// How many steps of an input are played.
const STEPS: usize = 96;

/// How many records of each side are remembered.
const REMEMBERED: usize = 200;

/// How many datagrams are on their way at once; what is too much is lost.
const FLYING: usize = 100;

/// How often a good network is asked to bring a connection about.
const CALM_TURNS: usize = 500;

/// Runs the target.
pub fn run(input: &[u8]) {
    let mut reader = Reader::new(input);
    let Ok(setup) = Setup::read(&mut reader) else { return };
    let mut play = Play::new(setup);
    for _ in 0..STEPS {
        if play.step(&mut reader).is_err() {
            break;
        }
        play.check();
    }
    play.calm();
}

struct Play {
    setup: Setup,
    sides: [Side; 2],
    /// To which side, and what.
    flying: Vec<(usize, Vec<Record>)>,
    /// The records that each side has written.
    seen: [Vec<Record>; 2],
    now: Instant,
    /// Whether anything has arrived that neither side has written.
    is_forged: bool,
    is_closed: bool,
}

impl Play {
    fn new(setup: Setup) -> Self {
        let side = |role: Role| {
            Side::new(setup.connection(role), setup.connection_id(role.peer()), setup.mtu)
        };
        let sides = [Role::Client, Role::Server].map(side);
        let mut play = Self {
            setup,
            sides,
            flying: Vec::new(),
            seen: [Vec::new(), Vec::new()],
            now: Instant::ZERO,
            is_forged: false,
            is_closed: false,
        };
        for side in [0, 1] {
            play.sides[side].start(play.now);
            play.collect(side);
        }
        play
    }

    fn step(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let [what, which] = reader.take_array()?;
        let side = usize::from(which % 2);
        let place = usize::from(which) % self.flying.len().max(1);
        match what % 16 {
            0 | 1 => self.deliver(0),
            2 => (0..which % 16).for_each(|_| self.deliver(0)),
            3 => self.deliver(place),
            4 if place < self.flying.len() => drop(self.flying.remove(place)),
            5 => self.flying.extend(self.flying.get(place).cloned()),
            6 => self.pass(u64::from(which) * 10),
            7 => {
                let now = self.now;
                let next = self.sides.iter().filter_map(Side::deadline).min().unwrap_or(now);
                self.pass((next - now).as_millis() as u64);
            }
            8 if which >= 0x80 => {
                self.sides[side].change_cids(self.now, which);
                self.collect(side);
            }
            8 => {
                self.sides[side].update_keys(self.now, which & 2 != 0);
                self.collect(side);
            }
            9 => self.send(side, which.into()),
            10 if which > 0xf0 => {
                self.sides[side].close();
                self.is_closed = true;
                self.collect(side);
            }
            10 => self.deliver_changed(place, reader)?,
            11 | 12 => self.edit(place, reader)?,
            13 => self.inject(side, reader)?,
            14 => self.repeat(side, reader.u8()?.into()),
            _ => self.turn(),
        }
        self.flying.truncate(FLYING);
        Ok(())
    }

    /// Everything that is true of any two sides, whatever happens between them.
    fn check(&self) {
        self.sides.iter().for_each(Side::check);
        let [client, server] = &self.sides;
        if self.setup.is_suspicious(Role::Client) {
            assert!(!client.was_connected(), "a client with somebody else");
        }
        if self.setup.is_suspicious(Role::Server) {
            assert!(!server.was_connected(), "a server with somebody else");
        }
        // What is signed and hashed cannot be changed even with the keys of the records.
        if self.setup.belief == Belief::Credulous {
            return;
        }
        if let (Some(ours), Some(theirs)) = (client.info(), server.info()) {
            assert_eq!(ours, theirs, "two opinions");
            assert_eq!(Some(ours.version), self.setup.version(), "an older version");
        }
        if let (Some(ours), Some(theirs)) = (client.keys(), server.keys()) {
            assert_eq!(ours, theirs, "two keys for one connection");
        }
        if !self.is_forged && client.is_connected() && server.is_connected() {
            assert!(client.expects(server) && server.expects(client), "an unknown identifier");
        }
    }

    /// Takes what a side has to say.
    fn collect(&mut self, side: usize) {
        let may_be_forged = self.is_forged;
        let [ours, theirs] = self.sides.get_disjoint_mut([side, 1 - side]).expect("two sides");
        for datagram in ours.drain(self.now, theirs, may_be_forged) {
            let Some(records) = wire::records(&datagram, ours.cids()) else {
                // Somebody else has given it identifiers which are not told from each other, or one
                // that it forgot with everything else.
                let is_unclear = ours.cids().len() > 1 || ours.is_over();
                assert!(self.is_forged && is_unclear, "taken apart and put together");
                continue;
            };
            if self.seen[side].len() < REMEMBERED {
                self.seen[side].extend(records.iter().cloned());
            }
            self.flying.push((1 - side, records));
        }
    }

    fn arrive(&mut self, side: usize, datagram: &[u8]) {
        self.sides[side].take(self.now, datagram);
        self.collect(side);
    }

    fn deliver(&mut self, place: usize) {
        if place < self.flying.len() {
            let (side, records) = self.flying.remove(place);
            self.arrive(side, &wire::datagram(&records));
        }
    }

    /// Delivers a datagram whose bytes the network has changed.
    fn deliver_changed(&mut self, place: usize, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let fate = Fate::read(reader);
        if place < self.flying.len() {
            let (side, records) = self.flying.remove(place);
            self.is_forged |= matches!(fate, Fate::Corrupt { .. } | Fate::Truncate { .. });
            for datagram in fate.apply(wire::datagram(&records)) {
                self.arrive(side, &datagram);
            }
        }
        Ok(())
    }

    /// Sends a datagram of a side again that consists of a record of the past.
    fn repeat(&mut self, side: usize, which: usize) {
        let seen = &self.seen[side];
        if let Some(record) = seen.get(which % seen.len().max(1)) {
            self.flying.push((1 - side, vec![record.clone()]));
        }
    }

    fn send(&mut self, side: usize, length: usize) {
        if let Some(datagram) = self.sides[side].send(length)
            && let Some(records) = wire::records(&datagram, self.sides[side].cids())
        {
            self.flying.push((1 - side, records));
        }
    }

    /// Lets time pass.
    fn pass(&mut self, milliseconds: u64) {
        self.now = self.now + std::time::Duration::from_millis(milliseconds);
        for side in [0, 1] {
            self.sides[side].expire(self.now);
            self.collect(side);
        }
    }

    /// Delivers all that is on its way.
    fn turn(&mut self) {
        for _ in 0..self.flying.len() {
            self.deliver(0);
        }
    }

    /// When nothing was changed, the sides agree as soon as the network is a good one, and then
    /// each hears the other.
    fn calm(&mut self) {
        let is_hopeful = !self.is_forged && !self.is_closed && self.setup.is_possible();
        for _ in 0..CALM_TURNS {
            self.turn();
            self.check();
            let next = self.sides.iter().filter_map(Side::deadline).min();
            match next {
                _ if !self.flying.is_empty() => {}
                Some(at) => self.pass((at.max(self.now) - self.now).as_millis() as u64 + 1),
                None => break,
            }
        }
        if !is_hopeful {
            return;
        }
        for side in [0, 1] {
            assert!(self.sides[side].is_connected(), "a good network, and no connection");
            assert_eq!(self.sides[side].deadline(), None, "at peace");
            self.send(side, 1);
            let heard = self.sides[1 - side].heard();
            self.turn();
            assert_eq!(self.sides[1 - side].heard(), heard + 1, "what is said is heard");
        }
    }
}
