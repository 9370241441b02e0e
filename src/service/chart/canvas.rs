//! What pictures are drawn on, and the only room that knows the plotting library.

use std::ops::Range;

use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{Circle, Cross, DashedPathElement, Drawable, PathElement, PointCollection, Polygon, Rectangle};
use plotters::prelude::{Cartesian2d, DrawingArea, IntoDrawingArea as _, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle};

use super::measure::pixel;
use crate::error::{Error, Result};

/// Arial has every Vietnamese letter; the others have its widths or stand in where it is missing.
const FONTS: &str = "Arial, 'Liberation Sans', 'Noto Sans', sans-serif";
/// The library writes font sizes divided by this.
const FONT_SCALE: f64 = 1.24;
/// No picture is taller, in pixels.
const TALLEST: u32 = 20_000;

type Area<'b, C> = DrawingArea<SVGBackend<'b>, C>;
type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// A place on the canvas, in pixels from its upper left corner.
pub(super) type Place = (i32, i32);

/// Where a text stands beside its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// Begins there.
    Start,
    /// Is around it.
    Middle,
    /// Ends there.
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Type {
    pub size: f64,
    pub bold: bool,
    pub color: RGBColor,
    pub anchor: Anchor,
}

impl Type {
    pub const fn new(size: f64, color: RGBColor) -> Self {
        Self { size, bold: false, color, anchor: Anchor::Start }
    }

    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

/// What marks a point, told apart by its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Full,
    Hollow,
    Triangle,
    Square,
    Cross,
}

/// What a finished picture says of itself beside what it shows.
pub(super) struct Page {
    pub height: i32,
    pub paper: RGBColor,
    /// The BCP 47 tag of everything that is written.
    pub language: &'static str,
    pub title: String,
    pub description: String,
}

/// A canvas of a fixed width, as tall as what is drawn.
pub(super) struct Canvas<'b> {
    root: Area<'b, Shift>,
}

/// Draws a picture and writes it as a document of SVG.
pub(super) fn drawn(width: i32, draw: impl FnOnce(&Canvas<'_>) -> Result<Page>) -> Result<String> {
    let mut body = String::new();
    let size = (u32::try_from(width).unwrap_or_default(), TALLEST);
    let page = {
        let root = SVGBackend::with_string(&mut body, size).into_drawing_area();
        let page = draw(&Canvas { root: root.clone() })?;
        root.present().map_err(failed)?;
        page
    };
    // The library's root says neither what the picture is nor, before it is drawn, how tall it is.
    let (_, body) = body.split_once('>').ok_or_else(|| Error::internal("a picture without a root"))?;
    let (height, language) = (page.height, page.language);
    let RGBColor(red, green, blue) = page.paper;
    let (title, description) = (escaped(&page.title), escaped(&page.description));
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" xml:lang=\"{language}\">\n<title>{title}</title>\n<desc>{description}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#{red:02X}{green:02X}{blue:02X}\"/>{body}"
    ))
}

/// XML text; characters that XML cannot hold are left out.
fn escaped(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars().filter(|character| is_xml(*character)) {
        match character {
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '&' => written.push_str("&amp;"),
            other => written.push(other),
        }
    }
    written
}

const fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn failed<E: std::error::Error + Send + Sync + 'static>(error: E) -> Error {
    Error::internal(error)
}

fn stroke(color: RGBColor, width: u32) -> ShapeStyle {
    ShapeStyle::from(&color).stroke_width(width)
}

impl<'b> Canvas<'b> {
    fn put<E>(&self, element: &E) -> Result<()>
    where
        for<'e> &'e E: PointCollection<'e, Place>,
        E: Drawable<SVGBackend<'b>>,
    {
        self.root.draw(element).map_err(failed)
    }

