//! Eight lanes with AVX2.

use core::arch::x86_64::{
    __m256i, _mm_cvtsi32_si128, _mm_set_epi8, _mm256_add_epi32, _mm256_and_si256,
    _mm256_broadcastsi128_si256, _mm256_extract_epi32, _mm256_or_si256, _mm256_permute2x128_si256,
    _mm256_set1_epi32, _mm256_setr_epi32, _mm256_shuffle_epi8, _mm256_sll_epi32, _mm256_srl_epi32,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi64, _mm256_unpacklo_epi32, _mm256_unpacklo_epi64,
    _mm256_xor_si256,
};

use super::{Arithmetic, Block, States, shortest, words};

/// Compresses as many blocks of each lane as the shortest has, and returns how many that is.
#[target_feature(enable = "avx2")]
pub(crate) fn compress(states: &mut States<8>, blocks: &[&[Block]; 8]) -> usize {
    let arithmetic = Arithmetic {
        splat: |word: u32| _mm256_set1_epi32(word.cast_signed()),
        add: |a, b| _mm256_add_epi32(a, b),
        xor: |a, b| _mm256_xor_si256(a, b),
        rotate: |a, bits: u32| {
            let (left, right) = (bits.cast_signed(), 32 - bits.cast_signed());
            let left = _mm256_sll_epi32(a, _mm_cvtsi32_si128(left));
            _mm256_or_si256(left, _mm256_srl_epi32(a, _mm_cvtsi32_si128(right)))
        },
        choose: |a, b, c| _mm256_xor_si256(c, _mm256_and_si256(a, _mm256_xor_si256(b, c))),
        parity: |a, b, c| _mm256_xor_si256(a, _mm256_xor_si256(b, c)),
        majority: |a, b, c| {
            let either = _mm256_and_si256(c, _mm256_or_si256(a, b));
            _mm256_or_si256(_mm256_and_si256(a, b), either)
        },
    };
    let count = shortest(blocks);
    let [a, b, c, d, e] = *states;
    let mut vectors = [pack(a), pack(b), pack(c), pack(d), pack(e)];
    for index in 0..count {
        arithmetic.compress(&mut vectors, gather(blocks, index));
    }
    let [a, b, c, d, e] = vectors;
    *states = [unpack(a), unpack(b), unpack(c), unpack(d), unpack(e)];
    count
}

/// The sixteen words of each lane's block at `index`, a vector for each word.
#[target_feature(enable = "avx2")]
#[allow(clippy::indexing_slicing, reason = "no lane is shorter than the shortest")]
pub(super) fn gather(blocks: &[&[Block]; 8], index: usize) -> [__m256i; 16] {
    let swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    let swap = _mm256_broadcastsi128_si256(swap);
    let (mut low, mut high) = ([swap; 8], [swap; 8]);
    for ((low, high), lane) in low.iter_mut().zip(&mut high).zip(blocks) {
        let [a, b, c, d, e, f, g, h, rest @ ..] = words(&lane[index]);
        *low = _mm256_shuffle_epi8(pack([a, b, c, d, e, f, g, h]), swap);
        *high = _mm256_shuffle_epi8(pack(rest), swap);
    }
    let [a, b, c, d, e, f, g, h] = transpose(low);
    let [i, j, k, l, m, n, o, p] = transpose(high);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Turns a vector for each lane into a vector for each word.
#[target_feature(enable = "avx2")]
fn transpose(lanes: [__m256i; 8]) -> [__m256i; 8] {
    const LOW: i32 = 0x20;
    const HIGH: i32 = 0x31;
    let [a, b, c, d, e, f, g, h] = lanes;
    // Each half of a vector holds the same word of four lanes, from word 0 and 4 on.
    let [a0, a1, a2, a3] = transpose_within_halves(a, b, c, d);
    let [b0, b1, b2, b3] = transpose_within_halves(e, f, g, h);
    [
        _mm256_permute2x128_si256::<LOW>(a0, b0),
        _mm256_permute2x128_si256::<LOW>(a1, b1),
        _mm256_permute2x128_si256::<LOW>(a2, b2),
        _mm256_permute2x128_si256::<LOW>(a3, b3),
        _mm256_permute2x128_si256::<HIGH>(a0, b0),
        _mm256_permute2x128_si256::<HIGH>(a1, b1),
        _mm256_permute2x128_si256::<HIGH>(a2, b2),
        _mm256_permute2x128_si256::<HIGH>(a3, b3),
    ]
}

#[target_feature(enable = "avx2")]
fn transpose_within_halves(a: __m256i, b: __m256i, c: __m256i, d: __m256i) -> [__m256i; 4] {
    let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
    let (ab_high, cd_high) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab, cd),
        _mm256_unpackhi_epi64(ab, cd),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// One load, once compiled.
#[target_feature(enable = "avx2")]
pub(super) fn pack(words: [u32; 8]) -> __m256i {
    let [a, b, c, d, e, f, g, h] = words.map(u32::cast_signed);
    _mm256_setr_epi32(a, b, c, d, e, f, g, h)
}

/// One store, once compiled.
#[target_feature(enable = "avx2")]
pub(super) fn unpack(vector: __m256i) -> [u32; 8] {
    let words = [
        _mm256_extract_epi32::<0>(vector),
        _mm256_extract_epi32::<1>(vector),
        _mm256_extract_epi32::<2>(vector),
        _mm256_extract_epi32::<3>(vector),
        _mm256_extract_epi32::<4>(vector),
        _mm256_extract_epi32::<5>(vector),
        _mm256_extract_epi32::<6>(vector),
        _mm256_extract_epi32::<7>(vector),
    ];
    words.map(i32::cast_unsigned)
}
