//! One RTP packet under given keys, at a given place: what is encrypted of it, and in which order.

use lariat_crypto::Error;

use crate::config::Config;
use crate::cryptex;
use crate::layout::RtpParts;
use crate::packet::{Place, RtpHeader};
use crate::session::{PacketKeys, RtpKeys};

impl RtpKeys {
    /// Encrypts a packet. With an AEAD that writes the tag, too; else [`Self::authenticate`] does.
    #[inline(always)]
    pub(crate) fn encrypt(
        &self,
        config: &Config,
        header: &RtpHeader,
        place: Place,
        cryptex: bool,
        parts: &mut RtpParts<'_>,
    ) {
        if cryptex {
            cryptex::arrange(parts.packet, header);
            self.encrypt_behind(place, cryptex::CLEAR_LEN, parts);
            cryptex::rearrange(parts.packet, header);
        } else {
            self.apply_to_extension(config, header, place, parts.packet);
            self.encrypt_behind(place, header.length, parts);
        }
    }

    #[inline(always)]
    fn encrypt_behind(&self, place: Place, clear_len: usize, parts: &mut RtpParts<'_>) {
        match &self.packet {
            PacketKeys::Cm(keys) => {
                // To go on without a payload would send the packet in the clear.
                let payload = parts.packet.get_mut(clear_len..);
                keys.apply(place, payload.expect("the header was read from this packet"));
            }
            PacketKeys::Gcm(keys) => keys.seal_rtp(place, parts.packet, clear_len, parts.tag),
        }
    }

    /// Writes the tag of an encrypted packet, unless encryption has.
    #[inline(always)]
    pub(crate) fn authenticate(&self, place: Place, parts: RtpParts<'_>) {
        if let PacketKeys::Cm(keys) = &self.packet {
            keys.sign_rtp(place, parts.packet, parts.tag);
        }
    }

    /// Checks the tag of a packet, unless decryption does. The packet stays as it is.
    #[inline(always)]
    pub(crate) fn verify(&self, place: Place, parts: &RtpParts<'_>) -> Result<(), Error> {
        match &self.packet {
            PacketKeys::Cm(keys) => keys.verify_rtp(place, parts.packet, parts.tag),
            PacketKeys::Gcm(_) => Ok(()),
        }
    }

    /// Decrypts a packet that was verified. If that fails, which it does with an AEAD only, nothing
    /// of it is left.
    #[inline(always)]
    pub(crate) fn decrypt(
        &self,
        config: &Config,
        header: &RtpHeader,
        place: Place,
        parts: RtpParts<'_>,
    ) -> Result<(), Error> {
        let RtpParts { packet, tag, .. } = parts;
        if config.cryptex.accepts() && cryptex::is_encrypted(header) {
            cryptex::arrange(packet, header);
            self.decrypt_behind(place, cryptex::CLEAR_LEN, packet, tag)?;
            cryptex::rearrange(packet, header);
            cryptex::unmark(packet, header);
        } else {
            self.decrypt_behind(place, header.length, packet, tag)?;
            self.apply_to_extension(config, header, place, packet);
        }
        Ok(())
    }

    #[inline(always)]
    fn decrypt_behind(
        &self,
        place: Place,
        clear_len: usize,
        packet: &mut [u8],
        tag: &[u8],
    ) -> Result<(), Error> {
        match &self.packet {
            PacketKeys::Cm(keys) => {
                keys.apply(place, packet.get_mut(clear_len..).ok_or(Error::NotAuthentic)?);
                Ok(())
            }
            PacketKeys::Gcm(keys) => keys.open_rtp(place, packet, clear_len, tag),
        }
    }

    /// rfc6904 §3: before the tag is made, and after it is checked.
    #[inline(always)]
    fn apply_to_extension(
        &self,
        config: &Config,
        header: &RtpHeader,
        place: Place,
        packet: &mut [u8],
    ) {
        let Some(keys) = &self.header else { return };
        if let Some((extension, block)) = header.extension_block(packet) {
            keys.apply(config.encrypted_extensions, place, extension, block);
        }
    }
}
