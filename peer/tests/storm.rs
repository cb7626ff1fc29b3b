//! Two whole peers to which everything happens: see `lariat_peer_testing::Storm`.
//!
//! `LARIAT_SIM_SEED=n` runs one seed alone, `LARIAT_SIM_SEEDS=n` as many as one likes, and
//! `LARIAT_SIM_TRACE=1` shows what happens.

use std::env;

use lariat_base::Seed;
use lariat_peer_testing::Storm;

const SEEDS: u64 = 150;
const STEPS: u64 = 120;

#[test]
fn whatever_happens_what_was_accepted_arrives() {
    let number = |name| env::var(name).ok().map(|text| text.parse().expect("a number"));
    let seeds = match (number("LARIAT_SIM_SEED"), number("LARIAT_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, seeds) => 0..seeds.unwrap_or(SEEDS),
    };
    for seed in seeds {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = Seed::new(bytes).split("storm").rng();
        let mut storm = Storm::new(seed);
        for _ in 0..rng.below(STEPS) {
            storm.step(&mut |bound| rng.below(bound));
        }
        storm.calm();
    }
}
