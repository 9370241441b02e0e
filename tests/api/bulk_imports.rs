//! Bulk files over HTTP: four formats, one report, nothing half done.

use std::io::Write as _;

use actix_web::test::TestRequest;
use danbiet::domain::policy::Role;
use danbiet::graphql::Introspection;
use danbiet::server::{Options, serve};
use danbiet::service::spreadsheet::MEDIA_TYPE;
use rust_xlsxwriter::{Format, Workbook};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{Answer, TestApp};

const CSV: &str = "text/csv; charset=utf-8";
const LINES: &str = "application/x-ndjson";
const SDMX: &str = "application/vnd.sdmx.data+csv;version=2.0.0";
const HEADER: &str = "ward,quarter,indicator,nature,numerator,denominator,value";

fn csv(rows: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

async fn revision(app: &TestApp, token: &str) -> i64 {
    app.app.follow().await.unwrap();
    app.get_as(token, "/api/v1/quarters").await.json()["revision"].as_i64().unwrap()
}

fn counts(report: &Value) -> [i64; 5] {
    ["total", "created", "updated", "unchanged", "rejected"].map(|name| report["rows"][name].as_i64().unwrap())
}

fn places(answer: &Answer) -> Vec<String> {
    let report = answer.json();
    let report = report.get("report").unwrap_or(&report);
    let listed = report["rejections"].as_array().unwrap().iter();
    listed.map(|one| format!("{} {}", one["pointer"].as_str().unwrap(), one["code"].as_str().unwrap())).collect()
}

#[actix_web::test]
async fn a_dry_run_says_what_publishing_does_and_writes_nothing() {
    let app = TestApp::real().await;
    let (town, admin) = (app.token_of("town_officer"), app.token_of("admin"));
    let before = revision(&app, &town).await;
    let trail = app.get_as(&admin, "/api/v1/audit").await.json();
    let file = csv(&[
        "07798,2024-Q1,online_submission_rate,actual,30,40,75",
        "07798,2024-Q1,edocs_issued,,,,12",
        "07792,2024-Q1,edocs_issued,,,,1",
        "07792,2024-Q1,dossiers_received_total,,,,58",
    ]);
    let dry = app.import_as(&town, "dryRun", CSV, &file).await;
    assert_eq!(dry.status, 200, "{}", String::from_utf8_lossy(&dry.body));
    let dry = dry.json();
    assert_eq!(counts(&dry), [4, 2, 1, 1, 0], "{dry}");
    assert_eq!(dry["figures"], json!({"created": 4, "updated": 1, "unchanged": 1}));
    assert_eq!((&dry["committed"], &dry["revision"], &dry["reports"]), (&json!(false), &json!(before), &json!(2)));
    assert_eq!(revision(&app, &town).await, before);
    assert_eq!(app.get_as(&admin, "/api/v1/audit").await.json(), trail);

    let done = app.import_as(&town, "commit", CSV, &file).await.json();
    assert_eq!((&done["committed"], &done["revision"]), (&json!(true), &json!(before + 1)));
    let apart = |mut report: Value| {
        for name in ["mode", "committed", "revision"] {
            report[name].take();
        }
        report
    };
    assert_eq!(apart(done), apart(dry));
    assert_eq!(app.get_as(&town, "/api/v1/quarters").await.json()["revision"], json!(before + 1), "served at once");
    let entries = app.items(&town, "/api/v1/wards/07798/reports/2024-Q1/history").await;
    assert_eq!((&entries[0]["action"], &entries[0]["role"]), (&json!("import"), &json!("town_officer")));

    let again = app.import_as(&town, "commit", CSV, &file).await.json();
    assert_eq!(counts(&again), [4, 0, 0, 4, 0]);
    assert_eq!((&again["committed"], &again["revision"]), (&json!(true), &json!(before + 1)));
    // What was stated with its sentence keeps it, though the file has none.
    let path = "/api/v1/observations?ward=07792&quarter=2024-Q1&indicator=dossiers_received_total";
    assert!(app.items(&town, path).await[0]["detail"]["mentions"].is_array());
}

async fn import_keyed(app: &TestApp, token: &str, (mode, key): (&str, &str), media_type: &str, bytes: &[u8]) -> Answer {
    let request = TestRequest::post().uri(&format!("/api/v1/imports?mode={mode}"));
    let request = request.insert_header(("Content-Type", media_type)).insert_header(("Idempotency-Key", key));
    let request = request.insert_header(("Authorization", format!("Bearer {token}")));
    app.send(request.set_payload(bytes.to_vec())).await
}

#[actix_web::test]
async fn a_file_that_is_sent_again_with_its_key_is_taken_once() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let before = revision(&app, &town).await;
    let file = csv(&["07798,2024-Q1,edocs_issued,,,,12"]);
    let send = |mode, key, media_type| import_keyed(&app, &town, (mode, key), media_type, &file);
    // A dry run writes nothing, so it leaves its key free.
    assert_eq!(send("dryRun", "a", CSV).await.json()["committed"], json!(false));
    let first = send("commit", "a", CSV).await;
    assert_eq!((first.status, first.header("idempotent-replayed")), (200, ""));
    assert_eq!((&first.json()["revision"], counts(&first.json())), (&json!(before + 1), [1, 1, 0, 0, 0]));
    // Whatever was published since, and on whichever replica, what is told is what was told.
    let other = csv(&["07798,2024-Q1,edocs_issued,,,,13"]);
    assert_eq!(app.import_as(&town, "commit", CSV, &other).await.json()["revision"], json!(before + 2));
    for again in
        [send("commit", "a", CSV).await, import_keyed(&app.another(), &town, ("commit", "a"), CSV, &file).await]
    {
        assert_eq!((again.status, again.header("idempotent-replayed")), (200, "true"));
        assert_eq!(again.body, first.body);
    }
    assert_eq!(revision(&app, &town).await, before + 2);
    // The key is this file's.
    assert_eq!(import_keyed(&app, &town, ("commit", "a"), CSV, &other).await.refusal(), "422 idempotencyKeyReused");
    assert_eq!(send("commit", "b c", CSV).await.refusal(), "400 malformedRequest");
}

