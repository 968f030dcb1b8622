use super::*;

/// Rules of a body of this length, if it told one: an address may send two at once.
fn rules(known: Option<usize>, bodies: &Bodies) -> Rules {
    let limits = LimitConfig { bodies_per_address: 2, body_bytes: 5000, ..LimitConfig::default() };
    Rules { limit: 10_000, known, from: "192.0.2.1".to_owned(), limits, bodies: bodies.clone() }
}

fn body(bodies: &Bodies) -> Body {
    let mut body = Body::new(Payload::None, rules(None, bodies), Rc::default());
    body.held = Some(body.rules.begin().unwrap());
    body
}

fn count(body: &mut Body, bytes: usize) -> Result<(), Error> {
    body.count(&Bytes::from(vec![b' '; bytes]))
}

#[test]
fn a_body_that_says_it_is_too_large_is_refused_before_it_is_read() {
    let bodies = Bodies::default();
    assert!(rules(Some(10_000), &bodies).begin().is_ok());
    let refused = rules(Some(10_001), &bodies).begin().err().unwrap().body().error;
    assert_eq!((refused.code, refused.reason), (ErrorCode::TooLarge, Some(Reason::BodyTooLarge)));
    assert_eq!(refused.detail, json!({ "limit": 10_000 }));
}

#[test]
fn an_address_sends_so_many_bodies_at_once_and_another_one_too() {
    let bodies = Bodies::default();
    let held = [rules(None, &bodies).begin().ok(), rules(None, &bodies).begin().ok()];
    assert!(held.iter().all(Option::is_some));
    assert_eq!(rules(None, &bodies).begin().err().unwrap().code(), ErrorCode::RateLimited);
    let other = Rules { from: "192.0.2.2".to_owned(), ..rules(None, &bodies) };
    assert!(other.begin().is_ok());
    drop(held);
    assert!(rules(None, &bodies).begin().is_ok());
}

#[actix_web::test]
async fn a_body_that_grows_beyond_its_limit_is_refused() {
    let bodies = Bodies::default();
    let mut body = body(&bodies);
    body.rules.limit = 100;
    count(&mut body, 60).unwrap();
    count(&mut body, 40).unwrap();
    assert_eq!(count(&mut body, 1).unwrap_err().code(), ErrorCode::TooLarge);
}

#[actix_web::test]
async fn an_array_is_no_body_however_much_is_blank_before_it() {
    let refused = |pieces: &[&'static str]| {
        let bodies = Bodies::default();
        let mut body = body(&bodies);
        let counted = pieces.iter().try_for_each(|piece| body.count(&Bytes::from_static(piece.as_bytes())));
        counted.err().map(|error| error.code())
    };
    assert_eq!(refused(&["[1]"]), Some(ErrorCode::InvalidBody));
    assert_eq!(refused(&[" \n", "\t", " ["]), Some(ErrorCode::InvalidBody));
    assert_eq!(refused(&[" {\"a\": ", "[1]}"]), None, "within an object a piece may begin with one");
}

#[actix_web::test]
async fn the_first_bytes_of_each_body_are_free_and_the_others_are_given_back() {
    let bodies = Bodies::default();
    let held = || bodies.held.load(Ordering::Acquire);
    let mut first = body(&bodies);
    count(&mut first, 2000).unwrap();
    assert_eq!(held(), 0);
    count(&mut first, 100).unwrap();
    assert_eq!(held(), 2100 - 2048);
    count(&mut first, 4000).unwrap();
    assert_eq!(held(), 6100 - 2048);
    let mut second = body(&bodies);
    count(&mut second, 2048).unwrap();
    assert_eq!(count(&mut second, 1000).unwrap_err().code(), ErrorCode::Unavailable, "5052 bytes are too many");
    drop(second);
    assert_eq!(held(), 6100 - 2048);
    drop(first);
    assert_eq!(held(), 0);
}
