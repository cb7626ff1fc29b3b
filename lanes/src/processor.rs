//! What this processor can do, and the house's only unsafe code: to call what needs that.

#![allow(unsafe_code, reason = "calls what needs a feature of the processor, once that is found")]

use crate::aes::vaes::{self, Schedule};
use crate::sha1::{Block, States, avx2, avx512, avx512vl};

/// Compression of `N` messages side by side. A value exists only where the processor can do it.
pub(crate) trait Lanes<const N: usize>: Copy {
    /// Up to how many messages are hashed sooner one after another, by the processor's own
    /// instructions for SHA-1, than side by side. Measured.
    const FEW: usize;

    /// Compresses as many blocks of each lane as the shortest has, and returns how many that is.
    fn compress(self, states: &mut States<N>, blocks: &[&[Block]; N]) -> usize;

    /// [`FEW`](Self::FEW) on this processor, which may be without such instructions.
    fn few(self) -> usize {
        if has_sha::get() { Self::FEW } else { 1 }
    }
}

/// The processor has AVX-512.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

/// The processor has AVX-512 for vectors of 256 bits.
#[derive(Clone, Copy)]
pub(crate) struct Avx512Vl(());

/// The processor has AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx512 {
    pub(crate) fn detect() -> Option<Self> {
        has_avx512::get().then_some(Self(()))
    }
}

impl Avx512Vl {
    pub(crate) fn detect() -> Option<Self> {
        has_avx512vl::get().then_some(Self(()))
    }
}

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        has_avx2::get().then_some(Self(()))
    }
}

/// The processor has AVX-512 and, for its vectors, the instructions of AES.
#[derive(Clone, Copy)]
pub(crate) struct Vaes(());

impl Vaes {
    pub(crate) fn detect() -> Option<Self> {
        has_vaes::get().then_some(Self(()))
    }

    /// The key schedule of a key of 16, 24 or 32 bytes.
    pub(crate) fn expand(self, key: &[u8]) -> Option<Schedule> {
        // SAFETY: the function is safe on a processor with AES-NI and SSE4.1. `detect` alone makes
        // a `Vaes`, and only if there are both.
        unsafe { vaes::expand(key) }
    }

    /// Combines `data` with the keystream from the block `counter` on. The lower 64 bits of the
    /// counter must not overflow within `data`.
    pub(crate) fn apply_keystream(self, schedule: &Schedule, counter: u128, data: &mut [u8]) {
        // SAFETY: the function is safe on a processor with AES-NI, AVX-512F, AVX-512BW, SSE4.1 and
        // VAES. `detect` alone makes a `Vaes`, and only if there are all five.
        unsafe { vaes::apply_keystream(schedule, counter, data) }
    }
}

impl Lanes<16> for Avx512 {
    const FEW: usize = 4;

    fn compress(self, states: &mut States<16>, blocks: &[&[Block]; 16]) -> usize {
        // SAFETY: the function is safe on a processor with AVX-512F and AVX-512BW. `detect` alone
        // makes an `Avx512`, and only if there are both.
        unsafe { avx512::compress(states, blocks) }
    }
}

impl Lanes<8> for Avx512Vl {
    const FEW: usize = 3;

    fn compress(self, states: &mut States<8>, blocks: &[&[Block]; 8]) -> usize {
        // SAFETY: the function is safe on a processor with AVX2, AVX-512F and AVX-512VL. `detect`
        // alone makes an `Avx512Vl`, and only if there are all three.
        unsafe { avx512vl::compress(states, blocks) }
    }
}

impl Lanes<8> for Avx2 {
    const FEW: usize = 4;

    fn compress(self, states: &mut States<8>, blocks: &[&[Block]; 8]) -> usize {
        // SAFETY: the function is safe on a processor with AVX2. `detect` alone makes an `Avx2`,
        // and only if there is AVX2.
        unsafe { avx2::compress(states, blocks) }
    }
}

cpufeatures::new!(has_avx512, "avx512f", "avx512bw");
cpufeatures::new!(has_avx512vl, "avx2", "avx512f", "avx512vl");
cpufeatures::new!(has_avx2, "avx2");
cpufeatures::new!(has_vaes, "aes", "avx512f", "avx512bw", "sse4.1", "vaes");
cpufeatures::new!(has_sha, "sha", "sse2", "ssse3", "sse4.1");