#[actix_web::test]
async fn a_file_that_was_refused_leaves_its_key_free() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let before = revision(&app, &town).await;
    let wrong = csv(&["07798,2024-Q1,edocs_issued,,,,12", "07798,2024-Q1,no_such_indicator,,,,1"]);
    let above = csv(&["07798,2024-Q1,online_submission_rate,actual,50,40,"]);
    for refused in [&wrong, &above] {
        let answer = import_keyed(&app, &town, ("commit", "a"), CSV, refused).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.json()["report"]["committed"], json!(false), "{}", String::from_utf8_lossy(&answer.body));
    }
    let right = csv(&["07798,2024-Q1,edocs_issued,,,,12"]);
    let done = import_keyed(&app, &town, ("commit", "a"), CSV, &right).await;
    assert_eq!((done.status, &done.json()["revision"]), (200, &json!(before + 1)));
}

#[actix_web::test]
async fn of_many_that_send_a_file_with_one_key_at_once_one_publishes() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let before = revision(&app, &town).await;
    let file = csv(&["07798,2024-Q1,edocs_issued,,,,12"]);
    let sent = (0..8).map(|_| import_keyed(&app, &town, ("commit", "a"), CSV, &file));
    let answers = futures_util::future::join_all(sent).await;
    // Whoever comes while it is being worked on, or while as many files as may be are read, is asked to come back.
    assert!(answers.iter().all(|answer| [200, 409, 503].contains(&answer.status)));
    let did = |answer: &&Answer| answer.status == 200 && answer.header("idempotent-replayed").is_empty();
    assert_eq!(answers.iter().filter(did).count(), 1);
    assert_eq!(revision(&app, &town).await, before + 1);
}

