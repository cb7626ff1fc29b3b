//! Both sides of SRTP, a network between them, and a model of them ([`super::model`]): step by step
//! they agree, and what was protected is received as it was, once.
//!
//! The input is the agreement of both sides ([`Setup`]), and a list of steps.

use std::collections::BTreeSet;

use lariat_base::{ReadError, Reader};
use lariat_srtp::{Dropped, Inbound, Kind, Outbound, ProtectError, Slot};

use super::model::{Keys, Streams};
use super::{Setup, plain};

/// How many steps of an input are played.
const STEPS: usize = 100;

/// How many streams there are.
const SSRCS: u32 = 4;

/// Runs the target.
pub fn run(input: &[u8]) {
    let mut reader = Reader::new(input);
    let Some(setup) = Setup::read(&mut reader) else { return };
    let mut play = Play::new(&setup);
    for _ in 0..STEPS {
        if play.step(&mut reader).is_err() {
            break;
        }
        play.compare();
    }
}

struct Play<'a> {
    setup: &'a Setup,
    outbound: Outbound,
    inbound: Inbound,
    /// What the sides are to know: RTP and RTCP.
    sender: [Streams; 2],
    receiver: [Streams; 2],
    keys: Keys,
    /// The number of the sender's key, and that of the newest that there was.
    key: u8,
    newest: u8,
    /// The latest sequence numbers.
    latest: [u16; SSRCS as usize],
    sent: Vec<Sent>,
    received: BTreeSet<(bool, u32, u64)>,
}

/// A packet that was protected.
#[derive(Clone)]
struct Sent {
    kind: Kind,
    ssrc: u32,
    index: u64,
    key: u8,
    protected: Vec<u8>,
    restored: Vec<u8>,
}

impl<'a> Play<'a> {
    fn new(setup: &'a Setup) -> Self {
        let streams = || [Streams::rtp(&setup.config), Streams::rtcp(&setup.config)];
        Self {
            setup,
            outbound: setup.outbound(),
            inbound: setup.inbound(),
            sender: streams(),
            receiver: streams(),
            keys: Keys::new(setup.has_mki()),
            key: 0,
            newest: 0,
            latest: [65_500; SSRCS as usize],
            sent: Vec::new(),
            received: BTreeSet::new(),
        }
    }

    fn step(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let [what, which] = reader.take_array()?;
        let ssrc = u32::from(which) % SSRCS;
        match what % 14 {
            0 | 1 => self.protect(ssrc, 1, usize::from(which / 4)),
            2 => self.protect(ssrc, reader.u16()?, usize::from(which / 4)),
            3 => {
                let [count, by, spread] = reader.take_array()?;
                self.protect_run(ssrc, count % 40, by.cast_signed().into(), spread % 2 == 1);
            }
            4 => self.protect_rtcp(ssrc),
            5 | 6 => self.deliver(which.into()),
            7 => {
                let [count, by] = reader.take_array()?;
                self.deliver_run(which.into(), count % 40, by.cast_signed().into());
            }
            8 => self.deliver_changed(which.into(), reader.u16()?, reader.u8()?),
            9 => {
                self.newest = self.newest.saturating_add(1);
                self.key = self.newest;
                self.outbound.rekey(&self.setup.key(self.key)).expect("a key like the first");
                if which.is_multiple_of(2) {
                    self.add_key(self.key);
                }
            }
            10 => self.add_key(which % self.newest.saturating_add(2)),
            11 => self.forget(which),
            12 => self.set_rollover_counter(ssrc, which, reader)?,
            _ => self.resume(ssrc, which, reader)?,
        }
        Ok(())
    }

    /// Both sides are where the model is.
    fn compare(&mut self) {
        for ssrc in 0..SSRCS {
            let [rtp, rtcp] = &self.sender;
            assert_eq!(self.outbound.next_rtp_index(ssrc), rtp.next(ssrc));
            assert_eq!(self.outbound.rollover_counter(ssrc), rtp.rollover_counter(ssrc));
            let next = self.outbound.next_rtcp_index(ssrc);
            assert_eq!(next.map(u64::from), rtcp.next(ssrc));
            let [rtp, _] = &self.receiver;
            assert_eq!(self.inbound.next_rtp_index(ssrc), rtp.next(ssrc));
            assert_eq!(self.inbound.rollover_counter(ssrc), rtp.rollover_counter(ssrc));
        }
        while self.outbound.poll_event().is_some() {}
        while self.inbound.poll_event().is_some() {}
    }

