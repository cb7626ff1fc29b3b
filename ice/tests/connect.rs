//! Two agents find each other.

mod common;

use std::time::Duration;

use common::{ALICE, BOB, Net, addr, config};
use lariat_ice::{CandidateKind, Event, PairState, Role, State};

#[test]
fn two_hosts_connect_and_complete() {
    let mut net = Net::pair();
    net.host_known(ALICE, "192.0.2.1:5000");
    net.host_known(BOB, "192.0.2.2:6000");
    net.exchange_credentials();
    net.end_of_candidates();
    net.run_until(Duration::from_secs(1), |net| {
        net.both(|agent| agent.state() == State::Completed)
    });
    for who in [ALICE, BOB] {
        assert_eq!(net.selections(who).len(), 1);
        assert!(net.agents[who].pairs().all(|pair| pair.nominated));
        assert_eq!(net.agents[who].rtt(), Some(Duration::from_millis(40)));
    }
}
