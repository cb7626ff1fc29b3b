//! The `a=` lines.

mod codec;
mod direction;
mod extmap;
mod fingerprint;
mod group;
mod msid;
mod rid;
mod rtcp;
mod setup;
mod ssrc;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

pub use codec::{Fmtp, RtcpFb, Rtpmap};
pub use direction::Direction;
pub use extmap::Extmap;
pub use fingerprint::Fingerprint;
pub use group::Group;
pub use msid::Msid;
pub use rid::{Rid, RidDirection, Simulcast, SimulcastList, SimulcastRid};
pub use rtcp::Rtcp;
pub use setup::Setup;
pub use ssrc::{Ssrc, SsrcGroup};

use crate::cursor::{Cursor, Fault};
use crate::error::{BuildError, Field, ParseError, Reason};
use crate::lexer::check_text;
use crate::write::check_line;

/// One `a=` line.
///
/// What we know has a variant of its own; everything else is [`Attribute::Other`], word for word.
/// So is a known attribute that is malformed, unless a wrong guess at it would matter. These are
/// refused, and the description with them:
///
/// `extmap`, `fingerprint`, `group`, `ice-pwd`, `ice-ufrag`, `max-message-size`, `mid`, `rtpmap`,
/// `sctp-port`, `setup`.
///
/// `Debug` hides passwords and keys.
///
/// ```
/// use lariat_sdp::{Attribute, Rtpmap, Setup};
///
/// assert_eq!(Attribute::parse("setup:actpass")?, Attribute::Setup(Setup::ActPass));
/// assert_eq!(Attribute::from(Rtpmap::new(0, "PCMU", 8000)).to_string(), "rtpmap:0 PCMU/8000");
/// assert!(matches!(Attribute::parse("ssrc:not-a-number x")?, Attribute::Other { .. }));
/// assert!(Attribute::parse("sctp-port:not-a-number").is_err());
/// # Ok::<(), lariat_sdp::ParseError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attribute {
    /// `a=bundle-only` (RFC 9143 §6): only usable inside its bundle.
    BundleOnly,
    /// `a=candidate` (RFC 8839 §5.1): what follows the colon, not looked into.
    Candidate(String),
    /// `a=sendrecv`, `a=sendonly`, `a=recvonly` or `a=inactive` (RFC 8866 §6.7).
    Direction(Direction),
    /// `a=end-of-candidates` (RFC 8840 §8.1).
    EndOfCandidates,
    /// `a=extmap` (RFC 8285 §5).
    Extmap(Extmap),
    /// `a=extmap-allow-mixed` (RFC 8285 §6).
    ExtmapAllowMixed,
    /// `a=fingerprint` (RFC 8122 §5).
    Fingerprint(Fingerprint),
    /// `a=fmtp` (RFC 8866 §6.15).
    Fmtp(Fmtp),
    /// `a=group` (RFC 5888 §5).
    Group(Group),
    /// `a=ice-lite` (RFC 8839 §5.3).
    IceLite,
    /// `a=ice-options` (RFC 8839 §5.6).
    IceOptions(Vec<String>),
    /// `a=ice-pwd` (RFC 8839 §5.4).
    IcePwd(String),
    /// `a=ice-ufrag` (RFC 8839 §5.4).
    IceUfrag(String),
    /// `a=max-message-size` (RFC 8841 §6): bytes; 0 is any size.
    MaxMessageSize(u64),
    /// `a=mid` (RFC 5888 §4).
    Mid(String),
    /// `a=msid` (RFC 8830 §2).
    Msid(Msid),
    /// `a=rid` (RFC 8851 §4).
    Rid(Rid),
    /// `a=rtcp` (RFC 3605 §2.1).
    Rtcp(Rtcp),
    /// `a=rtcp-fb` (RFC 4585 §4.2).
    RtcpFb(RtcpFb),
    /// `a=rtcp-mux` (RFC 5761 §5.1.1).
    RtcpMux,
    /// `a=rtcp-mux-only` (RFC 8858 §3).
    RtcpMuxOnly,
    /// `a=rtcp-rsize` (RFC 5506 §5).
    RtcpRsize,
    /// `a=rtpmap` (RFC 8866 §6.6).
    Rtpmap(Rtpmap),
    /// `a=sctp-port` (RFC 8841 §5): 0 closes the association.
    SctpPort(u16),
    /// `a=setup` (RFC 4145 §4).
    Setup(Setup),
    /// `a=simulcast` (RFC 8853 §5.1).
    Simulcast(Simulcast),
    /// `a=ssrc` (RFC 5576 §4.1).
    Ssrc(Ssrc),
    /// `a=ssrc-group` (RFC 5576 §4.2).
    SsrcGroup(SsrcGroup),
    /// `a=tls-id` (RFC 8842 §4).
    TlsId(String),
    /// Any other attribute, and those of the above that are malformed.
    Other {
        /// What stands before the first colon.
        name: String,
        /// What stands after it, if there is one.
        value: Option<String>,
    },
}

