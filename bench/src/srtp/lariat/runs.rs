//! Packets in runs, which nobody else has.

use std::hint::black_box;
use std::rc::Rc;

use lariat_srtp::{Inbound, Outbound, Slot};

use super::Lariat;
use crate::case::Case;
use crate::srtp::RUN;
use crate::srtp::check::{self, Trouble};
use crate::srtp::packet::{self, Batch, FIRST, HEADER_LEN};
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Operation, Role, Stack as _, Subject, buffers};

type Buffers = Box<[Vec<u8>; RUN]>;

pub(super) fn subject(name: String, backend: &'static str, stack: Lariat) -> Subject {
    let stack = Rc::new(stack);
    let checked = stack.clone();
    let make = move |profile, operation, payload| -> Option<Box<dyn Case>> {
        let buffers: Buffers = buffers(payload).try_into().expect("there are as many");
        Some(match operation {
            Operation::Protect => Box::new(Protecting {
                outbound: stack.sender(profile)?,
                buffers,
                length: HEADER_LEN + payload,
                count: packet::count(payload),
                next: FIRST,
            }),
            Operation::Unprotect => Box::new(Unprotecting {
                stack: stack.clone(),
                profile,
                inbound: stack.receiver(profile)?,
                batch: check::protected(profile, payload, packet::count(payload)),
                buffers,
            }),
        })
    };
    let check = move |profile| checked_runs(&checked, profile);
    Subject::with(name, Role::LariatRuns, Some(backend), Box::new(make), Box::new(check))
}

struct Protecting {
    outbound: Outbound,
    buffers: Buffers,
    length: usize,
    count: usize,
    next: u16,
}

impl Protecting {
    fn run(&mut self, mut each: impl FnMut(&[u8])) {
        for buffer in &mut *self.buffers {
            packet::number(buffer, self.next);
            self.next = self.next.wrapping_add(1);
        }
        let mut run =
            self.buffers.each_mut().map(|buffer| Slot::new(black_box(buffer), self.length));
        self.outbound.protect_rtp_run(&mut run);
        for slot in &run {
            each(slot.result().expect("indices are not used twice"));
        }
    }
}

impl Case for Protecting {
    fn pass(&mut self) -> usize {
        for _ in 0..self.count / RUN {
            self.run(|packet| {
                black_box(packet);
            });
        }
        self.count
    }
}

struct Unprotecting {
    stack: Rc<Lariat>,
    profile: Profile,
    inbound: Inbound,
    batch: Batch,
    buffers: Buffers,
}

impl Case for Unprotecting {
    fn prepare(&mut self) {
        self.inbound = self.stack.receiver(self.profile).expect("there was one before");
    }

    fn pass(&mut self) -> usize {
        let mut datagrams = self.batch.iter();
        for _ in 0..self.batch.count() / RUN {
            let mut run = self.buffers.each_mut().map(|buffer| {
                let datagram = black_box(datagrams.next()).expect("the batch is of whole runs");
                buffer[..datagram.len()].copy_from_slice(datagram);
                Slot::new(buffer, datagram.len())
            });
            self.inbound.unprotect_rtp_run(&mut run);
            for slot in &run {
                black_box(slot.result().expect("authentic packets are accepted"));
            }
        }
        self.batch.count()
    }
}

/// Runs give what single packets do, and a forged packet in the middle of one is refused alone.
fn checked_runs(stack: &Lariat, profile: Profile) -> Result<(), Trouble> {
    for payload in [1, 160, 1_200] {
        let expected = check::protected(profile, payload, RUN);
        let Some((outbound, mut inbound)) = stack.sender(profile).zip(stack.receiver(profile))
        else {
            return Ok(());
        };
        let buffers: Buffers = buffers(payload).try_into().expect("there are as many");
        let length = HEADER_LEN + payload;
        let mut sending = Protecting { outbound, buffers, length, count: RUN, next: FIRST };
        let mut protected = Vec::new();
        sending.run(|packet| protected.push(packet.to_vec()));
        if !protected.iter().map(Vec::as_slice).eq(expected.iter()) {
            return Err(Trouble::new(format!("a run with {payload} bytes is not as it should be")));
        }
        const FORGED: usize = RUN / 2;
        protected[FORGED][length] ^= 1;
        let lengths = protected[0].len();
        let mut run: Vec<_> =
            protected.iter_mut().map(|packet| Slot::new(packet, lengths)).collect();
        inbound.unprotect_rtp_run(&mut run);
        for (at, slot) in run.iter().enumerate() {
            let plain = packet::rtp(FIRST.wrapping_add(at as u16), payload);
            let is_right = match slot.result() {
                Ok(packet) => at != FORGED && packet == plain,
                Err(_) => at == FORGED,
            };
            if !is_right {
                let what = format!("packet {at} of a run with {payload} bytes is not as before");
                return Err(Trouble::new(what));
            }
        }
    }
    Ok(())
}
