//! A datagram that comes after others, which were genuine.
//!
//! The input is the agreement of both sides ([`Setup`]), the history of the stream, and the
//! datagram: as it is, laid over a genuine one, or to be protected first.

use lariat_base::Reader;
use lariat_rtp::HeaderView;
use lariat_srtp::limits::MAX_STREAMS;
use lariat_srtp::{Config, Cryptex, Dropped, ExtensionIds, Inbound, Kind, Outbound, Slot};

use super::{Setup, plain};

/// The stream that both sides know.
const SSRC: u32 = 7;

/// How much of the input says everything but the datagram.
const HEAD_LEN: usize = 9;

/// A packet that was protected with the key.
struct Genuine {
    protected: Vec<u8>,
    /// What is to come out, if that is known.
    restored: Option<Vec<u8>>,
    is_received: bool,
}

/// A receiver, and what it is to know.
struct Receiver<'a> {
    kind: Kind,
    setup: &'a Setup,
    inbound: Inbound,
    genuine: Vec<Genuine>,
    /// The stream of the datagram.
    other: u32,
}

/// What came of a datagram.
type Outcome = Result<Vec<u8>, Dropped>;

/// Runs a target.
pub fn run(kind: Kind, input: &[u8]) {
    let mut reader = Reader::new(input);
    let Some(setup) = Setup::read(&mut reader) else { return };
    let Ok([high, low, count, lost, rekey, mode]) = reader.take_array() else { return };
    let setup = setup.named(input.get(..HEAD_LEN).unwrap_or_default());
    // Whoever sends has no limit that the receiver knows of.
    let unlimited = Config { max_streams: MAX_STREAMS, ..setup.config };
    let mut outbound = setup.outbound_with(unlimited);
    let mut history = Vec::new();
    for number in 0..=count % 32 {
        if number == rekey {
            outbound.rekey(&setup.key(1)).expect("a key like the first");
        }
        let sequence_number = u16::from_be_bytes([high, low]).wrapping_add(number.into());
        let plain = plain(kind, SSRC, sequence_number, 20);
        history.push(protect(kind, &setup, &mut outbound, &plain).expect("it is the next one"));
    }
    let made = Made::read(kind, &setup, &mut outbound, &history, mode, &mut reader);
    let Some(Made { datagram, genuine }) = made else { return };
    let other = ssrc(kind, &datagram);
    let must_arrive = genuine.as_ref().is_some_and(|genuine| genuine.restored.is_some())
        && (other != SSRC || kind == Kind::Rtcp)
        && setup.config.max_streams > 1;

    // Some packets of the history come late. The first is not among them, as it begins the stream.
    let is_late = |number: usize| number > 0 && lost >> (number % 8) & 1 == 1;
    let protected = |is_late: &dyn Fn(usize) -> bool| -> Vec<_> {
        let numbered = history.iter().enumerate().filter(|(number, _)| is_late(*number));
        numbered.map(|(_, genuine)| genuine.protected.clone()).collect()
    };
    let early = protected(&|number| !is_late(number));
    let late = protected(&is_late);
    let is_rekeyed = rekey <= count % 32;
    let inbound = setup.inbound_with(is_rekeyed);
    let mut receiver = Receiver { kind, setup: &setup, inbound, genuine: history, other };
    receiver.genuine.extend(genuine);
    for datagram in &early {
        receiver.take(datagram).expect("it is genuine");
    }
    let datagrams = [vec![datagram.clone(), datagram], late].concat();
    let outcomes: Vec<_> = datagrams.iter().map(|datagram| receiver.take(datagram)).collect();
    assert!(!must_arrive || outcomes[0].is_ok(), "a packet is lost: {:?}", outcomes[0]);
    if outcomes[0].is_err() {
        // What was refused has not changed anything.
        assert!(outcomes.iter().skip(2).all(Result::is_ok), "a packet is lost: {outcomes:?}");
    }
    if kind == Kind::Rtp {
        let inbound = setup.inbound_with(is_rekeyed);
        let mut in_run = Receiver { kind, setup: &setup, inbound, genuine: Vec::new(), other };
        in_run.take_run(&early);
        assert_eq!(in_run.take_run(&datagrams), outcomes);
        assert_eq!(in_run.state(), receiver.state());
    }
}

/// A datagram of the input.
struct Made {
    datagram: Vec<u8>,
    /// If it was made with the key.
    genuine: Option<Genuine>,
}

impl Made {
    fn read(
        kind: Kind,
        setup: &Setup,
        outbound: &mut Outbound,
        history: &[Genuine],
        mode: u8,
        reader: &mut Reader<'_>,
    ) -> Option<Self> {
        let input = reader.rest();
        let forged = |datagram| Some(Self { datagram, genuine: None });
        let genuine = match mode % 4 {
            0 => return forged(input.to_vec()),
            1 => {
                let genuine = &history[usize::from(mode >> 2) % history.len()];
                return forged(changed(&genuine.protected, input));
            }
            2 => protect(kind, setup, outbound, input)?,
            _ => {
                // Somebody who has the key, and does not care for what was agreed on.
                let config = Config {
                    cryptex: Cryptex::Off,
                    encrypted_extensions: ExtensionIds::NONE,
                    max_streams: MAX_STREAMS,
                    ..setup.config
                };
                let mut careless = setup.outbound_with(config);
                careless.resume_rtp(SSRC, outbound.next_rtp_index(SSRC).unwrap_or(0)).ok()?;
                careless.resume_rtcp(SSRC, outbound.next_rtcp_index(SSRC).unwrap_or(0)).ok()?;
                let genuine = protect(kind, setup, &mut careless, input)?;
                Genuine { restored: None, ..genuine }
            }
        };
        Some(Self { datagram: genuine.protected.clone(), genuine: Some(genuine) })
    }
}

