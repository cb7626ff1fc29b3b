//! AES in counter mode and HMAC-SHA1 alone, one after the other. ring has neither: its SHA-1 is for
//! old signatures.

use aes::Aes128;
use aes::cipher::{InnerIvInit as _, KeyInit as _, StreamCipher as _};
use aws_lc_rs::cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use ctr::{Ctr128BE, CtrCore};
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use crate::srtp::packet::HEADER_LEN;
use crate::srtp::profile::{Counter, Profile, SessionKeys};
use crate::srtp::raw::Cipher;

const TAG_LEN: usize = 10;

/// RustCrypto's: the key schedule is used again, and the hash of the padded key too.
pub struct RustCrypto {
    cipher: Aes128,
    mac: Hmac<Sha1>,
    counter: Counter,
}

impl RustCrypto {
    /// For the profile that has it.
    pub fn new(profile: Profile) -> Option<Self> {
        if profile != Profile::Cm128 {
            return None;
        }
        let keys = SessionKeys::derive(profile);
        Some(Self {
            cipher: Aes128::new_from_slice(&keys.cipher).expect("the key has 16 bytes"),
            mac: Hmac::new_from_slice(&keys.authentication).expect("a key may have any length"),
            counter: keys.counter(),
        })
    }
}

impl Parts for RustCrypto {
    #[inline]
    fn apply(&self, index: u64, payload: &mut [u8]) {
        let iv = self.counter.at(index);
        let core = CtrCore::inner_iv_init(&self.cipher, (&iv).into());
        Ctr128BE::from_core(core).apply_keystream(payload);
    }

    #[inline]
    fn tag(&self, packet: &[u8], rollovers: [u8; 4]) -> [u8; 20] {
        let mut mac = self.mac.clone();
        mac.update(packet);
        mac.update(&rollovers);
        mac.finalize().into_bytes().into()
    }
}

/// aws-lc-rs's, with both keys prepared.
pub struct AwsLcRs {
    cipher: EncryptingKey,
    mac: aws_lc_rs::hmac::Key,
    counter: Counter,
}

impl AwsLcRs {
    /// For the profile that has it.
    pub fn new(profile: Profile) -> Option<Self> {
        use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key};
        if profile != Profile::Cm128 {
            return None;
        }
        let keys = SessionKeys::derive(profile);
        let key = UnboundCipherKey::new(&AES_128, &keys.cipher).expect("the key has 16 bytes");
        Some(Self {
            cipher: EncryptingKey::ctr(key).expect("AES has a counter mode"),
            mac: Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &keys.authentication),
            counter: keys.counter(),
        })
    }
}

impl Parts for AwsLcRs {
    #[inline]
    fn apply(&self, index: u64, payload: &mut [u8]) {
        let iv = EncryptionContext::Iv128(FixedLength::from(self.counter.at(index)));
        self.cipher.less_safe_encrypt(payload, iv).expect("counter mode takes any length");
    }

    #[inline]
    fn tag(&self, packet: &[u8], rollovers: [u8; 4]) -> [u8; 20] {
        let mut mac = aws_lc_rs::hmac::Context::with_key(&self.mac);
        mac.update(packet);
        mac.update(&rollovers);
        mac.sign().as_ref().try_into().expect("a tag of SHA-1 has 20 bytes")
    }
}

/// The two halves.
trait Parts {
    fn apply(&self, index: u64, payload: &mut [u8]);
    fn tag(&self, packet: &[u8], rollovers: [u8; 4]) -> [u8; 20];
}

impl<P: Parts> Cipher for P {
    #[inline]
    fn seal(&self, index: u64, buffer: &mut [u8], length: usize) -> usize {
        self.apply(index, &mut buffer[HEADER_LEN..length]);
        let tag = self.tag(&buffer[..length], rollovers(index));
        buffer[length..length + TAG_LEN].copy_from_slice(&tag[..TAG_LEN]);
        length + TAG_LEN
    }

    #[inline]
    fn open(&self, index: u64, packet: &mut [u8]) -> Option<usize> {
        let length = packet.len().checked_sub(TAG_LEN)?;
        let (packet, tag) = packet.split_at_mut(length);
        if self.tag(packet, rollovers(index))[..TAG_LEN] != *tag {
            return None;
        }
        self.apply(index, &mut packet[HEADER_LEN..]);
        Some(length)
    }
}

fn rollovers(index: u64) -> [u8; 4] {
    ((index >> 16) as u32).to_be_bytes()
}
