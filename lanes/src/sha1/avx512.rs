//! Sixteen lanes with AVX-512, which rotates and mixes three words in an instruction each.

use core::arch::x86_64::{
    __m512i, _mm_extract_epi32, _mm_set_epi8, _mm512_add_epi32, _mm512_broadcast_i32x4,
    _mm512_extracti32x4_epi32, _mm512_rolv_epi32, _mm512_set1_epi32, _mm512_setr_epi32,
    _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use super::{Arithmetic, Block, States, shortest, words};

/// Compresses as many blocks of each lane as the shortest has, and returns how many that is.
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn compress(states: &mut States<16>, blocks: &[&[Block]; 16]) -> usize {
    let arithmetic = Arithmetic {
        splat: |word: u32| _mm512_set1_epi32(word.cast_signed()),
        add: |a, b| _mm512_add_epi32(a, b),
        xor: |a, b| _mm512_xor_si512(a, b),
        rotate: |a, bits: u32| _mm512_rolv_epi32(a, _mm512_set1_epi32(bits.cast_signed())),
        choose: |a, b, c| _mm512_ternarylogic_epi32::<0xca>(a, b, c),
        parity: |a, b, c| _mm512_ternarylogic_epi32::<0x96>(a, b, c),
        majority: |a, b, c| _mm512_ternarylogic_epi32::<0xe8>(a, b, c),
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
#[target_feature(enable = "avx512f,avx512bw")]
#[allow(clippy::indexing_slicing, reason = "no lane is shorter than the shortest")]
fn gather(blocks: &[&[Block]; 16], index: usize) -> [__m512i; 16] {
    let swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
    let swap = _mm512_broadcast_i32x4(swap);
    let mut rows = [swap; 16];
    for (row, lane) in rows.iter_mut().zip(blocks) {
        *row = _mm512_shuffle_epi8(pack(words(&lane[index])), swap);
    }
    transpose(rows)
}

/// Turns a vector for each lane into a vector for each word.
#[target_feature(enable = "avx512f")]
fn transpose(lanes: [__m512i; 16]) -> [__m512i; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = lanes;
    // Each quarter of a vector holds the same word of four lanes, from word 0, 4, 8 and 12 on.
    let [a0, a1, a2, a3] = transpose_within_quarters(a, b, c, d);
    let [b0, b1, b2, b3] = transpose_within_quarters(e, f, g, h);
    let [c0, c1, c2, c3] = transpose_within_quarters(i, j, k, l);
    let [d0, d1, d2, d3] = transpose_within_quarters(m, n, o, p);
    let [w0, w4, w8, w12] = transpose_quarters(a0, b0, c0, d0);
    let [w1, w5, w9, w13] = transpose_quarters(a1, b1, c1, d1);
    let [w2, w6, w10, w14] = transpose_quarters(a2, b2, c2, d2);
    let [w3, w7, w11, w15] = transpose_quarters(a3, b3, c3, d3);
    [w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15]
}

#[target_feature(enable = "avx512f")]
fn transpose_within_quarters(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> [__m512i; 4] {
    let (ab, cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
    let (ab_high, cd_high) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
    [
        _mm512_unpacklo_epi64(ab, cd),
        _mm512_unpackhi_epi64(ab, cd),
        _mm512_unpacklo_epi64(ab_high, cd_high),
        _mm512_unpackhi_epi64(ab_high, cd_high),
    ]
}

#[target_feature(enable = "avx512f")]
fn transpose_quarters(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> [__m512i; 4] {
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let (ab, cd) = (_mm512_shuffle_i32x4::<EVEN>(a, b), _mm512_shuffle_i32x4::<EVEN>(c, d));
    let (ab_odd, cd_odd) = (_mm512_shuffle_i32x4::<ODD>(a, b), _mm512_shuffle_i32x4::<ODD>(c, d));
    [
        _mm512_shuffle_i32x4::<EVEN>(ab, cd),
        _mm512_shuffle_i32x4::<EVEN>(ab_odd, cd_odd),
        _mm512_shuffle_i32x4::<ODD>(ab, cd),
        _mm512_shuffle_i32x4::<ODD>(ab_odd, cd_odd),
    ]
}

/// One load, once compiled.
#[target_feature(enable = "avx512f")]
fn pack(words: [u32; 16]) -> __m512i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = words.map(u32::cast_signed);
    _mm512_setr_epi32(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
}

/// One store, once compiled.
#[target_feature(enable = "avx512f")]
fn unpack(vector: __m512i) -> [u32; 16] {
    let quarters = [
        _mm512_extracti32x4_epi32::<0>(vector),
        _mm512_extracti32x4_epi32::<1>(vector),
        _mm512_extracti32x4_epi32::<2>(vector),
        _mm512_extracti32x4_epi32::<3>(vector),
    ];
    let words = quarters.map(|quarter| {
        [
            _mm_extract_epi32::<0>(quarter),
            _mm_extract_epi32::<1>(quarter),
            _mm_extract_epi32::<2>(quarter),
            _mm_extract_epi32::<3>(quarter),
        ]
    });
    let mut unpacked = [0; 16];
    for (to, from) in unpacked.iter_mut().zip(words.as_flattened()) {
        *to = from.cast_unsigned();
    }
    unpacked
}
