//! Wide, quick and reversible: the opposite of a cryptographic hash.

/// Odd constants without a pattern: the fractional parts of the golden ratio and of √2, √3.
const FACTORS: [u64; 3] = [0x9e37_79b9_7f4a_7c15, 0x6a09_e667_f3bc_c909, 0xbb67_ae85_84ca_a73b];

/// A permutation of the 64-bit numbers in which every input bit reaches every output bit.
pub(super) const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 31)).wrapping_mul(FACTORS[0]);
    let word = (word ^ (word >> 29)).wrapping_mul(FACTORS[1]);
    (word ^ (word >> 32)).wrapping_add(FACTORS[2])
}

/// Mixes a string of bytes, eight at a time, however it is cut into pieces.
///
/// Each step is a permutation of the state, and of the word taken in: two strings that differ in
/// one word never collide.
#[derive(Clone, Debug)]
pub(super) struct Mixer {
    state: [u64; 2],
    /// Bytes that do not make a whole word yet, from the low end.
    pending: u64,
    length: u64,
}

impl Mixer {
    /// A mixer that starts from `key`.
    pub(super) fn new(key: &[u64]) -> Self {
        let mut mixer = Self { state: [FACTORS[1], FACTORS[2]], pending: 0, length: 0 };
        key.iter().for_each(|&word| mixer.word(mix(word)));
        mixer
    }

    fn word(&mut self, word: u64) {
        let [a, b] = self.state;
        let a = (a ^ word).wrapping_mul(FACTORS[0]).rotate_left(29);
        self.state = [a, (b ^ a).wrapping_mul(FACTORS[2]).rotate_left(23)];
    }

    fn byte(&mut self, byte: u8) {
        let used = (self.length % 8) as u32;
        self.pending |= u64::from(byte) << (8 * used);
        self.length = self.length.wrapping_add(1);
        if used == 7 {
            self.word(self.pending);
            self.pending = 0;
        }
    }

    /// Takes in bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let whole = ((8 - self.length % 8) % 8) as usize;
        let (head, rest) = bytes.split_at(whole.min(bytes.len()));
        let (words, tail) = rest.as_chunks::<8>();
        head.iter().for_each(|&byte| self.byte(byte));
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        self.length = self.length.wrapping_add(8 * words.len() as u64);
        tail.iter().for_each(|&byte| self.byte(byte));
    }

    /// The outcome as words; more bytes may follow.
    pub(super) fn words(&self) -> [u64; 2] {
        let mut end = self.clone();
        end.word(self.pending);
        end.word(self.length);
        let [a, b] = end.state;
        [mix(a), mix(b)]
    }

    /// The outcome as any number of bytes, of which shorter ones are the beginning of longer ones.
    pub(super) fn fill(&self, out: &mut [u8]) {
        let [a, b] = self.words();
        for (index, chunk) in (0..).zip(out.chunks_mut(8)) {
            let word = mix(a.wrapping_add(mix(b ^ index))).to_le_bytes();
            chunk.iter_mut().zip(word).for_each(|(out, byte)| *out = byte);
        }
    }
}
