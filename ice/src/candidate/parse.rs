//! Reading the candidate line:
//!
//! ```text
//! candidate:<foundation> <component> <transport> <priority> <address> <port> typ <kind>
//!     [raddr <address>] [rport <port>] *(<name> <value>)
//! ```

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, SocketAddr};
use core::str::{FromStr, SplitAsciiWhitespace};

use super::{Candidate, CandidateKind, Transport};
use crate::credentials::is_ice_char;
use crate::limits::{MAX_CANDIDATE_EXTENSIONS, MAX_CANDIDATE_LINE, MAX_FOUNDATION};
use crate::priority::MAX_PRIORITY;
use crate::{ParseError, Unsupported};

impl Candidate {
    /// Reads a line as RFC 8839 §5.1 has it, with or without `a=` and `candidate:` before it.
    ///
    /// # Errors
    /// [`ParseError::Unsupported`] for a well-formed candidate of a kind that this agent cannot use
    /// (a name in place of an address, TCP, an unknown type): skip it. Any other [`ParseError`]
    /// names the field that is malformed.
    pub fn parse(line: &str) -> Result<Self, ParseError> {
        parse(line, None)
    }

    /// Reads a line whose address is a name that the caller has resolved to `address` (mDNS, FQDN).
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    ///
    /// ```
    /// use lariat_ice::{Candidate, ParseError, Unsupported};
    ///
    /// let line = "1 1 udp 2113937151 1f4712db-ea17-4bcf-a596-105139dfd8bf.local 54596 typ host";
    /// assert_eq!(Candidate::parse(line), Err(ParseError::Unsupported(Unsupported::Mdns)));
    /// let candidate = Candidate::parse_resolved(line, "192.0.2.1".parse()?)?;
    /// assert_eq!(candidate.address, "192.0.2.1:54596".parse()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_resolved(line: &str, address: IpAddr) -> Result<Self, ParseError> {
        parse(line, Some(address))
    }
}

impl FromStr for Candidate {
    type Err = ParseError;

    fn from_str(line: &str) -> Result<Self, ParseError> {
        Self::parse(line)
    }
}

/// RFC 8839 §5.1: 1 to 32 ice-chars.
pub(super) fn is_foundation(text: &str) -> bool {
    (1..=MAX_FOUNDATION).contains(&text.len()) && text.bytes().all(is_ice_char)
}

fn parse(line: &str, resolved: Option<IpAddr>) -> Result<Candidate, ParseError> {
    if line.len() > MAX_CANDIDATE_LINE {
        return Err(ParseError::TooLong);
    }
    let line = line.trim_end_matches(['\r', '\n']);
    let line = line.strip_prefix("a=").unwrap_or(line);
    let line = line.strip_prefix("candidate:").unwrap_or(line);
    let mut words = line.split_ascii_whitespace();

    let foundation = next(&mut words)?;
    if !is_foundation(foundation) {
        return Err(ParseError::Foundation);
    }
    let component = number(next(&mut words)?).ok_or(ParseError::Component)?;
    let component = u16::try_from(component).map_err(|_| ParseError::Component)?;
    if !(1..=256).contains(&component) {
        return Err(ParseError::Component);
    }
    let transport = next(&mut words)?;
    let priority = number(next(&mut words)?).ok_or(ParseError::Priority)?;
    if !(1..=MAX_PRIORITY).contains(&priority) {
        return Err(ParseError::Priority);
    }
    let address = next(&mut words)?;
    let port = port(next(&mut words)?).filter(|port| *port != 0).ok_or(ParseError::Port)?;
    if next(&mut words)? != "typ" {
        return Err(ParseError::Kind);
    }
    let kind = next(&mut words)?;
    let (related, extensions) = tail(words)?;

    // Only now, so that "unsupported" means well-formed.
    if !transport.eq_ignore_ascii_case("udp") {
        return Err(ParseError::Unsupported(Unsupported::Transport));
    }
    Ok(Candidate {
        foundation: foundation.to_string(),
        component,
        transport: Transport::Udp,
        priority,
        address: SocketAddr::new(ip(address, resolved)?, port),
        kind: parse_kind(kind)?,
        related,
        extensions,
    })
}

type Tail = (Option<SocketAddr>, Vec<(String, String)>);

/// What follows the type: pairs of a name and a value.
fn tail(mut words: SplitAsciiWhitespace<'_>) -> Result<Tail, ParseError> {
    let mut related_ip = None;
    let mut related_port = None;
    let mut extensions = Vec::new();
    while let Some(name) = words.next() {
        let value = next(&mut words)?;
        match name {
            "raddr" => related_ip = Some(value),
            "rport" => related_port = Some(port(value).ok_or(ParseError::Related)?),
            // rfc8839 §5.1: what is not understood is ignored. It is kept, to be written again.
            _ if extensions.len() < MAX_CANDIDATE_EXTENSIONS => {
                extensions.push((name.to_string(), value.to_string()));
            }
            _ => return Err(ParseError::TooLong),
        }
    }
    // A name as related address is for people to read; nothing is ever sent there.
    let related_ip = related_ip.and_then(|ip| ip.parse::<IpAddr>().ok());
    let related = related_ip.zip(related_port).map(|(ip, port)| SocketAddr::new(ip, port));
    Ok((related, extensions))
}

fn next<'a>(words: &mut SplitAsciiWhitespace<'a>) -> Result<&'a str, ParseError> {
    words.next().ok_or(ParseError::Truncated)
}

/// Up to ten digits, and nothing else: `u32::from_str` would take a sign.
fn number(text: &str) -> Option<u32> {
    let digits = text.len() <= 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

fn port(text: &str) -> Option<u16> {
    u16::try_from(number(text)?).ok()
}

fn ip(text: &str, resolved: Option<IpAddr>) -> Result<IpAddr, ParseError> {
    if let Ok(ip) = text.parse() {
        return Ok(ip);
    }
    // rfc8839 §5.1: a colon makes it an IPv6 address; a name ends in a letter.
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && text.len() <= 255;
    match resolved {
        _ if !is_name => Err(ParseError::Address),
        Some(ip) => Ok(ip),
        None if ends_with_local(text) => Err(ParseError::Unsupported(Unsupported::Mdns)),
        None => Err(ParseError::Unsupported(Unsupported::HostName)),
    }
}

fn ends_with_local(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.rsplit_once('.').is_some_and(|(_, last)| last.eq_ignore_ascii_case("local"))
}

fn parse_kind(text: &str) -> Result<CandidateKind, ParseError> {
    match text {
        "host" => Ok(CandidateKind::Host),
        "srflx" => Ok(CandidateKind::ServerReflexive),
        "prflx" => Ok(CandidateKind::PeerReflexive),
        "relay" => Ok(CandidateKind::Relayed),
        _ => Err(ParseError::Unsupported(Unsupported::Kind)),
    }
}

#[cfg(test)]
mod tests;
