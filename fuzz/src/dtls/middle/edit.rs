//! What somebody does to records who has their keys.

use lariat_base::{ReadError, Reader};

use super::super::wire::{FRAGMENT_HEADER, Form, HANDSHAKE, Record};
use super::Play;

/// What a side takes in one record at most; what is longer is cut.
const CONTENT: usize = 16_000;

impl Play {
    /// Changes a record that is on its way.
    pub(super) fn edit(&mut self, place: usize, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let [which, how] = reader.take_array()?;
        let Some((side, records)) = self.flying.get_mut(place) else { return Ok(()) };
        let seen = &self.seen[1 - *side];
        let Some(other) = seen.get(usize::from(how) % seen.len().max(1)) else { return Ok(()) };
        let index = usize::from(which / 16) % records.len().max(1);
        let Some(record) = records.get_mut(index) else { return Ok(()) };
        let mut more = None;
        match which % 16 {
            0 | 1 => {
                let (at, by) = (usize::from(reader.u16()?), reader.u8()?);
                let length = record.content.len().max(1);
                record.content.get_mut(at % length).into_iter().for_each(|byte| *byte ^= by);
            }
            2 => {
                let to = reader.u16()?;
                record.change(|body| body.truncate(usize::from(to) % body.len().max(1)));
            }
            3 => {
                let (at, bytes) = (usize::from(reader.u16()?), short(reader)?);
                record.change(|body| {
                    let at = at % (body.len() + 1);
                    body.splice(at..at, bytes);
                });
            }
            4 => {
                let (at, count) = (usize::from(reader.u16()?), usize::from(reader.u8()?));
                record.change(|body| {
                    let at = at % (body.len() + 1);
                    body.drain(at..(at + count).min(body.len()));
                });
            }
            5 => {
                let (at, bytes) = (usize::from(reader.u16()?), short(reader)?);
                record.change(|body| {
                    let at = at % body.len().max(1);
                    body.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = from);
                });
            }
            6 => record.content_type = how,
            7 => record.sequence = record.sequence.wrapping_add_signed(how.cast_signed().into()),
            8 => change_header(record, how, reader.u16()?),
            9 => more = record.split(reader.u16()?.into()),
            10 => record.content.clone_from(&other.content),
            11 => record.content.extend_from_slice(&other.content),
            12 => (record.form, record.cid) = (other.form, other.cid.clone()),
            13 => more = Some(other.clone()),
            14 if how >= 0xf0 => record.cid.clear(),
            14 if how >= 0xe0 => record.cid.iter_mut().for_each(|byte| *byte ^= how),
            14 => change_form(&mut record.form, how),
            _ => drop(records.remove(index)),
        }
        records.extend(more);
        for record in records {
            record.sequence &= 0xffff_ffff_ffff;
            record.content.truncate(CONTENT);
        }
        self.is_forged = true;
        Ok(())
    }

    /// Writes a record in the name of the other side, which is on its way to `side` then.
    pub(super) fn inject(&mut self, side: usize, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let [which, how] = reader.take_array()?;
        let seen = &self.seen[1 - side];
        let Some(other) = seen.get(usize::from(which) % seen.len().max(1)) else { return Ok(()) };
        let alike = seen.iter().filter(|record| record.form.is_like(&other.form));
        let latest = alike.map(|record| record.sequence).max().unwrap_or_default();
        let mut record = other.clone();
        record.sequence = latest.wrapping_add(1 + u64::from(how / 16)) & 0xffff_ffff_ffff;
        match how % 4 {
            // A message that is due, or soon.
            0 => {
                let [typ, ahead] = reader.take_array()?;
                let body = short(reader)?;
                let last = seen.iter().filter_map(message_seq).max().unwrap_or_default();
                let length = (body.len() as u32).to_be_bytes();
                let seq = last.wrapping_add_signed(i16::from(ahead.cast_signed())).to_be_bytes();
                record.content_type = HANDSHAKE;
                record.content =
                    [&[typ], &length[1..], &seq, &[0; 3], &length[1..], &body[..]].concat();
            }
            // Acknowledgements of what the side has written, and of more.
            1 => {
                let [epoch, first, count] = reader.take_array()?;
                let numbers = (u64::from(first)..).take((count % 80).into());
                record.content_type = 26;
                record.content = (u16::from(count % 80) * 16).to_be_bytes().to_vec();
                for number in numbers {
                    record.content.extend(u64::from(epoch).to_be_bytes());
                    record.content.extend(number.to_be_bytes());
                }
            }
            _ => (record.content_type, record.content) = (reader.u8()?, short(reader)?),
        }
        self.flying.push((side, vec![record]));
        self.is_forged = true;
        Ok(())
    }
}

/// Bytes behind their number in one byte.
fn short(reader: &mut Reader<'_>) -> Result<Vec<u8>, ReadError> {
    let length = reader.u8()?;
    reader.take(length.into()).map(<[u8]>::to_vec)
}

fn message_seq(record: &Record) -> Option<u16> {
    let seq = record.content.get(4..6).filter(|_| record.content_type == HANDSHAKE)?;
    Some(u16::from_be_bytes([seq[0], seq[1]]))
}

/// Changes one field of the header of a fragment.
fn change_header(record: &mut Record, field: u8, value: u16) {
    let Some(header) = record.content.get_mut(..FRAGMENT_HEADER) else { return };
    let at = [0, 2, 4, 7, 10][usize::from(field) % 5];
    let [high, low] = value.to_be_bytes();
    header[at] = low;
    if at > 0 {
        (header[at], header[at + 1]) = (high, low);
    }
}

fn change_form(form: &mut Form, how: u8) {
    match form {
        Form::Plain { version } => *version = version.wrapping_add(how.into()),
        Form::Protected { epoch, .. } => *epoch = 1 + u16::from(how),
        Form::Unified { padding, .. } if how >= 4 => *padding = how,
        Form::Unified { epoch, .. } => *epoch = how,
    }
}
