//! Aggregates as pictures: documents of SVG that say what they show, so that one can be pasted into a report and still be
//! understood.
//!
//! What is drawn follows from what is asked. Over several stretches of time: lines, gaps where there is no value. By ward
//! for one stretch: bars, ranked. Otherwise a panel an indicator (or a ward), each with the quarters before.

mod bars;
mod canvas;
mod facts;
mod measure;
mod number;
mod palette;
mod panels;
mod scale;
mod series;
mod sheet;

use crate::domain::aggregate::{AggregateQuery, Period, Published as _, aggregate};
use crate::domain::area::AreaVersion;
use crate::domain::indicator::IndicatorKey;
use crate::domain::words::words;
use crate::error::{Code, Error, Language, Result};
use crate::snapshot::Snapshot;
use crate::text;
use facts::Told;
use palette::Palette;
use sheet::{Look, Sheet};

/// The media type of pictures.
pub const MEDIA_TYPE: &str = "image/svg+xml";
/// Indicators in one picture.
const MAX_INDICATORS: usize = 12;
/// Lines between the same axes.
const MAX_LINES: usize = 4;
/// Quarters in a panel, where only one is asked for.
const QUARTERS_BEFORE: i32 = 7;

words! {
    /// What a picture is to be seen on.
    Theme {
        /// White paper.
        Light = "light",
        /// A dark screen.
        Dark = "dark",
    }
}

words! {
    /// What a picture is made for.
    Size {
        /// A page, 960 pixels wide.
        Report = "report",
        /// A telephone, 360 pixels wide.
        Phone = "phone",
    }
}

/// Aggregates to draw.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// What is published.
    pub snapshot: &'a Snapshot,
    /// What is asked for.
    pub query: &'a AggregateQuery,
    /// The language of everything that is written.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The size.
    pub size: Size,
}

impl<'a> Picture<'a> {
    /// Draws the picture that the question calls for.
    ///
    /// # Errors
    /// `queryTooExpensive` beyond twelve indicators, `notMeaningful` for several indicators of each ward over several
    /// stretches of time.
    pub fn draw(self) -> Result<String> {
        let indicators = self.query.indicators.len();
        if indicators > MAX_INDICATORS {
            let detail = text!(
                "Một hình có tối đa {MAX_INDICATORS} chỉ tiêu; câu hỏi này có {indicators}.",
                "A picture shows at most {MAX_INDICATORS} indicators; this asks for {indicators}."
            );
            return Err(Error::parameter(Code::QueryTooExpensive, "indicator", detail));
        }
        let over_time = self.query.spans().len() > 1;
        if over_time && self.query.by_ward && indicators > 1 {
            let detail = text!(
                "Hình theo phường, xã qua nhiều quý chỉ vẽ được một chỉ tiêu: hãy bỏ bớt indicator, hoặc hỏi một quý.",
                "A picture of each ward over several quarters shows one indicator: name only one, or ask for one quarter."
            );
            return Err(Error::parameter(Code::NotMeaningful, "indicator", detail));
        }
        canvas::drawn(Look::of(self.size).width, |canvas| {
            let mut sheet = Sheet::new(canvas, self)?;
            match (self.query.by_ward, over_time) {
                (true, false) => bars::draw(&mut sheet)?,
                (true, true) => panels::of_wards(&mut sheet)?,
                (false, true) if indicators <= MAX_LINES && self.alike() => {
                    let lines: Vec<_> =
                        self.query.indicators.iter().filter_map(|key| self.told_by(*key, |_| ())).collect();
                    series::draw(&mut sheet, &lines)?;
                }
                (false, _) => panels::of_indicators(&mut sheet)?,
            }
            sheet.finish()
        })
    }

    /// The area that it is of, as it was on the day of the boundaries, else at the last cut-off.
    #[must_use]
    pub fn area(&self) -> Option<&'a AreaVersion> {
        let (snapshot, query) = (self.snapshot, self.query);
        let as_of = query.boundaries.unwrap_or_else(|| snapshot.calendar().cut_off(query.last));
        snapshot.areas().get(query.area)?.on_or_latest(as_of)
    }

    /// The values of an indicator by a question like this one.
    fn told_by(&self, indicator: IndicatorKey, change: impl FnOnce(&mut AggregateQuery)) -> Option<Told<'a>> {
        let mut query = AggregateQuery { indicators: vec![indicator], ..self.query.clone() };
        change(&mut query);
        Some(Told {
            indicator: self.snapshot.catalogue().get(indicator)?,
            language: self.language,
            values: aggregate(self.snapshot, &query),
        })
    }

    /// Whether all indicators have one unit, and so may share an axis.
    fn alike(&self) -> bool {
        let catalogue = self.snapshot.catalogue();
        let mut units = self.query.indicators.iter().map(|key| catalogue.get(*key).map(|indicator| indicator.unit));
        units.next().is_none_or(|first| units.all(|unit| unit == first))
    }

    /// What leads to a value: where one quarter is asked for, those before it; else the quarters of its stretch.
    fn before(&self, query: &mut AggregateQuery) {
        if query.first == query.last {
            let earliest = (0..=QUARTERS_BEFORE).rev().find_map(|count| query.last.earlier(count));
            query.first = earliest.unwrap_or(query.first);
        }
        if self.query.spans().len() == 1 {
            query.period = Period::Quarter;
        }
    }

    const fn palette(&self) -> &'static Palette {
        Palette::of(self.theme)
    }
}
