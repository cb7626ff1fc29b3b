//! Eight lanes with AVX-512's instructions, for runs that would leave half of sixteen empty.

use core::arch::x86_64::{
    _mm256_add_epi32, _mm256_rolv_epi32, _mm256_set1_epi32, _mm256_ternarylogic_epi32,
    _mm256_xor_si256,
};

use super::avx2::{gather, pack, unpack};
use super::{Arithmetic, Block, States, shortest};

/// Compresses as many blocks of each lane as the shortest has, and returns how many that is.
#[target_feature(enable = "avx2,avx512f,avx512vl")]
pub(crate) fn compress(states: &mut States<8>, blocks: &[&[Block]; 8]) -> usize {
    let arithmetic = Arithmetic {
        splat: |word: u32| _mm256_set1_epi32(word.cast_signed()),
        add: |a, b| _mm256_add_epi32(a, b),
        xor: |a, b| _mm256_xor_si256(a, b),
        rotate: |a, bits: u32| _mm256_rolv_epi32(a, _mm256_set1_epi32(bits.cast_signed())),
        choose: |a, b, c| _mm256_ternarylogic_epi32::<0xca>(a, b, c),
        parity: |a, b, c| _mm256_ternarylogic_epi32::<0x96>(a, b, c),
        majority: |a, b, c| _mm256_ternarylogic_epi32::<0xe8>(a, b, c),
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
