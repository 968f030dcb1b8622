//! Files as answers, whole or a range of them.

use actix_web::body::SizedStream;
use actix_web::http::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use actix_web::{HttpRequest, HttpResponse};

use crate::error::Error;
use crate::evaluations::file::{File, Part};

/// The range of bytes that a request asks for, as it is written.
pub fn range(request: &HttpRequest) -> Option<String> {
    request.headers().get(RANGE).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

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

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    fn answer(part: Part) -> HttpResponse {
        reply(File { size: 10, part, bytes: futures_util::stream::empty().boxed() })
    }

    fn header(answer: &HttpResponse, name: actix_web::http::header::HeaderName) -> Option<String> {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    }

    fn length(answer: &HttpResponse) -> actix_web::body::BodySize {
        actix_web::body::MessageBody::size(answer.body())
    }

    #[test]
    fn a_range_is_told_by_its_first_and_its_last_byte() {
        use actix_web::body::BodySize::Sized;
        let whole = answer(Part::All);
        assert_eq!((whole.status().as_u16(), length(&whole), header(&whole, CONTENT_RANGE)), (200, Sized(10), None));
        let some = answer(Part::Some(3..7));
        assert_eq!((some.status().as_u16(), length(&some)), (206, Sized(4)));
        assert_eq!(header(&some, CONTENT_RANGE).as_deref(), Some("bytes 3-6/10"));
        for found in [&whole, &some] {
            assert_eq!(header(found, ACCEPT_RANGES).as_deref(), Some("bytes"));
        }
    }

    #[test]
    fn a_range_beyond_the_file_is_refused_with_its_size() {
        let beyond = answer(Part::Beyond);
        assert_eq!(beyond.status().as_u16(), 416);
        assert_eq!(header(&beyond, CONTENT_RANGE).as_deref(), Some("bytes */10"));
    }
}
