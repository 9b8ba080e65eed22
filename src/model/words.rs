//! The closed vocabularies of aggregate reports (RFC 9990 section 3.1 and RFC 7489 appendix C),
//! each with room for what real reporters write instead.
//!
//! In: the text of an element. Out: an enum. Nothing is refused: a word that neither RFC knows is
//! kept as it was seen in `Other`, and never becomes a value that passes or enforces. An element
//! that is present but empty is `Other("")`, one that is absent is `None` of an `Option`.

/// Defines a vocabulary: one enum, its text, and a reader that folds ASCII case.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal $(| $alias:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// Any other text, as it was seen (surrounding white space removed).
            Other(Box<str>),
        }

        impl $name {
            /// Reads one word; ASCII case and surrounding white space do not matter.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                let word = text.trim();
                $(if word.eq_ignore_ascii_case($text) $(|| word.eq_ignore_ascii_case($alias))* {
                    return Self::$variant;
                })+
                Self::Other(word.into())
            }

            /// The word as the RFC spells it, or as the reporter wrote it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(text) => text,
                }
            }

            /// Whether the word belongs to the vocabulary.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Other(_))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.as_str())
            }
        }
    };
}

vocabulary! {
    /// What a domain asks receivers to do with mail that fails (`p`, `sp`, `np`).
    Policy {
        /// Take no action.
        None = "none",
        /// Treat as suspicious.
        Quarantine = "quarantine",
        /// Refuse.
        Reject = "reject",
    }
}

vocabulary! {
    /// How strictly identifiers must match (`adkim`, `aspf`).
    AlignmentMode {
        /// Same organisational domain.
        Relaxed = "r",
        /// Identical domain.
        Strict = "s",
    }
}

vocabulary! {
    /// What the receiver did with the mail of a row.
    Disposition {
        /// No action taken.
        None = "none",
        /// RFC 9990: no action, since the mail passed under an enforcing policy.
        Pass = "pass",
        /// Treated as suspicious.
        Quarantine = "quarantine",
        /// Refused.
        Reject = "reject",
    }
}

vocabulary! {
    /// `policy_evaluated/dkim` and `/spf`: authenticated *and* aligned, or not.
    AlignedResult {
        /// Aligned.
        Pass = "pass",
        /// Not aligned.
        Fail = "fail",
    }
}

vocabulary! {
    /// What verifying one DKIM signature gave (RFC 8601 section 2.7.1), whatever its domain.
    DkimResult {
        /// Not signed.
        None = "none",
        /// The signature is valid.
        Pass = "pass",
        /// The signature is not valid.
        Fail = "fail",
        /// Valid, but not acceptable to the receiver.
        Policy = "policy",
        /// Syntax errors.
        Neutral = "neutral",
        /// May be different later.
        TempError = "temperror",
        /// Will not be different later.
        PermError = "permerror",
    }
}

vocabulary! {
    /// What checking SPF gave (RFC 8601 section 2.7.2), whatever the domain.
    SpfResult {
        /// No record.
        None = "none",
        /// The address is authorised.
        Pass = "pass",
        /// The address is not authorised; some reporters write `hardfail`.
        Fail = "fail" | "hardfail",
        /// Probably not authorised.
        SoftFail = "softfail",
        /// Refused for a reason of the receiver's own.
        Policy = "policy",
        /// The domain says nothing about the address.
        Neutral = "neutral",
        /// May be different later; RFC 7489 notes that it is commonly written `unknown`.
        TempError = "temperror" | "unknown",
        /// Will not be different later; RFC 7489 notes that it is commonly written `error`.
        PermError = "permerror" | "error",
    }
}

vocabulary! {
    /// Which identity SPF was checked for.
    SpfScope {
        /// The envelope sender.
        MailFrom = "mfrom",
        /// The name in HELO or EHLO (RFC 7489 only).
        Helo = "helo",
    }
}

vocabulary! {
    /// Why a receiver did something else than the policy says.
    OverrideKind {
        /// The receiver's own rules.
        LocalPolicy = "local_policy",
        /// The mail came through a mailing list.
        MailingList = "mailing_list",
        /// None of the others.
        OtherReason = "other",
        /// RFC 9990: the record says `t=y`.
        PolicyTestMode = "policy_test_mode",
        /// The mail came through a forwarder that the receiver trusts.
        TrustedForwarder = "trusted_forwarder",
        /// RFC 7489: the mail looked forwarded.
        Forwarded = "forwarded",
        /// RFC 7489: `pct` left this mail out.
        SampledOut = "sampled_out",
    }
}

vocabulary! {
    /// RFC 9990: how the receiver found the record.
    DiscoveryMethod {
        /// By the Public Suffix List.
        Psl = "psl",
        /// By the tree walk of RFC 9989.
        TreeWalk = "treewalk",
    }
}

vocabulary! {
    /// RFC 9990: the `t` tag of the record.
    Testing {
        /// The policy is applied one level lower.
        Yes = "y",
        /// The policy is applied as it stands.
        No = "n",
    }
}

/// Which RFC a report follows. Informational: one tolerant reader serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// RFC 7489, appendix C.
    Rfc7489,
    /// RFC 9990.
    Rfc9990,
}

impl Dialect {
    /// `rfc7489` or `rfc9990`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rfc7489 => "rfc7489",
            Self::Rfc9990 => "rfc9990",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_words_are_read_whatever_their_case() {
        assert_eq!(Policy::Quarantine, Policy::parse(" Quarantine\t"));
        assert_eq!(SpfResult::Fail, SpfResult::parse("hardfail"));
        assert_eq!(SpfResult::TempError, SpfResult::parse("unknown"));
        assert_eq!(SpfResult::PermError, SpfResult::parse("error"));
    }

    #[test]
    fn unknown_words_are_kept_and_pass_nothing() {
        let word = AlignedResult::parse("Passed");
        assert_eq!("Passed", word.as_str());
        assert!(!word.is_known());
        assert_ne!(AlignedResult::Pass, word);
        assert_eq!(Policy::Other("".into()), Policy::parse(""));
    }
}
