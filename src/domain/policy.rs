//! Who may do what: the one table.
//!
//! A connection and the snapshot can be had only by naming an action; the table decides and the [`Scope`] narrows.
//! Nothing else in the service decides on rights.

use std::sync::Arc;

use super::words::words;
use crate::error::{Code, Error, Result};
use crate::text;

words! {
    /// What a caller is.
    Role {
        /// Nobody signed in.
        Public = "public",
        /// A reader: a leader, a colleague, the town's dashboard.
        Viewer = "viewer",
        /// Enters a ward's figures.
        WardOfficer = "ward_officer",
        /// Signs and submits them.
        WardLeader = "ward_leader",
        /// Checks, returns, approves and publishes.
        TownOfficer = "town_officer",
        /// Another agency's system.
        Agency = "agency",
        /// Accounts, clients, areas, catalogue.
        Admin = "admin",
    }
}

/// What a cell of the table grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Nothing.
    No,
    /// Everything of its kind.
    Yes,
    /// What belongs to the caller's own ward.
    Own,
    /// What belongs to the wards within the caller's area at the quarter's cut-off.
    Within,
    /// As [`Grant::Within`], from a report's first submission on.
    Sub,
    /// Everything that the token's scope names: `figures:read`.
    FiguresRead,
    /// Everything that the token's scope names: `observations:write`, for the client's own indicators and areas.
    ObservationsWrite,
    /// Everything that the token's scope names: `changes:read`.
    ChangesRead,
}

impl Grant {
    /// The OAuth scope that the token must carry.
    #[must_use]
    pub const fn required_scope(self) -> Option<&'static str> {
        match self {
            Self::FiguresRead => Some("figures:read"),
            Self::ObservationsWrite => Some("observations:write"),
            Self::ChangesRead => Some("changes:read"),
            Self::No | Self::Yes | Self::Own | Self::Within | Self::Sub => None,
        }
    }

    /// The word in the reviewed grid.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Yes => "yes",
            Self::Own => "own",
            Self::Within => "within",
            Self::Sub => "within, once submitted",
            Self::FiguresRead => "scope figures:read",
            Self::ObservationsWrite => "scope observations:write",
            Self::ChangesRead => "scope changes:read",
        }
    }
}

/// Declares the actions and their grants per role. A missing column does not compile; neither does a missing row.
macro_rules! policy {
    ($($(#[$doc:meta])* $action:ident : $public:ident $viewer:ident $officer:ident $leader:ident $town:ident $agency:ident $admin:ident;)*) => {
        /// Everything that can be done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// Every action, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$action,)*];

            /// The action's name, for logs, the audit trail and the reviewed grid.
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$action => stringify!($action),)* } }
        }

        /// What the table grants a role for an action.
        #[must_use]
        pub const fn grant(role: Role, action: Action) -> Grant {
            match action {
                $(Action::$action => match role {
                    Role::Public => Grant::$public,
                    Role::Viewer => Grant::$viewer,
                    Role::WardOfficer => Grant::$officer,
                    Role::WardLeader => Grant::$leader,
                    Role::TownOfficer => Grant::$town,
                    Role::Agency => Grant::$agency,
                    Role::Admin => Grant::$admin,
                },)*
            }
        }
    };
}

#[rustfmt::skip]
mod table {
    use super::{Grant, Role};

