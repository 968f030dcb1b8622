//! Archives of every kind, and such as nobody should open.

use std::fs;
use std::os::unix::fs::symlink;

use holdout_images::{Archive, Names, Preparation, prepare, read_tar};
use tar::EntryType;
use zip::CompressionMethod;
use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;

use crate::support::{Files, Folder, SMALL, add_to_tar, go_on, grey_png, gzip, key_of, shades, tar, zip};

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

/// The error of opening these bytes.
fn refusal(bytes: &[u8]) -> String {
    let folder = Folder::new();
    Archive::open(&folder.write("archive", bytes)).unwrap_err().to_string()
}

fn tar_of(entries: &[(&str, EntryType)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    entries.iter().for_each(|(path, kind)| add_to_tar(&mut builder, path, &grey_png(6, 1), *kind));
    builder.into_inner().unwrap()
}

/// The files that [`read_tar`] shows, or its error.
fn shown_files(bytes: &[u8]) -> Result<Files, String> {
    let folder = Folder::new();
    let mut files = Files::new();
    let read = read_tar(&folder.write("archive", bytes), &mut |path, len, content| {
        let mut bytes = Vec::new();
        // What cannot be read is reported at the end.
        let _ = content.read_to_end(&mut bytes);
        assert!(u64::try_from(bytes.len()).unwrap() <= len);
        files.push((path.to_owned(), bytes));
        go_on(0, 0)
    });
    read.map(|()| files).map_err(|error| error.to_string())
}

#[test]
fn a_tar_shows_all_its_files_whatever_they_are() {
    let files: Files = [("kit/data/meta.mat", 700), ("kit/readme.txt", 0), ("a.cls", 1)]
        .map(|(path, len)| (path.to_owned(), vec![7; len]))
        .to_vec();
    let mut packed = files.clone();
    packed.insert(1, ("kit/.hidden".to_owned(), b"x".to_vec()));
    let bytes = tar(&packed);
    assert_eq!(shown_files(&bytes), Ok(files.clone()));
    assert_eq!(shown_files(&gzip(&bytes)), Ok(files));
    let compressed = gzip(&bytes);
    for len in [20, compressed.len() / 2, compressed.len() - 1] {
        assert!(shown_files(&compressed[..len]).is_err(), "{len}");
    }
    assert!(shown_files(&bytes[..900]).unwrap_err().contains("ends within it"));
    assert!(shown_files(&tar_of(&[("a", EntryType::Symlink)])).unwrap_err().contains("a link or a special file"));
    assert!(shown_files(b"PK\x03\x04").unwrap_err().contains("not a tar or tar.gz file"));
}

#[test]
fn every_kind_gives_the_same_images() {
    let mut files: Files = shades(9);
    files.reverse();
    files[3].0 = format!("some/folder/{}", files[3].0);
    files.push((".DS_Store".to_owned(), b"x".to_vec()));
    files.push(("__MACOSX/._a00.png".to_owned(), b"x".to_vec()));
    let folder = Folder::new();
    files.iter().for_each(|(path, bytes)| drop(folder.write(&format!("folder/{path}"), bytes)));
    let tar = tar(&files);
    let (first, second) = tar.split_at(tar.len() / 2);
    let several_parts = [gzip(first), gzip(second)].concat();
    let mut pixels = Vec::new();
    for (name, bytes) in [
        ("folder", None),
        ("tar", Some(tar.clone())),
        ("tar.gz", Some(gzip(&tar))),
        ("several.tar.gz", Some(several_parts)),
        ("deflated.zip", Some(zip(&files, deflated()))),
        ("stored.zip", Some(zip(&files, stored()))),
    ] {
        let path = bytes.map_or_else(|| folder.path(name), |bytes| folder.write(name, &bytes));
        let archive = Archive::open(&path).unwrap();
        assert_eq!(archive.len(), 9, "{name}");
        assert!(archive.names().eq(shades(9).iter().map(|(name, _)| name)), "{name}");
        let preparation =
            Preparation { key: key_of(1), archive: &archive, names: &Names::Numbered(9), transform: SMALL };
        let prepared = prepare(&preparation, &folder.path(&format!("{name}.pixels")), go_on).unwrap();
        let mut images = vec![0; 9 * prepared.image_bytes()];
        prepared.read_into(&(0..9).collect::<Vec<_>>(), &mut images).unwrap();
        pixels.push(images);
    }
    assert_eq!(pixels[0], (0..9).flat_map(|shade| [shade; 48]).collect::<Vec<u8>>());
    pixels.iter().for_each(|other| assert_eq!(*other, pixels[0]));
}

#[test]
fn long_names_of_both_kinds_are_read() {
    let folder = Folder::new();
    let name = format!("{}.png", "long".repeat(60));
    let mut gnu = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(0);
    gnu.append_data(&mut header, format!("{}/{name}", "folder".repeat(30)), &b""[..]).unwrap();
    let record = |key: &str, value: &[u8]| {
        let mut body = [b" ", key.as_bytes(), b"=", value, b"\n"].concat();
        // The length counts its own digits.
        let len = if body.len() + 2 < 100 { body.len() + 2 } else { body.len() + 3 };
        body.splice(0..0, len.to_string().bytes());
        body
    };
    let mut pax = tar::Builder::new(Vec::new());
    let extended = [record("SCHILY.xattr.x", b"with\nline feeds\n"), record("path", name.as_bytes())].concat();
    add_to_tar(&mut pax, "x", &extended, EntryType::XHeader);
    add_to_tar(&mut pax, "other.png", b"", EntryType::Regular);
    for bytes in [gnu.into_inner().unwrap(), pax.into_inner().unwrap()] {
        assert!(folder.archive(&bytes).names().eq([&name]));
        assert!(folder.archive(&gzip(&bytes)).names().eq([&name]));
    }
}

#[test]
fn paths_that_mislead_are_refused() {
    for (path, word) in
        [("../a.png", "`..`"), ("/etc/a.png", "absolute"), ("x/../../a.png", "`..`"), ("a\\b.png", "backslash")]
    {
        for bytes in [tar_of(&[(path, EntryType::Regular)]), gzip(&tar_of(&[(path, EntryType::Regular)]))] {
            let message = refusal(&bytes);
            assert!(message.contains(word), "{path}: {message}");
        }
        let message = refusal(&zip(&vec![(path.to_owned(), grey_png(6, 1))], stored()));
        assert!(message.contains(word), "{path}: {message}");
    }
}

#[test]
fn two_files_of_one_name_are_refused() {
    let twice: Files = vec![("x/a.png".to_owned(), grey_png(6, 1)), ("y/a.png".to_owned(), grey_png(6, 2))];
    for bytes in [tar(&twice), gzip(&tar(&twice)), zip(&twice, stored())] {
        let message = refusal(&bytes);
        assert!(message.contains("`x/a.png`: `y/a.png` has the same file name"), "{message}");
    }
    let same = tar(&vec![("x/a.png".to_owned(), grey_png(6, 1)), ("x/a.png".to_owned(), grey_png(6, 1))]);
    assert!(refusal(&same).contains("`x/a.png`: the archive has two files of this path"), "{}", refusal(&same));
    // The same path twice, which a reader of zip files would see once.
    let mut bytes = zip(&vec![("a.png".to_owned(), grey_png(6, 1)), ("b.png".to_owned(), grey_png(6, 2))], stored());
    for at in 0..bytes.len() - 5 {
        if bytes[at..].starts_with(b"b.png") {
            bytes[at] = b'a';
        }
    }
    assert!(refusal(&bytes).contains("twice"), "{}", refusal(&bytes));
}

#[test]
fn links_and_special_files_are_refused() {
    for kind in
        [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char, EntryType::Block, EntryType::GNUSparse]
    {
        for bytes in [tar_of(&[("a.png", kind)]), gzip(&tar_of(&[("a.png", kind)]))] {
            assert!(refusal(&bytes).contains("a link or a special file"), "{}", refusal(&bytes));
        }
    }
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.add_symlink("a.png", "/etc/passwd", stored()).unwrap();
    assert!(refusal(&writer.finish().unwrap().into_inner()).contains("a link or a special file"));
    let folder = Folder::new();
    folder.write("images/a.png", &grey_png(6, 1));
    symlink("a.png", folder.path("images/b.png")).unwrap();
    let error = Archive::open(&folder.path("images")).unwrap_err().to_string();
    assert!(error.contains("`b.png`") && error.contains("a link or a special file"), "{error}");
}

#[test]
fn encrypted_and_strangely_compressed_entries_are_refused() {
    let files: Files = vec![("a.png".to_owned(), grey_png(6, 1))];
    let encrypted = zip(&files, stored().with_deprecated_encryption(b"secret").unwrap());
    assert!(refusal(&encrypted).contains("encrypted"), "{}", refusal(&encrypted));
    let mut other = zip(&files, stored());
    // Method 12 is bzip2; it stands in the local header and in the directory.
    let local = 8;
    let directory = other.windows(4).position(|four| four == b"PK\x01\x02").unwrap() + 10;
    other[local] = 12;
    other[directory] = 12;
    assert!(refusal(&other).contains("Stored and Deflated"), "{}", refusal(&other));
}

/// A compressed tar file of an entry with a gibibyte of zeroes; about a mebibyte.
fn bomb(path: &str) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_size(1 << 30);
    header.set_cksum();
    let zeroes = gzip(&vec![0; 1 << 24]);
    [gzip(header.as_bytes()), zeroes.repeat(64), gzip(&[0; 1024])].concat()
}

