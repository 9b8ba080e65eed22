//! Where a domain's **DMARC record is found**: by the tree walk of RFC 9989 section 4.10, and by the
//! Public Suffix List of RFC 7489.
//!
//! In: a name and who can be asked. Out: what was asked and answered, and the record that decides.
