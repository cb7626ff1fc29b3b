//! A run of messages, a few at a time in the lanes of a vector.

use crate::hmac::{HmacSha1Key, Tags};
use crate::job::{Job, Progress};
use crate::processor::Lanes;
use crate::sha1::{BLOCK_LEN, State, States, digest};

/// Signs `messages`, each of them in a lane of its own. A lane that is done takes the next message,
/// so that messages of different lengths keep the lanes busy. The last `few` go on alone.
pub(crate) fn sign<const N: usize>(
    key: &HmacSha1Key,
    processor: impl Lanes<N>,
    few: usize,
    messages: &[[&[u8]; 2]],
    tags: &mut Tags<'_>,
) {
    let mut waiting = messages.iter().enumerate();
    let mut states = key.inner.map(|word| [word; N]);
    let mut buffers = [[[0; BLOCK_LEN]; 2]; N];
    let mut lanes = buffers.each_mut().map(|buffer| Lane { message: None, job: Job::idle(buffer) });
    for lane in &mut lanes {
        lane.take(waiting.next());
    }
    loop {
        let mut busy = lanes.iter().filter(|lane| lane.message.is_some());
        let Some(any) = busy.next() else { return };
        let others = busy.count();
        if others < few {
            break;
        }
        // An idle lane hashes what another does, and nobody looks at the result.
        let mut blocks = [any.job.blocks(); N];
        for (blocks, lane) in blocks.iter_mut().zip(&lanes) {
            if lane.message.is_some() {
                *blocks = lane.job.blocks();
            }
        }
        let count = processor.compress(&mut states, &blocks);
        for (index, lane) in lanes.iter_mut().enumerate() {
            let Some(message) = lane.message else { continue };
            match lane.job.advance(count) {
                Progress::Hashing => {}
                Progress::Inner => {
                    lane.job.wrap(get(&states, index));
                    set(&mut states, index, key.outer);
                }
                Progress::Done => {
                    tags(message, digest(get(&states, index)));
                    set(&mut states, index, key.inner);
                    lane.take(waiting.next());
                }
            }
        }
    }
    for (index, lane) in lanes.iter_mut().enumerate() {
        if let Some(message) = lane.message {
            tags(message, key.finish(&mut lane.job, get(&states, index)));
        }
    }
}

struct Lane<'a> {
    /// The index of the message in the run; an idle lane has none.
    message: Option<usize>,
    job: Job<'a>,
}

impl<'a> Lane<'a> {
    fn take(&mut self, next: Option<(usize, &'a [&'a [u8]; 2])>) {
        self.message = next.map(|(message, parts)| {
            self.job.start(parts);
            message
        });
    }
}

fn get<const N: usize>(states: &States<N>, lane: usize) -> State {
    let mut state = [0; 5];
    for (to, words) in state.iter_mut().zip(states) {
        *to = words.get(lane).copied().unwrap_or_default();
    }
    state
}

fn set<const N: usize>(states: &mut States<N>, lane: usize, state: State) {
    for (words, value) in states.iter_mut().zip(state) {
        if let Some(word) = words.get_mut(lane) {
            *word = value;
        }
    }
}
