//! A sender, a receiver, and a network between them that loses, reorders, repeats and changes.

use lariat_base::Rng;
use lariat_interop::libsrtp::{Libsrtp, Packet};
use lariat_srtp::{Dropped, Inbound, Kind, Outbound, Profile, Slot};

use crate::media::{Media, rng};

/// How many RTP packets there are, and in how many chapters. Each crosses a wrap.
const PACKETS: usize = 10_000;
const CHAPTERS: usize = 4;
const SSRCS: [u32; 4] = [1, 0x8000_0000, 0xcafe_babe, u32::MAX];

/// Where a chapter begins within the circle of sequence numbers.
const FIRST: u16 = 65_000;

/// How far a packet may come from its place.
const REORDERING: u64 = 60;

/// One of so many packets is lost, repeated, or preceded by a forged one.
const LOST: u64 = 20;
const REPEATED: u64 = 30;
const FORGED: u64 = 30;

/// The side that protects.
pub(crate) trait Sender {
    fn protect_all(&mut self, packets: &[Packet]) -> Vec<Vec<u8>>;
}

/// The side that unprotects.
pub(crate) trait Receiver {
    /// Each packet, or a reason.
    fn unprotect_all(&mut self, packets: &[Packet]) -> Vec<Result<Vec<u8>, String>>;
}

/// What becomes of a packet that arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expected {
    Restored(Vec<u8>),
    Refused,
}

/// Lets a sender and a receiver exchange media.
pub(crate) fn exchange(profile: Profile, sender: &mut dyn Sender, receiver: &mut dyn Receiver) {
    let mut rng = rng(profile.name());
    let mut media = Media::new(&SSRCS, FIRST);
    let mut controls = vec![0; SSRCS.len()];
    for chapter in 0..CHAPTERS {
        // No packet is further ahead than half of the circle.
        let skipped = if chapter == 0 { 0 } else { to_next_chapter() };
        let mut opening = Vec::new();
        if skipped > 0 {
            opening.extend(media.skip(&mut rng, skipped / 2));
            opening.extend(media.skip(&mut rng, skipped - skipped / 2));
        } else {
            opening.extend(media.take(&mut rng, SSRCS.len()));
        }
        let opening_len = opening.len();
        let packets = [opening, media.take(&mut rng, PACKETS / CHAPTERS)].concat();
        let protected = sender.protect_all(&packets);
        check_control_indices(profile, &packets, &protected, &mut controls);
        let network = arriving(&mut rng, opening_len, &packets, protected);
        let arriving: Vec<Packet> = network.iter().map(|(packet, _)| packet.clone()).collect();
        let results = receiver.unprotect_all(&arriving);
        assert_eq!(results.len(), network.len());
        for (at, (result, (_, expected))) in results.into_iter().zip(network).enumerate() {
            let restored =
                result.as_ref().ok().cloned().map_or(Expected::Refused, Expected::Restored);
            assert!(restored == expected, "{profile}, chapter {chapter}, {at}: {result:?}");
        }
    }
    assert!(controls.iter().all(|count| *count > 20), "there is RTCP of every stream");
}

/// From the end of a chapter to where the next begins.
fn to_next_chapter() -> u16 {
    let length = PACKETS / CHAPTERS / SSRCS.len();
    u16::try_from((1 << 16) - length).expect("it is a part of the circle")
}

/// What arrives, and what is to become of it. The packets that open a chapter all do, in order.
fn arriving(
    rng: &mut Rng,
    opening_len: usize,
    packets: &[Packet],
    protected: Vec<Vec<u8>>,
) -> Vec<(Packet, Expected)> {
    let mut network = Vec::new();
    for (at, ((kind, plain), protected)) in packets.iter().zip(protected).enumerate() {
        let is_opening = at < opening_len;
        if !is_opening && rng.below(LOST) == 0 {
            continue;
        }
        let place = at as u64 + if is_opening { 0 } else { rng.below(REORDERING) };
        let mut arrives = |place: u64, packet: &[u8], expected| {
            network.push((place, ((*kind, packet.to_vec()), expected)));
        };
        if rng.below(FORGED) == 0 {
            let mut forged = protected.clone();
            let bit = rng.below(8 * forged.len() as u64) as usize;
            forged[bit / 8] ^= 1 << (bit % 8);
            arrives(place, &forged, Expected::Refused);
        }
        arrives(place, &protected, Expected::Restored(plain.clone()));
        if rng.below(REPEATED) == 0 {
            arrives(place + rng.below(REORDERING), &protected, Expected::Refused);
        }
    }
    network.sort_by_key(|(place, _)| *place);
    network.into_iter().map(|(_, arriving)| arriving).collect()
}

