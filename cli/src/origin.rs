//! Which names and which pages this server answers to.
//!
//! A page can make its visitor's browser send requests to this server, though it is only on the
//! visitor's own machine. Two things in a request give that away. `Origin` is the page's address,
//! which has to be this server's own. `Host` is the name under which the browser looked for the
//! server: a page that lets its own name point here (DNS rebinding) has the right `Origin`, and a
//! `Host` that is not ours.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority as UriAuthority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use crate::log::quoted;
use crate::refusal::Refusal;

/// A host without a port, in the one form that it is compared in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Ip(IpAddr),
    /// In lower case, without a final dot.
    Name(String),
}

/// The origin of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    is_https: bool,
    host: Host,
    port: u16,
}

/// What `--allow-origin` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Any,
    One(Origin),
}

/// Names and origins that the server answers to beside its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) hosts: Vec<Host>,
    pub(crate) origins: Vec<Allowed>,
}

/// Who asks, as far as the answer depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    /// The server's own page, or no page at all.
    Own,
    /// A page of another origin, which may read answers with this `Access-Control-Allow-Origin`.
    Foreign(HeaderValue),
}

impl Known {
    /// Decides about a request that came in at the local address `here`.
    pub(crate) fn judge(
        &self,
        here: IpAddr,
        target: Option<&UriAuthority>,
        headers: &HeaderMap,
    ) -> Result<Asker, Refusal> {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(given), None) = (hosts.next(), hosts.next()) else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "The request must have one Host header, which names this server.",
            ));
        };
        let given = given.to_str().unwrap_or_default();
        let (host, port) = self.known(here, given)?;
        // A request line with a whole address must not name another server than the header.
        if let Some(target) = target {
            self.known(here, target.as_str())?;
        }
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else { return Ok(Asker::Own) };
        let text = origin.to_str().unwrap_or_default();
        let parsed = text.parse::<Origin>().ok().filter(|_| origins.next().is_none());
        if parsed.as_ref().is_some_and(|origin| origin.is_at(&host, port)) {
            return Ok(Asker::Own);
        }
        let is_allowed = |allowed: &Allowed| match allowed {
            Allowed::Any => true,
            Allowed::One(allowed) => Some(allowed) == parsed.as_ref(),
        };
        if self.origins.contains(&Allowed::Any) {
            return Ok(Asker::Foreign(HeaderValue::from_static("*")));
        }
        if self.origins.iter().any(is_allowed) {
            return Ok(Asker::Foreign(origin.clone()));
        }
        Err(Refusal::new(StatusCode::FORBIDDEN, foreign(text, parsed.as_ref())))
    }

    fn known(&self, here: IpAddr, authority: &str) -> Result<(Host, Option<u16>), Refusal> {
        let parsed = parse_authority(authority);
        let host = parsed.as_ref().map(|(host, _)| host);
        let is_known = host.is_some_and(|host| match host {
            Host::Ip(ip) if *ip == here.to_canonical() => true,
            Host::Name(name) if name == "localhost" => true,
            host => self.hosts.contains(host),
        });
        match parsed {
            Some(parsed) if is_known => Ok(parsed),
            Some((host, _)) => Err(Refusal::new(
                // rfc9110 §15.5.20: for another server than this one.
                StatusCode::MISDIRECTED_REQUEST,
                format!(
                    "This server does not go by the name {host}. If it should, start it with \
                     --host {host}."
                ),
            )),
            None => Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                format!("The Host header {} is not a name or an address.", quoted(authority)),
            )),
        }
    }
}

fn foreign(text: &str, parsed: Option<&Origin>) -> String {
    match parsed {
        Some(origin) => format!(
            "Pages of {origin} may not use this server. If they should, start it with \
             --allow-origin {origin}."
        ),
        None => format!(
            "Pages of the origin {} may not use this server. If pages of every origin should, \
             start it with --allow-origin '*'.",
            quoted(text),
        ),
    }
}

impl Origin {
    fn is_at(&self, host: &Host, port: Option<u16>) -> bool {
        // A proxy in front may be the one that speaks TLS, so the scheme is not compared.
        self.host == *host && self.port == port.unwrap_or(default_port(self.is_https))
    }
}

fn default_port(is_https: bool) -> u16 {
    if is_https { 443 } else { 80 }
}

