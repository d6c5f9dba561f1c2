//! TLS, and clients that take their time.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::Client;
use crate::program::Program;

/// Makes a certificate for this machine and writes its files.
fn certificate(directory: &std::path::Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(directory.join("cert.pem"), cert.pem()).unwrap();
    fs::write(directory.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

/// Whether the program answers over TLS with a certificate that is trusted here.
fn answers(port: u16, trusted: &CertificateDer<'static>) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut answer = Vec::new();
    stream.write_all(request).is_ok()
        && stream.read_to_end(&mut answer).is_ok()
        && answer.starts_with(b"HTTP/1.1 200 OK")
}

#[test]
fn tls_is_served_from_files_that_are_read_again_on_sighup() {
    let directory = tempfile::tempdir().unwrap();
    let first = certificate(directory.path());
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let arguments = ["--tls-cert", &cert, "--tls-key", &key];
    let program = Program::start_with(directory.path(), &arguments);
    assert!(
        program.ready.url.starts_with("https://"),
        "{}",
        program.ready.url
    );
    let port = program
        .ready
        .url
        .rsplit(':')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(answers(port, &first));
    let second = certificate(directory.path());
    assert!(
        !answers(port, &second),
        "a certificate is not read before it is asked for"
    );
    program.hang_up();
    let deadline = Instant::now() + Duration::from_secs(5);
    while !answers(port, &second) {
        assert!(
            Instant::now() < deadline,
            "the new certificate is not served"
        );
        sleep(Duration::from_millis(50));
    }
    assert!(!answers(port, &first));
}

/// The first and the second part of a request that makes a key.
fn begin_of_import(program: &Program) -> (String, &'static str) {
    const BODY: &str = r#"{"metadata":{},"resources":[{"name":"key","extractable":false}]}"#;
    let client = Client::new(&program.ready, program.ready.api_key.as_ref().unwrap());
    let (token, instance) = (client.token(), &program.ready.instance);
    let (first, second) = BODY.split_at(20);
    let head = format!(
        "POST /api/v2/keys HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer \
         {token}\r\nbluemix-instance: {instance}\r\ncontent-length: {}\r\n\r\n",
        BODY.len()
    );
    (head + first, second)
}

#[test]
fn a_request_that_has_begun_is_answered_before_the_program_stops() {
    let directory = tempfile::tempdir().unwrap();
    let mut program = Program::start(directory.path());
    let address = program
        .ready
        .url
        .strip_prefix("http://")
        .unwrap()
        .to_owned();
    let (first, second) = begin_of_import(&program);
    let mut socket = TcpStream::connect(&address).unwrap();
    socket.write_all(first.as_bytes()).unwrap();
    sleep(Duration::from_millis(300));
    program.ask_to_stop();
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "new connections are accepted");
        sleep(Duration::from_millis(50));
    }
    socket.write_all(second.as_bytes()).unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert!(program.ends_well());
}

/// Sends part of a request and waits for what the program does about it.
fn stall(arguments: &[&str], part: impl Fn(&Program) -> String) -> (String, Duration) {
    let directory = tempfile::tempdir().unwrap();
    let program = Program::start_with(directory.path(), arguments);
    let address = program.ready.url.strip_prefix("http://").unwrap();
    let part = part(&program);
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(part.as_bytes()).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let start = Instant::now();
    let mut rest = Vec::new();
    let end = socket.read_to_end(&mut rest);
    assert!(end.is_ok(), "{end:?}");
    (String::from_utf8(rest).unwrap(), start.elapsed())
}

#[test]
fn a_client_that_does_not_finish_the_head_of_its_request_is_cut_off() {
    let part = |_: &Program| "GET /healthz HTTP/1.1\r\nhost: ".to_owned();
    let (_, time) = stall(&["--head-timeout", "2"], part);
    assert!(time < Duration::from_secs(10), "{time:?}");
}

#[test]
fn a_client_that_does_not_finish_its_body_is_cut_off_and_nothing_is_written() {
    let begin = |program: &Program| begin_of_import(program).0;
    let (said, time) = stall(&["--request-timeout", "2"], begin);
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.contains("REQUEST_TIMEOUT_ERR"), "{said}");
    assert!(
        said.contains("application/vnd.ibm.kms.error+json"),
        "{said}"
    );
    assert!(time < Duration::from_secs(10), "{time:?}");
}

/// Sends one request on a connection of its own and returns the answer.
fn exchange(program: &Program, request: &str) -> String {
    let address = program.ready.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = socket.read_to_end(&mut answer);
    assert!(end.is_ok() || !answer.is_empty(), "{end:?}");
    String::from_utf8(answer).unwrap()
}

/// Requires a refusal with the body that every refusal has.
fn is_refused(answer: &str, status: u16, code: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    assert!(
        head.contains("content-type: application/vnd.ibm.kms.error+json"),
        "{answer}"
    );
    let json: serde_json::Value = serde_json::from_str(body).unwrap();
    let refusal = &json["resources"][0];
    assert!(refusal["errorMsg"].is_string(), "{answer}");
    assert_eq!(refusal["reasons"][0]["code"], code, "{answer}");
    assert_eq!(refusal["reasons"][0]["status"], status, "{answer}");
}

#[test]
fn a_head_that_is_too_long_is_refused_with_a_reason() {
    const CODE: &str = "HEADER_TOO_LARGE_ERR";
    let directory = tempfile::tempdir().unwrap();
    let program = Program::start(directory.path());
    let head = |fields: &str| {
        format!(
            "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncorrelation-id: c-1\r\n\
             {fields}\r\n"
        )
    };
    let long = |len: usize| head(&format!("long: {}\r\n", "x".repeat(len)));
    for len in [1 << 20, 65 << 10] {
        let answer = exchange(&program, &long(len));
        is_refused(&answer, 431, CODE);
        assert!(answer.contains("correlation-id: c-1\r\n"), "{answer}");
    }
    is_refused(
        &exchange(&program, &head(&"a: b\r\n".repeat(200))),
        431,
        CODE,
    );
    for fine in [head(""), long(60 << 10), head(&"a: b\r\n".repeat(90))] {
        let answer = exchange(&program, &fine);
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused_with_a_reason() {
    let directory = tempfile::tempdir().unwrap();
    let program = Program::start(directory.path());
    let client = Client::new(&program.ready, program.ready.api_key.as_ref().unwrap());
    let (token, instance) = (client.token(), &program.ready.instance);
    let body = "x".repeat(300 << 10);
    let request = format!(
        "POST /api/v2/keys HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer \
         {token}\r\nbluemix-instance: {instance}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    is_refused(&exchange(&program, &request), 413, "BODY_TOO_LARGE_ERR");
}
