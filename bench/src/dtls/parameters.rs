//! What a handshake agrees on.

use std::fmt;

/// A version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// DTLS 1.2.
    V12,
    /// DTLS 1.3.
    V13,
}

/// A group of the key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// X25519.
    X25519,
    /// P-256.
    P256,
    /// X25519 beside ML-KEM-768.
    X25519MlKem768,
}

/// All that handshakes differ in. The cipher is AES-128-GCM with SHA-256 in all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The version.
    pub version: Version,
    /// The group, which is the only one that either end offers.
    pub group: Group,
}

impl Version {
    /// In the order of the tables.
    pub const ALL: [Self; 2] = [Self::V12, Self::V13];

    /// The groups that are measured with it.
    pub const fn groups(self) -> [Group; 2] {
        match self {
            Self::V12 => [Group::X25519, Group::P256],
            Self::V13 => [Group::X25519, Group::X25519MlKem768],
        }
    }
}

impl Parameters {
    /// All that are measured.
    pub fn all() -> impl Iterator<Item = Self> {
        let of = |version: Version| version.groups().map(|group| Self { version, group });
        Version::ALL.into_iter().flat_map(of)
    }

    /// For records and memory, to which the group does not matter: one that everybody has.
    pub const fn of(version: Version) -> Self {
        let group = match version {
            Version::V12 => Group::P256,
            Version::V13 => Group::X25519,
        };
        Self { version, group }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V12 => "DTLS 1.2",
            Self::V13 => "DTLS 1.3",
        })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X25519 => "X25519",
            Self::P256 => "P-256",
            Self::X25519MlKem768 => "X25519MLKEM768",
        })
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.version, self.group)
    }
}
