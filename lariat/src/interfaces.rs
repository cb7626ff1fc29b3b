//! Which local addresses become host candidates.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::{Configuration, Error, Loopback, limits};

/// The addresses of the host candidates for a socket that is bound to `bound`.
pub(crate) fn host_addresses(
    configuration: &Configuration,
    bound: SocketAddr,
) -> Result<Vec<SocketAddr>, Error> {
    let all = if bound.ip().is_unspecified() {
        let interfaces =
            if_addrs::get_if_addrs().map_err(|error| Error::Interfaces(Arc::new(error)))?;
        interfaces
            .into_iter()
            .filter(|i| i.is_oper_up() || i.is_loopback())
            .map(|i| i.ip())
            .collect()
    } else {
        vec![bound.ip()]
    };
    let chosen = choose(configuration, all, bound);
    if chosen.is_empty() { Err(Error::NoAddress) } else { Ok(chosen) }
}

/// Filters, orders (loopback last) and caps `all`.
fn choose(configuration: &Configuration, all: Vec<IpAddr>, bound: SocketAddr) -> Vec<SocketAddr> {
    let allowed = |ip: &IpAddr| configuration.address_filter.as_ref().is_none_or(|f| f(*ip));
    let (mut loopback, mut chosen): (Vec<IpAddr>, Vec<IpAddr>) = all
        .into_iter()
        .map(|ip| ip.to_canonical())
        .filter(|ip| bound.is_ipv6() || ip.is_ipv4())
        .filter(|ip| is_usable(*ip) && allowed(ip))
        .partition(IpAddr::is_loopback);
    let with_loopback = match configuration.loopback {
        Loopback::Never => false,
        Loopback::IfAlone => chosen.is_empty(),
        Loopback::Always => true,
    };
    chosen.truncate(limits::HOST_CANDIDATES);
    // An address that was bound explicitly was asked for, loopback or not.
    if with_loopback || !bound.ip().is_unspecified() {
        loopback.truncate(limits::HOST_CANDIDATES.saturating_sub(chosen.len()));
        chosen.append(&mut loopback);
    }
    chosen.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect()
}

/// Link-local addresses mean nothing without an interface, which a candidate cannot name.
fn is_usable(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(loopback: Loopback, bound: &str, all: &[&str]) -> Vec<String> {
        let configuration = Configuration { loopback, ..Configuration::default() };
        let all = all.iter().map(|ip| ip.parse().unwrap()).collect();
        let chosen = choose(&configuration, all, bound.parse().unwrap());
        chosen.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn loopback_is_used_when_alone_and_comes_last_when_asked_for() {
        let all = ["127.0.0.1", "::1", "192.0.2.1"];
        assert_eq!(chosen(Loopback::IfAlone, "[::]:9", &all), ["192.0.2.1:9"]);
        assert_eq!(chosen(Loopback::IfAlone, "[::]:9", &all[..2]), ["127.0.0.1:9", "[::1]:9"]);
        let always = chosen(Loopback::Always, "[::]:9", &all);
        assert_eq!(always, ["192.0.2.1:9", "127.0.0.1:9", "[::1]:9"]);
        assert!(chosen(Loopback::Never, "[::]:9", &all[..2]).is_empty());
        assert_eq!(chosen(Loopback::Never, "127.0.0.1:9", &all[..1]), ["127.0.0.1:9"]);
    }

    #[test]
    fn an_ipv4_socket_has_no_ipv6_candidates() {
        let all = ["2001:db8::1", "::ffff:192.0.2.7", "192.0.2.1"];
        let chosen = chosen(Loopback::IfAlone, "0.0.0.0:9", &all);
        assert_eq!(chosen, ["192.0.2.7:9", "192.0.2.1:9"]);
    }

    #[test]
    fn link_local_and_filtered_addresses_are_left_out() {
        assert!(chosen(Loopback::Never, "[::]:9", &["fe80::1", "169.254.1.1"]).is_empty());
        let configuration = Configuration {
            address_filter: Some(Arc::new(|ip| ip.is_ipv6())),
            ..Configuration::default()
        };
        let all = vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
        let chosen = choose(&configuration, all, "[::]:9".parse().unwrap());
        assert_eq!(chosen, ["[2001:db8::1]:9".parse().unwrap()]);
    }

    #[test]
    fn one_address_past_the_limit_is_left_out() {
        let all: Vec<_> = (0..=limits::HOST_CANDIDATES).map(|i| format!("192.0.2.{i}")).collect();
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        let chosen = chosen(Loopback::Never, "[::]:9", &all);
        assert_eq!(chosen.len(), limits::HOST_CANDIDATES);
    }
}
