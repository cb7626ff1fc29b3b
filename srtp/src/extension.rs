//! Encrypted header extension elements (RFC 6904).

use alloc::boxed::Box;
use core::fmt;

use lariat_crypto::{AesCtrKey, Error};

use crate::Profile;
use crate::cm::{SALT_LEN, counter_iv};
use crate::derivation::{Derivation, Label, salt};
use crate::packet::{Extension, Place};

/// Identifiers of header extension elements, 1 to 255.
///
/// ```
/// use lariat_srtp::ExtensionIds;
///
/// let ids = ExtensionIds::NONE.with(1).with(14);
/// assert!(ids.contains(14) && !ids.contains(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionIds([u128; 2]);

impl ExtensionIds {
    /// None of them.
    pub const NONE: Self = Self([0; 2]);

    /// These and `id`. Zero is padding and cannot be among them.
    #[must_use]
    pub const fn with(self, id: u8) -> Self {
        let Self([low, high]) = self;
        match id {
            0 => self,
            1..128 => Self([low | 1 << id, high]),
            128.. => Self([low, high | 1 << (id - 128)]),
        }
    }

    /// Whether `id` is among them.
    pub const fn contains(self, id: u8) -> bool {
        let Self([low, high]) = self;
        match id {
            0..128 => low >> id & 1 == 1,
            128.. => high >> (id - 128) & 1 == 1,
        }
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        let Self([low, high]) = self;
        low == 0 && high == 0
    }
}

/// The keys of header extension elements.
pub(crate) struct HeaderKeys {
    cipher: Box<dyn AesCtrKey>,
    /// The salt, multiplied by 2¹⁶.
    salt: u128,
}

impl fmt::Debug for HeaderKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderKeys(..)")
    }
}

impl HeaderKeys {
    /// rfc6904 §3: key and salt are as long as those of the payload; rfc7714 §8.3: counter mode
    /// also where the payload's cipher is another, and then with counter mode's salt of 14 bytes,
    /// as everybody does.
    pub(crate) fn derive(
        derivation: &Derivation,
        profile: Profile,
        index: u64,
    ) -> Result<Self, Error> {
        let key = derivation.derive(Label::HeaderCipher, index, profile.key_len());
        let salt_bytes = derivation.derive(Label::HeaderSalt, index, SALT_LEN);
        let cipher = derivation.provider().aes_ctr_key(key.as_bytes())?;
        Ok(Self { cipher, salt: salt(salt_bytes.as_bytes()) })
    }

    /// Encrypts or decrypts the elements of `block` that have one of the identifiers. Their own
    /// headers stay as they are, so that both directions find the same places.
    pub(crate) fn apply(
        &self,
        ids: ExtensionIds,
        place: Place,
        extension: Extension,
        block: &mut [u8],
    ) {
        let Some(form) = Form::of(extension.profile) else { return };
        let mut keystream = Keystream::new(self, place);
        let mut at = 0;
        while let Some((id, from, to)) = form.element(block, at) {
            if ids.contains(id) {
                let Some(element) = block.get_mut(from..to) else { return };
                keystream.combine(from, element);
            }
            at = to;
        }
    }
}

/// How elements are written (RFC 8285 §4.2, §4.3).
#[derive(Clone, Copy)]
enum Form {
    OneByte,
    TwoByte,
}

impl Form {
    fn of(profile: u16) -> Option<Self> {
        match profile {
            0xbede => Some(Self::OneByte),
            0x1000..=0x100f => Some(Self::TwoByte),
            _ => None,
        }
    }

    /// The next element at or behind `at`: its identifier, and where its value is. `None` at the
    /// end, and where what follows is not a whole element.
    fn element(self, block: &[u8], mut at: usize) -> Option<(u8, usize, usize)> {
        // rfc8285 §4.1.1: zero bytes between elements are padding.
        while *block.get(at)? == 0 {
            at += 1;
        }
        let first = *block.get(at)?;
        let (id, from, length) = match self {
            // rfc8285 §4.1.1, §4.2: padding with a length ends the list, and so does 15.
            Self::OneByte if matches!(first >> 4, 0 | 15) => return None,
            Self::OneByte => (first >> 4, at + 1, usize::from(first & 0x0f) + 1),
            Self::TwoByte => (first, at + 2, usize::from(*block.get(at + 1)?)),
        };
        let to = from + length;
        (to <= block.len()).then_some((id, from, to))
    }
}

/// The keystream over an extension block, as far as it is needed.
struct Keystream<'a> {
    keys: &'a HeaderKeys,
    iv: u128,
    chunk: [u8; CHUNK],
    /// Which chunk that is.
    number: Option<usize>,
}

/// How many bytes of keystream are made at a time.
const CHUNK: usize = 64;

impl<'a> Keystream<'a> {
    fn new(keys: &'a HeaderKeys, place: Place) -> Self {
        let iv = u128::from_be_bytes(counter_iv(keys.salt, place));
        Self { keys, iv, chunk: [0; CHUNK], number: None }
    }

