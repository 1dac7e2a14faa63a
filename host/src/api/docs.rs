//! The OpenAPI document, and the pages that show it.

use axum::routing::get;
use axum::{Json, Router};
use utoipa::openapi::path::Operation;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, ContentBuilder, InfoBuilder, LicenseBuilder, OpenApi, Ref, RefOr, SecurityRequirement, Server,
};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::error::ErrorBody;

/// What every operation may answer, whatever it does.
const ALWAYS: [(&str, &str); 4] = [
    ("401", "The token is missing or not valid"),
    ("403", "The caller's role may not do this"),
    ("500", "The server, or a rule, failed"),
    ("503", "The server is busy; try again after the time in Retry-After"),
];

/// Adds what holds for all operations: who serves them, how callers say who they are, what errors look like.
pub(super) fn complete(mut document: OpenApi, prefix: &str) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("World Events")
        .description(Some("Timed game events whose rules are WebAssembly plugins."))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    document.servers = Some(vec![Server::new(if prefix.is_empty() { "/" } else { prefix })]);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_with(Components::new);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.schemas.insert(ErrorBody::name().into_owned(), ErrorBody::schema());
    document.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    for item in document.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten() {
            complete_operation(operation);
        }
    }
    document
}

fn complete_operation(operation: &mut Operation) {
    if operation.operation_id.as_deref() == Some("healthCheck") {
        return;
    }
    for (status, description) in ALWAYS {
        let response = ResponseBuilder::new().description(description).build();
        operation.responses.responses.entry(status.to_owned()).or_insert(RefOr::T(response));
    }
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.starts_with(['4', '5']), response) {
            let body = ContentBuilder::new().schema(Some(Ref::from_schema_name(ErrorBody::name()))).build();
            response.content.insert("application/json".to_owned(), RefOr::T(body));
        }
    }
}

/// `/openapi.json`, below the prefix.
pub(super) fn document(document: OpenApi) -> Router {
    Router::new().route("/openapi.json", get(|| async { Json(document) }))
}

/// `/docs`, to read the document. It leads from `/docs` to `/docs/`, so it has to know what both begin with.
pub(super) fn pages(prefix: &str) -> Router {
    let document = format!("{prefix}/openapi.json");
    SwaggerUi::new(format!("{prefix}/docs")).config(Config::new([document])).into()
}
