//! The one error type of the service: what went wrong, where in the request, and what to do about it.
//!
//! It knows no transport. `http` turns it into an RFC 9457 problem, `graphql` into `errors[].extensions`;
//! both read the code, the status and the titles from the one table below. `Display` prints only what a caller
//! may see; the cause stays in `source()` and reaches nothing but the log.

use std::borrow::Cow;
use std::fmt;

/// A sentence in both languages of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Vietnamese.
    pub vi: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// The sentence in the language asked for.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Vi => &self.vi,
            Language::En => &self.en,
        }
    }
}

/// Builds a [`Text`] from a Vietnamese and an English format string over the same captured variables.
#[macro_export]
macro_rules! text {
    ($vi:literal, $en:literal $(,)?) => {
        $crate::error::Text {
            vi: ::std::borrow::Cow::from(::std::format!($vi)),
            en: ::std::borrow::Cow::from(::std::format!($en)),
        }
    };
}

/// The languages that the service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Vietnamese, the default.
    #[default]
    Vi,
    /// English.
    En,
}

impl Language {
    /// The BCP 47 tag, for `Content-Language`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Vi => "vi",
            Self::En => "en",
        }
    }
}

/// Declares the whole error catalogue: variant, wire code, HTTP status, titles in both languages.
macro_rules! codes {
    ($($variant:ident, $code:literal, $status:literal, $vi:literal, $en:literal;)*) => {
        /// A machine-readable reason. Stable: clients branch on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $en] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as sent to clients (camelCase).
            #[must_use]
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code,)* } }

            /// The HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 { match self { $(Self::$variant => $status,)* } }

            /// What it means, in a few words.
            #[must_use]
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Vi) => $vi, (Self::$variant, Language::En) => $en,)*
                }
            }
        }
    };
}

