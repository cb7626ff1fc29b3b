//! Two whole peers to which everything happens, in the order of the input: the network, their
//! clocks, their owners. See `lariat_peer_testing::Storm`.
//!
//! The input is a list of choices of two bytes each; a last one that is not whole is left out.
#![no_main]

use lariat_base::Reader;
use lariat_peer_testing::Storm;

/// How many steps of an input are played.
const STEPS: usize = 64;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut reader = Reader::new(input);
    let mut storm = Storm::new(1);
    for _ in 0..STEPS {
        let mut is_over = false;
        storm.step(&mut |bound| {
            let choice = reader.u16();
            is_over |= choice.is_err();
            u64::from(choice.unwrap_or_default()) % bound
        });
        if is_over {
            break;
        }
    }
    storm.calm();
});
