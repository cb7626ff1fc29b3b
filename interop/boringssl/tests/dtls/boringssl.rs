//! What the two agree on, and how they part.

use lariat_crypto::NamedGroup::{self, Secp256r1, Secp384r1, X25519, X25519MlKem768};
use lariat_dtls::{AlertDescription, Connection, Event, FailureReason, Role, Version};
use lariat_interop::virtual_time::config;

use crate::net::{has_new_keys, net, settings};
use crate::peer::Event as Theirs;

const ROLES: [Role; 2] = [Role::Client, Role::Server];
const VERSIONS: [Version; 2] = [Version::Dtls12, Version::Dtls13];

#[test]
fn both_roles_connect_in_the_newest_version_in_common() {
    for role in ROLES {
        for ours in [&VERSIONS[..1], &VERSIONS[1..], &VERSIONS] {
            for theirs in [&VERSIONS[..1], &VERSIONS[1..], &VERSIONS] {
                let newest = theirs.iter().filter(|version| ours.contains(version)).max();
                let Some(newest) = newest else { continue };
                let mut config = config();
                config.versions = ours.to_vec();
                let mut settings = settings(&config);
                settings.versions = [theirs[0], theirs[theirs.len() - 1]];
                let mut net = net(role, config, &settings, &[]);
                assert_eq!(net.connect().version, *newest, "{role:?} {ours:?} {theirs:?}");
                assert_eq!(net.ours.dropped().total(), 0, "{:?}", net.ours.dropped());
            }
        }
    }
}

#[test]
fn every_suite_and_group_in_common_gives_the_same_keys() {
    for role in ROLES {
        for (version, group) in groups() {
            for (suites, name) in [
                ([0x1301, 0xc02b], "AES_128_GCM_SHA256"),
                ([0x1302, 0xc02c], "AES_256_GCM_SHA384"),
                ([0x1303, 0xcca9], "CHACHA20_POLY1305_SHA256"),
            ] {
                println!("{role:?} {version:?} {group:?} {name}");
                let mut config = config();
                config.versions = vec![version];
                config.cipher_suites = suites.to_vec();
                // rfc8422 §5.1: in 1.2 the curve of a certificate has to be among the groups.
                config.groups = vec![group, Secp256r1];
                config.groups.dedup();
                config.key_shares = vec![group];
                let mut settings = settings(&config);
                settings.groups.clone_from(&config.groups);
                let mut net = net(role, config, &settings, &[]);
                let info = net.connect();
                assert_eq!(net.theirs.agreed().cipher_suite, info.cipher_suite);
                assert!(info.cipher_suite.ends_with(name), "{}", info.cipher_suite);
                assert_eq!(net.theirs.agreed().group, group.code_point());
                assert!(!net.theirs.agreed().is_retried);
            }
        }
    }
}

fn groups() -> impl Iterator<Item = (Version, NamedGroup)> {
    let of_both = [X25519, Secp256r1, Secp384r1];
    let of_both = of_both.into_iter().flat_map(|group| VERSIONS.map(|version| (version, group)));
    of_both.chain([(Version::Dtls13, X25519MlKem768)])
}

#[test]
fn every_srtp_profile_in_common_can_be_agreed_on() {
    for role in ROLES {
        for version in VERSIONS {
            for profile in [1, 7, 8] {
                let mut config = config();
                config.versions = vec![version];
                let mut settings = settings(&config);
                settings.srtp_profiles = vec![profile];
                let mut net = net(role, config, &settings, &[]);
                assert_eq!(net.connect().srtp_profile, Some(profile));
            }
        }
    }
}

