//! What a dishonest log could try, each seen by the reader who has the key.

use holdout_receipts::{
    Counts, Hash, InvalidNote, InvalidProof, InvalidReceipt, Note, Opening, ProofError, Receipt, Statement,
    VerifyingKey, sign_note, verify_extension, verify_in_log, verify_receipt,
};

use crate::support::{LOG, Log, key, leaf, receipt};

/// A log with a receipt at index 3 of 7, its note, its leaf, and the key to trust.
fn world() -> (Log, String, Hash, [VerifyingKey; 1]) {
    let note = sign_note(&receipt("s1", 4, None).0.to_string(), &key(1));
    let keys = [key(1).verifying_key()];
    let leaf_hash = verify_receipt(&note, &keys).unwrap().leaf;
    let leaves = (0..7).map(|number| if number == 3 { leaf_hash } else { leaf(number) });
    (Log::of(leaves), note, leaf_hash, keys)
}

#[test]
fn an_honest_log_is_proved() {
    let (mut log, note, leaf_hash, keys) = world();
    let verified = verify_receipt(&note, &keys).unwrap();
    assert_eq!((verified.receipt.submission(), verified.leaf), (Some("s1"), leaf_hash));
    let proof = log.inclusion(3, 7);
    assert_eq!(verify_in_log((leaf_hash, 3), &proof, &log.checkpoint(&key(1)), &keys).unwrap().size, 7);
    let earlier = log.checkpoint(&key(1));
    log.append(leaf(7));
    let proof = log.consistency(7, 8);
    let (before, after) = verify_extension(&earlier, &log.checkpoint(&key(1)), &proof, &keys).unwrap();
    assert_eq!((before.size, after.size), (7, 8));
}

#[test]
fn an_edited_score_is_seen() {
    let (_, note, _, keys) = world();
    let edited = note.replace("\"top5_wrong\":4", "\"top5_wrong\":3");
    assert_ne!(edited, note);
    assert_eq!(verify_receipt(&edited, &keys), Err(InvalidNote::Forged(LOG.to_owned()).into()));
}

#[test]
fn an_edited_score_that_the_log_signed_again_is_not_in_the_log() {
    let (mut log, _, _, keys) = world();
    let edited = sign_note(&receipt("s1", 3, None).0.to_string(), &key(1));
    let leaf_hash = verify_receipt(&edited, &keys).unwrap().leaf;
    let proof = log.inclusion(3, 7);
    let outcome = verify_in_log((leaf_hash, 3), &proof, &log.checkpoint(&key(1)), &keys);
    assert_eq!(outcome, Err(InvalidProof::OtherRoot.into()));
}

#[test]
fn a_swapped_receipt_and_a_back_dated_one_are_seen() {
    let (mut log, _, leaf_hash, keys) = world();
    let (checkpoint, proof) = (log.checkpoint(&key(1)), log.inclusion(3, 7));
    // Another receipt at the same place, or the same receipt at an earlier place.
    let swapped = verify_in_log((leaf(4), 3), &proof, &checkpoint, &keys);
    assert_eq!(swapped, Err(InvalidProof::OtherRoot.into()));
    let back_dated = verify_in_log((leaf_hash, 2), &proof, &checkpoint, &keys);
    assert_eq!(back_dated, Err(InvalidProof::OtherRoot.into()));
}

#[test]
fn a_reordered_forked_or_shortened_log_does_not_continue_the_earlier_one() {
    let (log, _, _, keys) = world();
    let earlier = log.checkpoint(&key(1));
    let honest = |number| if number == 3 { world().2 } else { leaf(number) };
    let changed: [(&str, Vec<Hash>); 3] = [
        (
            "reordered",
            (0..9)
                .map(|number| {
                    honest(match number {
                        5 => 6,
                        6 => 5,
                        other => other,
                    })
                })
                .collect(),
        ),
        ("forked", (0..9).map(|number| if number == 6 { leaf(66) } else { honest(number) }).collect()),
        ("an entry dropped", (0..10).filter(|number| *number != 3).map(honest).collect()),
    ];
    for (what, leaves) in changed {
        let mut other = Log::of(leaves);
        let proof = other.consistency(7, 9);
        let outcome = verify_extension(&earlier, &other.checkpoint(&key(1)), &proof, &keys);
        assert_eq!(outcome, Err(InvalidProof::OtherEarlierRoot.into()), "{what}");
    }
    let shortened = Log::of((0..5).map(honest)).checkpoint(&key(1));
    let outcome = verify_extension(&earlier, &shortened, &[], &keys);
    assert!(matches!(outcome, Err(ProofError::Proof(InvalidProof::Range(_)))), "{outcome:?}");
    // Two logs of the same size.
    let fork = Log::of((0..7).map(leaf)).checkpoint(&key(1));
    assert_eq!(verify_extension(&earlier, &fork, &[], &keys), Err(InvalidProof::OtherEarlierRoot.into()));
}