impl Attribute {
    /// An attribute that has no variant here.
    pub fn other(name: impl Into<String>, value: Option<&str>) -> Self {
        Self::Other { name: name.into(), value: value.map(String::from) }
    }

    /// Reads the text after `a=`.
    ///
    /// # Errors
    /// If the attribute is one that matters and its value is malformed, or if `text` is no single
    /// line. The error's line is 1, and columns count from the start of `text`.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        check_text(text)
            .and_then(|()| Self::read(Cursor::new(text)))
            .map_err(|fault| fault.locate(1, text))
    }

    /// Whether the attribute can be written as one line that reads back as the same attribute.
    ///
    /// # Errors
    /// If a value holds a line break or a NUL, or anything else that its grammar forbids. The
    /// error's line is 1.
    pub fn check(&self) -> Result<(), BuildError> {
        check_line(1, self, |text| Self::read(Cursor::new(text)))
    }

    /// What stands before the colon.
    pub fn name(&self) -> &str {
        match self {
            Self::BundleOnly => "bundle-only",
            Self::Candidate(_) => "candidate",
            Self::Direction(direction) => direction.name(),
            Self::EndOfCandidates => "end-of-candidates",
            Self::Extmap(_) => "extmap",
            Self::ExtmapAllowMixed => "extmap-allow-mixed",
            Self::Fingerprint(_) => "fingerprint",
            Self::Fmtp(_) => "fmtp",
            Self::Group(_) => "group",
            Self::IceLite => "ice-lite",
            Self::IceOptions(_) => "ice-options",
            Self::IcePwd(_) => "ice-pwd",
            Self::IceUfrag(_) => "ice-ufrag",
            Self::MaxMessageSize(_) => "max-message-size",
            Self::Mid(_) => "mid",
            Self::Msid(_) => "msid",
            Self::Rid(_) => "rid",
            Self::Rtcp(_) => "rtcp",
            Self::RtcpFb(_) => "rtcp-fb",
            Self::RtcpMux => "rtcp-mux",
            Self::RtcpMuxOnly => "rtcp-mux-only",
            Self::RtcpRsize => "rtcp-rsize",
            Self::Rtpmap(_) => "rtpmap",
            Self::SctpPort(_) => "sctp-port",
            Self::Setup(_) => "setup",
            Self::Simulcast(_) => "simulcast",
            Self::Ssrc(_) => "ssrc",
            Self::SsrcGroup(_) => "ssrc-group",
            Self::TlsId(_) => "tls-id",
            Self::Other { name, .. } => name,
        }
    }

    pub(crate) fn read(line: Cursor<'_>) -> Result<Self, Fault> {
        let mut value = line;
        let has_value = line.rest().contains(':');
        let name = value.take_until(':').rest();
        let known = if has_value { Self::valued(name, value) } else { Self::flag(name) };
        match known {
            Some(Ok(attribute)) => Ok(attribute),
            Some(Err(fault)) if matters(name) => Err(fault),
            None if !has_value && matters(name) => {
                Err(value.fault(Reason::Missing(Field::AttributeValue)))
            }
            // rfc8866 §5.13: attributes that are not understood are ignored.
            _ => Ok(Self::other(name, has_value.then_some(value.rest()))),
        }
    }

    /// An attribute that is a name and nothing else.
    fn flag(name: &str) -> Option<Result<Self, Fault>> {
        Some(Ok(match name {
            "bundle-only" => Self::BundleOnly,
            "end-of-candidates" => Self::EndOfCandidates,
            "extmap-allow-mixed" => Self::ExtmapAllowMixed,
            "ice-lite" => Self::IceLite,
            "rtcp-mux" => Self::RtcpMux,
            "rtcp-mux-only" => Self::RtcpMuxOnly,
            "rtcp-rsize" => Self::RtcpRsize,
            _ => return Direction::parse(Cursor::new(name)).ok().map(|it| Ok(it.into())),
        }))
    }

    /// An attribute with a value.
    fn valued(name: &str, value: Cursor<'_>) -> Option<Result<Self, Fault>> {
        Some(match name {
            "candidate" => value.text(Field::Candidate).map(|it| Self::Candidate(it.into())),
            "extmap" => Extmap::parse(value).map(Self::Extmap),
            "fingerprint" => Fingerprint::parse(value).map(Self::Fingerprint),
            "fmtp" => Fmtp::parse(value).map(Self::Fmtp),
            "group" => Group::parse(value).map(Self::Group),
            "ice-options" => ice_options(value).map(Self::IceOptions),
            "ice-pwd" => ice_chars(value, 22, Field::IcePwd).map(Self::IcePwd),
            "ice-ufrag" => ice_chars(value, 4, Field::IceUfrag).map(Self::IceUfrag),
            "max-message-size" => value.number(Field::MaxMessageSize).map(Self::MaxMessageSize),
            "mid" => value.token(Field::Mid).map(|it| Self::Mid(it.into())),
            "msid" => Msid::parse(value).map(Self::Msid),
            "rid" => Rid::parse(value).map(Self::Rid),
            "rtcp" => Rtcp::parse(value).map(Self::Rtcp),
            "rtcp-fb" => RtcpFb::parse(value).map(Self::RtcpFb),
            "rtpmap" => Rtpmap::parse(value).map(Self::Rtpmap),
            // rfc8841 §5.2: 0 to 65535 without leading zeros.
            "sctp-port" => value.number(Field::SctpPort).map(Self::SctpPort),
            "setup" => Setup::parse(value).map(Self::Setup),
            "simulcast" => Simulcast::parse(value).map(Self::Simulcast),
            "ssrc" => Ssrc::parse(value).map(Self::Ssrc),
            "ssrc-group" => SsrcGroup::parse(value).map(Self::SsrcGroup),
            "tls-id" => value.token(Field::TlsId).map(|it| Self::TlsId(it.into())),
            _ => return None,
        })
    }
}

