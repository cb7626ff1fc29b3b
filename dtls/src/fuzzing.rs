//! What fuzz targets need of the inside: each function takes an input and panics at a fault.
//!
//! For the project's own fuzz targets alone; nothing here is kept stable.

mod flight;
mod messages;
mod reassembly;

pub use flight::flight;
pub use messages::{message, record};
pub use reassembly::reassembly;

/// The SubjectPublicKeyInfo of a certificate in DER, if it can be found.
///
/// ```
/// assert_eq!(lariat_dtls::fuzzing::subject_public_key_info(&[0x30, 0]), None);
/// ```
pub fn subject_public_key_info(certificate: &[u8]) -> Option<&[u8]> {
    crate::certificate::subject_public_key_info(certificate).ok()
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_target_takes_any_input(input in prop::collection::vec(any::<u8>(), 0..400)) {
            for target in [message, record, reassembly, flight] as [fn(&[u8]); 4] {
                target(&input);
            }
        }

        #[test]
        fn fragments_of_small_numbers_agree_with_the_model(
            input in prop::collection::vec(0..20_u8, 0..400),
        ) {
            reassembly(&input);
            flight(&input);
        }
    }

    #[test]
    fn a_key_is_found_only_in_a_whole_certificate() {
        assert_eq!(subject_public_key_info(&Vec::new()), None);
    }
}
