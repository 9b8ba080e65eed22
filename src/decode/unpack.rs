//! x
use super::Limits;
use crate::model::{Origin, Outcome};
/// x
pub(crate) struct Found {
    /// x
    pub origin: Origin,
    /// x
    pub content: Result<Vec<u8>, Outcome>,
}
/// x
pub(crate) fn open(
    origin: &Origin,
    bytes: Vec<u8>,
    _limits: &Limits,
    found: &mut dyn FnMut(Found),
) {
    found(Found { origin: origin.clone(), content: Ok(bytes) });
}