codes! {
    MalformedRequest,     "malformedRequest",     400, "Yêu cầu sai dạng",                       "Malformed request";
    MalformedJson,        "malformedJson",        400, "Nội dung không phải JSON hợp lệ",        "The body is not valid JSON";
    InvalidBody,          "invalidBody",          400, "Nội dung không đúng dạng đã công bố",    "The body is not of the documented form";
    NotUtf8,              "notUtf8",              400, "Nội dung không phải UTF-8",              "The content is not UTF-8";
    UnknownParameter,     "unknownParameter",     400, "Tham số không tồn tại",                  "Unknown parameter";
    DuplicateParameter,   "duplicateParameter",   400, "Tham số lặp lại",                        "Parameter given twice";
    MissingParameter,     "missingParameter",     400, "Thiếu tham số",                          "Missing parameter";
    InvalidParameter,     "invalidParameter",     400, "Tham số không hợp lệ",                   "Invalid parameter";
    InvalidQuarter,       "invalidQuarter",       400, "Quý viết sai dạng",                      "Malformed quarter";
    InvalidLimit,         "invalidLimit",         400, "Giới hạn trang không hợp lệ",            "Invalid page limit";
    InvalidCursor,        "invalidCursor",        400, "Con trỏ trang không hợp lệ",             "Invalid cursor";
    ReversedRange,        "reversedRange",        400, "Khoảng quý bị đảo ngược",                "Reversed range";
    AmbiguousArea,        "ambiguousArea",        400, "Mã đơn vị chỉ nhiều đơn vị",             "The area code is ambiguous";
    QueryTooExpensive,    "queryTooExpensive",    400, "Truy vấn quá lớn",                       "The query is too expensive";
    IdempotencyKeyMissing, "idempotencyKeyMissing", 400, "Thiếu Idempotency-Key",                "Idempotency-Key is missing";
    Unauthenticated,      "unauthenticated",      401, "Chưa đăng nhập",                         "Not signed in";
    InvalidToken,         "invalidToken",         401, "Mã truy cập không hợp lệ",               "Invalid access token";
    InvalidCredentials,   "invalidCredentials",   401, "Sai tên đăng nhập hoặc mật khẩu",        "Wrong user name or password";
    InvalidRefreshToken,  "invalidRefreshToken",  401, "Mã làm mới không hợp lệ",                "Invalid refresh token";
    Forbidden,            "forbidden",            403, "Không có quyền",                         "Not allowed";
    RouteNotFound,        "routeNotFound",        404, "Không có địa chỉ này",                   "No such address";
    AreaNotFound,         "areaNotFound",         404, "Không có đơn vị này",                    "No such area";
    QuarterNotFound,      "quarterNotFound",      404, "Không có quý này",                       "No such quarter";
    IndicatorNotFound,    "indicatorNotFound",    404, "Không có chỉ tiêu này",                  "No such indicator";
    ReportNotFound,       "reportNotFound",       404, "Không có báo cáo này",                   "No such report";
    FindingNotFound,      "findingNotFound",      404, "Không có điểm kiểm tra này",             "No such finding";
    WebhookNotFound,      "webhookNotFound",      404, "Không có webhook này",                   "No such webhook";
    AccountNotFound,      "accountNotFound",      404, "Không có tài khoản này",                 "No such account";
    ClientNotFound,       "clientNotFound",       404, "Không có ứng dụng này",                  "No such client";
    SecretNotFound,       "secretNotFound",       404, "Không có mã bí mật này",                 "No such secret";
    RevisionNotFound,     "revisionNotFound",     404, "Không có lần công bố này",               "No such revision";
    ProblemNotFound,      "problemNotFound",      404, "Không có loại lỗi này",                  "No such problem type";
    MethodNotAllowed,     "methodNotAllowed",     405, "Phương thức không được phép",            "Method not allowed";
    NotAcceptable,        "notAcceptable",        406, "Không có dạng trả lời được yêu cầu",     "No acceptable representation";
    RequestTimeout,       "requestTimeout",       408, "Hết thời gian nhận yêu cầu",             "The request took too long to arrive";
    Conflict,             "conflict",             409, "Không thực hiện được ở trạng thái này",  "Not possible in the present state";
    OpenFindings,         "openFindings",         409, "Báo cáo còn điểm phải xử lý",            "Findings stand in the way";
    RequestInProgress,    "requestInProgress",    409, "Yêu cầu này đang được xử lý",            "This request is being worked on";
    ResyncRequired,       "resyncRequired",       410, "Cần đồng bộ lại từ đầu",                 "Resynchronisation required";
    PreconditionFailed,   "preconditionFailed",   412, "Bản đang sửa đã cũ",                     "The resource has changed";
    PayloadTooLarge,      "payloadTooLarge",      413, "Nội dung quá lớn",                       "The body is too large";
    UriTooLong,           "uriTooLong",           414, "Địa chỉ quá dài",                        "The address is too long";
    UnsupportedMediaType, "unsupportedMediaType", 415, "Kiểu nội dung không được hỗ trợ",        "Unsupported media type";
    NotMeaningful,        "notMeaningful",        422, "Yêu cầu không có nghĩa",                 "The request makes no sense";
    QuarterInFuture,      "quarterInFuture",      422, "Quý chưa bắt đầu",                       "The quarter has not begun";
    InvalidFile,          "invalidFile",          422, "Tệp có dòng không hợp lệ",               "The file has invalid rows";
    IdempotencyKeyReused, "idempotencyKeyReused", 422, "Idempotency-Key đã dùng cho yêu cầu khác", "The Idempotency-Key belongs to another request";
    PreconditionRequired, "preconditionRequired", 428, "Thiếu điều kiện If-Match",               "A precondition is required";
    TooManyRequests,      "tooManyRequests",      429, "Quá nhiều yêu cầu",                      "Too many requests";
    HeadersTooLarge,      "headersTooLarge",      431, "Phần đầu yêu cầu quá lớn",               "The request headers are too large";
    Internal,             "internal",             500, "Lỗi của hệ thống",                       "Internal error";
    Unavailable,          "unavailable",          503, "Tạm thời chưa phục vụ được",             "Temporarily unavailable";
}

