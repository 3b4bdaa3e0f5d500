//! The random streams: one for every episode, each a function of (seed, environment, episode).

const MULTIPLIERS: [u64; 2] = [0xD2E7_470E_E14C_6C93, 0xCA5A_8263_9512_1157];
const WEYL: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xBB67_AE85_84CA_A73B];
const ROUNDS: usize = 10;

/// Philox 4x64-10, a counter-based generator (Salmon et al., *Parallel random numbers: as easy as
/// 1, 2, 3*, 2011).
///
/// The key holds the seed and the counter holds (block, episode, environment), so two episodes
/// never share a number, and any stream can be had without running another. The numbers are those
/// of `numpy.random.Philox(key=[seed, 0], counter=[0, episode, environment, 0])`, which gives tasks
/// written in Python the same streams.
#[derive(Debug, Clone)]
pub struct Rng {
    key: u64,
    counter: [u64; 4],
    block: [u64; 4],
    used: usize,
}

impl Rng {
    /// The stream of one episode, at its beginning.
    #[must_use]
    pub fn new(seed: u64, environment: u64, episode: u64) -> Self {
        Self {
            key: seed,
            counter: [0, episode, environment, 0],
            block: [0; 4],
            used: 4,
        }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        if self.used == self.block.len() {
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.block = philox(self.counter, [self.key, 0]);
            self.used = 0;
        }
        let value = self.block[self.used];
        self.used += 1;
        value
    }

    /// A uniform index below `bound`, without bias (Lemire 2019); 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        loop {
            let (high, low) = multiply(self.next_u64(), bound);
            // Of the 2^64 draws, 2^64 mod bound are too many for an even share: those are redrawn.
            if low >= bound || low >= bound.wrapping_neg() % bound.max(1) {
                return usize::try_from(high).unwrap_or(0);
            }
        }
    }
}

fn philox(mut counter: [u64; 4], mut key: [u64; 2]) -> [u64; 4] {
    for _ in 0..ROUNDS {
        let (high0, low0) = multiply(MULTIPLIERS[0], counter[0]);
        let (high1, low1) = multiply(MULTIPLIERS[1], counter[2]);
        counter = [
            high1 ^ counter[1] ^ key[0],
            low1,
            high0 ^ counter[3] ^ key[1],
            low0,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

/// The high and the low half of the 128-bit product.
fn multiply(a: u64, b: u64) -> (u64, u64) {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64, a.wrapping_mul(b))
}

#[cfg(test)]
mod tests {
    use super::Rng;
    use proptest::{prop_assert, prop_assert_eq, prop_assert_ne, proptest};

    fn draw(mut rng: Rng, count: usize) -> Vec<u64> {
        (0..count).map(|_| rng.next_u64()).collect()
    }

    #[test]
    fn the_numbers_are_those_of_numpy() {
        // numpy.random.Philox(key=[42, 0], counter=[0, 7, 3, 0]).random_raw(8)
        let expected = [
            16_181_111_076_624_487_308,
            568_064_477_192_887_583,
            16_759_959_796_341_663_017,
            4_465_495_250_207_548_080,
            16_863_955_212_566_397_661,
            584_859_140_233_831_639,
            6_991_287_861_281_732_886,
            16_078_063_023_013_877_709,
        ];
        assert_eq!(draw(Rng::new(42, 3, 7), 8), expected);
        // The same with key=[2**64 - 1, 0] and counter=[0, 2**63, 5, 0].
        assert_eq!(
            Rng::new(u64::MAX, 5, 1 << 63).next_u64(),
            0xdd30_2c20_1e5f_95a5
        );
    }

    #[test]
    fn below_is_uniform_within_a_stream_and_across_episodes_and_environments() {
        // 99.99% quantile of chi-square with 9 degrees of freedom is 33.7.
        let chi_square = |draws: &mut dyn Iterator<Item = usize>| {
            let mut counts = [0_i32; 10];
            draws.for_each(|bin| counts[bin] += 1);
            let expected = f64::from(counts.iter().sum::<i32>()) / 10.0;
            counts
                .iter()
                .map(|&n| (f64::from(n) - expected).powi(2) / expected)
                .sum::<f64>()
        };
        let mut stream = Rng::new(1, 2, 3);
        assert!(chi_square(&mut (0..20_000).map(|_| stream.below(10))) < 33.7);
        assert!(chi_square(&mut (0..20_000).map(|k| Rng::new(1, 2, k).below(10))) < 33.7);
        assert!(chi_square(&mut (0..20_000).map(|i| Rng::new(1, i, 3).below(10))) < 33.7);
        assert!(chi_square(&mut (0..20_000).map(|s| Rng::new(s, 2, 3).below(10))) < 33.7);
    }

    proptest! {
        #[test]
        fn a_stream_is_a_function_of_its_three_numbers(s: u64, i: u64, k: u64) {
            prop_assert_eq!(draw(Rng::new(s, i, k), 9), draw(Rng::new(s, i, k), 9));
            let first = Rng::new(s, i, k).next_u64();
            prop_assert_ne!(first, Rng::new(s.wrapping_add(1), i, k).next_u64());
            prop_assert_ne!(first, Rng::new(s, i.wrapping_add(1), k).next_u64());
            prop_assert_ne!(first, Rng::new(s, i, k.wrapping_add(1)).next_u64());
        }

        #[test]
        fn below_stays_below(s: u64, bound in 1..usize::MAX) {
            prop_assert!(Rng::new(s, 0, 0).below(bound) < bound);
        }
    }
}
