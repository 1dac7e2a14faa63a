//! One HTTP/1.1 connection that stays open.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context as _, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

/// An open connection and what was read from it.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects from 127.0.0.`source`, so that many processes do not run out of ports.
    pub async fn open(address: SocketAddr, source: u8) -> anyhow::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, source)), 0))?;
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a request and reads the whole answer: its status, and its body.
    pub async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<(u16, &[u8])> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("closed by the server");
            }
            let mut headers = [httparse::EMPTY_HEADER; 32];
            let mut head = httparse::Response::new(&mut headers);
            let httparse::Status::Complete(length) = head.parse(&self.buffer)? else { continue };
            let status = head.code.context("an answer without a status")?;
            let header = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
            let body: usize = match header {
                Some(header) => std::str::from_utf8(header.value)?.trim().parse()?,
                None if matches!(status, 204 | 304) => 0,
                None => bail!("an answer without a content-length"),
            };
            while self.buffer.len() < length + body {
                if self.stream.read_buf(&mut self.buffer).await? == 0 {
                    bail!("closed by the server");
                }
            }
            return Ok((status, self.buffer.get(length..length + body).unwrap_or_default()));
        }
    }
}
