//! Who meets whom.

use std::fmt;

/// What a peer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stack {
    /// Ours.
    Lariat,
    /// A browser.
    Chromium,
    /// A library in C++, by its package for Node.
    Libdatachannel,
    /// A library in Rust.
    WebrtcRs,
}

impl Stack {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lariat, Self::Chromium, Self::Libdatachannel, Self::WebrtcRs];

    /// Whether its peer sends and receives audio and video.
    pub fn has_media(self) -> bool {
        self != Self::Libdatachannel
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lariat => "Lariat",
            Self::Chromium => "Chromium",
            Self::Libdatachannel => "libdatachannel",
            Self::WebrtcRs => "webrtc-rs",
        })
    }
}

/// Two peers. The first one offers, and sends where only one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairing(pub Stack, pub Stack);

impl Pairing {
    /// All that are measured.
    pub const ALL: [Self; 6] = [
        Self(Stack::Lariat, Stack::Lariat),
        Self(Stack::Lariat, Stack::Chromium),
        Self(Stack::Chromium, Stack::Lariat),
        Self(Stack::Chromium, Stack::Chromium),
        Self(Stack::Libdatachannel, Stack::Libdatachannel),
        Self(Stack::WebrtcRs, Stack::WebrtcRs),
    ];

    /// Whether both have audio and video.
    pub fn has_media(self) -> bool {
        self.0.has_media() && self.1.has_media()
    }

    /// Whether it is a peer that Lariat is compared with: another stack with itself.
    pub fn is_peer(self) -> bool {
        self.0 == self.1 && self.0 != Stack::Lariat
    }

    /// Whether it is Lariat with itself.
    pub fn is_lariat(self) -> bool {
        self == Self(Stack::Lariat, Stack::Lariat)
    }
}

impl fmt::Display for Pairing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == self.1 {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{} to {}", self.0, self.1)
        }
    }
}
