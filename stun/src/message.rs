//! Reading messages.

use core::net::SocketAddr;

use lariat_base::Reader;

use crate::attribute::{Attribute, AttributeType, ErrorCode};
use crate::error::{AttributeFault, IntegrityError, ParseError};
use crate::fingerprint::fingerprint;
use crate::header::{Class, HEADER_LEN, Header, Method, TransactionId};
use crate::integrity::{IntegrityAlgorithm, IntegrityKey};

/// A well-formed message, borrowed from its datagram.
///
/// See the [crate documentation](crate) for an example, and for what "well-formed" promises.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    header: Header,
    bytes: &'a [u8],
    /// The attributes that may be looked at: those before the first integrity attribute or
    /// FINGERPRINT.
    attributes: &'a [u8],
    integrity: Option<Tag<'a>>,
    integrity_sha256: Option<Tag<'a>>,
    has_fingerprint: bool,
}

/// An integrity attribute: where it starts in the message, and its value.
#[derive(Clone, Copy, Debug)]
struct Tag<'a> {
    offset: usize,
    value: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads a datagram that holds one message and nothing else.
    ///
    /// # Errors
    /// [`ParseError`] says what is wrong; a datagram with such a fault is to be dropped.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(datagram);
        let header = Header::parse(&mut reader).ok().flatten().ok_or(ParseError::NotStun)?;
        // rfc8489 §5: attributes are padded, so the last two bits of the length are zero.
        let length = usize::from(header.length);
        if !length.is_multiple_of(4) || length != reader.remaining() {
            return Err(ParseError::Length);
        }
        let mut message = Self {
            header,
            bytes: datagram,
            attributes: reader.clone().rest(),
            integrity: None,
            integrity_sha256: None,
            has_fingerprint: false,
        };
        message.scan(reader)?;
        Ok(message)
    }

    /// Walks all attributes once: finds the ends of what may be looked at, and faults.
    fn scan(&mut self, mut reader: Reader<'a>) -> Result<(), ParseError> {
        let mut visible_end = None;
        while !reader.is_empty() {
            if self.has_fingerprint {
                return Err(ParseError::FingerprintNotLast);
            }
            let offset = self.bytes.len() - reader.remaining();
            let (attribute_type, value) = take_attribute(&mut reader)?;
            match attribute_type {
                AttributeType::MESSAGE_INTEGRITY => {
                    check_tag(IntegrityAlgorithm::Sha1, value)?;
                    self.integrity.get_or_insert(Tag { offset, value });
                    visible_end.get_or_insert(offset);
                }
                AttributeType::MESSAGE_INTEGRITY_SHA256 => {
                    check_tag(IntegrityAlgorithm::Sha256, value)?;
                    self.integrity_sha256.get_or_insert(Tag { offset, value });
                    visible_end.get_or_insert(offset);
                }
                AttributeType::FINGERPRINT => {
                    self.check_fingerprint(offset, value)?;
                    self.has_fingerprint = true;
                    visible_end.get_or_insert(offset);
                }
                // rfc8489 §14.5: what follows the integrity attribute is ignored.
                _ if visible_end.is_some() => {}
                _ => {
                    Attribute::parse(attribute_type, value, self.header.transaction_id)
                        .map_err(|fault| ParseError::Attribute(attribute_type, fault))?;
                }
            }
        }
        let end = visible_end.unwrap_or(self.bytes.len());
        self.attributes = self.bytes.get(HEADER_LEN..end).unwrap_or_default();
        Ok(())
    }

    fn check_fingerprint(&self, offset: usize, value: &[u8]) -> Result<(), ParseError> {
        let wrong_length =
            ParseError::Attribute(AttributeType::FINGERPRINT, AttributeFault::Length);
        let value: [u8; 4] = value.try_into().map_err(|_| wrong_length)?;
        let covered = self.bytes.get(..offset).unwrap_or_default();
        // rfc8489 §14.7: it is last, so the header's length already counts it.
        if fingerprint(covered) == u32::from_be_bytes(value) {
            Ok(())
        } else {
            Err(ParseError::Fingerprint)
        }
    }

    /// Request, indication or response.
    pub const fn class(&self) -> Class {
        self.header.class
    }

    /// What it is about.
    pub const fn method(&self) -> Method {
        self.header.method
    }

    /// By which a response finds its request.
    pub const fn transaction_id(&self) -> TransactionId {
        self.header.transaction_id
    }

    /// Whether it has a FINGERPRINT, which then is right.
    pub const fn has_fingerprint(&self) -> bool {
        self.has_fingerprint
    }

    /// Checks the integrity attribute of the key's algorithm, in constant time.
    ///
    /// # Errors
    /// [`IntegrityError::Missing`] or [`IntegrityError::Mismatch`].
    pub fn verify_integrity(&self, key: &IntegrityKey) -> Result<(), IntegrityError> {
        let tag = match key.algorithm() {
            IntegrityAlgorithm::Sha1 => self.integrity,
            IntegrityAlgorithm::Sha256 => self.integrity_sha256,
        };
        let Tag { offset, value } = tag.ok_or(IntegrityError::Missing)?;
        let covered = self.bytes.get(..offset).and_then(|bytes| bytes.split_first_chunk::<4>());
        let ([kind_high, kind_low, ..], rest) = covered.ok_or(IntegrityError::Missing)?;
        // rfc8489 §14.5: the length in the header counts up to and including the attribute itself.
        let length = offset + 4 + value.len() - HEADER_LEN;
        let [.., length_high, length_low] = length.to_be_bytes();
        key.hmac()
            .verify(&[&[*kind_high, *kind_low, length_high, length_low], rest], value)
            .map_err(|_| IntegrityError::Mismatch)
    }

    /// The attributes in order, without MESSAGE-INTEGRITY and FINGERPRINT and without any that
    /// follow them.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let id = self.header.transaction_id;
        let mut reader = Reader::new(self.attributes);
        core::iter::from_fn(move || {
            let (attribute_type, value) = take_attribute(&mut reader).ok()?;
            // `parse` has seen all of them, so nothing is lost here.
            Attribute::parse(attribute_type, value, id).ok()
        })
    }

    /// The first attribute that `pick` picks: of duplicates, the first counts (RFC 8489 §14).
    fn find<T>(&self, pick: impl FnMut(Attribute<'a>) -> Option<T>) -> Option<T> {
        self.attributes().find_map(pick)
    }

    /// The USERNAME.
    pub fn username(&self) -> Option<&'a str> {
        self.find(|attribute| match attribute {
            Attribute::Username(name) => Some(name),
            _ => None,
        })
    }

    /// The XOR-MAPPED-ADDRESS.
    pub fn xor_mapped_address(&self) -> Option<SocketAddr> {
        self.find(|attribute| match attribute {
            Attribute::XorMappedAddress(address) => Some(address),
            _ => None,
        })
    }

    /// The ERROR-CODE.
    pub fn error_code(&self) -> Option<ErrorCode<'a>> {
        self.find(|attribute| match attribute {
            Attribute::ErrorCode(error) => Some(error),
            _ => None,
        })
    }

    /// The PRIORITY.
    pub fn priority(&self) -> Option<u32> {
        self.find(|attribute| match attribute {
            Attribute::Priority(priority) => Some(priority),
            _ => None,
        })
    }

    /// Whether there is a USE-CANDIDATE.
    pub fn use_candidate(&self) -> bool {
        self.find(|attribute| (attribute == Attribute::UseCandidate).then_some(())).is_some()
    }

    /// The attributes that one must understand and this crate does not (RFC 8489 §6.3).
    pub fn unknown_required(&self) -> impl Iterator<Item = AttributeType> + use<'a> {
        self.attributes().filter_map(|attribute| match attribute {
            Attribute::Other { attribute_type, .. } => {
                attribute_type.is_comprehension_required().then_some(attribute_type)
            }
            _ => None,
        })
    }
}

/// Reads type, length, value and padding.
fn take_attribute<'a>(reader: &mut Reader<'a>) -> Result<(AttributeType, &'a [u8]), ParseError> {
    let past_end = |_| ParseError::AttributeLength;
    let attribute_type = AttributeType(reader.u16().map_err(past_end)?);
    let length = usize::from(reader.u16().map_err(past_end)?);
    let value = reader.take(length).map_err(past_end)?;
    // rfc8489 §14: the padding's bytes may be anything.
    reader.take(length.next_multiple_of(4) - length).map_err(past_end)?;
    Ok((attribute_type, value))
}

fn check_tag(algorithm: IntegrityAlgorithm, value: &[u8]) -> Result<(), ParseError> {
    let length = value.len();
    let good = match algorithm {
        IntegrityAlgorithm::Sha1 => length == algorithm.tag_len(),
        // rfc8489 §14.6: may be truncated to no fewer than 16 bytes, by multiples of four.
        IntegrityAlgorithm::Sha256 => {
            (16..=algorithm.tag_len()).contains(&length) && length.is_multiple_of(4)
        }
    };
    if good {
        Ok(())
    } else {
        Err(ParseError::Attribute(algorithm.attribute(), AttributeFault::Length))
    }
}
