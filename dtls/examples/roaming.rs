//! A client goes on from another address, and its server follows it there.
//!
//! ```text
//! cargo run -p lariat-dtls --example roaming
//! ```

#[path = "common/echo.rs"]
#[expect(dead_code, reason = "nothing stands on this example's command line")]
mod common;

use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use common::Clock;
use lariat_base::Seed;
use lariat_crypto::ring;
use lariat_dtls::{Authenticity, Certificate, Config, Connection, ConnectionId, Event, Role};

/// What a server says to an address that the client may have come to, and hears if that is so. In
/// life, nobody else could guess it.
const QUESTION: &[u8] = b"is that you?";
type Result<T> = std::result::Result<T, Box<dyn Error>>;
fn config(seed: [u8; 32], id: ConnectionId) -> Result<Config> {
    let (provider, seed) = (ring::provider(), Seed::new(seed));
    let now = Duration::from_secs(1_790_000_000);
    let certificate = Certificate::generate(&*provider, &mut seed.split("cert").rng(), now)?;
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.connection_id = Some(id);
    Ok(config)
}

fn bind() -> Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_millis(20)))?;
    Ok(socket)
}

fn main() -> Result<()> {
    // Of all connections of this server, the first. The client needs no identifier.
    let of_server = config([1; 32], ConnectionId::new(*b"number 1")?)?;
    let of_client = config([2; 32], ConnectionId::default())?;
    let [for_client, for_server] =
        [&of_server, &of_client].map(|config| vec![config.certificate.fingerprint()]);
    let mut server = End::new(Connection::new(of_server, Role::Server, for_server))?;
    let mut client = End::new(Connection::new(of_client, Role::Client, for_client))?;
    (server.peer, client.peer) = (client.socket.local_addr()?, server.socket.local_addr()?);
    let clock = Clock::start();
    client.connection.start(clock.now());
    let mut has_moved = false;
    while server.peer != client.socket.local_addr()? || !has_moved {
        client.turn(&clock)?;
        server.turn(&clock)?;
        if server.connection.is_connected() && client.connection.is_connected() && !has_moved {
            client.socket = bind()?;
            client.say(b"I have moved", client.peer)?;
            has_moved = true;
        }
    }
    println!("the server sends to {}", server.peer);
    Ok(())
}

struct End {
    connection: Connection,
    socket: UdpSocket,
    peer: SocketAddr,
}

impl End {
    fn new(connection: Connection) -> Result<Self> {
        let socket = bind()?;
        Ok(Self { connection, peer: socket.local_addr()?, socket })
    }

    fn say(&mut self, data: &[u8], to: SocketAddr) -> Result<()> {
        let mut record = Vec::new();
        self.connection.send(data, &mut record)?;
        self.socket.send_to(&record, to)?;
        Ok(())
    }

    fn turn(&mut self, clock: &Clock) -> Result<()> {
        let mut out = Vec::new();
        while self.connection.poll_transmit(&mut out).is_some() {
            self.socket.send_to(&out, self.peer)?;
            out.clear();
        }
        let mut buffer = [0; 2_048];
        if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            self.receive(clock, buffer.get(..length).unwrap_or_default(), from)?;
        }
        self.connection.handle_timeout(clock.now());
        Ok(())
    }

    fn receive(&mut self, clock: &Clock, datagram: &[u8], from: SocketAddr) -> Result<()> {
        let length = self.connection.connection_ids().first().map_or(0, ConnectionId::len);
        let id = ConnectionId::of_datagram(datagram, length);
        let is_ours = id.is_some_and(|id| self.connection.connection_ids().contains(&id));
        if from != self.peer && !is_ours {
            return Ok(());
        }
        let authenticity = self.connection.handle_datagram(clock.now(), datagram);
        while let Some(event) = self.connection.poll_event() {
            println!("{:?} from {from}: {event:?}", self.connection.role());
            match event {
                Event::Data(data) if data == QUESTION && from == self.peer => {
                    self.say(QUESTION, from)?;
                }
                Event::Data(data) if data == QUESTION => self.peer = from,
                Event::Data(_) if from != self.peer && authenticity == Authenticity::Newest => {
                    self.say(QUESTION, from)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}