#[test]
fn entries_that_unpack_to_too_much_are_refused() {
    let message = refusal(&bomb("a.png"));
    assert!(message.contains("1073741824 bytes; an image's file has at most 268435456"), "{message}");
    // What is not an image is passed over, but not for ever.
    let message = refusal(&bomb(".hidden"));
    assert!(message.contains("unpacks to more than 64 times its size"), "{message}");
}

#[test]
fn enormous_headers_are_refused() {
    for kind in [EntryType::GNULongName, EntryType::XHeader, EntryType::XGlobalHeader] {
        let mut builder = tar::Builder::new(Vec::new());
        add_to_tar(&mut builder, "x", &vec![b'a'; 70_000], kind);
        let bytes = builder.into_inner().unwrap();
        assert!(refusal(&bytes).contains("64 KiB"), "{}", refusal(&bytes));
    }
    for record in ["15 size=100000\n", "22 GNU.sparse.major=1\n", "8 path=a\n", "path=a\n", "99999 path=a\n"] {
        let mut builder = tar::Builder::new(Vec::new());
        add_to_tar(&mut builder, "x", record.as_bytes(), EntryType::XHeader);
        add_to_tar(&mut builder, "a.png", &grey_png(6, 1), EntryType::Regular);
        assert_ne!(refusal(&builder.into_inner().unwrap()), "", "{record}");
    }
}

