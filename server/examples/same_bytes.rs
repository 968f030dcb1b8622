//! The peer of the board's route for `make bench`: an actix server that sends the bytes of a file
//! from memory.
//!
//! `same_bytes FILE WORKERS` prints the address it listens on.
#![expect(clippy::unwrap_used, reason = "a measuring program that cannot go on stops")]

use actix_web::{App, HttpResponse, HttpServer, web};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let bytes = web::Bytes::from(std::fs::read(arguments.next().unwrap()).unwrap());
    let workers = arguments.next().unwrap().parse().unwrap();
    actix_web::rt::System::new().block_on(async move {
        let server = HttpServer::new(move || {
            let bytes = bytes.clone();
            App::new().route(
                "/",
                web::get().to(move || {
                    let bytes = bytes.clone();
                    async move { HttpResponse::Ok().content_type("application/json").body(bytes) }
                }),
            )
        })
        .workers(workers)
        .bind("127.0.0.1:0")
        .unwrap();
        println!("http://{}/", server.addrs().first().unwrap());
        server.run().await.unwrap();
    });
}