/// The same three rows in every format.
fn everywhere() -> [(&'static str, Vec<u8>); 4] {
    let table = csv(&[
        "07798,2024-Q1,satisfaction_rate,actual,,,98.50",
        "07798,2024-Q1,edocs_issued,actual,,,12",
        "07795,2024-Q1,poverty_rate,target,,,0.4",
    ]);
    let line = |ward: &str, indicator: &str, nature: &str, value: Value| {
        json!({"ward": ward, "quarter": "2024-Q1", "indicator": indicator, "nature": nature, "value": value})
            .to_string()
    };
    let lines = [
        line("07798", "satisfaction_rate", "actual", json!("98.50")),
        line("07798", "edocs_issued", "actual", json!(12)),
        line("07795", "poverty_rate", "target", json!("0.4")),
    ];
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in HEADER.split(',').enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    let rows = [("satisfaction_rate", "actual"), ("edocs_issued", "actual"), ("poverty_rate", "target")];
    for (row, (indicator, nature)) in (1..).zip(rows) {
        // A spreadsheet takes a code for a number.
        sheet.write(row, 0, if row == 3 { 7795 } else { 7798 }).unwrap();
        sheet.write(row, 1, "2024-Q1").unwrap();
        sheet.write(row, 2, indicator).unwrap();
        sheet.write(row, 3, nature).unwrap();
    }
    sheet.write(1, 6, "98.50").unwrap();
    sheet.write(2, 6, 12).unwrap();
    sheet.write_with_format(3, 6, 0.004, &Format::new().set_num_format("0.0%")).unwrap();
    let structure = "dataflow,DANBIET:OBSERVATIONS(1.0.0),M,Q";
    let sdmx = format!(
        "STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REF_AREA,INDICATOR,NATURE,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OPERATOR\n\
         {structure},07798-1,satisfaction_rate,actual,2024-Q1,98.50,percent,EQ\n\
         {structure},07798-1,edocs_issued,actual,2024-Q1,12,count,\n\
         {structure},07795-1,poverty_rate,target,2024-Q1,0.4,percent,EQ\n"
    );
    [
        (CSV, table),
        (LINES, lines.join("\r\n").into_bytes()),
        (MEDIA_TYPE, book.save_to_buffer().unwrap()),
        (SDMX, sdmx.into_bytes()),
    ]
}

#[actix_web::test]
async fn every_format_says_the_same() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    for (media_type, file) in everywhere() {
        let answer = app.import_as(&town, "dryRun", media_type, &file).await;
        assert_eq!(answer.status, 200, "{media_type}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(counts(&answer.json()), [3, 3, 0, 0, 0], "{media_type}: {}", answer.json());
    }
    let [(media_type, file), rest @ ..] = everywhere();
    assert_eq!(app.import_as(&town, "commit", media_type, &file).await.status, 200);
    for (media_type, file) in rest {
        let report = app.import_as(&town, "commit", media_type, &file).await.json();
        assert_eq!(counts(&report), [3, 0, 0, 3, 0], "{media_type}: {report}");
    }
    let path = "/api/v1/wards/07798/reports/2024-Q1";
    let report = app.get_as(&town, path).await.json();
    let values: Vec<_> =
        report["document"]["observations"].as_array().unwrap().iter().map(|f| f["value"].clone()).collect();
    assert_eq!(values, [json!("98.50"), json!("12")], "as they were written");
}

#[actix_web::test]
async fn every_rejection_says_where_what_and_why() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let file = csv(&[
        "07798,2024-Q1,edocs_issued,actual,,,12",
        "07798,2024-Q1,edocs_issued,actual,,,13",
        "07792,2025-Q3,edocs_issued,actual,,,1",
        "07798,2025-Q3,edocs_issued,actual,,,1",
        "07795,2024-Q1,online_submission_rate,actual,60,58,",
        "07795,2024-Q1,respondents_satisfied,actual,,,11",
        "07795,2024-Q1,survey_respondents,actual,,,10",
        "07783,2024-Q1,edocs_issued,hoped,,,-1",
    ]);
    let dry = app.import_as(&town, "dryRun", CSV, &file).await;
    let refused = app.import_as(&town, "commit", CSV, &file).await;
    assert_eq!((dry.status, refused.refusal().as_str()), (200, "422 invalidFile"));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let expected = [
        "3:3 invalidFile",
        "4:1 areaNotFound",
        "5:1 forbidden",
        "6:5 notMeaningful",
        "7:7 notMeaningful",
        "9:4 invalidParameter",
        "9:7 notMeaningful",
    ];
    assert_eq!(places(&dry), expected);
    assert_eq!(places(&refused), expected);
    assert_eq!(counts(&dry.json()), [8, 2, 0, 0, 6]);
    let report = refused.json()["report"].clone();
    let one = |at: usize| &report["rejections"][at];
    assert!(one(0)["detail"].as_str().unwrap().contains("line 2"));
    assert!(one(1)["detail"].as_str().unwrap().contains("Vân Hà (07798)"), "{}", one(1));
    assert_eq!((&one(3)["got"], &one(5)["got"], &one(6)["got"]), (&json!("60"), &json!("hoped"), &json!("-1")));
    assert_eq!(one(5)["expected"], "one of: actual, target, registered, reference");
    assert_eq!(refused.json()["errors"][0]["pointer"], "3:3");
    assert_eq!(app.items(&town, "/api/v1/reports").await.len(), 1, "nothing is half done");

    let wrong = json!({"ward": "07798", "quarter": "2024-Q1", "indicator": "edocs_issued", "value": 1.5, "colour": 1});
    let lines = format!(
        "{wrong}\n[1]\n{{\"ward\":\n\n{}\n",
        json!({"ward": 7798, "quarter": "2024-Q1", "indicator": "edocs_issued", "value": {"a": 1}})
    );
    let answer = app.import_as(&town, "dryRun", LINES, lines.as_bytes()).await;
    assert_eq!(
        places(&answer),
        ["1:/colour invalidBody", "2:/ invalidBody", "3:/ malformedJson", "5:/value invalidBody"]
    );
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("Số liệu").unwrap();
    for (column, name) in HEADER.split(',').enumerate() {
        sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
    }
    for (column, text) in ["07798", "2024-Q1", "edocs_issued"].into_iter().enumerate() {
        sheet.write(1, u16::try_from(column).unwrap(), text).unwrap();
    }
    sheet.write(1, 6, 1.5).unwrap();
    let answer = app.import_as(&town, "dryRun", MEDIA_TYPE, &book.save_to_buffer().unwrap()).await;
    assert_eq!(places(&answer), ["'Số liệu'!G2 notMeaningful"]);
    let sdmx = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,OBS_STATUS\n\
        dataflow,DANBIET:OBSERVATIONS(1.0.0),D,07798-1,edocs_issued,2024-Q1,1,count,A\n\
        dataflow,OTHER:FLOW(1.0.0),M,07798-1,edocs_issued,2024-Q1,1,count,A\n\
        dataflow,DANBIET:OBSERVATIONS(1.0.0),M,07798-1,edocs_issued,2024-Q1,1,percent,A\n\
        dataflow,DANBIET:OBSERVATIONS(1.0.0),M,07798-1,edocs_issued,2024-Q1,1,count,E\n";
    let answer = app.import_as(&town, "dryRun", SDMX, sdmx.as_bytes()).await;
    let codes = ["2:3 notMeaningful", "3:2 invalidParameter", "4:8 invalidParameter", "5:9 invalidParameter"];
    assert_eq!(places(&answer), codes);
}

