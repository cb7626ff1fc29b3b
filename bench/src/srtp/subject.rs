//! Who is measured, and how a packet is handed to them.

use std::fmt;
use std::hint::black_box;

use crate::case::Case;
use crate::srtp::RUN;
use crate::srtp::check::{self, Trouble};
use crate::srtp::packet::{self, Batch, HEADER_LEN, ROOM};
use crate::srtp::profile::Profile;
use crate::versions::locked;

/// One direction of a stack: what is sent.
pub trait Sender {
    /// The protected packet.
    type Out<'a>: AsRef<[u8]>
    where
        Self: 'a;

    /// Protects the packet of `length` bytes at the front of `buffer`, in which there are
    /// [`ROOM`] bytes behind it. Its sequence number is one more than that of the packet before.
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> Self::Out<'a>;
}

/// One direction of a stack: what is received.
pub trait Receiver {
    /// What was in the packet: at its end is the payload; not everybody gives the header too.
    type Out<'a>: AsRef<[u8]>
    where
        Self: 'a;

    /// A datagram arrives in the buffer of that number, or where else the stack wants to have it.
    #[inline]
    fn arrive(&mut self, _number: usize, datagram: &[u8], buffer: &mut [u8]) {
        buffer.copy_from_slice(datagram);
    }

    /// Opens the datagram that arrived with that number, and is in `packet` unless the stack wanted
    /// it elsewhere. Nothing if it is refused.
    fn unprotect<'a>(&'a mut self, number: usize, packet: &'a mut [u8]) -> Option<Self::Out<'a>>;
}

/// A stack, or a cipher alone. Without a profile that is asked for, it has neither of these.
pub trait Stack {
    /// What sends.
    type Sender: Sender + 'static;
    /// What receives.
    type Receiver: Receiver + 'static;

    /// A sender of a new stream.
    fn sender(&self, profile: Profile) -> Option<Self::Sender>;

    /// A receiver of a new stream.
    fn receiver(&self, profile: Profile) -> Option<Self::Receiver>;

    /// Whether a packet that arrives twice is refused.
    fn refuses_replays(&self) -> bool;
}

/// What is done with packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// What a sender does.
    Protect,
    /// What a receiver does.
    Unprotect,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protect => "protect",
            Self::Unprotect => "unprotect",
        })
    }
}

/// What a subject is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is ours: one packet at a time.
    Lariat,
    /// It is ours: packets in runs.
    LariatRuns,
    /// It is a cipher alone, which nobody can be faster than with the same cipher.
    Limit,
    /// It is somebody else's stack.
    Peer,
    /// It is part of everybody's work.
    Share,
}

/// Makes the case for a profile, an operation and a length of payload, if there is one.
type Make = dyn Fn(Profile, Operation, usize) -> Option<Box<dyn Case>>;

/// Compares what is made for a profile with what should be.
type Check = dyn Fn(Profile) -> Result<(), Trouble>;

/// A row of the tables.
pub struct Subject {
    /// Its name.
    pub name: String,
    /// What it is made of that has a version; some have the same.
    pub versions: Vec<String>,
    /// What it is measured for.
    pub role: Role,
    /// The library whose cipher it uses, if that is one of the limits: whose limit is its own.
    pub backend: Option<&'static str>,
    make: Box<Make>,
    check: Box<Check>,
}

impl Subject {
    /// One that takes packets one at a time.
    pub fn new<S: Stack + 'static>(
        name: impl Into<String>,
        role: Role,
        backend: Option<&'static str>,
        stack: S,
    ) -> Self {
        let stack = std::rc::Rc::new(stack);
        let checked = stack.clone();
        Self {
            name: name.into(),
            versions: Vec::new(),
            role,
            backend,
            make: Box::new(move |profile, operation, payload| match operation {
                Operation::Protect => protecting(&*stack, profile, payload),
                Operation::Unprotect => unprotecting(&stack, profile, payload),
            }),
            check: Box::new(move |profile| check::stack(&*checked, profile)),
        }
    }

    /// One that makes its own cases, and checks itself.
    pub fn with(
        name: impl Into<String>,
        role: Role,
        backend: Option<&'static str>,
        make: Box<Make>,
        check: Box<Check>,
    ) -> Self {
        Self { name: name.into(), versions: Vec::new(), role, backend, make, check }
    }

    /// The same, made of these packages of the lock file.
    #[must_use]
    pub fn of(mut self, packages: &[&str]) -> Self {
        let named = packages.iter().map(|package| format!("{package} {}", locked(package)));
        self.versions.extend(named);
        self
    }

    /// What is measured, if it can do that.
    pub fn case(
        &self,
        profile: Profile,
        operation: Operation,
        payload: usize,
    ) -> Option<Box<dyn Case>> {
        (self.make)(profile, operation, payload)
    }

    /// Compares its packets with everybody's.
    ///
    /// # Errors
    ///
    /// [`Trouble`] if they differ.
    pub fn check(&self, profile: Profile) -> Result<(), Trouble> {
        (self.check)(profile)
    }
}

