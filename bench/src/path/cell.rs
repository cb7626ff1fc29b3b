//! What a transfer is like.

use std::fmt;
use std::time::Duration;

/// One kind of transfer over one kind of path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// How many channels carry it.
    pub channels: usize,
    /// Bytes of a message.
    pub size: usize,
    /// Milliseconds of a round trip.
    pub round_trip: u64,
    /// Megabits a second, with a queue of one bandwidth-delay product; `None` for no limit.
    pub rate: Option<u64>,
    /// How many hundredths of the packets are lost, in each direction.
    pub loss: u32,
}

/// A queue never has room for less than ten packets.
const LEAST_QUEUE: u64 = 15_000;

const KIB: usize = 1_024;

const fn cell(channels: usize, size: usize, round_trip: u64, rate: Option<u64>, loss: u32) -> Cell {
    Cell { channels, size, round_trip, rate, loss }
}

impl Cell {
    /// Those that are measured each time, with names.
    pub const NAMED: [(&str, Self); 12] = [
        ("here", cell(1, 16 * KIB, 0, None, 0)),
        ("here, short", cell(1, KIB, 0, None, 0)),
        ("near", cell(1, 16 * KIB, 10, None, 0)),
        ("apart", cell(1, 16 * KIB, 60, None, 0)),
        ("apart, short", cell(1, KIB, 60, None, 0)),
        ("apart, five", cell(5, 16 * KIB, 60, None, 0)),
        ("far", cell(1, 16 * KIB, 200, None, 0)),
        ("near, wide", cell(1, 16 * KIB, 10, Some(100), 0)),
        ("apart, wide", cell(1, 16 * KIB, 60, Some(100), 0)),
        ("apart, narrow", cell(1, 16 * KIB, 60, Some(20), 0)),
        ("near, lossy", cell(1, 16 * KIB, 10, None, 1)),
        ("apart, lossy", cell(1, 16 * KIB, 60, None, 1)),
    ];

    /// A few, to see whether it works.
    pub fn quick() -> Vec<(String, Self)> {
        let wanted = ["near", "apart, narrow"];
        let named = Self::NAMED.into_iter().filter(|(name, _)| wanted.contains(name));
        named.map(|(name, cell)| (name.to_owned(), cell)).collect()
    }

    /// Those with names.
    pub fn named() -> Vec<(String, Self)> {
        Self::NAMED.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect()
    }

    /// All that there are.
    pub fn full() -> Vec<(String, Self)> {
        let mut all = Vec::new();
        for round_trip in [0, 10, 60, 200] {
            for rate in [None, Some(100), Some(20)] {
                for loss in [0, 1] {
                    for size in [16 * KIB, KIB] {
                        for channels in [1, 5] {
                            let cell = cell(channels, size, round_trip, rate, loss);
                            all.push((String::new(), cell));
                        }
                    }
                }
            }
        }
        all
    }

    /// What a path is told to be so.
    pub fn commands(self) -> Vec<String> {
        let rate = self.rate.map_or_else(
            || "rate none".to_owned(),
            |megabits| {
                let product = megabits * 1_000_000 / 8 * self.round_trip / 1_000;
                format!("rate {megabits}mbit queue {}B", product.max(LEAST_QUEUE))
            },
        );
        let delay = format!("delay {}us", self.round_trip * 500);
        vec!["up".to_owned(), delay, rate, format!("loss {}%", self.loss)]
    }

    /// How long a sender may find its speed before it is measured.
    pub fn warm_up(self, quick: bool) -> Duration {
        let round_trips = Duration::from_millis(self.round_trip * 10);
        let least = if quick { 300 } else { 1_200 };
        round_trips.max(Duration::from_millis(least))
    }

    /// Whether nothing but the two ends and the round trip decides how fast it is.
    pub fn is_free(self) -> bool {
        self.rate.is_none() && self.loss == 0
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} × {} KiB, {} ms", self.channels, self.size / KIB, self.round_trip)?;
        if let Some(rate) = self.rate {
            write!(f, ", {rate} Mbit/s")?;
        }
        if self.loss > 0 {
            write!(f, ", {} % loss", self.loss)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_one_product_of_bandwidth_and_delay() {
        let cell = cell(1, KIB, 60, Some(20), 1);
        let expected = ["up", "delay 30000us", "rate 20mbit queue 150000B", "loss 1%"];
        assert_eq!(cell.commands(), expected);
        assert_eq!(cell.to_string(), "1 × 1 KiB, 60 ms, 20 Mbit/s, 1 % loss");
        let here = Cell { round_trip: 0, ..cell };
        assert!(here.commands().contains(&"rate 20mbit queue 15000B".to_owned()));
    }

    #[test]
    fn the_named_ones_are_some_of_all() {
        let all = Cell::full();
        assert_eq!(all.len(), 96);
        for (name, cell) in Cell::NAMED {
            assert!(all.iter().any(|(_, other)| *other == cell), "{name}");
        }
    }
}
