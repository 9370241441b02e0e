//! Values through time: a line an indicator, broken where there is no value.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::canvas::{Anchor, Plot, Type};
use super::facts::{self, Told, heights, span};
use super::measure::{number, pixel, width};
use super::number::{brief, within};
use super::scale::Scale;
use super::sheet::Sheet;
use crate::domain::aggregate::Placed;
use crate::error::{Error, Language, Result};

/// What tells lines apart beside their colours.
const LETTERS: [&str; 4] = ["A", "B", "C", "D"];

/// Draws lines between the same axes.
pub(super) fn draw(sheet: &mut Sheet<'_, '_, '_>, lines: &[Told<'_>]) -> Result<()> {
    let Some(first) = lines.first() else { return Ok(()) };
    let several = lines.len() > 1;
    sheet.top += 8;
    if several {
        keys(sheet, lines)?;
    }
    let all = || lines.iter().flat_map(|line| &line.values);
    let nothing = all().all(|value| value.value.is_none());
    let scale = Scale::around(all().flat_map(|value| heights(value)), nothing, first.bounds(), 5.0);
    let look = sheet.look;
    let (small, language) = (sheet.small(), sheet.picture.language);
    let labels: Vec<_> = scale.ticks().map(|tick| (tick, brief(tick, scale.step, language))).collect();
    let widest = labels.iter().map(|(_, label)| width(label, small.size, false)).fold(0.0, f64::max);
    let left = look.margin + pixel(widest) + 10;
    let right = look.width - look.margin - if several { 16 } else { 4 };
    let top = sheet.top + 22;
    let count = number(first.values.len());
    let plot = sheet.canvas.plot((left, top), (right - left, look.plot), -0.5..count - 0.5, scale.low..scale.high)?;
    for (tick, label) in &labels {
        let (_, y) = plot.place(0.0, *tick);
        sheet.canvas.line((left, y), (right, y), sheet.palette.grid, 1)?;
        sheet.canvas.text((left - 6, y), label, small.anchored(Anchor::End))?;
    }
    let bottom = top + look.plot;
    let step = f64::from(right - left) / count;
    let every = time_axis(sheet, &plot, &first.values, step, bottom)?;
    let mut below = bottom + 26;
    if !several && every == 1 && first.values.iter().any(|value| value.coverage.expected > 1) {
        coverage_row(sheet, &plot, first, below)?;
        below += 18;
    }
    for (position, line) in lines.iter().enumerate() {
        targets(sheet, &plot, line, if several { position } else { 1 })?;
        bands(sheet, &plot, line, position)?;
    }
    for (position, line) in lines.iter().enumerate() {
        trace(sheet, &plot, &line.values.iter().enumerate().collect::<Vec<_>>(), position)?;
        let letter = LETTERS.get(position).copied().filter(|_| several);
        points(sheet, &plot, line, position, letter, step)?;
    }
    if several {
        letters(sheet, &plot, lines)?;
    }
    if nothing {
        let middle = ((left + right).div_euclid(2), top + look.plot.div_euclid(3));
        let words = sheet.says("Không có giá trị nào", "There is no value");
        sheet.canvas.text(middle, words, Type::new(look.text, sheet.palette.ink).bold().anchored(Anchor::Middle))?;
    }
    sheet.top = below;
    for line in lines {
        gaps(sheet, line, several);
    }
    sum_up(sheet, lines);
    if scale.low > 0.0 {
        sheet.note(sheet.says("Trục đứng không bắt đầu từ 0.", "The upright axis does not begin at zero.").to_owned());
    }
    Ok(())
}

/// Which line is which, with its last value.
fn keys(sheet: &mut Sheet<'_, '_, '_>, lines: &[Told<'_>]) -> Result<()> {
    for ((position, line), letter) in lines.iter().enumerate().zip(LETTERS) {
        let (canvas, color) = (sheet.canvas, sheet.palette.line(position));
        let mut said = format!("{letter}: {} ({})", line.name(), line.unit());
        if let Some((last, number)) = line.values.iter().rev().find_map(|value| Some((value, value.value?))) {
            let coverage = Some(facts::coverage(last, line.language)).filter(|_| last.coverage.expected > 1);
            let coverage = coverage.map(|coverage| format!(", {coverage}")).unwrap_or_default();
            write!(said, " · {}: {}{coverage}", span(last.period), line.number(number)).map_err(Error::internal)?;
        }
        sheet.key(|from, to| canvas.line(from, to, color, 3), &said)?;
    }
    Ok(())
}