/// rfc3711 §3.4: the index of SRTCP goes on by one with each packet of its sender.
fn check_control_indices(
    profile: Profile,
    packets: &[Packet],
    protected: &[Vec<u8>],
    counts: &mut [u32],
) {
    let behind = if profile.name().starts_with("AEAD") { 0 } else { 10 };
    for ((kind, _), packet) in packets.iter().zip(protected) {
        if *kind == Kind::Rtp {
            continue;
        }
        let ssrc = u32::from_be_bytes(packet[4..8].try_into().unwrap());
        let stream = SSRCS.iter().position(|one| *one == ssrc).unwrap();
        let end = packet.len() - behind;
        let word = u32::from_be_bytes(packet[end - 4..end].try_into().unwrap());
        let index = word & 0x7fff_ffff;
        // libsrtp begins with 1.
        assert!(index == counts[stream] || counts[stream] == 0 && index == 1, "{index}");
        counts[stream] = index + 1;
    }
}

/// Lariat, which protects in runs of a length.
pub(crate) struct LariatSender {
    pub(crate) outbound: Outbound,
    run: usize,
}

impl LariatSender {
    pub(crate) fn new(outbound: Outbound, run: usize) -> Self {
        Self { outbound, run }
    }
}

impl Sender for LariatSender {
    fn protect_all(&mut self, packets: &[Packet]) -> Vec<Vec<u8>> {
        let (run, outbound) = (self.run, &mut self.outbound);
        let mut protected = Vec::new();
        for packets in in_runs(packets, run) {
            if packets.len() == 1 {
                let (kind, mut packet) = packets[0].clone();
                match kind {
                    Kind::Rtp => outbound.protect_rtp(&mut packet),
                    Kind::Rtcp => outbound.protect_rtcp(&mut packet),
                }
                .unwrap();
                protected.push(packet);
                continue;
            }
            let room = outbound.rtp_overhead();
            let with_room = |(_, packet): &Packet| [packet.as_slice(), &vec![0; room]].concat();
            let mut buffers: Vec<_> = packets.iter().map(with_room).collect();
            let mut slots: Vec<_> = buffers
                .iter_mut()
                .zip(packets)
                .map(|(buffer, (_, packet))| Slot::new(buffer, packet.len()))
                .collect();
            outbound.protect_rtp_run(&mut slots);
            protected.extend(slots.iter().map(|slot| slot.result().unwrap().to_vec()));
        }
        protected
    }
}

/// Lariat, which unprotects in runs of a length.
pub(crate) struct LariatReceiver {
    pub(crate) inbound: Inbound,
    run: usize,
}

impl LariatReceiver {
    pub(crate) fn new(inbound: Inbound, run: usize) -> Self {
        Self { inbound, run }
    }
}

impl Receiver for LariatReceiver {
    fn unprotect_all(&mut self, packets: &[Packet]) -> Vec<Result<Vec<u8>, String>> {
        let (run, inbound) = (self.run, &mut self.inbound);
        let mut restored = Vec::new();
        let said = |reason: Dropped| reason.to_string();
        for packets in in_runs(packets, run) {
            if packets.len() == 1 {
                let (kind, mut packet) = packets[0].clone();
                let result = match kind {
                    Kind::Rtp => inbound.unprotect_rtp(&mut packet),
                    Kind::Rtcp => inbound.unprotect_rtcp(&mut packet),
                };
                restored.push(result.map(|length| packet[..length].to_vec()).map_err(said));
                continue;
            }
            let mut buffers: Vec<_> = packets.iter().map(|(_, packet)| packet.clone()).collect();
            let mut slots: Vec<_> =
                buffers.iter_mut().map(|buffer| Slot::new(buffer, usize::MAX)).collect();
            inbound.unprotect_rtp_run(&mut slots);
            let results = slots.iter().map(Slot::result);
            restored.extend(results.map(|result| result.map(<[u8]>::to_vec).map_err(said)));
        }
        restored
    }
}

impl Sender for Libsrtp {
    fn protect_all(&mut self, packets: &[Packet]) -> Vec<Vec<u8>> {
        self.protect(0, packets).unwrap()
    }
}

impl Receiver for Libsrtp {
    fn unprotect_all(&mut self, packets: &[Packet]) -> Vec<Result<Vec<u8>, String>> {
        self.unprotect(packets).unwrap()
    }
}

/// The packets in order, in pieces: RTCP alone, and RTP in runs of up to `length`.
fn in_runs(packets: &[Packet], length: usize) -> impl Iterator<Item = &[Packet]> {
    let by_kind = packets.chunk_by(|(one, _), (other, _)| *one == Kind::Rtp && *other == Kind::Rtp);
    by_kind.flat_map(move |packets| packets.chunks(length))
}
