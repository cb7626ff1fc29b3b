use super::*;

fn link(line: &str) -> LinkChange {
    match line.parse() {
        Ok(Command::Link { from: None, change }) => change,
        other => panic!("{line:?} is {other:?}"),
    }
}

#[test]
fn every_setting_of_a_link_has_a_line() {
    let ms = Duration::from_millis;
    let rate = |queue, mark| Rate { bits_per_second: 20_000_000, queue, mark };
    for (line, change) in [
        ("delay 30ms", LinkChange::Delay(ms(30))),
        ("delay 0.5s", LinkChange::Delay(ms(500))),
        ("jitter 200us", LinkChange::Jitter(Duration::from_micros(200))),
        ("loss 1%", LinkChange::Loss(Share(10_000))),
        ("duplicate 0.5%", LinkChange::Duplicate(Share(5_000))),
        ("reorder 2%", LinkChange::Reorder(Share(20_000), ms(10))),
        ("reorder 2% by 7ms", LinkChange::Reorder(Share(20_000), ms(7))),
        ("rate none", LinkChange::Rate(None)),
        ("rate 20mbit queue 150kB", LinkChange::Rate(Some(rate(150_000, None)))),
        ("rate 20mbit queue 9000B mark 3kB", LinkChange::Rate(Some(rate(9_000, Some(3_000))))),
        ("mtu 600", LinkChange::Mtu(Some(Mtu { bytes: 600, tells: true }))),
        ("mtu 600 silent", LinkChange::Mtu(Some(Mtu { bytes: 600, tells: false }))),
        ("mtu none", LinkChange::Mtu(None)),
        ("up", LinkChange::Up(true)),
        ("down", LinkChange::Up(false)),
    ] {
        assert_eq!(link(line), change, "{line}");
        let directed = format!("{line} from b").parse();
        assert_eq!(directed, Ok(Command::Link { from: Some(Side::B), change }), "{line}");
    }
}

#[test]
fn every_change_of_a_nat_has_a_line() {
    let usual = NatSettings::new(outside(Side::A));
    for (line, change) in [
        ("nat a", NatChange::Place(usual)),
        ("nat a none", NatChange::Remove),
        ("rebind a", NatChange::Rebind),
        ("forget a", NatChange::Forget),
        ("move a 203.0.113.9", NatChange::MoveTo([203, 0, 113, 9].into())),
        (
            "nat a map port filter address lifetime 30s",
            NatChange::Place(NatSettings {
                mapping: Dependence::AddressAndPortDependent,
                filtering: Dependence::AddressDependent,
                lifetime: Duration::from_secs(30),
                ..usual
            }),
        ),
    ] {
        assert_eq!(line.parse(), Ok(Command::Nat { side: Side::A, change }), "{line}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for line in [
        "",
        "delay",
        "delay 30",
        "delay -1ms",
        "delay 30ms more",
        "delay 30ms from c",
        "loss 101%",
        "loss NaN%",
        "rate 20mbit",
        "rate 0mbit queue 1kB",
        "rate 20mbit queue",
        "reorder 1% after 2ms",
        "mtu 600 loudly",
        "rebind",
        "rebind c",
        "rebind a from b",
        "nat a map everything",
        "move a nowhere",
        "explode a",
    ] {
        assert!(line.parse::<Command>().is_err(), "{line:?}");
    }
}
