//! What a path can be told, as values and as lines of text.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::{FromStr, SplitWhitespace};
use std::time::Duration;

use crate::emulator::Side;
use crate::link::{LinkSettings, Mtu, Rate, Share};
use crate::nat::{Dependence, NatSettings};

/// Something that a path can be told; [`mod@crate::script`] has the text of each.
///
/// ```
/// use lariat_path::{Command, LinkChange, Share, Side};
///
/// let command: Command = "loss 1% from a".parse()?;
/// let change = LinkChange::Loss(Share::percent(1.0));
/// assert_eq!(command, Command::Link { from: Some(Side::A), change });
/// # Ok::<(), lariat_path::CommandError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// A link changes: that away from a side, or both.
    Link {
        /// The side, if not both.
        from: Option<Side>,
        /// What changes.
        change: LinkChange,
    },
    /// The NAT of a side changes.
    Nat {
        /// The side.
        side: Side,
        /// What changes.
        change: NatChange,
    },
}

/// One setting of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkChange {
    /// [`LinkSettings::delay`].
    Delay(Duration),
    /// [`LinkSettings::jitter`].
    Jitter(Duration),
    /// [`LinkSettings::loss`].
    Loss(Share),
    /// [`LinkSettings::reorder`] and for how long.
    Reorder(Share, Duration),
    /// [`LinkSettings::duplicate`].
    Duplicate(Share),
    /// [`LinkSettings::rate`].
    Rate(Option<Rate>),
    /// [`LinkSettings::mtu`].
    Mtu(Option<Mtu>),
    /// [`LinkSettings::is_up`].
    Up(bool),
}

impl LinkChange {
    pub(crate) const fn apply(self, settings: &mut LinkSettings) {
        match self {
            Self::Delay(delay) => settings.delay = delay,
            Self::Jitter(jitter) => settings.jitter = jitter,
            Self::Loss(loss) => settings.loss = loss,
            Self::Reorder(share, held_back) => {
                settings.reorder = share;
                settings.held_back = held_back;
            }
            Self::Duplicate(share) => settings.duplicate = share,
            Self::Rate(rate) => settings.rate = rate,
            Self::Mtu(mtu) => settings.mtu = mtu,
            Self::Up(is_up) => settings.is_up = is_up,
        }
    }
}

/// What happens to a NAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatChange {
    /// There is one from now on, of this kind. The mappings of one that was there stay.
    Place(NatSettings),
    /// There is none.
    Remove,
    /// Every mapping gets another port outside.
    Rebind,
    /// All mappings are gone.
    Forget,
    /// All mappings move to this address outside.
    MoveTo(Ipv4Addr),
}

/// A line that says nothing a path understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError(String);

impl CommandError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CommandError {}

impl FromStr for Command {
    type Err = CommandError;

    fn from_str(line: &str) -> Result<Self, CommandError> {
        let (line, from) = match line.rsplit_once(" from ") {
            Some((line, side)) => (line, Some(side_of(Some(side.trim()))?)),
            None => (line, None),
        };
        let mut words = line.split_whitespace();
        let verb = words.next().unwrap_or_default();
        let command = if let Some(change) = link_change(verb, &mut words)? {
            Self::Link { from, change }
        } else if from.is_none() {
            let side = side_of(words.next())?;
            Self::Nat { side, change: nat_change(side, verb, &mut words)? }
        } else {
            return Err(CommandError(format!("{verb:?} has no direction")));
        };
        match words.next() {
            None => Ok(command),
            Some(more) => Err(CommandError(format!("{more:?} is too much for {verb:?}"))),
        }
    }
}

fn link_change(
    verb: &str,
    words: &mut SplitWhitespace<'_>,
) -> Result<Option<LinkChange>, CommandError> {
    Ok(Some(match verb {
        "delay" => LinkChange::Delay(next(words, duration)?),
        "jitter" => LinkChange::Jitter(next(words, duration)?),
        "loss" => LinkChange::Loss(next(words, share)?),
        "duplicate" => LinkChange::Duplicate(next(words, share)?),
        "reorder" => {
            let share = next(words, share)?;
            let by = match words.next() {
                Some("by") => next(words, duration)?,
                Some(other) => return Err(CommandError(format!("{other:?} is not \"by\""))),
                None => LinkSettings::default().held_back,
            };
            LinkChange::Reorder(share, by)
        }
        "rate" => LinkChange::Rate(rate(words)?),
        "mtu" => LinkChange::Mtu(mtu(words)?),
        "up" => LinkChange::Up(true),
        "down" => LinkChange::Up(false),
        _ => return Ok(None),
    }))
}

