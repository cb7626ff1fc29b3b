//! Cuts a description into lines.

use crate::cursor::{Cursor, Fault};
use crate::error::{ParseError, Reason};
use crate::limits::{Limit, MAX_LINE};

/// One line: a letter, `=`, and a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawLine<'a> {
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) letter: char,
    text: &'a str,
}

impl<'a> RawLine<'a> {
    /// What follows the equals sign.
    pub(crate) fn value(self) -> Cursor<'a> {
        Cursor::new(self.text.get(2..).unwrap_or_default())
    }

    /// The error for a fault in this line.
    pub(crate) fn error(self, fault: Fault) -> ParseError {
        fault.locate(self.number, self.text)
    }

    /// The error for the line as a whole.
    pub(crate) const fn refuse(self, reason: Reason) -> ParseError {
        ParseError { line: self.number, column: 1, reason }
    }
}

/// The lines of a description, in order.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    left: &'a str,
    number: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { left: text, number: 0 }
    }

    /// The number of the line after the last one that was returned.
    pub(crate) const fn next_number(&self) -> usize {
        self.number.saturating_add(1)
    }

    /// The next line, or nothing at the end.
    // rfc8866 §5: lines end with CRLF; parsers should accept a single line feed too.
    pub(crate) fn next_line(&mut self) -> Result<Option<RawLine<'a>>, ParseError> {
        // Blank lines at the very end come from people's clipboards and mean nothing.
        if self.left.bytes().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return Ok(None);
        }
        let (text, left) = self.left.split_once('\n').unwrap_or((self.left, ""));
        self.left = left;
        self.number = self.number.saturating_add(1);
        let text = text.strip_suffix('\r').unwrap_or(text);
        check_text(text).map_err(|fault| fault.locate(self.number, text))?;
        let mut chars = text.chars();
        match (chars.next(), chars.next()) {
            (Some(letter), Some('=')) if letter.is_ascii_alphabetic() => {
                Ok(Some(RawLine { number: self.number, letter, text }))
            }
            _ => Err(Cursor::new(text).fault(Reason::NotALine).locate(self.number, text)),
        }
    }
}

/// Whether `text` may be a line, or what follows the letter of one.
pub(crate) fn check_text(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_LINE {
        return Err(Cursor::new(text).fault(Reason::Limit(Limit::Line)));
    }
    match text.find(is_forbidden).and_then(|at| text.get(at..)) {
        Some(rest) => Err(Cursor::new(rest).fault(Reason::ControlCharacter)),
        None => Ok(()),
    }
}

/// What cannot stand inside a line: it would end it, for us or for somebody else.
pub(crate) const fn is_forbidden(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\0')
}
