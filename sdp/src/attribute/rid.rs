//! Restricted streams and simulcast.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::cursor::{Cursor, Fault};
use crate::error::{Field, Reason};

/// The way a `rid` goes, from the view of whoever wrote the description.
///
/// ```
/// use lariat_sdp::RidDirection;
///
/// assert_eq!(RidDirection::Send.to_string(), "send");
/// assert_eq!(RidDirection::Send.reversed(), RidDirection::Recv);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RidDirection {
    /// The writer sends it.
    Send,
    /// The writer receives it.
    Recv,
}

impl RidDirection {
    /// The same direction seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Send => Self::Recv,
            Self::Recv => Self::Send,
        }
    }

    fn parse(value: Cursor<'_>, field: Field) -> Result<Self, Fault> {
        match value.text(field)? {
            "send" => Ok(Self::Send),
            "recv" => Ok(Self::Recv),
            _ => Err(value.fault(Reason::Malformed(field))),
        }
    }
}

impl fmt::Display for RidDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Send => "send",
            Self::Recv => "recv",
        })
    }
}

/// `a=rid` (RFC 8851 §4): a stream that keeps to restrictions.
///
/// ```text
/// rid:<id> <send or recv>[ [pt=<payload type>,..;]<name>[=<value>];..]
/// ```
///
/// ```
/// use lariat_sdp::{Rid, RidDirection};
///
/// assert_eq!(Rid::new("h", RidDirection::Send).to_string(), "h send");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rid {
    /// Letters, digits, `-` and `_`.
    pub id: String,
    /// Whether the writer sends or receives it.
    pub direction: RidDirection,
    /// The payload types it may use, 0 to 127 each. None listed means all of the media
    /// description.
    pub payload_types: Vec<u8>,
    /// Name and value of each restriction, `max-width` and so on.
    pub restrictions: Vec<(String, Option<String>)>,
}

impl Rid {
    /// A stream without restrictions.
    pub fn new(id: impl Into<String>, direction: RidDirection) -> Self {
        Self { id: id.into(), direction, payload_types: Vec::new(), restrictions: Vec::new() }
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let id = rid_id(value.word(), Field::RidId)?;
        // A separator with nothing behind it would be lost: rfc8851 §10 has none.
        let is_bare = !value.rest().contains(' ');
        let direction = RidDirection::parse(value.word(), Field::Direction)?;
        let mut rid = Self::new(id, direction);
        if is_bare {
            return Ok(rid);
        }
        if value.take_prefix("pt=") {
            let is_all = !value.rest().contains(';');
            for payload_type in value.take_until(';').split(',') {
                rid.payload_types.push(payload_type.payload_type()?);
            }
            if is_all {
                return Ok(rid);
            }
        }
        for restriction in value.split(';') {
            rid.restrictions.push(parse_restriction(restriction)?);
        }
        Ok(rid)
    }
}

fn parse_restriction(mut text: Cursor<'_>) -> Result<(String, Option<String>), Fault> {
    let has_value = text.rest().contains('=');
    let name = text.take_until('=');
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !name.text(Field::RidRestriction)?.bytes().all(is_name) {
        return Err(name.fault(Reason::Malformed(Field::RidRestriction)));
    }
    Ok((name.rest().into(), has_value.then(|| text.rest().into())))
}

// rfc8851 §10: rid-id = 1*(alpha-numeric / "-" / "_")
fn rid_id(text: Cursor<'_>, field: Field) -> Result<&str, Fault> {
    let is_id = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if text.text(field)?.bytes().all(is_id) {
        Ok(text.rest())
    } else {
        Err(text.fault(Reason::Malformed(field)))
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.direction)?;
        let mut separator = " ";
        for (index, payload_type) in self.payload_types.iter().enumerate() {
            let before = if index == 0 { " pt=" } else { "," };
            write!(f, "{before}{payload_type}")?;
            separator = ";";
        }
        for (name, value) in &self.restrictions {
            write!(f, "{separator}{name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
            separator = ";";
        }
        Ok(())
    }
}