    /// A line of text whose middle is at a height.
    pub fn text(&self, place: Place, text: &str, look: Type) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let style = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::Name(FONTS), look.size * FONT_SCALE, style);
        let horizontal = match look.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = TextStyle::from(font).color(&look.color).pos(Pos::new(horizontal, VPos::Center));
        let text: String = text.chars().filter(|character| is_xml(*character)).collect();
        self.root.draw(&plotters::element::Text::new(text, place, style)).map_err(failed)
    }

    pub fn line(&self, from: Place, to: Place, color: RGBColor, width: u32) -> Result<()> {
        self.put(&PathElement::new(vec![from, to], stroke(color, width)))
    }

    pub fn dashed(&self, from: Place, to: Place, color: RGBColor) -> Result<()> {
        self.put(&DashedPathElement::new([from, to], 7, 5, stroke(color, 2)))
    }

    pub fn outline(&self, corner: Place, opposite: Place, color: RGBColor) -> Result<()> {
        self.put(&Rectangle::new([corner, opposite], stroke(color, 1)))
    }

    /// A mark in a colour, whose inside is the paper where it is hollow.
    pub fn mark(&self, place: Place, mark: Mark, color: RGBColor, paper: RGBColor) -> Result<()> {
        match mark {
            Mark::Full => self.put(&Circle::new(place, 4, color.filled())),
            Mark::Hollow => {
                self.put(&Circle::new(place, 4, paper.filled()))?;
                self.put(&Circle::new(place, 4, stroke(color, 2)))
            }
            Mark::Triangle => {
                let (x, y) = place;
                let corners = [(x, y - 6), (x + 6, y + 4), (x - 6, y + 4)];
                self.put(&Polygon::new(corners, paper.filled()))?;
                let outline = corners.into_iter().chain([(x, y - 6), (x + 6, y + 4)]).collect::<Vec<_>>();
                self.put(&PathElement::new(outline, stroke(color, 2)))
            }
            Mark::Square => {
                let ((left, top), (right, bottom)) = ((place.0 - 5, place.1 - 5), (place.0 + 5, place.1 + 5));
                self.put(&Rectangle::new([(left, top), (right, bottom)], paper.filled()))?;
                self.put(&Rectangle::new([(left, top), (right, bottom)], stroke(color, 2)))
            }
            Mark::Cross => {
                self.put(&Cross::new(place, 5, stroke(paper, 6)))?;
                self.put(&Cross::new(place, 5, stroke(color, 3)))
            }
        }
    }

    /// A part of the canvas with axes of its own, the values growing upwards.
    pub fn plot(&self, corner: Place, size: Place, across: Range<f64>, up: Range<f64>) -> Result<Plot<'b>> {
        let part = self.root.clone().shrink(corner, size);
        let chart: ChartContext<'_, SVGBackend<'b>, Plane> =
            ChartBuilder::on(&part).build_cartesian_2d(across, up).map_err(failed)?;
        Ok(Plot { area: chart.plotting_area().clone() })
    }
}

/// A part of a canvas that knows where values are.
pub(super) struct Plot<'b> {
    area: Area<'b, Plane>,
}

impl<'b> Plot<'b> {
    fn put<E>(&self, element: &E) -> Result<()>
    where
        for<'e> &'e E: PointCollection<'e, (f64, f64)>,
        E: Drawable<SVGBackend<'b>>,
    {
        self.area.draw(element).map_err(failed)
    }

    /// Where a point is on the canvas.
    pub fn place(&self, x: f64, y: f64) -> Place {
        self.area.map_coordinate(&(x, y))
    }

    /// The height of the lower end on the canvas.
    pub fn floor(&self) -> i32 {
        self.area.get_pixel_range().1.end
    }

    pub fn path(&self, points: Vec<(f64, f64)>, color: RGBColor, width: u32) -> Result<()> {
        self.put(&PathElement::new(points, stroke(color, width)))
    }

    pub fn dashed(&self, points: Vec<(f64, f64)>, color: RGBColor) -> Result<()> {
        self.put(&DashedPathElement::new(points, 7, 5, stroke(color, 2)))
    }

    /// A surface through which what lies below is seen.
    pub fn band(&self, corners: Vec<(f64, f64)>, color: RGBColor) -> Result<()> {
        self.put(&Polygon::new(corners, color.mix(0.2).filled()))
    }

    pub fn bar(&self, corner: (f64, f64), opposite: (f64, f64), color: RGBColor) -> Result<()> {
        self.put(&Rectangle::new([corner, opposite], color.filled()))
    }
}

/// The place below another.
pub(super) fn below((x, y): Place, by: f64) -> Place {
    (x, y + pixel(by))
}