    policy! {
        //                         public  viewer  ward_officer  ward_leader  town_officer  agency             admin
        /// Version, health, API descriptions, problem types, public keys.
        ServiceDescribe:           Yes     Yes     Yes           Yes          Yes           Yes                Yes;
        /// Sign in, renew a session with its refresh token.
        SessionOpen:               Yes     Yes     Yes           Yes          Yes           Yes                Yes;
        /// Published figures, aggregates, areas, quarters, catalogue; exports of what one may read.
        FiguresRead:               No      Yes     Yes           Yes          Yes           FiguresRead        Yes;
        /// Published reports: documents, narrative, findings.
        PublishedReportRead:       No      Yes     Yes           Yes          Yes           No                 Yes;
        /// A report that is not published.
        UnpublishedReportRead:     No      No      Own           Own          Sub           No                 No;
        /// Write a draft, explain a finding, accept a repair.
        DraftWrite:                No      No      Own           Own          No            No                 No;
        /// Submit, withdraw.
        ReportSubmit:              No      No      No            Own          No            No                 No;
        /// Return, approve, publish, reopen, retract, extend a deadline.
        ReportDecide:              No      No      No            No           Within        No                 No;
        /// Targets, deadlines, locks.
        QuarterManage:             No      No      No            No           Within        No                 No;
        /// Import files (a ward's as drafts).
        FileImport:                No      No      Own           Own          Within        No                 No;
        /// Push observations that an agency owns.
        ObservationPush:           No      No      No            No           No            ObservationsWrite  No;
        /// Read the change feed, manage own webhooks.
        ChangesRead:               No      No      No            No           Yes           ChangesRead        Yes;
        /// Areas, catalogue, accounts, clients, keys.
        Administer:                No      No      No            No           No            No                 Yes;
        /// The audit trail.
        AuditRead:                 No      No      Own           Own          Within        No                 Yes;
        /// Own password, own sessions.
        OwnAccount:                No      Yes     Yes           Yes          Yes           No                 Yes;
    }
}

pub use table::{Action, grant};

/// Who is asking, as the verified credentials say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What the caller is.
    pub role: Role,
    /// The account's or client's id; nothing for the public.
    pub subject: Option<String>,
    /// The id of the area that the account belongs to.
    pub area: Option<Arc<str>>,
    /// The OAuth scopes of the token.
    pub scopes: Vec<String>,
    /// The session that the token belongs to.
    pub session: Option<String>,
}

impl Caller {
    /// Somebody who sent no credentials.
    #[must_use]
    pub const fn public() -> Self {
        Self { role: Role::Public, subject: None, area: None, scopes: Vec::new(), session: None }
    }
}

/// How far a granted action reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything of its kind.
    All,
    /// The ward with this area id.
    Own(Arc<str>),
    /// The wards within the area with this id, at the quarter's cut-off.
    Within(Arc<str>),
    /// As `Within`, for reports that were submitted at least once.
    Submitted(Arc<str>),
}

/// Asks the table.
///
/// # Errors
/// `unauthenticated` for the public, `forbidden` for everybody else who may not.
pub fn authorize(caller: &Caller, action: Action) -> Result<Scope> {
    let granted = grant(caller.role, action);
    let area = || caller.area.clone().ok_or_else(|| refuse(caller));
    match granted {
        Grant::No => Err(refuse(caller)),
        Grant::Yes => Ok(Scope::All),
        Grant::Own => area().map(Scope::Own),
        Grant::Within => area().map(Scope::Within),
        Grant::Sub => area().map(Scope::Submitted),
        Grant::FiguresRead | Grant::ObservationsWrite | Grant::ChangesRead => {
            let carried = granted.required_scope().is_some_and(|scope| caller.scopes.iter().any(|held| held == scope));
            if carried { Ok(Scope::All) } else { Err(refuse(caller)) }
        }
    }
}

fn refuse(caller: &Caller) -> Error {
    if caller.role == Role::Public {
        let detail = text!(
            "Cần đăng nhập: gửi tiêu đề Authorization: Bearer với mã truy cập lấy từ POST /api/v1/sessions.",
            "Sign in first: send the header Authorization: Bearer with an access token from POST /api/v1/sessions."
        );
        return Error::new(Code::Unauthenticated, detail);
    }
    let role = caller.role.as_str();
    Error::new(Code::Forbidden, text!("Vai trò {role} không được làm việc này.", "The role {role} may not do this."))
}