/// `a=simulcast` (RFC 8853 §5.1): which restricted streams are versions of the same source.
///
/// ```text
/// simulcast:<send or recv> <stream>[;<stream>]*[ <recv or send> <stream>[;<stream>]*]
/// stream = [~]<rid>[,[~]<rid>]*
/// ```
///
/// ```
/// use lariat_sdp::{RidDirection, Simulcast};
///
/// let simulcast = Simulcast::new(RidDirection::Send, ["h", "m", "l"]);
/// assert_eq!(simulcast.to_string(), "send h;m;l");
/// assert_eq!(simulcast.streams(RidDirection::Send).len(), 3);
/// assert!(simulcast.streams(RidDirection::Recv).is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulcast {
    /// One entry for each direction that occurs, in the order written.
    pub lists: Vec<SimulcastList>,
}

/// The simulcast streams of one direction.
///
/// ```
/// use lariat_sdp::{RidDirection, SimulcastList, SimulcastRid};
///
/// let paused = SimulcastRid { rid: "l".into(), paused: true };
/// let list = SimulcastList { direction: RidDirection::Recv, streams: vec![vec![paused]] };
/// assert_eq!(list.to_string(), "recv ~l");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulcastList {
    /// Whether the writer sends or receives them.
    pub direction: RidDirection,
    /// Each stream with its alternatives, the preferred one first.
    pub streams: Vec<Vec<SimulcastRid>>,
}

/// One alternative of a simulcast stream.
///
/// ```
/// use lariat_sdp::SimulcastRid;
///
/// assert_eq!(SimulcastRid { rid: "h".into(), paused: true }.to_string(), "~h");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulcastRid {
    /// The id of an `a=rid` line.
    pub rid: String,
    /// Whether it starts out paused (written with `~`).
    pub paused: bool,
}

impl Simulcast {
    /// One direction, each stream with one alternative that is not paused.
    pub fn new<S: Into<String>>(
        direction: RidDirection,
        rids: impl IntoIterator<Item = S>,
    ) -> Self {
        let stream = |rid: S| Vec::from([SimulcastRid { rid: rid.into(), paused: false }]);
        let streams = rids.into_iter().map(stream).collect();
        Self { lists: Vec::from([SimulcastList { direction, streams }]) }
    }

    /// The streams of one direction.
    pub fn streams(&self, direction: RidDirection) -> &[Vec<SimulcastRid>] {
        let list = self.lists.iter().find(|list| list.direction == direction);
        list.map_or(&[], |list| &list.streams)
    }

    pub(crate) fn parse(mut value: Cursor<'_>) -> Result<Self, Fault> {
        let first = SimulcastList::parse(value.word(), value.word())?;
        if value.is_empty() {
            return Ok(Self { lists: Vec::from([first]) });
        }
        let direction = value.word();
        let second = SimulcastList::parse(direction, value.word())?;
        value.finish()?;
        // rfc8853 §5.2: a direction occurs once at most.
        if second.direction == first.direction {
            return Err(direction.fault(Reason::Malformed(Field::Simulcast)));
        }
        Ok(Self { lists: Vec::from([first, second]) })
    }
}

impl SimulcastList {
    fn parse(direction: Cursor<'_>, streams: Cursor<'_>) -> Result<Self, Fault> {
        let direction = RidDirection::parse(direction, Field::Simulcast)?;
        let streams = streams
            .split(';')
            .map(|stream| stream.split(',').map(SimulcastRid::parse).collect())
            .collect::<Result<_, _>>()?;
        Ok(Self { direction, streams })
    }
}

impl SimulcastRid {
    fn parse(mut text: Cursor<'_>) -> Result<Self, Fault> {
        let paused = text.take_prefix("~");
        Ok(Self { rid: rid_id(text, Field::Simulcast)?.into(), paused })
    }
}

impl fmt::Display for Simulcast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, list) in self.lists.iter().enumerate() {
            let separator = if index == 0 { "" } else { " " };
            write!(f, "{separator}{list}")?;
        }
        Ok(())
    }
}

impl fmt::Display for SimulcastList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.direction)?;
        for (index, stream) in self.streams.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ";" })?;
            for (index, alternative) in stream.iter().enumerate() {
                let separator = if index == 0 { "" } else { "," };
                write!(f, "{separator}{alternative}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for SimulcastRid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.paused { "~" } else { "" }, self.rid)
    }
}