/// One fault inside a request: where, what, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// RFC 6901 pointer into the body, `?name` for a query parameter or an argument, `{name}` for a part of the path, or
    /// `line:column` for a CSV file, `Sheet!C7` for a workbook, `line:/member` for JSON Lines.
    pub pointer: String,
    /// The reason.
    pub code: Code,
    /// What is wrong and what to do.
    pub detail: Text,
}

/// A refusal or a failure.
#[derive(Debug)]
pub struct Error {
    code: Code,
    detail: Text,
    fields: Vec<FieldError>,
    retry_after: Option<u32>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that can be refused.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A refusal with its explanation.
    #[must_use]
    pub fn new(code: Code, detail: Text) -> Self {
        Self { code, detail, fields: Vec::new(), retry_after: None, source: None }
    }

    /// A refusal of one parameter: `name` of the query, `{name}` of the path, or `/name` of the body.
    #[must_use]
    pub fn parameter(code: Code, name: &str, detail: Text) -> Self {
        Self::new(code, detail).placed(name)
    }

    /// The same refusal, told to be about a parameter, unless it names a place already.
    #[must_use]
    pub fn placed(self, name: &str) -> Self {
        if !self.fields.is_empty() {
            return self;
        }
        let pointer = if name.starts_with(['{', '/']) { name.to_owned() } else { format!("?{name}") };
        let (code, detail) = (self.code, self.detail.clone());
        self.at(pointer, code, detail)
    }

    /// A bug or a broken part of ours: the caller learns nothing but that it happened.
    #[must_use]
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = text!(
            "Hệ thống gặp lỗi khi xử lý yêu cầu. Hãy thử lại; nếu vẫn lỗi, gửi mã yêu cầu cho người quản trị.",
            "The service failed to handle the request. Try again; if it persists, give the request id to the administrator."
        );
        Self { source: Some(source.into()), ..Self::new(Code::Internal, detail) }
    }

    /// A part that we need is away for now.
    #[must_use]
    pub fn unavailable(retry_after: u32, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = text!(
            "Hệ thống tạm thời chưa phục vụ được yêu cầu này. Hãy thử lại sau {retry_after} giây.",
            "The service cannot answer this for the moment. Try again in {retry_after} seconds."
        );
        Self { source: Some(source.into()), retry_after: Some(retry_after), ..Self::new(Code::Unavailable, detail) }
    }

    /// Adds a fault with its place.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, code: Code, detail: Text) -> Self {
        self.fields.push(FieldError { pointer: pointer.into(), code, detail });
        self
    }

    /// Adds several faults.
    #[must_use]
    pub fn with_fields(mut self, fields: Vec<FieldError>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// The same refusal with what lies behind it, for the log only.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Tells when to try again, in seconds.
    #[must_use]
    pub const fn retry_after_seconds(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What lies behind it, cause by cause, for the log only.
    #[must_use]
    pub fn causes(&self) -> String {
        let mut causes = Vec::new();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            causes.push(cause.to_string());
            next = cause.source();
        }
        causes.join(": ")
    }

    /// The reason.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Whether a part of ours is at fault: an error of the log. A revision that is not there yet is unavailable too,
    /// but that is what the caller asked for.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        self.code.status() >= 500 && self.source.is_some()
    }

    /// The explanation.
    #[must_use]
    pub const fn detail(&self) -> &Text {
        &self.detail
    }

    /// The faults with their places.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        &self.fields
    }

    /// When to try again, in seconds.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code.as_str(), self.detail.en)?;
        for field in &self.fields {
            write!(formatter, "\n  {}: {}", field.pointer, field.detail.en)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source: &(dyn std::error::Error + 'static) = &**self.source.as_ref()?;
        Some(source)
    }
}
