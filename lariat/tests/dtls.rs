//! What a configuration says about DTLS.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::time::Duration;

use common::{connection, connection_of, negotiate};
use lariat::{
    Certificate, Configuration, ConnectionState, DataChannelInit, DtlsVersion, Error, Event,
    NamedGroup, PeerConnection,
};
use lariat_base::Seed;
use lariat_crypto::SignatureScheme;

/// What a connection of this configuration and one with the defaults agree on.
async fn agreed(configuration: Configuration) -> (&'static str, &'static str) {
    let (a, b) = (connection_of(configuration).await, connection().await);
    let channel = a.create_data_channel("test", DataChannelInit::default()).await.unwrap();
    negotiate(&a, &b).await;
    channel.opened().await.unwrap();
    let [ours, theirs] = [known(&a).await, known(&b).await];
    assert_eq!(ours, theirs);
    ours
}

async fn known(connection: &PeerConnection) -> (&'static str, &'static str) {
    let stats = connection.stats().await.unwrap().peer;
    (stats.dtls_version.unwrap(), stats.dtls_group.unwrap())
}

#[tokio::test]
async fn version_and_group_are_among_those_of_the_configuration() {
    let mut configuration = Configuration::default();
    assert_eq!(agreed(configuration.clone()).await, ("DTLS 1.3", "X25519MLKEM768"));
    configuration.dtls_groups.retain(|group| *group != NamedGroup::X25519MlKem768);
    assert_eq!(agreed(configuration.clone()).await, ("DTLS 1.3", "x25519"));
    configuration.dtls_groups = vec![NamedGroup::Secp384r1];
    assert_eq!(agreed(configuration.clone()).await, ("DTLS 1.3", "secp384r1"));
    configuration = Configuration::default();
    configuration.dtls_versions = vec![DtlsVersion::Dtls12];
    assert_eq!(agreed(configuration).await, ("DTLS 1.2", "x25519"));
}

// rfc8122 §5.1: SHA-256, and the hash in the certificate's own signature.
#[tokio::test]
async fn a_certificate_is_announced_by_the_hash_of_its_signature_too() {
    let provider = Configuration::default().provider;
    let (scheme, mut rng) = (SignatureScheme::EcdsaSecp384r1Sha384, Seed::new([1; 32]).rng());
    let now = Duration::from_secs(1_790_000_000);
    let certificate = Certificate::generate_with(&*provider, scheme, &mut rng, now).unwrap();
    let expected: Vec<_> = certificate
        .fingerprints()
        .map(|fingerprint| format!("a=fingerprint:{fingerprint}"))
        .collect();
    assert_eq!(expected.len(), 2);
    let mut configuration = Configuration::default();
    configuration.certificate = Some(certificate);
    let announcing = connection_of(configuration.clone()).await;
    let _channel =
        announcing.create_data_channel("test", DataChannelInit::default()).await.unwrap();
    let offer = announcing.create_offer().await.unwrap().sdp;
    let announced: Vec<_> =
        offer.lines().filter(|line| line.starts_with("a=fingerprint")).collect();
    assert_eq!(announced, expected);
    // Whoever reads both checks the longer one.
    assert_eq!(agreed(configuration).await, ("DTLS 1.3", "X25519MLKEM768"));
}

#[tokio::test]
async fn without_a_version_or_a_group_in_common_the_connection_fails() {
    let with = |version, group| {
        let mut configuration = Configuration::default();
        configuration.dtls_versions = vec![version];
        configuration.dtls_groups = vec![group];
        configuration
    };
    let ours = with(DtlsVersion::Dtls13, NamedGroup::X25519);
    let of_12 = with(DtlsVersion::Dtls12, NamedGroup::X25519);
    let of_another_group = with(DtlsVersion::Dtls13, NamedGroup::Secp384r1);
    for theirs in [of_12, of_another_group] {
        // One as the DTLS server, one as the client.
        for we_offer in [true, false] {
            let a = connection_of(ours.clone()).await;
            let b = connection_of(theirs.clone()).await;
            let (offerer, answerer) = if we_offer { (&a, &b) } else { (&b, &a) };
            let _channel =
                offerer.create_data_channel("test", DataChannelInit::default()).await.unwrap();
            negotiate(offerer, answerer).await;
            assert!(fails(&a).await, "{theirs:?} {we_offer}");
        }
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_connect_is_refused() {
    let mut without_version = Configuration::default();
    without_version.dtls_versions.clear();
    let mut without_group = Configuration::default();
    without_group.dtls_groups.retain(|group| *group == NamedGroup::X25519MlKem768);
    for (configuration, why) in [(without_version, "no version"), (without_group, "DTLS 1.2")] {
        let error = PeerConnection::new(configuration).await.unwrap_err();
        assert!(matches!(error, Error::Dtls(_)) && error.to_string().contains(why), "{error}");
    }
}

/// Whether the connection fails before it is connected.
async fn fails(connection: &PeerConnection) -> bool {
    while let Some(event) = connection.next_event().await {
        match event {
            Event::Failed(_) => return true,
            Event::ConnectionState(ConnectionState::Connected) => return false,
            _ => {}
        }
    }
    false
}
