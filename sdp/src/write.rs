//! Writes a description, and makes sure that it says what was meant.

use alloc::string::{String, ToString};
use core::fmt::{self, Write};

use crate::attribute::Attribute;
use crate::cursor::{Cursor, Fault};
use crate::error::{BuildError, BuildReason, Reason};
use crate::lexer::is_forbidden;
use crate::limits::{Limit, MAX_LINE};
use crate::line::Line;
use crate::media::{Media, MediaLine};
use crate::origin::Origin;
use crate::parser::{MEDIA_LETTERS, SESSION_LETTERS, parse};
use crate::session::Session;

/// Writes the lines. Nothing that a value holds can end a line.
pub(crate) fn display(session: &Session, out: &mut dyn Write) -> fmt::Result {
    line(out, format_args!("v=0"))?;
    line(out, format_args!("o={}", session.origin))?;
    line(out, format_args!("s={}", session.name))?;
    section(out, &session.lines, &session.attributes)?;
    for media in &session.media {
        line(out, format_args!("m={}", MediaLine(media)))?;
        section(out, &media.lines, &media.attributes)?;
    }
    Ok(())
}

fn section(out: &mut dyn Write, lines: &[Line], attributes: &[Attribute]) -> fmt::Result {
    for it in lines {
        line(out, format_args!("{it}"))?;
    }
    for attribute in attributes {
        line(out, format_args!("a={attribute}"))?;
    }
    Ok(())
}

fn line(out: &mut dyn Write, content: fmt::Arguments<'_>) -> fmt::Result {
    OneLine(out).write_fmt(content)?;
    out.write_str("\r\n")
}

/// Leaves out what cannot stand inside a line.
struct OneLine<'a>(&'a mut dyn Write);

impl Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.split(is_forbidden).try_for_each(|part| self.0.write_str(part))
    }
}

/// Writes the description after checking each line of it.
pub(crate) fn write(session: &Session) -> Result<String, BuildError> {
    check(session)?;
    let text = session.to_string();
    // What is left to find is what no single line shows: a missing t=, and the limits.
    match parse(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            Err(BuildError { line: error.line, reason: BuildReason::Unreadable(error.reason) })
        }
    }
}

fn check(session: &Session) -> Result<(), BuildError> {
    check_line(2, &session.origin, |text| Origin::parse(Cursor::new(text)))?;
    check_line(3, &session.name, |text| Ok(String::from(text)))?;
    let mut number = 4;
    check_section(&mut number, &session.lines, &session.attributes, SESSION_LETTERS)?;
    for media in &session.media {
        check_line(number, &MediaLine(media), |text| Media::parse(Cursor::new(text)))?;
        number = number.saturating_add(1);
        check_section(&mut number, &media.lines, &media.attributes, MEDIA_LETTERS)?;
    }
    Ok(())
}

fn check_section(
    number: &mut usize,
    lines: &[Line],
    attributes: &[Attribute],
    letters: &str,
) -> Result<(), BuildError> {
    for line in lines {
        check_line(*number, line, |text| Line::read(text, letters))?;
        *number = number.saturating_add(1);
    }
    for attribute in attributes {
        check_line(*number, attribute, |text| Attribute::read(Cursor::new(text)))?;
        *number = number.saturating_add(1);
    }
    Ok(())
}

/// Whether `value`, written as one line, reads back as itself.
pub(crate) fn check_line<T: fmt::Display + PartialEq<U>, U>(
    line: usize,
    value: &T,
    read: impl FnOnce(&str) -> Result<U, Fault>,
) -> Result<(), BuildError> {
    let fail = |reason| BuildError { line, reason };
    let text = value.to_string();
    if text.contains(is_forbidden) {
        return Err(fail(BuildReason::LineBreak));
    }
    // Two for the letter and the equals sign.
    if text.len().saturating_add(2) > MAX_LINE {
        return Err(fail(BuildReason::Unreadable(Reason::Limit(Limit::Line))));
    }
    match read(&text) {
        Ok(same) if *value == same => Ok(()),
        Ok(_) => Err(fail(BuildReason::Ambiguous)),
        Err(fault) => Err(fail(BuildReason::Unreadable(fault.reason()))),
    }
}