    fn next_plain(&mut self, ssrc: u32, ahead: u16, length: usize) -> Vec<u8> {
        let latest = &mut self.latest[ssrc as usize];
        *latest = latest.wrapping_add(ahead);
        plain(Kind::Rtp, ssrc, *latest, length)
    }

    fn protect(&mut self, ssrc: u32, ahead: u16, length: usize) {
        let plain = self.next_plain(ssrc, ahead, length);
        let mut packet = plain.clone();
        let result = self.outbound.protect_rtp(&mut packet);
        assert!(result.is_ok() || packet == plain);
        self.note_rtp(&plain, result.map(|()| packet));
    }

    fn protect_run(&mut self, ssrc: u32, count: u8, by: i16, is_spread: bool) {
        let ssrcs = (0..u32::from(count)).map(|at| if is_spread { at % SSRCS } else { ssrc });
        let plains: Vec<_> =
            ssrcs.map(|ssrc| self.next_plain(ssrc, by.cast_unsigned(), 9)).collect();
        // Cryptex may add more than the overhead.
        let room = self.outbound.rtp_overhead() + 4;
        let mut buffers: Vec<_> =
            plains.iter().map(|plain| [plain.as_slice(), &vec![0; room]].concat()).collect();
        let slot = |(buffer, plain): (_, &Vec<u8>)| {
            let buffer: &mut Vec<u8> = buffer;
            Slot::new(buffer.as_mut_slice(), plain.len())
        };
        let mut run: Vec<_> = buffers.iter_mut().zip(&plains).map(slot).collect();
        self.outbound.protect_rtp_run(&mut run);
        let results: Vec<_> = run.iter().map(|slot| slot.result().map(<[u8]>::to_vec)).collect();
        for (plain, result) in plains.iter().zip(results) {
            self.note_rtp(plain, result);
        }
    }

    fn note_rtp(&mut self, plain: &[u8], result: Result<Vec<u8>, ProtectError>) {
        let (ssrc, sequence_number) = (u32::from(plain[11]), [plain[2], plain[3]]);
        let expected = self.sender[0].protect(ssrc, u16::from_be_bytes(sequence_number));
        let expected = expected.map_err(ProtectError::from);
        assert_eq!(result.as_ref().map(drop), expected.as_ref().map(drop));
        if let (Ok(protected), Ok(index)) = (result, expected) {
            let restored = self.setup.restored(plain);
            self.sent.push(Sent {
                kind: Kind::Rtp,
                ssrc,
                index,
                key: self.key,
                protected,
                restored,
            });
        }
    }

    fn protect_rtcp(&mut self, ssrc: u32) {
        let restored = plain(Kind::Rtcp, ssrc, self.latest[ssrc as usize], 5);
        let mut protected = restored.clone();
        let result = self.outbound.protect_rtcp(&mut protected);
        let expected = self.sender[1].protect_next(ssrc).map_err(ProtectError::from);
        assert_eq!(result, expected.map(drop));
        if let Ok(index) = expected {
            let (kind, key) = (Kind::Rtcp, self.key);
            self.sent.push(Sent { kind, ssrc, index, key, protected, restored });
        } else {
            assert_eq!(protected, restored);
        }
    }

    /// The packet that was sent that long ago.
    fn sent(&self, age: usize) -> Option<&Sent> {
        self.sent.iter().rev().nth(age)
    }

    fn deliver(&mut self, age: usize) {
        let Some(sent) = self.sent(age).cloned() else { return };
        let mut packet = sent.protected.clone();
        let result = match sent.kind {
            Kind::Rtp => self.inbound.unprotect_rtp(&mut packet),
            Kind::Rtcp => self.inbound.unprotect_rtcp(&mut packet),
        };
        self.check(&sent, result.map(|length| &packet[..length]));
    }

    fn deliver_run(&mut self, age: usize, count: u8, by: i16) {
        let ages = (0..isize::from(count)).map(|at| age.saturating_add_signed(at * by as isize));
        let sent: Vec<_> = ages.filter_map(|age| self.sent(age)).cloned().collect();
        let sent: Vec<_> = sent.into_iter().filter(|sent| sent.kind == Kind::Rtp).collect();
        let mut buffers: Vec<_> = sent.iter().map(|sent| sent.protected.clone()).collect();
        let slot = |buffer| Slot::new(buffer, usize::MAX);
        let mut run: Vec<_> = buffers.iter_mut().map(Vec::as_mut_slice).map(slot).collect();
        self.inbound.unprotect_rtp_run(&mut run);
        for (slot, sent) in run.iter().zip(&sent) {
            self.check(sent, slot.result());
        }
    }

