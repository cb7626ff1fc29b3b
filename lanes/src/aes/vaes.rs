//! Counter mode with AVX-512 and VAES: four blocks in a vector, eight vectors at a time.

use core::arch::x86_64::{
    __m512i, _mm_aeskeygenassist_si128, _mm_cvtsi128_si32, _mm_extract_epi64, _mm_set_epi64x,
    _mm_setr_epi32, _mm512_add_epi64, _mm512_aesenc_epi128, _mm512_aesenclast_epi128,
    _mm512_broadcast_i32x4, _mm512_extracti32x4_epi32, _mm512_setr_epi64, _mm512_setzero_si512,
    _mm512_shuffle_epi8, _mm512_xor_si512,
};

use zeroize::Zeroize as _;

/// The round keys of one of AES's three sizes, which differ in the number of rounds between the
/// first and the last.
pub(crate) enum Schedule {
    Aes128(RoundKeys<9>),
    Aes192(RoundKeys<11>),
    Aes256(RoundKeys<13>),
}

pub(crate) struct RoundKeys<const MIDDLE: usize> {
    first: [u32; 4],
    middle: [[u32; 4]; MIDDLE],
    last: [u32; 4],
}

impl<const MIDDLE: usize> Drop for RoundKeys<MIDDLE> {
    fn drop(&mut self) {
        self.first.zeroize();
        self.middle.zeroize();
        self.last.zeroize();
    }
}

/// The key schedule (FIPS 197 §5.2) of a key of 16, 24 or 32 bytes.
#[target_feature(enable = "aes,sse4.1")]
pub(crate) fn expand(key: &[u8]) -> Option<Schedule> {
    Some(match key.len() {
        16 => Schedule::Aes128(round_keys(key)),
        24 => Schedule::Aes192(round_keys(key)),
        32 => Schedule::Aes256(round_keys(key)),
        _ => return None,
    })
}

#[target_feature(enable = "aes,sse4.1")]
#[allow(clippy::indexing_slicing, reason = "a key has at most 8 words, all of its rounds 60")]
fn round_keys<const MIDDLE: usize>(key: &[u8]) -> RoundKeys<MIDDLE> {
    let mut words = [0_u32; 60];
    let (chunks, _) = key.as_chunks();
    for (word, bytes) in words.iter_mut().zip(chunks) {
        *word = u32::from_le_bytes(*bytes);
    }
    let length = chunks.len();
    let mut constant = 1_u32;
    for index in length..4 * (MIDDLE + 2) {
        let mut word = words[index - 1];
        if index % length == 0 {
            word = substitute(word).rotate_right(8) ^ constant;
            // FIPS 197 §5.2: powers of x in the field of AES.
            constant = (constant << 1) ^ (0x11b * (constant >> 7));
        } else if length == 8 && index % length == 4 {
            word = substitute(word);
        }
        words[index] = words[index - length] ^ word;
    }
    let (keys, _) = words.as_chunks();
    let mut middle = [[0; 4]; MIDDLE];
    middle.copy_from_slice(&keys[1..=MIDDLE]);
    let keys = RoundKeys { first: keys[0], middle, last: keys[MIDDLE + 1] };
    words.zeroize();
    keys
}

/// The S-box of each byte of a word, by the instruction for it: a table would tell the caches.
#[target_feature(enable = "aes,sse4.1")]
fn substitute(word: u32) -> u32 {
    let words = _mm_setr_epi32(0, word.cast_signed(), 0, 0);
    _mm_cvtsi128_si32(_mm_aeskeygenassist_si128::<0>(words)).cast_unsigned()
}

/// Combines `data` with the keystream from the block `counter` on. The lower 64 bits of the counter
/// must not overflow within `data`.
#[target_feature(enable = "aes,avx512f,avx512bw,sse4.1,vaes")]
pub(crate) fn apply_keystream(schedule: &Schedule, counter: u128, data: &mut [u8]) {
    match schedule {
        Schedule::Aes128(keys) => apply(keys, counter, data),
        Schedule::Aes192(keys) => apply(keys, counter, data),
        Schedule::Aes256(keys) => apply(keys, counter, data),
    }
}

