use super::*;
use crate::samples::{field, submission, test_set};

/// Returns what a scorer tells of ten images, of which these are right by the first label and by
/// all five.
fn told(top1: &[usize], top5: &[usize]) -> Correctness {
    let bits = |right: &[usize]| Bits::from_fn(10, |image| right.contains(&image)).to_base64();
    Correctness { n: 10, top1: bits(top1), top5: bits(top5), answers: None }
}

fn refused(correctness: &Correctness) -> String {
    let error = count(correctness, &test_set()).err().unwrap();
    assert_eq!(field(&error), "outcome");
    error.to_string()
}

#[test]
fn wrong_answers_are_counted_in_all_and_in_the_public_part() {
    // The first four images are public.
    let counted = count(&told(&[0, 5], &[0, 1, 5, 6, 7]), &test_set()).unwrap();
    assert_eq!(counted.all, Counts { n: 10, top1_wrong: 8, top5_wrong: 5 });
    assert_eq!(counted.public, Counts { n: 4, top1_wrong: 3, top5_wrong: 2 });
    assert_eq!((counted.top1, counted.top5), (vec![0b10_0001, 0], vec![0b1110_0011, 0]));
    let whole = TestSet { public_mask: None, ..test_set() };
    let counted = count(&told(&[0], &[0]), &whole).unwrap();
    assert_eq!(counted.public, counted.all);
}

#[test]
fn bits_of_another_test_set_are_refused() {
    let message = refused(&Correctness { n: 9, ..told(&[], &[]) });
    assert!(message.contains("`n` is 9; the test set has 10 images"), "{message}");
    for odd in ["", "AA==", "AAAA", "//8=", "***"] {
        let message = refused(&Correctness { top5: odd.to_owned(), ..told(&[], &[]) });
        assert!(message.contains("the bits do not fit 10 images"), "{odd}: {message}");
    }
}

#[test]
fn an_image_that_is_right_at_once_is_right_among_five() {
    let message = refused(&told(&[3], &[2]));
    assert!(message.contains("an image is set in `top1` and not in `top5`"), "{message}");
}

#[test]
fn answers_are_kept_if_they_are_some_for_these_images_and_classes() {
    let with = |labels: [u16; 5], images| {
        let answers = Predictions::from_rows(vec![labels; images]).pack_base64().unwrap();
        Correctness { answers: Some(answers), ..told(&[], &[]) }
    };
    let kept = count(&with([1, 2, 3, 0, 0], 10), &test_set()).unwrap();
    let evaluation = Evaluation::new(
        holdout_protocol::EvaluationId::new(),
        &submission(),
        holdout_protocol::TestSetId::new(),
        crate::samples::at(1),
    );
    assert_eq!(kept.result_of(&evaluation).answers_of, Some(evaluation.id));
    let message = refused(&with([1, 4, 0, 0, 0], 10));
    assert!(message.contains("`answers` has the label 4; the test set has 3 classes"), "{message}");
    assert!(refused(&with([1, 0, 0, 0, 0], 9)).contains("`answers`: "));
    assert_eq!(count(&told(&[], &[]), &test_set()).unwrap().result_of(&evaluation).answers_of, None);
}

#[test]
fn each_verdict_is_about_files_of_one_kind_and_only_a_size_about_both() {
    for code in VerdictCode::ALL.iter().copied() {
        let kinds = [SubmissionKind::Predictions, SubmissionKind::Torchscript].map(|kind| is_about(code, kind));
        let expected = if code == VerdictCode::TooLarge { 2 } else { 1 };
        assert_eq!(kinds.iter().filter(|about| **about).count(), expected, "{code:?}");
    }
    assert!(is_about(VerdictCode::BadLabel, SubmissionKind::Predictions));
    assert!(is_about(VerdictCode::TimeLimit, SubmissionKind::Torchscript));
}
