//! Writing messages.

use alloc::vec::Vec;

use lariat_base::Writer;

use crate::attribute::{Attribute, AttributeType};
use crate::error::EncodeError;
use crate::fingerprint::fingerprint;
use crate::header::{Class, HEADER_LEN, Header, Method, TransactionId};
use crate::integrity::IntegrityKey;
use crate::limits::MAX_MESSAGE_LEN;

/// A message under construction.
///
/// ```
/// use lariat_stun::{Attribute, Class, Message, MessageBuilder, Method, TransactionId};
///
/// let mut out = Vec::new();
/// MessageBuilder::new(Class::Indication, Method::BINDING, TransactionId::new([9; 12]))
///     .attribute(Attribute::Software("example"))
///     .encode(&mut out, None, true)?;
/// assert_eq!(Message::parse(&out)?.class(), Class::Indication);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct MessageBuilder<'a> {
    class: Class,
    method: Method,
    id: TransactionId,
    attributes: Vec<Attribute<'a>>,
}

impl<'a> MessageBuilder<'a> {
    /// A message without attributes.
    pub const fn new(class: Class, method: Method, id: TransactionId) -> Self {
        Self { class, method, id, attributes: Vec::new() }
    }

    /// Adds an attribute at the end.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute<'a>) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// Appends the message to `out`: the attributes, then the integrity attribute of `key`, then
    /// FINGERPRINT.
    ///
    /// # Errors
    /// [`EncodeError`] if an attribute cannot be written or the whole is too long; `out` is then as
    /// it was.
    pub fn encode(
        &self,
        out: &mut Vec<u8>,
        key: Option<&IntegrityKey>,
        with_fingerprint: bool,
    ) -> Result<(), EncodeError> {
        let start = out.len();
        let written = self.encode_attributes(out, start);
        if let Err(error) = written {
            out.truncate(start);
            return Err(error);
        }
        if let Some(key) = key {
            append_integrity(out, start, key);
        }
        if with_fingerprint {
            append_fingerprint(out, start);
        }
        if out.len() - start > MAX_MESSAGE_LEN {
            out.truncate(start);
            return Err(EncodeError::TooLong);
        }
        Ok(())
    }

    fn encode_attributes(&self, out: &mut Vec<u8>, start: usize) -> Result<(), EncodeError> {
        let header =
            Header { class: self.class, method: self.method, length: 0, transaction_id: self.id };
        header.encode(&mut Writer::new(out));
        for attribute in &self.attributes {
            let attribute_type = attribute.attribute_type();
            attribute.check().map_err(|fault| EncodeError::Attribute(attribute_type, fault))?;
            append(out, attribute_type, |writer| attribute.encode_value(writer, self.id));
            if out.len() - start > MAX_MESSAGE_LEN {
                return Err(EncodeError::TooLong);
            }
        }
        set_length(out, start, 0);
        Ok(())
    }
}

fn append(out: &mut Vec<u8>, attribute_type: AttributeType, value: impl FnOnce(&mut Writer<'_>)) {
    let mut writer = Writer::new(out);
    writer.u16(attribute_type.0);
    let mut block = writer.length_prefixed_u16();
    let start = block.position();
    value(&mut block);
    let length = block.position() - start;
    drop(block);
    writer.zeros(length.next_multiple_of(4) - length);
}

fn append_integrity(out: &mut Vec<u8>, start: usize, key: &IntegrityKey) {
    let length = key.algorithm().tag_len();
    // rfc8489 §14.5: the length counts the attribute before its value is computed.
    set_length(out, start, 4 + length);
    let mut tag = [0; lariat_crypto::MAX_DIGEST_LEN];
    let tag = tag.get_mut(..length).unwrap_or_default();
    key.hmac().sign(&[out.get(start..).unwrap_or_default()], tag);
    append(out, key.algorithm().attribute(), |writer| writer.bytes(tag));
}

fn append_fingerprint(out: &mut Vec<u8>, start: usize) {
    set_length(out, start, 8);
    let value = fingerprint(out.get(start..).unwrap_or_default());
    append(out, AttributeType::FINGERPRINT, |writer| writer.u32(value));
}

/// Sets the header's length to what is written plus `more`.
fn set_length(out: &mut [u8], start: usize, more: usize) {
    let length = (out.len() + more).saturating_sub(start + HEADER_LEN);
    let [.., high, low] = length.to_be_bytes();
    if let Some(field) = out.get_mut(start + 2..start + 4) {
        field.copy_from_slice(&[high, low]);
    }
}
