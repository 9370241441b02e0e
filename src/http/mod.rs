//! REST over actix-web: reads requests strictly, calls the use cases, writes answers and problems.

mod accept;
mod account;
mod address;
mod aggregate;
mod answer;
mod answers;
mod audit;
mod body;
mod catalogue;
mod change;
mod chart;
mod client;
mod context;
mod dashboard;
mod deadline;
mod docs;
mod edge;
mod event_stream;
mod export;
mod export_rows;
mod finding;
mod fixed;
mod graphiql;
mod graphql;
mod idempotency;
mod import;
mod inner;
mod listeners;
mod middleware;
mod oauth;
mod observation;
pub mod openapi;
mod params;
mod pressure;
mod problem;
mod push;
mod quarter;
mod rates;
mod report;
mod service;
mod session;
mod target;
mod webhook;
mod wire;
mod workflow;

use actix_web::App as ActixApp;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data, ServiceConfig};

pub use answers::Answers;
pub use edge::Edge;
pub use inner::{Exposition, inner};
pub use service::Draining;

use crate::graphql::Schema;
use crate::service::App;
use context::{endpoint, method_not_allowed, own_credentials, route_not_found};
use middleware::{frame, remember_vary};

/// What the workers of a server share.
#[derive(Clone)]
pub struct Shared {
    /// The use cases.
    pub app: Data<App>,
    /// Answers made before.
    pub answers: Data<Answers>,
    /// The GraphQL schema.
    pub schema: Data<Schema>,
    /// Whether the service is on its way out.
    pub draining: Data<Draining>,
    /// What stands before every request.
    pub edge: Data<Edge>,
}

/// The routes with all that surrounds them. What is wrapped last is outermost.
pub fn application(
    shared: Shared,
) -> ActixApp<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let pressure = shared.edge.pressure();
    ActixApp::new()
        .app_data(pressure)
        .app_data(shared.app)
        .app_data(shared.answers)
        .app_data(shared.schema)
        .app_data(shared.draining)
        .app_data(shared.edge)
        .wrap(from_fn(remember_vary))
        .wrap(Compress::default())
        .wrap(from_fn(frame))
        .configure(routes)
}

