//! Reads the columns of rows into the types of the model.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{Error, Row};

fn unreadable(column: &str, why: impl Display) -> Error {
    Error::ColumnDecode { index: column.to_owned(), source: why.to_string().into() }
}

/// A text column whose words the type knows.
pub(super) fn text<T>(row: &PgRow, column: &str) -> Result<T, Error>
where
    T: FromStr,
    T::Err: Display,
{
    row.try_get::<&str, _>(column)?.parse().map_err(|error| unreadable(column, error))
}

/// A text column that may be null.
pub(super) fn optional_text<T>(row: &PgRow, column: &str) -> Result<Option<T>, Error>
where
    T: FromStr,
    T::Err: Display,
{
    let text: Option<&str> = row.try_get(column)?;
    text.map(|text| text.parse().map_err(|error| unreadable(column, error))).transpose()
}

/// An integer column within the type's range.
pub(super) fn integer<T>(row: &PgRow, column: &str) -> Result<T, Error>
where
    T: TryFrom<i64>,
    T::Error: Display,
{
    row.try_get::<i64, _>(column)?.try_into().map_err(|error| unreadable(column, error))
}

/// An integer column (`bigint`) that may be null.
pub(super) fn optional_integer<T>(row: &PgRow, column: &str) -> Result<Option<T>, Error>
where
    T: TryFrom<i64>,
    T::Error: Display,
{
    let number: Option<i64> = row.try_get(column)?;
    number.map(|number| number.try_into().map_err(|error| unreadable(column, error))).transpose()
}

/// A JSON column.
pub(super) fn json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<T, Error> {
    row.try_get::<Json<T>, _>(column).map(|json| json.0)
}

/// A JSON column that may be null.
pub(super) fn optional_json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<Option<T>, Error> {
    row.try_get::<Option<Json<T>>, _>(column).map(|json| json.map(|json| json.0))
}

/// A column of several words that the type knows.
pub(super) fn texts<T, C>(row: &PgRow, column: &str) -> Result<C, Error>
where
    T: FromStr,
    T::Err: Display,
    C: FromIterator<T>,
{
    let words: Vec<String> = row.try_get(column)?;
    words.iter().map(|word| word.parse().map_err(|error| unreadable(column, error))).collect()
}
