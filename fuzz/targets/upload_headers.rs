//! The headers of tus: one header a line, `name: value`, as they stand in a request.
#![no_main]

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use holdout_server::fuzzing::read_upload_headers;
use libfuzzer_sys::fuzz_target;

fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "Tus-Resumable: 1.0.0\nContent-Type: application/offset+octet-stream\nUpload-Offset: 17\nContent-Length: 4",
        "Upload-Length: 1000\nUpload-Metadata: filename YS50eHQ=,season ZGVtbw==,task YQ==,kind cHJlZGljdGlvbnM=",
        "Upload-Checksum: sha1 Lve95gjOVATpfV8EL5X4nxwjKHE=",
        "Upload-Checksum: sha256 ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        "Upload-Metadata: sha256 YmE3ODE2YmY4ZjAxY2ZlYTQxNDE0MGRlNWRhZTIyMjNiMDAzNjFhMzk2MTc3YTljYjQxMGZmNjFmMjAwMTVhZA==,x",
        "Upload-Defer-Length: 1\nUpload-Length: +5",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

fuzz_target!(init: holdout_fuzz::seed("upload_headers", seeds()), |bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let (name, value) = line.split_at(line.iter().position(|byte| *byte == b':').unwrap_or(line.len()));
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    read_upload_headers(&headers);
});
