//! What lies between hosts.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::BTreeMap;

use lariat_base::{Ecn, Instant, Rng, Seed, Transmit};

use crate::line::Line;
use crate::{Fate, Fingerprint, Link, Nat, Packet, Sent};

type Rule = Box<dyn FnMut(&Packet<'_>) -> Fate>;

/// Hosts with addresses, the links and NATs between them, and the datagrams under way.
///
/// It has no time of its own: who owns it says what time it is, and asks for what has arrived.
/// [`Simulation`](crate::Simulation) does that for nodes; a test that owns its state machines can
/// do it by itself.
///
/// ```
/// use lariat_base::{Instant, Transmit};
/// use lariat_sim::{Link, Network};
///
/// let mut network = Network::new(7, Link::default());
/// let (a, b) = ("192.0.2.1:1".parse()?, "192.0.2.2:2".parse()?);
/// let alice = network.add(vec![a]);
/// let bob = network.add(vec![b]);
/// network.send(Instant::ZERO, alice, Transmit::new(a, b, 5), b"hello")?;
/// let at = network.next_arrival().ok_or("lost")?;
/// assert_eq!(at, Instant::from_millis(20));
/// let arrival = network.arrive(at).ok_or("lost")?;
/// assert_eq!((arrival.host, &arrival.payload[..]), (bob, &b"hello"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Network {
    hosts: Vec<Host>,
    nats: Vec<Nat>,
    link: Link,
    rule: Option<Rule>,
    rng: Rng,
    in_flight: BTreeMap<(Instant, u64), InFlight>,
    launched: u64,
    fingerprint: Fingerprint,
    log: Option<Vec<Sent>>,
}

/// Where datagrams come from and go to.
struct Host {
    addresses: Vec<SocketAddr>,
    line: Line,
    /// How many datagrams it has sent.
    sent: usize,
}

struct InFlight {
    from: SocketAddr,
    to: SocketAddr,
    ecn: Option<Ecn>,
    bytes: Vec<u8>,
}

/// A datagram that has reached a host.
///
/// See [`Network`] for an example.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "tests take it apart")]
pub struct Arrival {
    /// Which host.
    pub host: usize,
    /// At which of its addresses.
    pub local: SocketAddr,
    /// From whom, as far as the host can see.
    pub remote: SocketAddr,
    /// The congestion mark it carries.
    pub ecn: Option<Ecn>,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// The datagram is longer than the link takes, which the link says to its sender.
///
/// ```
/// assert_eq!(lariat_sim::TooLong.to_string(), "datagram is too long for the link");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is no more to say")]
pub struct TooLong;

impl core::fmt::Display for TooLong {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("datagram is too long for the link")
    }
}

impl core::error::Error for TooLong {}

