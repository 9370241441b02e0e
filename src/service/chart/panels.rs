//! Small pictures side by side: a panel an indicator, or a ward, each with its value and what led to it.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::canvas::{Anchor, Plot, Type};
use super::facts::{self, Told, heights, span, version};
use super::measure::{number, pixel, width, wrapped};
use super::number::{brief, within};
use super::scale::Scale;
use super::sheet::Sheet;
use super::{Size, series};
use crate::domain::aggregate::{PeriodSpan, Placed, Status};
use crate::domain::area::AreaKey;
use crate::error::{Language, Result};
use crate::service::verdict;

/// Wards in one picture.
const MAX_WARDS: usize = 24;
/// Points that are marked; more lie too close.
const MAX_MARKED: usize = 16;
/// Between panels.
const GAP: i32 = 28;
/// The height of what lines are drawn in.
const PLOT: i32 = 84;
/// The same where there is only one panel.
const LONE_PLOT: i32 = 200;

struct Panel<'a> {
    heading: String,
    /// The value that it is about.
    value: Option<Placed>,
    /// What led to it.
    line: Told<'a>,
    /// The stretches that all panels of its row are over; the line may be without some of them.
    spans: Rc<[PeriodSpan]>,
    scale: Scale,
    /// The height of what the line is drawn in.
    height: i32,
}

impl Panel<'_> {
    /// The values of the line, each with the place of its stretch.
    fn placed(&self) -> Vec<(usize, &Placed)> {
        let place = |value: &Placed| self.spans.iter().position(|span| *span == value.period);
        self.line.values.iter().filter_map(|value| Some((place(value)?, value))).collect()
    }

    /// What one of its values is called.
    fn name(&self, value: &Placed) -> String {
        let when = span(value.period);
        if self.heading.is_empty() { when } else { format!("{}, {when}", self.heading) }
    }
}

/// A panel an indicator.
pub(super) fn of_indicators(sheet: &mut Sheet<'_, '_, '_>) -> Result<()> {
    let picture = sheet.picture;
    let several = picture.query.indicators.len() > 1;
    let asked = picture.query.spans().last().copied();
    let mut panels = Vec::new();
    for key in &picture.query.indicators {
        let Some(line) = picture.told_by(*key, |query| picture.before(query)) else { continue };
        let (height, steps) = if several { (PLOT, 2.0) } else { (LONE_PLOT, 4.0) };
        let scale = Scale::around(line.values.iter().flat_map(|value| heights(value)), false, line.bounds(), steps);
        // What led to a value mostly ends in it.
        let last = line.values.last().filter(|value| Some(value.period) == asked).cloned();
        let value = last.or_else(|| picture.told_by(*key, |_| ())?.values.pop());
        let heading = if several { format!("{} ({})", line.name(), line.unit()) } else { String::new() };
        let spans = line.values.iter().map(|value| value.period).collect();
        panels.push(Panel { heading, value, line, spans, scale, height });
    }
    let columns = if picture.size == Size::Phone { 1 } else { panels.len().min(3) };
    draw(sheet, &panels, columns)?;
    if panels.iter().any(|panel| panel.scale.low > 0.0) {
        let words = if several {
            sheet.says(
                "Mỗi ô có trục riêng; có trục không bắt đầu từ 0.",
                "Each panel has its own axis; not every axis begins at zero.",
            )
        } else {
            sheet.says("Trục đứng không bắt đầu từ 0.", "The upright axis does not begin at zero.")
        };
        sheet.note(words.to_owned());
    }
    Ok(())
}

