//! A data channel between two connections of one process.

use lariat::{Configuration, DataChannelInit, Error, Event, Loopback, PeerConnection};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut configuration = Configuration::default();
    configuration.loopback = Loopback::Always;
    let alice = PeerConnection::new(configuration.clone()).await?;
    let bob = PeerConnection::new(configuration).await?;
    let channel = alice.create_data_channel("chat", DataChannelInit::default()).await?;

    // Descriptions usually travel over HTTP or a websocket; here both ends are at hand.
    let offer = alice.create_offer().await?;
    alice.set_local_description(offer.clone()).await?;
    bob.set_remote_description(offer).await?;
    let answer = bob.create_answer().await?;
    bob.set_local_description(answer.clone()).await?;
    alice.set_remote_description(answer).await?;

    channel.send("Hello, Bob").await?;
    while let Some(event) = bob.next_event().await {
        if let Event::DataChannel(channel) = event {
            println!("{:?} on {}", channel.recv().await, channel.label());
            break;
        }
    }
    alice.close().await;
    bob.close().await;
    Ok(())
}
