use super::*;

const VALUE: &str = "v=DMARC1; p=none";

fn one(given: &str) -> (Option<String>, String) {
    let mut found = read(given);
    assert_eq!(1, found.len(), "{given}: {found:?}");
    let Pasted { name, text, .. } = found.remove(0);
    (name, text)
}

#[test]
fn a_value_comes_out_of_every_wrapping_with_its_name() {
    for given in [
        "_dmarc.acme.example. 3600 IN TXT \"v=DMARC1; p=none\"",
        "_DMARC.acme.example.\t3600\tIN\tTXT\t\"v=DMARC1; \" \"p=none\"",
        "_dmarc.acme.example. IN 3600 TXT ( \"v=DMARC1; \"\n\t\"p=none\" ) ; ours",
        "_dmarc.acme.example. TXT v=DMARC1; p=none",
        "_dmarc.acme.example. IN TXT v=DMARC1\\;\\ p=none",
        "_dmarc.acme.example descriptive text \"v=DMARC1; p=none\"",
        "_dmarc.acme.example\ttext = \"v=DMARC1\\; p=none\"",
        "Server:  ns\nAddress:  192.0.2.1\n\nNon-authoritative answer:\n_dmarc.acme.example\ttext =\n\n\t\"v=DMARC1; p=none\"\n",
        "_dmarc.acme.example v=DMARC1; p=none",
        "_dmarc.acme.example: \"v=DMARC1; p=none\"",
        "TXT _dmarc.acme.example v=DMARC1; p=none",
        "Name: _dmarc.acme.example Type: TXT Value: v=DMARC1; p=none",
        "_dmarc.acme.example TXT\n   v=DMARC1; p=none",
        "; <<>> DiG 9.20 <<>> txt _dmarc.acme.example\n;; QUESTION SECTION:\n;_dmarc.acme.example. IN TXT\n\n;; ANSWER SECTION:\n_dmarc.acme.example. 300 IN TXT \"v=DMARC1; p=none\"\n\n;; Query time: 1 msec",
    ] {
        assert_eq!(
            (Some("_dmarc.acme.example".to_owned()), VALUE.to_owned()),
            one(given),
            "{given}"
        );
    }
}

#[test]
fn a_bare_value_is_left_as_it_is() {
    for given in
        [VALUE, "\u{feff}v=DMARC1; p=none\r\n", "  v=DMARC1; p=none  ", "\"v=DMARC1; p=none\""]
    {
        assert_eq!((None, VALUE.to_owned()), one(given), "{given}");
    }
    for given in
        ["“v=DMARC1; p=none”", "\"v=DMARC1; p=none", "'v=DMARC1; p=none'", "v=DMARC1\\; p=none"]
    {
        assert_eq!((None, given.to_owned()), one(given));
    }
    assert_eq!("v=DMARC1;\np=none", one("v=DMARC1;\np=none").1);
}

#[test]
fn two_records_are_two() {
    for given in [
        "\"v=DMARC1; p=none\"\n\"v=DMARC1; p=reject\"",
        "v=DMARC1; p=none\nv=DMARC1; p=reject",
        "_dmarc.a.example. IN TXT \"v=DMARC1; p=none\"\n_dmarc.a.example. IN TXT \"v=DMARC1; p=reject\"",
    ] {
        let found: Vec<_> = read(given).into_iter().map(|one| one.text).collect();
        assert_eq!(vec![VALUE, "v=DMARC1; p=reject"], found, "{given}");
    }
    let given = "\"google-site-verification=x\"\n\"v=spf1 -all\"\n\"MS=ms123\"";
    assert_eq!(3, read(given).len());
}

#[test]
fn strings_on_lines_of_their_own_go_on() {
    assert_eq!("v=DMARC1; p=none", one("\"v=DMARC1; \"\n\"p=none\"").1);
    let half = "A".repeat(220);
    assert_eq!(format!("v=DKIM1; p={half}BCD"), one(&format!("\"v=DKIM1; p={half}\"\n\"BCD\"")).1);
}

#[test]
fn quotes_and_their_lack_are_told() {
    assert_eq!("paste_quotes", read("\"v=DMARC1; p=none\"")[0].findings[0].code);
    assert_eq!("paste_unquoted", read("_dmarc 60 IN TXT v=DMARC1; p=none")[0].findings[0].code);
    assert!(read("_dmarc TXT v=DMARC1; p=none")[0].findings.is_empty());
    assert!(read(" \n\n").is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,60}|[ \"();=\\\\\n_dmarcTXT0-9v]{0,60}") {
        for pasted in read(&text) {
            proptest::prop_assert!(pasted.line > 0);
        }
    }
}