/// A packet that is cut or grows as the first byte says, and is changed by the others.
fn changed(packet: &[u8], input: &[u8]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    let (growth, changes) = input.split_first().unwrap_or((&0, &[]));
    packet.resize(packet.len().saturating_add_signed(growth.cast_signed().into()), 0);
    packet.iter_mut().zip(changes).for_each(|(byte, change)| *byte ^= change);
    packet
}

impl Receiver<'_> {
    /// Takes a datagram and looks at what has changed.
    fn take(&mut self, datagram: &[u8]) -> Outcome {
        let (before, dropped) = (self.state(), self.dropped());
        let mut buffer = datagram.to_vec();
        let result = match self.kind {
            Kind::Rtp => self.inbound.unprotect_rtp(&mut buffer),
            Kind::Rtcp => self.inbound.unprotect_rtcp(&mut buffer),
        };
        match result {
            Ok(length) => {
                buffer.truncate(length);
                self.check_accepted(datagram, &buffer);
                assert_eq!(self.dropped(), dropped, "what is accepted is not dropped");
                Ok(buffer)
            }
            Err(reason) => {
                check_refused(datagram, &buffer);
                assert_eq!(
                    self.state(),
                    before,
                    "refused for {reason}, and still changed something"
                );
                let others = |counts: Vec<(Dropped, u64)>| -> Vec<_> {
                    counts.into_iter().filter(|(other, _)| *other != reason).collect()
                };
                let count = |counts: &[(Dropped, u64)]| {
                    counts.iter().find(|(one, _)| *one == reason).map_or(0, |(_, count)| *count)
                };
                assert_eq!(count(&self.dropped()), count(&dropped) + 1);
                assert_eq!(others(self.dropped()), others(dropped));
                Err(reason)
            }
        }
    }

    /// Nothing is accepted but what was protected with the key, and that once.
    fn check_accepted(&mut self, datagram: &[u8], plain: &[u8]) {
        let genuine = self.genuine.iter_mut().find(|genuine| genuine.protected == datagram);
        match genuine {
            Some(genuine) => {
                assert!(!genuine.is_received, "accepted twice");
                genuine.is_received = true;
                if let Some(restored) = &genuine.restored {
                    assert_eq!(plain, restored);
                }
            }
            None => assert!(!self.setup.is_real, "forged, and accepted"),
        }
    }

    /// Takes datagrams in one call.
    fn take_run(&mut self, datagrams: &[Vec<u8>]) -> Vec<Outcome> {
        let mut buffers = datagrams.to_vec();
        let slot = |buffer| Slot::new(buffer, usize::MAX);
        let mut run: Vec<_> = buffers.iter_mut().map(Vec::as_mut_slice).map(slot).collect();
        self.inbound.unprotect_rtp_run(&mut run);
        let outcomes: Vec<Outcome> =
            run.iter().map(|slot| slot.result().map(<[u8]>::to_vec)).collect();
        for ((datagram, buffer), outcome) in datagrams.iter().zip(&buffers).zip(&outcomes) {
            if outcome.is_err() {
                check_refused(datagram, buffer);
            }
        }
        outcomes
    }

    fn state(&self) -> State {
        [SSRC, self.other]
            .map(|ssrc| (self.inbound.next_rtp_index(ssrc), self.inbound.rollover_counter(ssrc)))
    }

    fn dropped(&self) -> Vec<(Dropped, u64)> {
        self.inbound.dropped().iter().collect()
    }
}

/// What can be asked for of the known stream, and of that of the datagram.
type State = [(Option<u64>, Option<u32>); 2];

/// A buffer whose datagram was refused holds nothing that was not in it before, except that the
/// beginning of an extension may have moved to the end of the fixed header.
fn check_refused(before: &[u8], after: &[u8]) {
    for (at, (before, after)) in before.iter().zip(after).enumerate() {
        let is_moved = (12..16).contains(&at);
        assert!(before == after || *after == 0 || is_moved, "byte {at} was decrypted");
    }
}

fn protect(kind: Kind, setup: &Setup, outbound: &mut Outbound, plain: &[u8]) -> Option<Genuine> {
    let mut protected = plain.to_vec();
    let result = match kind {
        Kind::Rtp => outbound.protect_rtp(&mut protected),
        Kind::Rtcp => outbound.protect_rtcp(&mut protected),
    };
    if result.is_err() {
        assert_eq!(protected, plain, "a packet that is not protected stays as it was");
        return None;
    }
    let restored = match kind {
        Kind::Rtp => setup.restored(plain),
        Kind::Rtcp => plain.to_vec(),
    };
    Some(Genuine { protected, restored: Some(restored), is_received: false })
}

fn ssrc(kind: Kind, packet: &[u8]) -> u32 {
    let ssrc = match kind {
        Kind::Rtp => HeaderView::parse(packet).ok().map(|header| header.ssrc()),
        Kind::Rtcp => {
            packet.get(4..8).and_then(|ssrc| ssrc.try_into().ok()).map(u32::from_be_bytes)
        }
    };
    ssrc.unwrap_or(SSRC)
}
