use super::*;

fn images(labels: &[Label]) -> Vec<Collected> {
    let image = |(label, number): (&Label, usize)| Collected {
        name: format!("{number}.png"),
        label: label.clone(),
        origin: format!("row {number}"),
    };
    labels.iter().zip(1..).map(image).collect()
}

fn numbers(labels: &[u64]) -> Vec<Collected> {
    images(&labels.iter().map(|label| Label::Number(*label)).collect::<Vec<_>>())
}

fn texts(labels: &[&str]) -> Vec<Collected> {
    images(&labels.iter().map(|label| Label::Text((*label).to_owned())).collect::<Vec<_>>())
}

fn list(classes: &[(&str, &str)]) -> Option<Vec<ClassName>> {
    let class = |(number, (id, name)): (usize, &(&str, &str))| ClassName {
        number,
        id: (*id).to_owned(),
        name: (*name).to_owned(),
    };
    Some((1..).zip(classes).map(class).collect())
}

fn refused(images: &[Collected], rules: LabelRules) -> String {
    resolve(images, rules).unwrap_err().to_text()
}

const UNKNOWN: LabelRules = LabelRules { listed: None, first: None };

#[test]
fn classes_that_are_numbers_are_counted_from_the_first_label() {
    let from_zero = resolve(&numbers(&[2, 0, 2]), UNKNOWN).unwrap();
    assert_eq!(from_zero.of_images, [2, 0, 2]);
    assert_eq!(from_zero.first_classes(), ["class-0", "class-1"]);
    assert_eq!(from_zero.remarks(), ["the class class-1 has no image"]);
    let from_one = resolve(&numbers(&[3, 1]), LabelRules { listed: None, first: Some(1) }).unwrap();
    assert_eq!((from_one.of_images.as_slice(), from_one.classes.len()), (&[2, 0][..], 3));
    assert_eq!(from_one.first_classes(), ["class-1", "class-2"]);
}

#[test]
fn labels_without_a_zero_are_asked_about_and_mixed_ones_refused() {
    let asked = refused(&numbers(&[1, 2]), UNKNOWN);
    assert!(
        asked.contains("row 1: labels are numbers, and none is 0") && asked.contains("`--first-label 1`"),
        "{asked}"
    );
    let mixed = refused(&images(&[Label::Text("cat".to_owned()), Label::Number(0)]), UNKNOWN);
    assert!(mixed.contains("row 2: the label `0` is a number, that of row 1 is not: `cat`"), "{mixed}");
    let large = refused(&numbers(&[0, 70_000]), UNKNOWN);
    assert!(large.contains("row 2: the label `70000` is too large"), "{large}");
    assert!(refused(&numbers(&[0, 0]), UNKNOWN).contains("there are 1 classes; 2 to 65,535 are possible"));
}

#[test]
fn a_number_outside_the_listed_classes_is_told_with_their_range() {
    let rules = || LabelRules { listed: list(&[("a", "a"), ("b", "b")]), first: Some(1) };
    let outside = refused(&numbers(&[1, 3, 0]), rules());
    for line in [
        "row 2: the label `3` is out of range; 2 classes have the labels 1 to 2",
        "row 3: the label `0` is out of range",
    ] {
        assert!(outside.contains(line), "{outside}");
    }
    assert_eq!(resolve(&numbers(&[2, 1]), rules()).unwrap().of_images, [1, 0]);
}

#[test]
fn an_id_goes_before_a_name_and_a_name_of_several_classes_is_none() {
    let rules = || LabelRules { listed: list(&[("n1", "crane"), ("n2", "crane"), ("n3", "n1")]), first: None };
    assert_eq!(resolve(&texts(&["n1", "n3", "n2"]), rules()).unwrap().of_images, [0, 2, 1]);
    let several = refused(&texts(&["crane", "dog"]), rules());
    assert!(several.contains("row 1: `crane` is the name of several classes; use their ids"), "{several}");
    assert!(several.contains("row 2: `dog` is not one of the 3 classes"), "{several}");
}

#[test]
fn ids_can_stand_in_a_table_and_are_no_numbers() {
    let named = with_ids(list(&[(" a, b\t\"c\" ", "A\u{7} b "), ("12", "twelve")]).unwrap()).unwrap();
    assert_eq!((named[0].id.as_str(), named[0].name.as_str()), ("a__b__c_", "A  b"));
    assert_eq!((named[1].id.as_str(), named[1].number), ("class-12", 2));
    let refused = |classes: &[(&str, &str)]| with_ids(list(classes).unwrap()).unwrap_err().to_string();
    let same = refused(&[("a b", "x"), ("a_b", "y")]);
    assert_eq!(same, "class 2: `a b` and `a_b` would both have the id `a_b`; each class needs its own");
    assert!(refused(&[("a", ""), (" ", "")]).contains("class 2: a class of 1 to 64 bytes is possible, not ` `"));
    assert!(refused(&[("a".repeat(65).as_str(), "")]).starts_with("class 1: "));
    assert!(with_ids(list(&[("a".repeat(64).as_str(), "")]).unwrap()).is_ok());
}

#[test]
fn the_written_lists_are_those_of_the_kits_numbers() {
    let classes = vec![
        ClassName { number: 2, id: "n1".to_owned(), name: "tench".to_owned() },
        ClassName { number: 1, id: "n2".to_owned(), name: "crane, bird".to_owned() },
    ];
    let mut held = texts(&["n2", "n1"]);
    held[1].name = "a,\"b\".png".to_owned();
    let resolved = resolve(&held, LabelRules { listed: Some(classes), first: None }).unwrap();
    assert_eq!(resolved.to_tsv(), "2\tn1\ttench\n1\tn2\tcrane, bird\n");
    assert_eq!(resolved.to_labels(&held), "image,class\n1.png,1\n\"a,\"\"b\"\".png\",2\n");
    assert_eq!(resolved.first_classes(), ["n1 (tench)", "n2 (crane, bird)"]);
    assert!(resolved.remarks().is_empty());
}
