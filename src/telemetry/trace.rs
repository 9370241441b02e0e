//! Traces: the id that a request's log lines and answer carry (W3C Trace Context), and, where a collector is configured,
//! a span for each request and each transaction, sent by OTLP. Spans carry routes, methods and codes, never what a client
//! wrote.

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::{Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, TraceState, Tracer as _};
use opentelemetry::{Context, KeyValue, SpanId, TraceFlags, TraceId};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

/// How long a collector may take for one batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that a collector may answer, in bytes.
const MOST_ANSWERED: u64 = 64 * 1024;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Sends what is left when it is dropped.
#[derive(Debug)]
pub struct Exporting(SdkTracerProvider);

impl Drop for Exporting {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Begins to send spans to a collector, `http://host:4318`; which of them, the variables of OpenTelemetry's SDK say
/// (`OTEL_TRACES_SAMPLER`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_…`).
///
/// # Errors
/// Where the exporter cannot be made.
pub fn start(endpoint: &str) -> Result<Exporting, Box<dyn std::error::Error + Send + Sync>> {
    use opentelemetry::trace::TracerProvider as _;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Plain::new())
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .with_timeout(PATIENCE)
        .build()?;
    let resource = Resource::builder()
        .with_service_name(env!("CARGO_PKG_NAME"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build()).build();
    if TRACER.set(provider.tracer(env!("CARGO_PKG_NAME"))).is_err() {
        return Err("traces are sent already".into());
    }
    Ok(Exporting(provider))
}

/// Posts batches from the exporter's own thread, which may block. A collector stands beside the service, so plain HTTP
/// is enough.
#[derive(Debug)]
struct Plain(ureq::Agent);

impl Plain {
    fn new() -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        Self(config.max_redirects(0).proxy(None).build().into())
    }
}

impl HttpClient for Plain {
    fn send_bytes<'client, 'sent>(
        &'client self,
        request: Request<Bytes>,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'client: 'sent,
        Self: 'sent,
    {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let answer = self.0.run(Request::from_parts(parts, body.to_vec()))?;
            let (parts, mut body) = answer.into_parts();
            let body = body.with_config().limit(MOST_ANSWERED).read_to_vec()?;
            Ok(Response::from_parts(parts, Bytes::from(body)))
        })
    }
}

/// The two headers of W3C Trace Context.
struct Headers<'a> {
    parent: &'a str,
    state: Option<&'a str>,
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(self.parent),
            "tracestate" => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// Whether a header has the lengths that version 00 gives its parts; the library reads shorter ones too.
fn has_the_form(parent: &str) -> bool {
    let lengths = parent.split('-').map(str::len).take(4);
    lengths.eq([2, 32, 16, 2]) && parent.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
}

/// The span of a caller, where its header is a good one.
fn parent(header: Option<&str>, state: Option<&str>) -> Option<Context> {
    let headers = Headers { parent: header.filter(|header| has_the_form(header))?, state };
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    context.span().span_context().is_valid().then_some(context)
}

/// A request as its trace knows it.
#[derive(Debug)]
pub struct RequestTrace {
    here: SpanContext,
    context: Option<Context>,
}

impl RequestTrace {
    /// Begins with what the caller's headers `traceparent` and `tracestate` say, or a new trace where they say nothing.
    #[must_use]
    pub fn begin(header: Option<&str>, state: Option<&str>, method: &str, route: &str) -> Self {
        let parent = parent(header, state);
        if let Some(tracer) = TRACER.get() {
            let attributes = [
                KeyValue::new("http.request.method", method.to_owned()),
                KeyValue::new("http.route", route.to_owned()),
                KeyValue::new("url.scheme", "http"),
            ];
            let builder = tracer.span_builder(format!("{method} {route}")).with_kind(SpanKind::Server);
            let builder = builder.with_attributes(attributes);
            let span = builder.start_with_context(tracer, &parent.unwrap_or_default());
            let context = Context::new().with_span(span);
            return Self { here: context.span().span_context().clone(), context: Some(context) };
        }
        let caller = parent.as_ref().map(|context| context.span().span_context().clone());
        let trace = caller.as_ref().map_or_else(|| TraceId::from(rand::random::<u128>()), SpanContext::trace_id);
        let flags = caller.map_or_else(TraceFlags::default, |caller| caller.trace_flags());
        let span = SpanId::from(rand::random::<u64>());
        Self { here: SpanContext::new(trace, span, flags, false, TraceState::NONE), context: None }
    }

    /// The trace's id, 32 hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> TraceId {
        self.here.trace_id()
    }

    /// The header that tells others of this request.
    #[must_use]
    pub fn header(&self) -> String {
        let here = &self.here;
        format!("00-{}-{}-{:02x}", here.trace_id(), here.span_id(), here.trace_flags().to_u8())
    }

    /// What work on the request is done within, where spans are sent.
    #[must_use]
    pub const fn context(&self) -> Option<&Context> {
        self.context.as_ref()
    }

    /// Ends with an answer; `problem` is the code of a refusal.
    pub fn end(self, status: u16, problem: Option<&'static str>) {
        let Some(context) = self.context else { return };
        let span = context.span();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if let Some(code) = problem.filter(|_| status >= 500) {
            span.set_attribute(KeyValue::new("error.type", code));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// What is traced at present, to go on with it on another thread.
#[must_use]
pub fn current() -> Option<Context> {
    TRACER.get().map(|_| Context::current()).filter(Context::has_active_span)
}

/// A piece of work within a traced request; it ends when this is dropped.
#[derive(Debug)]
pub struct Piece(Option<opentelemetry_sdk::trace::Span>);

impl Piece {
    /// Begins a transaction with a database of some system.
    #[must_use]
    pub fn transaction(within: Option<&Context>, operation: &'static str, system: &'static str) -> Self {
        let span = TRACER.get().zip(within).map(|(tracer, within)| {
            let attributes = [KeyValue::new("db.system.name", system), KeyValue::new("db.operation.name", operation)];
            let builder = tracer.span_builder(format!("{operation} {system}")).with_kind(SpanKind::Client);
            builder.with_attributes(attributes).start_with_context(tracer, within)
        });
        Self(span)
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        if let Some(span) = &mut self.0 {
            span.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_callers_trace_goes_on_with_a_span_of_ours() {
        let trace = RequestTrace::begin(Some(CALLER), Some("vendor=1"), "GET", "/");
        let header = trace.header();
        assert_eq!(header.split('-').nth(1), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_ne!(header.split('-').nth(2), Some("00f067aa0ba902b7"));
        assert!(header.starts_with("00-") && header.ends_with("-01") && has_the_form(&header), "{header}");
    }

    #[test]
    fn what_is_no_trace_begins_a_new_one() {
        let zero = "0".repeat(32);
        for header in [
            "",
            "00",
            "00-1-1-01",
            &format!("00-{zero}-00f067aa0ba902b7-01"),
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert!(parent(Some(header), None).is_none(), "{header}");
            let trace = RequestTrace::begin(Some(header), None, "GET", "/");
            assert_ne!(trace.id(), TraceId::INVALID, "{header}");
            assert!(!header.contains(&trace.id().to_string()), "{header}");
        }
    }
}
