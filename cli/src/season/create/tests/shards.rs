//! Shards of images with their labels.

use std::fs;

use super::*;

const SHARDS: &str = "--from shards --images @/shards --season shards";

/// Names and contents of what is in a shard.
type Files<'a> = &'a [(&'a str, &'a [u8])];

#[test]
fn shards_give_images_and_labels() {
    let bench = Bench::new();
    fs::create_dir(bench.path("shards")).unwrap();
    let [a, b, c] = [image(1), image(2), image(3)];
    bench.tar(
        "shards/0.tar",
        &[("x/a.cls", b"1\n"), ("x/a.png", &a), ("x/a.txt", b"owl"), ("b.png", &b), ("b.json", b"{\"label\": 0}")],
    );
    bench.tar("shards/1.tar", &[("a.input.png", &c), ("a.cls", b"1")]);
    bench.make(SHARDS).unwrap();
    let labels: Vec<String> = bench.labels_by_source().into_values().collect();
    assert_eq!(labels, ["1", "2", "2"]);
}

#[test]
fn what_is_wrong_with_shards_is_named_with_shard_and_key() {
    let good = image(1);
    let other = image(2);
    let cases: [(Files<'_>, &str); 13] = [
        (&[("a.png", &good), ("b.png", &other), ("b.cls", b"0")], "0.tar: a: an image without a label"),
        (&[("a.cls", b"0")], "0.tar: a: a label without an image"),
        (&[("a.png", &good), ("a.cls", b"")], "a.cls: is empty"),
        (&[("a.png", &good), ("a.cls", b"\xff")], "a.cls: not UTF-8"),
        (&[("a.png", &good), ("a.json", b"{")], "a.json: not JSON"),
        (&[("a.png", &good), ("a.json", b"{\"label\": 1.5}")], "a.json: the label `1.5`"),
        (&[("a.png", &good), ("a.json", b"{\"label\": [1]}")], "a.json: the label `[1]`"),
        (
            &[("a.png", &good), ("a.json", b"{\"label\": 1}"), ("a.cls", b"0")],
            "a.cls: the label is `0`, that of the key's other file is `1`",
        ),
        (&[("a.png", &good), ("a.jpg", &other), ("a.cls", b"0")], "a.jpg: the key has another image"),
        (&[("a.png", &good), ("b.cls", b"0"), ("a.cls", b"0")], "0.tar: a: the key is there twice"),
        (&[("a.webp", b"RIFF"), ("a.cls", b"0")], "a.webp: images have to be JPEG or PNG"),
        (&[("../a.png", &good)], "`../a.png`: the path has `..`"),
        (&[("/a.png", &good)], "`/a.png`: the path is absolute"),
    ];
    for (files, message) in cases {
        let bench = Bench::new();
        fs::create_dir(bench.path("shards")).unwrap();
        bench.tar("shards/0.tar", files);
        bench.refused(SHARDS, &[message]);
        let whole = fs::read(bench.path("shards/0.tar")).unwrap();
        fs::write(bench.path("shards/0.tar"), &whole[..700]).unwrap();
        bench.refused(SHARDS, &["0.tar"]);
    }
    let bench = Bench::new();
    bench.write("shards/readme.md", "x");
    bench.refused(SHARDS, &["has no shards (.tar, .tar.gz, .tgz)"]);
    bench.write("shards/0.tar", "no tar");
    bench.refused(SHARDS, &["0.tar: not a tar or tar.gz file"]);
}