/// Buffers with a packet of that payload each, and room behind it.
pub fn buffers(payload: usize) -> Vec<Vec<u8>> {
    let mut packet = packet::rtp(packet::FIRST, payload);
    packet.resize(packet.len() + ROOM, 0);
    vec![packet; RUN]
}

struct Protecting<S> {
    sender: S,
    buffers: Vec<Vec<u8>>,
    length: usize,
    count: usize,
    next: u16,
}

fn protecting<S: Stack>(stack: &S, profile: Profile, payload: usize) -> Option<Box<dyn Case>> {
    Some(Box::new(Protecting {
        sender: stack.sender(profile)?,
        buffers: buffers(payload),
        length: HEADER_LEN + payload,
        count: packet::count(payload),
        next: packet::FIRST,
    }))
}

impl<S: Sender> Case for Protecting<S> {
    fn pass(&mut self) -> usize {
        for _ in 0..self.count / RUN {
            for buffer in &mut self.buffers {
                packet::number(buffer, self.next);
                self.next = self.next.wrapping_add(1);
                black_box(self.sender.protect(black_box(buffer), self.length).as_ref());
            }
        }
        self.count
    }
}

struct Unprotecting<S: Stack> {
    stack: std::rc::Rc<S>,
    profile: Profile,
    receiver: Option<S::Receiver>,
    batch: Batch,
    buffers: Vec<Vec<u8>>,
}

fn unprotecting<S: Stack + 'static>(
    stack: &std::rc::Rc<S>,
    profile: Profile,
    payload: usize,
) -> Option<Box<dyn Case>> {
    Some(Box::new(Unprotecting {
        receiver: Some(stack.receiver(profile)?),
        stack: stack.clone(),
        profile,
        batch: check::protected(profile, payload, packet::count(payload)),
        buffers: buffers(payload),
    }))
}

impl<S: Stack> Case for Unprotecting<S> {
    fn prepare(&mut self) {
        self.receiver = self.stack.receiver(self.profile);
    }

    fn pass(&mut self) -> usize {
        let receiver = self.receiver.as_mut().expect("there was one before");
        let length = self.batch.length();
        let mut datagrams = self.batch.iter();
        for _ in 0..self.batch.count() / RUN {
            for (number, buffer) in self.buffers.iter_mut().enumerate() {
                let datagram = black_box(datagrams.next()).expect("the batch is of whole runs");
                receiver.arrive(number, datagram, &mut buffer[..length]);
            }
            for (number, buffer) in self.buffers.iter_mut().enumerate() {
                let opened = receiver.unprotect(number, black_box(&mut buffer[..length]));
                black_box(opened.as_ref().expect("authentic packets are accepted").as_ref());
            }
        }
        self.batch.count()
    }
}

/// The copy of a packet that is part of every unprotecting.
pub fn copies() -> Subject {
    let make = |profile, operation, payload| match operation {
        Operation::Protect => None,
        Operation::Unprotect => {
            let batch = check::protected(profile, payload, packet::count(payload));
            let case: Box<dyn Case> = Box::new(Copying { batch, buffers: buffers(payload) });
            Some(case)
        }
    };
    Subject::with("the copy alone", Role::Share, None, Box::new(make), Box::new(|_| Ok(())))
}

struct Copying {
    batch: Batch,
    buffers: Vec<Vec<u8>>,
}

impl Case for Copying {
    fn pass(&mut self) -> usize {
        let length = self.batch.length();
        let buffers = self.buffers.len();
        for (at, datagram) in self.batch.iter().enumerate() {
            let buffer = &mut self.buffers[at % buffers][..length];
            buffer.copy_from_slice(black_box(datagram));
            black_box(buffer);
        }
        self.batch.count()
    }
}
