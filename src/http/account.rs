//! Accounts, for administrators.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_MATCH, LOCATION};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::answer::{bytes, listed, only_page, replaced, tagged};
use super::body;
use super::context::Context;
use super::params::Params;
use super::wire::AreaBody;
use crate::domain::aggregate::Published as _;
use crate::domain::policy::{Action, Role, authorize};
use crate::error::{Code, Error, Result};
use crate::service::account::{self, AccountChange, AccountView, NewAccount, change};
use crate::snapshot::Snapshot;
use crate::text;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = NewAccount)]
pub(super) struct NewAccountBody {
    /// 1 to 64 lower-case letters, digits or `.`, `_`, `-`.
    #[schema(pattern = r"^[^\u0000]*$")]
    username: String,
    /// What people call it; the user name where nothing is said.
    #[schema(pattern = r"^[^\u0000]*$")]
    display_name: Option<String>,
    #[schema(value_type = Role)]
    role: String,
    /// The id of its area, such as `07792-1`; only viewers and administrators need none.
    area: Option<String>,
    /// At least twelve characters.
    #[schema(pattern = r"^[^\u0000]*$", format = Password)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schema(as = AccountChange)]
pub(super) struct AccountChangeBody {
    /// What people call it.
    #[schema(pattern = r"^[^\u0000]*$")]
    display_name: Option<String>,
    #[schema(value_type = Option<Role>)]
    role: Option<String>,
    /// The id of its area; null takes it away.
    #[serde(default, deserialize_with = "told")]
    #[schema(value_type = Option<String>)]
    area: Option<AreaOrNone>,
    /// Whether it may not sign in; its sessions end within a second.
    disabled: Option<bool>,
    /// A new password, which ends its sessions.
    #[schema(pattern = r"^[^\u0000]*$", format = Password)]
    password: Option<String>,
}

/// The id of an area, or null, which is not what is left out.
#[derive(Deserialize)]
#[serde(transparent)]
struct AreaOrNone(Option<String>);

fn told<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AreaOrNone>, D::Error> {
    AreaOrNone::deserialize(deserializer).map(Some)
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(super) struct AccountBody<'a> {
    id: &'a str,
    username: &'a str,
    /// What people call it.
    display_name: &'a str,
    role: Role,
    /// The area that it belongs to, as it was last.
    #[schema(required)]
    area: Option<AreaBody<'a>>,
    /// Whether it may not sign in.
    disabled: bool,
}

impl<'a> AccountBody<'a> {
    fn of(snapshot: &'a Snapshot, AccountView { account, .. }: &'a AccountView) -> Self {
        let areas = snapshot.areas();
        let area = account.area.as_deref().and_then(|id| areas.get(areas.find(id)?));
        Self {
            id: &account.id,
            username: &account.username,
            display_name: &account.display_name,
            role: account.role,
            area: area.and_then(|area| Some(AreaBody::of(&area.id, area.latest()?))),
            disabled: account.disabled,
        }
    }
}

fn role(word: &str) -> Result<Role> {
    Role::parse(word).ok_or_else(|| {
        let choices = Role::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
        let detail = text!("role phải là một trong: {choices}.", "role must be one of: {choices}.");
        Error::parameter(Code::InvalidBody, "/role", detail)
    })
}

/// What is refused before a body is read.
fn may(context: &Context) -> Result<()> {
    authorize(&context.caller, Action::Administer)?;
    Params::parse(context.request.query_string())?.finish()
}

pub(super) async fn list(context: Context) -> Result<HttpResponse> {
    let snapshot = context.app.snapshots.read(&context.caller, Action::Administer)?;
    let asked = only_page(&context)?;
    let found = account::list(&context.app, &context.actor()).await?;
    listed(&context, asked, &found, |view| AccountBody::of(&snapshot, view))
}

pub(super) async fn show(context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::Administer)?;
    let view = account::show(&context.app, &context.actor(), context.path("username")).await?;
    tagged(&context, &view.etag, &AccountBody::of(&snapshot, &view))
}

pub(super) async fn create(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let sent: NewAccountBody = body::json(&mut context).await?;
    let new = NewAccount {
        display_name: sent.display_name.unwrap_or_else(|| sent.username.clone()),
        username: sent.username,
        role: role(&sent.role)?,
        area: sent.area,
        password: sent.password,
    };
    let view = account::create(&context.app, &context.actor(), &new).await?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::Administer)?;
    let body = bytes(&AccountBody::of(&snapshot, &view))?;
    let mut response = HttpResponse::Created();
    response.content_type("application/json; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((LOCATION, format!("/api/v1/accounts/{}", view.account.username)));
    Ok(response.insert_header((ETAG, view.etag.as_str())).body(body))
}

pub(super) async fn patch(mut context: Context) -> Result<HttpResponse> {
    may(&context)?;
    let sent: AccountChangeBody = body::json(&mut context).await?;
    let wanted = AccountChange {
        display_name: sent.display_name,
        role: sent.role.as_deref().map(role).transpose()?,
        area: sent.area.map(|AreaOrNone(area)| area),
        disabled: sent.disabled,
        password: sent.password,
    };
    let (username, if_match) = (context.path("username").to_owned(), context.header(IF_MATCH));
    let view = change(&context.app, &context.actor(), &username, wanted, if_match).await?;
    let snapshot = context.app.snapshots.read(&context.caller, Action::Administer)?;
    replaced(&view.etag, &AccountBody::of(&snapshot, &view))
}