fn rate(words: &mut SplitWhitespace<'_>) -> Result<Option<Rate>, CommandError> {
    let word = next(words, |word| Some(word.to_owned()))?;
    if word == "none" {
        return Ok(None);
    }
    let bits_per_second = bits_per_second(&word).ok_or_else(|| not("a rate", &word))?;
    let mut rate = Rate { bits_per_second, queue: usize::MAX, mark: None };
    while let Some(word) = words.next() {
        match word {
            "queue" => rate.queue = next(words, bytes)?,
            "mark" => rate.mark = Some(next(words, bytes)?),
            other => return Err(not("\"queue\" or \"mark\"", other)),
        }
    }
    if rate.queue == usize::MAX {
        return Err(CommandError("a rate has a queue".to_owned()));
    }
    Ok(Some(rate))
}

fn mtu(words: &mut SplitWhitespace<'_>) -> Result<Option<Mtu>, CommandError> {
    let word = next(words, |word| Some(word.to_owned()))?;
    if word == "none" {
        return Ok(None);
    }
    let bytes = bytes(&word).ok_or_else(|| not("a number of bytes", &word))?;
    let tells = match words.next() {
        None => true,
        Some("silent") => false,
        Some(other) => return Err(not("\"silent\"", other)),
    };
    Ok(Some(Mtu { bytes, tells }))
}

fn nat_change(
    side: Side,
    verb: &str,
    words: &mut SplitWhitespace<'_>,
) -> Result<NatChange, CommandError> {
    match verb {
        "rebind" => Ok(NatChange::Rebind),
        "forget" => Ok(NatChange::Forget),
        "move" => Ok(NatChange::MoveTo(next(words, |word| word.parse().ok())?)),
        "nat" => {
            let mut settings = NatSettings::new(outside(side));
            while let Some(word) = words.next() {
                match word {
                    "none" => return Ok(NatChange::Remove),
                    "map" => settings.mapping = next(words, dependence)?,
                    "filter" => settings.filtering = next(words, dependence)?,
                    "lifetime" => settings.lifetime = next(words, duration)?,
                    other => return Err(not("\"map\", \"filter\" or \"lifetime\"", other)),
                }
            }
            Ok(NatChange::Place(settings))
        }
        other => Err(CommandError(format!("there is no {other:?}"))),
    }
}

/// What a NAT's address outside is at first.
pub(crate) const fn outside(side: Side) -> Ipv4Addr {
    match side {
        Side::A => Ipv4Addr::new(203, 0, 113, 1),
        Side::B => Ipv4Addr::new(203, 0, 113, 2),
    }
}

fn side_of(word: Option<&str>) -> Result<Side, CommandError> {
    match word {
        Some("a") => Ok(Side::A),
        Some("b") => Ok(Side::B),
        other => Err(not("a side, \"a\" or \"b\"", other.unwrap_or_default())),
    }
}

fn dependence(word: &str) -> Option<Dependence> {
    match word {
        "any" => Some(Dependence::EndpointIndependent),
        "address" => Some(Dependence::AddressDependent),
        "port" => Some(Dependence::AddressAndPortDependent),
        _ => None,
    }
}

fn next<T>(
    words: &mut SplitWhitespace<'_>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, CommandError> {
    let word = words.next().ok_or_else(|| CommandError("something is missing".to_owned()))?;
    read(word).ok_or_else(|| CommandError(format!("{word:?} is not what belongs here")))
}

fn not(wanted: &str, word: &str) -> CommandError {
    CommandError(format!("{word:?} is not {wanted}"))
}

/// A number with one of these units behind it, in multiples of the last unit.
fn quantity(word: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (unit, factor) = units.iter().find(|(unit, _)| word.ends_with(unit))?;
    let number: f64 = word.strip_suffix(unit)?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number * factor)
}

/// Such as `30ms`.
pub(crate) fn duration(word: &str) -> Option<Duration> {
    let seconds = quantity(word, &[("ms", 1e-3), ("us", 1e-6), ("s", 1.0)])?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn share(word: &str) -> Option<Share> {
    let percent = quantity(word, &[("%", 1.0)])?;
    (percent <= 100.0).then(|| Share::percent(percent))
}

fn bits_per_second(word: &str) -> Option<u64> {
    let bits = quantity(word, &[("kbit", 1e3), ("mbit", 1e6), ("gbit", 1e9)])?;
    Some(bits as u64).filter(|bits| *bits > 0)
}

fn bytes(word: &str) -> Option<usize> {
    let units = [("kB", 1e3), ("MB", 1e6), ("B", 1.0), ("", 1.0)];
    quantity(word, &units).map(|bytes| bytes as usize)
}

#[cfg(test)]
mod tests;
