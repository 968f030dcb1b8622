use holdout_client::Trust;

use super::*;
use crate::client::Identity;

#[test]
fn people_give_a_link_or_its_code() {
    for given in ["c0de", "c0de/", "https://h.example/organizer-invitations/c0de", "https://h.example/x/c0de//"] {
        assert_eq!(code_of(given), "c0de", "{given}");
    }
}

#[test]
fn a_page_is_below_the_address_of_the_server() {
    let client = Client::new("https://h.example/sub/".parse().unwrap(), Identity::Anonymous, Trust::default());
    assert_eq!(page(&client, "setup", "c0de"), "https://h.example/sub/setup/c0de");
    assert_eq!(code_of(&page(&client, "setup", "c0de")), "c0de");
}

#[test]
fn a_role_is_one_of_a_season_or_of_the_server() {
    assert_eq!(described(OrganizerRole::Judge, Some(&"small".parse().unwrap())), "judge of small");
    assert_eq!(described(OrganizerRole::Owner, None), "owner of the server");
}
