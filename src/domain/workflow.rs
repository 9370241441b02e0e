//! The way of a report from draft to publication: which steps there are, who may take them, and what they need.

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Severity, Validation};
use super::policy::Action;
use super::report::ReportStatus;
use super::words::words;

words! {
    /// A step of a report.
    Step {
        /// The chairman sends it to the town.
        Submit = "submit",
        /// The chairman takes it back before it is approved.
        Withdraw = "withdraw",
        /// The town sends it back, with a reason.
        Return = "return",
        /// The town accepts it.
        Approve = "approve",
        /// The town makes it readable.
        Publish = "publish",
        /// The town opens what was published as a new version, with a reason.
        Reopen = "reopen",
        /// The town takes back what was published, with a reason.
        Retract = "retract",
    }
}

use ReportStatus::{Approved, Draft, Published, Retracted, Returned, Submitted};

/// Every step: from where, to where. Nothing else is possible.
const STEPS: &[(ReportStatus, ReportStatus, Step)] = &[
    (Draft, Submitted, Step::Submit),
    (Returned, Submitted, Step::Submit),
    (Submitted, Draft, Step::Withdraw),
    (Submitted, Returned, Step::Return),
    (Approved, Returned, Step::Return),
    (Submitted, Approved, Step::Approve),
    (Approved, Published, Step::Publish),
    (Published, Draft, Step::Reopen),
    (Retracted, Draft, Step::Reopen),
    (Published, Retracted, Step::Retract),
];

impl Step {
    /// The step between two states, if there is one.
    #[must_use]
    pub fn between(from: ReportStatus, to: ReportStatus) -> Option<Self> {
        STEPS.iter().find(|(start, end, _)| *start == from && *end == to).map(|(_, _, step)| *step)
    }

    /// The steps that a report can take from a state, with where they lead.
    pub fn from(status: ReportStatus) -> impl Iterator<Item = (Self, ReportStatus)> {
        STEPS.iter().filter(move |(start, ..)| *start == status).map(|(_, end, step)| (*step, *end))
    }

    /// The action of the policy table that it needs.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Submit | Self::Withdraw => Action::ReportSubmit,
            Self::Return | Self::Approve | Self::Publish | Self::Reopen | Self::Retract => Action::ReportDecide,
        }
    }

    /// Whether it must say why.
    #[must_use]
    pub const fn needs_reason(self) -> bool {
        matches!(self, Self::Return | Self::Reopen | Self::Retract)
    }

    /// Whether errors and unexplained warnings stand in its way.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        matches!(self, Self::Submit | Self::Approve | Self::Publish)
    }
}

impl ReportStatus {
    /// Whether the ward may edit the whole of a version.
    #[must_use]
    pub const fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }

    /// Whether somebody is still working on a version. The clerk may enter its number and date until then, which are given
    /// after signing (Decree 30/2020/NĐ-CP, article 15).
    #[must_use]
    pub const fn is_at_work(self) -> bool {
        matches!(self, Self::Draft | Self::Submitted | Self::Returned | Self::Approved)
    }
}

/// What the ward says of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Explanation {
    /// The finding's id.
    pub finding: String,
    /// What the finding's sides were: an explanation holds for these figures only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<String>,
    /// The right side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<String>,
    /// The explanation.
    pub text: String,
    /// Who gave it: the id of an account.
    pub by: String,
    /// What people call that account now; not part of what is kept.
    #[serde(skip)]
    pub by_name: Option<String>,
    /// When, RFC 3339 in UTC.
    pub at: String,
}

impl Explanation {
    /// Whether it is about a finding as it stands.
    #[must_use]
    pub fn explains(&self, finding: &Finding) -> bool {
        self.finding == finding.id && self.left == finding.left && self.right == finding.right
    }
}

/// The findings that stand in the way of a judged step: errors, and warnings that nobody has explained.
pub fn blocking<'a>(validation: &'a Validation, explanations: &'a [Explanation]) -> impl Iterator<Item = &'a Finding> {
    validation.findings.iter().filter(move |finding| match finding.severity {
        Severity::Error => true,
        Severity::Warning => !explanations.iter().any(|given| given.explains(finding)),
        Severity::Hint => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_that_is_at_work_can_be_left_and_every_step_is_somebodys() {
        for status in ReportStatus::ALL {
            assert!(Step::from(*status).count() > 0, "{status:?} is a dead end");
        }
        for step in Step::ALL {
            assert!(STEPS.iter().any(|(_, _, known)| known == step), "{step:?} leads from nowhere");
        }
        assert_eq!(Step::between(Draft, Published), None);
        assert_eq!(Step::between(Published, Submitted), None);
    }
}
