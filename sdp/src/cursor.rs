//! Reads one line from left to right and remembers where it is.

use crate::error::{Field, ParseError, Reason};

/// What is left of a line, or of one field of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    left: &'a str,
    /// Bytes of the line that follow `left`. With them a fault knows its place without having been
    /// told where the field began.
    after: usize,
}

/// A fault in a line: what, and how many bytes before the line's end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    reason: Reason,
    from_end: usize,
}

impl Fault {
    /// The error for a fault in `text`, which is line `line` of the input.
    pub(crate) fn locate(self, line: usize, text: &str) -> ParseError {
        let before = text.get(..text.len().saturating_sub(self.from_end)).unwrap_or(text);
        let column = before.chars().count().saturating_add(1);
        ParseError { line, column, reason: self.reason }
    }

    /// What is wrong.
    pub(crate) const fn reason(self) -> Reason {
        self.reason
    }
}

impl<'a> Cursor<'a> {
    /// A cursor over `text`, which ends where its line ends.
    pub(crate) const fn new(text: &'a str) -> Self {
        Self { left: text, after: 0 }
    }

    /// A fault at this place.
    pub(crate) const fn fault(self, reason: Reason) -> Fault {
        Fault { reason, from_end: self.left.len().saturating_add(self.after) }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.left.is_empty()
    }

    /// Everything that is left.
    pub(crate) const fn rest(self) -> &'a str {
        self.left
    }

    /// Takes what stands before `separator`, and the separator; everything if there is none.
    pub(crate) fn take_until(&mut self, separator: char) -> Self {
        let after = self.after;
        let (field, left) = self.left.split_once(separator).unwrap_or((self.left, ""));
        let behind = self.left.len().saturating_sub(field.len());
        self.left = left;
        Self { left: field, after: after.saturating_add(behind) }
    }

    /// Takes a field that ends at the next space.
    pub(crate) fn word(&mut self) -> Self {
        self.take_until(' ')
    }

    /// The fields between spaces. Runs of spaces count as one.
    pub(crate) fn words(mut self) -> impl Iterator<Item = Self> {
        core::iter::from_fn(move || {
            while !self.is_empty() {
                let word = self.word();
                if !word.is_empty() {
                    return Some(word);
                }
            }
            None
        })
    }

    /// The fields between `separator`s, empty ones included. An empty text has one empty field.
    pub(crate) fn split(mut self, separator: char) -> impl Iterator<Item = Self> {
        let mut left = self.left.matches(separator).count().saturating_add(1);
        core::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            Some(self.take_until(separator))
        })
    }

    /// Takes `prefix` if it stands here.
    pub(crate) fn take_prefix(&mut self, prefix: &str) -> bool {
        match self.left.strip_prefix(prefix) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Nothing may be left.
    pub(crate) const fn finish(self) -> Result<(), Fault> {
        if self.is_empty() { Ok(()) } else { Err(self.fault(Reason::Trailing)) }
    }

    /// The text, which may not be empty.
    pub(crate) const fn text(self, field: Field) -> Result<&'a str, Fault> {
        if self.is_empty() { Err(self.fault(Reason::Missing(field))) } else { Ok(self.left) }
    }

    /// The text as an RFC 8866 §9 `token`.
    pub(crate) fn token(self, field: Field) -> Result<&'a str, Fault> {
        let text = self.text(field)?;
        if text.bytes().all(is_token) {
            Ok(text)
        } else {
            Err(self.fault(Reason::Malformed(field)))
        }
    }

    /// The text as a decimal number without sign or leading zeros.
    pub(crate) fn number<T: TryFrom<u64>>(self, field: Field) -> Result<T, Fault> {
        if self.left.len() > 1 && self.left.starts_with('0') {
            return Err(self.fault(Reason::Malformed(field)));
        }
        self.digits(field)
    }

    /// The text as a decimal number without sign. Leading zeros are allowed, and lost.
    pub(crate) fn digits<T: TryFrom<u64>>(self, field: Field) -> Result<T, Fault> {
        let text = self.text(field)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.fault(Reason::Malformed(field)));
        }
        text.parse::<u64>()
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| self.fault(Reason::OutOfRange(field)))
    }

    /// The text as an RTP payload type.
    // rfc8866 §6.6: a payload type is a seven-bit number.
    pub(crate) fn payload_type(self) -> Result<u8, Fault> {
        let payload_type = self.number(Field::PayloadType)?;
        if payload_type > 127 {
            return Err(self.fault(Reason::OutOfRange(Field::PayloadType)));
        }
        Ok(payload_type)
    }
}

/// RFC 8866 §9 `token-char`.
const fn is_token(byte: u8) -> bool {
    matches!(byte,
        b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_knows_its_column_in_characters() {
        let line = "a=x:é 1/2/z";
        let mut cursor = Cursor::new("é 1/2/z");
        assert_eq!(cursor.word().rest(), "é");
        let mut numbers = cursor.word();
        assert_eq!(numbers.take_until('/').fault(Reason::Trailing).locate(1, line).column, 7);
        assert_eq!(numbers.take_until('/').fault(Reason::Trailing).locate(1, line).column, 9);
        let last = numbers.take_until('/').number::<u8>(Field::Port).unwrap_err();
        assert_eq!(last.locate(1, line).column, 11);
    }

    #[test]
    fn tokens_are_exactly_those_of_the_grammar() {
        let allowed = "!#$%&'*+-.^_`{|}~";
        for byte in 0..=127_u8 {
            let expected = byte.is_ascii_alphanumeric() || allowed.as_bytes().contains(&byte);
            assert_eq!(is_token(byte), expected, "{byte}");
        }
    }

    #[test]
    fn numbers_have_no_sign_no_leading_zero_and_ascii_digits() {
        for text in ["+96", "-1", "٩٦", "96abc", "096", "00", " 1", "1 ", "0x10"] {
            let fault = Cursor::new(text).number::<u16>(Field::Port).unwrap_err();
            assert_eq!(fault.reason(), Reason::Malformed(Field::Port), "{text}");
        }
        for text in ["65536", "18446744073709551615", "18446744073709551616"] {
            let fault = Cursor::new(text).number::<u16>(Field::Port).unwrap_err();
            assert_eq!(fault.reason(), Reason::OutOfRange(Field::Port), "{text}");
        }
        assert_eq!(Cursor::new("0").number::<u16>(Field::Port).ok(), Some(0));
        assert_eq!(Cursor::new("65535").number::<u16>(Field::Port).ok(), Some(65_535));
    }

    #[test]
    fn splitting_keeps_empty_fields_and_words_do_not() {
        let split: alloc::vec::Vec<_> =
            Cursor::new(",a,,").split(',').map(|field| field.rest()).collect();
        assert_eq!(split, ["", "a", "", ""]);
        let words: alloc::vec::Vec<_> =
            Cursor::new("  a b ").words().map(|word| word.rest()).collect();
        assert_eq!(words, ["a", "b"]);
    }
}
