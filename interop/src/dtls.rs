//! Our side of DTLS over a UDP socket on loopback.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant as Clock};

use lariat_base::Instant;
use lariat_dtls::{Config, ConnectedInfo, Connection, Event, Fingerprint, Role};

use crate::Result;

/// How long the next event may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The longest payload of UDP over IPv4.
const LONGEST_DATAGRAM: usize = 65_507;

/// A connection with a socket of its own.
pub struct Endpoint {
    connection: Connection,
    socket: UdpSocket,
    /// A server learns it from the first datagram.
    peer: Option<SocketAddr>,
    started: Clock,
    /// The bytes of the longest datagram that was sent, and of that which was received.
    longest: [usize; 2],
}

impl Endpoint {
    /// A client that greets `server` and accepts `expected` alone.
    ///
    /// # Errors
    ///
    /// If there is no socket to be had.
    pub fn client(config: Config, expected: Fingerprint, server: SocketAddr) -> Result<Self> {
        let mut endpoint = Self::new(config, Role::Client, expected)?;
        endpoint.peer = Some(server);
        endpoint.connection.start(endpoint.now());
        endpoint.flush()?;
        Ok(endpoint)
    }

    /// A server for whoever comes first, and who must have the certificate that is `expected`.
    ///
    /// # Errors
    ///
    /// If there is no socket to be had.
    pub fn server(config: Config, expected: Fingerprint) -> Result<Self> {
        Self::new(config, Role::Server, expected)
    }

    fn new(config: Config, role: Role, expected: Fingerprint) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let connection = Connection::new(config, role, vec![expected]);
        Ok(Self { connection, socket, peer: None, started: Clock::now(), longest: [0; 2] })
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn address(&self) -> Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }

    /// The connection.
    pub const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The length in bytes of the longest datagram that was sent, and of the longest one that was
    /// received from the peer.
    pub const fn longest_datagrams(&self) -> [usize; 2] {
        self.longest
    }

    /// Does what there is to do until something happens, and says what.
    ///
    /// # Errors
    ///
    /// If nothing happens in time.
    pub fn wait_for_event(&mut self) -> Result<Event> {
        let give_up_at = self.now() + PATIENCE;
        let mut datagram = vec![0; LONGEST_DATAGRAM];
        loop {
            self.flush()?;
            if let Some(event) = self.connection.poll_event() {
                return Ok(event);
            }
            let now = self.now();
            if now >= give_up_at {
                let dropped = self.connection.dropped();
                return Err(format!("no event; dropped: {dropped:?}").into());
            }
            let deadline = self.connection.poll_timeout().map(|deadline| deadline.at);
            let wake_at = deadline.map_or(give_up_at, |at| at.min(give_up_at));
            // A socket takes no timeout of zero.
            let wait = wake_at.saturating_since(now).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(wait))?;
            match self.socket.recv_from(&mut datagram) {
                Ok((length, source)) => self.receive(source, &datagram[..length]),
                Err(error) if is_timeout(error.kind()) => {
                    self.connection.handle_timeout(self.now());
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Completes the handshake.
    ///
    /// # Errors
    ///
    /// If it fails, or takes too long.
    pub fn connect(&mut self) -> Result<ConnectedInfo> {
        match self.wait_for_event()? {
            Event::Connected(info) => Ok(info),
            other => Err(format!("not connected, but {other:?}").into()),
        }
    }

    /// Sends one record.
    ///
    /// # Errors
    ///
    /// If there is no connection.
    pub fn send(&mut self, data: &[u8]) -> Result<()> {
        let mut datagram = Vec::new();
        self.connection.send(data, &mut datagram)?;
        self.transmit(&datagram)
    }

    /// Ends the connection.
    ///
    /// # Errors
    ///
    /// If the peer cannot be told.
    pub fn close(&mut self) -> Result<()> {
        self.connection.close();
        self.flush()
    }

    fn receive(&mut self, source: SocketAddr, datagram: &[u8]) {
        // In place of ICE: the first address is the peer's, and the others are nobody's.
        if *self.peer.get_or_insert(source) == source {
            self.longest[1] = self.longest[1].max(datagram.len());
            self.connection.handle_datagram(self.now(), datagram);
        }
    }

    fn flush(&mut self) -> Result<()> {
        let mut datagram = Vec::new();
        while self.connection.poll_transmit(&mut datagram).is_some() {
            self.transmit(&datagram)?;
            datagram.clear();
        }
        Ok(())
    }

    fn transmit(&mut self, datagram: &[u8]) -> Result<()> {
        self.longest[0] = self.longest[0].max(datagram.len());
        let peer = self.peer.ok_or("there is no peer yet")?;
        self.socket.send_to(datagram, peer)?;
        Ok(())
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.started.elapsed()
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