/// The names of the stretches, as many as have room, the last always; every how many are named.
fn time_axis(sheet: &Sheet<'_, '_, '_>, plot: &Plot<'_>, values: &[Placed], step: f64, bottom: i32) -> Result<usize> {
    let look = sheet.small().anchored(Anchor::Middle);
    let widest = values.iter().map(|value| width(&span(value.period), look.size, false)).fold(0.0, f64::max);
    let every = (1..=values.len()).find(|every| number(*every) * step >= widest + 8.0).unwrap_or(values.len().max(1));
    for (position, value) in values.iter().enumerate() {
        if (values.len() - 1 - position).is_multiple_of(every) {
            let (x, _) = plot.place(number(position), 0.0);
            let half = pixel(widest / 2.0);
            let x = x.min(sheet.look.width - 4 - half).max(4 + half);
            sheet.canvas.text((x, bottom + 14), &span(value.period), look)?;
        }
    }
    Ok(every)
}

/// Below every stretch, how many of the wards stand behind its value.
fn coverage_row(sheet: &Sheet<'_, '_, '_>, plot: &Plot<'_>, line: &Told<'_>, y: i32) -> Result<()> {
    let look = sheet.small();
    for (position, value) in line.values.iter().enumerate() {
        let (x, _) = plot.place(number(position), 0.0);
        let coverage = format!("{}/{}", value.coverage.included, value.coverage.expected);
        sheet.canvas.text((x, y + 4), &coverage, look.anchored(Anchor::Middle))?;
    }
    Ok(())
}

/// Targets, each over the stretches that it is set for.
fn targets(sheet: &Sheet<'_, '_, '_>, plot: &Plot<'_>, line: &Told<'_>, color: usize) -> Result<()> {
    let color = sheet.palette.line(color);
    let target = |value: &Placed| value.target.as_ref().map(|target| target.value);
    let numbered: Vec<_> = line.values.iter().enumerate().collect();
    for run in numbered.chunk_by(|(_, left), (_, right)| target(left) == target(right)) {
        let (Some((first, value)), Some((last, _))) = (run.first(), run.last()) else { continue };
        let Some(height) = target(value) else { continue };
        let height = height.to_f64();
        plot.dashed(vec![(number(*first) - 0.5, height), (number(*last) + 0.5, height)], color)?;
        if let Some(words) = line.target(value) {
            let (x, y) = plot.place(number(*first) - 0.5, height);
            let look = Type::new(sheet.look.small, sheet.palette.ink);
            sheet.canvas.text((x + 4, y - 9), &words, look)?;
        }
    }
    Ok(())
}

/// The intervals of neighbouring values as one surface, that of a value on its own as an upright line.
fn bands(sheet: &Sheet<'_, '_, '_>, plot: &Plot<'_>, line: &Told<'_>, color: usize) -> Result<()> {
    let color = sheet.palette.line(color);
    let numbered: Vec<_> = line.values.iter().enumerate().collect();
    for run in numbered.chunk_by(|(_, left), (_, right)| left.interval.is_some() == right.interval.is_some()) {
        let ends = |(position, value): &(usize, &Placed)| {
            let interval = value.interval?;
            Some((number(*position), interval.lower.to_f64(), interval.upper.to_f64()))
        };
        let ends: Vec<_> = run.iter().filter_map(ends).collect();
        match ends.as_slice() {
            [] => {}
            [(x, lower, upper)] => plot.path(vec![(*x, *lower), (*x, *upper)], color, 2)?,
            several => {
                let above = several.iter().map(|(x, _, upper)| (*x, *upper));
                let under = several.iter().rev().map(|(x, lower, _)| (*x, *lower));
                plot.band(above.chain(under).collect(), color)?;
            }
        }
    }
    Ok(())
}

/// The line through values at their places, broken where one is missing.
pub(super) fn trace(
    sheet: &Sheet<'_, '_, '_>,
    plot: &Plot<'_>,
    placed: &[(usize, &Placed)],
    color: usize,
) -> Result<()> {
    let joined = |(before, left): &(usize, &Placed), (after, right): &(usize, &Placed)| {
        before + 1 == *after && left.value.is_some() == right.value.is_some()
    };
    for run in placed.chunk_by(joined) {
        let height = |(position, value): &(usize, &Placed)| Some((number(*position), value.value?.to_f64()));
        let points: Vec<_> = run.iter().filter_map(height).collect();
        if points.len() > 1 {
            plot.path(points, sheet.palette.line(color), 2)?;
        }
    }
    Ok(())
}

