//! Cookies that a server can check without having kept anything (RFC 6347 §4.2.1, RFC 9147 §5.1).
//!
//! ```text
//! issued(4)  seconds, modulo 2^32
//! content    1.2: nothing; 1.3: the cipher suite, the group, the hash of the first hello
//! mac(16)    HMAC-SHA256, truncated, of the version, the time, the address and the content; in
//!            1.2 of the hello's parameters, too
//! ```

use alloc::boxed::Box;
use alloc::vec::Vec;

use lariat_base::{Instant, Seed};
use lariat_crypto::{HashAlgorithm, HmacKey, Provider};

use crate::event::Version;
use crate::limits;

/// The secret, and the one before it.
#[derive(Debug)]
pub(super) struct CookieKeys {
    current: Box<dyn HmacKey>,
    previous: Option<Box<dyn HmacKey>>,
}

/// What a cookie is bound to, beside its own content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding<'a> {
    pub(super) version: Version,
    pub(super) address: &'a [u8],
    /// What the second hello must have in common with the first.
    pub(super) parameters: &'a [u8],
}

impl CookieKeys {
    pub(super) fn new(provider: &dyn Provider, seed: &Seed) -> Self {
        Self { current: key(provider, seed), previous: None }
    }

    pub(super) fn rotate(&mut self, provider: &dyn Provider, seed: &Seed) {
        self.previous = Some(core::mem::replace(&mut self.current, key(provider, seed)));
    }

    /// Makes a cookie.
    pub(super) fn issue(&self, now: Instant, binding: &Binding<'_>, content: &[u8]) -> Vec<u8> {
        let issued = seconds(now).to_be_bytes();
        let mut mac = [0; MAC_LEN];
        binding.over(issued, content, |parts| self.current.sign(parts, &mut mac));
        [&issued[..], content, &mac].concat()
    }

    /// The content of a cookie that is genuine and not too old.
    pub(super) fn open<'c>(
        &self,
        now: Instant,
        binding: &Binding<'_>,
        cookie: &'c [u8],
    ) -> Option<&'c [u8]> {
        let (issued, rest) = cookie.split_first_chunk::<4>()?;
        let (content, mac) = rest.split_last_chunk::<MAC_LEN>()?;
        // One from the future is older than anything.
        let age = seconds(now).wrapping_sub(u32::from_be_bytes(*issued));
        if u64::from(age) > limits::COOKIE_LIFETIME.as_secs() {
            return None;
        }
        let keys = core::iter::once(&self.current).chain(&self.previous);
        let is_genuine = |key: &dyn HmacKey| {
            let mut result = Err(lariat_crypto::Error::NotAuthentic);
            binding.over(*issued, content, |parts| result = key.verify(parts, mac));
            result.is_ok()
        };
        keys.into_iter().any(|key| is_genuine(&**key)).then_some(content)
    }
}

impl Binding<'_> {
    fn over(&self, issued: [u8; 4], content: &[u8], mac: impl FnOnce(&[&[u8]])) {
        // Of each part but the last one it is known how long it is.
        let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes();
        mac(&[
            &self.version.code_point().to_be_bytes(),
            &issued,
            &length(self.address),
            self.address,
            &length(content),
            content,
            self.parameters,
        ]);
    }
}

fn key(provider: &dyn Provider, seed: &Seed) -> Box<dyn HmacKey> {
    provider.hmac_key(HashAlgorithm::Sha256, &seed.split("cookie").rng().array::<32>())
}

/// The low bits: an age is a difference.
fn seconds(now: Instant) -> u32 {
    ((now.as_nanos() / 1_000_000_000) & 0xffff_ffff) as u32
}

/// rfc2104 §5: half the digest is enough, and the answer must stay shorter than the hello.
const MAC_LEN: usize = 16;
