//! A report as a workbook: what it says, sheet by sheet, as it says it.

use super::book::{Book, Look, Sheet, Value};
use super::label::{Column, Labelled as _, unit};
use super::template::ward;
use crate::domain::aggregate::Published as _;
use crate::domain::area::{AreaKey, AreaVersion};
use crate::domain::calendar::date_in_vietnam;
use crate::domain::observation::Observation;
use crate::domain::quarter::Quarter;
use crate::domain::report::{Project, ReportDocument};
use crate::error::{Language, Result, Text};
use crate::service::verdict;
use crate::snapshot::{ReportMark, Snapshot};
use crate::text;

/// Characters of a paragraph in one cell; what is longer goes on in the next.
const MAX_PARAGRAPH: usize = 30_000;

/// The columns of the figures, each with its width in characters.
const FIGURES: [(Column, u16); 14] = [
    (Column::Code, 30),
    (Column::Section, 8),
    (Column::Name, 46),
    (Column::Unit, 10),
    (Column::Printed, 20),
    (Column::Value, 15),
    (Column::Operator, 11),
    (Column::Nature, 12),
    (Column::Span, 16),
    (Column::ReferencePeriod, 10),
    (Column::Project, 18),
    (Column::Method, 20),
    (Column::Quote, 70),
    (Column::Note, 40),
];

/// A published report as it is taken away.
#[derive(Debug, Clone, Copy)]
pub struct ReportBook<'a> {
    /// What is published.
    pub snapshot: &'a Snapshot,
    /// The ward.
    pub ward: AreaKey,
    /// The quarter.
    pub quarter: Quarter,
    /// The language of everything that is not the ward's own words.
    pub language: Language,
    /// Which version it is.
    pub mark: ReportMark,
    /// What it says.
    pub document: &'a ReportDocument,
}

