//! What Lariat is to reach.

use crate::figure::{Bound, Figure, ratio};
use crate::path::event::{Cost, Event};
use crate::path::results::Results;

/// What a rebinding may cost, in seconds.
const REBINDING: f64 = 2.0;

/// All of them, with what was measured: without loss and limit Lariat is ahead of every peer, where
/// nobody is bounded by the path, and a rebinding costs two seconds.
pub fn figures(results: &Results) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (name, cell, row) in results.transfers.iter().filter(|(_, cell, _)| cell.is_free()) {
        let median = |wanted: &dyn Fn(&crate::path::pairing::Pairing) -> bool| {
            let medians = row.iter().filter(|(pairing, _)| wanted(pairing));
            let medians = medians.filter_map(|(_, summary)| summary.map(|s| s.median));
            medians.max_by(f64::total_cmp)
        };
        let lariat = median(&|pairing| pairing.is_lariat());
        let peer = median(&|pairing| pairing.is_peer());
        // Nobody is compared with what the path takes from him.
        if lariat.is_some_and(|rate| results.is_bounded(rate)) {
            continue;
        }
        let name = if name.is_empty() { cell.to_string() } else { name.clone() };
        figures.push(Figure {
            name: format!("{name}: fastest peer ÷ Lariat"),
            bound: Bound::Below(1.0),
            value: ratio(peer, lariat),
        });
    }
    for (event, pairing, cost) in &results.events {
        if *event == Event::Rebinding && pairing.is_lariat() {
            let value = match cost {
                Some(Cost::Gap { data, .. }) => *data,
                Some(Cost::Told { .. }) | None => None,
            };
            figures.push(Figure {
                name: "a rebinding: s without messages".to_owned(),
                bound: Bound::AtMost(REBINDING),
                value,
            });
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::cell::Cell;
    use crate::path::pairing::Pairing;
    use crate::summary::Summary;

    #[test]
    fn free_transfers_are_compared_unless_the_path_bounds_them() {
        let summary = |median| Some(Summary { lower: median, median, upper: median });
        let row = |lariat, peer| {
            vec![(Pairing::ALL[0], summary(lariat)), (Pairing::ALL[4], summary(peer))]
        };
        let transfers = vec![
            ("here".to_owned(), Cell::NAMED[0].1, row(110.0, 50.0)),
            ("near".to_owned(), Cell::NAMED[2].1, row(20.0, 10.0)),
            ("lossy".to_owned(), Cell::NAMED[10].1, row(1.0, 9.0)),
        ];
        let results = Results { ceiling: 1_000.0, transfers, ..Results::default() };
        let figures = figures(&results);
        assert_eq!(figures.len(), 1);
        assert_eq!(figures[0].value, Some(0.5));
    }
}
