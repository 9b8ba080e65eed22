//! An **element** is a tag's local name, as one of those that reports are made of.
//!
//! In: a local name. Out: an [`Element`]. Names match exactly first and then whatever their ASCII
//! case; prefixes and namespaces do not matter, since real reports come with and without.

/// Defines the elements: one enum, and how a name finds its variant.
macro_rules! elements {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The elements of both RFCs' reports, and the aliases that reporters use for them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Element {
            $($variant,)+
            /// A name that none of the RFCs knows.
            Unknown,
        }

        impl Element {
            /// Finds the element of a local name.
            pub(super) fn of(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)+
                    _ => Self::of_folded(name),
                }
            }

            fn of_folded(name: &str) -> Self {
                $(if name.eq_ignore_ascii_case($name) {
                    return Self::$variant;
                })+
                Self::Unknown
            }

            /// The name as the RFC spells it.
            pub(super) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown => "?",
                }
            }
        }
    };
}

elements! {
    Record = "record",
    Row = "row",
    SourceIp = "source_ip",
    Count = "count",
    PolicyEvaluated = "policy_evaluated",
    Disposition = "disposition",
    Dkim = "dkim",
    Spf = "spf",
    Reason = "reason",
    Type = "type",
    Comment = "comment",
    Identifiers = "identifiers",
    // an alias of some reporters
    Identities = "identities",
    HeaderFrom = "header_from",
    EnvelopeFrom = "envelope_from",
    EnvelopeTo = "envelope_to",
    AuthResults = "auth_results",
    Domain = "domain",
    Selector = "selector",
    Result = "result",
    HumanResult = "human_result",
    Scope = "scope",
    Feedback = "feedback",
    Version = "version",
    ReportMetadata = "report_metadata",
    OrgName = "org_name",
    Email = "email",
    ExtraContactInfo = "extra_contact_info",
    ReportId = "report_id",
    DateRange = "date_range",
    Begin = "begin",
    End = "end",
    Error = "error",
    Generator = "generator",
    PolicyPublished = "policy_published",
    P = "p",
    Sp = "sp",
    Np = "np",
    Adkim = "adkim",
    Aspf = "aspf",
    Fo = "fo",
    Pct = "pct",
    Testing = "testing",
    // one reporter's name for `testing`
    T = "t",
    Psd = "psd",
    // tags of the record that some reporters pass on and nobody needs
    Rf = "rf",
    Ri = "ri",
    DiscoveryMethod = "discovery_method",
    Extension = "extension",
    Extensions = "extensions",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_whatever_its_case() {
        assert_eq!(Element::SourceIp, Element::of("source_ip"));
        assert_eq!(Element::ReportMetadata, Element::of("Report_Metadata"));
        assert_eq!(Element::Unknown, Element::of("delivered"));
    }
}
