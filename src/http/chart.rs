//! Aggregates as pictures: `GET /aggregates.svg`, and `GET /aggregates` for whoever would rather have one than JSON.

use actix_web::HttpResponse;
use actix_web::http::header::ACCEPT;

use super::accept::quality;
use super::aggregate::{compact, peers, request};
use super::answer::{FileName, Made, represented};
use super::context::Context;
use super::params::Params;
use crate::domain::aggregate::Published as _;
use crate::domain::policy::Action;
use crate::domain::text::fold;
use crate::error::{Code, Error, Result};
use crate::service::chart::{MEDIA_TYPE, Picture, Size, Theme};
use crate::service::read::aggregate_query;
use crate::text;

/// `GET /aggregates.svg`: always a picture.
pub(super) async fn picture(context: Context) -> Result<HttpResponse> {
    draw(&context, false).await
}

/// `GET /aggregates` as a picture.
pub(super) async fn answer(context: &Context) -> Result<HttpResponse> {
    draw(context, true).await
}

/// Whether the client would rather have a picture than JSON.
pub(super) fn is_preferred(context: &Context) -> bool {
    let accept = context.header(ACCEPT).unwrap_or_default();
    quality(accept, MEDIA_TYPE) > quality(accept, "application/json")
}

fn options(params: &mut Params) -> Result<(Option<Theme>, Option<Size>)> {
    let theme = params.word("theme", Theme::parse, &["light", "dark"])?;
    let size = params.word("size", Size::parse, &["report", "phone"])?;
    Ok((theme, size))
}

/// Takes what only a picture knows, and refuses it.
pub(super) fn refuse_options(params: &mut Params) -> Result<()> {
    let given = match options(params)? {
        (Some(_), _) => "theme",
        (None, Some(_)) => "size",
        (None, None) => return Ok(()),
    };
    let detail = text!(
        "{given} chỉ dành cho hình: hãy gọi /api/v1/aggregates.svg, hoặc gửi Accept: {MEDIA_TYPE}.",
        "{given} is for pictures only: ask /api/v1/aggregates.svg, or send Accept: {MEDIA_TYPE}."
    );
    Err(Error::parameter(Code::InvalidParameter, given, detail))
}

async fn draw(context: &Context, negotiated: bool) -> Result<HttpResponse> {
    represented(context, Action::FiguresRead, MEDIA_TYPE, async |snapshot, mut params| {
        let request = request(&mut params)?;
        if negotiated {
            let given = [("compact", compact(&mut params)?.is_some()), ("peers", peers(&mut params)?.is_some())];
            if let Some((name, _)) = given.into_iter().find(|(_, given)| *given) {
                let detail = text!("{name} chỉ dành cho JSON.", "{name} is for JSON only.");
                return Err(Error::parameter(Code::InvalidParameter, name, detail));
            }
        }
        let (theme, size) = options(&mut params)?;
        params.finish()?;
        let query = aggregate_query(&snapshot, context.app.clock.today(), &request)?;
        let picture = Picture {
            snapshot: &snapshot,
            query: &query,
            language: context.language,
            theme: theme.unwrap_or(Theme::Light),
            size: size.unwrap_or(Size::Report),
        };
        let body = picture.draw()?.into_bytes();
        Ok(Made { body, next: None, file: Some(file_name(&picture)) })
    })
    .await
}

/// What the picture is called where it is saved.
fn file_name(picture: &Picture<'_>) -> FileName {
    let (snapshot, query) = (picture.snapshot, picture.query);
    let area = picture.area().map_or("", |version| &version.name);
    let indicator = query.indicators.first().and_then(|key| snapshot.catalogue().get(*key));
    let indicator = indicator.map_or("", |indicator| &indicator.code);
    let (first, last) = (query.first, query.last);
    let when = if first == last { last.to_string() } else { format!("{first} {last}") };
    FileName {
        media_type: MEDIA_TYPE,
        inline: true,
        plain: format!("{} {indicator} {when}.svg", fold(area)),
        full: format!("{area} {indicator} {when}.svg"),
    }
}
