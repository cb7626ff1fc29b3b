//! Which index a received packet may have (RFC 3711 §3.3.1).

use lariat_base::Serial16;

use crate::replay::Refused;
use crate::stream::Indices;
use crate::{Dropped, index};

/// The indices to try a packet with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    pub(super) likely: u64,
    pub(super) unlikely: Option<u64>,
    /// What an index that is even more likely would be refused for.
    pub(super) refused: Option<Refused>,
}

impl Guess {
    #[inline]
    pub(super) fn of(
        stream: Option<&impl Indices>,
        sequence_number: Serial16,
    ) -> Result<Self, Dropped> {
        let Some(stream) = stream else {
            return Ok(Self {
                likely: index::first(sequence_number),
                unlikely: index::first_after_wrap(sequence_number),
                refused: None,
            });
        };
        let (likely, unlikely) = match stream.told() {
            None => (index::estimate(stream.end(), sequence_number), None),
            Some(rollover_counter) => {
                let likely = index::with(rollover_counter, sequence_number);
                let has_wrapped = index::first_after_wrap(sequence_number).is_some();
                (Some(likely), index::ahead(likely).filter(|_| has_wrapped))
            }
        };
        let likely = likely.ok_or(Dropped::KeyExhausted)?;
        match stream.check(likely) {
            Ok(()) => Ok(Self { likely, unlikely, refused: None }),
            // Old, or far ahead; if it is not ahead, it is dropped for being old.
            Err(refused) => {
                let likely = index::ahead(likely).ok_or(refused)?;
                Ok(Self { likely, unlikely: None, refused: Some(refused) })
            }
        }
    }

    /// Why a packet is dropped that none of them opens.
    pub(super) fn reason(&self) -> Dropped {
        self.refused.map_or(Dropped::NotAuthentic, Dropped::from)
    }
}