/// Every route of the service. A resource refuses every method that it does not declare with 405.
fn routes(config: &mut ServiceConfig) {
    use Method as M;
    macro_rules! resource {
        ($path:literal { $($method:ident => $handler:path),+ $(,)? }) => {
            resource!($path { $($method => $handler),+ } by endpoint);
        };
        ($path:literal { $($method:ident => $handler:path),+ } by $called:ident) => {
            config.service(
                web::resource($path)
                    $(.route(web::method(M::$method).to($called($handler))))+
                    .default_service(web::to(method_not_allowed(&[$(M::$method),+]))),
            );
        };
    }
    // Paths without parameters come first: they are compared, the others are matched by an expression each.
    resource!("/api/v1/sessions"                         { POST => session::open, GET => session::show, DELETE => session::close });
    resource!("/api/v1/sessions/refresh"                 { POST => session::refresh });
    resource!("/api/v1/sessions/password"                { PUT => session::change_password });
    resource!("/api/v1/accounts"                         { GET => account::list, POST => account::create });
    resource!("/api/v1/clients"                          { GET => client::list, POST => client::create });
    resource!("/api/v1/areas"                            { GET => catalogue::areas });
    resource!("/api/v1/wards"                            { GET => catalogue::wards });
    resource!("/api/v1/reports/transitions"              { POST => workflow::move_all });
    resource!("/api/v1/reports"                          { GET => report::list });
    resource!("/api/v1/quarters"                         { GET => quarter::list });
    resource!("/api/v1/deadlines"                        { GET => deadline::read, PUT => deadline::set });
    resource!("/api/v1/locks"                            { GET => deadline::read_lock, PUT => deadline::set_lock });
    resource!("/api/v1/targets"                          { GET => target::read, PUT => target::set });
    resource!("/api/v1/audit"                            { GET => audit::list });
    resource!("/api/v1/indicators"                       { GET => catalogue::indicators });
    resource!("/api/v1/observations"                     { GET => observation::list, POST => push::list });
    resource!("/api/v1/observations/pushed"              { GET => push::sent });
    resource!("/api/v1/aggregates"                       { GET => aggregate::list });
    resource!("/api/v1/aggregates.svg"                   { GET => chart::picture });
    resource!("/api/v1/changes"                          { GET => change::list });
    resource!("/api/v1/webhooks"                         { GET => webhook::list, POST => webhook::create });
    resource!("/api/v1/exports/template.xlsx"            { GET => export::template });
    resource!("/api/v1/exports/report.xlsx"              { GET => export::published });
    resource!("/api/v1/exports/quarter.xlsx"             { GET => export::quarter });
    resource!("/api/v1/exports/observations"             { GET => export_rows::negotiated });
    resource!("/api/v1/exports/observations.csv"         { GET => export_rows::csv });
    resource!("/api/v1/exports/observations.jsonl"       { GET => export_rows::json_lines });
    resource!("/api/v1/exports/observations.xlsx"        { GET => export_rows::workbook });
    resource!("/api/v1/imports"                          { POST => import::post });
    resource!("/graphql" {
        GET => graphql::get,
        POST => graphql::post,
    });
    resource!("/graphql/ws"                              { GET => graphql::socket::open });
    resource!("/oauth/token"                             { POST => oauth::token } by own_credentials);
    resource!("/.well-known/oauth-authorization-server"  { GET => oauth::metadata });
    resource!("/.well-known/jwks.json"                   { GET => session::jwks });
    resource!("/openapi.json"                            { GET => openapi::newest });
    resource!("/openapi-3.0.json"                        { GET => openapi::older });
    resource!("/"                                        { GET => dashboard::page });
    resource!("/docs"                                    { GET => docs::page });
    resource!("/health/live"                             { GET => service::live, HEAD => service::live });
    resource!("/health/ready"                            { GET => service::ready, HEAD => service::ready });
    resource!("/version"                                 { GET => service::version, HEAD => service::version });

    resource!("/api/v1/accounts/{username}"              { GET => account::show, PATCH => account::patch });
    resource!("/api/v1/clients/{id}"                     { GET => client::show, PATCH => client::patch });
    resource!("/api/v1/clients/{id}/secrets"             { GET => client::secrets, POST => client::add_secret });
    resource!("/api/v1/clients/{id}/secrets/{secret}"    { DELETE => client::revoke_secret });
    resource!("/api/v1/areas/{code}"                     { GET => catalogue::area });
    resource!("/api/v1/wards/{code}"                     { GET => catalogue::ward });
    resource!("/api/v1/wards/{code}/reports/{quarter}" {
        GET => report::newest,
        PUT => workflow::put,
        PATCH => workflow::patch,
    });
    resource!("/api/v1/wards/{code}/reports/{quarter}/findings"    { GET => report::findings });
    resource!("/api/v1/wards/{code}/reports/{quarter}/findings/{finding}/explanation" {
        PUT => workflow::explain,
        DELETE => workflow::take_back,
    });
    resource!("/api/v1/wards/{code}/reports/{quarter}/file"        { POST => workflow::upload_file });
    resource!("/api/v1/wards/{code}/reports/{quarter}/offers"      { POST => workflow::accept });
    resource!("/api/v1/wards/{code}/reports/{quarter}/repairs"     { POST => workflow::repair });
    resource!("/api/v1/wards/{code}/reports/{quarter}/transitions" { POST => workflow::move_on });
    resource!("/api/v1/wards/{code}/reports/{quarter}/history" { GET => audit::history });
    resource!("/api/v1/quarters/{quarter}"               { GET => quarter::one });
    resource!("/api/v1/quarters/{quarter}/progress"      { GET => quarter::progress });
    resource!("/api/v1/indicators/{code}"                { GET => catalogue::indicator });
    resource!("/api/v1/observations/{ward}/{quarter}/{indicator}" { PUT => push::one });
    resource!("/api/v1/webhooks/{id}" {
        GET => webhook::read,
        PATCH => webhook::change,
        DELETE => webhook::delete,
    });
    resource!("/api/v1/webhooks/{id}/deliveries"         { GET => webhook::deliveries });
    resource!("/api/v1/webhooks/{id}/replay"             { POST => webhook::replay });
    resource!("/api/v1/webhooks/{id}/secret/rotate"      { POST => webhook::rotate });
    resource!("/api/v1/webhooks/{id}/test"               { POST => webhook::test });
    resource!("/dashboard/{asset}"                       { GET => dashboard::asset });
    resource!("/docs/{asset}"                            { GET => docs::asset });
    resource!("/problems/{code}"                         { GET => service::problem_type });
    config.default_service(web::to(route_not_found));
}
