//! Wards beside each other: bars from zero, the best first, and what they add up to as a line through all of them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Size;
use super::canvas::{Anchor, Mark, Plot, Type};
use super::facts::{self, Told, heights, mark, version};
use super::measure::{fitted, number, pixel, width};
use super::number::{brief, within};
use super::scale::Scale;
use super::sheet::Sheet;
use crate::domain::aggregate::{Basis, Placed, Status};
use crate::domain::indicator::{Direction, IndicatorKey};
use crate::domain::statistics::Fixed4;
use crate::error::{Language, Result};
use crate::service::verdict;

/// Wards that are drawn, over all indicators; of more with a value, as many from either end.
const MAX_BARS: usize = 100;
/// How much of its row a bar takes, on either side of the middle.
const HALF: f64 = 0.31;
/// The room for a place in the ranking.
const RANK: i32 = 30;

/// Where things stand in a row.
struct Columns {
    names: i32,
    from: i32,
    to: i32,
    values: i32,
}

/// Draws the wards of every indicator.
pub(super) fn draw(sheet: &mut Sheet<'_, '_, '_>) -> Result<()> {
    let keys = &sheet.picture.query.indicators;
    let most = MAX_BARS.div_euclid(keys.len().max(1)).max(8);
    for key in keys {
        section(sheet, *key, most)?;
    }
    Ok(())
}

/// The wards of one indicator, and their whole.
fn section(sheet: &mut Sheet<'_, '_, '_>, key: IndicatorKey, most: usize) -> Result<()> {
    let picture = sheet.picture;
    let Some(mut wards) = picture.told_by(key, |_| ()) else { return Ok(()) };
    let whole = picture.told_by(key, |query| query.by_ward = false);
    let Some(whole) = whole.and_then(|told| told.values.into_iter().next()) else { return Ok(()) };
    sheet.top += 10;
    if picture.query.indicators.len() > 1 {
        let heading = format!("{} ({})", wards.name(), wards.unit());
        sheet.lines(&heading, Type::new(sheet.look.text, sheet.palette.ink).bold(), 3)?;
    }
    keys(sheet, &wards, &whole)?;
    if wards.values.is_empty() {
        return sheet.without_wards();
    }
    let best_first = wards.indicator.direction != Direction::Lower;
    wards.values.sort_by(|left, right| order(left, right, best_first));
    let scale = Scale::around(
        wards.values.iter().flat_map(|value| heights(value)).chain(heights(&whole)),
        true,
        wards.bounds(),
        if picture.size == Size::Phone { 3.0 } else { 5.0 },
    );
    let named = |value: &Placed| version(picture.snapshot, value.area, value).map_or("", |version| &version.name);
    for value in &wards.values {
        sheet.tell(&wards, &titled(sheet, &wards, named(value)), value);
    }
    let (kept_above, left_out) = (most.div_euclid(2), cut(sheet, &mut wards, most));
    if wards.values.is_empty() {
        return sheet.lines(sheet.says("Không có giá trị nào", "There is no value"), sheet.statement(), 2);
    }
    let columns = columns(sheet, &wards, wards.values.iter().map(named));
    let gap = usize::from(left_out > 0);
    let rows = wards.values.len() + gap;
    let height = sheet.look.row * i32::try_from(rows).unwrap_or(1);
    let top = sheet.top + 20;
    let size = (columns.to - columns.from, height);
    let plot = sheet.canvas.plot((columns.from, top), size, scale.low..scale.high, 0.0..number(rows))?;
    let bottom = top + height;
    axis(sheet, &plot, &scale, (top, bottom))?;
    let mut at = rows;
    for (position, value) in wards.values.iter().enumerate() {
        if position == kept_above && gap == 1 {
            at -= 1;
            let (_, y) = plot.place(0.0, number(at) + 0.5);
            let words = match picture.language {
                Language::Vi => format!("… {left_out} phường, xã ở giữa không vẽ …"),
                Language::En => format!("… {left_out} wards in between are not drawn …"),
            };
            sheet.canvas.text((columns.names, y), &words, sheet.small())?;
        }
        at -= 1;
        bar(sheet, &plot, &wards, named(value), value, number(at) + 0.5, &columns)?;
    }
    for (height, color) in [
        (whole.target.as_ref().map(|target| target.value.to_f64()), sheet.palette.line(1)),
        (whole.value.map(Fixed4::to_f64), sheet.palette.ink),
    ] {
        if let Some(height) = height {
            let (x, _) = plot.place(height, 0.0);
            sheet.canvas.dashed((x, top), (x, bottom), color)?;
        }
    }
    sheet.top = bottom + 8;
    let unranked = |value: &Placed| value.value.is_some() && value.rank.is_none();
    if wards.indicator.direction != Direction::Neutral && wards.values.iter().any(unranked) {
        let words = sheet.says(
            "Không có thứ hạng: chỉ nêu tỷ lệ hoặc ước tính, mẫu số dưới 10, hoặc khảo sát theo cách khác nhau.",
            "Without a place: rates only stated or estimated, denominators under 10, or people asked in different ways.",
        );
        sheet.note(words.to_owned());
    }
    if wards.values.iter().any(|value| value.interval.is_some()) {
        let words = sheet
            .says("Vạch ngang trên thanh: khoảng tin cậy 95 % (Wilson).", "Line on a bar: 95 % interval (Wilson).");
        sheet.note(words.to_owned());
    }
    Ok(())
}

