//! What Lariat is to reach.

use crate::dtls::parameters::{Parameters, Version};
use crate::dtls::results::Results;
use crate::dtls::subject::Work;
use crate::figure::{Bound, Figure, ratio};

const BACKENDS: [&str; 2] = ["ring", "aws-lc-rs"];

/// What a handshake may cost at most, in multiples of its primitives.
const HANDSHAKE: f64 = 1.25;

/// What a record may cost at most, in multiples of its cipher alone.
const RECORD: f64 = 1.10;

/// All of them, with what was measured.
pub fn figures(results: &Results<'_>) -> Vec<Figure> {
    let mut figures = Vec::new();
    for work in Parameters::all().map(Work::Handshake) {
        for backend in BACKENDS {
            figures.push(of_limit(results, work, backend, HANDSHAKE));
            // Who is alone with some parameters is ahead of nobody.
            figures.extend(results.peer_on(work, backend).map(|peer| Figure {
                name: format!("{work}, {backend}: × fastest peer on {backend}"),
                bound: Bound::Below(1.0),
                value: ratio(results.lariat(work, backend), Some(peer)),
            }));
        }
        figures.extend(results.peer(work).map(|peer| Figure {
            name: format!("{work}, the faster: × fastest peer"),
            bound: Bound::Below(1.0),
            value: ratio(results.fastest_lariat(work), Some(peer)),
        }));
    }
    for work in Version::ALL.into_iter().flat_map(|v| [Work::Send(v), Work::Receive(v)]) {
        figures.extend(BACKENDS.map(|backend| of_limit(results, work, backend, RECORD)));
    }
    figures
}

fn of_limit(results: &Results<'_>, work: Work, backend: &str, bound: f64) -> Figure {
    Figure {
        name: format!("{work}, {backend}: × limit"),
        bound: Bound::AtMost(bound),
        value: ratio(results.lariat(work, backend), results.limit(work, Some(backend))),
    }
}
