//! Clauses about what the operator knows: labels and profiles, kept by name.

use ruaudit::model::labelling::Retold;
use ruaudit::model::{DomainProfile, KeptLabel, Label, LabelWord, Profile, Replace, Told};
use ruaudit::store::Store;

use crate::{NOW, Sent};

fn label(domain: &str, source: &str, label: LabelWord) -> Label {
    Label { domain: domain.into(), source: source.into(), label, note: String::new() }
}

fn said(store: &dyn Store) -> Vec<(String, String, LabelWord, i64)> {
    let fields = |kept: KeptLabel| {
        let KeptLabel { label, set_at } = kept;
        (label.domain, label.source, label.label, set_at)
    };
    store.labels().unwrap().into_iter().map(fields).collect()
}

pub(crate) fn labels_are_kept_before_any_report_and_outlive_all(store: &mut dyn Store) {
    store.set_label(&label("acme.example", "Mailchimp", LabelWord::Ours), NOW).unwrap();
    store.set_label(&label("*", "198.51.100.0/24", LabelWord::Theirs), NOW).unwrap();
    let before = said(store);
    assert_eq!(Vec::<String>::new(), store.domains().unwrap());
    store.write(&Sent::new("acme.example", "1").traces("a.xml"), NOW).unwrap();
    store.reconsider(&|_| false, false).unwrap();
    store.reconsider(&|_| true, false).unwrap();
    assert_eq!(before, said(store));
    let expected = [
        ("*".into(), "198.51.100.0/24".into(), LabelWord::Theirs, NOW),
        ("acme.example".into(), "Mailchimp".into(), LabelWord::Ours, NOW),
    ];
    assert_eq!(expected.to_vec(), before);
}

pub(crate) fn a_label_is_one_whatever_its_case_and_remembers_since_when(store: &mut dyn Store) {
    store.set_label(&label("acme.example", "Mailchimp", LabelWord::Ours), NOW).unwrap();
    store.set_label(&label("Acme.Example", "MAILCHIMP", LabelWord::Ours), NOW + 1).unwrap();
    let written = ("Acme.Example".to_owned(), "MAILCHIMP".to_owned());
    assert_eq!(vec![(written.0.clone(), written.1.clone(), LabelWord::Ours, NOW)], said(store));
    store.set_label(&label("acme.example", "mailchimp", LabelWord::List), NOW + 2).unwrap();
    assert_eq!((LabelWord::List, NOW + 2), (said(store)[0].2, said(store)[0].3));
    let noted = Label { note: "why".into(), ..label("acme.example", "mailchimp", LabelWord::List) };
    store.set_label(&noted, NOW + 3).unwrap();
    assert_eq!((1, NOW + 3), (said(store).len(), said(store)[0].3));
    assert!(store.remove_label("ACME.example", "MailChimp").unwrap());
    assert!(!store.remove_label("acme.example", "Mailchimp").unwrap(), "it is gone");
    assert!(said(store).is_empty());
}

pub(crate) fn a_domain_knows_its_own_labels_first(store: &mut dyn Store) {
    for (domain, source, word) in [
        ("*", "a", LabelWord::Theirs),
        ("*", "Mailchimp", LabelWord::Theirs),
        ("acme.example", "z", LabelWord::List),
        ("acme.example", "Mailchimp", LabelWord::Ours),
        ("shop.example", "b", LabelWord::Forwarder),
    ] {
        store.set_label(&label(domain, source, word), NOW).unwrap();
    }
    let names = |domain: &str| -> Vec<String> {
        let labels = store.knowledge(domain).unwrap().labels;
        labels.into_iter().map(|label| format!("{} {}", label.domain, label.source)).collect()
    };
    let expected = ["acme.example Mailchimp", "acme.example z", "* a", "* Mailchimp"];
    assert_eq!(expected.to_vec(), names("acme.example"));
    assert_eq!(vec!["* a", "* Mailchimp"], names("never-seen.example"));
}