/// What an area is called in a sentence: after the indicator, where there are several.
fn titled(sheet: &Sheet<'_, '_, '_>, wards: &Told<'_>, name: &str) -> String {
    if sheet.picture.query.indicators.len() > 1 { format!("{}, {name}", wards.name()) } else { name.to_owned() }
}

/// Keeps, of sorted wards, what there is room for, and says what is not drawn; how many are left out between the ends.
fn cut(sheet: &mut Sheet<'_, '_, '_>, wards: &mut Told<'_>, most: usize) -> usize {
    if wards.values.len() <= most {
        return 0;
    }
    let language = wards.language;
    let about = if sheet.picture.query.indicators.len() > 1 { format!("{}: ", wards.name()) } else { String::new() };
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for value in wards.values.iter().filter(|value| value.value.is_none()) {
        *reasons.entry(wards.why(value)).or_default() += 1;
    }
    wards.values.retain(|value| value.value.is_some());
    let valued = wards.values.len();
    let left_out = valued.saturating_sub(most);
    if left_out > 0 {
        let above = most.div_euclid(2);
        wards.values.drain(above..above + left_out);
        sheet.note(match language {
            Language::Vi => {
                format!(
                    "{about}Chỉ vẽ {most} trong {valued} phường, xã có giá trị: một nửa đầu bảng, một nửa cuối bảng."
                )
            }
            Language::En => {
                format!(
                    "{about}Only {most} of {valued} wards with a value are drawn, half from either end of the ranking."
                )
            }
        });
    }
    if !reasons.is_empty() {
        let count = facts::wards(reasons.values().sum(), language);
        let listed = reasons.iter().map(|(reason, count)| format!("{reason}: {count}")).collect::<Vec<_>>().join("; ");
        sheet.note(match language {
            Language::Vi => format!("{about}Không vẽ {count} không có giá trị ({listed})."),
            Language::En => format!("{about}Not drawn, having no value: {count} ({listed})."),
        });
    }
    left_out
}

