//! webrtc-rs: `rtc-srtp`, on both of its backends.

use std::sync::Arc;

use bytes::BytesMut;
use rtc_rtp::header::Header;
use rtc_srtp::context::Context;
use rtc_srtp::crypto::RTCCryptoProvider;
use rtc_srtp::crypto::providers::{AwsLcRsProvider, RingProvider};
use rtc_srtp::option::srtp_replay_protection;
use rtc_srtp::protection_profile::ProtectionProfile;

use crate::srtp::packet::{self, SSRC};
use crate::srtp::profile::Profile;
use crate::srtp::subject::{Receiver, Role, Sender, Stack, Subject};

/// As wide as everybody's.
const WINDOW: usize = 128;

/// With each of its providers.
pub fn subjects() -> Vec<Subject> {
    let providers: [(&'static str, Arc<dyn RTCCryptoProvider>); 2] = [
        ("ring", Arc::new(RingProvider::default())),
        ("aws-lc-rs", Arc::new(AwsLcRsProvider::default())),
    ];
    providers
        .into_iter()
        .map(|(backend, provider)| {
            let name = format!("rtc-srtp on {backend}");
            Subject::new(name, Role::Peer, Some(backend), Rtc { provider }).of(&["rtc-srtp"])
        })
        .collect()
}

struct Rtc {
    provider: Arc<dyn RTCCryptoProvider>,
}

impl Stack for Rtc {
    type Sender = Sending;
    type Receiver = Receiving;

    fn sender(&self, profile: Profile) -> Option<Sending> {
        // A sender knows the header that it wrote; it need not be parsed.
        let header = Header { version: 2, payload_type: 96, ssrc: SSRC, ..Header::default() };
        Some(Sending { context: self.context(profile), header })
    }

    fn receiver(&self, profile: Profile) -> Option<Receiving> {
        Some(Receiving(self.context(profile)))
    }

    fn refuses_replays(&self) -> bool {
        true
    }
}

impl Rtc {
    fn context(&self, profile: Profile) -> Context {
        let theirs = match profile {
            Profile::Gcm128 => ProtectionProfile::AeadAes128Gcm,
            Profile::Gcm256 => ProtectionProfile::AeadAes256Gcm,
            Profile::Cm128 => ProtectionProfile::Aes128CmHmacSha1_80,
        };
        let (key, salt) = (profile.master_key(), profile.master_salt());
        let window = Some(srtp_replay_protection(WINDOW));
        Context::new(&key, &salt, theirs, window, None, self.provider.crypto())
            .expect("the key fits")
    }
}

struct Sending {
    context: Context,
    header: Header,
}

impl Sender for Sending {
    type Out<'a> = BytesMut;

    #[inline]
    fn protect<'a>(&'a mut self, buffer: &'a mut [u8], length: usize) -> BytesMut {
        self.header.sequence_number = packet::number_of(buffer);
        let protected = self.context.encrypt_rtp_with_header(&buffer[..length], &self.header);
        protected.expect("the packet is not too long")
    }
}

struct Receiving(Context);

impl Receiver for Receiving {
    type Out<'a> = BytesMut;

    #[inline]
    fn unprotect<'a>(&'a mut self, _: usize, packet: &'a mut [u8]) -> Option<BytesMut> {
        self.0.decrypt_rtp(packet).ok()
    }
}