    /// Combines bytes that begin at `offset` in the block.
    fn combine(&mut self, offset: usize, bytes: &mut [u8]) {
        for (at, byte) in (offset..).zip(bytes) {
            let number = at / CHUNK;
            if self.number != Some(number) {
                let blocks = (number * (CHUNK / 16)) as u128;
                self.chunk = [0; CHUNK];
                let iv = self.iv.wrapping_add(blocks);
                self.keys.cipher.apply_keystream(&iv.to_be_bytes(), &mut self.chunk);
                self.number = Some(number);
            }
            *byte ^= self.chunk.get(at % CHUNK).copied().unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use lariat_crypto::ring;

    use super::*;
    use crate::MasterKey;
    use crate::testing::hex;

    const PLACE: Place = Place { ssrc: 0xcafe_babe, index: 0x1234 };

    fn keys() -> HeaderKeys {
        let key = hex("e1f97a0d3e018be0d64fa32c06de4139");
        let master = MasterKey::new(&key, &hex("0ec675ad498afeebb6960b3aabe6"));
        let profile = Profile::Aes128CmHmacSha1_80;
        let derivation = Derivation::new(&ring::provider(), profile, &master).unwrap();
        HeaderKeys::derive(&derivation, profile, 0).unwrap()
    }

    fn applied(ids: ExtensionIds, profile: u16, block: &[u8]) -> Vec<u8> {
        let mut block = block.to_vec();
        let extension = Extension { profile, length: block.len() };
        keys().apply(ids, PLACE, extension, &mut block);
        block
    }

    #[test]
    fn the_published_keystream_is_made() {
        // rfc6904 §A.2.
        let mut keystream = hex("1e19c8e1d481c779549ed1617aaa1b7afc0d933ae7ed6cc8");
        Keystream::new(&keys(), PLACE).combine(0, &mut keystream);
        assert_eq!(keystream, [0; 24]);
    }

    #[test]
    fn the_published_header_is_encrypted_where_the_mask_says() {
        // rfc6904 §A.2. Its text names elements 1, 3 and 4; the mask leaves out 2 and 4's header,
        // and is what the printed result follows.
        let plain = hex("17414273a475262748220000c8308e4655996386b395fb00");
        let encrypted = hex("17588a9270f4e15e1c220000c8309546a994f0bc54789700");
        let ids = ExtensionIds::NONE.with(1).with(3).with(4);
        assert_eq!(applied(ids, 0xbede, &plain), encrypted);
        assert_eq!(applied(ids, 0xbede, &encrypted), plain);
        assert_eq!(applied(ExtensionIds::NONE.with(7), 0xbede, &plain), plain);
        // An extension that is not made of elements has none to encrypt.
        assert_eq!(applied(ids, 0xabac, &plain), plain);
    }

    #[test]
    fn elements_with_two_bytes_of_header_are_found_too() {
        let plain = [[200, 3, 1, 2, 3, 0, 0, 201].as_slice(), &[80], &[7; 80]].concat();
        let ids = ExtensionIds::NONE.with(200).with(201);
        let encrypted = applied(ids, 0x1000, &plain);
        for (at, (before, after)) in plain.iter().zip(&encrypted).enumerate() {
            let is_header = at < 2 || (5..9).contains(&at);
            assert!(!is_header || before == after, "{at}");
        }
        assert_ne!(encrypted[2..5], plain[2..5]);
        assert!(!encrypted[9..].windows(8).any(|window| window == [7; 8]));
        assert_eq!(applied(ids, 0x1000, &encrypted), plain);
    }

    #[test]
    fn an_element_that_is_not_whole_ends_the_list() {
        let ids = ExtensionIds::NONE.with(1);
        for block in [[0x13, 1, 2, 3], [0xf0, 0x10, 1, 1], [0, 0, 0, 0x1f]] {
            assert_eq!(applied(ids, 0xbede, &block), block);
        }
        for block in [[1, 3, 1, 1], [0, 0, 0, 1]] {
            assert_eq!(applied(ids, 0x1000, &block), block);
        }
    }

    #[test]
    fn padding_with_a_length_ends_the_list() {
        // rfc8285 §4.1.1: what follows is not considered, and so not encrypted.
        let block = [0x10, 7, 0x01, 0, 0, 0x10, 7, 0];
        let encrypted = applied(ExtensionIds::NONE.with(1), 0xbede, &block);
        assert_ne!(encrypted[1], block[1]);
        assert_eq!(encrypted[2..], block[2..]);
    }

    #[test]
    fn every_identifier_is_kept_apart() {
        for id in 1..=u8::MAX {
            let ids = ExtensionIds::NONE.with(id);
            assert_eq!((0..=u8::MAX).filter(|other| ids.contains(*other)).count(), 1);
            assert!(ids.contains(id) && !ids.is_empty());
        }
        assert!(ExtensionIds::NONE.with(0).is_empty());
    }
}
