//! Priorities of candidates and of pairs (RFC 8445 §5.1.2 and §6.1.2.3).

use crate::{CandidateKind, Role};

/// The highest priority that a candidate may have.
pub(crate) const MAX_PRIORITY: u32 = 0x7fff_ffff;

/// The priority of a candidate by the recommended formula.
///
/// `component` is 1 to 256; what lies outside counts as the nearest.
pub(crate) fn candidate_priority(
    kind: CandidateKind,
    local_preference: u16,
    component: u16,
) -> u32 {
    // rfc8445 §5.1.2.1: type preference, local preference and component, in this order of weight.
    let component = u32::from(component.clamp(1, 256));
    (kind.type_preference() << 24) | (u32::from(local_preference) << 8) | (256 - component)
}

/// The priority that a peer gives us if it learns this candidate from a check: the same, but with
/// the type preference of a peer-reflexive candidate (RFC 8445 §7.1.1).
pub(crate) fn peer_reflexive_priority(priority: u32) -> u32 {
    (CandidateKind::PeerReflexive.type_preference() << 24) | (priority & 0x00ff_ffff)
}

/// Whether a priority that came from outside is one (RFC 8445 §5.1.2).
pub(crate) fn is_valid(priority: u32) -> bool {
    (1..=MAX_PRIORITY).contains(&priority)
}

/// The priority of a pair. Both agents compute the same, whichever of them controls.
pub(crate) fn pair_priority(role: Role, local: u32, remote: u32) -> u64 {
    let (controlling, controlled) = match role {
        Role::Controlling => (local, remote),
        Role::Controlled => (remote, local),
    };
    let (g, d) = (u64::from(controlling), u64::from(controlled));
    // rfc8445 §6.1.2.3. With priorities below 2³¹ the sum stays below 2⁶⁴.
    (g.min(d) << 32).saturating_add(2 * g.max(d)).saturating_add(u64::from(g > d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidate_priorities_follow_the_recommended_formula() {
        // rfc8445 §5.1.2.1: the well-known value of a lone host candidate.
        assert_eq!(candidate_priority(CandidateKind::Host, 65_535, 1), 2_130_706_431);
        // rfc8839 §5.1: the priority in the example of a server-reflexive candidate.
        assert_eq!(candidate_priority(CandidateKind::ServerReflexive, 65_535, 1), 1_694_498_815);
        assert_eq!(candidate_priority(CandidateKind::Relayed, 65_535, 1), 16_777_215);
        assert_eq!(candidate_priority(CandidateKind::Host, 65_535, 256), 2_130_706_176);
    }

    #[test]
    fn a_check_carries_the_priority_of_a_peer_reflexive_candidate() {
        let host = candidate_priority(CandidateKind::Host, 1_234, 1);
        let reflexive = candidate_priority(CandidateKind::PeerReflexive, 1_234, 1);
        assert_eq!(peer_reflexive_priority(host), reflexive);
    }

    #[test]
    fn both_agents_compute_the_same_pair_priority() {
        for (a, b) in [(1, 2), (2, 1), (7, 7), (1, MAX_PRIORITY), (MAX_PRIORITY, MAX_PRIORITY)] {
            assert_eq!(
                pair_priority(Role::Controlling, a, b),
                pair_priority(Role::Controlled, b, a)
            );
        }
        assert_eq!(pair_priority(Role::Controlling, 2, 1), (1 << 32) + 4 + 1);
        assert_eq!(pair_priority(Role::Controlled, 2, 1), (1 << 32) + 4);
    }

    #[test]
    fn priorities_outside_their_range_are_not_valid() {
        assert!(is_valid(1) && is_valid(MAX_PRIORITY));
        assert!(!is_valid(0) && !is_valid(MAX_PRIORITY + 1) && !is_valid(u32::MAX));
    }
}
