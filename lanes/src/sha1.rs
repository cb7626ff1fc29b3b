//! SHA-1's compression function (FIPS 180-4 §6.1.2), for vectors of any width.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512vl;

pub(crate) const BLOCK_LEN: usize = 64;
pub(crate) const DIGEST_LEN: usize = 20;

pub(crate) type Block = [u8; BLOCK_LEN];
pub(crate) type State = [u32; 5];

/// The states of `N` messages: the first words of all, the second words of all, and so on.
#[cfg(target_arch = "x86_64")]
pub(crate) type States<const N: usize> = [[u32; N]; 5];

/// FIPS 180-4 §5.3.1.
pub(crate) const INITIAL: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The bytes of a state.
#[inline]
pub(crate) fn digest(state: State) -> [u8; DIGEST_LEN] {
    let mut digest = [0; DIGEST_LEN];
    let (words, _) = digest.as_chunks_mut();
    for (bytes, word) in words.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// The words of a block as they lie in memory: their bytes are still to be swapped.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn words(block: &Block) -> [u32; 16] {
    let mut words = [0; 16];
    let (chunks, _) = block.as_chunks();
    for (word, bytes) in words.iter_mut().zip(chunks) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

/// How many blocks every lane has.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn shortest<const N: usize>(blocks: &[&[Block]; N]) -> usize {
    blocks.iter().map(|lane| lane.len()).min().unwrap_or_default()
}

/// What the compression function asks of a vector of words.
///
/// These are closures, because a closure has the target features of the function that it is written
/// in; a method of a trait could not have them and be safe. Whatever takes them is inlined into
/// that function: it would call each of them otherwise.
#[cfg(target_arch = "x86_64")]
pub(crate) struct Arithmetic<Splat, Add, Xor, Rotate, Choose, Parity, Majority> {
    /// The same word in every lane.
    pub(crate) splat: Splat,
    pub(crate) add: Add,
    pub(crate) xor: Xor,
    /// To the left, by a constant.
    pub(crate) rotate: Rotate,
    /// Of each bit of the first, if it is set the second's, else the third's.
    pub(crate) choose: Choose,
    pub(crate) parity: Parity,
    pub(crate) majority: Majority,
}

#[cfg(target_arch = "x86_64")]
impl<V, Splat, Add, Xor, Rotate, Choose, Parity, Majority>
    Arithmetic<Splat, Add, Xor, Rotate, Choose, Parity, Majority>
where
    V: Copy,
    Splat: Fn(u32) -> V,
    Add: Fn(V, V) -> V,
    Xor: Fn(V, V) -> V,
    Rotate: Fn(V, u32) -> V,
    Choose: Fn(V, V, V) -> V,
    Parity: Fn(V, V, V) -> V,
    Majority: Fn(V, V, V) -> V,
{
    /// Adds one block of every lane to the state of that lane. `words` are the sixteen words of the
    /// blocks.
    #[inline(always)]
    pub(crate) fn compress(&self, state: &mut [V; 5], mut words: [V; 16]) {
        let mut next = *state;
        self.twenty_rounds(&mut next, &mut words, 0, 0x5a82_7999, &self.choose);
        self.twenty_rounds(&mut next, &mut words, 20, 0x6ed9_eba1, &self.parity);
        self.twenty_rounds(&mut next, &mut words, 40, 0x8f1b_bcdc, &self.majority);
        self.twenty_rounds(&mut next, &mut words, 60, 0xca62_c1d6, &self.parity);
        for (word, next) in state.iter_mut().zip(next) {
            *word = (self.add)(*word, next);
        }
    }

    #[inline(always)]
    fn twenty_rounds(
        &self,
        state: &mut [V; 5],
        words: &mut [V; 16],
        first: usize,
        constant: u32,
        mix: &impl Fn(V, V, V) -> V,
    ) {
        let constant = (self.splat)(constant);
        self.five_rounds(state, words, first, constant, mix);
        self.five_rounds(state, words, first + 5, constant, mix);
        self.five_rounds(state, words, first + 10, constant, mix);
        self.five_rounds(state, words, first + 15, constant, mix);
    }

    /// Written out, because a loop would keep the words in memory, to be found by an index.
    #[inline(always)]
    fn five_rounds(
        &self,
        state: &mut [V; 5],
        words: &mut [V; 16],
        first: usize,
        constant: V,
        mix: &impl Fn(V, V, V) -> V,
    ) {
        self.round(state, words, first, constant, mix);
        self.round(state, words, first + 1, constant, mix);
        self.round(state, words, first + 2, constant, mix);
        self.round(state, words, first + 3, constant, mix);
        self.round(state, words, first + 4, constant, mix);
    }

    #[inline(always)]
    #[allow(clippy::indexing_slicing, reason = "every index is a remainder")]
    fn round(
        &self,
        state: &mut [V; 5],
        words: &mut [V; 16],
        round: usize,
        constant: V,
        mix: &impl Fn(V, V, V) -> V,
    ) {
        let word = |back: usize| words[(round + 16 - back) % 16];
        let mut scheduled = word(16);
        if round >= 16 {
            let sum = (self.parity)(word(3), word(8), (self.xor)(word(14), word(16)));
            scheduled = (self.rotate)(sum, 1);
            words[round % 16] = scheduled;
        }
        let [a, b, c, d, e] = *state;
        // The newest value comes last: the next round waits for this one's.
        let early = (self.add)((self.add)(e, constant), scheduled);
        let late = (self.add)(mix(b, c, d), (self.rotate)(a, 5));
        *state = [(self.add)(early, late), a, (self.rotate)(b, 30), c, d];
    }
}
