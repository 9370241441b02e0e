//! Figures that agencies send: the latest of each holds, those before it stay.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::catalogue::{number, position};
use super::error::{internal, is_unique_violation};
use super::publication::{index_of, listed};
use super::schema::{clients, indicators, pushed_observations};
use super::{Conn, per_backend};
use crate::domain::decimal::Decimal;
use crate::domain::indicator::{Catalogue, Nature, Span};
use crate::domain::observation::{Observation, Operator, Origin, SurveyMethod};
use crate::domain::pushed::PushedFigure;
use crate::domain::quarter::Quarter;
use crate::error::{Error, Result};

/// Rows per insert statement: fifteen binds each, below the 32,766 that SQLite takes in one statement.
const ROWS_PER_INSERT: usize = 1_000;

/// A figure that was sent, with its row and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The key of the row; later ones are larger.
    pub id: i64,
    /// The position of the ward in the book.
    pub area: usize,
    /// The quarter.
    pub quarter: Quarter,
    /// The request that brought it.
    pub request_id: Option<String>,
    /// The figure.
    pub pushed: PushedFigure,
}

/// A figure to be kept.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// The position of the ward in the book.
    pub area: usize,
    /// The quarter.
    pub quarter: Quarter,
    /// The figure; it is of no project.
    pub figure: &'a Observation,
}

/// Who sends figures, when, and by which request.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// The id of the client.
    pub client: &'a str,
    /// When, in UTC.
    pub at: NaiveDateTime,
    /// The request.
    pub request_id: Option<&'a str>,
}

/// What figures are narrowed by.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only this client's.
    pub client: Option<String>,
    /// Only of this ward, by its position in the book.
    pub area: Option<usize>,
    /// Only of this quarter.
    pub quarter: Option<Quarter>,
    /// Only of this indicator, by its code.
    pub indicator: Option<String>,
    /// Only rows with a larger key.
    pub after: Option<i64>,
    /// How many at most.
    pub limit: Option<i64>,
}

type Selected = (
    (i64, String, String, i32, i32, String),
    (i16, i16, i64, i16, i16, Option<i16>),
    (String, Option<String>, NaiveDateTime, Option<String>),
);

/// The figures that hold and pass a filter, in the order in which they came.
///
/// # Errors
/// Where the database is away or holds what it cannot.
pub fn current(conn: &mut Conn, filter: &Filter) -> Result<Vec<Row>> {
    let mut wanted = pushed_observations::table
        .inner_join(clients::table)
        .inner_join(indicators::table)
        .filter(pushed_observations::superseded_at.is_null())
        .order(pushed_observations::id)
        .select((
            (
                pushed_observations::id,
                clients::id,
                clients::name,
                pushed_observations::area,
                pushed_observations::quarter,
                indicators::code,
            ),
            (
                pushed_observations::nature,
                pushed_observations::operator,
                pushed_observations::mantissa,
                pushed_observations::scale,
                pushed_observations::span,
                pushed_observations::method,
            ),
            (
                pushed_observations::reference_period,
                pushed_observations::note,
                pushed_observations::pushed_at,
                pushed_observations::request_id,
            ),
        ))
        .into_boxed();
    if let Some(client) = &filter.client {
        wanted = wanted.filter(pushed_observations::client.eq(client));
    }
    if let Some(area) = filter.area {
        wanted = wanted.filter(pushed_observations::area.eq(number(area)?));
    }
    if let Some(quarter) = filter.quarter {
        wanted = wanted.filter(pushed_observations::quarter.eq(quarter.serial()));
    }
    if let Some(indicator) = &filter.indicator {
        wanted = wanted.filter(indicators::code.eq(indicator));
    }
    if let Some(after) = filter.after {
        wanted = wanted.filter(pushed_observations::id.gt(after));
    }
    if let Some(limit) = filter.limit {
        wanted = wanted.limit(limit);
    }
    let rows: Vec<Selected> = wanted.load(conn).map_err(internal)?;
    rows.into_iter().map(row).collect()
}