/// A panel a ward, all with the same axes.
pub(super) fn of_wards<'a>(sheet: &mut Sheet<'_, '_, 'a>) -> Result<()> {
    let picture = sheet.picture;
    let Some(key) = picture.query.indicators.first() else { return Ok(()) };
    let Some(Told { indicator, language, values }) = picture.told_by(*key, |_| ()) else { return Ok(()) };
    // Who belongs to the area may change from stretch to stretch; the domain has asked it for each.
    let mut wards: BTreeMap<AreaKey, Vec<Placed>> = BTreeMap::new();
    for value in values {
        wards.entry(value.area).or_default().push(value);
    }
    let all = wards.len();
    let lines: Vec<_> =
        wards.into_values().take(MAX_WARDS).map(|values| Told { indicator, language, values }).collect();
    let Some(first) = lines.first() else { return sheet.without_wards() };
    let values = lines.iter().flat_map(|line| &line.values);
    let scale = Scale::around(values.flat_map(|value| heights(value)), false, first.bounds(), 2.0);
    let spans: Rc<[PeriodSpan]> = picture.query.spans().into();
    let not_always = lines.iter().any(|line| line.values.len() < spans.len());
    let panel = |line: Told<'a>| {
        let value = line.values.last().cloned();
        let name = value.as_ref().and_then(|value| version(picture.snapshot, value.area, value));
        let heading = name.map_or_else(String::new, |version| version.name.clone());
        Panel { heading, value, line, spans: Rc::clone(&spans), scale: scale.clone(), height: PLOT }
    };
    let panels: Vec<_> = lines.into_iter().map(panel).collect();
    draw(sheet, &panels, if picture.size == Size::Phone { 2 } else { 4 })?;
    if scale.low > 0.0 {
        let words = sheet.says(
            "Mọi ô có cùng một trục, không bắt đầu từ 0.",
            "All panels have the same axis, which does not begin at zero.",
        );
        sheet.note(words.to_owned());
    }
    if not_always {
        let words = sheet.says(
            "Có phường, xã chỉ thuộc đơn vị này trong một phần thời gian: chỉ vẽ phần đó.",
            "Some wards belong to the area for a part of the time only: that part is drawn.",
        );
        sheet.note(words.to_owned());
    }
    if all > MAX_WARDS {
        sheet.note(match picture.language {
            Language::Vi => format!("Chỉ vẽ {MAX_WARDS} trong {all} phường, xã, theo thứ tự mã."),
            Language::En => format!("Only {MAX_WARDS} of {all} wards are drawn, in the order of their codes."),
        });
    }
    Ok(())
}

fn draw(sheet: &mut Sheet<'_, '_, '_>, panels: &[Panel<'_>], columns: usize) -> Result<()> {
    // What is asked for comes first, because not everything is told.
    for panel in panels {
        if let Some(value) = &panel.value {
            sheet.tell(&panel.line, &panel.name(value), value);
        }
    }
    let columns = columns.max(1);
    let count = i32::try_from(columns).unwrap_or(1);
    let gap = if sheet.picture.size == Size::Phone { GAP.div_euclid(2) } else { GAP };
    let room = (sheet.room() - gap * (count - 1)).div_euclid(count);
    for row in panels.chunks(columns) {
        sheet.top += 14;
        let look = sheet.look;
        let heading = Type::new(look.text, sheet.palette.ink).bold();
        let headings: Vec<_> =
            row.iter().map(|panel| wrapped(&panel.heading, heading.size, true, f64::from(room), 3)).collect();
        let remarks: Vec<_> =
            row.iter().map(|panel| wrapped(&remark(sheet, panel), look.small, false, f64::from(room), 4)).collect();
        let lines = |of: &[Vec<String>]| number(of.iter().map(Vec::len).max().unwrap_or_default());
        let below_heading = pixel(lines(&headings) * look.text * 1.45);
        let below_value = below_heading + pixel(look.large * 1.5);
        let below_remark = below_value + pixel(lines(&remarks) * look.small * 1.45);
        let top = sheet.top;
        for (column, panel) in (0_i32..).zip(row) {
            let left = look.margin + column * (room + gap);
            let at = usize::try_from(column).unwrap_or_default();
            sheet.paragraph((left, top), headings.get(at).map_or(&[], Vec::as_slice), heading)?;
            value(sheet, panel, (left, top + (below_heading + below_value).div_euclid(2)), room)?;
            let remark = remarks.get(at).map_or(&[][..], Vec::as_slice);
            sheet.paragraph((left, top + below_value), remark, sheet.small())?;
            history(sheet, panel, left, top + below_remark + 14, room)?;
        }
        let height = row.iter().map(|panel| panel.height).max().unwrap_or(PLOT);
        sheet.top = top + below_remark + 14 + height + 24;
    }
    Ok(())
}

/// The value, large, or why there is none.
fn value(sheet: &Sheet<'_, '_, '_>, panel: &Panel<'_>, place: (i32, i32), room: i32) -> Result<()> {
    let Some(value) = &panel.value else { return Ok(()) };
    let look = Type::new(sheet.look.large, sheet.palette.ink).bold();
    let room = f64::from(room);
    let Some(number) = value.value else {
        return sheet.canvas.text(place, "–", Type { color: sheet.palette.muted, ..look });
    };
    let exact = panel.line.with_unit(number);
    let shown = if width(&exact, look.size, true) <= room {
        exact
    } else {
        within(number, panel.line.indicator.decimals, panel.line.language, look.size, room * 0.9)
    };
    sheet.canvas.text(place, &shown, look)
}

