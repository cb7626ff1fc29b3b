//! Says hello to an `echo_server`, prints what comes back, and closes.
//!
//! ```text
//! echo_client ADDRESS CERTIFICATE KEY FINGERPRINT
//!
//! cargo run -p lariat-dtls --example echo_client -- \
//!     127.0.0.1:4433 client.pem client.key "sha-256 AB:CD:.."
//! ```
//!
//! The fingerprint is that of the server's certificate; `echo_server` says how both are made. The
//! server may also be `openssl s_server -dtls1_2 -accept 4433 -verify 1 -cert .. -key ..`.

#[path = "common/echo.rs"]
mod common;

use std::error::Error;
use std::net::UdpSocket;
use std::time::Duration;

use common::{Arguments, Clock};
use lariat_dtls::{Connection, Event, Role};

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { address, mut config, fingerprint } = Arguments::read()?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(&address)?;
    // A server behind a cookie gate asks for a second hello anyway, and for the key it prefers.
    config.key_shares.clear();
    let mut client = Connection::new(config, Role::Client, vec![fingerprint]);
    let clock = Clock::start();
    client.start(clock.now());
    let mut buffer = [0; 2_048];
    loop {
        let mut out = Vec::new();
        let mut is_over = false;
        while let Some(event) = client.poll_event() {
            println!("{event:?}");
            match event {
                Event::Connected(_) => {
                    client.send(b"hello\n", &mut out)?;
                    socket.send(&out)?;
                    out.clear();
                }
                Event::Data(_) => client.close(),
                _ => is_over = true,
            }
        }
        while client.poll_transmit(&mut out).is_some() {
            socket.send(&out)?;
            out.clear();
        }
        if is_over {
            return Ok(());
        }
        let wait = client.poll_timeout().map(|deadline| deadline.at - clock.now());
        let wait = wait.unwrap_or(Duration::from_secs(1)).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(wait))?;
        if let Ok(length) = socket.recv(&mut buffer) {
            client.handle_datagram(clock.now(), buffer.get(..length).unwrap_or_default());
        }
        client.handle_timeout(clock.now());
    }
}
