//! Sends an RTP stream from one UDP socket to another, protected under keys given by hand.
//!
//! ```text
//! cargo run -p lariat-srtp --example two_sockets
//! ```

use std::error::Error;
use std::net::UdpSocket;

use lariat_base::Serial16;
use lariat_crypto::ring;
use lariat_rtp::{Packet, PacketBuilder};
use lariat_srtp::{Inbound, MasterKey, Outbound, Profile};

fn main() -> Result<(), Box<dyn Error>> {
    let provider = ring::provider();
    let profile = Profile::AeadAes128Gcm;
    // In WebRTC these come from the DTLS handshake. A key must not be used for anything else.
    let (mut key, mut salt) = ([0; 16], [0; 12]);
    provider.random(&mut key)?;
    provider.random(&mut salt)?;
    let key = MasterKey::new(&key, &salt);
    let mut outbound = Outbound::new(&provider, profile, &key)?;
    let mut inbound = Inbound::new(&provider, profile, &key)?;

    let sender = UdpSocket::bind("127.0.0.1:0")?;
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    let mut packet = Vec::new();
    let mut datagram = [0; 1_500];
    for count in 0..5_u16 {
        let words = format!("words that nobody else reads, part {count}");
        packet.clear();
        PacketBuilder {
            payload_type: 96,
            sequence_number: Serial16::new(65_534).add(count),
            timestamp: 90_000 * u32::from(count),
            ssrc: 0xcafe_babe,
            payload: words.as_bytes(),
            ..PacketBuilder::default()
        }
        .encode(&mut packet)?;
        outbound.protect_rtp(&mut packet)?;
        sender.send_to(&packet, receiver.local_addr()?)?;

        let (length, from) = receiver.recv_from(&mut datagram)?;
        let protected = datagram.get_mut(..length).ok_or("datagram longer than the buffer")?;
        match inbound.unprotect_rtp(protected) {
            Ok(length) => {
                let rtp = Packet::parse(datagram.get(..length).ok_or("no packet")?)?;
                println!("{from}: {}", String::from_utf8_lossy(rtp.payload()));
            }
            Err(dropped) => println!("{from}: dropped, {dropped}"),
        }
    }
    println!("dropped: {}", inbound.dropped().total());
    Ok(())
}
