//! Two peers on a network that loses what a test says.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use core::cell::Cell;
use core::net::SocketAddr;
use core::time::Duration;
use std::rc::Rc;

use lariat_base::{Datagram, Deadline, Instant, Seed, Transmit};
use lariat_crypto::fake;
use lariat_dtls::Certificate;
use lariat_peer::{Config, Event, Peer};
use lariat_sim::{Link, Node, Simulation};

/// Which datagrams the network takes.
pub type Passes = Box<dyn Fn(&[u8]) -> bool>;

/// A peer, what it was told, and which of its datagrams the network takes.
pub struct End {
    pub peer: Peer,
    pub events: Vec<Event>,
    pub passes: Passes,
    /// The longest datagram that a socket would have refused, for who notes it.
    pub refused: Rc<Cell<usize>>,
}

impl End {
    fn take_events(&mut self) {
        while let Some(event) = self.peer.poll_event() {
            self.events.push(event);
        }
    }

    pub fn saw(&self, is_it: impl Fn(&Event) -> bool) -> bool {
        self.events.iter().any(is_it)
    }
}

impl Node for End {
    fn handle_datagram(&mut self, now: Instant, datagram: Datagram<'_>) {
        self.peer.handle_datagram(now, datagram);
        self.take_events();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.peer.handle_timeout(now);
        self.take_events();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<Transmit> {
        let start = out.len();
        loop {
            let transmit = self.peer.poll_transmit(now, 1, out)?;
            if (self.passes)(&out[start..]) {
                return Some(transmit);
            }
            out.truncate(start);
        }
    }

    fn poll_timeout(&self) -> Option<Deadline> {
        self.peer.poll_timeout()
    }
}

/// A peer with one address.
pub fn peer(index: u8, adjust: impl FnOnce(&mut Config)) -> (Peer, SocketAddr) {
    let provider = fake::provider(u64::from(index));
    let seed = Seed::new([index; 32]);
    let now_unix = Duration::from_secs(1_800_000_000);
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now_unix).unwrap();
    let mut config = Config::new(provider, seed, certificate, now_unix);
    adjust(&mut config);
    let mut peer = Peer::new(config);
    let address = SocketAddr::from(([192, 0, 2, index + 1], 5_000));
    peer.add_local_candidate(Instant::ZERO, lariat_ice::Candidate::host(address)).unwrap();
    (peer, address)
}

/// Two peers, not negotiated.
pub fn network(link: Link, mut adjust: impl FnMut(usize, &mut Config)) -> Simulation<End> {
    let mut simulation = Simulation::new(1, link);
    for index in 0..2 {
        let (peer, address) = peer(index, |config| adjust(usize::from(index), config));
        let end =
            End { peer, events: Vec::new(), passes: Box::new(|_| true), refused: Rc::default() };
        simulation.add(end, vec![address]);
    }
    simulation
}

/// Offer of 0 and answer of 1.
pub fn negotiate(simulation: &mut Simulation<End>) {
    let offer = simulation.with(0, |end, now| {
        let offer = end.peer.create_offer().unwrap();
        end.peer.set_local_description(now, &offer).unwrap();
        offer
    });
    let answer = simulation.with(1, |end, now| {
        end.peer.set_remote_description(now, &offer).unwrap();
        let answer = end.peer.create_answer().unwrap();
        end.peer.set_local_description(now, &answer).unwrap();
        answer
    });
    simulation.with(0, |end, now| end.peer.set_remote_description(now, &answer)).unwrap();
}
