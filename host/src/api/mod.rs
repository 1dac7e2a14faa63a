//! The REST API: one file per resource, extractors, errors, OpenAPI.