#[target_feature(enable = "aes,avx512f,avx512bw,sse4.1,vaes")]
fn apply<const MIDDLE: usize>(keys: &RoundKeys<MIDDLE>, counter: u128, data: &mut [u8]) {
    let mut stream = Keystream::new(keys, counter);
    let (chunks, rest) = data.as_chunks_mut::<512>();
    for chunk in chunks {
        combine(&stream.next::<8>(), chunk);
    }
    let (chunks, rest) = rest.as_chunks_mut::<256>();
    for chunk in chunks {
        combine(&stream.next::<4>(), chunk);
    }
    if !rest.is_empty() {
        let mut end = [0; 256];
        combine(&stream.next::<4>(), &mut end);
        for (byte, key) in rest.iter_mut().zip(end) {
            *byte ^= key;
        }
    }
}

struct Keystream<const MIDDLE: usize> {
    first: __m512i,
    middle: [__m512i; MIDDLE],
    last: __m512i,
    /// Of the next four blocks, each with its lower half first.
    counters: __m512i,
}

impl<const MIDDLE: usize> Keystream<MIDDLE> {
    #[target_feature(enable = "avx512f")]
    #[inline]
    fn new(keys: &RoundKeys<MIDDLE>, counter: u128) -> Self {
        let mut middle = [_mm512_setzero_si512(); MIDDLE];
        for (vector, key) in middle.iter_mut().zip(&keys.middle) {
            *vector = broadcast(key);
        }
        let (high, low) = ((counter >> 64) as i64, counter as i64);
        let counters = _mm512_setr_epi64(low, high, low, high, low, high, low, high);
        let counters = _mm512_add_epi64(counters, _mm512_setr_epi64(0, 0, 1, 0, 2, 0, 3, 0));
        Self { first: broadcast(&keys.first), middle, last: broadcast(&keys.last), counters }
    }

    /// The next `4 * N` blocks.
    #[target_feature(enable = "avx512f,avx512bw,vaes")]
    #[inline]
    fn next<const N: usize>(&mut self) -> [__m512i; N] {
        let swap = _mm_set_epi64x(0x0001_0203_0405_0607, 0x0809_0a0b_0c0d_0e0f);
        let swap = _mm512_broadcast_i32x4(swap);
        let mut blocks = [swap; N];
        for block in &mut blocks {
            *block = _mm512_xor_si512(_mm512_shuffle_epi8(self.counters, swap), self.first);
            let four = _mm512_setr_epi64(4, 0, 4, 0, 4, 0, 4, 0);
            self.counters = _mm512_add_epi64(self.counters, four);
        }
        for key in &self.middle {
            for block in &mut blocks {
                *block = _mm512_aesenc_epi128(*block, *key);
            }
        }
        for block in &mut blocks {
            *block = _mm512_aesenclast_epi128(*block, self.last);
        }
        blocks
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
fn broadcast(key: &[u32; 4]) -> __m512i {
    let [a, b, c, d] = key.map(u32::cast_signed);
    _mm512_broadcast_i32x4(_mm_setr_epi32(a, b, c, d))
}

#[target_feature(enable = "avx512f,sse4.1")]
#[inline]
fn combine(stream: &[__m512i], data: &mut [u8]) {
    let (chunks, _) = data.as_chunks_mut::<64>();
    for (chunk, vector) in chunks.iter_mut().zip(stream) {
        let (words, _) = chunk.as_chunks_mut();
        let mut loaded = [0; 8];
        for (value, bytes) in loaded.iter_mut().zip(&*words) {
            *value = i64::from_le_bytes(*bytes);
        }
        let [a, b, c, d, e, f, g, h] = loaded;
        let combined = _mm512_xor_si512(*vector, _mm512_setr_epi64(a, b, c, d, e, f, g, h));
        let quarters = [
            _mm512_extracti32x4_epi32::<0>(combined),
            _mm512_extracti32x4_epi32::<1>(combined),
            _mm512_extracti32x4_epi32::<2>(combined),
            _mm512_extracti32x4_epi32::<3>(combined),
        ];
        let (pairs, _) = words.as_chunks_mut();
        for ([low, high], quarter) in pairs.iter_mut().zip(quarters) {
            *low = _mm_extract_epi64::<0>(quarter).to_le_bytes();
            *high = _mm_extract_epi64::<1>(quarter).to_le_bytes();
        }
    }
}
