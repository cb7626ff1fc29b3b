//! The path in real time, for datagrams of UDP between two sockets.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{self, Duration};

use lariat_base::{Instant, Seed};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::command::{Command, CommandError};
use crate::emulator::{Emulator, Side};
use crate::namespace::address;
use crate::packet::{End, Packet, Protocol, udp};

/// How many addresses of one side the other side may see. NATs make them; past it datagrams are
/// dropped.
const MAX_SOCKETS: usize = 64;

/// How long the relay waits for a datagram before it looks for commands.
const LOOK: Duration = Duration::from_millis(2);

/// The ports of the two sides on the path.
const PORT: u16 = 1_000;

/// A path between two sockets of loopback, where namespaces cannot be made.
///
/// Each side is given an address that stands for the other one: A sends to [`Self::entrance`] of A,
/// and what B gets comes from a socket of the relay. A rebinding of a NAT shows as another socket.
/// Nothing of ICMP can be told to either side, so a narrow path is a silent one.
///
/// ```
/// use std::net::UdpSocket;
/// use lariat_path::{Side, UdpRelay};
///
/// let (a, b) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
/// let relay = UdpRelay::start(a.local_addr()?, b.local_addr()?)?;
/// relay.tell("delay 5ms")?;
/// a.send_to(b"hello", relay.entrance(Side::A))?;
/// let mut buffer = [0; 9];
/// let (length, from) = b.recv_from(&mut buffer)?;
/// assert_eq!(&buffer[..length], b"hello");
/// b.send_to(b"hello", from)?;
/// assert_eq!(a.recv_from(&mut buffer)?.1, relay.entrance(Side::A));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct UdpRelay {
    commands: Sender<Command>,
    entrances: [SocketAddr; 2],
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl UdpRelay {
    /// Starts one between two sockets, on which everything passes at once.
    ///
    /// # Errors
    ///
    /// If it gets no sockets.
    pub fn start(a: SocketAddr, b: SocketAddr) -> io::Result<Self> {
        let (commands, received) = mpsc::channel();
        let is_over = Arc::new(AtomicBool::new(false));
        let mut relay = Relay {
            emulator: Emulator::new(&Seed::new([7; 32])),
            ends: [a, b],
            sockets: [BTreeMap::new(), BTreeMap::new()],
            commands: received,
            is_over: is_over.clone(),
            origin: now(),
        };
        let entrances = [
            relay.socket(Side::A, home(Side::B))?.local_addr()?,
            relay.socket(Side::B, home(Side::A))?.local_addr()?,
        ];
        let thread = thread::Builder::new().name("relay".to_owned()).spawn(move || relay.run())?;
        Ok(Self { commands, entrances, is_over, thread: Some(thread) })
    }

    /// Where a side sends to. Behind the NAT of the other side, there is no way in by it but for
    /// answers.
    pub const fn entrance(&self, side: Side) -> SocketAddr {
        match side {
            Side::A => self.entrances[0],
            Side::B => self.entrances[1],
        }
    }

    /// Does what a line says, within two milliseconds. It may not start with `at`.
    ///
    /// # Errors
    ///
    /// If the line is not understood.
    pub fn tell(&self, line: &str) -> Result<(), CommandError> {
        let command = line.parse()?;
        // A relay that is over does nothing any more.
        let _ = self.commands.send(command);
        Ok(())
    }
}

impl Drop for UdpRelay {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Relay {
    emulator: Emulator,
    ends: [SocketAddr; 2],
    /// By side: what stands there for an address of the other side.
    sockets: [BTreeMap<SocketAddrV4, UdpSocket>; 2],
    commands: Receiver<Command>,
    is_over: Arc<AtomicBool>,
    origin: time::Instant,
}

impl Relay {
    fn run(&mut self) {
        while !self.is_over.load(Ordering::Relaxed) {
            while let Ok(command) = self.commands.try_recv() {
                self.emulator.run(self.now(), &command);
            }
            for side in Side::BOTH {
                self.take(side);
            }
            self.release();
            self.wait();
        }
    }

    /// Takes what a side has sent.
    fn take(&mut self, side: Side) {
        let (now, end) = (self.now(), self.ends[index(side)]);
        let mut buffer = [0; u16::MAX as usize];
        for (stands_for, socket) in &self.sockets[index(side)] {
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                // Nobody but the side itself may come in here.
                if from == end {
                    let data = buffer.get(..length).unwrap_or_default();
                    let packet = udp(home(side), *stands_for, data);
                    self.emulator.handle_packet(now, side, packet.into_bytes());
                }
            }
        }
    }

