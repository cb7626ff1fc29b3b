//! HMAC-SHA1.

use core::fmt;

use sha1::block_api::compress;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroize as _;

use crate::job::{Job, Progress};
#[cfg(target_arch = "x86_64")]
use crate::processor::{Avx2, Avx512, Avx512Vl, Lanes as _};
#[cfg(target_arch = "x86_64")]
use crate::run;
use crate::sha1::{BLOCK_LEN, Block, DIGEST_LEN, INITIAL, State, digest};

/// A prepared HMAC-SHA1 key (RFC 2104): hidden in `Debug`, overwritten when dropped.
///
/// ```
/// use lariat_lanes::HmacSha1Key;
///
/// let key = HmacSha1Key::new(b"Jefe");
/// let tag = key.sign(&[b"what do ya want ", b"for nothing?"]);
/// assert_eq!(tag[..4], [0xef, 0xfc, 0xdf, 0x6a]);
/// ```
#[derive(Clone)]
pub struct HmacSha1Key {
    /// The state after the block of the padded key, of the inner and of the outer hash.
    pub(crate) inner: State,
    pub(crate) outer: State,
}

impl HmacSha1Key {
    /// Prepares a key of any length.
    pub fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK_LEN];
        if let Some(start) = block.get_mut(..key.len()) {
            start.copy_from_slice(key);
        } else if let Some(start) = block.first_chunk_mut() {
            // rfc2104 §2: a key that is longer than a block is hashed first.
            *start = Sha1::digest(key).into();
        }
        let key = Self { inner: padded(&block, 0x36), outer: padded(&block, 0x5c) };
        block.zeroize();
        key
    }

    /// The HMAC of the concatenated `parts`.
    #[inline]
    pub fn sign(&self, parts: &[&[u8]]) -> [u8; DIGEST_LEN] {
        let mut buffer = [[0; BLOCK_LEN]; 2];
        let mut job = Job::idle(&mut buffer);
        job.start(parts);
        self.finish(&mut job, self.inner)
    }

    /// The HMACs of a run of messages, each the concatenation of two parts: the same as
    /// [`sign`](Self::sign) of each, and cheaper where the processor can hash several at once.
    ///
    /// Calls `tags` once for each message, with its index in the run and its tag, in any order.
    ///
    /// ```
    /// let key = lariat_lanes::HmacSha1Key::new(b"key");
    /// let packets = [[1; 100], [2; 100], [3; 100], [4; 100]];
    /// let mut signed = [[0; 20]; 4];
    /// let messages = packets.each_ref().map(|packet| packet.split_at(96).into());
    /// key.sign_run(&messages, |index, tag| signed[index] = tag);
    /// assert_eq!(signed[2], key.sign(&[&packets[2]]));
    /// ```
    pub fn sign_run(&self, messages: &[[&[u8]; 2]], mut tags: impl FnMut(usize, [u8; DIGEST_LEN])) {
        self.sign_in_lanes(messages, &mut tags);
    }

    fn sign_in_lanes(&self, messages: &[[&[u8]; 2]], tags: &mut Tags<'_>) {
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(lanes) = Avx512::detect()
                && messages.len() > 8
            {
                return run::sign(self, lanes, lanes.few(), messages, tags);
            }
            if let Some(lanes) = Avx512Vl::detect()
                && messages.len() > lanes.few()
            {
                return run::sign(self, lanes, lanes.few(), messages, tags);
            }
            if let Some(lanes) = Avx2::detect()
                && messages.len() > lanes.few()
            {
                return run::sign(self, lanes, lanes.few(), messages, tags);
            }
        }
        for (index, message) in messages.iter().enumerate() {
            tags(index, self.sign(message));
        }
    }

    /// Goes on with a job alone, to its tag.
    #[inline]
    pub(crate) fn finish(&self, job: &mut Job<'_>, mut state: State) -> [u8; DIGEST_LEN] {
        loop {
            let blocks = job.blocks();
            let count = blocks.len();
            compress(&mut state, blocks);
            match job.advance(count) {
                Progress::Hashing => {}
                Progress::Inner => {
                    job.wrap(state);
                    state = self.outer;
                }
                Progress::Done => return digest(state),
            }
        }
    }
}

/// Takes the tags of a run, each with the index of its message. Behind a pointer, so that lanes are
/// compiled once and not for every caller.
pub(crate) type Tags<'a> = dyn FnMut(usize, [u8; DIGEST_LEN]) + 'a;

impl Drop for HmacSha1Key {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl fmt::Debug for HmacSha1Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSha1Key(..)")
    }
}

/// The state after a block of the key, every byte of it combined with `pad`.
fn padded(key: &Block, pad: u8) -> State {
    let mut block = key.map(|byte| byte ^ pad);
    let mut state = INITIAL;
    compress(&mut state, &[block]);
    block.zeroize();
    state
}
