//! What is counted of requests.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::{counter::Counter, family::Family, histogram::Histogram};
use prometheus_client::registry::{Registry, Unit};

use super::metrics::OTHER;

/// The label of requests that no route matched.
const UNMATCHED: &str = "unmatched";

/// Seconds. Fine around 15 ms, which is the promised P99 of event operations.
const BUCKETS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

/// Where requests of one kind are counted.
#[derive(Clone)]
struct Series {
    method: &'static str,
    status: StatusCode,
    answered: Counter,
    seconds: Histogram,
}

impl Series {
    fn count(&self, elapsed: Duration) {
        self.answered.inc();
        self.seconds.observe(elapsed.as_secs_f64());
    }
}

/// Requests that were answered.
pub(super) struct Requests {
    answered: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    /// By route: looked up without making labels, as it happens with every request.
    known: RwLock<HashMap<String, Vec<Series>>>,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            answered: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            known: RwLock::default(),
        }
    }
}

impl Requests {
    /// Has them written into each scrape.
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests answered, by method, route and status", self.answered.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time from a request's head to its answer's head",
            Unit::Seconds,
            self.seconds.clone(),
        );
    }

    /// Counts one. `route` is the template that matched.
    pub(super) fn count(&self, method: &Method, route: Option<&str>, status: StatusCode, elapsed: Duration) {
        let (method, route) = (method_label(method), route.unwrap_or(UNMATCHED));
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let of_kind = |series: &&Series| series.method == method && series.status == status;
        match known.get(route).and_then(|series| series.iter().find(of_kind)) {
            Some(series) => series.count(elapsed),
            None => {
                drop(known);
                self.first(method, route, status).count(elapsed);
            }
        }
    }

    /// Where the first request of its kind is counted, and all that follow it.
    fn first(&self, method: &'static str, route: &str, status: StatusCode) -> Series {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let labels = RequestLabels { method, route: route.to_owned(), status: status.as_u16() };
        let series = Series {
            method,
            status,
            answered: self.answered.get_or_create_owned(&labels),
            seconds: self.seconds.get_or_create_owned(&RouteLabels { method, route: labels.route }),
        };
        let of_route = known.entry(route.to_owned()).or_default();
        if !of_route.iter().any(|other| other.method == method && other.status == status) {
            of_route.push(series.clone());
        }
        series
    }
}

/// Clients can send any word as a method; only the standard ones are told apart.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Metrics;

    #[test]
    fn requests_are_counted_by_route_and_status() {
        let metrics = Metrics::new();
        for _ in 0..3 {
            metrics.http_request(&Method::GET, Some("/events/{eventId}"), StatusCode::OK, Duration::from_millis(2));
        }
        metrics.http_request(&Method::GET, Some("/events/{eventId}"), StatusCode::NOT_FOUND, Duration::from_secs(60));
        metrics.http_request(&Method::from_bytes(b"BREW").unwrap(), None, StatusCode::NOT_FOUND, Duration::ZERO);
        let text = metrics.encode();
        for line in [
            r#"world_events_http_requests_total{method="GET",route="/events/{eventId}",status="200"} 3"#,
            r#"world_events_http_requests_total{method="GET",route="/events/{eventId}",status="404"} 1"#,
            r#"world_events_http_requests_total{method="other",route="unmatched",status="404"} 1"#,
            r#"world_events_http_request_duration_seconds_bucket{le="0.0025",method="GET",route="/events/{eventId}"} 3"#,
            r#"world_events_http_request_duration_seconds_count{method="GET",route="/events/{eventId}"} 4"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }
}
