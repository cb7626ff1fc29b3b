//! A whole description.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::attribute::{Attribute, Direction, Extmap, Fingerprint, Group, Setup};
use crate::error::{BuildError, ParseError};
use crate::line::Line;
use crate::media::Media;
use crate::origin::Origin;
use crate::{parser, write};

/// A session description (RFC 8866 §5): what an offer or an answer says.
///
/// `Display` writes it with CRLF and leaves out any carriage return, line feed or NUL within a
/// value, so that no value becomes a line of its own. [`Session::write`] refuses them instead.
///
/// ```
/// use lariat_sdp::{Attribute, Group, Media, MediaKind, Origin, Session};
/// use lariat_sdp::{FORMAT_DATA_CHANNEL, PROTOCOL_SCTP};
///
/// let mut session = Session::new(Origin::new(4962303333179871722, 1));
/// session.push(Group::bundle(["data"]));
/// let mut media =
///     Media::new(MediaKind::Application, 9, PROTOCOL_SCTP, [FORMAT_DATA_CHANNEL]);
/// media.push(Attribute::Mid("data".into()));
/// media.push(Attribute::SctpPort(5000));
/// session.media.push(media);
///
/// let text = session.write()?;
/// assert_eq!(
///     text,
///     "v=0\r\no=- 4962303333179871722 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n\
///      a=group:BUNDLE data\r\n\
///      m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n\
///      a=mid:data\r\na=sctp-port:5000\r\n"
/// );
/// assert_eq!(Session::parse(&text)?, session);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who made it, and which version it is.
    pub origin: Origin,
    /// Its name, `-` in WebRTC.
    pub name: String,
    /// `t=` and the other lines before the attributes.
    pub lines: Vec<Line>,
    /// The attributes of the session as a whole, in the order written.
    pub attributes: Vec<Attribute>,
    /// The media descriptions, in the order written.
    pub media: Vec<Media>,
}

/// The credentials of ICE (RFC 8839 §5.4). `Debug` hides the password.
///
/// ```
/// use lariat_sdp::IceCredentials;
///
/// let credentials = IceCredentials { ufrag: "T2kl", pwd: "MhNWr3Bqij6Xtjb3ZOr8HsmF" };
/// assert!(!format!("{credentials:?}").contains("MhNW"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct IceCredentials<'a> {
    /// The user name fragment.
    pub ufrag: &'a str,
    /// The password.
    pub pwd: &'a str,
}

impl fmt::Debug for IceCredentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceCredentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

impl Session {
    /// A description without attributes and media, valid for ever.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            name: "-".into(),
            lines: Vec::from([Line::Timing { start: 0, stop: 0 }]),
            attributes: Vec::new(),
            media: Vec::new(),
        }
    }

    /// Reads a description whose lines end with CRLF or LF.
    ///
    /// # Errors
    /// At the first line that is malformed, out of place, or beyond one of the
    /// [`limits`](crate::limits). Unknown attributes are kept, and so are known ones that are
    /// malformed but can be done without (see [`Attribute`]).
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        parser::parse(text)
    }

    /// Reads a description from bytes, a message's body for example, which have to be UTF-8.
    ///
    /// # Errors
    /// As [`Session::parse`], and if the bytes are not UTF-8.
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, ParseError> {
        parser::parse_bytes(bytes)
    }

    /// Writes the description, with CRLF.
    ///
    /// # Errors
    /// If it would not read back as the same description: a value holds a line break, a space where
    /// its grammar has none, or is out of range, or there is more of something than the
    /// [`limits`](crate::limits) allow.
    pub fn write(&self) -> Result<String, BuildError> {
        write::write(self)
    }

    /// Adds an attribute of the session as a whole.
    pub fn push(&mut self, attribute: impl Into<Attribute>) {
        self.attributes.push(attribute.into());
    }

    /// The media descriptions of the first BUNDLE group, by name. None if there is no such group.
    pub fn bundle(&self) -> impl Iterator<Item = &str> {
        let bundle = self.groups().find(|group| group.is_bundle());
        bundle.into_iter().flat_map(|group| &group.mids).map(String::as_str)
    }

    /// The groups of media descriptions.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        all!(self, Group)
    }

    /// The first media description of this name.
    pub fn media_by_mid(&self, mid: &str) -> Option<&Media> {
        self.media.iter().find(|media| media.mid() == Some(mid))
    }

    /// Whether the writer is an ICE lite agent.
    pub fn is_ice_lite(&self) -> bool {
        self.attributes.contains(&Attribute::IceLite)
    }

    /// The credentials for one media description. Nothing if one of the two is missing.
    // rfc8839 §5.4: what stands at the media takes precedence over what stands at the session.
    pub fn ice_credentials<'a>(&'a self, media: &'a Media) -> Option<IceCredentials<'a>> {
        let ufrag = find!(media, IceUfrag).or_else(|| find!(self, IceUfrag))?;
        let pwd = find!(media, IcePwd).or_else(|| find!(self, IcePwd))?;
        Some(IceCredentials { ufrag, pwd })
    }

    /// The ICE options for one media description, those of the session included.
    // rfc8839 §5.6: the attribute may stand at either level.
    pub fn ice_options<'a>(&'a self, media: &'a Media) -> impl Iterator<Item = &'a str> {
        all!(media, IceOptions).chain(all!(self, IceOptions)).flatten().map(String::as_str)
    }

    /// Whether no more candidates will follow for one media description.
    // rfc8840 §8.1: at the session it counts for all media.
    pub fn end_of_candidates(&self, media: &Media) -> bool {
        let end = Attribute::EndOfCandidates;
        media.has(&end) || self.attributes.contains(&end)
    }

    /// The fingerprints for one media description: its own, or else those of the session.
    // rfc8122 §5: those of the media replace those of the session.
    pub fn fingerprints<'a>(&'a self, media: &'a Media) -> impl Iterator<Item = &'a Fingerprint> {
        let own = media.own_fingerprints().next().is_some();
        let attributes = if own { &media.attributes } else { &self.attributes };
        attributes.iter().filter_map(|attribute| match attribute {
            Attribute::Fingerprint(fingerprint) => Some(fingerprint),
            _ => None,
        })
    }

    /// Who opens the DTLS connection of one media description.
    pub fn setup(&self, media: &Media) -> Option<Setup> {
        media.own_setup().or_else(|| find!(self, Setup).copied())
    }

    /// Who sends the media of one media description.
    // rfc8866 §6.7: the session's direction is the default for its media, sendrecv without one.
    pub fn direction(&self, media: &Media) -> Direction {
        media.own_direction().or_else(|| find!(self, Direction).copied()).unwrap_or_default()
    }

    /// The header extensions for one media description: those of the session, then its own.
    pub fn extmaps<'a>(&'a self, media: &'a Media) -> impl Iterator<Item = &'a Extmap> {
        all!(self, Extmap).chain(all!(media, Extmap))
    }

    /// Whether one-byte and two-byte header extensions may be mixed in a media description.
    // rfc8285 §6: at the session it counts for all media.
    pub fn extmap_allow_mixed(&self, media: &Media) -> bool {
        let allow = Attribute::ExtmapAllowMixed;
        media.has(&allow) || self.attributes.contains(&allow)
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write::display(self, f)
    }
}

impl core::str::FromStr for Session {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text)
    }
}
