//! The program against a real server: `holdout up` and `holdout serve` as processes of their own,
//! files, network and all.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod archives;
mod board_from_memory;
mod broken_lines;
mod credentials;
#[path = "../support/database.rs"]
mod database;
mod exported;
mod foreign_clients;
mod forged;
mod forged_archives;
mod full_disk;
mod glyphs;
mod judging;
#[path = "../../../server/tests/it/listening.rs"]
mod listening;
mod local_models;
mod logs;
mod mail;
#[path = "../support/mat_file.rs"]
mod mat_file;
mod memory;
mod model_faults;
mod models;
mod new_season;
mod news;
mod one_server;
mod organizer;
mod own_account;
mod pipes;
mod private_ca;
mod process_tree;
mod program;
mod proxy;
#[path = "../../../server/tests/it/receiver.rs"]
#[expect(dead_code, reason = "tests of the server use more of it")]
mod receiver;
mod said;
mod scorers;
mod seasons;
mod second_season;
mod shades;
#[path = "../../../server/tests/it/smtp.rs"]
#[expect(dead_code, reason = "tests of the server use more of it")]
mod smtp;
mod team;
mod uploads;
mod verify;
mod version;
mod webhooks;
mod wrong_settings;
