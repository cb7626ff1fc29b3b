//! A deterministic network in virtual time, for Lariat's tests.