#[test]
fn another_key_and_another_log_are_seen() {
    let (mut log, note, leaf_hash, keys) = world();
    let stranger = [key(2).verifying_key()];
    assert!(matches!(verify_receipt(&note, &stranger), Err(ProofError::Note(InvalidNote::Unknown(_)))));
    let proof = log.inclusion(3, 7);
    let checkpoint = log.checkpoint(&key(1));
    assert!(verify_in_log((leaf_hash, 3), &proof, &checkpoint, &stranger).is_err());
    // The key's owner signs for a log of another name.
    let other = sign_note("example.com/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", &key(1));
    let outcome = verify_extension(&other, &checkpoint, &[], &keys).unwrap_err().to_string();
    assert_eq!(outcome, "it names the log `example.com/log`; the key is that of the log `example.org/log`");
    let mut foreign = receipt("s1", 4, None).0;
    foreign.log = "example.com/log".to_owned();
    let outcome = verify_receipt(&sign_note(&foreign.to_string(), &key(1)), &keys);
    assert!(matches!(outcome, Err(ProofError::OtherLog { .. })), "{outcome:?}");
}

#[test]
fn a_receipt_is_no_checkpoint_and_a_checkpoint_no_receipt() {
    let (log, note, _, keys) = world();
    let checkpoint = log.checkpoint(&key(1));
    assert_eq!(verify_receipt(&checkpoint, &keys), Err(InvalidReceipt::Tag.into()));
    assert!(matches!(verify_extension(&note, &checkpoint, &[], &keys), Err(ProofError::Checkpoint(_))));
    // A log that calls itself as receipts begin.
    let odd = "holdout receipt v1\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    assert!(matches!(Receipt::parse(odd), Err(InvalidReceipt::Body(_))));
}

#[test]
fn what_a_receipt_says_comes_back_and_nothing_more_is_read_into_it() {
    let (honest, _) = receipt("s1", 4, Some(leaf(1)));
    let text = honest.to_string();
    assert_eq!(Receipt::parse(&text).as_ref(), Ok(&honest));
    for wrong in [
        text.replace("{\"log\"", "{\"more\":1,\"log\""),
        text.replace("\"rescored\":false", "\"rescored\":false,\"more\":1"),
        text.replace("\"n\":10", "\"n\":-10"),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        text.replace("v1", "v2"),
    ] {
        assert!(Receipt::parse(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn private_counts_open_their_commitment_alone() {
    let (honest, opening) = receipt("s1", 4, None);
    let Statement::Result(result) = honest.statement else { panic!("a result") };
    assert_eq!(result.open(&opening), Ok(Counts { n: 20, top1_wrong: 6, top5_wrong: 5 }));
    let better = Opening::new(opening.nonce, Counts { n: 20, top1_wrong: 5, top5_wrong: 4 }).unwrap();
    assert_eq!(result.open(&better), Err(InvalidReceipt::OtherCounts));
    let mut whole = result;
    whole.private = None;
    assert_eq!(whole.open(&opening), Err(InvalidReceipt::NoCommitment));
    // The receipt's own nonce does not open it, because the team has that one.
    let guess = Opening { nonce: honest.nonce, ..opening };
    assert_ne!(Some(guess.commitment()), receipt_commitment());
    assert!(Note::open("", &[]).is_err());
}

fn receipt_commitment() -> Option<holdout_receipts::PrivateCommitment> {
    match receipt("s1", 4, None).0.statement {
        Statement::Result(result) => result.private,
        _ => None,
    }
}
