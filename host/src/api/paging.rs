//! Pages of lists on the wire.

use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::error::ApiError;
use crate::store::{Cursor, Page, PageRequest};

/// Where a page lies in its list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PaginationMeta)]
pub struct Pagination {
    /// At most how many rows a page has.
    pub limit: u32,
    /// How many rows were passed over.
    pub offset: u32,
    /// How many rows the whole list has.
    pub total: i64,
    /// What to give as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl Pagination {
    /// Where this page lies.
    pub fn of<T, K: Serialize + DeserializeOwned>(request: &PageRequest<K>, page: &Page<T, K>) -> Self {
        Self {
            limit: request.limit,
            offset: request.offset,
            total: page.total,
            next_cursor: page.next.as_ref().map(Cursor::encode),
        }
    }
}

/// How large pages of a list are.
#[derive(Debug, Clone, Copy)]
pub struct PageSize {
    /// Without `limit`.
    pub default: u32,
    /// The largest `limit`.
    pub max: u32,
}

/// The largest offset; deeper pages are reached by cursor.
const MAX_OFFSET: i64 = 2_147_483_647;

/// Checks the parameters that all lists share.
///
/// # Errors
/// 400 with the parameter that is wrong.
pub fn page_request<K: Serialize + DeserializeOwned>(
    limit: Option<i64>,
    offset: Option<i64>,
    cursor: Option<&str>,
    size: PageSize,
) -> Result<PageRequest<K>, ApiError> {
    let within = |field: &str, value: i64, min: i64, max: i64| {
        if !(min..=max).contains(&value) {
            return Err(ApiError::invalid(field, format!("must be an integer from {min} to {max}, is {value}")));
        }
        u32::try_from(value).map_err(ApiError::internal)
    };
    Ok(PageRequest {
        limit: limit.map_or(Ok(size.default), |limit| within("limit", limit, 1, size.max.into()))?,
        offset: offset.map_or(Ok(0), |offset| within("offset", offset, 0, MAX_OFFSET))?,
        after: cursor
            .map(Cursor::decode)
            .transpose()
            .map_err(|error| ApiError::invalid("cursor", error.to_string()))?,
    })
}