    /// Releases what is due.
    fn release(&mut self) {
        while let Some(release) = self.emulator.poll_release(self.now()) {
            let end = self.ends[index(release.to)];
            let (Some(source), Some(data)) =
                (release.packet.socket(End::Source), data(&release.packet))
            else {
                continue;
            };
            if let Ok(socket) = self.socket(release.to, source) {
                // What a socket does not take is lost, as it would be on a path.
                let _ = socket.send_to(data, end);
            }
        }
    }

    /// The socket that stands at a side for an address of the other one.
    fn socket(&mut self, side: Side, stands_for: SocketAddrV4) -> io::Result<&UdpSocket> {
        let sockets = &mut self.sockets[index(side)];
        if sockets.len() >= MAX_SOCKETS && !sockets.contains_key(&stands_for) {
            return Err(ErrorKind::AddrNotAvailable.into());
        }
        match sockets.entry(stands_for) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                socket.set_nonblocking(true)?;
                Ok(entry.insert(socket))
            }
        }
    }

    fn wait(&self) {
        let left = self.emulator.poll_timeout().map(|next| next.saturating_since(self.now()));
        let left = left.map_or(LOOK, |left| left.min(LOOK));
        let timeout = Timespec::try_from(left).ok();
        let sockets = self.sockets.iter().flat_map(BTreeMap::values);
        let mut waited_for: Vec<_> =
            sockets.map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
        // An interrupted wait is a short one.
        let _ = poll(&mut waited_for, timeout.as_ref());
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }
}

const fn index(side: Side) -> usize {
    match side {
        Side::A => 0,
        Side::B => 1,
    }
}

/// Who a side is on the path.
const fn home(side: Side) -> SocketAddrV4 {
    SocketAddrV4::new(address(side), PORT)
}

/// What a datagram carries; nothing for what is none.
fn data(packet: &Packet) -> Option<&[u8]> {
    (packet.protocol() == Some(Protocol::Udp) && !packet.is_fragment())
        .then(|| packet.payload().get(8..))
        .flatten()
}

fn now() -> time::Instant {
    time::Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sockets, and the relay between them.
    fn pair(script: &[&str]) -> (UdpSocket, UdpSocket, UdpRelay) {
        let socket = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let (a, b) = (socket(), socket());
        let relay = UdpRelay::start(a.local_addr().unwrap(), b.local_addr().unwrap()).unwrap();
        for line in script {
            relay.tell(line).unwrap();
        }
        (a, b, relay)
    }

    /// Sends until something arrives, and returns where from.
    fn exchange(from: &UdpSocket, to: SocketAddr, at: &UdpSocket) -> SocketAddr {
        at.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        for _ in 0..500 {
            from.send_to(b"data", to).unwrap();
            if let Ok((4, source)) = at.recv_from(&mut [0; 9]) {
                return source;
            }
        }
        panic!("nothing arrives");
    }

    #[test]
    fn each_side_knows_the_other_by_one_address() {
        let (a, b, relay) = pair(&["delay 1ms"]);
        let seen = exchange(&a, relay.entrance(Side::A), &b);
        assert_eq!(seen, relay.entrance(Side::B));
        assert_eq!(exchange(&b, seen, &a), relay.entrance(Side::A));
    }

    #[test]
    fn a_rebinding_shows_as_another_address_and_the_old_one_is_dead() {
        let (a, b, relay) = pair(&["nat a"]);
        let old = exchange(&a, relay.entrance(Side::A), &b);
        let mut new = old;
        relay.tell("rebind a").unwrap();
        while new == old {
            new = exchange(&a, relay.entrance(Side::A), &b);
        }
        assert_eq!(exchange(&b, new, &a), relay.entrance(Side::A));
    }

    #[test]
    fn strangers_do_not_enter() {
        let (a, b, relay) = pair(&[]);
        let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
        stranger.send_to(b"stranger", relay.entrance(Side::A)).unwrap();
        exchange(&a, relay.entrance(Side::A), &b);
    }

    #[test]
    fn a_line_that_is_not_understood_is_refused() {
        let (_a, _b, relay) = pair(&[]);
        assert!(relay.tell("sing").is_err());
    }
}
