use super::*;

fn around() -> Environment {
    Environment {
        db: Some("/nonexistent/ruaudit.db".into()),
        config: None,
        folder: "/nonexistent".into(),
        places: Vec::new(),
        variables: Vec::new(),
        now: 1_794_182_400,
        page: Page::PLAIN,
    }
}

fn output(line: &str) -> Result<String> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let streams = Streams { out: &mut out, err: &mut err, progress: false };
    let exit = run(Arguments::try_parse_from(line.split(' ')).unwrap(), &around(), streams)?;
    assert_eq!(Exit::Fine, exit);
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn alone_it_shows_three_commands_to_try() {
    let page = output("ruaudit").unwrap();
    assert_eq!(3, page.lines().filter(|line| line.starts_with("  ruaudit ")).count());
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
}

#[test]
fn completions_and_manual_pages_need_no_store_and_no_configuration() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(output(&format!("ruaudit completions {shell}")).unwrap().contains("advise"));
    }
    assert!(output("ruaudit man").unwrap().contains(".TH ruaudit"));
    let page = output("ruaudit man advise").unwrap();
    assert!(page.contains("ruaudit advise acme.example") && page.contains("RUAUDIT_DB"), "{page}");
    assert!(output("ruaudit man nothing").unwrap_err().to_string().contains("audit, ingest"));
}

#[test]
fn a_record_belongs_to_exactly_one_domain() {
    for domains in ["", " a.example b.example"] {
        let error = output(&format!("ruaudit advise --record v=DMARC1{domains}")).unwrap_err();
        assert!(error.to_string().contains("exactly one"), "{error}");
    }
}

#[test]
fn a_closed_pipe_is_told_from_a_full_disk() {
    struct Fails(io::ErrorKind);
    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for (kind, closed) in [(io::ErrorKind::BrokenPipe, true), (io::ErrorKind::StorageFull, false)] {
        for line in ["ruaudit", "ruaudit man", "ruaudit completions bash"] {
            let mut out = Fails(kind);
            let streams = Streams { out: &mut out, err: &mut io::sink(), progress: false };
            let arguments = Arguments::try_parse_from(line.split(' ')).unwrap();
            let error = run(arguments, &around(), streams).unwrap_err();
            assert_eq!(closed, matches!(error, Error::BrokenPipe), "{line}: {error}");
        }
    }
}
