//! **Questions to the world**: the DNS, and files about networks that the operator supplies.
//!
//! In: names and addresses. Out: answers, each within its time limit. Never on the way of a report into
//! the store.

pub mod dns;
pub mod hosts;
pub mod networks;
