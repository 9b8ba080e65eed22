//! Tokens are renewed without a person.

use super::*;
use crate::intake::oauth::token_server::Fault;
use crate::intake::sign_in::{Credentials, SignIn as _};

fn late() -> i64 {
    NOW + 3541
}

fn shown(sign_in: &mut OauthSignIn, refused: bool) -> Result<String> {
    let credentials = sign_in.credentials(refused)?;
    let Credentials::Token { user, token, mechanism } = credentials else { panic!("no token") };
    assert_eq!((USER, Mechanism::Xoauth2), (&*user, mechanism));
    Ok(token.expose().to_owned())
}

#[test]
fn a_token_is_used_until_a_minute_before_its_end() {
    let stage = Stage::approved();
    let first = stage.kept().access_token;
    let asked = stage.server.questions().len();
    let mut sign_in = stage.sign_in(Flow::Device, || NOW + 3540);
    assert_eq!(first.expose(), shown(&mut sign_in, false).unwrap());
    assert_eq!(asked, stage.server.questions().len());
    let mut sign_in = stage.sign_in(Flow::Device, late);
    assert_ne!(first.expose(), shown(&mut sign_in, false).unwrap());
}

#[test]
fn a_refresh_token_that_is_replaced_is_replaced_on_the_disk_first() {
    let stage = Stage::approved();
    let mut clocks = [late, || NOW + 10_000, || NOW + 20_000].into_iter();
    let mut before = stage.kept();
    for clock in &mut clocks {
        let access = shown(&mut stage.sign_in(Flow::Device, clock), false).unwrap();
        let kept = stage.kept();
        assert_eq!(kept.access_token.expose(), access);
        assert_ne!(before.refresh_token, kept.refresh_token);
        assert_eq!(clock() + 3600, kept.expires_at);
        before = kept;
    }
}

#[test]
fn a_token_whose_renewal_was_killed_before_it_had_its_name_is_not_lost() {
    let stage = Stage::approved();
    let path = stage.file().path().to_owned();
    let old = std::fs::read(&path).unwrap();
    let new = shown(&mut stage.sign_in(Flow::Device, late), false).unwrap();
    std::fs::copy(&path, path.with_file_name(".ruaudit-token-main.token.json-aB3dE6")).unwrap();
    std::fs::write(&path, old).unwrap();
    let asked = stage.server.questions().len();
    // the old refresh token is good for nothing any more
    assert_eq!(new, shown(&mut stage.sign_in(Flow::Device, late), false).unwrap());
    assert_eq!(asked, stage.server.questions().len());
}

#[test]
fn a_refresh_token_that_is_not_replaced_stays() {
    let stage = Stage::approved();
    stage.server.set(|rules| rules.rotates = false);
    let before = stage.kept();
    shown(&mut stage.sign_in(Flow::Device, late), false).unwrap();
    let after = stage.kept();
    assert_eq!(before.refresh_token, after.refresh_token);
    assert_ne!(before.access_token, after.access_token);
}

#[test]
fn a_refused_token_is_renewed_though_it_should_be_good() {
    let stage = Stage::approved();
    let mut sign_in = stage.sign_in(Flow::Device, now);
    let first = shown(&mut sign_in, false).unwrap();
    let second = shown(&mut sign_in, true).unwrap();
    assert_ne!(first, second);
    assert_eq!(second, shown(&mut sign_in, false).unwrap());
}

#[test]
fn a_refused_token_that_another_process_renewed_is_not_renewed_twice() {
    let stage = Stage::approved();
    let mut slower = stage.sign_in(Flow::Device, now);
    shown(&mut slower, false).unwrap();
    let mut faster = stage.sign_in(Flow::Device, now);
    let new = shown(&mut faster, true).unwrap();
    let asked = stage.server.questions().len();
    assert_eq!(new, shown(&mut slower, true).unwrap());
    assert_eq!(asked, stage.server.questions().len());
}

#[test]
fn of_many_that_renew_at_once_one_asks_the_server() {
    let stage = Stage::approved();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| shown(&mut stage.sign_in(Flow::Device, late), false).unwrap()))
            .collect();
        let tokens: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(
            tokens.iter().all(|token| token == stage.kept().access_token.expose()),
            "{tokens:?}"
        );
    });
    // all clocks stand still, so that a renewed token is good for an hour more
    assert_eq!(1, stage.server.asked("/token").len() - 1);
}

