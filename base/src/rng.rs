//! Randomness that is an input, like time.

use core::fmt;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The one source of randomness of a peer: 32 bytes, split by label.
///
/// A run is a function of its seed and its inputs. In production the seed comes from the operating
/// system's generator, and since every stream below it is ChaCha20, what is drawn is as hard to
/// predict as the seed. Its `Debug` form shows nothing.
///
/// ```
/// use lariat_base::Seed;
///
/// let seed = Seed::new([7; 32]);
/// let mut ice = seed.split("ice").rng();
/// let mut sctp = seed.split("sctp").rng();
/// assert_ne!(ice.u64(), sctp.u64());
/// assert_eq!(seed.split("ice").rng().u64(), seed.split("ice").rng().u64());
/// ```
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// A seed from 32 bytes, which in production must be secret and unpredictable.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed of the part called `label`. Different labels give unrelated seeds.
    #[must_use]
    pub fn split(&self, label: &str) -> Self {
        let mut rng = ChaCha20Rng::from_seed(self.0);
        // Stream 0 is the seed's own generator; labels hash (FNV-1a) to one of the others.
        let stream = label.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        rng.set_stream(stream.max(1));
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The generator that this seed starts.
    pub fn rng(&self) -> Rng {
        Rng(ChaCha20Rng::from_seed(self.0))
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A reproducible generator; see [`Seed`].
///
/// ```
/// use lariat_base::Seed;
///
/// let mut rng = Seed::new([1; 32]).rng();
/// let id: [u8; 12] = rng.array();
/// assert_eq!(id, Seed::new([1; 32]).rng().array());
/// assert!(rng.below(6) < 6);
/// ```
#[derive(Clone)]
pub struct Rng(ChaCha20Rng);

impl Rng {
    /// Fills `out`.
    pub fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }

    /// `N` random bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A random 16-bit number.
    pub fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    /// A random 32-bit number.
    pub fn u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A random 64-bit number.
    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A random number below `bound`, and 0 for a bound of 0. The bias is below `bound` / 2⁶⁴.
    pub fn below(&mut self, bound: u64) -> u64 {
        let product = u128::from(self.u64()) * u128::from(bound);
        (product >> 64) as u64
    }
}

impl fmt::Debug for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rng(..)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        // Recorded runs depend on it: a change here is a breaking change.
        let mut rng = Seed::new([0; 32]).split("test").rng();
        assert_eq!(rng.u64(), 7_762_374_101_724_445_729);
    }

    #[test]
    fn below_covers_its_range() {
        let mut rng = Seed::new([3; 32]).rng();
        let mut seen = [false; 7];
        for _ in 0..1_000 {
            seen[usize::try_from(rng.below(7)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 7]);
        assert_eq!(rng.below(0), 0);
    }

    #[test]
    fn debug_output_gives_nothing_away() {
        let seed = Seed::new([0xab; 32]);
        assert_eq!(format!("{seed:?} {:?}", seed.rng()), "Seed(..) Rng(..)");
    }
}
