//! What `check` tells an organizer.

use std::ops::ControlFlow;

use holdout_images::{Names, PrepareError, Problems, check};

use crate::support::{Folder, SMALL, go_on, grey_png, gzip, picture, shades, tar};

fn problems(files: &crate::support::Files, names: &Names) -> Problems {
    let folder = Folder::new();
    let bytes = tar(files);
    let of = |bytes: &[u8]| match check(&folder.archive(bytes), names, SMALL, go_on) {
        Err(PrepareError::Images(problems)) => problems,
        other => panic!("{other:?}"),
    };
    let problems = of(&bytes);
    assert_eq!(problems, of(&gzip(&bytes)));
    problems
}

fn listed(names: &[&str]) -> Names {
    Names::Listed(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn good_images_pass_in_any_order_with_or_without_extension() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(3)));
    for names in [Names::Numbered(3), listed(&["a02.png", "a00.png", "a01.png"]), listed(&["a00", "a02.png", "a01"])] {
        let mut told = Vec::new();
        check(&archive, &names, SMALL, |done, total| {
            told.push((done, total));
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(told.last(), Some(&(3, 3)));
        assert!(told.is_sorted());
    }
}

#[test]
fn every_image_that_cannot_be_used_is_named() {
    let mut files = shades(4);
    files[1].1 = picture("420_q75.jpg")[..600].to_vec();
    files[2].1 = grey_png(3, 0);
    let problems = problems(&files, &Names::Numbered(4));
    assert_eq!(problems.count, 2);
    let text = problems.to_string();
    assert_eq!(
        text,
        "`a01.png`: the JPEG file is cut off\n`a02.png`: 3 × 3 pixels after resizing; the centre square has 4 × 4"
    );
}

#[test]
fn labels_and_images_have_to_agree() {
    let mut files = shades(3);
    files.push(("notes.txt".to_owned(), b"x".to_vec()));
    let found = problems(&files, &listed(&["a00.png", "b.png", "a02", "a02.png"]));
    let lines: Vec<_> = found.first.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "`b.png`: it is in the labels, but not in the archive",
            "`a02.png`: the labels have `a02`, too, and both are the file `a02.png` of the archive",
            "`a01.png`: it is in the archive, but not in the labels",
            "`notes.txt`: not an image by its name (.jpg, .jpeg or .png); it does not belong into the archive",
        ]
    );
    assert_eq!(found.first.iter().map(|problem| problem.in_labels).collect::<Vec<_>>(), [false, true, false, false]);
    let found = problems(&shades(3), &Names::Numbered(4)).to_string();
    assert_eq!(found, "the labels are for 4 images, the archive has 3");
    files.pop();
    files.push(("a00.jpg".to_owned(), picture("420_q75.jpg")));
    let found = problems(&files, &listed(&["a00", "a01", "a02"])).to_string();
    assert!(found.contains("`a00`: it could be `a00.jpg` as well as `a00.png`"), "{found}");
}

#[test]
fn the_first_twenty_are_told_and_the_rest_counted() {
    let files = (0..50).map(|number| (format!("{number:02}.png"), b"no image".to_vec())).collect();
    let problems = problems(&files, &Names::Numbered(50));
    assert_eq!((problems.first.len(), problems.count), (20, 50));
    let names = problems.first.iter().map(|problem| problem.file.clone().unwrap());
    assert!(names.eq((0..20).map(|number| format!("{number:02}.png"))));
    assert!(problems.to_string().ends_with("\nand 30 more"));
}

#[test]
fn the_callback_ends_it() {
    let folder = Folder::new();
    for bytes in [tar(&shades(40)), gzip(&tar(&shades(40)))] {
        let archive = folder.archive(&bytes);
        let stopped = check(&archive, &Names::Numbered(40), SMALL, |done, _| {
            if done == 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert!(matches!(stopped, Err(PrepareError::Interrupted)), "{stopped:?}");
    }
}

#[test]
fn names_cannot_write_on_the_terminal() {
    let folder = Folder::new();
    let archive = folder.archive(&tar(&shades(1)));
    let Err(error) = check(&archive, &listed(&["a00.png", "\u{1b}[31mred`\n"]), SMALL, go_on) else { panic!() };
    assert!(!error.to_string().contains(['\u{1b}', '\n']), "{error}");
}
