//! Files as answers, whole or a range of them.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE};

use crate::error::Error;
use crate::evaluations::file::{File, Part};

/// Answers with a file, or with the part of it that was asked for.
pub fn reply(file: File) -> HttpResponse {
    let (mut reply, length) = match &file.part {
        Part::All => (HttpResponse::Ok(), file.size),
        Part::Some(range) => {
            let mut reply = HttpResponse::PartialContent();
            let last = range.end.saturating_sub(1);
            reply.insert_header((CONTENT_RANGE, format!("bytes {}-{last}/{}", range.start, file.size)));
            (reply, range.end.saturating_sub(range.start))
        }
        Part::Beyond => return unsatisfiable(file.size),
    };
    reply.insert_header((ACCEPT_RANGES, "bytes")).insert_header((CONTENT_TYPE, "application/octet-stream"));
    reply.body(SizedStream::new(length, file.bytes))
}

fn unsatisfiable(size: u64) -> HttpResponse {
    let error = Error::invalid("Range", format!("the file has {size} bytes and ends before the range"));
    HttpResponse::RangeNotSatisfiable().insert_header((CONTENT_RANGE, format!("bytes */{size}"))).json(error.body())
}
