//! What the terminal shows: who came, what was refused, how it ended.
//!
//! Strangers decide how much there is to say, so lines come at a limited rate, those about
//! refusals apart from those about sessions: a flood of one does not hide the other.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::limits;
use crate::rate::{Bucket, Rate};
use crate::source::Ends;

/// Writes lines to standard error.
#[derive(Debug)]
pub(crate) struct Log {
    refusals: Mutex<Lines>,
    sessions: Mutex<Lines>,
}

/// Lines of one kind.
#[derive(Debug)]
struct Lines {
    bucket: Bucket,
    left_out: u64,
}

impl Default for Log {
    fn default() -> Self {
        let lines = |at_once, interval| Mutex::new(Lines::new(Rate { at_once, interval }));
        Self {
            refusals: lines(limits::REFUSAL_LINES, Duration::from_secs(1)),
            sessions: lines(limits::SESSION_LINES, Duration::from_millis(100)),
        }
    }
}

impl Log {
    pub(crate) fn refused(&self, ends: Ends, sentence: &str) {
        let line = || format!("Refused {}: {sentence}", ends.remote);
        write(&self.refusals, line);
    }

    /// Says something about a session; what follows a line break is indented.
    pub(crate) fn session(&self, number: u64, what: impl fmt::Display) {
        write(&self.sessions, || format!("Session {number} {what}"));
    }

    pub(crate) fn trouble(&self, what: impl fmt::Display) {
        write(&self.refusals, || what.to_string());
    }
}

fn write(lines: &Mutex<Lines>, line: impl FnOnce() -> String) {
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(line) = lines.next(Instant::now(), line) {
        // Nobody reads any more, perhaps; that is no reason to stop serving.
        let _ = writeln!(io::stderr(), "{line}");
    }
}

impl Lines {
    fn new(rate: Rate) -> Self {
        Self { bucket: Bucket::new(rate), left_out: 0 }
    }

    /// The line as it is to be shown, if it is.
    fn next(&mut self, now: Instant, line: impl FnOnce() -> String) -> Option<String> {
        if !self.bucket.may(now) {
            self.left_out += 1;
            return None;
        }
        let line = line();
        let mut shown: Vec<String> = line.lines().map(escaped).collect();
        if self.left_out > 0 {
            shown.push(format!("({} lines like this were left out before it.)", self.left_out));
            self.left_out = 0;
        }
        Some(shown.join("\n  "))
    }
}

/// Without characters that a terminal would act on.
fn escaped(line: &str) -> String {
    let needs_escape = |c: char| c.is_control() || c.escape_debug().count() > 2;
    line.chars().fold(String::with_capacity(line.len()), |mut shown, c| {
        if needs_escape(c) {
            shown.extend(c.escape_default())
        } else {
            shown.push(c)
        }
        shown
    })
}

/// Somebody else's string: in quotes, escaped, and not longer than is of use.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(limits::QUOTED).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("{shown:?}")
}

/// A duration for people.
pub(crate) fn seconds(duration: Duration) -> impl fmt::Display {
    let seconds = duration.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.2} s") } else { format!("{seconds:.0} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        // Q14
        for (text, shown) in [
            ("plain – Zürich", "\"plain – Zürich\""),
            ("a\r\nSession 1 ended", "\"a\\r\\nSession 1 ended\""),
            ("\u{1b}[2J", "\"\\u{1b}[2J\""),
            ("\u{202e}gnp", "\"\\u{202e}gnp\""),
            ("say \"no\"", "\"say \\\"no\\\"\""),
        ] {
            assert_eq!(quoted(text), shown);
        }
        assert_eq!(
            escaped("a\u{1b}\u{9b}\u{202e}b \"c\" 'd' \\"),
            "a\\u{1b}\\u{9b}\\u{202e}b \"c\" 'd' \\"
        );
    }

    #[test]
    fn one_character_past_the_limit_is_left_out() {
        assert_eq!(quoted(&"é".repeat(limits::QUOTED)).chars().count(), limits::QUOTED + 2);
        let long = quoted(&"é".repeat(limits::QUOTED + 1));
        assert!(long.ends_with("é…\"") && long.chars().count() == limits::QUOTED + 3, "{long}");
    }

    #[test]
    fn lines_past_the_rate_are_counted_and_the_next_one_says_so() {
        let mut lines = Lines::new(Rate { at_once: 2, interval: Duration::from_secs(1) });
        let start = Instant::now();
        let mut next = |now, line: &str| lines.next(now, || line.to_owned());
        assert_eq!(next(start, "a"), Some("a".to_owned()));
        assert_eq!(next(start, "b\nc\u{7}"), Some("b\n  c\\u{7}".to_owned()));
        assert_eq!((next(start, "d"), next(start, "e")), (None, None));
        let later = next(start + Duration::from_secs(1), "f").unwrap();
        assert!(later.starts_with("f\n") && later.contains("(2 lines"), "{later}");
    }
}
