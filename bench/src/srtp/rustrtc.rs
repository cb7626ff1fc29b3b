//! rustrtc: the context of one stream, without the session that finds it by SSRC, which is to its
//! advantage. It keeps no window against replays of RTP, and has no AES-256.

use bytes::{Bytes, BytesMut};
use rustrtc::rtp::{RtpHeader, RtpPacket};
use rustrtc::srtp::{SrtpContext, SrtpDirection, SrtpKeyingMaterial, SrtpPacket, SrtpProfile};

use crate::srtp::RUN;
use crate::srtp::packet::{self, HEADER_LEN, SSRC};
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Receiver, Role, Sender, Stack, Subject};

/// As it comes.
pub fn subject() -> Subject {
    Subject::new("rustrtc", Role::Peer, None, Rustrtc).of(&["rustrtc"])
}

struct Rustrtc;

impl Stack for Rustrtc {
    type Sender = Sending;
    type Receiver = Receiving;

    fn sender(&self, profile: Profile) -> Option<Sending> {
        let header = RtpHeader::new(96, 0, 0x0102_0304, SSRC);
        let packet = RtpPacket::new(header, Vec::new());
        Some(Sending { context: context(profile, SrtpDirection::Sender)?, packet })
    }

    fn receiver(&self, profile: Profile) -> Option<Receiving> {
        let context = context(profile, SrtpDirection::Receiver)?;
        Some(Receiving { context, datagrams: vec![BytesMut::new(); RUN] })
    }

    fn refuses_replays(&self) -> bool {
        false
    }
}

fn context(profile: Profile, direction: SrtpDirection) -> Option<SrtpContext> {
    let theirs = match profile {
        Profile::Gcm128 => SrtpProfile::AeadAes128Gcm,
        Profile::Gcm256 => return None,
        Profile::Cm128 => SrtpProfile::Aes128Sha1_80,
    };
    let keys = SrtpKeyingMaterial::new(profile.master_key(), profile.master_salt());
    Some(SrtpContext::new(SSRC, theirs, keys, direction).expect("the key fits"))
}

/// It takes header and payload as values, and writes both into the caller's buffer.
struct Sending {
    context: SrtpContext,
    packet: RtpPacket,
}

impl Sender for Sending {
    type Out<'a> = &'a [u8];

    #[inline]
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> &'a [u8] {
        self.packet.header.sequence_number = packet::number_of(buffer);
        // The payload is made into a value once: it is the same for all packets of a length.
        if self.packet.payload.len() != length - HEADER_LEN {
            self.packet.payload = Bytes::copy_from_slice(&buffer[HEADER_LEN..length]);
        }
        let output = &mut buffer[..self.context.protected_rtp_len(&self.packet)];
        self.context.protect(&self.packet, output).expect("the packet is not too long");
        output
    }
}

/// It takes datagrams as values; their memory is used again.
struct Receiving {
    context: SrtpContext,
    datagrams: Vec<BytesMut>,
}

impl Receiver for Receiving {
    type Out<'a> = Bytes;

    #[inline]
    fn arrive(&mut self, number: usize, datagram: &[u8], _: &mut [u8]) {
        self.datagrams[number].clear();
        self.datagrams[number].extend_from_slice(datagram);
    }

    #[inline]
    fn unprotect<'a>(&'a mut self, number: usize, _: &'a mut [u8]) -> Option<Bytes> {
        let packet = SrtpPacket::parse(self.datagrams[number].split()).ok()?;
        Some(self.context.unprotect(packet).ok()?.payload)
    }
}
