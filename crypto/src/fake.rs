//! A provider **without any security**, deterministic from a seed: for simulation and fuzzing only.
//!
//! Everything it does has the shape of the real thing (lengths, tags that must match, shares that agree)
//! and none of its strength: whoever reads this file can forge all of it. Product crates must not enable
//! the feature; the project's tidy check says so.