/// Reads `host`, `host:port` or `[address]:port`.
fn parse_authority(text: &str) -> Option<(Host, Option<u16>)> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(text) => {
            let (address, rest) = text.split_once(']')?;
            (Host::Ip(IpAddr::V6(address.parse::<Ipv6Addr>().ok()?).to_canonical()), rest)
        }
        None => {
            let at = text.find(':').unwrap_or(text.len());
            let (name, rest) = text.split_at_checked(at)?;
            (parse_name(name)?, rest)
        }
    };
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().ok()?)
        }
        _ => return None,
    };
    Some((host, port))
}

fn parse_name(name: &str) -> Option<Host> {
    if let Ok(ip) = name.parse::<Ipv4Addr>() {
        return Some(Host::Ip(IpAddr::V4(ip)));
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(is_name_byte);
    let is_name = name.len() <= 253 && name.split('.').all(is_label);
    is_name.then(|| Host::Name(name.to_ascii_lowercase()))
}

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(ip.to_canonical()));
        }
        match parse_authority(text) {
            Some((host, None)) => Ok(host),
            _ => Err(format!("`{text}` is not a name or an address without a port")),
        }
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not like https://example.org or http://10.0.0.1:8000");
        let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let (host, port) = parse_authority(rest).ok_or_else(wrong)?;
        Ok(Self { is_https, host, port: port.unwrap_or(default_port(is_https)) })
    }
}