/// By value, the best first; those without a value last, in the order of their codes.
fn order(left: &Placed, right: &Placed, best_first: bool) -> Ordering {
    match (left.value, right.value) {
        (Some(left), Some(right)) if best_first => right.cmp(&left),
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// What the lines through all bars are: the whole with its coverage, and the target.
fn keys(sheet: &mut Sheet<'_, '_, '_>, wards: &Told<'_>, whole: &Placed) -> Result<()> {
    let (canvas, palette, language) = (sheet.canvas, sheet.palette, wards.language);
    let area = sheet.area();
    let shown = whole.value.map_or_else(|| wards.why(whole).to_owned(), |value| wards.with_unit(value));
    let mut said = vec![format!("{area}: {shown}")];
    said.extend(wards.counts(whole));
    let (reported, expected) = (whole.coverage.reported, whole.coverage.expected);
    said.push(facts::coverage(whole, language));
    said.push(match language {
        Language::Vi => format!("{reported}/{expected} đã công bố báo cáo"),
        Language::En => format!("{reported}/{expected} have published a report"),
    });
    if whole.value.is_some() && whole.status != Status::Normal {
        said.push(verdict::status(whole.status, language).to_owned());
    }
    said.extend(facts::contested(whole, language));
    sheet.tell(wards, &titled(sheet, wards, area), whole);
    let dashes = |color| move |from, to| canvas.dashed(from, to, color);
    if whole.value.is_some() {
        sheet.key(dashes(palette.ink), &said.join(" · "))?;
    } else {
        sheet.lines(&said.join(" · "), Type::new(sheet.look.small, palette.ink), 3)?;
    }
    if let Some(target) = wards.target(whole) {
        sheet.key(dashes(palette.line(1)), &target)?;
    }
    Ok(())
}

fn columns<'n>(sheet: &Sheet<'_, '_, '_>, wards: &Told<'_>, names: impl Iterator<Item = &'n str>) -> Columns {
    let look = sheet.look;
    let widest = names.map(|name| width(name, look.small, false)).fold(0.0, f64::max);
    let share = if sheet.picture.size == Size::Phone { 0.4 } else { 0.3 };
    let names = pixel(widest.min(f64::from(sheet.room()) * share).ceil()) + 8;
    let values = wards.values.iter().map(|value| width(&written(sheet, wards, value), look.small, false));
    let values = pixel(values.fold(30.0, f64::max)) + 4;
    let from = look.margin + RANK + names;
    let right = look.width - look.margin;
    Columns { names: look.margin + RANK, from, to: right - values - 18, values: right }
}

/// The value as it stands at the end of its row.
fn written(sheet: &Sheet<'_, '_, '_>, wards: &Told<'_>, value: &Placed) -> String {
    let Some(number) = value.value else { return String::new() };
    let (decimals, size) = (wards.indicator.decimals, sheet.look.small);
    let phone = sheet.picture.size == Size::Phone;
    let shown = within(number, decimals, wards.language, size, if phone { 80.0 } else { 140.0 });
    let stated = (value.basis == Some(Basis::Stated)).then(|| sheet.says("chỉ nêu tỷ lệ", "stated only").to_owned());
    match wards.counts(value).or(stated).filter(|_| !phone) {
        Some(behind) => format!("{shown} ({behind})"),
        None => shown,
    }
}

fn axis(sheet: &Sheet<'_, '_, '_>, plot: &Plot<'_>, scale: &Scale, (top, bottom): (i32, i32)) -> Result<()> {
    let look = sheet.small().anchored(Anchor::Middle);
    for tick in scale.ticks() {
        let (x, _) = plot.place(tick, 0.0);
        let zero = tick.abs() < scale.step / 2.0;
        let color = if zero { sheet.palette.muted } else { sheet.palette.grid };
        sheet.canvas.line((x, top), (x, bottom), color, 1)?;
        sheet.canvas.text((x, top - 9), &brief(tick, scale.step, sheet.picture.language), look)?;
    }
    Ok(())
}

fn bar(
    sheet: &mut Sheet<'_, '_, '_>,
    plot: &Plot<'_>,
    wards: &Told<'_>,
    name: &str,
    value: &Placed,
    middle: f64,
    columns: &Columns,
) -> Result<()> {
    let (canvas, palette) = (sheet.canvas, sheet.palette);
    let (_, y) = plot.place(0.0, middle);
    let ink = Type::new(sheet.look.small, palette.ink);
    let name_look = if value.value.is_some() { ink } else { sheet.small() };
    let room = f64::from(columns.from - columns.names - 8);
    canvas.text((columns.names, y), &fitted(name, ink.size, false, room), name_look)?;
    let Some(number) = value.value else {
        let reason = wards.why(value);
        let room = f64::from(columns.values - columns.from - 8);
        return canvas.text((columns.from + 8, y), &fitted(reason, ink.size, false, room), sheet.small());
    };
    if let Some(rank) = value.rank {
        canvas.text((columns.names - 8, y), &format!("{}.", rank.position), ink.anchored(Anchor::End))?;
    }
    let color = palette.line(0);
    plot.bar((0.0, middle - HALF), (number.to_f64(), middle + HALF), color)?;
    if let Some(interval) = value.interval {
        let ends = [(interval.lower.to_f64(), middle), (interval.upper.to_f64(), middle)];
        plot.path(ends.to_vec(), palette.paper, 5)?;
        plot.path(ends.to_vec(), palette.ink, 2)?;
    }
    if mark(value.status) != Mark::Full {
        sheet.mark((columns.to + 9, y), value, color)?;
    }
    canvas.text((columns.values, y), &written(sheet, wards, value), ink.anchored(Anchor::End))
}
