//! Puts lines together to a description.

use alloc::string::String;
use alloc::vec::Vec;

use crate::attribute::Attribute;
use crate::cursor::{Cursor, Fault};
use crate::error::{Field, ParseError, Reason};
use crate::lexer::{Lexer, RawLine};
use crate::limits::{Limit, MAX_ATTRIBUTES, MAX_BODY, MAX_MEDIA, MAX_OTHER_LINES, MAX_RIDS};
use crate::line::Line;
use crate::media::Media;
use crate::origin::Origin;
use crate::session::Session;

/// The letters of lines that may stand between `s=` and the attributes, besides `k`.
pub(crate) const SESSION_LETTERS: &str = "iuepcbtrz";
/// The letters of lines that may stand between `m=` and the attributes, besides `k`.
pub(crate) const MEDIA_LETTERS: &str = "icb";

pub(crate) fn parse_bytes(bytes: &[u8]) -> Result<Session, ParseError> {
    too_long(bytes.len())?;
    match core::str::from_utf8(bytes) {
        Ok(text) => parse(text),
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = good.iter().filter(|byte| **byte == b'\n').count().saturating_add(1);
            let last = good.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
            // Characters, not bytes: every byte but the continuations of UTF-8 begins one.
            let column = last.iter().filter(|byte| **byte & 0xc0 != 0x80).count().saturating_add(1);
            Err(ParseError { line, column, reason: Reason::NotUtf8 })
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<Session, ParseError> {
    too_long(text.len())?;
    let mut lexer = Lexer::new(text);
    // rfc8866 §5: v=, o= and s= come first, in this order.
    expect(&mut lexer, 'v', |value| {
        let version: u64 = value.digits(Field::Version)?;
        if version == 0 { Ok(()) } else { Err(value.fault(Reason::OutOfRange(Field::Version))) }
    })?;
    let origin = expect(&mut lexer, 'o', Origin::parse)?;
    let name = expect(&mut lexer, 's', |value| Ok(String::from(value.rest())))?;
    let (lines, attributes, media) = (Vec::new(), Vec::new(), Vec::new());
    let session = Session { origin, name, lines, attributes, media };
    let mut parser = Parser { session, attributes: 0, rids: 0, has_time: false };
    while let Some(line) = lexer.next_line()? {
        parser.on_line(line)?;
    }
    // rfc8866 §5.9: at least one t= line.
    if !parser.has_time {
        return Err(missing(&lexer, 't'));
    }
    Ok(parser.session)
}

const fn too_long(length: usize) -> Result<(), ParseError> {
    if length > MAX_BODY {
        return Err(ParseError { line: 1, column: 1, reason: Reason::Limit(Limit::Body) });
    }
    Ok(())
}

/// The next line, which has to have this letter.
fn expect<'a, T>(
    lexer: &mut Lexer<'a>,
    letter: char,
    parse: impl FnOnce(Cursor<'a>) -> Result<T, Fault>,
) -> Result<T, ParseError> {
    match lexer.next_line()? {
        Some(line) if line.letter == letter => {
            parse(line.value()).map_err(|fault| line.error(fault))
        }
        Some(line) => Err(line.refuse(Reason::Expected(letter))),
        None => Err(missing(lexer, letter)),
    }
}

const fn missing(lexer: &Lexer<'_>, letter: char) -> ParseError {
    ParseError { line: lexer.next_number(), column: 1, reason: Reason::Expected(letter) }
}

struct Parser {
    session: Session,
    /// Attributes so far, in all sections.
    attributes: usize,
    /// `a=rid` lines so far, in this section.
    rids: usize,
    has_time: bool,
}

impl Parser {
    fn on_line(&mut self, line: RawLine<'_>) -> Result<(), ParseError> {
        match line.letter {
            'a' => self.on_attribute(line),
            'm' => self.on_media(line),
            _ => self.on_other(line),
        }
    }

    fn on_media(&mut self, line: RawLine<'_>) -> Result<(), ParseError> {
        // Without t= the session's part is incomplete; say so here rather than at the end.
        if !self.has_time {
            return Err(line.refuse(Reason::Expected('t')));
        }
        if self.session.media.len() == MAX_MEDIA {
            return Err(line.refuse(Reason::Limit(Limit::Media)));
        }
        let media = Media::parse(line.value()).map_err(|fault| line.error(fault))?;
        self.session.media.push(media);
        self.rids = 0;
        Ok(())
    }

    fn on_attribute(&mut self, line: RawLine<'_>) -> Result<(), ParseError> {
        self.attributes = self.attributes.saturating_add(1);
        if self.attributes > MAX_ATTRIBUTES {
            return Err(line.refuse(Reason::Limit(Limit::Attributes)));
        }
        let attribute = Attribute::read(line.value()).map_err(|fault| line.error(fault))?;
        if matches!(attribute, Attribute::Rid(_)) {
            self.rids = self.rids.saturating_add(1);
            if self.rids > MAX_RIDS {
                return Err(line.refuse(Reason::Limit(Limit::Rids)));
            }
        }
        match self.session.media.last_mut() {
            Some(media) => media.attributes.push(attribute),
            None => self.session.attributes.push(attribute),
        }
        Ok(())
    }

    fn on_other(&mut self, line: RawLine<'_>) -> Result<(), ParseError> {
        let (lines, attributes, allowed) = match self.session.media.last_mut() {
            Some(media) => (&mut media.lines, &media.attributes, MEDIA_LETTERS),
            None => (&mut self.session.lines, &self.session.attributes, SESSION_LETTERS),
        };
        if !SESSION_LETTERS.contains(line.letter) && !matches!(line.letter, 'v' | 'o' | 's' | 'k') {
            // rfc8866 §5: a letter that is not understood spoils the whole description.
            return Err(line.refuse(Reason::UnknownLetter));
        }
        // rfc8866 §5: the order is fixed. Among themselves these lines may come as they like, since
        // nothing depends on it and we keep their order.
        let is_key = line.letter == 'k';
        if !(allowed.contains(line.letter) || is_key) || !attributes.is_empty() {
            return Err(line.refuse(Reason::OutOfOrder));
        }
        // rfc8866 §5.12: a key is discarded, and never sent.
        if is_key {
            return Ok(());
        }
        if lines.len() == MAX_OTHER_LINES {
            return Err(line.refuse(Reason::Limit(Limit::OtherLines)));
        }
        let parsed = Line::parse(line.letter, line.value()).map_err(|fault| line.error(fault))?;
        self.has_time |= line.letter == 't';
        lines.push(parsed);
        Ok(())
    }
}
