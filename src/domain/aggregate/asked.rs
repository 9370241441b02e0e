//! How people were asked, over everything that a value rests on: methods never mix.

use crate::domain::observation::SurveyMethod;

/// The ways of asking behind a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing says how.
    #[default]
    Unsaid,
    /// One way.
    By(SurveyMethod),
    /// Several, so that there is no value.
    Mixed,
}

impl Asked {
    pub const fn of(method: Option<SurveyMethod>) -> Self {
        match method {
            Some(method) => Self::By(method),
            None => Self::Unsaid,
        }
    }

    /// With a figure of the same survey: one that does not say how goes with one that does.
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unsaid, said) | (said, Self::Unsaid) => said,
            (left, right) if left == right => left,
            _ => Self::Mixed,
        }
    }

    /// With another survey, of another quarter or ward: what it does not say cannot be taken to be the same.
    pub fn beside(self, other: Self) -> Self {
        if self == other { self } else { Self::Mixed }
    }

    /// The one way.
    pub const fn method(self) -> Option<SurveyMethod> {
        match self {
            Self::By(method) => Some(method),
            Self::Unsaid | Self::Mixed => None,
        }
    }
}
