//! One message on its way through the compression function.

use core::ops::Range;
use core::slice;

use crate::sha1::{BLOCK_LEN, Block, DIGEST_LEN, State, digest};

/// What is left to be hashed of one message's HMAC.
///
/// The inner hash takes whole blocks straight from the message where they lie in one part. A buffer
/// holds what does not: a block across parts, the padded end, and then the one block of the outer
/// hash. Whoever owns the job owns the state too, compresses [`blocks`](Self::blocks) into it, and
/// says so by [`advance`](Self::advance).
pub(crate) struct Job<'a> {
    parts: slice::Iter<'a, &'a [u8]>,
    /// What is left of the part before `parts`.
    rest: &'a [u8],
    /// Of the whole message, in bytes.
    length: u64,
    ready: Ready<'a>,
    stage: Stage,
    buffer: &'a mut [Block; 2],
}

/// Where the blocks are that can be hashed now.
enum Ready<'a> {
    Message(&'a [Block]),
    Buffer(Range<usize>),
}

#[derive(Clone, Copy)]
enum Stage {
    /// There is more of the message after the ready blocks.
    Message,
    /// The ready blocks are the last of the inner hash.
    End,
    /// The ready block is the outer hash's.
    Outer,
}

/// What the state is when a job has advanced.
#[derive(Clone, Copy)]
pub(crate) enum Progress {
    /// On the way: more blocks are ready.
    Hashing,
    /// The inner digest. The job waits for [`Job::wrap`].
    Inner,
    /// The tag.
    Done,
}

impl<'a> Job<'a> {
    /// A job with nothing to do, to be started.
    #[inline]
    pub(crate) fn idle(buffer: &'a mut [Block; 2]) -> Self {
        Self {
            parts: [].iter(),
            rest: &[],
            length: 0,
            ready: Ready::Buffer(0..0),
            stage: Stage::Message,
            buffer,
        }
    }

    /// Starts on a message. The state begins as that of the key's inner half.
    #[inline]
    pub(crate) fn start(&mut self, parts: &'a [&'a [u8]]) {
        self.length = parts.iter().map(|part| part.len() as u64).sum();
        self.parts = parts.iter();
        self.rest = self.parts.next().copied().unwrap_or_default();
        self.stage = Stage::Message;
        self.prepare();
    }

    /// What is to be compressed next: at least one block, once started.
    #[inline]
    pub(crate) fn blocks(&self) -> &[Block] {
        match &self.ready {
            Ready::Message(blocks) => blocks,
            Ready::Buffer(range) => self.buffer.get(range.clone()).unwrap_or_default(),
        }
    }

    /// The first `count` of [`blocks`](Self::blocks) have been compressed.
    #[inline]
    pub(crate) fn advance(&mut self, count: usize) -> Progress {
        let is_empty = match &mut self.ready {
            Ready::Message(blocks) => {
                *blocks = blocks.get(count..).unwrap_or_default();
                blocks.is_empty()
            }
            Ready::Buffer(range) => {
                range.start += count;
                range.start >= range.end
            }
        };
        match self.stage {
            _ if !is_empty => Progress::Hashing,
            Stage::Message => {
                self.prepare();
                Progress::Hashing
            }
            Stage::End => Progress::Inner,
            Stage::Outer => Progress::Done,
        }
    }

    /// Goes on with the outer hash, over the digest of the inner one. The state begins as that of
    /// the key's outer half.
    #[inline]
    pub(crate) fn wrap(&mut self, inner: State) {
        *self.buffer = [[0; BLOCK_LEN]; 2];
        if let Some(start) = self.buffer.as_flattened_mut().first_chunk_mut() {
            *start = digest(inner);
        }
        self.end(DIGEST_LEN, DIGEST_LEN as u64);
        self.stage = Stage::Outer;
    }

    /// Makes the next blocks of the message ready.
    #[inline]
    fn prepare(&mut self) {
        if let (blocks @ [_, ..], rest) = self.rest.as_chunks() {
            self.rest = rest;
            self.ready = Ready::Message(blocks);
            return;
        }
        *self.buffer = [[0; BLOCK_LEN]; 2];
        let mut filled = 0;
        loop {
            let (taken, rest) = self.rest.split_at(self.rest.len().min(BLOCK_LEN - filled));
            let end = filled + taken.len();
            if let Some(free) = self.buffer.as_flattened_mut().get_mut(filled..end) {
                free.copy_from_slice(taken);
            }
            (self.rest, filled) = (rest, end);
            if filled == BLOCK_LEN {
                self.ready = Ready::Buffer(0..1);
                return;
            }
            let Some(part) = self.parts.next() else { break };
            self.rest = part;
        }
        self.end(filled, self.length);
        self.stage = Stage::End;
    }

    /// Ends a hash of `length` bytes, of which `filled` are in the buffer, less than a block. The
    /// rest of the buffer is zero.
    #[inline]
    fn end(&mut self, filled: usize, length: u64) {
        // FIPS 180-4 §5.1.1: a one, zeros, and at the end of a block the number of bits, which
        // counts the block of the padded key too.
        let blocks = if filled + 1 + size_of::<u64>() <= BLOCK_LEN { 1 } else { 2 };
        let bits = (BLOCK_LEN as u64 + length) * 8;
        if let Some(one) = self.buffer.as_flattened_mut().get_mut(filled) {
            *one = 0x80;
        }
        if let Some(block) = self.buffer.get_mut(blocks - 1)
            && let Some(last) = block.last_chunk_mut()
        {
            *last = bits.to_be_bytes();
        }
        self.ready = Ready::Buffer(0..blocks);
    }
}
