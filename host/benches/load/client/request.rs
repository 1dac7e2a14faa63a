//! The bytes of requests.

use chrono::Utc;
use uuid::Uuid;
use world_events::auth::{Claims, KeySource, Keys, Role};

use super::spec::{Spec, Work};

/// The name of a player.
pub fn player(number: u64) -> String {
    format!("p{number:08}")
}

/// A token that outlives the benchmark.
pub fn token(keys: &Keys, sub: &str, role: Role) -> anyhow::Result<String> {
    let exp = u64::try_from(Utc::now().timestamp())? + 4 * 3600;
    Ok(keys.mint(&Claims { sub: sub.to_owned(), role, exp })?)
}

/// The keys of a shared secret.
pub fn keys(secret: &str) -> anyhow::Result<Keys> {
    Ok(Keys::load(&KeySource::Secret(secret.to_owned()), None, None)?)
}

/// What one connection sends, one request after the other.
pub struct Requests {
    spec: Spec,
    /// This connection's players: every so-many-th.
    next: u64,
    step: u64,
    start: u64,
    /// The round of reports that is sent now.
    pub sequence: u64,
    /// For work that is done once: made before the time runs, the last first.
    ready: Vec<Vec<u8>>,
    server_token: String,
}

impl Requests {
    /// Of connection `index`.
    pub fn new(spec: &Spec, keys: &Keys, index: u64) -> anyhow::Result<Self> {
        let server_token = token(keys, "load", Role::GameServer)?;
        let mut this = Self {
            spec: spec.clone(),
            next: index,
            step: spec.connections,
            start: index,
            sequence: spec.sequence + 1,
            ready: Vec::new(),
            server_token,
        };
        if spec.work.is_once() {
            for number in (index..spec.players).step_by(usize::try_from(spec.connections)?) {
                let name = player(spec.first + number);
                let token = token(keys, &name, Role::Player)?;
                let event = this.event(spec.first + number);
                let (path, body) = match spec.work {
                    Work::Join => ("participants", format!(r#"{{"playerId":"{name}"}}"#)),
                    _ => ("rewards", format!(r#"{{"playerId":"{name}","rewardType":"xp"}}"#)),
                };
                this.ready.push(this.bytes("POST", &format!("/events/{event}/{path}"), &token, &body));
            }
            this.ready.reverse();
        }
        Ok(this)
    }

    /// The next request; `None`: everything is done.
    pub fn next(&mut self) -> Option<Vec<u8>> {
        match &self.spec.work {
            Work::Join | Work::Claim => self.ready.pop(),
            Work::Report => {
                let number = self.turn(1);
                let (event, name) = (self.event(number), player(number));
                let body = report(None, number, self.sequence);
                Some(self.bytes("PUT", &format!("/events/{event}/participants/{name}"), &self.server_token, &body))
            }
            Work::Bulk(size) => {
                let size = *size;
                let first = self.turn(size);
                let reports: Vec<String> = (0..size)
                    .map(|offset| {
                        let number = self.spec.first + (first - self.spec.first + offset) % self.spec.players;
                        report(Some(&player(number)), number, self.sequence)
                    })
                    .collect();
                let body = format!(r#"{{"reports":[{}]}}"#, reports.join(","));
                let path = format!("/events/{}/progress", self.event(first));
                Some(self.bytes("POST", &path, &self.server_token, &body))
            }
            Work::Get(paths) => {
                let turn = usize::try_from(self.next).ok()? % paths.len().max(1);
                let bytes = self.bytes("GET", paths.get(turn)?, &self.server_token, "");
                self.next += 1;
                Some(bytes)
            }
        }
    }

    /// The next player of this connection. With its last player a round is over, and the sequence rises.
    fn turn(&mut self, size: u64) -> u64 {
        if self.next * size >= self.spec.players {
            // More connections than players: they share them, each with sequences of its own round.
            self.next = if self.start * size < self.spec.players { self.start } else { 0 };
            self.sequence += 1;
        }
        let number = self.spec.first + self.next * size;
        self.next += self.step;
        number
    }

    fn event(&self, number: u64) -> Uuid {
        let turn = usize::try_from(number).unwrap_or(0) % self.spec.events.len().max(1);
        self.spec.events.get(turn).copied().unwrap_or_default()
    }

    fn bytes(&self, method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
        let address = &self.spec.address;
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n");
        if !body.is_empty() {
            head += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        }
        head += "\r\n";
        head += body;
        head.into_bytes()
    }
}

/// Ten actions of a player, as the boss invasion takes them; alone, or as an item of many.
fn report(name: Option<&str>, number: u64, sequence: u64) -> String {
    let actions: Vec<String> = (0..10)
        .map(|action| {
            let amount = 10 + (number * 7 + sequence * 13 + action * 3) % 90;
            match action % 5 {
                4 => format!(r#"{{"kind":"heal","amount":{amount}}}"#),
                3 => format!(r#"{{"kind":"hit","amount":{amount},"attributes":{{"element":"fire"}}}}"#),
                _ => format!(r#"{{"kind":"hit","amount":{amount}}}"#),
            }
        })
        .collect();
    let player = name.map(|name| format!(r#""playerId":"{name}","#)).unwrap_or_default();
    format!(r#"{{{player}"actions":[{}],"sequence":{sequence}}}"#, actions.join(","))
}