/// Rows of measures, each another figure.
fn many(count: usize) -> Vec<String> {
    let wards: Vec<_> = (0..17).map(|step| format!("{:05}", 7_759 + 3 * step)).collect();
    let measures = ["edocs_issued", "broadcast_news_items", "mediation_cases", "dossiers_received_total"];
    let mut rows = Vec::new();
    for project in 0.. {
        for ward in &wards {
            for quarter in ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"] {
                for measure in measures {
                    if rows.len() == count {
                        return rows;
                    }
                    rows.push(format!("{ward},{quarter},{measure},actual,,,{},P{project}", rows.len()));
                }
            }
        }
    }
    rows
}

#[actix_web::test]
async fn one_bad_row_of_a_large_file_refuses_all_of_it() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let before = revision(&app, &town).await;
    let mut rows = many(12_000);
    rows[9_876] = rows[9_876].replace("2024", "2019");
    let file = format!("{HEADER},project\n{}\n", rows.join("\n"));
    let refused = app.import_as(&town, "commit", CSV, file.as_bytes()).await;
    assert_eq!(refused.refusal(), "422 invalidFile");
    assert_eq!(places(&refused), ["9878:2 quarterNotFound"]);
    assert_eq!(counts(&refused.json()["report"]), [12_000, 11_999, 0, 0, 1]);
    assert_eq!(revision(&app, &town).await, before);
}

