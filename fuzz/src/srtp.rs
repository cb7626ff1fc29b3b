//! SRTP between two sides that are as the input says.

pub mod model;
pub mod sequence;
pub mod unprotect;

use std::sync::Arc;

use lariat_base::Reader;
use lariat_crypto::{Provider, fake, ring};
use lariat_srtp::{
    Config, Cryptex, ExtensionIds, Inbound, KeyError, Kind, MasterKey, Outbound, Profile,
};

/// What both sides have agreed on.
pub struct Setup {
    /// The profile.
    pub profile: Profile,
    /// The configuration.
    pub config: Config,
    /// Whether the cryptography is real. What is accepted then was protected by who has the key.
    pub is_real: bool,
    provider: Arc<dyn Provider>,
    mki_len: usize,
    name: Vec<u8>,
}

impl Setup {
    /// Takes it from the first three bytes of the input. `None` if it is not possible, which both
    /// sides then say.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let [what, how, sizes] = reader.take_array().ok()?;
        let is_real = what & 8 != 0;
        let profile = match Profile::ALL[usize::from(what % 8)] {
            // One forgery in 2^32 is a matter of an afternoon.
            Profile::Aes128CmHmacSha1_32 if is_real => Profile::Aes128CmHmacSha1_80,
            Profile::Aes256CmHmacSha1_32 if is_real => Profile::Aes256CmHmacSha1_80,
            Profile::NullHmacSha1_32 if is_real => Profile::NullHmacSha1_80,
            profile => profile,
        };
        let setup = Self {
            profile,
            config: config(how, sizes),
            is_real,
            provider: if is_real { ring::provider() } else { fake::provider(1) },
            mki_len: [0, 1, 4, 128][usize::from(what >> 4 & 3)],
            name: Vec::new(),
        };
        let inbound = Inbound::with_config(&setup.provider, profile, &setup.key(0), setup.config);
        match inbound {
            Ok(_) => Some(setup),
            Err(error) => {
                assert_eq!(error, KeyError::NullCipher);
                assert!(profile.name().starts_with("NULL") && !setup.config.allow_null_cipher);
                None
            }
        }
    }

    /// The same under keys that go by a name: the fuzzer remembers packets of other inputs, and
    /// what was protected under another name is forged.
    #[must_use]
    pub fn named(self, name: &[u8]) -> Self {
        Self { name: name.to_vec(), ..self }
    }

    /// The master key of that number, whose identifier is the number too.
    pub fn key(&self, number: u8) -> MasterKey {
        let bytes = |length| -> Vec<u8> {
            [&[number], self.name.as_slice()].concat().into_iter().cycle().take(length).collect()
        };
        let (key, salt) = (bytes(self.profile.key_len()), bytes(self.profile.salt_len()));
        let key = MasterKey::new(&key, &salt);
        match self.mki_len {
            0 => key,
            length => key.with_mki(&vec![number; length]),
        }
    }

    /// Whether packets say which key they are protected with.
    pub fn has_mki(&self) -> bool {
        self.mki_len > 0
    }

    /// The sending side, under key 0.
    pub fn outbound(&self) -> Outbound {
        self.outbound_with(self.config)
    }

    /// A sending side with another configuration.
    pub fn outbound_with(&self, config: Config) -> Outbound {
        Outbound::with_config(&self.provider, self.profile, &self.key(0), config)
            .expect("a receiver took the same")
    }

    /// The receiving side, with key 0.
    pub fn inbound(&self) -> Inbound {
        Inbound::with_config(&self.provider, self.profile, &self.key(0), self.config)
            .expect("another receiver took the same")
    }

    /// The same, and perhaps with key 1, too.
    pub fn inbound_with(&self, second: bool) -> Inbound {
        let mut inbound = self.inbound();
        if second {
            inbound.add_key(&self.key(1)).expect("a key like the first");
        }
        inbound
    }

    /// What the receiver makes of an RTP packet that was `plain`: Cryptex gives CSRCs an extension.
    pub fn restored(&self, plain: &[u8]) -> Vec<u8> {
        let mut restored = plain.to_vec();
        let csrcs = plain.first().map_or(0, |first| usize::from(first & 0x0f));
        let has_extension = plain.first().is_some_and(|first| first & 0x10 != 0);
        if self.config.cryptex != Cryptex::Off && csrcs > 0 && !has_extension {
            restored[0] |= 0x10;
            let behind = 12 + 4 * csrcs;
            restored.splice(behind..behind, [0xbe, 0xde, 0, 0]);
        }
        restored
    }
}

fn config(how: u8, sizes: u8) -> Config {
    let window = |bits: u8| [0, 128, 192, 1_024][usize::from(bits & 3)];
    let ids = ExtensionIds::NONE.with(1).with(3).with(14).with(200);
    Config {
        rtp_window: window(sizes),
        rtcp_window: window(sizes >> 2),
        max_streams: [1_024, 1, 2, 3][usize::from(how >> 5 & 3)],
        // Which streams are retired depends on more than the model knows.
        max_retired_streams: 0,
        key_derivation_rate: [0, 1, 16, 1 << 24][usize::from(how >> 3 & 3)],
        cryptex: [Cryptex::Off, Cryptex::On, Cryptex::Required, Cryptex::Off][usize::from(how & 3)],
        encrypted_extensions: if how & 4 == 0 { ExtensionIds::NONE } else { ids },
        allow_null_cipher: sizes & 0x10 == 0,
        ..Config::default()
    }
}

/// A packet with a secret of that length: by turns without and with CSRCs, and with each kind of
/// header extension.
pub fn plain(kind: Kind, ssrc: u32, sequence_number: u16, length: usize) -> Vec<u8> {
    let (ssrc, number) = (ssrc.to_be_bytes(), sequence_number.to_be_bytes());
    let mut packet = Vec::new();
    match kind {
        Kind::Rtp => {
            packet.extend([0x80, 96]);
            packet.extend(number);
            packet.extend([0, 0, 0, 1]);
            packet.extend(ssrc);
        }
        Kind::Rtcp => {
            packet.extend([0x80, 201, 0, 1]);
            packet.extend(ssrc);
        }
    }
    let (bits, rest): (u8, &[u8]) = match (kind, sequence_number % 4) {
        (Kind::Rtp, 1) => (2, &[9, 8, 7, 6, 5, 4, 3, 2]),
        (Kind::Rtp, 2) => (0x10, &[0xbe, 0xde, 0, 2, 0x11, 1, 2, 0x20, 3, 0x30, 4, 0]),
        (Kind::Rtp, 3) => (0x11, &[9, 8, 7, 6, 0x10, 0, 0, 2, 200, 3, 1, 2, 3, 0, 4, 0]),
        _ => (0, &[]),
    };
    packet[0] |= bits;
    packet.extend(rest);
    packet.extend(number.iter().chain(b"secret words ").cycle().take(length));
    packet
}
