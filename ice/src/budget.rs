//! How much may be sent to addresses that have not answered.
//!
//! Whoever writes a description decides where our checks go (RFC 8445 §19.5.1), so until an answer
//! comes from there, they are few.

use alloc::collections::BTreeMap;
use core::net::IpAddr;

use crate::limits::{
    MAX_CHECKED_ADDRESSES, MAX_CHECKS_OF_HEARD, MAX_UNANSWERED_BYTES,
    MAX_UNANSWERED_BYTES_PER_ADDRESS, MAX_UNANSWERED_CHECKS, MAX_UNANSWERED_CHECKS_PER_ADDRESS,
};

/// An amount of connectivity checks, by number and by bytes of UDP payload.
///
/// As [`Config::check_budget`](crate::Config::check_budget) it is what an agent may send to
/// addresses that have not answered; [`Agent::unanswered`](crate::Agent::unanswered) is what it has
/// sent. An owner of many agents divides what the process may send: it adds up what they have sent,
/// and sets the budget of each anew.
///
/// ```
/// use lariat_base::{Instant, Seed};
/// use lariat_ice::{Agent, CheckBudget, Config, Role};
///
/// let provider = lariat_crypto::ring::provider();
/// let mut config = Config::new(provider, Seed::new([1; 32]), Role::Controlling);
/// config.check_budget = CheckBudget { checks: 50, bytes: 5_000 };
/// let mut agent = Agent::new(config);
/// assert_eq!(agent.unanswered(), CheckBudget { checks: 0, bytes: 0 });
/// // No more checks of strangers for now.
/// agent.set_check_budget(Instant::ZERO, CheckBudget { checks: 0, bytes: 0 });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "two numbers")]
pub struct CheckBudget {
    /// Datagrams, repetitions included.
    pub checks: u32,
    /// Their bytes, without the headers of IP and UDP.
    pub bytes: u32,
}

impl Default for CheckBudget {
    fn default() -> Self {
        Self { checks: MAX_UNANSWERED_CHECKS, bytes: MAX_UNANSWERED_BYTES }
    }
}

impl CheckBudget {
    const NOTHING: Self = Self { checks: 0, bytes: 0 };

    const PER_ADDRESS: Self =
        Self { checks: MAX_UNANSWERED_CHECKS_PER_ADDRESS, bytes: MAX_UNANSWERED_BYTES_PER_ADDRESS };

    fn exceeds(self, limit: Self) -> bool {
        self.checks >= limit.checks || self.bytes >= limit.bytes
    }

    fn add(&mut self, bytes: usize) {
        self.checks = self.checks.saturating_add(1);
        self.bytes = self.bytes.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
    }
}

/// What one IP address has had from us.
#[derive(Clone, Copy, Debug)]
enum Account {
    Unanswered {
        sent: CheckBudget,
        /// Whether an authentic check of the peer came from there. It may have been repeated by
        /// somebody, so it is worth little.
        heard: bool,
    },
    /// An authentic answer came from there: nothing is counted any more.
    Answered,
}

impl Account {
    const NEW: Self = Self::Unanswered { sent: CheckBudget::NOTHING, heard: false };
}

/// What an agent has sent without an answer, and what it may.
#[derive(Debug)]
pub(crate) struct Spending {
    allowed: CheckBudget,
    spent: CheckBudget,
    accounts: BTreeMap<IpAddr, Account>,
}

impl Spending {
    pub(crate) const fn new(allowed: CheckBudget) -> Self {
        Self { allowed, spent: CheckBudget::NOTHING, accounts: BTreeMap::new() }
    }

    pub(crate) const fn allow(&mut self, allowed: CheckBudget) {
        self.allowed = allowed;
    }

    pub(crate) const fn spent(&self) -> CheckBudget {
        self.spent
    }

