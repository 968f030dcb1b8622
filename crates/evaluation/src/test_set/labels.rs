//! The labels an organizer sends.

use crate::images::is_image_name;
use crate::list_error::{ListFaults, ListProblem};
use crate::text::{clean, csv_fields, lines};
use crate::{ClassList, ImageList, ListError, MAX_IMAGES, TaskShape, TestSet};

pub(super) fn parse(classes: ClassList, bytes: &[u8]) -> Result<TestSet, ListError> {
    let mut faults = ListFaults::of("labels");
    let Some((_, first)) = lines(bytes).next() else {
        faults.add(None, ListProblem::NoLines, b"the file");
        return faults.fail();
    };
    let count = lines(bytes).count();
    if count > MAX_IMAGES {
        faults.add_with(None, ListProblem::ImageCount, MAX_IMAGES, count.to_string().as_bytes());
        return faults.fail();
    }
    if first.contains(&b',') { parse_csv(classes, bytes, faults) } else { parse_kit(classes, bytes, faults) }
}

fn parse_kit(classes: ClassList, bytes: &[u8], mut faults: ListFaults) -> Result<TestSet, ListError> {
    let mut labels = Vec::new();
    for (line, row) in lines(bytes) {
        match clean(row).map(|text| classes.label(text.trim_matches([' ', '\t']))) {
            Ok(Some(label)) => labels.push(label),
            Ok(None) => faults.add_with(Some(line), ListProblem::Class, classes.len(), row),
            Err(found) => faults.add_unclean(line, &found),
        }
    }
    let images = ImageList::numbered(labels.len());
    faults.or(TestSet { shape: TaskShape { classes, images }, labels })
}

fn parse_csv(classes: ClassList, bytes: &[u8], mut faults: ListFaults) -> Result<TestSet, ListError> {
    let mut rows = lines(bytes);
    if let Some((line, header)) = rows.next()
        && clean(header).ok().and_then(csv_fields).is_none_or(|fields| fields != ["image", "class"])
    {
        faults.add(Some(line), ListProblem::Header, header);
        return faults.fail();
    }
    let mut labelled: Vec<(String, u64, u16)> = Vec::new();
    for (line, row) in rows {
        if let Some((image, label)) = csv_row(&classes, line, row, &mut faults) {
            labelled.push((image, line, label));
        }
    }
    labelled.sort_unstable();
    for pair in labelled.windows(2) {
        if let [(first, before, _), (second, line, _)] = pair
            && first == second
        {
            faults.add_repeated(*line, ListProblem::RepeatedImage, second, *before);
        }
    }
    if labelled.is_empty() && faults.is_empty() {
        faults.add(None, ListProblem::NoRows, b"image,class");
    }
    let images = ImageList::from_sorted(labelled.iter().map(|(image, ..)| image.as_str()));
    let labels = labelled.iter().map(|&(_, _, label)| label).collect();
    faults.or(TestSet { shape: TaskShape { classes, images }, labels })
}

fn csv_row(classes: &ClassList, line: u64, row: &[u8], faults: &mut ListFaults) -> Option<(String, u16)> {
    let text = match clean(row) {
        Ok(text) => text,
        Err(found) => {
            faults.add_unclean(line, &found);
            return None;
        }
    };
    let fields = csv_fields(text).unwrap_or_default();
    let [image, class] = fields.as_slice() else {
        faults.add(Some(line), ListProblem::NotTwoFields, row);
        return None;
    };
    if !is_image_name(image) {
        faults.add(Some(line), ListProblem::ImageName, image.as_bytes());
        return None;
    }
    let label = classes.label(class);
    if label.is_none() {
        faults.add_with(Some(line), ListProblem::Class, classes.len(), class.as_bytes());
    }
    Some((image.clone(), label?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes() -> ClassList {
        ClassList::parse(b"3\tn03\tc\n1\tn01\ta\n2\tn02\tb\n").unwrap()
    }

    #[test]
    fn csv_rows_may_come_in_any_order() {
        let csv = b"\xEF\xBB\xBFimage,class\r\nb.png,2\r\n\"a,1.png\",n03\r\nB.png,1";
        let set = TestSet::parse_labels(classes(), csv).unwrap();
        assert_eq!(set.shape().images.iter().collect::<Vec<_>>(), ["B.png", "a,1.png", "b.png"]);
        assert_eq!(set.labels(), [1, 3, 2]);
    }

    #[test]
    fn the_kit_form_gets_numbers_for_names() {
        let set = TestSet::parse_labels(classes(), b"1\n n02\t\n3\n").unwrap();
        assert_eq!(set.labels(), [1, 2, 3]);
        assert_eq!(set.shape().images.name(2), Some("00000003"));
    }

    #[test]
    fn each_rule_names_line_value_and_allowed() {
        let cases: [(&[u8], Option<u64>, &str, &str); 16] = [
            (b"", None, "the file", "one line"),
            (b"1\n0\n", Some(2), "0", "1 to 3"),
            (b"1\n4\n", Some(2), "4", "1 to 3"),
            (b"1\n65537\n", Some(2), "65537", "1 to 3"),
            (b"1\n01\n", Some(2), "01", "1 to 3"),
            (b"1\n\n", Some(2), "", "1 to 3"),
            (b"1\n2 3\n", Some(2), "2 3", "1 to 3"),
            (b"1\n\xff\n", Some(2), "0xff at byte 1", "UTF-8"),
            (b"1\n2\0\n", Some(2), "U+0000 at character 2", "UTF-8"),
            (b"image,label\na,1\n", Some(1), "image,label", "image,class"),
            (b"image,class\n", None, "image,class", "one row"),
            (b"image,class\na,1\na,2\n", Some(3), "a", "each once; line 2 has it already"),
            (b"image,class\na,1,2\n", Some(2), "a,1,2", "comma"),
            (b"image,class\na\xe2\x80\xae,1\n", Some(2), "U+202E at character 2", "reorder"),
            (b"image,class\na/b,1\n", Some(2), "a/b", "folders"),
            (b"image,class\nab,n04\n", Some(2), "n04", "the id of a class"),
        ];
        for (text, line, value, allowed) in cases {
            let Err(error) = TestSet::parse_labels(classes(), text) else { panic!("{value}") };
            let fault = &error.faults[0];
            assert_eq!((fault.line, fault.value.as_str()), (line, value), "{error}");
            assert!(fault.allowed().contains(allowed), "{error}");
            assert_eq!(error.total, 1, "{error}");
        }
    }
}
