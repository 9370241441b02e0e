//! A ward's quarter as a document: what the ward wrote, as it wrote it.
//!
//! This one form is what the report files of the repository hold, what the database keeps per version and what the
//! API shows; the figures of a published version are copied into the table of observations, with their revisions.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::indicator::Nature;
use super::observation::Observation;
use super::quarter::Quarter;
use super::words::words;

words! {
    /// How far a version of a report has come.
    ReportStatus {
        /// Being written.
        Draft = "draft",
        /// Sent to the town.
        Submitted = "submitted",
        /// Sent back to the ward, with a reason.
        Returned = "returned",
        /// Accepted by the town.
        Approved = "approved",
        /// Readable.
        Published = "published",
        /// Was readable; taken back.
        Retracted = "retracted",
    }
}

words! {
    /// What a project of a report is part of.
    ProjectRole {
        /// Registered for a change of land use.
        LandConversion = "landConversion",
        /// Compensation for land.
        Compensation = "compensation",
        /// Supervised by the community.
        CommunitySupervision = "communitySupervision",
        /// Refurbishment of the one-stop office.
        Refurbishment = "refurbishment",
    }
}

words! {
    /// How far a report says that a project has come.
    ProjectStatus {
        /// Registered for the year.
        Registered = "registered",
        /// Compensation for its land is being paid.
        CompensationUnderway = "compensationUnderway",
        /// Compensation for its land is paid in full.
        CompensationPaid = "compensationPaid",
        /// Finished.
        Completed = "completed",
    }
}

words! {
    /// What a report cites an act as.
    CitationRole {
        /// The ground that it stands on.
        Basis = "basis",
        /// What the ward says that it carries out.
        Applied = "applied",
        /// An order from above.
        Directive = "directive",
        /// What the ward made known to the people.
        Disseminated = "disseminated",
        /// Part of a task for the next quarter.
        Task = "task",
    }
}

/// The days that a report says it covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DataWindow {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// The letter that asked for the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestingLetter {
    /// Its number and symbol, such as `436-CV/BCĐ`.
    pub symbol: String,
    /// Its date.
    pub date: NaiveDate,
    /// Who sent it.
    pub issuer: String,
    /// What about.
    pub subject: String,
    /// The sentence that cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Signatory {
    /// Name.
    pub name: String,
    /// Office held.
    pub title: String,
    /// On whose behalf, such as `TM. ỦY BAN NHÂN DÂN PHƯỜNG`.
    pub authority: String,
}

/// An act that the report cites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CitedAct {
    /// Its number and symbol, such as `04/2015/NĐ-CP`.
    pub act: String,
    /// Its date, where the report gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// The section that cites it.
    pub section: String,
    /// What it is cited as.
    pub role: CitationRole,
    /// The sentence that cites it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What a reader should mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A document that the ward issued in the quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IssuedDocument {
    /// `plan` or `regulation`.
    pub kind: String,
    /// Its number and symbol, such as `05/KH-UBND`.
    pub symbol: String,
    /// Its date as printed.
    pub date: NaiveDate,
    /// Its subject as printed.
    pub subject: String,
    /// The unit as the subject names it, such as `xã Quảng Minh`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_named: Option<String>,
    /// The section that lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The words that name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What a reader should mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Where the report names a project, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProjectMention {
    /// The section.
    pub section: String,
    /// As what.
    pub role: ProjectRole,
    /// The words.
    pub quote: String,
}

/// A project that the report names, in one or more roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Project {
    /// What observations refer to it by.
    pub code: String,
    /// Its name as printed.
    pub name: String,
    /// Its roles.
    pub roles: Vec<ProjectRole>,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProjectStatus>,
    /// The sentence that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// What a reader should mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The year that it is registered for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_period: Option<String>,
    /// The indicators whose observations hold its money.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub money_indicators: Vec<String>,
    /// Where the report names it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ProjectMention>,
}

/// A statement about an indicator in words, without a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Claim {
    /// The indicator's code.
    pub indicator: String,
    /// What it claims to be.
    pub nature: Nature,
    /// The section that makes it.
    pub section: String,
    /// The sentence.
    pub quote: String,
    /// What it says.
    pub text: String,
    /// The year that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_period: Option<String>,
}

/// A section of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NarrativeSection {
    /// Its place in the outline, such as `II.1`.
    pub outline: String,
    /// Its heading.
    pub heading: String,
    /// Whether the heading is one of the starred ones below the numbered outline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub starred: bool,
    /// Its paragraphs, separated by blank lines.
    pub text: String,
}

/// A limitation that the ward owns up to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limitation {
    /// What.
    pub text: String,
    /// Why, where the report says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Its place in the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u16>,
    /// The section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
}

/// A task for the next quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Task {
    /// Its number.
    pub number: u16,
    /// What is to be done.
    pub text: String,
    /// The section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
}

/// The whole document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportDocument {
    /// The code of the ward that reports.
    pub ward: String,
    /// The quarter reported on.
    pub quarter: Quarter,
    /// The title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What kind of document it calls itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_kind: Option<String>,
    /// The sentence that it opens with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preamble: Option<String>,
    /// The sentence that it ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<String>,
    /// The number in the register; the clerk gives it after signing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The line of the number as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number_printed: Option<String>,
    /// The symbol, such as `BC-UBND`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// Where it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// The line of the date as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_printed: Option<String>,
    /// The days covered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<DataWindow>,
    /// The letter that asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestingLetter>,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signatory: Option<Signatory>,
    /// To whom it goes.
    #[serde(default)]
    #[schema(required)]
    pub recipients: Vec<String>,
    /// The acts cited, one entry a mention.
    #[serde(default)]
    #[schema(required)]
    pub cited_acts: Vec<CitedAct>,
    /// The figures.
    #[serde(default)]
    #[schema(required)]
    pub observations: Vec<Observation>,
    /// Statements in words about indicators.
    #[serde(default)]
    #[schema(required)]
    pub claims: Vec<Claim>,
    /// The documents issued in the quarter.
    #[serde(default)]
    #[schema(required)]
    pub issued_documents: Vec<IssuedDocument>,
    /// The projects named.
    #[serde(default)]
    #[schema(required)]
    pub projects: Vec<Project>,
    /// The text, section by section.
    #[serde(default)]
    #[schema(required)]
    pub narrative: Vec<NarrativeSection>,
    /// The limitations.
    #[serde(default)]
    #[schema(required)]
    pub limitations: Vec<Limitation>,
    /// The tasks for the next quarter.
    #[serde(default)]
    #[schema(required)]
    pub tasks: Vec<Task>,
}

impl ReportDocument {
    /// A document without text, for figures that came from a file.
    #[must_use]
    pub const fn of_figures(ward: String, quarter: Quarter, observations: Vec<Observation>) -> Self {
        Self {
            ward,
            quarter,
            observations,
            title: None,
            document_kind: None,
            preamble: None,
            closing: None,
            number: None,
            number_printed: None,
            symbol: None,
            place: None,
            date: None,
            date_printed: None,
            window: None,
            request: None,
            signatory: None,
            recipients: Vec::new(),
            cited_acts: Vec::new(),
            claims: Vec::new(),
            issued_documents: Vec::new(),
            projects: Vec::new(),
            narrative: Vec::new(),
            limitations: Vec::new(),
            tasks: Vec::new(),
        }
    }
}
