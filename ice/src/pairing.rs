//! Candidates that come in, from the owner and from signaling, and go (RFC 8445 §5.3, RFC 8838 §10
//! and §11).

use core::net::SocketAddr;

use lariat_base::Instant;

use crate::agent::{Agent, Phase, RemoteCandidate, normalise};
use crate::candidate::check_address;
use crate::checklist::is_worth_checking;
use crate::limits::{MAX_LOCAL_CANDIDATES, MAX_REMOTE_CANDIDATES};
use crate::pair::End;
use crate::{Candidate, CandidateError, Dropped, Event};

impl Agent {
    /// Adds a candidate of ours, and pairs it with those of the peer.
    ///
    /// Tell the peer first, or in the same breath (RFC 8838 §10). A second one with the same
    /// address is redundant and changes nothing. Reflexive candidates are not paired: their base
    /// is.
    ///
    /// # Errors
    /// [`CandidateError`] if it is of no use, one too many, or the agent is closed.
    pub fn add_local_candidate(
        &mut self,
        now: Instant,
        candidate: Candidate,
    ) -> Result<(), CandidateError> {
        let candidate = self.accept_candidate(candidate)?;
        if self.local_candidates.iter().any(|known| known.address == candidate.address) {
            return Ok(());
        }
        if self.local_candidates.len() >= MAX_LOCAL_CANDIDATES {
            return Err(self.too_many());
        }
        let address = normalise(candidate.base());
        let base = End { address, kind: candidate.kind, priority: candidate.priority };
        self.local_candidates.push(candidate);
        // The base of a reflexive candidate may be hidden; it is paired when it comes itself.
        if check_address(address).is_ok() && self.add_base(base) {
            for index in 0..self.remote_candidates.len() {
                let remote = self.remote_candidates.get(index).map(RemoteCandidate::end);
                remote.into_iter().for_each(|remote| self.add_pair(base, remote));
            }
        }
        self.drive(now);
        Ok(())
    }

    /// Takes back a local candidate and those found behind it: the address is no longer ours.
    ///
    /// Its pairs are gone at once, and nothing is sent from there or taken that arrives there. If
    /// one of them was in use, another pair that works takes over. The address may be added again;
    /// where the peer's consent had run out, it does not come back with it (RFC 7675 §5.1).
    pub fn remove_local_candidate(&mut self, now: Instant, address: SocketAddr) {
        let address = normalise(address);
        self.local_candidates.retain(|candidate| normalise(candidate.base()) != address);
        self.bases.retain(|base| base.address != address);
        self.checklist.remove_local(address);
        self.outbox.forget_local(address);
        self.drive(now);
    }

    /// Adds a candidate of the peer, at any time: before its credentials, after its last one.
    ///
    /// One whose address is known from a check takes the place of what was learnt there, and the
    /// pairs keep their state. One that is known already changes nothing.
    ///
    /// # Errors
    /// [`CandidateError`] if it is of no use, one too many, or the agent is closed.
    pub fn add_remote_candidate(
        &mut self,
        now: Instant,
        candidate: Candidate,
    ) -> Result<(), CandidateError> {
        let candidate = self.accept_candidate(candidate)?;
        let address = candidate.address;
        if !self.config.remote_policy.takes(&candidate) {
            return Err(CandidateError::Policy);
        }
        if self.bases.iter().any(|base| base.address == address) {
            return Err(CandidateError::OwnAddress);
        }
        if self.is_foreign(&candidate) {
            return Err(CandidateError::ForeignUfrag);
        }
        let remotes = &mut self.remote_candidates;
        let signaled = remotes.iter().filter(|remote| remote.signaled).count();
        let known = remotes.iter_mut().find(|remote| remote.candidate.address == address);
        let is_new = known.is_none();
        match known {
            // rfc8445 §5.1.3: of two with the same address, the later is redundant.
            Some(known) if known.signaled => return Ok(()),
            _ if signaled >= MAX_REMOTE_CANDIDATES => return Err(self.too_many()),
            // rfc8838 §11: the same pair, now under its true name.
            Some(known) => {
                *known = RemoteCandidate { candidate, signaled: true };
                let end = known.end();
                self.rename_remote(end);
            }
            None => remotes.push(RemoteCandidate { candidate, signaled: true }),
        }
        if is_new && let Some(end) = self.remote_candidates.last().map(RemoteCandidate::end) {
            for index in 0..self.bases.len() {
                let base = self.bases.get(index).copied();
                base.into_iter().for_each(|base| self.add_pair(base, end));
            }
        }
        self.drive(now);
        Ok(())
    }

    fn accept_candidate(&self, mut candidate: Candidate) -> Result<Candidate, CandidateError> {
        if matches!(self.phase, Phase::Closed) {
            return Err(CandidateError::Closed);
        }
        candidate.check()?;
        candidate.address = normalise(candidate.address);
        Ok(candidate)
    }

    fn too_many(&mut self) -> CandidateError {
        self.push_event(Event::CandidateLimit);
        CandidateError::TooMany
    }

    /// Notes an address that we send from; whether it is new.
    fn add_base(&mut self, base: End) -> bool {
        match self.bases.iter_mut().find(|known| known.address == base.address) {
            None => {
                self.bases.push(base);
                true
            }
            Some(known) => {
                // rfc8445 §6.1.2.4: of redundant pairs, the one of higher priority stays.
                if base.priority > known.priority {
                    *known = base;
                    let role = self.role.role();
                    let paired =
                        self.checklist.iter_mut().filter(|pair| pair.local.address == base.address);
                    for pair in paired.filter(|pair| pair.mapped.is_none()) {
                        pair.local = base;
                        pair.update_priority(role);
                    }
                    self.checklist.sort();
                }
                false
            }
        }
    }

    fn add_pair(&mut self, local: End, remote: End) {
        if is_worth_checking(local.address, remote.address) {
            // One too many is told by `drive`.
            let _ = self.checklist.insert(self.role.role(), local, remote);
        }
    }

    /// rfc8838 §11: what signaling says of a candidate goes before what was learnt from a check,
    /// so that both agents see the same priorities. Nothing else about its pairs changes.
    fn rename_remote(&mut self, end: End) {
        let role = self.role.role();
        for pair in self.checklist.iter_mut().filter(|pair| pair.remote.address == end.address) {
            pair.remote = end;
            pair.update_priority(role);
        }
        self.checklist.sort();
        // It may have lost pairs to the limit meanwhile, or never have met some bases.
        for index in 0..self.bases.len() {
            let base = self.bases.get(index).copied();
            base.into_iter().for_each(|base| self.add_pair(base, end));
        }
    }

    fn is_foreign(&self, candidate: &Candidate) -> bool {
        match (candidate.ufrag(), &self.remote) {
            (Some(ufrag), Some(remote)) => ufrag != remote.credentials.ufrag,
            _ => false,
        }
    }

    /// Forgets the candidates that turn out to belong to other credentials than the peer's.
    pub(crate) fn drop_foreign_candidates(&mut self) {
        let candidates = core::mem::take(&mut self.remote_candidates);
        for remote in candidates {
            if self.is_foreign(&remote.candidate) {
                self.checklist.remove_remote(remote.candidate.address);
                self.dropped.add(Dropped::ForeignCandidate);
            } else {
                self.remote_candidates.push(remote);
            }
        }
    }
}