#[test]
fn a_server_gets_a_key_of_the_group_that_it_wants() {
    let all = [X25519MlKem768, X25519, Secp256r1, Secp384r1];
    for role in ROLES {
        for shares in [&[][..], &[X25519], &[X25519MlKem768, X25519]] {
            for wanted in all.into_iter().filter(|group| !shares.contains(group)) {
                let mut config = config();
                config.versions = vec![Version::Dtls13];
                let mut settings = settings(&config);
                settings.groups = all.to_vec();
                match role {
                    Role::Client => {
                        config.key_shares = shares.to_vec();
                        settings.groups = vec![wanted];
                    }
                    Role::Server => {
                        settings.key_shares = Some(shares.to_vec());
                        config.groups = vec![wanted];
                    }
                }
                let mut net = net(role, config, &settings, &[]);
                assert_eq!(net.connect().version, Version::Dtls13);
                assert_eq!(net.theirs.agreed().group, wanted.code_point());
                assert!(net.theirs.agreed().is_retried, "{role:?} {shares:?} {wanted:?}");
            }
        }
    }
}

#[test]
fn any_one_datagram_may_be_lost() {
    for role in ROLES {
        for version in VERSIONS {
            for mtu in [300, 1_200] {
                for lost in (0..16).flat_map(|number| [(true, number), (false, number)]) {
                    println!("{role:?} {version:?}, {mtu}: lost (from us, {lost:?})");
                    let mut config = config();
                    config.versions = vec![version];
                    config.mtu = mtu;
                    let settings = settings(&config);
                    net(role, config, &settings, &[lost]).connect();
                }
            }
        }
    }
}

#[test]
fn either_side_can_renew_its_keys() {
    for role in ROLES {
        for and_peer in [false, true] {
            for is_ours in [true, false] {
                let config = config();
                let settings = settings(&config);
                let mut net = net(role, config, &settings, &[]);
                net.connect();
                for data in [b"1", b"2", b"3"] {
                    if is_ours {
                        net.ours.update_keys(net.now, and_peer);
                    } else {
                        net.theirs.update_keys(net.now, and_peer);
                    }
                    net.exchange(data, data);
                    net.settle();
                }
                assert_eq!(has_new_keys(&net, false), is_ours || and_peer);
                assert_eq!(has_new_keys(&net, true), !is_ours || and_peer);
                assert_eq!(net.ours.dropped().total(), 0);
            }
        }
    }
}

#[test]
fn either_side_can_close() {
    for role in ROLES {
        for version in VERSIONS {
            for is_ours in [true, false] {
                let mut config = config();
                config.versions = vec![version];
                let settings = settings(&config);
                let mut net = net(role, config, &settings, &[]);
                net.connect();
                if is_ours {
                    net.ours.close();
                } else {
                    net.theirs.close(net.now);
                }
                net.run(|net| {
                    net.events.contains(&Event::Closed)
                        && net.theirs.events.contains(&Theirs::Closed)
                });
            }
        }
    }
}

#[test]
fn a_wrong_certificate_is_refused_by_us() {
    for role in ROLES {
        for version in VERSIONS {
            let mut config = config();
            config.versions = vec![version];
            let settings = settings(&config);
            let mut net = net(role, config.clone(), &settings, &[]);
            let own = config.certificate.fingerprint();
            net.ours = Connection::new(config, role, vec![own]);
            net.ours.start(net.now);
            net.run(|net| matches!(net.theirs.events.last(), Some(Theirs::Failed(_))));
            let alert = Theirs::Failed("SSLV3_ALERT_BAD_CERTIFICATE".to_owned());
            assert_eq!(net.theirs.events.last(), Some(&alert), "{role:?} {version:?}");
            assert_eq!(net.events, [Event::Failed(FailureReason::Fingerprint)]);
        }
    }
}

#[test]
fn a_wrong_certificate_is_refused_by_it() {
    for role in ROLES {
        for version in VERSIONS {
            let mut config = config();
            config.versions = vec![version];
            let mut settings = settings(&config);
            settings.expected = settings.certificate.clone();
            let mut net = net(role, config, &settings, &[]);
            net.run(|net| matches!(net.events.last(), Some(Event::Failed(_))));
            let reason = FailureReason::PeerAlert(AlertDescription::BAD_CERTIFICATE);
            assert_eq!(net.events.last(), Some(&Event::Failed(reason)), "{role:?} {version:?}");
        }
    }
}