impl Network {
    /// A network without hosts.
    pub fn new(seed: u64, link: Link) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        Self {
            hosts: Vec::new(),
            nats: Vec::new(),
            link,
            rule: None,
            rng: Seed::new(bytes).split("network").rng(),
            in_flight: BTreeMap::new(),
            launched: 0,
            fingerprint: Fingerprint::default(),
            log: None,
        }
    }

    /// What was sent so far, in one number.
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Remembers everything that is sent from now on.
    pub fn record(&mut self) {
        self.log.get_or_insert_default();
    }

    /// What was sent since [`record`](Self::record), in order.
    pub fn recorded(&self) -> &[Sent] {
        self.log.as_deref().unwrap_or_default()
    }

    // What the network is.

    /// Adds a host with these addresses, and says its number.
    pub fn add(&mut self, addresses: Vec<SocketAddr>) -> usize {
        self.hosts.push(Host { addresses, line: Line::new(self.link), sent: 0 });
        self.hosts.len() - 1
    }

    /// Changes the addresses of a host; what is under way to the old ones is lost.
    pub fn readdress(&mut self, host: usize, addresses: Vec<SocketAddr>) {
        self.hosts[host].addresses = addresses;
    }

    /// Puts a NAT in front of the addresses that it knows.
    pub fn add_nat(&mut self, nat: Nat) -> usize {
        self.nats.push(nat);
        self.nats.len() - 1
    }

    /// A NAT.
    pub fn nat(&mut self, index: usize) -> &mut Nat {
        &mut self.nats[index]
    }

    /// Changes all links from now on; what is queued stays queued.
    pub fn set_link(&mut self, link: Link) {
        self.link = link;
        self.hosts.iter_mut().for_each(|host| host.line.link = link);
    }

    /// Changes what becomes of what one host sends.
    pub fn set_link_from(&mut self, host: usize, link: Link) {
        self.hosts[host].line.link = link;
    }

    /// Asks `rule` about every datagram from now on, before the link sees it.
    pub fn set_rule(&mut self, rule: impl FnMut(&Packet<'_>) -> Fate + 'static) {
        self.rule = Some(Box::new(rule));
    }

    /// From now on every datagram goes on its way.
    pub fn clear_rule(&mut self) {
        self.rule = None;
    }

    // Datagrams out.

    /// Sends one datagram of a transmit.
    ///
    /// # Errors
    /// [`TooLong`] over a link that reports it; others lose it without a word.
    pub fn send(
        &mut self,
        now: Instant,
        host: usize,
        transmit: Transmit,
        bytes: &[u8],
    ) -> Result<(), TooLong> {
        let (from, to) = (transmit.local, transmit.remote);
        self.fingerprint.add(&now.as_nanos().to_le_bytes());
        self.fingerprint.add(&[from.port().to_le_bytes(), to.port().to_le_bytes()].concat());
        self.fingerprint.add(bytes);
        let sender = &mut self.hosts[host];
        // A host that has lost an address can no longer send from it.
        if !sender.addresses.contains(&from) {
            return Ok(());
        }
        let number = sender.sent;
        sender.sent += 1;
        let Link { mtu, reports_mtu, .. } = sender.line.link;
        if reports_mtu && bytes.len() > mtu && !transmit.may_fragment {
            return Err(TooLong);
        }
        let nat = self.nats.iter_mut().find(|nat| nat.covers(from) && !nat.covers(to));
        let source = nat.map_or(from, |nat| nat.outbound(now, from, to));
        if let Some(log) = &mut self.log {
            let payload = bytes.to_vec();
            log.push(Sent { at: now, host, source, destination: to, payload });
        }
        let packet = Packet { host, number, source, destination: to, payload: bytes };
        let (copies, late, bytes) = match self.rule.as_mut().map(|rule| rule(&packet)) {
            None | Some(Fate::Passes) => (1, Duration::ZERO, bytes.to_vec()),
            Some(Fate::Lost) => return Ok(()),
            Some(Fate::Twice) => (2, Duration::ZERO, bytes.to_vec()),
            Some(Fate::Late(late)) => (1, late, bytes.to_vec()),
            Some(Fate::Replaced(bytes)) => (1, Duration::ZERO, bytes),
        };
        for _ in 0..copies {
            let datagram = InFlight { from: source, to, ecn: transmit.ecn, bytes: bytes.clone() };
            self.carry(now, host, late, transmit.may_fragment, datagram);
        }
        Ok(())
    }

    fn carry(
        &mut self,
        now: Instant,
        host: usize,
        late: Duration,
        may_fragment: bool,
        datagram: InFlight,
    ) {
        let InFlight { from, to, ecn, bytes } = datagram;
        let line = &mut self.hosts[host].line;
        for copy in line.carry(now, bytes.len(), may_fragment, &mut self.rng) {
            let mut bytes = bytes.clone();
            if let Some(bit) = copy.corrupt {
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            self.launch(copy.at + late, InFlight { from, to, ecn, bytes });
        }
    }

    /// Injects a datagram, as an attacker would; it arrives after the link's delay and is never
    /// lost.
    pub fn inject(&mut self, now: Instant, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let delay = self.link.delay;
        self.launch(now + delay, InFlight { from, to, ecn: None, bytes });
    }

    fn launch(&mut self, at: Instant, datagram: InFlight) {
        self.launched += 1;
        self.in_flight.insert((at, self.launched), datagram);
    }

    // Datagrams in.

    /// How many datagrams are under way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// When the next datagram arrives, unless nobody is where it goes.
    pub fn next_arrival(&self) -> Option<Instant> {
        self.in_flight.first_key_value().map(|((at, _), _)| *at)
    }

    /// The host that the next datagram which is due by `now` reaches.
    pub(crate) fn next_host(&mut self, now: Instant) -> Option<usize> {
        self.drop_unreachable(now).map(|(host, _)| host)
    }

    /// Takes the next datagram that is due by `now` and reaches a host.
    pub fn arrive(&mut self, now: Instant) -> Option<Arrival> {
        let (host, local) = self.drop_unreachable(now)?;
        let (_, datagram) = self.in_flight.pop_first()?;
        let InFlight { from: remote, ecn, bytes: payload, .. } = datagram;
        Some(Arrival { host, local, remote, ecn, payload })
    }

    /// Loses what is due and reaches nobody, until something is due that does.
    fn drop_unreachable(&mut self, now: Instant) -> Option<(usize, SocketAddr)> {
        loop {
            let ((at, _), datagram) = self.in_flight.first_key_value()?;
            if *at > now {
                return None;
            }
            let destination = self.destination(now, datagram.from, datagram.to);
            if destination.is_some() {
                return destination;
            }
            self.in_flight.pop_first();
        }
    }

    /// The host that a datagram reaches, and at which of its addresses.
    fn destination(
        &self,
        now: Instant,
        from: SocketAddr,
        to: SocketAddr,
    ) -> Option<(usize, SocketAddr)> {
        let local = match self.nats.iter().find(|nat| nat.outside() == to.ip()) {
            Some(nat) => nat.inbound(now, from, to.port())?,
            // Inside addresses are reached from beside them only.
            None => {
                let nat = self.nats.iter().find(|nat| nat.covers(to));
                if nat.is_some_and(|nat| !nat.covers(from)) {
                    return None;
                }
                to
            }
        };
        let host = self.hosts.iter().position(|host| host.addresses.contains(&local))?;
        Some((host, local))
    }
}

impl core::fmt::Debug for Network {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Network")
            .field("hosts", &self.hosts.len())
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}
