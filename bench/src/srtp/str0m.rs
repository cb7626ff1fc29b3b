//! str0m: its ciphers, as its SRTP context calls them, which cannot be reached from outside.
//!
//! IVs are made by its own functions, and received headers are parsed by its own parser. What is
//! protected goes into a vector of its own, what is unprotected into one that is kept, as in the
//! context. Indices are counted here, and replays not looked for, which is to its advantage.

use str0m::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256Gcm, AeadAes256GcmCipher, Aes128CmSha1_80,
    Aes128CmSha1_80Cipher, CryptoProvider, Sha1HmacProvider,
};
use str0m::rtp::{ExtensionMap, RtpHeader};

use crate::srtp::packet::{FIRST, HEADER_LEN, SSRC};
use crate::srtp::profile::{Profile, SessionKeys};
use crate::srtp::subject::{Receiver, Role, Sender, Stack, Subject};

/// Its ciphers may write this much more than they are given.
const CTR_ROOM: usize = 15;

/// With its default provider.
pub fn subject() -> Subject {
    let stack = Str0m(str0m::crypto::from_feature_flags());
    Subject::new("str0m's ciphers", Role::Peer, Some("aws-lc-rs"), stack).of(&["str0m"])
}

struct Str0m(CryptoProvider);

enum Cipher {
    Gcm128(Box<dyn AeadAes128GcmCipher>),
    Gcm256(Box<dyn AeadAes256GcmCipher>),
    Cm128(Box<dyn Aes128CmSha1_80Cipher>),
}

struct Stream {
    cipher: Cipher,
    hmac: &'static dyn Sha1HmacProvider,
    keys: SessionKeys,
    next: u64,
    scratch: Vec<u8>,
    extensions: ExtensionMap,
}

impl Stack for Str0m {
    type Sender = Stream;
    type Receiver = Stream;

    fn sender(&self, profile: Profile) -> Option<Stream> {
        Some(self.stream(profile, true))
    }

    fn receiver(&self, profile: Profile) -> Option<Stream> {
        Some(self.stream(profile, false))
    }

    fn refuses_replays(&self) -> bool {
        false
    }
}

impl Str0m {
    fn stream(&self, profile: Profile, encrypt: bool) -> Stream {
        let keys = SessionKeys::derive(profile);
        let srtp = self.0.srtp_provider;
        let cipher = match profile {
            Profile::Gcm128 => {
                let key = array(&keys.cipher);
                Cipher::Gcm128(srtp.aead_aes_128_gcm().create_cipher(key, encrypt))
            }
            Profile::Gcm256 => {
                let key = array(&keys.cipher);
                Cipher::Gcm256(srtp.aead_aes_256_gcm().create_cipher(key, encrypt))
            }
            Profile::Cm128 => {
                let key = array(&keys.cipher);
                Cipher::Cm128(srtp.aes_128_cm_sha1_80().create_cipher(key, encrypt))
            }
        };
        let hmac = self.0.sha1_hmac_provider;
        Stream {
            cipher,
            hmac,
            keys,
            next: u64::from(FIRST),
            scratch: Vec::with_capacity(9_000),
            extensions: ExtensionMap::empty(),
        }
    }
}

impl Sender for Stream {
    type Out<'a> = Vec<u8>;

    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> Vec<u8> {
        let packet = &buffer[..length];
        let (header, payload) = packet.split_at(HEADER_LEN);
        let (index, salt) = (self.next, &self.keys.salt);
        let (rollovers, number) = ((index >> 16) as u32, index as u16);
        self.next += 1;
        match &mut self.cipher {
            Cipher::Gcm128(cipher) => {
                let iv = AeadAes128Gcm::rtp_iv(array(salt), SSRC, rollovers, number);
                let mut output = vec![0; length + AeadAes128Gcm::TAG_LEN];
                let sealed = cipher.encrypt(&iv, header, payload, &mut output[HEADER_LEN..]);
                sealed.expect("the packet is not too long");
                output[..HEADER_LEN].copy_from_slice(header);
                output
            }
            Cipher::Gcm256(cipher) => {
                let iv = AeadAes256Gcm::rtp_iv(array(salt), SSRC, rollovers, number);
                let mut output = vec![0; length + AeadAes256Gcm::TAG_LEN];
                let sealed = cipher.encrypt(&iv, header, payload, &mut output[HEADER_LEN..]);
                sealed.expect("the packet is not too long");
                output[..HEADER_LEN].copy_from_slice(header);
                output
            }
            Cipher::Cm128(cipher) => {
                let iv = Aes128CmSha1_80::rtp_iv(array(salt), SSRC, index);
                let mut output = vec![0; length + CTR_ROOM];
                let sealed = cipher.encrypt(&iv, payload, &mut output[HEADER_LEN..]);
                sealed.expect("the packet is not too long");
                output[..HEADER_LEN].copy_from_slice(header);
                let hmac = |key: &[u8], parts: &[&[u8]]| self.hmac.sha1_hmac(key, parts);
                let key = &self.keys.authentication;
                Aes128CmSha1_80::rtp_hmac(hmac, key, &mut output, index, length);
                output.truncate(length + Aes128CmSha1_80::HMAC_TAG_LEN);
                output
            }
        }
    }
}

impl Receiver for Stream {
    type Out<'a> = &'a [u8];

    fn unprotect<'a>(&'a mut self, _: usize, packet: &'a mut [u8]) -> Option<&'a [u8]> {
        let parsed = RtpHeader::_parse(packet, &self.extensions)?;
        let (ssrc, number) = (*parsed.ssrc, parsed.sequence_number);
        let (index, salt) = (self.next, &self.keys.salt);
        let rollovers = (index >> 16) as u32;
        let (header, input) = packet.split_at(parsed.header_len);
        let length = match &mut self.cipher {
            Cipher::Gcm128(cipher) => {
                let iv = AeadAes128Gcm::rtp_iv(array(salt), ssrc, rollovers, number);
                self.scratch.resize(input.len() - AeadAes128Gcm::TAG_LEN, 0);
                cipher.decrypt(&iv, &[header], input, &mut self.scratch).ok()?
            }
            Cipher::Gcm256(cipher) => {
                let iv = AeadAes256Gcm::rtp_iv(array(salt), ssrc, rollovers, number);
                self.scratch.resize(input.len() - AeadAes256Gcm::TAG_LEN, 0);
                cipher.decrypt(&iv, &[header], input, &mut self.scratch).ok()?
            }
            Cipher::Cm128(cipher) => {
                let hmac = |key: &[u8], parts: &[&[u8]]| self.hmac.sha1_hmac(key, parts);
                let (signed, tag) = packet.split_at(packet.len() - Aes128CmSha1_80::HMAC_TAG_LEN);
                let key = &self.keys.authentication;
                if !Aes128CmSha1_80::rtp_verify(hmac, key, signed, index, tag) {
                    return None;
                }
                let iv = Aes128CmSha1_80::rtp_iv(array(salt), ssrc, index);
                let payload = &signed[HEADER_LEN..];
                self.scratch.resize(payload.len() + CTR_ROOM, 0);
                cipher.decrypt(&iv, payload, &mut self.scratch).ok()?;
                payload.len()
            }
        };
        self.next += 1;
        self.scratch.get(..length)
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("keys and salts have their profile's lengths")
}
