//! What a path is told and when, as text.
//!
//! One command per line. `#` starts a comment. A line that starts with `at` and a time from the
//! start waits for it; the others hold at once.
//!
//! ```text
//! delay 30ms                      both ways; `delay 30ms from a` one way, as with all of these
//! jitter 5ms                      up to so much more, without changing the order
//! loss 1%                         duplicate 0.1%
//! reorder 2% by 10ms              so many are held back for so long
//! rate 20mbit queue 150kB mark 50kB       rate none
//! mtu 600                         mtu 600 silent      mtu none
//! nat a map any filter port lifetime 300s nat a none
//! at 10s rebind a                 another port outside for every mapping
//! at 20s forget a                 no mapping any more
//! at 25s move a 203.0.113.9       another address outside
//! at 30s down                     at 33s up
//! ```
//!
//! A mapping and a filter of a NAT depend on nothing of the other end (`any`), on its `address`, or
//! on its `port` too.

use std::time::Duration;

use lariat_base::Instant;

use crate::command::{Command, CommandError, duration};

/// Commands, each with the time that it waits for.
///
/// ```
/// use std::time::Duration;
/// use lariat_base::Instant;
/// use lariat_path::Script;
///
/// let mut script = Script::parse("delay 30ms\nat 10s rebind a  # as NATs do")?;
/// assert_eq!(script.next(Instant::ZERO), Some("delay 30ms".parse()?));
/// assert_eq!(script.next(Instant::ZERO), None);
/// assert_eq!(script.poll_timeout(), Some(Instant::ZERO + Duration::from_secs(10)));
/// # Ok::<(), lariat_path::CommandError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// In order.
    steps: Vec<(Duration, Command)>,
}

impl Script {
    /// Reads a script.
    ///
    /// # Errors
    ///
    /// The first line that is not understood, with its number.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let mut script = Self::default();
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            let step = step(line).map_err(|e| CommandError::new(format!("line {number}: {e}")))?;
            script.steps.extend(step);
        }
        script.steps.sort_by_key(|(at, _)| *at);
        Ok(script)
    }

    /// Adds what a line says, to be done at its time, or at once if it names none.
    ///
    /// # Errors
    ///
    /// If it is not understood; nothing is added then.
    pub fn add_line(&mut self, line: &str) -> Result<(), CommandError> {
        if let Some((at, command)) = step(line)? {
            self.add(at, command);
        }
        Ok(())
    }

    /// Adds a command, to be done that long after the start.
    pub fn add(&mut self, at: Duration, command: Command) {
        let place = self.steps.partition_point(|(other, _)| *other <= at);
        self.steps.insert(place, (at, command));
    }

    /// Adds the steps of another script, counted from the same start.
    pub fn append(&mut self, other: Self) {
        for (at, command) in other.steps {
            self.add(at, command);
        }
    }

    /// Takes the next command whose time has come, counted from [`Instant::ZERO`].
    pub fn next(&mut self, now: Instant) -> Option<Command> {
        let is_due = self.poll_timeout()? <= now;
        is_due.then(|| self.steps.remove(0).1)
    }

    /// When the next command is to be done.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.steps.first().map(|(at, _)| Instant::ZERO + *at)
    }
}

/// What a line says; nothing if it is empty.
fn step(line: &str) -> Result<Option<(Duration, Command)>, CommandError> {
    let line = line.split('#').next().unwrap_or_default().trim();
    if line.is_empty() {
        return Ok(None);
    }
    let Some(rest) = line.strip_prefix("at ") else {
        return Ok(Some((Duration::ZERO, line.parse()?)));
    };
    let (time, command) = rest.trim_start().split_once(' ').unwrap_or((rest, ""));
    let time = duration(time).ok_or_else(|| CommandError::new(format!("{time:?} is no time")))?;
    Ok(Some((time, command.parse()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Option<Command> {
        Some(line.parse().unwrap())
    }

    #[test]
    fn commands_come_at_their_times_and_in_their_order() {
        let text = "at 2s up\n\n# nothing\nat 1s down\ndelay 30ms\nloss 1% # at once\n";
        let mut script = Script::parse(text).unwrap();
        assert_eq!(script.next(Instant::ZERO), command("delay 30ms"));
        assert_eq!(script.next(Instant::ZERO), command("loss 1%"));
        assert_eq!(script.next(Instant::from_millis(999)), None);
        assert_eq!(script.poll_timeout(), Some(Instant::from_millis(1_000)));
        assert_eq!(script.next(Instant::from_millis(5_000)), command("down"));
        assert_eq!(script.next(Instant::from_millis(5_000)), command("up"));
        assert_eq!(script.poll_timeout(), None);
    }

    #[test]
    fn a_line_can_be_added_later() {
        let mut script = Script::parse("at 2s up").unwrap();
        script.add_line("at 1s down").unwrap();
        script.add_line("  # nothing").unwrap();
        assert_eq!(script.next(Instant::from_millis(1_000)), command("down"));
        assert!(script.add_line("at once down").is_err());
        assert_eq!(script.next(Instant::from_millis(9_000)), command("up"));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named() {
        let error = Script::parse("delay 30ms\nsing").unwrap_err();
        assert!(error.to_string().starts_with("line 2: "), "{error}");
    }
}