/// Whether to refuse the description if the attribute is malformed: guessing at one of these, or
/// doing without it, would connect to the wrong peer, insecurely, or not at all.
fn matters(name: &str) -> bool {
    matches!(
        name,
        "extmap"
            | "fingerprint"
            | "group"
            | "ice-pwd"
            | "ice-ufrag"
            | "max-message-size"
            | "mid"
            | "rtpmap"
            | "sctp-port"
            | "setup"
    )
}

/// RFC 8839 §5.4: `shortest` to 256 letters, digits, `+` and `/`.
fn ice_chars(value: Cursor<'_>, shortest: usize, field: Field) -> Result<String, Fault> {
    let text = value.text(field)?;
    let is_ice = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if !text.bytes().all(is_ice) {
        return Err(value.fault(Reason::Malformed(field)));
    }
    if !(shortest..=256).contains(&text.len()) {
        return Err(value.fault(Reason::OutOfRange(field)));
    }
    Ok(text.into())
}

fn ice_options(value: Cursor<'_>) -> Result<Vec<String>, Fault> {
    value.text(Field::IceOption)?;
    value.words().map(|word| word.text(Field::IceOption).map(String::from)).collect()
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::BundleOnly
            | Self::Direction(_)
            | Self::EndOfCandidates
            | Self::ExtmapAllowMixed
            | Self::IceLite
            | Self::RtcpMux
            | Self::RtcpMuxOnly
            | Self::RtcpRsize
            | Self::Other { value: None, .. } => Ok(()),
            Self::Candidate(value)
            | Self::IcePwd(value)
            | Self::IceUfrag(value)
            | Self::Mid(value)
            | Self::TlsId(value)
            | Self::Other { value: Some(value), .. } => write!(f, ":{value}"),
            Self::Extmap(value) => write!(f, ":{value}"),
            Self::Fingerprint(value) => write!(f, ":{value}"),
            Self::Fmtp(value) => write!(f, ":{value}"),
            Self::Group(value) => write!(f, ":{value}"),
            Self::IceOptions(value) => write!(f, ":{}", value.join(" ")),
            Self::MaxMessageSize(value) => write!(f, ":{value}"),
            Self::Msid(value) => write!(f, ":{value}"),
            Self::Rid(value) => write!(f, ":{value}"),
            Self::Rtcp(value) => write!(f, ":{value}"),
            Self::RtcpFb(value) => write!(f, ":{value}"),
            Self::Rtpmap(value) => write!(f, ":{value}"),
            Self::SctpPort(value) => write!(f, ":{value}"),
            Self::Setup(value) => write!(f, ":{value}"),
            Self::Simulcast(value) => write!(f, ":{value}"),
            Self::Ssrc(value) => write!(f, ":{value}"),
            Self::SsrcGroup(value) => write!(f, ":{value}"),
        }
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        // `crypto` (RFC 4568) carries SRTP keys in the clear.
        if matches!(name, "ice-pwd" | "crypto") {
            return write!(f, "a={name}:(hidden)");
        }
        write!(f, "a={}", self.to_string().escape_debug())
    }
}

macro_rules! from {
    ($($name:ident),*) => {$(
        impl From<$name> for Attribute {
            fn from(value: $name) -> Self {
                Self::$name(value)
            }
        }
    )*};
}

from!(Direction, Extmap, Fingerprint, Fmtp, Group, Msid, Rid, Rtcp, RtcpFb, Rtpmap);
from!(Setup, Simulcast, Ssrc, SsrcGroup);