    /// What came of a packet is what the model says, and what was sent.
    fn check(&mut self, sent: &Sent, result: Result<&[u8], Dropped>) {
        let key = self.keys.of(sent.key);
        let [rtp, rtcp] = &mut self.receiver;
        let expected = match sent.kind {
            Kind::Rtp => rtp.receive(sent.ssrc, sent.index, key),
            Kind::Rtcp => rtcp.receive_at(sent.ssrc, sent.index, key),
        };
        assert_eq!(result, expected.map(|()| sent.restored.as_slice()), "index {:#x}", sent.index);
        if result.is_ok() {
            let is_new = self.received.insert((sent.kind == Kind::Rtp, sent.ssrc, sent.index));
            assert!(is_new, "received twice");
        }
    }

    fn deliver_changed(&mut self, age: usize, at: u16, by: u8) {
        let Some(Sent { kind, protected, .. }) = self.sent(age) else { return };
        let (kind, mut packet) = (*kind, protected.clone());
        let at = usize::from(at) % packet.len();
        packet[at] ^= by.max(1);
        match kind {
            Kind::Rtp => self.inbound.unprotect_rtp(&mut packet),
            Kind::Rtcp => self.inbound.unprotect_rtcp(&mut packet),
        }
        .expect_err("it was changed");
    }

    fn add_key(&mut self, number: u8) {
        let result = self.inbound.add_key(&self.setup.key(number));
        assert_eq!(result.is_ok(), self.keys.add(number));
    }

    fn forget(&mut self, which: u8) {
        if which.is_multiple_of(2) {
            self.inbound.forget_old_keys();
            self.keys.forget_old();
        } else {
            let number = which / 2;
            let is_removed = self.inbound.remove_key(self.setup.key(number).mki());
            assert_eq!(is_removed, self.keys.remove(number));
        }
    }

    fn set_rollover_counter(
        &mut self,
        ssrc: u32,
        which: u8,
        reader: &mut Reader<'_>,
    ) -> Result<(), ReadError> {
        let told = |streams: &Streams, reader: &mut Reader<'_>| match which & 8 {
            0 => {
                let now = streams.rollover_counter(ssrc).unwrap_or(0);
                Ok(now.saturating_add_signed(reader.u8()?.cast_signed().into()))
            }
            _ => reader.u32(),
        };
        if which & 4 == 0 {
            let model = &mut self.sender[0];
            let told = told(model, reader)?;
            let expected = model.set_rollover_counter(ssrc, told).map_err(ProtectError::from);
            assert_eq!(self.outbound.set_rollover_counter(ssrc, told), expected);
        } else {
            let model = &mut self.receiver[0];
            let told = told(model, reader)?;
            let expected = model.set_rollover_counter(ssrc, told).map_err(Dropped::from);
            assert_eq!(self.inbound.set_rollover_counter(ssrc, told), expected);
        }
        Ok(())
    }

    fn resume(&mut self, ssrc: u32, which: u8, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let next = |streams: &Streams, reader: &mut Reader<'_>| match which & 16 {
            0 => {
                let now = streams.next(ssrc).unwrap_or(0);
                Ok(now.saturating_add_signed(reader.u16()?.cast_signed().into()))
            }
            _ => reader.u48(),
        };
        match which / 4 % 4 {
            0 | 3 => {
                let model = &mut self.sender[0];
                let next = next(model, reader)?;
                let expected = model.resume(ssrc, next).map_err(ProtectError::from);
                assert_eq!(self.outbound.resume_rtp(ssrc, next), expected);
            }
            1 => {
                let model = &mut self.receiver[0];
                let next = next(model, reader)?;
                let expected = model.resume(ssrc, next).map_err(Dropped::from);
                assert_eq!(self.inbound.resume_rtp(ssrc, next), expected);
            }
            _ => {
                let model = &mut self.sender[1];
                let next = next(model, reader)? as u32;
                let expected = model.resume(ssrc, next.into()).map_err(ProtectError::from);
                assert_eq!(self.outbound.resume_rtcp(ssrc, next), expected);
            }
        }
        Ok(())
    }
}
