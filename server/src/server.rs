//! Starting and stopping the server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::{App as ActixApp, HttpServer, web};

use crate::app::App;
use crate::auth::PublicUrl;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::evaluations::reaper;
use crate::extraction::path_config;
use crate::load::{Connections, MAX_OUTCOME, answers, connections, guard, raise_descriptor_limit};
use crate::messages::sender;
use crate::middleware;
use crate::news;
use crate::ranking;
use crate::receipts;
use crate::rescoring;
use crate::router;
use crate::stand_in::stand_in;
use crate::sweeper;
use crate::webhooks;

/// A client has so long to send the head of a request, or the first request of a connection.
const HEAD: Duration = Duration::from_secs(10);
/// A connection is kept so long without a request.
const IDLE: Duration = Duration::from_secs(15);

/// A server that answers requests.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its parts.
    pub app: Arc<App>,
    handle: ServerHandle,
    finished: tokio::task::JoinHandle<std::io::Result<()>>,
    background: Vec<tokio::task::JoinHandle<()>>,
}

impl Running {
    /// Is no longer ready, for `drain_seconds` answers whoever has not noticed yet, and then
    /// finishes what has begun.
    pub async fn stop(self) {
        self.app.stopping.store(true, Ordering::Release);
        tokio::time::sleep(Duration::from_secs(self.app.config.drain_seconds)).await;
        self.background.iter().for_each(tokio::task::JoinHandle::abort);
        // Those who wait for something to happen are answered now.
        self.app.changes.stop();
        self.handle.stop(true).await;
        if let Some(mailer) = &self.app.mailer {
            mailer.finish().await;
        }
        self.app.webhooks.finish().await;
        self.finished.await.ok();
    }

    /// Waits until the server has stopped.
    ///
    /// # Errors
    /// If it failed.
    pub async fn wait(self) -> Result<()> {
        self.finished.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

/// Starts a server; call it inside an actix runtime. It listens when this returns.
///
/// # Errors
/// If database or blob store cannot be reached, or the address cannot be had.
pub async fn start(config: Config) -> Result<Running> {
    listen(App::open(config).await?)
}

/// Answers requests with these parts.
///
/// # Errors
/// If the address cannot be had.
pub(crate) fn listen(app: Arc<App>) -> Result<Running> {
    let data = web::Data::from(Arc::clone(&app));
    let listen = app.config.listen;
    raise_descriptor_limit();
    let (workers, most) = (app.config.workers, app.config.limits.connections);
    let (open, config) = (Connections::default(), app.config.clone());
    let public_url = config.public_url.clone();
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(data.clone())
            // The guard knows the limit of each route.
            .app_data(web::PayloadConfig::new(MAX_OUTCOME))
            .app_data(PublicUrl(public_url.clone()))
            .app_data(path_config())
            .configure(router::configure)
            .wrap(from_fn(stand_in))
            .wrap(from_fn(guard))
            .wrap(from_fn(answers::send))
            .wrap(from_fn(middleware::observe))
            .wrap(from_fn(connections::take_turns))
    })
    .on_connect(move |connection, data| open.opened(&config, connection, data))
    // A client that hangs up is noticed at once: what it waited for, such as a stream, is freed.
    .h1_allow_half_closed(false)
    // Head and body of a streamed answer leave as they come: waiting for the client's
    // acknowledgement costs 40 ms each.
    .tcp_nodelay(true)
    .workers(workers)
    .max_connections(most.div_ceil(workers))
    .client_request_timeout(HEAD)
    .keep_alive(IDLE)
    .disable_signals()
    .shutdown_timeout(10)
    .bind(listen)
    .map_err(|error| Error::Listen(listen, error))?;
    let address = server.addrs().first().copied().ok_or_else(|| Error::internal("no address"))?;
    let server = server.run();
    let handle = server.handle();
    let finished = tokio::spawn(server);
    let background = background(&app);
    Ok(Running { address, app, handle, finished, background })
}

/// Starts what the server does without being asked.
fn background(app: &Arc<App>) -> Vec<tokio::task::JoinHandle<()>> {
    let sweeping = Arc::clone(app);
    vec![
        tokio::spawn(reaper::run(Arc::clone(app))),
        tokio::spawn(async move { sweeper::sweep_at_intervals(&sweeping).await }),
        tokio::spawn(ranking::watch(Arc::clone(app))),
        tokio::spawn(rescoring::worker::work(Arc::clone(app))),
        tokio::spawn(news::recorder::work(Arc::clone(app))),
        tokio::spawn(sender::work(Arc::clone(app))),
        tokio::spawn(webhooks::sender::work(Arc::clone(app))),
        tokio::spawn(receipts::sequencer::work(Arc::clone(app))),
    ]
}
