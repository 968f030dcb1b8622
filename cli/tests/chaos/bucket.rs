//! A real S3 server in this process, over a folder.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;

const BUCKET: &str = "holdout";
const KEY: &str = "test-key";
const SECRET: &str = "test-secret";

/// A bucket.
pub struct Bucket {
    address: SocketAddr,
    folder: PathBuf,
}

impl Bucket {
    /// Serves an empty bucket whose objects are files below `folder`.
    pub fn below(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    let service = service.clone();
                    tokio::spawn(async move {
                        let stream = hyper_util::rt::TokioIo::new(stream);
                        let server = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
                        // A client may hang up at any time.
                        server.serve_connection(stream, service).await.ok();
                    });
                }
            });
        });
        Self { address, folder: folder.join(BUCKET) }
    }

    /// Returns where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of its objects.
    pub fn objects(&self) -> PathBuf {
        self.folder.clone()
    }

    /// Returns what makes a server keep its blobs there, reached at `address`.
    pub fn environment(address: SocketAddr) -> Vec<(&'static str, String)> {
        vec![
            ("HOLDOUT_BLOBS", format!("s3://{BUCKET}/season")),
            ("AWS_ENDPOINT", format!("http://{address}")),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }
}
