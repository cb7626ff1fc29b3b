//! Says back what clients with a certificate say, over UDP and without ICE.
//!
//! ```text
//! echo_server ADDRESS CERTIFICATE KEY FINGERPRINT
//!
//! openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server \
//!     -days 30 -out server.pem -keyout server.key
//! openssl x509 -in server.pem -noout -fingerprint -sha256
//!
//! cargo run -p lariat-dtls --example echo_server -- \
//!     127.0.0.1:4433 server.pem server.key "sha-256 AB:CD:.."
//! ```
//!
//! Certificate and key are PEM files. The fingerprint is that of the client's certificate, which is
//! made in the same way; the other end is `echo_client`, or
//! `openssl s_client -dtls1_2 -connect 127.0.0.1:4433 -cert .. -key ..`.

#[path = "common/echo.rs"]
mod common;

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use common::{Arguments, Clock};
use lariat_dtls::{Connection, CookieGate, Event, Verdict};

/// How many clients there may be at a time.
const MAX_CLIENTS: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::read()?;
    let socket = UdpSocket::bind(&arguments.address)?;
    let config = &arguments.config;
    let gate = CookieGate::new(config.clone(), &config.seed.split("cookies"));
    let clients = BTreeMap::new();
    Server { arguments, socket, gate, clients, clock: Clock::start(), admitted: 0 }.run()
}

struct Server {
    arguments: Arguments,
    socket: UdpSocket,
    gate: CookieGate,
    clients: BTreeMap<SocketAddr, Connection>,
    clock: Clock,
    admitted: u64,
}

impl Server {
    fn run(&mut self) -> Result<(), Box<dyn Error>> {
        let mut buffer = [0; 2_048];
        loop {
            let deadlines = self.clients.values().filter_map(Connection::poll_timeout);
            let wait = deadlines.map(|deadline| deadline.at - self.clock.now()).min();
            let wait = wait.unwrap_or(Duration::from_secs(60)).max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(wait))?;
            if let Ok((length, address)) = self.socket.recv_from(&mut buffer) {
                self.handle(address, buffer.get(..length).unwrap_or_default())?;
            }
            let now = self.clock.now();
            self.clients.values_mut().for_each(|client| client.handle_timeout(now));
            let socket = &self.socket;
            self.clients.retain(|address, client| serve(socket, *address, client));
        }
    }

    fn handle(&mut self, address: SocketAddr, datagram: &[u8]) -> Result<(), Box<dyn Error>> {
        let now = self.clock.now();
        if let Some(client) = self.clients.get_mut(&address) {
            client.handle_datagram(now, datagram);
            return Ok(());
        }
        let mut answer = Vec::new();
        let name = address.to_string();
        match self.gate.handle_datagram(now, name.as_bytes(), datagram, &mut answer) {
            Verdict::Reply => {
                self.socket.send_to(&answer, address)?;
            }
            Verdict::Admit(admission) if self.clients.len() < MAX_CLIENTS => {
                self.admitted += 1;
                let mut config = self.arguments.config.clone();
                config.seed = config.seed.split(&format!("client {}", self.admitted));
                let expected = vec![self.arguments.fingerprint.clone()];
                let mut client = admission.connection(config, expected);
                client.handle_datagram(now, datagram);
                self.clients.insert(address, client);
            }
            Verdict::Incomplete => {}
            verdict => println!("{address}: {verdict:?}"),
        }
        Ok(())
    }
}

/// Says back what came, and whether the connection goes on.
fn serve(socket: &UdpSocket, address: SocketAddr, client: &mut Connection) -> bool {
    let mut goes_on = true;
    let mut out = Vec::new();
    // What cannot be sent is lost, as it could be on the way.
    while let Some(event) = client.poll_event() {
        println!("{address}: {event:?}");
        match event {
            Event::Data(data) => {
                if client.send(&data, &mut out).is_ok() {
                    let _ = socket.send_to(&out, address);
                    out.clear();
                }
            }
            Event::Connected(_) => {}
            _ => goes_on = false,
        }
    }
    while client.poll_transmit(&mut out).is_some() {
        let _ = socket.send_to(&out, address);
        out.clear();
    }
    goes_on
}
