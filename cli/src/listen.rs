//! Where the page is served.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use tokio::net::TcpListener;

/// How often the system is asked for a port that is free at both loopback addresses.
const CHOICES: usize = 8;

/// An address to listen at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// Both loopback addresses, which is what browsers try for `localhost`.
    Localhost(u16),
    Ip(SocketAddr),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not like localhost:8080, 127.0.0.1:8080 or [::]:8080");
        match text.strip_prefix("localhost:") {
            Some(port) => port.parse().map(Self::Localhost).map_err(|_| wrong()),
            None => text.parse().map(Self::Ip).map_err(|_| wrong()),
        }
    }
}

/// Opens the listeners: two for localhost where the machine has both IP versions, otherwise one.
pub(crate) async fn bind(address: &Address) -> Result<Vec<TcpListener>, String> {
    let port = match *address {
        Address::Ip(address) => {
            return match TcpListener::bind(address).await {
                Ok(listener) => Ok(vec![listener]),
                Err(error) => Err(sentence(address, &error)),
            };
        }
        Address::Localhost(port) => port,
    };
    // A port of the system's choice may be free at the first address alone: it is asked again.
    let choices = if port == 0 { CHOICES } else { 1 };
    for _ in 1..choices {
        if let Ok(listeners) = bind_both(port).await {
            return Ok(listeners);
        }
    }
    bind_both(port).await
}

/// Opens the same port at both loopback addresses.
async fn bind_both(port: u16) -> Result<Vec<TcpListener>, String> {
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let first = TcpListener::bind(v4).await.map_err(|error| sentence(v4, &error))?;
    // The port that the system chose, if it was left to it.
    let port = first.local_addr().map_or(port, |address| address.port());
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    match TcpListener::bind(v6).await {
        Ok(second) => Ok(vec![first, second]),
        // A browser that prefers IPv6 would find the other program at the same address.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(sentence(v6, &error)),
        Err(_) => Ok(vec![first]),
    }
}

/// The address for people to open.
pub(crate) fn shown(address: &Address, listeners: &[TcpListener]) -> String {
    let bound = listeners.first().and_then(|listener| listener.local_addr().ok());
    match (address, bound) {
        (Address::Localhost(port), bound) => {
            format!("localhost:{}", bound.map_or(*port, |bound| bound.port()))
        }
        (Address::Ip(_), Some(bound)) if bound.ip().is_unspecified() => {
            format!("localhost:{}", bound.port())
        }
        (Address::Ip(address), bound) => bound.unwrap_or(*address).to_string(),
    }
}

fn sentence(address: SocketAddr, error: &io::Error) -> String {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} is in use by another program. Stop that program, or choose another port: \
             lariat --listen localhost:{}",
            if port == u16::MAX { port - 1 } else { port + 1 },
        ),
        io::ErrorKind::PermissionDenied => format!(
            "port {port} may not be used by you. Choose one above 1023: \
             lariat --listen localhost:8080"
        ),
        io::ErrorKind::AddrNotAvailable => {
            format!("{} is not an address of this machine", address.ip())
        }
        _ => format!("cannot listen at {address}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood_or_the_message_shows_how() {
        assert_eq!("localhost:80".parse(), Ok(Address::Localhost(80)));
        let v6: SocketAddr = "[::1]:9000".parse().unwrap();
        assert_eq!("[::1]:9000".parse(), Ok(Address::Ip(v6)));
        for wrong in ["", "8080", "localhost", "localhost:70000", "example.org:80"] {
            let message = wrong.parse::<Address>().unwrap_err();
            assert!(message.contains("localhost:8080"), "{message}");
        }
    }

    #[tokio::test]
    async fn a_port_in_use_is_said_plainly_with_a_way_out() {
        let taken = bind(&Address::Localhost(0)).await.unwrap();
        let port = taken[0].local_addr().unwrap().port();
        let message = bind(&Address::Localhost(port)).await.unwrap_err();
        assert!(message.starts_with(&format!("port {port} is in use")), "{message}");
        assert!(message.contains("--listen localhost:"), "{message}");
    }
}
