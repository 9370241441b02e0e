//! What all pictures have around them: what is shown above, what the marks mean, who stands behind it, and at which revision.

use std::collections::BTreeMap;

use super::canvas::{Anchor, Canvas, Mark, Page, Place, Type, below};
use super::facts::{Told, mark};
use super::measure::{number, pixel, width, wrapped};
use super::palette::{Palette, RGBColor};
use super::{Picture, Size, facts};
use crate::domain::aggregate::{Aggregate, Period, PeriodSpan, Published as _, Status};
use crate::domain::indicator::Nature;
use crate::error::{Language, Result};
use crate::service::spreadsheet::label::Labelled as _;
use crate::service::verdict;

/// Sentences of a description; more is not listened to.
const MOST_TOLD: usize = 60;
/// Values that are named as contested; of more, how many they are.
const MOST_CONTESTED: usize = 4;
/// The height of a line of text, in sizes of its letters.
const LEADING: f64 = 1.45;

/// The measures of a picture, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub width: i32,
    pub margin: i32,
    pub title: f64,
    pub text: f64,
    pub small: f64,
    /// A value that a panel is about.
    pub large: f64,
    /// What lines are drawn in.
    pub plot: i32,
    /// What one bar is drawn in.
    pub row: i32,
}

impl Look {
    pub const fn of(size: Size) -> Self {
        match size {
            Size::Report => {
                Self { width: 960, margin: 28, title: 21.0, text: 14.0, small: 12.0, large: 26.0, plot: 340, row: 24 }
            }
            Size::Phone => {
                Self { width: 360, margin: 14, title: 16.0, text: 13.0, small: 11.0, large: 24.0, plot: 240, row: 24 }
            }
        }
    }
}

/// A picture being drawn, from top to bottom.
pub(super) struct Sheet<'c, 'b, 'a> {
    pub canvas: &'c Canvas<'b>,
    pub picture: Picture<'a>,
    pub palette: &'static Palette,
    pub look: Look,
    /// Where the next thing is drawn.
    pub top: i32,
    title: String,
    about: String,
    marks: BTreeMap<Mark, Status>,
    notes: Vec<String>,
    told: Vec<String>,
    untold: usize,
    synthetic: bool,
    former: bool,
    /// What is contested without its status saying so: the name of each value, and how many wards.
    contested: Vec<(String, String)>,
}

impl<'c, 'b, 'a> Sheet<'c, 'b, 'a> {
    /// With its title, its area and its time.
    pub fn new(canvas: &'c Canvas<'b>, picture: Picture<'a>) -> Result<Self> {
        let look = Look::of(picture.size);
        let mut sheet = Self {
            canvas,
            picture,
            palette: picture.palette(),
            look,
            top: look.margin,
            title: String::new(),
            about: String::new(),
            marks: BTreeMap::new(),
            notes: Vec::new(),
            told: Vec::new(),
            untold: 0,
            synthetic: false,
            former: false,
            contested: Vec::new(),
        };
        let title = sheet.heading();
        sheet.lines(&title, Type::new(look.title, sheet.palette.ink).bold(), 3)?;
        sheet.title = title;
        let about = sheet.subject();
        sheet.lines(&about, Type::new(look.text, sheet.palette.muted), 3)?;
        sheet.about = about;
        Ok(sheet)
    }

