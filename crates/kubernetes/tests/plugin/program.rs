//! The program itself: its start, its end, and who may have its socket.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tonic::transport::Endpoint;
use tsutsumi_kms_api::{EncryptRequest, KeyManagementServiceClient, StatusRequest};

use crate::bench::{Bench, Fault, within};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Program {
    fn start(bench: &Bench, socket: &Path) -> Self {
        let service = &bench.root_key;
        let crn = format!(
            "crn:v1:bluemix:public:kms:us-south:a/1:{}:key:{}",
            service.instance, service.id
        );
        let child = Command::new(env!("CARGO_BIN_EXE_tsutsumi-kubernetes"))
            .args(["--url", &bench.url, "--key", &crn, "--cluster", "c"])
            .args(["--listen", "127.0.0.1:0", "--socket"])
            .arg(socket)
            .arg("--api-key-file")
            .arg(bench.api_key_file())
            .stderr(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    async fn ended(&mut self, time: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < time, "it does not end in {time:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

type Client = KeyManagementServiceClient<tonic::transport::Channel>;

fn client(socket: &Path) -> Client {
    let endpoint = Endpoint::from_shared(format!("unix://{}", socket.display()));
    KeyManagementServiceClient::new(endpoint.unwrap().connect_lazy())
}

async fn ready(socket: &Path) -> Client {
    within(Duration::from_secs(10), || socket.exists()).await;
    let begun = Instant::now();
    loop {
        let mut client = client(socket);
        if client.status(StatusRequest {}).await.is_ok() {
            return client;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "it is not ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn socket() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("kms.sock");
    (folder, socket)
}

#[tokio::test]
async fn a_call_under_way_is_answered_when_it_is_told_to_end() {
    let (bench, (_folder, socket)) = (Bench::new().await, socket());
    let mut program = Program::start(&bench, &socket);
    let mut client = ready(&socket).await;
    let slow = Fault::Slow(Duration::from_millis(700));
    let asked = bench.control.count("/wrap");
    bench.control.fail("/wrap", 1, slow);
    let call = tokio::spawn(async move {
        let request = EncryptRequest {
            plaintext: vec![7; 32],
            uid: "end".into(),
        };
        client.encrypt(request).await
    });
    within(Duration::from_secs(2), || {
        bench.control.count("/wrap") > asked
    })
    .await;
    program.signal("TERM");
    assert!(call.await.unwrap().is_ok());
    assert!(program.ended(Duration::from_secs(3)).await.success());
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_second_one_does_not_get_the_socket_and_the_next_one_after_a_crash_does() {
    let (bench, (_folder, socket)) = (Bench::new().await, socket());
    let mut first = Program::start(&bench, &socket);
    ready(&socket).await;
    let mut second = Program::start(&bench, &socket);
    assert_eq!(second.ended(Duration::from_secs(5)).await.code(), Some(1));
    ready(&socket).await;
    first.signal("KILL");
    first.ended(Duration::from_secs(2)).await;
    assert!(socket.exists());
    let _third = Program::start(&bench, &socket);
    ready(&socket).await;
}

#[tokio::test]
async fn it_starts_without_the_key_service_and_says_so() {
    let (bench, (_folder, socket)) = (Bench::new().await, socket());
    bench.control.fail("/", u32::MAX, Fault::Status(503));
    let _program = Program::start(&bench, &socket);
    within(Duration::from_secs(10), || socket.exists()).await;
    let early = client(&socket).status(StatusRequest {}).await.unwrap_err();
    assert_eq!(early.code(), tonic::Code::Unavailable);
    bench.control.mend();
    ready(&socket).await;
}
