//! What a model answers is what a scorer says.

use crate::models::honest;
use crate::world::{CLASSES, config, run, task};

#[test]
fn an_honest_model_is_answered_for() {
    let outcome = run(&config(), &honest(), &task(), 100);
    assert_eq!(outcome.verdict, None);
    let answers = outcome.answers.unwrap();
    assert_eq!(answers.rows().len(), 100);
    assert!(answers.rows().all(|row| row.len() == 5 && row.iter().all(|index| *index < CLASSES)));
    println!("{:?}", outcome.measures);
    assert_eq!(outcome.measures.parameters, Some(1920));
}