    /// Whether a check may go to an address.
    pub(crate) fn covers(&self, address: IpAddr) -> bool {
        match self.accounts.get(&address) {
            Some(Account::Answered) => true,
            Some(Account::Unanswered { sent, heard }) => {
                let alone = *heard && sent.checks < MAX_CHECKS_OF_HEARD;
                !sent.exceeds(CheckBudget::PER_ADDRESS)
                    && (alone || !self.spent.exceeds(self.allowed))
            }
            None => {
                self.accounts.len() < MAX_CHECKED_ADDRESSES && !self.spent.exceeds(self.allowed)
            }
        }
    }

    /// A check went to an address.
    pub(crate) fn on_check(&mut self, address: IpAddr, bytes: usize) {
        if let Account::Unanswered { sent, .. } =
            self.accounts.entry(address).or_insert(Account::NEW)
        {
            sent.add(bytes);
            self.spent.add(bytes);
        }
    }

    /// An authentic check of the peer came from an address: it gets a few checks back, though
    /// others have used up what there was for all.
    pub(crate) fn on_request(&mut self, address: IpAddr) {
        let full = self.accounts.len() >= MAX_CHECKED_ADDRESSES;
        if full && !self.accounts.contains_key(&address) {
            return;
        }
        if let Account::Unanswered { heard, .. } =
            self.accounts.entry(address).or_insert(Account::NEW)
        {
            *heard = true;
        }
    }

    /// An authentic answer came from an address: what was sent there was welcome.
    pub(crate) fn on_answer(&mut self, address: IpAddr) {
        let Some(account) = self.accounts.get_mut(&address) else { return };
        if let Account::Unanswered { sent, .. } = core::mem::replace(account, Account::Answered) {
            self.spent.checks = self.spent.checks.saturating_sub(sent.checks);
            self.spent.bytes = self.spent.bytes.saturating_sub(sent.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn an_answer_gives_back_what_was_spent_and_opens_the_account() {
        let mut spending = Spending::new(CheckBudget { checks: 3, bytes: 1_000 });
        spending.on_check(ip(1), 100);
        spending.on_check(ip(1), 100);
        spending.on_check(ip(2), 100);
        assert!(!spending.covers(ip(1)) && !spending.covers(ip(3)));
        spending.on_answer(ip(1));
        assert_eq!(spending.spent(), CheckBudget { checks: 1, bytes: 100 });
        (0..10_000).for_each(|_| spending.on_check(ip(1), 100));
        assert!(spending.covers(ip(1)) && spending.covers(ip(3)));
        assert_eq!(spending.spent(), CheckBudget { checks: 1, bytes: 100 });
    }

    #[test]
    fn one_address_does_not_get_all() {
        let mut spending = Spending::new(CheckBudget::default());
        let count = (0..1_000).take_while(|_| {
            let covered = spending.covers(ip(1));
            spending.on_check(ip(1), 80);
            covered
        });
        assert_eq!(count.count() as u32, MAX_UNANSWERED_CHECKS_PER_ADDRESS);
        assert!(spending.covers(ip(2)));
        // Long ones are fewer.
        let mut spending = Spending::new(CheckBudget::default());
        let count = (0..1_000).take_while(|_| {
            let covered = spending.covers(ip(1));
            spending.on_check(ip(1), 344);
            covered
        });
        assert_eq!(count.count() as u32, MAX_UNANSWERED_BYTES_PER_ADDRESS.div_ceil(344));
    }

    #[test]
    fn addresses_that_were_checked_are_remembered_up_to_a_limit() {
        let all = CheckBudget { checks: u32::MAX, bytes: u32::MAX };
        let mut spending = Spending::new(all);
        let numbered = |number: usize| IpAddr::from((number as u32).to_be_bytes());
        for number in 0..MAX_CHECKED_ADDRESSES {
            assert!(spending.covers(numbered(number)));
            spending.on_check(numbered(number), 1);
        }
        assert!(!spending.covers(numbered(MAX_CHECKED_ADDRESSES)));
        spending.on_request(numbered(MAX_CHECKED_ADDRESSES));
        assert!(!spending.covers(numbered(MAX_CHECKED_ADDRESSES)));
        assert!(spending.covers(numbered(0)));
    }
}
