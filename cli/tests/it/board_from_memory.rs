//! A board is shown while the server's database is away: the server has it in memory, and says
//! nothing else.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::program::program;

/// Answers each request on its own connection: for the board with one, for anything else with what
/// a server says whose database is away.
fn server_without_database() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    address
}

fn answer(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.find(String::is_empty);
    let (status, body) = if first.contains("/leaderboard") {
        let bodies: Value =
            serde_json::from_str(include_str!("../../../crates/protocol/tests/it/bodies/leaderboard.json")).unwrap();
        ("200 OK", bodies["Leaderboard"]["body"].clone())
    } else {
        let error = json!({ "code": "unavailable", "message": "the database cannot be reached", "detail": {} });
        ("503 Service Unavailable", json!({ "error": error }))
    };
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nAge: 75\r\nContent-Length: {}\r\n", body.len());
    write!(stream, "{head}Connection: close\r\n\r\n{body}").unwrap();
}

#[test]
fn a_board_is_shown_while_the_database_is_away() {
    let task = ["leaderboard", "--season", "demo", "--task", "classification"];
    let run = program().args(["--server", &server_without_database()]).args(task).output().unwrap();
    let output = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
    assert!(output.contains("Team A") && output.contains("demo"), "{output}");
    assert!(output.contains("the server's database is away; this board is 1 min 15 s old"), "{output}");
    assert!(output.contains("the season cannot be read now, so this is the public part"), "{output}");
}
