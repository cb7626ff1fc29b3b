//! Commands, datagrams and time in any order: nothing panics, and nothing spins.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may fail where the protocol may not"
)]

mod common;

use std::time::Duration;

use common::{Net, addr};
use lariat_ice::{Agent, Candidate, CheckBudget, Role};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    AddLocal(usize, u16),
    AddRemote(usize, u16),
    RemoveLocal(usize, u16),
    TellCredentials(usize),
    /// The owner says that datagrams of the peer came, some of them where there is no pair.
    Traffic(usize, u16, u16),
    Budget(usize, u32),
    EndOfCandidates(usize),
    SetRole(usize, bool),
    Run(u64),
    Block(bool),
    /// Something that was sent is delivered once more, from elsewhere or with a changed byte.
    Replay {
        index: usize,
        port: u16,
        change: Option<(usize, u8)>,
    },
    /// The clock of one agent is wrong for a moment.
    Timeout(usize, u64),
    Close(usize),
}

fn steps() -> impl Strategy<Value = Step> {
    let who = 0..2_usize;
    prop_oneof![
        4 => (who.clone(), 0..6_u16).prop_map(|(who, port)| Step::AddLocal(who, port)),
        4 => (who.clone(), 0..6_u16).prop_map(|(who, port)| Step::AddRemote(who, port)),
        1 => (who.clone(), 0..6_u16).prop_map(|(who, port)| Step::RemoveLocal(who, port)),
        4 => (who.clone(), 0..6_u16, 1..20_u16)
            .prop_map(|(who, port, count)| Step::Traffic(who, port, count)),
        1 => (who.clone(), 0..600_u32).prop_map(|(who, checks)| Step::Budget(who, checks)),
        4 => who.clone().prop_map(Step::TellCredentials),
        1 => who.clone().prop_map(Step::EndOfCandidates),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, role)| Step::SetRole(who, role)),
        8 => (0..20_000_u64).prop_map(Step::Run),
        1 => any::<bool>().prop_map(Step::Block),
        6 => (any::<usize>(), 0..6_u16, proptest::option::of((any::<usize>(), any::<u8>())))
            .prop_map(|(index, port, change)| Step::Replay { index, port, change }),
        1 => (who.clone(), 0..100_000_u64).prop_map(|(who, at)| Step::Timeout(who, at)),
        1 => who.prop_map(Step::Close),
    ]
}

fn apply(net: &mut Net, step: Step) {
    let host = |who: usize, port: u16| addr(&format!("192.0.2.{}:{}", who + 1, 5_000 + port));
    match step {
        Step::AddLocal(who, port) => {
            net.add_address(who, host(who, port));
            let _ = net.agents[who].add_local_candidate(net.now, Candidate::host(host(who, port)));
        }
        Step::AddRemote(who, port) => {
            let candidate = Candidate::host(host(1 - who, port));
            let _ = net.agents[who].add_remote_candidate(net.now, candidate);
        }
        Step::RemoveLocal(who, port) => {
            net.remove_address(who, host(who, port));
            net.agents[who].remove_local_candidate(net.now, host(who, port));
        }
        Step::Traffic(who, port, count) => {
            let selected = net.agents[who].selected_pair(net.now);
            let pair = selected.filter(|_| port < 4).map(|pair| (pair.local, pair.remote));
            let (local, remote) = pair.unwrap_or((host(who, port), host(1 - who, port)));
            (0..count).for_each(|_| net.agents[who].on_traffic(net.now, local, remote));
        }
        Step::Budget(who, checks) => {
            let budget = CheckBudget { checks, bytes: 100 * checks };
            net.agents[who].set_check_budget(net.now, budget);
        }
        Step::TellCredentials(who) => {
            let credentials = net.agents[1 - who].local_credentials().clone();
            let _ = net.agents[who].set_remote_credentials(net.now, credentials);
        }
        Step::EndOfCandidates(who) => net.agents[who].end_of_remote_candidates(net.now),
        Step::SetRole(who, true) => net.agents[who].set_role(Role::Controlling),
        Step::SetRole(who, false) => net.agents[who].set_role(Role::Controlled),
        Step::Run(millis) => net.run_for(Duration::from_millis(millis)),
        Step::Block(true) => net.lose(|_| true),
        Step::Block(false) => net.lose_none(),
        Step::Replay { index, port, change } => {
            let Some(index) = index.checked_rem(net.sent.len()) else { return };
            let mut packet = net.sent[index].1.clone();
            packet.source.set_port(5_000 + port);
            if let Some((at, byte)) = change {
                let at = at % packet.payload.len();
                packet.payload[at] ^= byte;
            }
            let who = usize::from(packet.destination.ip() == host(1, 0).ip());
            net.inject(who, &packet);
        }
        Step::Timeout(who, millis) => {
            net.agents[who].handle_timeout(lariat_base::Instant::from_millis(millis));
        }
        Step::Close(who) => net.agents[who].close(),
    }
}

proptest! {
    #[test]
    fn any_interleaving_is_legal(steps in proptest::collection::vec(steps(), 1..60)) {
        let mut net = Net::pair();
        for step in steps {
            // The network panics if a deadline comes and nothing changes.
            apply(&mut net, step);
            for agent in &net.agents {
                let pair = agent.selected_pair(net.now);
                prop_assert!(pair.is_none_or(|pair| agent.is_validated(pair.local, pair.remote)));
                prop_assert!(agent.pairs().count() <= lariat_ice::limits::DEFAULT_MAX_PAIRS);
                let _ = agent.explain().to_string();
            }
        }
        net.run_for(Duration::from_secs(300));
        // Everything comes to an end: connected, failed, closed, or never begun.
        let settled = |agent: &Agent| agent.state() != lariat_ice::State::Checking;
        prop_assert!(net.both(settled), "{}", net.explain());
    }
}
