//! Who controls, and the repair of disagreements about it (RFC 8445 §6.1.1 and §7.3.1.1).

use core::fmt;

use lariat_base::Rng;

use crate::limits::MAX_ROLE_SWITCHES;

/// Which of the two agents nominates.
///
/// ```
/// use lariat_ice::Role;
///
/// assert_eq!(Role::Controlling.opposite(), Role::Controlled);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an agent controls or does not")]
pub enum Role {
    /// This agent nominates the pair to use; usually the offerer.
    Controlling,
    /// The peer nominates.
    Controlled,
}

impl Role {
    /// The role of the other agent.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Controlling => Self::Controlled,
            Self::Controlled => Self::Controlling,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Controlling => "controlling",
            Self::Controlled => "controlled",
        })
    }
}

/// What a request says of its sender: its role and its tie-breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) role: Role,
    pub(crate) tie_breaker: u64,
}

/// What to do about a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The roles differ, as they should.
    Agreed,
    /// We gave way and have the other role now.
    Switched,
    /// The peer is to give way: answer 487.
    Refuse,
    /// We should give way once more, but did so too often.
    Exhausted,
}

/// Our role, and how often it changed.
#[derive(Clone, Debug)]
pub(crate) struct RoleState {
    role: Role,
    tie_breaker: u64,
    switches: u32,
    /// The peer is lite and can never control, so neither can we give way.
    fixed: bool,
}

impl RoleState {
    pub(crate) fn new(role: Role, remote_lite: bool, rng: &mut Rng) -> Self {
        // rfc8445 §6.1.1: against a lite peer the full agent controls.
        let role = if remote_lite { Role::Controlling } else { role };
        Self { role, tie_breaker: rng.u64(), switches: 0, fixed: remote_lite }
    }

    pub(crate) const fn role(&self) -> Role {
        self.role
    }

    pub(crate) const fn claim(&self) -> Claim {
        Claim { role: self.role, tie_breaker: self.tie_breaker }
    }

    pub(crate) fn set(&mut self, role: Role) {
        if !self.fixed {
            self.role = role;
        }
    }

    pub(crate) fn set_remote_lite(&mut self, remote_lite: bool) {
        self.fixed = remote_lite;
        if remote_lite {
            self.role = Role::Controlling;
        }
    }

    /// Compares a request's claim with ours.
    pub(crate) fn on_request(&mut self, claim: Claim) -> Verdict {
        if claim.role != self.role {
            return Verdict::Agreed;
        }
        // rfc8445 §7.3.1.1: of two that would control, the larger tie-breaker does; equal ones make
        // both refuse. Of two that would be controlled, the larger or equal one switches.
        let ours_wins = self.tie_breaker >= claim.tie_breaker;
        let refuse = match self.role {
            Role::Controlling => ours_wins || self.fixed,
            Role::Controlled => !ours_wins,
        };
        if refuse { Verdict::Refuse } else { self.switch() }
    }

    /// Takes a 487 to a request that carried `sent`.
    pub(crate) fn on_refusal(&mut self, sent: Role, rng: &mut Rng) -> Verdict {
        // A refusal of a role that we gave up meanwhile says nothing about the present one.
        if sent != self.role {
            return Verdict::Agreed;
        }
        let verdict = if self.fixed { Verdict::Exhausted } else { self.switch() };
        if verdict == Verdict::Switched {
            // rfc8445 §7.2.5.1: a new tie-breaker, so that equal ones do not meet again.
            self.tie_breaker = rng.u64();
        }
        verdict
    }

    fn switch(&mut self) -> Verdict {
        if self.switches >= MAX_ROLE_SWITCHES {
            return Verdict::Exhausted;
        }
        self.switches += 1;
        self.role = self.role.opposite();
        Verdict::Switched
    }

    #[cfg(test)]
    fn with_tie_breaker(role: Role, tie_breaker: u64) -> Self {
        Self { role, tie_breaker, switches: 0, fixed: false }
    }
}

#[cfg(test)]
mod tests {
    use lariat_base::Seed;

    use super::*;

    const CONTROLLING: Role = Role::Controlling;
    const CONTROLLED: Role = Role::Controlled;

    fn verdict(ours: Role, our_tie: u64, theirs: Role, their_tie: u64) -> (Verdict, Role) {
        let mut state = RoleState::with_tie_breaker(ours, our_tie);
        let verdict = state.on_request(Claim { role: theirs, tie_breaker: their_tie });
        (verdict, state.role())
    }

    #[test]
    fn every_conflict_is_decided_by_the_tie_breakers() {
        // rfc8445 §7.3.1.1: the whole table.
        assert_eq!(verdict(CONTROLLING, 1, CONTROLLED, 9), (Verdict::Agreed, CONTROLLING));
        assert_eq!(verdict(CONTROLLED, 1, CONTROLLING, 9), (Verdict::Agreed, CONTROLLED));
        assert_eq!(verdict(CONTROLLING, 9, CONTROLLING, 1), (Verdict::Refuse, CONTROLLING));
        assert_eq!(verdict(CONTROLLING, 5, CONTROLLING, 5), (Verdict::Refuse, CONTROLLING));
        assert_eq!(verdict(CONTROLLING, 1, CONTROLLING, 9), (Verdict::Switched, CONTROLLED));
        assert_eq!(verdict(CONTROLLED, 9, CONTROLLED, 1), (Verdict::Switched, CONTROLLING));
        assert_eq!(verdict(CONTROLLED, 5, CONTROLLED, 5), (Verdict::Switched, CONTROLLING));
        assert_eq!(verdict(CONTROLLED, 1, CONTROLLED, 9), (Verdict::Refuse, CONTROLLED));
    }

    #[test]
    fn a_refusal_switches_the_role_and_changes_the_tie_breaker() {
        let mut rng = Seed::new([1; 32]).rng();
        let mut state = RoleState::with_tie_breaker(CONTROLLING, 7);
        assert_eq!(state.on_refusal(CONTROLLING, &mut rng), Verdict::Switched);
        assert_eq!(state.role(), CONTROLLED);
        assert_ne!(state.claim().tie_breaker, 7);
        // The refusal of a second request that was on its way changes nothing.
        assert_eq!(state.on_refusal(CONTROLLING, &mut rng), Verdict::Agreed);
        assert_eq!(state.role(), CONTROLLED);
    }

    #[test]
    fn switching_comes_to_an_end() {
        let mut rng = Seed::new([1; 32]).rng();
        let mut state = RoleState::with_tie_breaker(CONTROLLING, 7);
        for _ in 0..MAX_ROLE_SWITCHES {
            assert_eq!(state.on_refusal(state.role(), &mut rng), Verdict::Switched);
        }
        assert_eq!(state.on_refusal(state.role(), &mut rng), Verdict::Exhausted);
    }

    #[test]
    fn against_a_lite_peer_we_control_whatever_it_claims() {
        let mut rng = Seed::new([1; 32]).rng();
        let mut state = RoleState::new(CONTROLLED, true, &mut rng);
        assert_eq!(state.role(), CONTROLLING);
        state.set(CONTROLLED);
        assert_eq!(state.role(), CONTROLLING);
        let claim = Claim { role: CONTROLLING, tie_breaker: u64::MAX };
        assert_eq!(state.on_request(claim), Verdict::Refuse);
    }
}