#[actix_web::test]
async fn faults_past_the_limit_are_counted() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let rows: Vec<_> = (0..1_234).map(|_| "07798,2024-Q1,happiness,actual,,,1").collect();
    let report = app.import_as(&town, "dryRun", CSV, &csv(&rows)).await.json();
    assert_eq!(report["rejections"].as_array().unwrap().len(), 1_000);
    assert_eq!((&report["moreRejections"], &report["rows"]["rejected"]), (&json!(234), &json!(1_234)));
}

#[actix_web::test]
async fn a_locked_quarter_takes_no_rows() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let lock = json!({"area": "222", "quarter": "2024-Q1", "locked": true, "reason": "checked"});
    assert_eq!(app.put_as(&town, "/api/v1/locks", Some("*"), lock).await.status, 200);
    let file = csv(&["07798,2024-Q1,edocs_issued,,,,1", "07798,2024-Q2,edocs_issued,,,,1"]);
    let refused = app.import_as(&town, "commit", CSV, &file).await;
    assert_eq!(places(&refused), ["2:2 conflict"]);
    assert!(refused.json()["report"]["rejections"][0]["detail"].as_str().unwrap().contains("checked"));
}

#[actix_web::test]
async fn what_is_no_file_is_refused_in_either_mode() {
    let app = TestApp::real().await;
    let (town, ward) = (app.token_of("town_officer"), app.token_of("ward_officer"));
    let good = csv(&["07798,2024-Q1,edocs_issued,,,,1"]);
    let own = app.import_as(&ward, "dryRun", CSV, &csv(&["07792,2024-Q1,edocs_issued,,,,1"])).await;
    assert_eq!(own.refusal(), "403 forbidden");
    assert!(own.json()["detail"].as_str().unwrap().contains("/file"));
    for mode in ["dryRun", "commit"] {
        for (media_type, bytes, refusal) in [
            ("application/json", &good[..], "415 unsupportedMediaType"),
            ("text/csv; charset=windows-1258", &good, "415 unsupportedMediaType"),
            (CSV, b"", "422 invalidFile"),
            (CSV, b"ward,quarter\n", "422 invalidFile"),
            (CSV, HEADER.as_bytes(), "422 invalidFile"),
            (CSV, b"ward,quarter,indicator,nature,numerator,denominator,value\na,\xff,c,d,e,f,g\n", "400 notUtf8"),
            (LINES, b"", "422 invalidFile"),
            (LINES, b"{\"ward\":\"\xff\"}\n", "400 notUtf8"),
            (MEDIA_TYPE, &good, "422 invalidFile"),
            (SDMX, &good, "422 invalidFile"),
        ] {
            let answer = app.import_as(&town, mode, media_type, bytes).await;
            assert_eq!(answer.refusal(), refusal, "{mode} {media_type} {}", String::from_utf8_lossy(bytes));
        }
    }
    assert_eq!(app.import_as(&town, "maybe", CSV, &good).await.refusal(), "400 invalidParameter");
    let unsaid = TestRequest::post().uri("/api/v1/imports").insert_header(("Authorization", format!("Bearer {town}")));
    assert_eq!(app.send(unsaid).await.refusal(), "400 missingParameter");
    let large = vec![b'x'; 32 * 1024 * 1024 + 1];
    assert_eq!(app.import_as(&town, "dryRun", CSV, &large).await.refusal(), "413 payloadTooLarge");
    // Who may import is asked before anything is read.
    app.add_account("other", Role::Viewer, "222-1").await;
    assert_eq!(app.import_as(&app.token_of("other"), "dryRun", CSV, &good).await.refusal(), "403 forbidden");
}