#[test]
fn other_files_and_damaged_archives_are_refused() {
    assert!(refusal(b"").contains("neither a tar, tar.gz or zip file nor a folder"));
    assert!(refusal(&grey_png(6, 1)).contains("neither"));
    assert!(refusal(&gzip(b"hello")).contains("damaged"));
    let whole = tar(&shades(4));
    assert!(refusal(&whole[..512 + 20]).contains("ends within it"), "{}", refusal(&whole[..512 + 20]));
    let packed = gzip(&whole);
    assert!(refusal(&packed[..packed.len() - 1]).contains("damaged"));
    assert!(refusal(&packed[..packed.len() / 2]).contains("damaged"));
    let zipped = zip(&shades(4), deflated());
    assert!(refusal(&zipped[..zipped.len() - 30]).contains("damaged"));
    let folder = Folder::new();
    assert!(Archive::open(&folder.path("nothing")).unwrap_err().to_string().contains("nothing"));
}

#[test]
fn folders_do_not_lie_in_each_other_for_ever() {
    let folder = Folder::new();
    folder.write(&format!("deep/{}a.png", "x/".repeat(40)), &grey_png(6, 1));
    let error = Archive::open(&folder.path("deep")).unwrap_err().to_string();
    assert!(error.contains("32 deep"), "{error}");
    fs::create_dir(folder.path("empty")).unwrap();
    assert!(Archive::open(&folder.path("empty")).unwrap().is_empty());
}