impl FromStr for Allowed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" { Ok(Self::Any) } else { text.parse().map(Self::One) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != default_port(self.is_https) {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &[&str], origin: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in host {
            headers.append(HOST, value.parse().unwrap());
        }
        for value in origin {
            headers.append(ORIGIN, value.parse().unwrap());
        }
        headers
    }

    fn known(hosts: &[&str], origins: &[&str]) -> Known {
        Known {
            hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
            origins: origins.iter().map(|origin| origin.parse().unwrap()).collect(),
        }
    }

    /// The status of a request that came in at `here`; 200 stands for what is let in.
    fn status(known: &Known, here: &str, host: &[&str], origin: &[&str]) -> u16 {
        let judged = known.judge(here.parse().unwrap(), None, &headers(host, origin));
        judged.map_or_else(|refusal| refusal.status.as_u16(), |_| 200)
    }

    #[test]
    fn only_names_of_this_server_are_answered() {
        let plain = known(&[], &[]);
        for (here, host, expected) in [
            ("127.0.0.1", "localhost:8080", 200),
            ("127.0.0.1", "LocalHost:8080", 200),
            ("127.0.0.1", "localhost.", 200),
            ("127.0.0.1", "localhost:", 200),
            ("127.0.0.1", "127.0.0.1:8080", 200),
            ("::ffff:127.0.0.1", "127.0.0.1", 200),
            ("::1", "[::1]:8080", 200),
            ("::1", "[0:0:0:0:0:0:0:1]", 200),
            ("127.0.0.1", "[::ffff:127.0.0.1]:8080", 200),
            ("192.168.1.5", "192.168.1.5:8080", 200),
            // A name that was made to point here, and addresses of others.
            ("127.0.0.1", "rebound.example:8080", 421),
            ("127.0.0.1", "localhost.example", 421),
            ("127.0.0.1", "127.0.0.1.example", 421),
            ("127.0.0.1", "192.0.2.1:8080", 421),
            ("127.0.0.1", "127.0.0.2:8080", 421),
            ("127.0.0.1", "127.1:8080", 421),
            ("::1", "[2001:db8::1]:8080", 421),
            ("127.0.0.1", "", 400),
            ("127.0.0.1", "user@localhost", 400),
            ("127.0.0.1", "localhost:80:80", 400),
            ("127.0.0.1", "localhost:99999", 400),
            ("127.0.0.1", "localhost:+80", 400),
            ("::1", "::1", 400),
            ("::1", "[::1%25lo]", 400),
            ("::1", "[::1]x", 400),
            ("127.0.0.1", "a b", 400),
        ] {
            assert_eq!(status(&plain, here, &[host], &[]), expected, "{host} at {here}");
        }
        assert_eq!(status(&plain, "127.0.0.1", &[], &[]), 400);
        assert_eq!(status(&plain, "127.0.0.1", &["localhost", "localhost"], &[]), 400);
        let named = known(&["Echo.Example", "2001:db8::1"], &[]);
        assert_eq!(status(&named, "127.0.0.1", &["echo.example:8443"], &[]), 200);
        assert_eq!(status(&named, "127.0.0.1", &["[2001:db8::1]"], &[]), 200);
        assert_eq!(status(&named, "127.0.0.1", &["other.example"], &[]), 421);
    }

    #[test]
    fn only_pages_of_this_server_are_answered() {
        let plain = known(&["echo.example"], &[]);
        for (host, origin, expected) in [
            ("localhost:8080", "http://localhost:8080", 200),
            ("localhost:8080", "HTTP://LOCALHOST:8080", 200),
            ("localhost", "http://localhost", 200),
            ("localhost:80", "http://localhost", 200),
            ("127.0.0.1:8080", "http://127.0.0.1:8080", 200),
            ("[::ffff:127.0.0.1]:80", "http://127.0.0.1", 200),
            // Behind a proxy that speaks TLS.
            ("echo.example", "https://echo.example", 200),
            ("localhost:8080", "http://localhost:8081", 403),
            ("localhost:8080", "http://localhost", 403),
            ("localhost:8080", "http://127.0.0.1:8080", 403),
            ("localhost:8080", "http://page.example", 403),
            ("localhost:8080", "http://localhost.page.example:8080", 403),
            ("localhost:8080", "http://user@localhost:8080", 403),
            ("localhost:8080", "http://localhost:8080/", 403),
            ("localhost:8080", "file://", 403),
            ("localhost:8080", "null", 403),
            ("localhost:8080", "NULL", 403),
            ("localhost:8080", "", 403),
        ] {
            assert_eq!(status(&plain, "127.0.0.1", &[host], &[origin]), expected, "{origin}");
        }
        let twice = ["http://localhost", "http://localhost"];
        assert_eq!(status(&plain, "127.0.0.1", &["localhost"], &twice), 403);
        // Of a rebound name the origin is its own, and so it is the name that gives it away.
        let rebound = status(&plain, "127.0.0.1", &["re.example"], &["http://re.example"]);
        assert_eq!(rebound, 421);
    }

    #[test]
    fn what_a_flag_allows_is_told_to_the_browser() {
        let asker = |known: &Known, origin: &str| {
            known.judge(Ipv4Addr::LOCALHOST.into(), None, &headers(&["localhost"], &[origin]))
        };
        let one = known(&[], &["https://Page.Example", "http://[::1]:3000"]);
        for origin in ["https://page.example", "http://[::1]:3000"] {
            let value = HeaderValue::from_static(origin);
            assert_eq!(asker(&one, origin), Ok(Asker::Foreign(value)));
        }
        assert_eq!(asker(&one, "http://localhost"), Ok(Asker::Own));
        for origin in ["http://page.example", "https://page.example:444", "null"] {
            assert!(asker(&one, origin).is_err(), "{origin}");
        }
        let any = known(&[], &["*"]);
        for origin in ["http://page.example", "null"] {
            let star = HeaderValue::from_static("*");
            assert_eq!(asker(&any, origin), Ok(Asker::Foreign(star)), "{origin}");
        }
    }

    #[test]
    fn a_refusal_names_the_flag_and_repeats_nothing_raw() {
        let plain = known(&[], &[]);
        let sentence = |host: &[u8], origin: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_bytes(host).unwrap());
            headers.insert(ORIGIN, HeaderValue::from_bytes(origin).unwrap());
            plain.judge(Ipv4Addr::LOCALHOST.into(), None, &headers).unwrap_err().sentence
        };
        let says = sentence(b"Evil.example:80", b"null");
        assert!(says.ends_with("--host evil.example."), "{says}");
        let says = sentence(b"localhost", b"http://page.example:81");
        assert!(says.ends_with("--allow-origin http://page.example:81."), "{says}");
        let says = sentence(b"localhost", b"null");
        assert!(says.contains("--allow-origin '*'"), "{says}");
        let says = sentence(b"local\tho\"st", b"null");
        assert!(!says.contains('\t') && says.contains("local\\tho"), "{says}");
    }

    #[test]
    fn a_whole_address_in_the_request_line_must_be_known_too() {
        let plain = known(&[], &[]);
        let headers = headers(&["localhost"], &[]);
        let judge = |target: &str| {
            let target = target.parse().unwrap();
            plain.judge(Ipv4Addr::LOCALHOST.into(), Some(&target), &headers)
        };
        assert_eq!(judge("localhost:8080"), Ok(Asker::Own));
        assert!(judge("re.example").is_err());
    }

    #[test]
    fn flags_that_name_no_host_or_origin_are_refused() {
        for text in ["", "a b", "name:80", "[::1]:80", "http://name"] {
            assert!(text.parse::<Host>().is_err(), "{text}");
        }
        for text in ["", "null", "name", "ftp://name", "http://", "http://name/path"] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
        assert_eq!("[::1]".parse(), "::1".parse::<Host>());
    }
}
