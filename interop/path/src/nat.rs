//! A NAT between the path and one of its ends, in the words of RFC 4787.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use lariat_base::Instant;

use crate::icmp;
use crate::packet::{End, Packet, Protocol};

/// How many mappings a NAT keeps. Past it the one that was used longest ago goes.
pub const MAX_MAPPINGS: usize = 1_024;

/// How many remote ends a mapping remembers. Past it the one that was seen first goes.
pub const MAX_CONTACTS: usize = 64;

/// The first port outside. The next mapping gets the next one, so that none comes twice soon.
const FIRST_PORT: u16 = 40_000;

/// What a mapping, or a filter, depends on of the other end (RFC 4787 §4.1 and §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependence {
    /// On nothing of it.
    EndpointIndependent,
    /// On its address.
    AddressDependent,
    /// On its address and its port.
    AddressAndPortDependent,
}

impl Dependence {
    fn agrees(self, one: SocketAddrV4, other: SocketAddrV4) -> bool {
        match self {
            Self::EndpointIndependent => true,
            Self::AddressDependent => one.ip() == other.ip(),
            Self::AddressAndPortDependent => one == other,
        }
    }
}

/// What kind of NAT it is.
///
/// ```
/// use lariat_path::{Dependence, NatSettings};
///
/// // The usual one at home, with an address of its own outside.
/// let mut settings = NatSettings::new([203, 0, 113, 1].into());
/// // That of some offices and mobile networks.
/// settings.mapping = Dependence::AddressAndPortDependent;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NatSettings {
    /// The address that everybody behind it has outside.
    pub outside: Ipv4Addr,
    /// When two flows from one port inside share a port outside.
    pub mapping: Dependence,
    /// Who may use a mapping from outside.
    pub filtering: Dependence,
    /// How long a mapping lasts without a packet from inside.
    pub lifetime: Duration,
}

impl NatSettings {
    /// Endpoint-independent mapping, address- and port-dependent filtering, five minutes: RFC 4787
    /// §4.3 recommends such a lifetime.
    pub const fn new(outside: Ipv4Addr) -> Self {
        Self {
            outside,
            mapping: Dependence::EndpointIndependent,
            filtering: Dependence::AddressAndPortDependent,
            lifetime: Duration::from_secs(300),
        }
    }
}

/// A NAT with its mappings.
#[derive(Clone, Debug)]
pub(crate) struct Nat {
    settings: NatSettings,
    mappings: Vec<Mapping>,
    last_port: u16,
}

#[derive(Clone, Debug)]
struct Mapping {
    protocol: Protocol,
    inside: SocketAddrV4,
    outside_port: u16,
    /// Whom it was made for, and whoever was sent to since.
    contacts: Vec<SocketAddrV4>,
    used: Instant,
}

/// Why a NAT lets nothing through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It cannot tell what flow it belongs to.
    Unknown,
    /// There is no mapping for it.
    Unmapped,
    /// There is, but not for who sent it.
    Filtered,
}

impl Nat {
    pub(crate) const fn new(settings: NatSettings) -> Self {
        Self { settings, mappings: Vec::new(), last_port: FIRST_PORT - 1 }
    }

    /// Every mapping gets another port outside. What uses the old one is lost.
    pub(crate) fn rebind(&mut self) {
        for index in 0..self.mappings.len() {
            let port = self.next_port();
            if let Some(mapping) = self.mappings.get_mut(index) {
                mapping.outside_port = port;
            }
        }
    }

    /// All mappings are gone, until something comes from inside.
    pub(crate) fn forget(&mut self) {
        self.mappings.clear();
    }

    /// All mappings move to another address outside, and to other ports.
    pub(crate) fn move_to(&mut self, outside: Ipv4Addr) {
        self.settings.outside = outside;
        self.rebind();
    }

    /// Another kind of NAT from now on. The mappings stay.
    pub(crate) const fn become_kind(&mut self, settings: NatSettings) {
        self.settings = settings;
    }

    /// A packet that leaves.
    pub(crate) fn outward(&mut self, now: Instant, packet: &mut Packet) -> Result<(), Refused> {
        if icmp::is_error(packet) {
            return self.error_outward(packet);
        }
        let (protocol, inside, remote) = flow(packet, End::Source)?;
        self.expire(now);
        let scope = self.settings.mapping;
        let fits = |mapping: &Mapping| {
            mapping.protocol == protocol
                && mapping.inside == inside
                && mapping.contacts.first().is_some_and(|first| scope.agrees(*first, remote))
        };
        if let Some(mapping) = self.mappings.iter_mut().find(|mapping| fits(mapping)) {
            mapping.used = now;
            mapping.contact(remote);
            let outside = SocketAddrV4::new(self.settings.outside, mapping.outside_port);
            packet.set_socket(End::Source, outside);
            return Ok(());
        }
        let outside_port = self.next_port();
        self.make_room();
        let contacts = vec![remote];
        self.mappings.push(Mapping { protocol, inside, outside_port, contacts, used: now });
        packet.set_socket(End::Source, SocketAddrV4::new(self.settings.outside, outside_port));
        Ok(())
    }

