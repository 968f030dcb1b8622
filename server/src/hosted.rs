//! A server on a thread of its own, for programs that do other things as well.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::app::App;
use crate::bootstrap;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::organizers::setup;
use crate::server;

/// A running server on its own thread.
pub struct Hosted {
    /// Where it listens.
    pub address: SocketAddr,
    /// The code of a link that sets the first organizer up; `None` if an organizer has a password.
    pub setup_code: Option<String>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<()>>,
}

impl Hosted {
    /// Starts a server and waits until it listens. With `tokens`, the organizer's account is there
    /// afterwards, and the folder has its token and a scorer's.
    ///
    /// # Errors
    /// If database or blob store cannot be reached, the address cannot be had, or the tokens cannot
    /// be written.
    pub fn start(config: Config, tokens: Option<PathBuf>) -> Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("server".to_owned())
            .spawn(move || {
                actix_web::rt::System::new().block_on(async move {
                    let app = App::open(config).await?;
                    // Before it listens: who sees it answer finds the tokens written.
                    if let Some(folder) = tokens {
                        bootstrap::bootstrap(&app, &folder).await?;
                    }
                    let setup_code = setup::offer(&app).await?.map(|link| link.code);
                    let running = server::listen(app)?;
                    // Whoever started it may have gone away; then it stops at once.
                    ready.send((running.address, setup_code)).ok();
                    stopped.await.ok();
                    running.stop().await;
                    Ok(())
                })
            })
            .map_err(Error::internal)?;
        match started.recv() {
            Ok((address, setup_code)) => Ok(Self { address, setup_code, stop, thread }),
            Err(_) => Err(join(thread).err().unwrap_or_else(|| Error::internal("the server ended at its start"))),
        }
    }

    /// Returns true if the server has ended by itself.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Answers what has been begun, then stops.
    ///
    /// # Errors
    /// If it had failed before.
    pub fn stop(self) -> Result<()> {
        // A server that has ended takes no message; its thread tells why.
        self.stop.send(()).ok();
        join(self.thread)
    }
}

fn join(thread: JoinHandle<Result<()>>) -> Result<()> {
    thread.join().unwrap_or_else(|_| Err(Error::internal("the server's thread panicked")))
}
