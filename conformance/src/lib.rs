//! The ledger of RFC requirements and the tests that show them.
