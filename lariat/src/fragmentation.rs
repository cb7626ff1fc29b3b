//! Whether IP may fragment what the socket sends.
//!
//! It may not, as a rule: the sender has to know of a datagram that is too long. `quinn-udp` has
//! set the socket up so.

use tokio::net::UdpSocket;

/// Allows it, or forbids it again.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn allow(socket: &UdpSocket, allow: bool) {
    use rustix::net::sockopt::{
        Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
    };

    let (v4, v6) = if allow {
        (Ipv4PathMtuDiscovery::DONT, Ipv6PathMtuDiscovery::DONT)
    } else {
        (Ipv4PathMtuDiscovery::PROBE, Ipv6PathMtuDiscovery::PROBE)
    };
    // A socket for IPv4 has no options of IPv6. If neither is set the datagram is refused, as
    // before.
    let _ = set_ip_mtu_discover(socket, v4);
    let _ = set_ipv6_mtu_discover(socket, v6);
}

/// Elsewhere the system's default stays.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn allow(_socket: &UdpSocket, _allow: bool) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::net::sockopt::{Ipv4PathMtuDiscovery, ip_mtu_discover};

    use super::*;

    #[tokio::test]
    async fn it_is_allowed_and_forbidden_again() {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for (allowed, expected) in
            [(true, Ipv4PathMtuDiscovery::DONT), (false, Ipv4PathMtuDiscovery::PROBE)]
        {
            allow(&socket, allowed);
            assert_eq!(ip_mtu_discover(&socket).unwrap(), expected);
        }
    }
}