impl ReportBook<'_> {
    /// Writes the workbook.
    ///
    /// # Errors
    /// `areaNotFound` where the ward did not exist at the quarter's cut-off.
    pub fn write(self) -> Result<Vec<u8>> {
        let (version, cut_off) = ward(self.snapshot, self.ward, self.quarter)?;
        let (quarter, name) = (self.quarter, &version.name);
        let title = text!("Báo cáo {quarter} – {name}", "Report of {quarter} – {name}");
        let mut book = Book::new(title.get(self.language), cut_off);
        self.heading(&mut book, version, &title)?;
        self.figures(&mut book)?;
        self.issued_documents(&mut book)?;
        self.projects(&mut book)?;
        self.narrative(&mut book)?;
        self.limitations(&mut book)?;
        self.tasks(&mut book)?;
        self.cited_acts(&mut book)?;
        book.finish()
    }

    fn sheet<'b>(&self, book: &'b mut Book, name: &Text, widths: &[u16]) -> Result<Sheet<'b>> {
        book.sheet(name.get(self.language), widths)
    }

    fn table<'b>(&self, book: &'b mut Book, name: &Text, columns: &[(Text, u16)]) -> Result<Sheet<'b>> {
        let widths: Vec<_> = columns.iter().map(|(_, width)| *width).collect();
        let mut sheet = self.sheet(book, name, &widths)?;
        sheet.head(columns.iter().map(|(heading, _)| heading.get(self.language).into()).collect(), 0)?;
        Ok(sheet)
    }

    fn heading(&self, book: &mut Book, version: &AreaVersion, title: &Text) -> Result<()> {
        let mut sheet = self.sheet(book, &text!("Báo cáo", "Report"), &[28, 90])?;
        sheet.line(Look::Title, title.get(self.language))?;
        if self.mark.synthetic {
            let remark =
                text!("Báo cáo này là dữ liệu sinh ra để trình diễn.", "This report was generated for demonstration.");
            sheet.line(Look::Remark, remark.get(self.language))?;
        }
        let document = self.document;
        let (epoch, revision, number) = (&self.snapshot.epoch, self.mark.revision, self.mark.version);
        let published = date_in_vietnam(self.mark.published_at.and_utc());
        let window = document.window.as_ref().map(|window| {
            let (from, to) = (window.from.format("%d/%m/%Y"), window.to.format("%d/%m/%Y"));
            format!("{from} – {to}")
        });
        let request = document.request.as_ref().map(|letter| {
            let (symbol, date, issuer) = (&letter.symbol, letter.date.format("%d/%m/%Y"), &letter.issuer);
            format!("{symbol}, {date}, {issuer}: {}", letter.subject)
        });
        let signatory = document
            .signatory
            .as_ref()
            .map(|signatory| format!("{}\n{}\n{}", signatory.authority, signatory.title, signatory.name));
        let rows: [(Text, Value<'_>); 17] = [
            (text!("Đơn vị", "Ward"), (&version.name).into()),
            (text!("Mã đơn vị", "Code of the ward"), (&version.code).into()),
            (text!("Quý", "Quarter"), self.quarter.to_string().into()),
            (text!("Loại văn bản", "Kind of document"), document.document_kind.as_ref().into()),
            (text!("Tiêu đề", "Title"), document.title.as_ref().into()),
            (text!("Số", "Number"), document.number.as_ref().or(document.number_printed.as_ref()).into()),
            (text!("Ký hiệu", "Symbol"), document.symbol.as_ref().into()),
            (text!("Nơi ký", "Signed at"), document.place.as_ref().into()),
            (
                text!("Ngày ký", "Signed on"),
                document.date.map_or_else(|| document.date_printed.as_ref().into(), Value::from),
            ),
            (text!("Kỳ số liệu ghi trong báo cáo", "Days covered, as stated"), window.into()),
            (text!("Văn bản yêu cầu", "Requesting letter"), request.into()),
            (text!("Người ký", "Signed by"), signatory.into()),
            (text!("Nơi nhận", "Recipients"), document.recipients.join("\n").into()),
            (text!("Mở đầu", "Preamble"), document.preamble.as_ref().into()),
            (text!("Kết thúc", "Closing"), document.closing.as_ref().into()),
            (text!("Ngày công bố", "Published on"), published.into()),
            (
                text!("Lần công bố", "Revision"),
                text!("{epoch}.{revision}, bản {number}", "{epoch}.{revision}, version {number}")
                    .get(self.language)
                    .to_owned()
                    .into(),
            ),
        ];
        for (label, value) in rows {
            sheet.cells(Look::Plain, vec![label.get(self.language).to_owned().into(), value])?;
        }
        Ok(())
    }

    fn figures(&self, book: &mut Book) -> Result<()> {
        let mut sheet = self.sheet(book, &text!("Số liệu", "Figures"), &FIGURES.map(|(_, width)| width))?;
        sheet.head(FIGURES.map(|(column, _)| column.heading(self.language).into()).into(), 3)?;
        for figure in &self.document.observations {
            sheet.cells(Look::Plain, FIGURES.map(|(column, _)| self.figure(figure, column)).into())?;
        }
        Ok(())
    }

    fn figure<'v>(&'v self, figure: &'v Observation, column: Column) -> Value<'v> {
        let language = self.language;
        let catalogue = self.snapshot.catalogue();
        let indicator = catalogue.find(&figure.indicator).and_then(|key| catalogue.get(key));
        let each = |part: fn(&crate::domain::observation::Mention) -> Option<&str>| {
            figure.mentions.iter().filter_map(part).collect::<Vec<_>>().join("\n")
        };
        match column {
            Column::Code => (&figure.indicator).into(),
            Column::Section => each(|mention| Some(&mention.section)).into(),
            Column::Name => {
                indicator.map(|found| if language == Language::Vi { &found.name_vi } else { &found.name_en }).into()
            }
            Column::Unit => indicator.map(|found| unit(found.unit, language)).into(),
            Column::Printed => each(|mention| mention.printed.as_deref()).into(),
            Column::Value => figure.value.into(),
            Column::Operator => {
                Some(figure.operator).filter(|found| found.is_bound()).map(|found| found.label(language)).into()
            }
            Column::Nature => figure.nature.label(language).into(),
            Column::Span => figure.span.label(language).into(),
            Column::ReferencePeriod => figure.reference_period.as_ref().into(),
            Column::Project => figure.project.as_ref().into(),
            Column::Method => figure.method.map(|method| method.label(language)).into(),
            Column::Quote => each(|mention| Some(&mention.quote)).into(),
            Column::Note if figure.synthetic => {
                let remark = text!("dữ liệu sinh ra", "generated");
                let note = figure.note.iter().map(String::as_str);
                [remark.get(language)].into_iter().chain(note).collect::<Vec<_>>().join("\n").into()
            }
            Column::Note => figure.note.as_ref().into(),
            _ => Value::Blank,
        }
    }

    fn issued_documents(&self, book: &mut Book) -> Result<()> {
        let columns = [
            (text!("Loại", "Kind"), 14),
            (text!("Số, ký hiệu", "Number and symbol"), 20),
            (text!("Ngày", "Date"), 12),
            (text!("Trích yếu", "Subject"), 70),
            (text!("Đơn vị nêu trong trích yếu", "Unit named"), 22),
            (text!("Mục", "Section"), 8),
            (text!("Câu văn trong báo cáo", "Quote"), 70),
            (text!("Ghi chú", "Note"), 40),
        ];
        let mut sheet = self.table(book, &text!("Văn bản ban hành", "Issued documents"), &columns)?;
        for issued in &self.document.issued_documents {
            let kind = match (issued.kind.as_str(), self.language) {
                ("plan", Language::Vi) => "kế hoạch",
                ("regulation", Language::Vi) => "quy chế",
                (other, _) => other,
            };
            sheet.cells(
                Look::Plain,
                vec![
                    kind.into(),
                    (&issued.symbol).into(),
                    issued.date.into(),
                    (&issued.subject).into(),
                    issued.unit_named.as_ref().into(),
                    issued.section.as_ref().into(),
                    issued.quote.as_ref().into(),
                    issued.note.as_ref().into(),
                ],
            )?;
        }
        Ok(())
    }

    fn projects(&self, book: &mut Book) -> Result<()> {
        let columns = [
            (text!("Mã dự án", "Code"), 24),
            (text!("Tên", "Name"), 60),
            (text!("Là", "Roles"), 34),
            (text!("Tình trạng", "Status"), 28),
            (text!("Của năm", "Year"), 10),
            (text!("Tiền (đồng)", "Money (VND)"), 50),
            (text!("Câu văn trong báo cáo", "Quote"), 70),
            (text!("Ghi chú", "Note"), 40),
        ];
        let mut sheet = self.table(book, &text!("Dự án", "Projects"), &columns)?;
        for project in &self.document.projects {
            let roles = project.roles.iter().map(|role| verdict::project_role(*role, self.language));
            let quotes = project.mentions.iter().map(|mention| mention.quote.as_str());
            let quotes: Vec<_> = project.quote.as_deref().into_iter().chain(quotes).collect();
            sheet.cells(
                Look::Plain,
                vec![
                    (&project.code).into(),
                    (&project.name).into(),
                    roles.collect::<Vec<_>>().join("\n").into(),
                    project.status.map(|status| verdict::project_status(status, self.language)).into(),
                    project.reference_period.as_ref().into(),
                    self.money(project).into(),
                    quotes.join("\n").into(),
                    project.note.as_ref().into(),
                ],
            )?;
        }
        Ok(())
    }

    /// The project's amounts, which are figures of the report.
    fn money(&self, project: &Project) -> String {
        let catalogue = self.snapshot.catalogue();
        let amounts = self.document.observations.iter().filter(|figure| {
            figure.project.as_ref() == Some(&project.code) && project.money_indicators.contains(&figure.indicator)
        });
        let amount = |figure: &Observation| {
            let indicator = catalogue.find(&figure.indicator).and_then(|key| catalogue.get(key));
            let name = indicator.map_or(figure.indicator.as_str(), |found| match self.language {
                Language::Vi => &found.name_vi,
                Language::En => &found.name_en,
            });
            format!("{name}: {}", figure.value)
        };
        amounts.map(amount).collect::<Vec<_>>().join("\n")
    }

    fn narrative(&self, book: &mut Book) -> Result<()> {
        let columns = [(text!("Mục", "Section"), 10), (text!("Tiêu đề và nội dung", "Heading and text"), 130)];
        let mut sheet = self.table(book, &text!("Nội dung", "Text"), &columns)?;
        for section in &self.document.narrative {
            sheet.cells(Look::Band, vec![(&section.outline).into(), (&section.heading).into()])?;
            for paragraph in section.text.split("\n\n").flat_map(pieces) {
                sheet.cells(Look::Plain, vec![Value::Blank, paragraph.into()])?;
            }
        }
        Ok(())
    }

    fn limitations(&self, book: &mut Book) -> Result<()> {
        let columns = [
            (text!("Số", "Number"), 8),
            (text!("Mục", "Section"), 10),
            (text!("Tồn tại, hạn chế", "Limitation"), 90),
            (text!("Nguyên nhân", "Cause"), 70),
        ];
        let mut sheet = self.table(book, &text!("Tồn tại, hạn chế", "Limitations"), &columns)?;
        for limitation in &self.document.limitations {
            let number = limitation.number.map(usize::from);
            sheet.cells(
                Look::Plain,
                vec![
                    number.into(),
                    limitation.section.as_ref().into(),
                    (&limitation.text).into(),
                    limitation.cause.as_ref().into(),
                ],
            )?;
        }
        Ok(())
    }

    fn tasks(&self, book: &mut Book) -> Result<()> {
        let columns =
            [(text!("Số", "Number"), 8), (text!("Mục", "Section"), 10), (text!("Nhiệm vụ quý sau", "Task"), 110)];
        let mut sheet = self.table(book, &text!("Nhiệm vụ quý sau", "Tasks"), &columns)?;
        for task in &self.document.tasks {
            let number = usize::from(task.number);
            sheet.cells(Look::Plain, vec![number.into(), task.section.as_ref().into(), (&task.text).into()])?;
        }
        Ok(())
    }

    fn cited_acts(&self, book: &mut Book) -> Result<()> {
        let columns = [
            (text!("Văn bản", "Act"), 30),
            (text!("Ngày", "Date"), 12),
            (text!("Mục", "Section"), 10),
            (text!("Nêu làm", "Cited as"), 22),
            (text!("Câu văn trong báo cáo", "Quote"), 80),
            (text!("Ghi chú", "Note"), 40),
        ];
        let mut sheet = self.table(book, &text!("Văn bản được dẫn", "Cited acts"), &columns)?;
        for cited in &self.document.cited_acts {
            sheet.cells(
                Look::Plain,
                vec![
                    (&cited.act).into(),
                    cited.date.into(),
                    (&cited.section).into(),
                    verdict::citation_role(cited.role, self.language).into(),
                    cited.quote.as_ref().into(),
                    cited.note.as_ref().into(),
                ],
            )?;
        }
        Ok(())
    }
}

/// A paragraph in pieces that a cell can hold.
fn pieces(paragraph: &str) -> Vec<&str> {
    let mut rest = paragraph.trim();
    let mut found = Vec::new();
    while let Some((at, _)) = rest.char_indices().nth(MAX_PARAGRAPH) {
        let (first, more) = rest.split_at(at);
        found.push(first);
        rest = more;
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_paragraph_is_cut_and_nothing_of_it_is_lost() {
        let long = "ế".repeat(2 * MAX_PARAGRAPH + 1);
        assert_eq!(pieces(&long).concat(), long);
        assert_eq!(pieces(&long).len(), 3);
        assert_eq!(pieces(" \n"), Vec::<&str>::new());
    }
}
