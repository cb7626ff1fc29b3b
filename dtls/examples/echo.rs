//! A DTLS echo over UDP, to try the crate against other implementations by hand.
//!
//! ```text
//! echo server 127.0.0.1:4433 "sha-256 AB:CD:.."      echoes what that peer says
//! echo client 127.0.0.1:4433 "sha-256 AB:CD:.."      says hello and prints what comes back
//! ```
//!
//! Against OpenSSL, with a certificate of `openssl req -x509 -newkey ec -pkeyopt
//! ec_paramgen_curve:prime256v1 -nodes -subj /CN=peer -keyout key.pem -out cert.pem`, whose
//! fingerprint `openssl x509 -in cert.pem -noout -fingerprint -sha256` prints:
//!
//! ```text
//! openssl s_server -dtls1_2 -accept 4433 -verify 1 -cert cert.pem -key key.pem \
//!     -use_srtp SRTP_AEAD_AES_128_GCM -keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 60
//! openssl s_client -dtls1_2 -connect 127.0.0.1:4433 -cert cert.pem -key key.pem \
//!     -use_srtp SRTP_AEAD_AES_128_GCM -keymatexport EXTRACTOR-dtls_srtp -keymatexportlen 60
//! ```

use std::error::Error;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use lariat_base::{Instant, Seed};
use lariat_crypto::ring;
use lariat_dtls::{Certificate, Config, Connection, Event, Fingerprint, Role};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [role, address, fingerprint] = &arguments[..] else {
        return Err("usage: echo client|server ADDRESS FINGERPRINT".into());
    };
    let role = if role == "client" { Role::Client } else { Role::Server };
    let address: SocketAddr = address.parse()?;
    let fingerprint: Fingerprint = fingerprint.parse()?;
    let connection = Connection::new(config()?, role, vec![fingerprint]);
    match role {
        Role::Client => {
            let socket = UdpSocket::bind("127.0.0.1:0")?;
            socket.connect(address)?;
            Echo { connection, socket, clock: Clock::start() }.run(Some(b"hello\n"))
        }
        Role::Server => {
            let socket = UdpSocket::bind(address)?;
            // One client: the first that says anything.
            let (_, client) = socket.peek_from(&mut [0; 1])?;
            socket.connect(client)?;
            Echo { connection, socket, clock: Clock::start() }.run(None)
        }
    }
}

fn config() -> Result<Config, Box<dyn Error>> {
    let provider = ring::provider();
    let mut seed = [0; 32];
    provider.random(&mut seed)?;
    let seed = Seed::new(seed);
    let now = std::time::UNIX_EPOCH.elapsed()?;
    let mut rng = seed.split("certificate").rng();
    let certificate = Certificate::generate(&*provider, &mut rng, now)?;
    println!("ours: {}", certificate.fingerprint());
    let mut config = Config::new(provider, seed.split("dtls"), certificate);
    config.srtp_profiles = vec![7, 1];
    Ok(config)
}

struct Echo {
    connection: Connection,
    socket: UdpSocket,
    clock: Clock,
}

impl Echo {
    fn run(&mut self, greeting: Option<&[u8]>) -> Result<(), Box<dyn Error>> {
        let mut buffer = [0; 2_048];
        self.connection.start(self.clock.now());
        loop {
            let mut out = Vec::new();
            while self.connection.poll_transmit(&mut out).is_some() {
                self.socket.send(&out)?;
                out.clear();
            }
            while let Some(event) = self.connection.poll_event() {
                println!("{event:?}");
                match event {
                    Event::Connected(_) => {
                        self.print_keys()?;
                        if let Some(greeting) = greeting {
                            self.send(greeting)?;
                        }
                    }
                    Event::Data(_) if greeting.is_some() => self.connection.close(),
                    Event::Data(data) => self.send(&data)?,
                    _ => {
                        println!("dropped: {:?}", self.connection.dropped());
                        while self.connection.poll_transmit(&mut out).is_some() {
                            self.socket.send(&out)?;
                            out.clear();
                        }
                        return Ok(());
                    }
                }
            }
            let deadline = self.connection.poll_timeout().map(|deadline| deadline.at);
            let wait = deadline.map(|at| at - self.clock.now());
            self.socket
                .set_read_timeout(Some(wait.unwrap_or(Duration::from_secs(1)).max(MILLISECOND)))?;
            if let Ok(length) = self.socket.recv(&mut buffer) {
                let datagram = buffer.get(..length).unwrap_or_default();
                self.connection.handle_datagram(self.clock.now(), datagram);
            }
            self.connection.handle_timeout(self.clock.now());
        }
    }

    fn send(&mut self, data: &[u8]) -> Result<(), Box<dyn Error>> {
        let mut out = Vec::new();
        self.connection.send(data, &mut out)?;
        self.socket.send(&out)?;
        Ok(())
    }

    fn print_keys(&self) -> Result<(), Box<dyn Error>> {
        let mut keys = [0; 60];
        self.connection.export_keying_material("EXTRACTOR-dtls_srtp", None, &mut keys)?;
        let text: String = keys.iter().map(|byte| format!("{byte:02X}")).collect();
        println!("Keying material: {text}");
        Ok(())
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// The driver's clock, mapped once to the time that the connection sees.
struct Clock(std::time::Instant);

impl Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a driver reads the clock; protocol crates do not"
    )]
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.0.elapsed()
    }
}