    pub fn says(&self, vietnamese: &'static str, english: &'static str) -> &'static str {
        if self.picture.language == Language::Vi { vietnamese } else { english }
    }

    /// The room between the margins.
    pub fn room(&self) -> i32 {
        self.look.width - 2 * self.look.margin
    }

    pub fn small(&self) -> Type {
        Type::new(self.look.small, self.palette.muted)
    }

    /// What is said where nothing is drawn.
    pub fn statement(&self) -> Type {
        Type::new(self.look.text, self.palette.ink)
    }

    /// The area's name.
    pub fn area(&self) -> &'a str {
        self.picture.area().map_or("", |version| &version.name)
    }

    fn heading(&self) -> String {
        let query = self.picture.query;
        let catalogue = self.picture.snapshot.catalogue();
        if let [only] = query.indicators.as_slice()
            && let Some(indicator) = catalogue.get(*only)
        {
            let told = Told { indicator, language: self.picture.language, values: Vec::new() };
            return format!("{} ({})", told.name(), told.unit());
        }
        let (count, area) = (query.indicators.len(), self.area());
        match self.picture.language {
            Language::Vi => format!("{count} chỉ tiêu của {area}"),
            Language::En => format!("{count} indicators of {area}"),
        }
    }

    fn time(&self) -> String {
        let query = self.picture.query;
        let whole = PeriodSpan { kind: Period::Total, first: query.first, last: query.last };
        facts::span(whole)
    }

    fn subject(&self) -> String {
        let query = self.picture.query;
        let code = self.picture.area().map_or("", |version| &version.code);
        let mut said = vec![format!("{} ({code})", self.area()), self.time()];
        said.extend(query.boundaries.map(|day| match self.picture.language {
            Language::Vi => format!("trong địa giới ngày {day}"),
            Language::En => format!("within the boundaries of {day}"),
        }));
        match (query.period, query.first == query.last) {
            (Period::Year, _) => said.push(self.says("theo năm", "by year").to_owned()),
            (Period::Total, false) => said.push(self.says("cộng cả kỳ", "over the whole period").to_owned()),
            _ => {}
        }
        if query.by_ward {
            said.push(self.says("theo phường, xã", "by ward").to_owned());
        }
        if query.nature != Nature::Actual {
            said.push(query.nature.label(self.picture.language).to_owned());
        }
        said.extend(query.method.map(|method| method.label(self.picture.language).to_owned()));
        said.join(" · ")
    }

    /// Text over the whole width, in at most so many lines.
    pub fn lines(&mut self, text: &str, look: Type, most: usize) -> Result<()> {
        let lines = wrapped(text, look.size, look.bold, f64::from(self.room()), most);
        let place = (self.look.margin, self.top);
        self.top += self.paragraph(place, &lines, look)?;
        Ok(())
    }

    /// Lines below a place; how much height they took.
    pub fn paragraph(&self, place: Place, lines: &[String], look: Type) -> Result<i32> {
        let leading = look.size * LEADING;
        for (position, line) in lines.iter().enumerate() {
            self.canvas.text(below(place, leading * (number(position) + 0.5)), line, look)?;
        }
        Ok(pixel(leading * number(lines.len())))
    }

    /// A name beside a sample of what it is drawn as.
    pub fn key(&mut self, sample: impl FnOnce(Place, Place) -> Result<()>, text: &str) -> Result<()> {
        let look = Type::new(self.look.small, self.palette.ink);
        let lines = wrapped(text, look.size, false, f64::from(self.room() - 36), 3);
        let middle = self.top + pixel(look.size * LEADING / 2.0);
        sample((self.look.margin, middle), (self.look.margin + 26, middle))?;
        self.top += self.paragraph((self.look.margin + 36, self.top), &lines, look)?;
        Ok(())
    }

    /// A value that is drawn as a mark, which will be explained.
    pub fn mark(&mut self, place: Place, value: &Aggregate, color: RGBColor) -> Result<()> {
        let mark = mark(value.status);
        if mark != Mark::Full {
            self.marks.insert(mark, value.status);
        }
        self.canvas.mark(place, mark, color, self.palette.paper)
    }

    /// A value that is shown: its sentence will be told.
    pub fn tell(&mut self, told: &Told<'_>, name: &str, value: &Aggregate) {
        self.synthetic |= value.synthetic;
        self.former |= value.former;
        self.contested.extend(facts::contested(value, told.language).map(|wards| (name.to_owned(), wards)));
        if self.told.len() < MOST_TOLD {
            self.told.push(told.sentence(name, value));
        } else {
            self.untold += 1;
        }
    }

    /// Says, and tells, that an area has no wards to draw.
    pub fn without_wards(&mut self) -> Result<()> {
        let words = self.says("Không có phường, xã nào", "There are no wards");
        self.told.push(format!("{words}."));
        self.lines(words, self.statement(), 2)
    }

    /// A sentence below the picture.
    pub fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What the marks mean, the notes, and where it all comes from.
    pub fn finish(mut self) -> Result<Page> {
        self.top += 8;
        self.explain_marks()?;
        if self.former {
            let words = self.says(
                "Đơn vị cũ: đã kết thúc trước ngày chốt, giá trị cộng từ các phường, xã có trên địa bàn của nó từ đó.",
                "A former area had ended by the cut-off: its value is added up over the wards that its ground belongs to since.",
            );
            self.note(words.to_owned());
        }
        self.contest();
        for note in std::mem::take(&mut self.notes) {
            self.lines(&note, self.small(), 4)?;
            self.told.push(note);
        }
        if self.synthetic {
            self.warn()?;
        }
        let (epoch, revision) = (&self.picture.snapshot.epoch, self.picture.snapshot.revision);
        let source = match self.picture.language {
            Language::Vi => format!("Lần công bố {revision} (epoch {epoch}) · danbiet"),
            Language::En => format!("Revision {revision} (epoch {epoch}) · danbiet"),
        };
        self.lines(&source, self.small(), 2)?;
        if self.untold > 0 {
            let more = self.untold;
            self.told.push(match self.picture.language {
                Language::Vi => format!("Và {more} giá trị khác."),
                Language::En => format!("And {more} more values."),
            });
        }
        let description = [self.about.clone()].into_iter().chain(std::mem::take(&mut self.told)).chain([source]);
        Ok(Page {
            height: self.top + self.look.margin,
            paper: self.palette.paper,
            language: self.picture.language.tag(),
            title: self.title.clone(),
            description: description.collect::<Vec<_>>().join("\n"),
        })
    }

    /// That figures are contested must be seen also where a stronger status hides it.
    fn contest(&mut self) {
        let all = self.contested.len();
        let named = self.contested.iter().take(MOST_CONTESTED).map(|(name, wards)| format!("{name}: {wards}"));
        let named = named.collect::<Vec<_>>().join("; ");
        match (all.saturating_sub(MOST_CONTESTED), self.picture.language) {
            _ if all == 0 => {}
            (0, _) => self.note(format!("{named}.")),
            (more, Language::Vi) => self.note(format!("{named}; và {more} giá trị khác.")),
            (more, Language::En) => self.note(format!("{named}; and {more} more values.")),
        }
    }

    fn explain_marks(&mut self) -> Result<()> {
        let look = Type::new(self.look.small, self.palette.ink);
        let leading = pixel(look.size * LEADING);
        let (mut x, right) = (self.look.margin, self.look.width - self.look.margin);
        let marks = std::mem::take(&mut self.marks);
        for (mark, status) in &marks {
            let words = verdict::status(*status, self.picture.language);
            let taken = 18 + pixel(width(words, look.size, false));
            if x > self.look.margin && x + taken > right {
                (x, self.top) = (self.look.margin, self.top + leading);
            }
            let middle = self.top + leading.div_euclid(2);
            self.canvas.mark((x + 6, middle), *mark, self.palette.line(0), self.palette.paper)?;
            self.canvas.text((x + 18, middle), words, look)?;
            x += taken + 24;
        }
        if !marks.is_empty() {
            self.top += leading + 4;
        }
        Ok(())
    }

    /// That figures are generated must be seen by whoever sees the picture.
    fn warn(&mut self) -> Result<()> {
        let words = self.says(
            "DỮ LIỆU SINH RA để minh họa – không phải số liệu thật",
            "SYNTHETIC DATA for demonstration – not real figures",
        );
        let look = Type::new(self.look.small, self.palette.warning).bold().anchored(Anchor::Middle);
        let lines = wrapped(words, look.size, true, f64::from(self.room() - 20), 2);
        let top = self.top + 6;
        let middle = self.look.width.div_euclid(2);
        let height = self.paragraph((middle, top + 4), &lines, look)? + 8;
        let right = self.look.width - self.look.margin;
        self.canvas.outline((self.look.margin, top), (right, top + height), self.palette.warning)?;
        self.top = top + height + 6;
        self.told.push(words.to_owned());
        Ok(())
    }
}
