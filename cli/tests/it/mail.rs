//! E-mail on the command line, over TLS, and across the death of a server.

use std::path::Path;

use serde_json::{Value, json};

use crate::database::TestDatabase;
use crate::private_ca;
use crate::program::{Ended, Person, Server, program, wait_until};
use crate::smtp::{MailServer, Manner, ORIGIN};

/// A server that sends its e-mails there.
fn server(mail: &MailServer) -> Server {
    let address = mail.address.to_string();
    Server::without_scorer_with(&[&settings(&address)[..], &[("HOLDOUT_MAIL__RETRY_SECONDS", "1")]].concat())
}

fn settings(address: &str) -> [(&'static str, &str); 4] {
    [
        ("HOLDOUT_MAIL__SERVER", address),
        ("HOLDOUT_MAIL__TLS", "none"),
        ("HOLDOUT_MAIL__FROM", "Holdout <holdout@holdout.test>"),
        ("HOLDOUT_PUBLIC_URL", ORIGIN),
    ]
}

#[test]
fn a_person_confirms_an_address_and_gets_another_one() {
    let mail = MailServer::start();
    let server = server(&mail);
    let ann = server.person("ann");
    let first = mail.wait_for(1)[0].link().to_owned();
    let shown = ann.run(&["account", "mail"]).done().output;
    assert!(shown.contains("not confirmed") && shown.contains("season_closing       on"), "{shown}");
    ann.run(&["account", "confirm"]).done();
    let link = format!("{ORIGIN}{}", mail.wait_for(2)[1].link());
    ann.run(&["account", "confirm", &first]).failed(1, "this link was used, replaced, or has expired");
    ann.run(&["account", "confirm", "hv_guess"]).failed(1, "there is no link with this code");
    ann.run(&["account", "confirm", &link]).done();
    assert!(ann.json(&["account", "mail"])["verified_at"].is_string());
    ann.run(&["account", "confirm"]).failed(1, "`ann@example.org` is confirmed already");

    let change =
        |email: &str, password: &str| ann.run_with_input(&["account", "email", email, "--password-stdin"], password);
    change("ann@example.com", "wrong password").failed(1, "");
    change("nothing", "correct horse battery").failed(1, "`nothing` is not an e-mail address");
    let pending = change("ann@example.com", "correct horse battery").done().output;
    assert!(pending.contains("becomes ann@example.com"), "{pending}");
    let mails = mail.wait_for(3);
    assert_eq!(mails[2].to, ["ann@example.com"]);
    ann.run(&["account", "confirm", mails[2].link()]).done();
    assert!(ann.run(&["whoami"]).done().output.starts_with("ann <ann@example.com>"));
}

#[test]
fn a_person_chooses_e_mails_and_reads_messages() {
    let mail = MailServer::start();
    let server = server(&mail);
    let (organizer, ann) = (server.organizer(), server.person("ann"));
    organizer.apply_small();
    ann.run(&["team", "create", "A", "--season", "small"]).done();
    ann.run(&["account", "confirm", mail.wait_for(1)[0].link()]).done();
    ann.run(&["account", "mail", "--off", "password_reset"]).failed(2, "the kinds are invitation, ");
    ann.run(&["account", "mail", "--off", "nothing"]).failed(2, "the kinds are invitation, ");
    let settings = ann.json(&["account", "mail", "--off", "answer", "--off", "announcement"]);
    assert_eq!(settings["off"], json!(["announcement", "answer"]));
    let announce = ["announce", "small", "--title", "Disk replaced", "--text", "All is well."];
    organizer.run(&announce).done();
    let read = || ann.json(&["account", "messages"]);
    wait_until("the message to be settled", || read()[0]["state"] == "not_sent");
    assert!(read()[0]["error"].as_str().unwrap().contains("does not want"), "{}", read()[0]);
    let shown = ann.run(&["account", "messages", "--limit", "1"]).done().output;
    assert!(shown.contains("[A small season] Disk replaced") && shown.contains("All is well."), "{shown}");
    assert!(!shown.contains("Confirm"), "{shown}");
    assert_eq!(ann.json(&["account", "mail", "--on", "announcement"])["off"], json!(["answer"]));
    organizer.run(&announce).done();
    assert_eq!(mail.wait_for(2)[1].header("subject"), "[A small season] Disk replaced");
    assert_eq!(Person::at(&server.address).run(&["account", "mail"]).code, Some(1));
}

#[test]
fn nobody_learns_who_has_an_account() {
    let mail = MailServer::start();
    let server = server(&mail);
    let ann = server.person("ann");
    mail.wait_for(1);
    let forgot = |email: &str| ann.run(&["account", "forgot-password", email]);
    let (known, unknown) = (forgot("ann@example.org").done().output, forgot("eve@example.org").done().output);
    assert_eq!(known.replace("ann@", ""), unknown.replace("eve@", ""));
    let mails = mail.wait_for(2);
    assert!(mails[1].link().starts_with("/reset/hr_"), "{}", mails[1].text);
    forgot("nothing").failed(1, "`nothing` is not an e-mail address");
    // What is in e-mails is nowhere in the log.
    let said = server.said();
    for secret in mails.iter().map(|mail| mail.link().rsplit('/').next().unwrap()) {
        assert!(!said.contains(secret), "{said}");
    }
    assert!(said.contains("e-mail sent"), "{said}");
}

#[test]
fn organizers_see_what_became_of_messages_and_send_one_again() {
    let mail = MailServer::start();
    let server = server(&mail);
    let (organizer, ann) = (server.organizer(), server.person("ann"));
    organizer.apply_small();
    ann.run(&["team", "create", "A", "--season", "small"]).done();
    ann.run(&["account", "confirm", mail.wait_for(1)[0].link()]).done();
    mail.behave(Manner::Refuses);
    organizer.run(&["announce", "small", "--title", "One", "--text", "Text."]).done();
    let newest = || organizer.json(&["mail", "list", "--season", "small"])[0].clone();
    wait_until("the message to fail", || newest()["state"] == "failed");
    let id = newest()["id"].as_str().unwrap().to_owned();
    let listed = organizer.run(&["mail", "list", "--season", "small"]).done().output;
    assert!(listed.contains(&id) && listed.contains("ann@example.org"), "{listed}");
    mail.behave(Manner::Takes);
    organizer.run(&["mail", "send", &id, "--season", "small"]).done();
    mail.wait_for(2);
    wait_until("the message to be sent", || newest()["state"] == "sent");

    let confirmation = organizer.json(&["mail", "list"]).as_array().unwrap().last().unwrap()["id"].clone();
    organizer.run(&["mail", "send", confirmation.as_str().unwrap()]).failed(1, "the link in this message is not kept");
    organizer.run(&["mail", "send", "nothing"]).failed(2, "nothing");
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057";
    organizer.run(&["mail", "send", nobody]).failed(1, nobody);
    organizer.run(&["mail", "list", "--season", "none"]).failed(1, "none");
    ann.run(&["mail", "list", "--json"]).failed_as("forbidden");
    ann.run(&["mail", "send", &id, "--json"]).failed_as("forbidden");
}

#[test]
fn without_a_mail_server_each_command_says_so() {
    let server = Server::without_scorer();
    let ann = server.person("ann");
    ann.run(&["account", "forgot-password", "ann@example.org"]).failed(1, "this server sends no e-mail");
    ann.run(&["account", "confirm"]).failed(1, "this server sends no e-mail");
    assert!(ann.run(&["account", "mail"]).done().output.contains("this server sends no e-mail"));
    let ended = test_mail(&["mail", "test", "ann@example.org"], &[]);
    let ended = ended.failed(2, "`mail.server` is not set");
    assert!(ended.errors.contains("`--config`"), "{}", ended.errors);
}

fn test_mail(arguments: &[&str], settings: &[(&str, &str)]) -> Ended {
    let home = tempfile::tempdir().unwrap();
    let mut command = program();
    command.args(arguments).env("HOME", home.path()).current_dir(home.path()).envs(settings.iter().copied());
    Ended::of(command.output().unwrap())
}

#[test]
fn operators_try_the_mail_server_and_are_told_what_is_wrong() {
    let mail = MailServer::start();
    let address = mail.address.to_string();
    let right = settings(&address);
    let with = |changed: &[(&'static str, &str)], to: &str| {
        let all: Vec<(&str, &str)> = right.iter().chain(changed).copied().collect();
        test_mail(&["mail", "test", to], &all)
    };
    let said = with(&[], "ann@example.org").done().output;
    assert!(said.contains("took a test for ann@example.org"), "{said}");
    assert_eq!(mail.wait_for(1)[0].link(), "/");
    with(&[], "nothing").failed(1, "no e-mail can be sent to this address");
    mail.behave(Manner::Refuses);
    with(&[], "ann@example.org").failed(1, "the mail server refused with 550: nobody has this address");
    mail.behave(Manner::Slow(std::time::Duration::from_secs(5)));
    with(&[("HOLDOUT_MAIL__TIMEOUT_SECONDS", "1")], "ann@example.org").failed(1, "within 1 s");
    let away = with(&[("HOLDOUT_MAIL__SERVER", "127.0.0.1:1")], "ann@example.org")
        .failed(1, "no connection to the mail server");
    assert!(away.errors.contains("refused"), "{}", away.errors);
    with(&[("HOLDOUT_MAIL__SERVER", "mail.example.org:25")], "ann@example.org").failed(2, "`mail.tls` is `none`");
    with(&[("HOLDOUT_MAIL__FROM", "nobody")], "ann@example.org").failed(2, "`mail.from` is `nobody`");
    with(&[("HOLDOUT_MAIL__TLS", "perhaps")], "ann@example.org").failed(2, "perhaps");
    with(&[("HOLDOUT_MAIL__USER", "u")], "ann@example.org").failed(2, "`mail.password`");
    let secret = [("HOLDOUT_MAIL__USER", "u"), ("HOLDOUT_MAIL__PASSWORD_FILE", "no-such-file")];
    with(&secret, "ann@example.org").failed(2, "`no-such-file`");
}

/// A mail server that encrypts, at its first byte (`tls`) or when it is asked to (`starttls`). It
/// writes down what it took.
const ENCRYPTING: &str = r#"
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("own.pem", "own.key")
def encrypt(line):
    line = context.wrap_socket(line, server_side=True)
    return line, line.makefile("rb")
def serve(line):
    encrypted, said = sys.argv[2] == "tls", line.makefile("rb")
    if encrypted:
        line, said = encrypt(line)
    line.sendall(b"220 mail.test\r\n")
    while command := said.readline():
        word, answer = command.split()[0].upper(), "250 fine"
        if word == b"EHLO":
            answer = "250 mail.test" if encrypted else "250-mail.test\r\n250 STARTTLS"
        elif word == b"DATA":
            line.sendall(b"354 go ahead\r\n")
            while said.readline().strip() != b".":
                pass
            with open("taken", "a") as taken:
                taken.write("encrypted\n" if encrypted else "plain\n")
        elif word == b"STARTTLS":
            line.sendall(b"220 go ahead\r\n")
            (line, said), encrypted = encrypt(line), True
            continue
        line.sendall(answer.encode() + b"\r\n")
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
"#;

#[test]
fn e_mail_is_encrypted_and_a_wrong_certificate_gets_none() {
    for tls in ["tls", "starttls"] {
        let folder = tempfile::tempdir().unwrap();
        let (_running, port) = private_ca::serve_script(folder.path(), ENCRYPTING, &[tls]);
        private_ca::certify_other(folder.path());
        let send = |host: &str, authority: &str| {
            let (server, authority) = (format!("{host}:{port}"), folder.path().join(authority));
            let more = [("HOLDOUT_MAIL__TLS", tls), ("SSL_CERT_FILE", authority.to_str().unwrap())];
            test_mail(&["mail", "test", "ann@example.org"], &[&settings(&server)[..], &more].concat())
        };
        send("localhost", "other.pem").failed(1, "certificate");
        // The certificate is for `localhost`.
        send("127.0.0.1", "ca.pem").failed(1, "certificate");
        assert!(!folder.path().join("taken").exists(), "{tls}");
        send("localhost", "ca.pem").done();
        assert_eq!(std::fs::read_to_string(folder.path().join("taken")).unwrap(), "encrypted\n", "{tls}");
    }
}

/// The server on this data; ended by SIGKILL when it is dropped.
fn on(data: &Path, database: Option<&TestDatabase>, mail: &MailServer) -> Server {
    let mut command = program();
    command.args(["serve", "--tokens", "--listen", "127.0.0.1:0", "--log-format", "text", "--data"]).arg(data);
    command.env("HOME", data).env("RUST_LOG", "info").envs(settings(&mail.address.to_string()));
    command.env("HOLDOUT_MAIL__TIMEOUT_SECONDS", "3").env("HOLDOUT_MAIL__RETRY_SECONDS", "1");
    command.envs(database.iter().map(|database| ("HOLDOUT_DATABASE", database.url())));
    Server::of(command, data.to_owned(), None, None)
}

#[test]
fn a_server_that_is_killed_while_it_sends_sends_the_same_message_again() {
    let (mail, folder, database) =
        (MailServer::start(), tempfile::tempdir().unwrap(), TestDatabase::from_environment());
    mail.behave(Manner::TakesSilently);
    let server = on(folder.path(), database.as_ref(), &mail);
    let ann = server.person("ann");
    mail.wait_for(1);
    drop(server);
    mail.behave(Manner::Takes);
    let server = on(folder.path(), database.as_ref(), &mail);
    // As soon as the claim of the server that was killed has expired.
    wait_until("the message to come again", || mail.count() == 2);
    let mails = mail.wait_for(2);
    assert_eq!(mails[0].header("message-id"), mails[1].header("message-id"));
    assert_eq!(mails[0].link(), mails[1].link());
    let ann = ann.over(&server.address);
    ann.login("ann").done();
    ann.run(&["account", "confirm", mails[1].link()]).done();
    let states: Vec<Value> = ann.json(&["account", "messages"]).as_array().unwrap().clone();
    assert_eq!((states.len(), &states[0]["state"]), (1, &json!("sent")));
}
