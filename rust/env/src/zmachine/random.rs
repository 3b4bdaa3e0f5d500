//! The machine's random numbers.

/// Seeds that a story gives below this count up, as the Standard suggests for tests.
const COUNTING: u16 = 1000;

/// A generator that a story can seed; its numbers are a function of its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Random {
    pub state: u64,
    /// The period of a generator that counts; 0 if it does not.
    pub period: u16,
    pub count: u16,
    /// Whether the numbers are those of the interpreter Frotz.
    pub frotz: bool,
    /// Whether the story has drawn or seeded since this was last cleared.
    pub touched: bool,
}

impl Random {
    pub fn new(seed: u64, frotz: bool) -> Self {
        Self {
            state: seed,
            period: 0,
            count: 0,
            frotz,
            touched: false,
        }
    }

    /// A number from 1 to `range`.
    pub fn below(&mut self, range: u16) -> u16 {
        self.touched = true;
        let drawn = if self.period != 0 {
            let drawn = self.count;
            self.count = (drawn + 1) % self.period;
            drawn
        } else if self.frotz {
            // A linear congruence of which fifteen bits are taken.
            self.state = self.state.wrapping_mul(0x015A_4E35).wrapping_add(1);
            bits(self.state >> 16) & 0x7FFF
        } else {
            bits(self.next() >> 48)
        };
        drawn % range.max(1) + 1
    }

    /// `SplitMix64` (Steele, Lea and Flood, 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// As a story asks for it; by 0 the numbers are again those that nobody can foresee.
    pub fn seed(&mut self, seed: u16) {
        (self.period, self.count, self.touched) = (0, 0, true);
        match seed {
            0 => {}
            1..COUNTING => self.period = seed,
            _ => self.state = seed.into(),
        }
    }
}

/// The lowest sixteen bits.
fn bits(number: u64) -> u16 {
    let [low, high, ..] = number.to_le_bytes();
    u16::from_le_bytes([low, high])
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_are_in_range_and_as_they_were_seeded() {
        let mut random = Random::new(7, false);
        let mut seen = [0; 6];
        for _ in 0..6000 {
            seen[usize::from(random.below(6)) - 1] += 1;
        }
        assert!(
            seen.iter().all(|&count| (850..1150).contains(&count)),
            "{seen:?}"
        );
        random.seed(4);
        assert_eq!([(); 6].map(|()| random.below(100)), [1, 2, 3, 4, 1, 2]);
        random.seed(2000);
        let first = [(); 6].map(|()| random.below(100));
        random.seed(2000);
        assert_eq!([(); 6].map(|()| random.below(100)), first);
        assert_eq!(random.below(0), 1);
    }

    #[test]
    fn the_generator_of_frotz_is_followed() {
        // a = 0x15a4e35 * a + 1 in 64 bits, of which bits 16 to 30 are used.
        let mut random = Random::new(1, true);
        let (mut a, mut expected) = (1_u64, [0; 5]);
        for number in &mut expected {
            a = a.wrapping_mul(22_695_477).wrapping_add(1);
            *number = u16::try_from((a >> 16) % 32768 % 100).unwrap() + 1;
        }
        assert_eq!([(); 5].map(|()| random.below(100)), expected);
    }
}