#[actix_web::test]
async fn a_packed_file_is_unpacked_within_bounds() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let packed = |bytes: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    };
    let send = async |coding: &'static str, bytes: Vec<u8>| {
        let request = TestRequest::post().uri("/api/v1/imports?mode=dryRun").insert_header(("Content-Type", CSV));
        let request = request.insert_header(("Content-Encoding", coding));
        let request = request.insert_header(("Authorization", format!("Bearer {town}")));
        app.send(request.set_payload(bytes)).await
    };
    let good = csv(&["07798,2024-Q1,edocs_issued,,,,1"]);
    assert_eq!(counts(&send("gzip", packed(&good)).await.json()), [1, 1, 0, 0, 0]);
    assert_eq!(send("gzip", good.clone()).await.refusal(), "400 malformedRequest");
    assert_eq!(send("br", good.clone()).await.refusal(), "415 unsupportedMediaType");
    let row = format!("07798,2024-Q1,edocs_issued,,,,1{}\n", " ".repeat(1_000));
    let bomb = packed(format!("{HEADER}\n{}", row.repeat(40_000)).as_bytes());
    assert!(bomb.len() < 1_000_000);
    assert_eq!(send("gzip", bomb).await.refusal(), "413 payloadTooLarge");
    let mut cut = packed(&csv(&many(2_000)
        .iter()
        .map(|row| row.trim_end_matches(|c| c != ',').trim_end_matches(','))
        .collect::<Vec<_>>()));
    cut.truncate(cut.len() - 100);
    assert_eq!(send("gzip", cut).await.refusal(), "400 malformedRequest");
}

#[actix_web::test]
async fn a_body_that_breaks_off_leaves_nothing() {
    let app = TestApp::real().await;
    let town = app.token_of("town_officer");
    let before = revision(&app, &town).await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let options = Options { introspection: Introspection::Off, ..Options::default() };
    let server = actix_web::rt::spawn(serve(listener, app.app.clone(), options));
    // What arrived is whole rows: were its end taken for the file's, it would be published.
    let file = csv(&["07798,2024-Q1,edocs_issued,,,,1"]);
    for head in ["Transfer-Encoding: chunked\r\n".to_owned(), format!("Content-Length: {}\r\n", file.len() + 40)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let start = format!(
            "POST /api/v1/imports?mode=commit HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {town}\r\n\
             Content-Type: text/csv\r\n{head}\r\n"
        );
        stream.write_all(start.as_bytes()).await.unwrap();
        if head.starts_with("Transfer") {
            stream.write_all(format!("{:x}\r\n", file.len()).as_bytes()).await.unwrap();
        }
        stream.write_all(&file).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    // The service is done with them once it has a place for others.
    assert_eq!(app.import_as(&town, "dryRun", CSV, &file).await.status, 200);
    server.abort();
    assert_eq!(revision(&app, &town).await, before);
    assert_eq!(app.items(&town, "/api/v1/reports").await.len(), 1);
}
