//! The cryptography that Lariat's protocols need, behind one provider value.

#![no_std]
