//! What Lariat is to reach.

use crate::figure::{Bound, Figure, ratio};
use crate::srtp::RUN;
use crate::srtp::plan::{Place, Results, thousands};
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Operation, Role};

/// The backend that Lariat takes if nobody chooses.
const DEFAULT: &str = "ring";

const BACKENDS: [&str; 2] = [DEFAULT, "aws-lc-rs"];

/// What a packet may cost at most, in multiples of its cipher alone.
const GCM: [(usize, f64); 2] = [(1_200, 1.10), (160, 1.30)];
const CM: (usize, f64) = (1_200, 1.05);
const CM_IN_RUNS: (usize, f64) = (1_200, 0.60);

/// All of them, with what was measured.
pub fn figures(results: &Results<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for operation in [Operation::Protect, Operation::Unprotect] {
        for profile in [Profile::Gcm128, Profile::Gcm256] {
            for (payload, bound) in GCM {
                let place = Place { profile, operation, payload };
                for backend in BACKENDS {
                    figures.push(of_limit(results, place, backend, bound));
                    figures.push(below_peers(results, place, backend));
                }
            }
        }
        let place = |payload| Place { profile: Profile::Cm128, operation, payload };
        figures.push(of_limit(results, place(CM.0), DEFAULT, CM.1));
        figures.push(below_peers(results, place(CM.0), DEFAULT));
        figures.push(runs_of_limit(results, place(CM_IN_RUNS.0), CM_IN_RUNS.1));
        for profile in Profile::ALL {
            for payload in [160, 1_200] {
                figures.push(runs_below_single(results, Place { profile, operation, payload }));
            }
        }
    }
    figures
}

fn of_limit(results: &Results<'_>, place: Place, backend: &str, bound: f64) -> Figure {
    let own = place.profile.is_gcm().then_some(backend);
    Figure {
        name: format!("{}, {backend}: × cipher alone", told(place)),
        bound: Bound::AtMost(bound),
        value: ratio(results.lariat(place, backend, Role::Lariat), results.limit(place, own)),
    }
}

fn below_peers(results: &Results<'_>, place: Place, backend: &str) -> Figure {
    Figure {
        name: format!("{}, {backend}: × fastest peer", told(place)),
        bound: Bound::Below(1.0),
        value: ratio(results.lariat(place, backend, Role::Lariat), results.peer(place)),
    }
}

fn runs_of_limit(results: &Results<'_>, place: Place, bound: f64) -> Figure {
    Figure {
        name: format!("{}, runs of {RUN}: × cipher alone, one packet", told(place)),
        bound: Bound::AtMost(bound),
        value: ratio(results.lariat(place, DEFAULT, Role::LariatRuns), results.limit(place, None)),
    }
}

fn runs_below_single(results: &Results<'_>, place: Place) -> Figure {
    Figure {
        name: format!("{}, runs of {RUN}: × one packet alone", told(place)),
        bound: Bound::Below(1.0),
        value: ratio(
            results.lariat(place, DEFAULT, Role::LariatRuns),
            results.lariat(place, DEFAULT, Role::Lariat),
        ),
    }
}

fn told(place: Place) -> String {
    let Place { profile, operation, payload } = place;
    format!("{profile}, {operation}, {} B", thousands(payload))
}
