//! A report's document, with the names of its JSON form.

use async_graphql::SimpleObject;
use chrono::NaiveDate;

use super::observation::Mention;
use super::scalar::Word;
use crate::domain::indicator::{Nature, Span};
use crate::domain::observation::{self, Origin, SurveyMethod};
use crate::domain::report::{self, CitationRole, ProjectRole, ProjectStatus};

/// Declares a part of the document: what the schema shows of a part of the domain's. `each` converts the items of a
/// list, `some` what may be absent.
macro_rules! part {
    ($(#[$about:meta])* $name:ident of $source:path {
        $($(#[$meta:meta])* $field:ident: $type:ty $(= $how:ident)?,)*
    }) => {
        $(#[$about])*
        #[derive(SimpleObject)]
        pub struct $name { $($(#[$meta])* $field: $type,)* }

        impl From<$source> for $name {
            fn from(source: $source) -> Self {
                Self { $($field: part!(@ source.$field $(, $how)?),)* }
            }
        }
    };
    (@ $value:expr) => { $value };
    (@ $value:expr, word) => { $value.into() };
    (@ $value:expr, some) => { $value.map(Into::into) };
    (@ $value:expr, each) => { $value.into_iter().map(Into::into).collect() };
}

part! {
    /// The days that a report says it covers.
    DataWindow of report::DataWindow {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    }
}

part! {
    /// The letter that asked for the report.
    RequestingLetter of report::RequestingLetter {
        /// Its number and symbol, such as `436-CV/BCĐ`.
        symbol: String,
        /// Its date.
        date: NaiveDate,
        /// Who sent it.
        issuer: String,
        /// What about.
        subject: String,
        /// The sentence that cites it.
        quote: Option<String>,
    }
}

part! {
    /// Who signed.
    Signatory of report::Signatory {
        /// Name.
        name: String,
        /// Office held.
        title: String,
        /// On whose behalf.
        authority: String,
    }
}

part! {
    /// An act that the report cites.
    CitedAct of report::CitedAct {
        /// Its number and symbol, such as `04/2015/NĐ-CP`.
        act: String,
        /// Its date, where the report gives it.
        date: Option<NaiveDate>,
        /// The section that cites it.
        section: String,
        /// What it is cited as.
        role: Word<CitationRole> = word,
        /// The sentence that cites it.
        quote: Option<String>,
        /// What a reader should mind.
        note: Option<String>,
    }
}

/// A figure as its report holds it.
#[derive(SimpleObject, Clone)]
pub struct ReportObservation {
    /// The indicator's code.
    indicator: String,
    /// What it claims to be.
    nature: Word<Nature>,
    /// `=`, or `>`, `>=`, `<`, `<=` for a bound.
    operator: &'static str,
    /// The number, with the decimals that it was printed with.
    value: String,
    /// What stretch of time it is about.
    span: Word<Span>,
    /// Where it comes from.
    origin: Word<Origin>,
    /// The year or period of a figure that is not the quarter's own.
    reference_period: Option<String>,
    /// The code of the project that it is about.
    project: Option<String>,
    /// How people were asked.
    method: Option<Word<SurveyMethod>>,
    /// Whether it was generated.
    synthetic: bool,
    /// Whether the report orders it rather than reports it.
    instruction: bool,
    /// What a reader should mind.
    note: Option<String>,
    /// Where the report states it.
    mentions: Vec<Mention>,
}

impl From<observation::Observation> for ReportObservation {
    fn from(source: observation::Observation) -> Self {
        Self {
            indicator: source.indicator,
            nature: source.nature.into(),
            operator: source.operator.as_str(),
            value: source.value.to_string(),
            span: source.span.into(),
            origin: source.origin.into(),
            reference_period: source.reference_period,
            project: source.project,
            method: source.method.map(Word),
            synthetic: source.synthetic,
            instruction: source.instruction,
            note: source.note,
            mentions: source.mentions.into_iter().map(Into::into).collect(),
        }
    }
}

part! {
    /// A statement about an indicator in words, without a number.
    Claim of report::Claim {
        /// The indicator's code.
        indicator: String,
        /// What it claims to be.
        nature: Word<Nature> = word,
        /// The section that makes it.
        section: String,
        /// The sentence.
        quote: String,
        /// What it says.
        text: String,
        /// The year that it is about.
        reference_period: Option<String>,
    }
}

part! {
    /// A document that the ward issued in the quarter.
    IssuedDocument of report::IssuedDocument {
        /// plan or regulation.
        kind: String,
        /// Its number and symbol, such as `05/KH-UBND`.
        symbol: String,
        /// Its date as printed.
        date: NaiveDate,
        /// Its subject as printed.
        subject: String,
        /// The unit as the subject names it.
        unit_named: Option<String>,
        /// The section that lists it.
        section: Option<String>,
        /// The words that name it.
        quote: Option<String>,
        /// What a reader should mind.
        note: Option<String>,
    }
}

part! {
    /// Where the report names a project, and as what.
    ProjectMention of report::ProjectMention {
        /// The section.
        section: String,
        /// As what.
        role: Word<ProjectRole> = word,
        /// The words.
        quote: String,
    }
}

/// A project that the report names, in one or more roles.
#[derive(SimpleObject)]
pub struct Project {
    /// What observations refer to it by.
    code: String,
    /// Its name as printed.
    name: String,
    /// Its roles.
    roles: Vec<Word<ProjectRole>>,
    /// How far it has come.
    status: Option<Word<ProjectStatus>>,
    /// The sentence that says so.
    quote: Option<String>,
    /// What a reader should mind.
    note: Option<String>,
    /// The year that it is registered for.
    reference_period: Option<String>,
    /// The indicators whose observations hold its money.
    money_indicators: Vec<String>,
    /// Where the report names it.
    mentions: Vec<ProjectMention>,
    /// The document's figures about it: its money among them.
    observations: Vec<ReportObservation>,
}

impl Project {
    fn of(project: report::Project, figures: &[ReportObservation]) -> Self {
        let about = figures.iter().filter(|figure| figure.project.as_ref() == Some(&project.code));
        Self {
            observations: about.cloned().collect(),
            code: project.code,
            name: project.name,
            roles: project.roles.into_iter().map(Word).collect(),
            status: project.status.map(Word),
            quote: project.quote,
            note: project.note,
            reference_period: project.reference_period,
            money_indicators: project.money_indicators,
            mentions: project.mentions.into_iter().map(Into::into).collect(),
        }
    }
}

part! {
    /// A section of the text.
    NarrativeSection of report::NarrativeSection {
        /// Its place in the outline, such as `II.1`.
        outline: String,
        /// Its heading.
        heading: String,
        /// Whether the heading is one of the starred ones below the numbered outline.
        starred: bool,
        /// Its paragraphs, separated by blank lines.
        text: String,
    }
}

part! {
    /// A limitation that the ward owns up to.
    Limitation of report::Limitation {
        /// What.
        text: String,
        /// Why, where the report says.
        cause: Option<String>,
        /// Its place in the list.
        number: Option<u16>,
        /// The section.
        section: Option<String>,
    }
}

part! {
    /// A task for the next quarter.
    Task of report::Task {
        /// Its number.
        number: u16,
        /// What is to be done.
        text: String,
        /// The section.
        section: Option<String>,
    }
}

/// A ward's quarter as a document: what the ward wrote, as it wrote it.
#[derive(SimpleObject)]
#[graphql(name = "ReportDocument")]
pub struct Document {
    /// The code of the ward that reports.
    ward: String,
    /// The quarter reported on.
    quarter: String,
    /// The title.
    title: Option<String>,
    /// What kind of document it calls itself.
    #[graphql(name = "documentKind")]
    kind: Option<String>,
    /// The sentence that it opens with.
    preamble: Option<String>,
    /// The sentence that it ends with.
    closing: Option<String>,
    /// The number in the register; the clerk gives it after signing.
    number: Option<String>,
    /// The line of the number as printed.
    number_printed: Option<String>,
    /// The symbol, such as `BC-UBND`.
    symbol: Option<String>,
    /// Where it was signed.
    place: Option<String>,
    /// When it was signed.
    date: Option<NaiveDate>,
    /// The line of the date as printed.
    date_printed: Option<String>,
    /// The days covered.
    window: Option<DataWindow>,
    /// The letter that asked for it.
    request: Option<RequestingLetter>,
    /// Who signed.
    signatory: Option<Signatory>,
    /// To whom it goes.
    recipients: Vec<String>,
    /// The acts cited, one entry a mention.
    cited_acts: Vec<CitedAct>,
    /// The figures.
    observations: Vec<ReportObservation>,
    /// Statements in words about indicators.
    claims: Vec<Claim>,
    /// The documents issued in the quarter.
    issued_documents: Vec<IssuedDocument>,
    /// The projects named.
    projects: Vec<Project>,
    /// The text, section by section.
    narrative: Vec<NarrativeSection>,
    /// The limitations.
    limitations: Vec<Limitation>,
    /// The tasks for the next quarter.
    tasks: Vec<Task>,
}

impl From<report::ReportDocument> for Document {
    fn from(source: report::ReportDocument) -> Self {
        let observations: Vec<ReportObservation> = part!(@ source.observations, each);
        Self {
            ward: source.ward,
            quarter: source.quarter.to_string(),
            title: source.title,
            kind: source.document_kind,
            preamble: source.preamble,
            closing: source.closing,
            number: source.number,
            number_printed: source.number_printed,
            symbol: source.symbol,
            place: source.place,
            date: source.date,
            date_printed: source.date_printed,
            window: part!(@ source.window, some),
            request: part!(@ source.request, some),
            signatory: part!(@ source.signatory, some),
            recipients: source.recipients,
            cited_acts: part!(@ source.cited_acts, each),
            claims: part!(@ source.claims, each),
            issued_documents: part!(@ source.issued_documents, each),
            projects: source.projects.into_iter().map(|project| Project::of(project, &observations)).collect(),
            narrative: part!(@ source.narrative, each),
            limitations: part!(@ source.limitations, each),
            tasks: part!(@ source.tasks, each),
            observations,
        }
    }
}
