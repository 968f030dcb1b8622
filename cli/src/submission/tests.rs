use holdout_protocol::TrainingData;

use super::*;

#[test]
fn kinds_by_name_and_by_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model");
    std::fs::write(&path, b"PK\x03\x04rest").unwrap();
    assert_eq!(kind_of(&path), SubmissionKind::Torchscript);
    assert_eq!(kind_of(Path::new("net.PT")), SubmissionKind::Torchscript);
    let text = folder.path().join("a.txt");
    std::fs::write(&text, "1 2 3\n").unwrap();
    assert_eq!(kind_of(&text), SubmissionKind::Predictions);
}

fn draft() -> Draft {
    Draft {
        kind: SubmissionKind::Torchscript,
        method: Some("m".to_owned()),
        description: Some("d".to_owned()),
        links: vec!["https://a.example".to_owned()],
        disclosure: Disclosure { training_data: Some(TrainingData::Outside), ensemble: Some(true) },
        team: Some("Alpha".parse().unwrap()),
        note: Some("n".to_owned()),
        baseline: true,
        create_team: false,
        submitted_at: Some("2012-09-30T23:00:00Z".parse().unwrap()),
    }
}

#[test]
fn a_request_says_all_that_the_draft_says() {
    let upload = UploadId::new();
    let request = draft().with(upload, true);
    let expected = serde_json::json!({
        "upload": upload, "kind": "torchscript", "method": "m", "description": "d", "links": ["https://a.example"],
        "training_data": "outside", "ensemble": true,
        "team": "Alpha", "note": "n", "baseline": true, "again": true,
        "submitted_at": "2012-09-30T23:00:00Z",
    });
    assert_eq!(serde_json::to_value(&request).unwrap(), expected);
    let made = Draft { baseline: false, create_team: true, ..draft() }.with(upload, false);
    assert_eq!((made.again, made.baseline, made.create_team), (false, false, true));
}

#[test]
fn models_of_other_frameworks_are_sent_as_models_to_be_refused_by_name() {
    for name in
        ["a.pth", "a.ts", "a.torchscript", "a.pt2", "a.ptl", "a.onnx", "a.safetensors", "a.H5", "a.keras", "a.tflite"]
    {
        assert_eq!(kind_of(Path::new(name)), SubmissionKind::Torchscript, "{name}");
    }
    for name in ["a.csv", "a.txt", "a.zst", "a.json", "pt", "a.pt.csv"] {
        assert_eq!(kind_of(Path::new(name)), SubmissionKind::Predictions, "{name}");
    }
}