/// The values: marked by what they rest on, written out where there is room, and named where there are several lines.
fn points(
    sheet: &mut Sheet<'_, '_, '_>,
    plot: &Plot<'_>,
    line: &Told<'_>,
    color: usize,
    letter: Option<&str>,
    step: f64,
) -> Result<()> {
    let look = Type::new(sheet.look.small, sheet.palette.ink).anchored(Anchor::Middle);
    let (decimals, language) = (line.indicator.decimals, line.language);
    let written = |value: &Placed| value.value.map(|value| within(value, decimals, language, look.size, 110.0));
    let widest = line.values.iter().filter_map(written).map(|text| width(&text, look.size, false)).fold(0.0, f64::max);
    let last = line.values.iter().rposition(|value| value.value.is_some());
    let color = sheet.palette.line(color);
    for (position, value) in line.values.iter().enumerate() {
        let name = letter.map_or_else(|| span(value.period), |letter| format!("{letter}, {}", span(value.period)));
        sheet.tell(line, &name, value);
        let Some(height) = value.value else {
            let (x, _) = plot.place(number(position), 0.0);
            let base = plot.floor() - 8;
            sheet.canvas.text((x, base), "–", look)?;
            continue;
        };
        let (x, y) = plot.place(number(position), height.to_f64());
        sheet.mark((x, y), value, color)?;
        let alone = neighbour(&line.values, position).is_none_or(|away| number(away) * step >= widest + 6.0);
        if let Some(text) = written(value).filter(|_| letter.is_none() && (alone || Some(position) == last)) {
            let half = pixel(width(&text, look.size, false) / 2.0);
            let x = x.min(sheet.look.width - 4 - half);
            sheet.canvas.text((x, y - 13), &text, look)?;
        }
    }
    Ok(())
}

/// How far away the nearest other value is.
fn neighbour(values: &[Placed], position: usize) -> Option<usize> {
    let others = values.iter().enumerate().filter(|(at, value)| *at != position && value.value.is_some());
    others.map(|(at, _)| at.abs_diff(position)).min()
}

/// The letter of each line at its end, moved apart where lines end close to each other.
fn letters(sheet: &Sheet<'_, '_, '_>, plot: &Plot<'_>, lines: &[Told<'_>]) -> Result<()> {
    let end = |(line, letter): (&Told<'_>, &'static str)| {
        let (position, value) =
            line.values.iter().enumerate().rev().find_map(|(position, value)| Some((position, value.value?)))?;
        Some((plot.place(number(position), value.to_f64()), letter))
    };
    let mut ends: Vec<_> = lines.iter().zip(LETTERS).filter_map(end).collect();
    ends.sort_by_key(|((_, y), _)| *y);
    let apart = pixel(sheet.look.small) + 1;
    let look = Type::new(sheet.look.small, sheet.palette.ink).bold().anchored(Anchor::Middle);
    let mut above = i32::MIN;
    for ((x, y), letter) in ends {
        let y = y.max(above.saturating_add(apart));
        sheet.canvas.text((x + 13, y), letter, look)?;
        above = y;
    }
    Ok(())
}

/// Says which stretches have no value, and why.
fn gaps(sheet: &mut Sheet<'_, '_, '_>, line: &Told<'_>, several: bool) {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for value in line.values.iter().filter(|value| value.value.is_none()) {
        reasons.entry(line.why(value)).or_default().push(span(value.period));
    }
    let name = if several { format!("{}: ", line.name()) } else { String::new() };
    for (reason, spans) in reasons {
        let listed = match spans.as_slice() {
            [first, .., last] if spans.len() > 6 => match line.language {
                Language::Vi => format!("{} lần, từ {first} đến {last}", spans.len()),
                Language::En => format!("{} times, {first} to {last}", spans.len()),
            },
            _ => spans.join(", "),
        };
        let missing = sheet.says("– không có giá trị", "– no value");
        sheet.note(format!("{name}{missing}: {listed} ({reason})."));
    }
}

/// The coverage of the last value, and what the surface is.
fn sum_up(sheet: &mut Sheet<'_, '_, '_>, lines: &[Told<'_>]) {
    if let [line] = lines
        && let Some(last) = line.values.iter().rev().find(|value| value.value.is_some())
        && last.coverage.expected > 1
    {
        let (included, reported, expected) = (last.coverage.included, last.coverage.reported, last.coverage.expected);
        let when = span(last.period);
        sheet.note(match line.language {
            Language::Vi => format!(
                "Độ phủ {when}: {included}/{expected} phường, xã góp vào giá trị; {reported}/{expected} đã công bố báo cáo."
            ),
            Language::En => format!(
                "Coverage {when}: {included}/{expected} wards contribute; {reported}/{expected} have published a report."
            ),
        });
    }
    if lines.iter().flat_map(|line| &line.values).any(|value| value.interval.is_some()) {
        let words = sheet.says("Dải mờ: khoảng tin cậy 95 % (Wilson).", "Pale band: 95 % interval (Wilson).");
        sheet.note(words.to_owned());
    }
}