    /// A packet that comes from outside.
    pub(crate) fn inward(&mut self, now: Instant, packet: &mut Packet) -> Result<(), Refused> {
        if icmp::is_error(packet) {
            return self.error_inward(packet);
        }
        let (protocol, outside, remote) = flow(packet, End::Destination)?;
        self.expire(now);
        let mapping = self.mapped(protocol, outside).ok_or(Refused::Unmapped)?;
        let filter = self.settings.filtering;
        if !mapping.contacts.iter().any(|contact| filter.agrees(*contact, remote)) {
            return Err(Refused::Filtered);
        }
        let inside = mapping.inside;
        packet.set_socket(End::Destination, inside);
        Ok(())
    }

    /// rfc5508 §4.2: an error about a packet that left here goes to who sent it.
    fn error_inward(&self, packet: &mut Packet) -> Result<(), Refused> {
        let (protocol, outside) = icmp::quoted(packet, End::Source).ok_or(Refused::Unknown)?;
        let mapping = self.mapped(protocol, outside).ok_or(Refused::Unmapped)?;
        *packet = icmp::rewrite(packet, End::Source, mapping.inside).ok_or(Refused::Unknown)?;
        Ok(())
    }

    /// And one about a packet that came from outside tells nobody who is inside.
    fn error_outward(&self, packet: &mut Packet) -> Result<(), Refused> {
        let (protocol, inside) = icmp::quoted(packet, End::Destination).ok_or(Refused::Unknown)?;
        let (_, remote) = icmp::quoted(packet, End::Source).ok_or(Refused::Unknown)?;
        let of = |mapping: &&Mapping| {
            mapping.protocol == protocol
                && mapping.inside == inside
                && mapping.contacts.contains(&remote)
        };
        let mapping = self.mappings.iter().find(of).ok_or(Refused::Unmapped)?;
        let outside = SocketAddrV4::new(self.settings.outside, mapping.outside_port);
        *packet = icmp::rewrite(packet, End::Destination, outside).ok_or(Refused::Unknown)?;
        Ok(())
    }

    fn mapped(&self, protocol: Protocol, outside: SocketAddrV4) -> Option<&Mapping> {
        let is_own = *outside.ip() == self.settings.outside;
        let of = |mapping: &&Mapping| {
            mapping.protocol == protocol && mapping.outside_port == outside.port()
        };
        self.mappings.iter().find(of).filter(|_| is_own)
    }

    fn expire(&mut self, now: Instant) {
        let lifetime = self.settings.lifetime;
        self.mappings.retain(|mapping| now.saturating_since(mapping.used) < lifetime);
    }

    fn make_room(&mut self) {
        if self.mappings.len() >= MAX_MAPPINGS {
            let mappings = self.mappings.iter().enumerate();
            if let Some((oldest, _)) = mappings.min_by_key(|(_, mapping)| mapping.used) {
                self.mappings.swap_remove(oldest);
            }
        }
    }

    fn next_port(&mut self) -> u16 {
        loop {
            self.last_port = self.last_port.checked_add(1).unwrap_or(FIRST_PORT);
            let port = self.last_port;
            if !self.mappings.iter().any(|mapping| mapping.outside_port == port) {
                return port;
            }
        }
    }
}

impl Mapping {
    fn contact(&mut self, remote: SocketAddrV4) {
        if self.contacts.contains(&remote) {
            return;
        }
        // The first one says whom the mapping was made for.
        if self.contacts.len() >= MAX_CONTACTS {
            self.contacts.remove(1);
        }
        self.contacts.push(remote);
    }
}

/// What a packet belongs to: its protocol, its end on this side, and its other end.
fn flow(packet: &Packet, near: End) -> Result<(Protocol, SocketAddrV4, SocketAddrV4), Refused> {
    // A fragment but the first has no ports, and those of the first are not remembered.
    let protocol = packet.protocol().filter(|_| !packet.is_fragment()).ok_or(Refused::Unknown)?;
    let far = if near == End::Source { End::Destination } else { End::Source };
    let ends = packet.socket(near).zip(packet.socket(far)).ok_or(Refused::Unknown)?;
    Ok((protocol, ends.0, ends.1))
}

#[cfg(test)]
mod tests;
