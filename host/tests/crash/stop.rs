//! SIGTERM: no new requests, those under way are answered, and everything ends well.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use nix::sys::signal::Signal;
use serde_json::json;
use world_events::auth::Role;

use crate::program::{Program, event_request};

#[test]
fn a_request_under_way_is_answered() {
    let data_dir = tempfile::tempdir().unwrap();
    let program = Program::start(data_dir.path());
    let mut request = event_request(json!(null));
    request.as_object_mut().unwrap().remove("rules");
    let body = request.to_string();
    let mut connection = TcpStream::connect(&program.address).unwrap();
    write!(
        connection,
        "POST /events HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        program.token(Role::Designer),
        body.len(),
    )
    .unwrap();
    // The server asks for the body when it has taken the request up.
    let mut answer = [0; 25];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");

    program.signal(Signal::SIGTERM);
    while TcpStream::connect(&program.address).is_ok() {
        std::thread::yield_now();
    }
    connection.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    assert_eq!(program.end(), Some(0));
    assert!(!data_dir.path().join("postgres/postmaster.pid").exists());

    // It is not lost either.
    let program = Program::start(data_dir.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let list = runtime.block_on(async { program.client(Role::Operator).get("/events").await.expect(200) });
    assert_eq!(list["pagination"]["total"], 1);
    program.stop();
}