/// The figures that hold for one ward's quarter.
///
/// # Errors
/// As [`current`].
pub fn of_report(conn: &mut Conn, area: usize, quarter: Quarter) -> Result<Vec<Row>> {
    current(conn, &Filter { area: Some(area), quarter: Some(quarter), ..Filter::default() })
}

fn row(selected: Selected) -> Result<Row> {
    let (
        (id, client, client_name, area, quarter, indicator),
        (nature, operator, mantissa, scale, span, method),
        (reference_period, note, at, request_id),
    ) = selected;
    let value = u8::try_from(scale).ok().and_then(|scale| Decimal::new(mantissa, scale));
    let figure = Observation {
        indicator,
        nature: listed(Nature::ALL, nature)?,
        operator: listed(Operator::ALL, operator)?,
        value: value.ok_or_else(|| Error::internal("a figure out of range"))?,
        span: listed(Span::ALL, span)?,
        origin: Origin::Pushed,
        reference_period: Some(reference_period).filter(|period| !period.is_empty()),
        project: None,
        method: method.map(|method| listed(SurveyMethod::ALL, method)).transpose()?,
        synthetic: false,
        instruction: false,
        note,
        mentions: Vec::new(),
    };
    Ok(Row {
        id,
        area: position(area)?,
        quarter: Quarter::from_serial(quarter).ok_or_else(|| Error::internal("a quarter out of range"))?,
        request_id,
        pushed: PushedFigure { figure, client, client_name, at },
    })
}

/// Keeps figures as the latest, in place of the rows with these keys.
///
/// # Errors
/// `unavailable` where somebody else has just sent one of them; `internal` for an indicator that the catalogue lacks.
pub fn replace(
    conn: &mut Conn,
    catalogue: &Catalogue,
    sender: Sender<'_>,
    superseded: &[i64],
    new: &[New<'_>],
) -> Result<()> {
    for ids in superseded.chunks(ROWS_PER_INSERT) {
        diesel::update(pushed_observations::table.filter(pushed_observations::id.eq_any(ids)))
            .set(pushed_observations::superseded_at.eq(sender.at))
            .execute(conn)
            .map_err(internal)?;
    }
    let mut numbers: HashMap<&str, i32> = HashMap::new();
    for New { figure, .. } in new {
        let key = catalogue.find(&figure.indicator);
        let key = key.ok_or_else(|| Error::internal("an indicator that the catalogue lacks"))?;
        numbers.insert(&figure.indicator, number(key.position())?);
    }
    for chunk in new.chunks(ROWS_PER_INSERT) {
        let rows = chunk
            .iter()
            .map(|New { area, quarter, figure }| {
                let method = figure.method.as_ref().map(|method| index_of(SurveyMethod::ALL, method)).transpose()?;
                Ok((
                    pushed_observations::client.eq(sender.client),
                    pushed_observations::area.eq(number(*area)?),
                    pushed_observations::quarter.eq(quarter.serial()),
                    pushed_observations::indicator.eq(numbers.get(&*figure.indicator).copied().unwrap_or_default()),
                    pushed_observations::nature.eq(index_of(Nature::ALL, &figure.nature)?),
                    pushed_observations::operator.eq(index_of(Operator::ALL, &figure.operator)?),
                    pushed_observations::mantissa.eq(figure.value.mantissa()),
                    pushed_observations::scale.eq(i16::from(figure.value.scale())),
                    pushed_observations::span.eq(index_of(Span::ALL, &figure.span)?),
                    pushed_observations::method.eq(method),
                    pushed_observations::reference_period.eq(figure.reference_period.as_deref().unwrap_or_default()),
                    pushed_observations::note.eq(figure.note.as_deref()),
                    pushed_observations::pushed_at.eq(sender.at),
                    pushed_observations::request_id.eq(sender.request_id),
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        let inserted = per_backend!(&mut *conn, concrete => diesel::insert_into(pushed_observations::table)
            .values(rows)
            .execute(concrete));
        // Senders queue behind the head row, so this is somebody who does not.
        inserted.map_err(
            |error| {
                if is_unique_violation(&error) { Error::unavailable(1, error) } else { internal(error) }
            },
        )?;
    }
    Ok(())
}