pub(crate) fn profiles_say_yes_no_or_nothing(store: &mut dyn Store) {
    let profile = |posts_to_lists, sends_mail| Profile { posts_to_lists, sends_mail };
    store.set_profile("shop.example", &profile(None, Some(false))).unwrap();
    store.set_profile("acme.example", &profile(Some(true), None)).unwrap();
    let kept = |domain: &str, profile| DomainProfile { domain: domain.into(), profile };
    let expected = vec![
        kept("acme.example", profile(Some(true), None)),
        kept("shop.example", profile(None, Some(false))),
    ];
    assert_eq!(expected, store.profiles().unwrap());
    assert_eq!(profile(Some(true), None), store.knowledge("ACME.example").unwrap().profile);
    assert_eq!(Profile::default(), store.knowledge("else.example").unwrap().profile);
    store.set_profile("acme.example", &Profile::default()).unwrap();
    assert_eq!(1, store.profiles().unwrap().len(), "what says nothing is not kept");
}

pub(crate) fn what_is_told_replaces_only_if_asked_to(store: &mut dyn Store) {
    store.set_label(&label("acme.example", "a", LabelWord::Ours), NOW).unwrap();
    store.set_label(&label("acme.example", "b", LabelWord::Ours), NOW).unwrap();
    let sends = Profile { sends_mail: Some(true), ..Profile::default() };
    store.set_profile("acme.example", &sends).unwrap();
    let told =
        Told { labels: vec![label("ACME.example", "A", LabelWord::Ours)], ..Told::default() };
    let retold = store.tell(&told, Replace::Nothing, NOW + 1).unwrap();
    assert_eq!(Retold { changed: 1, unchanged: 2, ..Retold::default() }, retold);
    assert_eq!((2, 1), (said(store).len(), store.profiles().unwrap().len()));
    let retold = store.tell(&told, Replace::Everything, NOW + 2).unwrap();
    assert_eq!(Retold { unchanged: 1, removed: 2, ..Retold::default() }, retold);
    let only = ("ACME.example".to_owned(), "A".to_owned(), LabelWord::Ours, NOW);
    assert_eq!(vec![only], said(store), "since when it says so stays");
    assert!(store.profiles().unwrap().is_empty());
    store.tell(&Told::default(), Replace::Everything, NOW + 3).unwrap();
    assert!(said(store).is_empty());
}

pub(crate) fn what_is_told_of_one_domain_leaves_the_others(store: &mut dyn Store) {
    for domain in ["acme.example", "b.example", "*"] {
        store.set_label(&label(domain, "a", LabelWord::Ours), NOW).unwrap();
    }
    let silent = Profile { sends_mail: Some(false), ..Profile::default() };
    store.set_profile("b.example", &silent).unwrap();
    let told = Told { labels: vec![label("b.example", "b", LabelWord::List)], ..Told::default() };
    let retold = store.tell(&told, Replace::Domain("B.example"), NOW).unwrap();
    assert_eq!(Retold { added: 1, unchanged: 2, removed: 2, ..Retold::default() }, retold);
    assert_eq!(3, said(store).len());
    assert!(store.profiles().unwrap().is_empty());
}

pub(crate) fn what_is_too_long_or_too_much_is_refused_whole(store: &mut dyn Store) {
    let fine = label("acme.example", "a", LabelWord::Ours);
    let long_note = Label { note: "ü".repeat(501), ..fine.clone() };
    let long_source = Label { source: "s".repeat(254), ..fine.clone() };
    let no_source = Label { source: String::new(), ..fine.clone() };
    for bad in [long_note, long_source, no_source] {
        let told = Told { labels: vec![fine.clone(), bad], ..Told::default() };
        let error = store.tell(&told, Replace::Nothing, NOW).unwrap_err().to_string();
        assert!(error.contains("at most"), "{error}");
        assert!(said(store).is_empty(), "whole or not at all");
    }
    let longest = Label { note: "ü".repeat(500), source: "s".repeat(253), ..fine.clone() };
    store.set_label(&longest, NOW).unwrap();
    let many = |count: usize| Told {
        labels: (0..count).map(|n| label("b.example", &n.to_string(), LabelWord::List)).collect(),
        ..Told::default()
    };
    let error = store.tell(&many(10_001), Replace::Nothing, NOW).unwrap_err().to_string();
    assert!(error.contains("b.example") && error.contains("10001"), "{error}");
    assert_eq!(1, said(store).len());
    store.tell(&many(10_000), Replace::Nothing, NOW).unwrap();
    store.set_label(&label("b.example", "one more", LabelWord::List), NOW).unwrap_err();
    store.tell(&many(10_000), Replace::Nothing, NOW).unwrap();
}
