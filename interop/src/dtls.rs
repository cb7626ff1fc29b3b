//! Our side of DTLS over a UDP socket on loopback.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant as Clock};

use lariat_base::Instant;
use lariat_dtls::{
    Authenticity, Config, ConnectedInfo, Connection, ConnectionId, CookieGate, Event, Fingerprint,
    Role, Verdict,
};

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
    /// What a server wants for its connection before there is one.
    gate: Option<Gate>,
    /// Where the newest authentic datagram came from, if not from the peer.
    elsewhere: Option<SocketAddr>,
    datagrams: Vec<Datagram>,
}

/// A datagram that was sent, or received from the peer.
#[derive(Clone, Debug)]
pub struct Datagram {
    /// Whether we have sent it.
    pub is_ours: bool,
    /// Its payload.
    pub bytes: Vec<u8>,
}

struct Gate {
    gate: CookieGate,
    config: Config,
    expected: Fingerprint,
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

    /// The same, and the client has to repeat its hello with a cookie.
    ///
    /// # Errors
    ///
    /// If there is no socket to be had.
    pub fn server_with_gate(config: Config, expected: Fingerprint) -> Result<Self> {
        let mut endpoint = Self::new(config.clone(), Role::Server, expected.clone())?;
        let gate = CookieGate::new(config.clone(), &config.seed.split("gate"));
        endpoint.gate = Some(Gate { gate, config, expected });
        Ok(endpoint)
    }

    fn new(config: Config, role: Role, expected: Fingerprint) -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let connection = Connection::new(config, role, vec![expected]);
        let (started, datagrams) = (Clock::now(), Vec::new());
        Ok(Self { connection, socket, peer: None, started, gate: None, elsewhere: None, datagrams })
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

    /// Everything that was sent, and received from the peer, in that order.
    pub fn datagrams(&self) -> &[Datagram] {
        &self.datagrams
    }

    /// The length in bytes of the longest datagram that was sent, and of the longest one that was
    /// received from the peer.
    pub fn longest_datagrams(&self) -> [usize; 2] {
        let lengths = |is_ours| {
            let all = self.datagrams.iter().filter(move |datagram| datagram.is_ours == is_ours);
            all.map(|datagram| datagram.bytes.len()).max().unwrap_or(0)
        };
        [lengths(true), lengths(false)]
    }

    /// Tells the connection to do something, and sends what comes of it.
    ///
    /// # Errors
    ///
    /// If that cannot be sent.
    pub fn command<R>(&mut self, act: impl FnOnce(&mut Connection, Instant) -> R) -> Result<R> {
        let now = self.now();
        let result = act(&mut self.connection, now);
        self.flush()?;
        Ok(result)
    }

    /// Goes on from another port.
    ///
    /// # Errors
    ///
    /// If there is no socket to be had.
    pub fn move_away(&mut self) -> Result<()> {
        self.socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(())
    }

    /// Where datagrams go.
    pub const fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Where the newest datagram came from, if the connection says that it is authentic and newer
    /// than all before, and if it was not the peer's address.
    pub const fn elsewhere(&self) -> Option<SocketAddr> {
        self.elsewhere
    }

    /// Sends one record to an address that the peer may have come to.
    ///
    /// # Errors
    ///
    /// If there is no connection.
    pub fn ask(&mut self, address: SocketAddr, question: &[u8]) -> Result<()> {
        let mut datagram = Vec::new();
        self.connection.send(question, &mut datagram)?;
        self.socket.send_to(&datagram, address)?;
        Ok(())
    }

    /// Goes by another address of the peer, which the owner has found to be its own.
    pub const fn follow(&mut self, address: SocketAddr) {
        self.peer = Some(address);
        self.elsewhere = None;
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
                Ok((length, source)) => self.receive(source, &datagram[..length])?,
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

    fn receive(&mut self, source: SocketAddr, datagram: &[u8]) -> Result<()> {
        // In place of ICE: the first address is the peer's, and the others are nobody's unless
        // the datagram bears an identifier that we have given.
        let is_of_peer = *self.peer.get_or_insert(source) == source;
        if !is_of_peer && !self.bears_our_id(datagram) {
            return Ok(());
        }
        self.datagrams.push(Datagram { is_ours: false, bytes: datagram.to_vec() });
        if !self.is_let_in(source, datagram)? {
            return Ok(());
        }
        let authenticity = self.connection.handle_datagram(self.now(), datagram);
        if authenticity == Authenticity::Newest {
            self.elsewhere = Some(source).filter(|_| !is_of_peer);
        }
        Ok(())
    }

    fn bears_our_id(&self, datagram: &[u8]) -> bool {
        let ids = self.connection.connection_ids();
        let length = ids.first().map_or(0, ConnectionId::len);
        ConnectionId::of_datagram(datagram, length).is_some_and(|id| ids.contains(&id))
    }

    /// Whether there is no gate, or no longer one.
    fn is_let_in(&mut self, source: SocketAddr, datagram: &[u8]) -> Result<bool> {
        let now = self.now();
        let Some(Gate { gate, config, expected }) = &mut self.gate else { return Ok(true) };
        let mut answer = Vec::new();
        let address = source.to_string();
        match gate.handle_datagram(now, address.as_bytes(), datagram, &mut answer) {
            Verdict::Reply => self.transmit(&answer).map(|()| false),
            Verdict::Admit(admission) => {
                let expected = vec![expected.clone()];
                self.connection = admission.connection(config.clone(), expected);
                self.gate = None;
                Ok(true)
            }
            _ => Ok(false),
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
        self.datagrams.push(Datagram { is_ours: true, bytes: datagram.to_vec() });
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