/// What the value rests on.
fn remark(sheet: &Sheet<'_, '_, '_>, panel: &Panel<'_>) -> String {
    let Some(value) = &panel.value else { return String::new() };
    let (line, language) = (&panel.line, panel.line.language);
    let mut said = vec![span(value.period)];
    if value.value.is_none() {
        said.push(format!("{}: {}", sheet.says("không có giá trị", "no value"), line.why(value)));
    }
    said.extend(line.counts(value));
    if value.coverage.expected > 1 {
        said.push(facts::coverage(value, language));
    }
    if value.value.is_some() && value.status != Status::Normal {
        said.push(verdict::status(value.status, language).to_owned());
    }
    said.extend(facts::contested(value, language));
    said.extend(value.basis.map(|basis| verdict::basis(basis, language).to_owned()));
    let interval = line.interval(value);
    said.extend(interval.map(|ends| format!("{} {ends}", sheet.says("khoảng tin cậy 95 %", "95 % interval"))));
    said.extend(line.target(value));
    said.join(" · ")
}

/// The values that led to it, as a line.
fn history(sheet: &mut Sheet<'_, '_, '_>, panel: &Panel<'_>, left: i32, top: i32, room: i32) -> Result<()> {
    let (line, scale, spans) = (&panel.line, &panel.scale, &panel.spans);
    let small = sheet.small();
    let labels: Vec<_> = scale.ticks().map(|tick| (tick, brief(tick, scale.step, line.language))).collect();
    let widest = labels.iter().map(|(_, label)| width(label, small.size, false)).fold(0.0, f64::max);
    let (from, right) = (left + pixel(widest) + 6, left + room);
    let count = number(spans.len());
    let plot =
        sheet.canvas.plot((from, top), (right - from, panel.height), -0.5..count - 0.5, scale.low..scale.high)?;
    for (tick, label) in &labels {
        let (_, y) = plot.place(0.0, *tick);
        sheet.canvas.line((from, y), (right, y), sheet.palette.grid, 1)?;
        sheet.canvas.text((from - 5, y), label, small.anchored(Anchor::End))?;
    }
    if let Some(target) = line.values.last().and_then(|value| value.target.as_ref()) {
        let height = target.value.to_f64();
        let ((_, y), color) = (plot.place(0.0, height), sheet.palette.line(1));
        sheet.canvas.dashed((from, y), (right, y), color)?;
    }
    series::trace(sheet, &plot, &panel.placed(), 0)?;
    marks(sheet, panel, &plot)?;
    ends(sheet, spans, &plot, top + panel.height + 12)
}

fn marks(sheet: &mut Sheet<'_, '_, '_>, panel: &Panel<'_>, plot: &Plot<'_>) -> Result<()> {
    let (line, placed) = (&panel.line, panel.placed());
    let last = placed.iter().rev().find(|(_, value)| value.value.is_some()).map(|(position, _)| *position);
    let few = placed.len() <= MAX_MARKED;
    for (position, value) in placed {
        if panel.value.as_ref().is_none_or(|told| told.period != value.period) {
            sheet.tell(line, &panel.name(value), value);
        }
        let Some(height) = value.value.filter(|_| few || Some(position) == last) else { continue };
        sheet.mark(plot.place(number(position), height.to_f64()), value, sheet.palette.line(0))?;
    }
    Ok(())
}

/// The first and the last stretch by name.
fn ends(sheet: &Sheet<'_, '_, '_>, spans: &[PeriodSpan], plot: &Plot<'_>, y: i32) -> Result<()> {
    let (small, last) = (sheet.small(), spans.len().saturating_sub(1));
    let name = |position: usize| spans.get(position).copied().map(span).unwrap_or_default();
    let (from, _) = plot.place(-0.5, 0.0);
    let (to, _) = plot.place(number(last) + 0.5, 0.0);
    let taken = width(&name(0), small.size, false) + width(&name(last), small.size, false) + 8.0;
    if last > 0 && taken < f64::from(to - from) {
        sheet.canvas.text((from, y), &name(0), small)?;
    }
    sheet.canvas.text((to, y), &name(last), small.anchored(Anchor::End))
}