#[test]
fn a_token_that_cannot_be_renewed_sends_for_the_person() {
    let stage = Stage::new();
    let error = shown(&mut stage.sign_in(Flow::Device, now), false).unwrap_err().to_string();
    assert!(error.contains("no token in ") && error.contains("ruaudit login main"), "{error}");
    stage.server.set(|rules| rules.refreshes = false);
    stage.approve(Flow::Device, &mut Patient::default()).unwrap();
    let error = shown(&mut stage.sign_in(Flow::Device, late), false).unwrap_err().to_string();
    assert!(error.contains("none came with it") && error.contains("login main"), "{error}");
}

#[test]
fn an_approval_that_was_taken_back_sends_for_the_person_and_keeps_the_file() {
    let stage = Stage::approved();
    let before = stage.kept();
    stage.server.end_all();
    let error = shown(&mut stage.sign_in(Flow::Device, late), false).unwrap_err().to_string();
    assert!(error.contains("invalid_grant") && error.contains("ruaudit login main"), "{error}");
    assert_eq!(before, stage.kept());
    stage.check_secrets(&error);
}

#[test]
fn a_program_with_leave_of_its_own_keeps_its_token_too() {
    let stage = Stage::new();
    let mut sign_in = stage.sign_in(Flow::ClientCredentials, now);
    let first = shown(&mut sign_in, false).unwrap();
    assert_eq!(first, shown(&mut stage.sign_in(Flow::ClientCredentials, now), false).unwrap());
    assert_eq!(1, stage.server.asked("/token").len());
    assert_ne!(first, shown(&mut stage.sign_in(Flow::ClientCredentials, late), false).unwrap());
    stage.check_secrets(&format!("{sign_in:?}"));
}

#[test]
fn the_secret_of_a_client_is_read_when_it_is_needed() {
    let stage = Stage::new();
    stage.server.set(|rules| rules.client_secret = Some("very-secret".into()));
    let client = Client { client_secret: None, ..stage.client(Flow::ClientCredentials) };
    let path = stage.folder.path().join("secret");
    let sign_in = |client: Client| {
        let source = Some(PasswordSource::File(path.clone()));
        OauthSignIn::new("main", client, source, USER, Mechanism::Xoauth2, stage.file(), now)
    };
    assert!(shown(&mut sign_in(client.clone()), false).is_err());
    std::fs::write(&path, "very-secret\n").unwrap();
    shown(&mut sign_in(client.clone()), false).unwrap();
    std::fs::remove_file(&path).unwrap();
    shown(&mut sign_in(client), false).unwrap();
}

#[test]
fn a_token_of_another_is_refused() {
    let stage = Stage::approved();
    let client = || stage.client(Flow::Device);
    for (noun, client, user) in [
        ("user", client(), "other"),
        ("client", Client { client_id: "other".into(), ..client() }, USER),
        ("server", Client { token_url: "https://other.example/".into(), ..client() }, USER),
    ] {
        let mechanism = Mechanism::Offered;
        let mut sign_in =
            OauthSignIn::new("main", client, None, user, mechanism, stage.file(), now);
        let error = sign_in.credentials(false).unwrap_err().to_string();
        assert!(
            error.contains(&format!("for the {noun} ")) && error.contains("token_file"),
            "{error}"
        );
        stage.check_secrets(&error);
    }
}

#[test]
fn a_token_that_could_not_be_kept_is_not_asked_for() {
    let stage = Stage::approved();
    let lock = stage.file().lock(&Stop::default()).unwrap();
    let error = shown(&mut stage.sign_in(Flow::Device, late), false).unwrap_err().to_string();
    assert!(error.contains("another process keeps it locked"), "{error}");
    drop(lock);
    assert_eq!(1, stage.server.asked("/token").len());
}

#[test]
fn a_server_that_rests_is_asked_again() {
    for fault in
        [Fault::Status(503), Fault::Status(429), Fault::HangUp, Fault::Refuse("server_error")]
    {
        let stage = Stage::approved();
        stage.server.fail("/token", 2, fault);
        shown(&mut stage.sign_in(Flow::Device, late), false).unwrap();
        assert_eq!(3, stage.server.asked("/token").len() - 1, "{fault:?}");
    }
}
