//! Sheets out, filled, and in again; and every way in which a sheet can be wrong.

use std::io::{Cursor, Read as _, Write as _};
use std::sync::Arc;

use calamine::{Data, Reader as _, Xlsx};
use danbiet::domain::aggregate::Published as _;
use danbiet::domain::area::AreaKey;
use danbiet::domain::finding::Validation;
use danbiet::domain::observation::Observation;
use danbiet::domain::policy::{Action, Caller, Role};
use danbiet::domain::quarter::Quarter;
use danbiet::error::{Error, Language};
use danbiet::service::seed;
use danbiet::service::spreadsheet::{Kind, MEDIA_TYPE, SheetFigures, Template, read_figures};
use danbiet::snapshot::Snapshot;
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use serde_json::json;

use crate::support::{Answer, TestApp};

fn snapshot(app: &TestApp) -> Arc<Snapshot> {
    let caller = Caller { role: Role::Viewer, ..Caller::public() };
    app.app.snapshots.read(&caller, Action::FiguresRead).unwrap()
}

fn quarter() -> Quarter {
    Quarter::new(2024, 1).unwrap()
}

fn ward(snapshot: &Snapshot, code: &str) -> AreaKey {
    snapshot.areas().holder(code, snapshot.calendar().cut_off(quarter())).unwrap()
}

/// Reads a file as Quảng Minh's first quarter of 2024.
fn read(app: &TestApp, bytes: &[u8], kind: Kind) -> Result<SheetFigures, Error> {
    let snapshot = snapshot(app);
    read_figures(bytes, kind, &snapshot, ward(&snapshot, "07792"), quarter())
}

fn faults(error: &Error) -> Vec<(String, &'static str)> {
    error.fields().iter().map(|fault| (fault.pointer.clone(), fault.code.as_str())).collect()
}

fn told(error: &Error) -> String {
    error.to_string()
}

async fn export(app: &TestApp, path: &str, language: &'static str) -> Answer {
    let token = app.token("town_officer").await;
    let request =
        actix_web::test::TestRequest::get().uri(path).insert_header(("Authorization", format!("Bearer {token}")));
    let answer = app.send(request.insert_header(("Accept-Language", language))).await;
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), MEDIA_TYPE);
    answer
}

fn open(bytes: &[u8]) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes.to_vec())).unwrap()
}

/// The rows of a sheet, every cell as text.
fn rows(bytes: &[u8], sheet: &str) -> Vec<Vec<String>> {
    let range = open(bytes).worksheet_range(sheet).unwrap();
    range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// A workbook of one sheet, made by hand.
fn book(write: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    write(workbook.add_worksheet());
    workbook.save_to_buffer().unwrap()
}

/// A sheet of texts from A1 on.
fn texts(sheet: &mut Worksheet, rows: &[&[&str]]) {
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(*cells).filter(|(_, text)| !text.is_empty()) {
            sheet.write_string(row, column, *text).unwrap();
        }
    }
}

fn plain(observations: &[Observation]) -> Vec<String> {
    let mut found: Vec<_> = observations
        .iter()
        .map(|figure| {
            format!(
                "{} {} {} {} {} {:?} {:?}",
                figure.indicator,
                figure.nature.as_str(),
                figure.operator.as_str(),
                figure.value,
                figure.span.as_str(),
                figure.reference_period,
                figure.project,
            )
        })
        .collect();
    found.sort();
    found
}

#[actix_web::test]
async fn a_filled_template_comes_in_again_with_the_same_figures() {
    let app = TestApp::real().await;
    for language in ["vi", "en"] {
        let answer = export(&app, "/api/v1/exports/template.xlsx?ward=07792&quarter=2024-Q1", language).await;
        let found = read(&app, &answer.body, Kind::Xlsx).unwrap();
        let report = seed::report().unwrap();
        assert_eq!(plain(&found.observations), plain(&report.observations));
        assert_eq!(found.ignored_columns, Vec::<String>::new());
        for figure in &found.observations {
            let printed = report
                .observations
                .iter()
                .find(|known| plain(std::slice::from_ref(known)) == plain(std::slice::from_ref(figure)));
            let quotes =
                |figure: &Observation| figure.mentions.iter().map(|mention| mention.quote.clone()).collect::<Vec<_>>();
            assert_eq!(quotes(figure), quotes(printed.unwrap()), "{}", figure.indicator);
        }
    }
}

#[actix_web::test]
async fn an_empty_template_is_filled_and_read() {
    let app = TestApp::demo().await;
    let answer = export(&app, "/api/v1/exports/template.xlsx?ward=07798&quarter=2024-Q1", "vi").await;
    // The neighbours' first quarter is published, so an unpublished one is asked for beside it.
    let late = export(&app, "/api/v1/exports/template.xlsx?ward=07798&quarter=2025-Q2", "vi").await;
    assert_ne!(answer.body, late.body);
    let disposition = answer.header("content-disposition");
    assert!(disposition.contains("filename=\"bieu-nhap-phuong-ninh-son-2024-Q1.xlsx\""), "{disposition}");
    assert!(disposition.contains("filename*=UTF-8''Bi%E1%BB%83u%20nh%E1%BA%ADp"), "{disposition}");
    // Whoever fills the sheet types into the column of values; here its cells are copied into a new sheet.
    let range = open(&answer.body).worksheet_range("Số liệu").unwrap();
    let figures: &[(&str, f64)] =
        &[("edocs_issued", 280.0), ("satisfaction_rate", 98.5), ("land_compensation_paid", 520_697_000.0)];
    let mut filled = 0;
    let bytes = book(|sheet| {
        for (row, column, cell) in range.cells() {
            let (row, column) = (u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            match cell {
                Data::String(text) => drop(sheet.write_string(row, column, text).unwrap()),
                Data::Float(number) if column < 5 => drop(sheet.write_number(row, column, *number).unwrap()),
                _ => {}
            }
            if let (0, Data::String(code)) = (column, cell)
                && let Some((_, value)) = figures.iter().find(|(known, _)| known == code)
            {
                sheet.write_number(row, 5, *value).unwrap();
                filled += 1;
            }
        }
    });
    assert_eq!(filled, figures.len());
    let snapshot = snapshot(&app);
    let found = read_figures(&bytes, Kind::Xlsx, &snapshot, ward(&snapshot, "07798"), quarter()).unwrap();
    let found: Vec<_> =
        found.observations.iter().map(|figure| format!("{} {}", figure.indicator, figure.value)).collect();
    for (code, value) in figures {
        assert!(found.contains(&format!("{code} {value}")), "{found:?}");
    }
    // The same sheet is not another ward's, and not another quarter's.
    let error = read(&app, &bytes, Kind::Xlsx).unwrap_err();
    assert_eq!(faults(&error)[0], ("Sheet1!B2".to_owned(), "invalidFile"));
    let other = Quarter::new(2024, 2).unwrap();
    let error = read_figures(&bytes, Kind::Xlsx, &snapshot, ward(&snapshot, "07798"), other).unwrap_err();
    assert_eq!(faults(&error)[0], ("Sheet1!B3".to_owned(), "invalidFile"));
}

#[actix_web::test]
async fn the_previous_quarter_stands_beside_and_is_never_filled_in() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let path = "/api/v1/observations?ward=07798&quarter=2024-Q1&indicator=dossiers_received_total";
    let before = app.items(&token, path).await[0]["value"].as_f64().unwrap();
    let answer = export(&app, "/api/v1/exports/template.xlsx?ward=07798&quarter=2024-Q2", "vi").await;
    let sheet = rows(&answer.body, "Số liệu");
    let header = sheet.iter().position(|row| row[0] == "Mã chỉ tiêu").unwrap();
    assert_eq!(sheet[header][4], "Quý trước (2024-Q1)");
    let row = sheet.iter().find(|row| row[0] == "dossiers_received_total").unwrap();
    assert_eq!(row[4], before.to_string());
    assert!(sheet[..header].iter().any(|row| row[0].contains("dữ liệu sinh ra")));
    // Nobody has published 2025-Q4, so nothing is filled in: what stood before stays beside.
    let empty = export(&app, "/api/v1/exports/template.xlsx?ward=07798&quarter=2025-Q4", "en").await;
    let snapshot = snapshot(&app);
    let ward = snapshot.areas().latest_holder("07798").unwrap();
    let error = read_figures(&empty.body, Kind::Xlsx, &snapshot, ward, Quarter::new(2025, 4).unwrap()).unwrap_err();
    assert_eq!((error.code().as_str(), error.fields().len()), ("invalidFile", 0), "{error}");
}

#[actix_web::test]
async fn sheets_are_read_as_officers_make_them() {
    let app = TestApp::real().await;
    let bytes = book(|sheet| {
        let title = Format::new();
        // A title over merged cells, a blank first column, the headings further down, numbers as text.
        sheet.merge_range(0, 1, 0, 6, "ỦY BAN NHÂN DÂN PHƯỜNG QUẢNG MINH", &title).unwrap();
        sheet.merge_range(2, 1, 2, 6, "BÁO CÁO SỐ LIỆU QUÝ I/2024", &title).unwrap();
        let rows: &[&[&str]] = &[
            &["", "STT", "Nội dung", "ĐVT", "Số liệu", "Tử số", "Mẫu số", "So sánh", "Tính chất", "Của năm"],
            &["", "I", "HỒ SƠ"],
            &["", "1", "TỔNG SỐ HỒ SƠ TIẾP NHẬN", "hồ sơ", "58"],
            &["", "2", "so ho so giai quyet qua han", "", "06"],
            &["", "3", "Tỉ lệ hồ sơ nộp trực tuyến (%)", "%", "77,5%", "45", "58"],
            &["", "4", "land_compensation_approved", "đồng", "548.147.000"],
            &["", "5", "one_stop_refurbishment_cost", "đồng", "500 triệu đồng"],
            &["", "6", "- Tỷ lệ tổ dân phố đã xây dựng, sửa đổi hương ước, quy ước", "%", "5/5"],
            &["", "7", "online_service_dossier_rate", "%", "trên 90%"],
            &["", "8", "Số tin, bài đã phát sóng", "", "28 tin, bài"],
            &["", "9", "poverty_rate", "%", "0,43", "", "", "", "Mục tiêu", "2024"],
            &["", "10", "Sự hài lòng của người dân", "%"],
        ];
        for (row, cells) in (4_u32..).zip(rows) {
            for (column, text) in (0_u16..).zip(*cells).filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(row, column, *text).unwrap();
            }
        }
    });
    let found = read(&app, &bytes, Kind::Xlsx).unwrap();
    assert_eq!(
        plain(&found.observations),
        [
            "broadcast_news_items actual = 28 period None None",
            "conventions_updated actual = 5 pointInTime None None",
            "dossiers_received_online actual = 45 period None None",
            "dossiers_received_total actual = 58 period None None",
            "dossiers_resolved_overdue actual = 6 period None None",
            "land_compensation_approved actual = 548147000 cumulative None None",
            "one_stop_refurbishment_cost actual = 500000000 cumulative None None",
            "online_service_dossier_rate actual > 90 cumulative None None",
            "online_submission_rate actual = 77.5 period None None",
            "poverty_rate target = 0.43 pointInTime Some(\"2024\") None",
            "residential_groups_total actual = 5 pointInTime None None",
        ]
    );
    assert_eq!(found.ignored_columns, ["STT"]);
}

#[actix_web::test]
async fn cells_are_taken_by_what_they_show() {
    let app = TestApp::real().await;
    let bytes = book(|sheet| {
        texts(
            sheet,
            &[
                &["indicator", "value"],
                &["edocs_issued"],
                &["satisfaction_rate"],
                &["mediation_cases"],
                &["edocs_signed_rate"],
            ],
        );
        sheet.write_formula(1, 1, Formula::new("=140*2").set_result("280")).unwrap();
        // 98,5% as a spreadsheet keeps it.
        sheet.write_number_with_format(2, 1, 0.985, &Format::new().set_num_format("0.0%")).unwrap();
        sheet.write_number(3, 1, 2.0).unwrap();
        sheet.write_number(4, 1, 0.43).unwrap();
    });
    let found = read(&app, &bytes, Kind::Xlsx).unwrap();
    let values: Vec<_> = found.observations.iter().map(|figure| figure.value.to_string()).collect();
    assert_eq!(values, ["280", "98.5", "2", "0.43"]);
}

#[actix_web::test]
async fn every_fault_of_a_sheet_is_told_with_its_cell() {
    let app = TestApp::real().await;
    let bytes = book(|sheet| {
        sheet.set_name("Quý I").unwrap();
        texts(
            sheet,
            &[
                &["Mã chỉ tiêu", "Chỉ tiêu", "Giá trị", "Tử số", "Mẫu số", "So sánh", "Tính chất", "Của năm"],
                &["", "Hộ nghèo", "12"],
                &["happiness", "", "12"],
                &["", "", "12"],
                &["edocs_issued", "", "-5"],
                &["edocs_issued", "", "1,5"],
                &["edocs_issued", "", "9007199254740992"],
                &["edocs_issued", "", "NaN"],
                &["edocs_issued", "", "1e309"],
                &["edocs_issued", "", "50%"],
                &["edocs_issued", "", "5/5"],
                &["edocs_issued", "", "khoảng 20"],
                &["edocs_issued", "", "-"],
                &["online_submission_rate", "", "", "45"],
                &["online_submission_rate", "", "", "60", "58"],
                &["online_submission_rate", "", "45/58", "46", "58"],
                &["satisfaction_rate", "", "101"],
                &["satisfaction_rate", "", "trên 90", "", "", "dưới"],
                &["satisfaction_rate", "", "90", "", "", "", "mong đợi"],
                &["petitions_eligible", "", "1"],
                &["mediation_cases", "", "2"],
                &["mediation_cases", "", "2"],
                &["broadcast_programmes"],
                &["broadcast_news_items"],
                &["thanks_letters_sent"],
                &["staff_total"],
            ],
        );
        sheet.write_formula(22, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        let day = Format::new().set_num_format("d-mmm");
        sheet.write_number_with_format(23, 2, 45_417.0, &day).unwrap();
        sheet.write_boolean(24, 2, true).unwrap();
        sheet.write_number(25, 2, 3.5).unwrap();
    });
    let error = read(&app, &bytes, Kind::Xlsx).unwrap_err();
    let expected = [
        ("B2", "invalidFile"),
        ("A3", "indicatorNotFound"),
        ("A4", "indicatorNotFound"),
        ("C5", "notMeaningful"),
        ("C6", "notMeaningful"),
        ("C7", "notMeaningful"),
        ("C8", "notMeaningful"),
        ("C9", "notMeaningful"),
        ("C10", "notMeaningful"),
        ("C11", "notMeaningful"),
        ("C12", "notMeaningful"),
        ("C13", "notMeaningful"),
        ("E14", "missingParameter"),
        ("D15", "notMeaningful"),
        ("C16", "invalidFile"),
        ("C17", "notMeaningful"),
        ("F18", "invalidFile"),
        ("G19", "invalidParameter"),
        ("A20", "notMeaningful"),
        ("A22", "invalidFile"),
        ("C23", "invalidFile"),
        ("C24", "invalidFile"),
        ("C25", "invalidFile"),
        ("C26", "notMeaningful"),
    ];
    let expected: Vec<_> = expected.iter().map(|(cell, code)| (format!("'Quý I'!{cell}"), *code)).collect();
    assert_eq!(faults(&error), expected, "{error}");
    let text = told(&error);
    for said in ["poor_households (Poor households), poverty_rate", "#DIV/0!", "row 21 of the sheet", "24 faults"] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[actix_web::test]
async fn merged_figures_are_refused() {
    let app = TestApp::real().await;
    let bytes = book(|sheet| {
        texts(
            sheet,
            &[
                &["indicator", "value", "numerator", "denominator"],
                &["edocs_issued"],
                &["mediation_cases"],
                &["satisfaction_rate"],
            ],
        );
        sheet.merge_range(1, 1, 2, 1, "7", &Format::new()).unwrap();
        sheet.merge_range(3, 1, 3, 2, "90", &Format::new()).unwrap();
    });
    let error = read(&app, &bytes, Kind::Xlsx).unwrap_err();
    assert_eq!(faults(&error), [("Sheet1!B2".to_owned(), "invalidFile"), ("Sheet1!B4".to_owned(), "invalidFile")]);
}

#[actix_web::test]
async fn a_file_without_headings_or_with_two_alike_is_refused() {
    let app = TestApp::real().await;
    let error = read(&app, &book(|sheet| texts(sheet, &[&["edocs_issued", "1"]])), Kind::Xlsx).unwrap_err();
    assert_eq!(error.code().as_str(), "invalidFile");
    assert!(told(&error).contains("Indicator name"), "{error}");
    let twice = book(|sheet| texts(sheet, &[&["Mã", "Giá trị", "Số liệu"], &["edocs_issued", "1", "2"]]));
    assert_eq!(faults(&read(&app, &twice, Kind::Xlsx).unwrap_err()), [("Sheet1!C1".to_owned(), "invalidFile")]);
}

#[actix_web::test]
async fn findings_stand_as_comments_at_their_figures() {
    let app = TestApp::real().await;
    let snapshot = snapshot(&app);
    let document = seed::report().unwrap();
    let at = |code: &str| document.observations.iter().position(|figure| figure.indicator == code).unwrap();
    let (total, overdue) = (at("dossiers_resolved_total"), at("dossiers_resolved_overdue"));
    let figure = |position: usize| {
        let pointer = format!("/observations/{position}/value");
        json!({"indicator": document.observations[position].indicator, "nature": "actual", "pointer": pointer})
    };
    let validation: Validation = serde_json::from_value(json!({
        "findings": [{
            "id": "V02", "rule": "V02", "severity": "error",
            "message": {"vi": "13 + 13 khác 19.", "en": "13 + 13 is not 19."},
            "figures": [figure(total), figure(overdue)],
        }],
        "repairs": [],
    }))
    .unwrap();
    let template = Template {
        snapshot: &snapshot,
        ward: ward(&snapshot, "07792"),
        quarter: quarter(),
        language: Language::Vi,
        document: Some(&document),
        validation: Some(&validation),
    };
    let bytes = template.write().unwrap();
    assert_eq!(rows(&bytes, "Phát hiện")[1], ["Lỗi", "V02", "13 + 13 khác 19."]);
    let sheet = rows(&bytes, "Số liệu");
    let mut comments = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    archive.by_name("xl/comments1.xml").unwrap().read_to_string(&mut comments).unwrap();
    for code in ["dossiers_resolved_total", "dossiers_resolved_overdue"] {
        let row = sheet.iter().position(|row| row[0] == code).unwrap() + 1;
        assert!(comments.contains(&format!("ref=\"F{row}\"")), "{code}: {comments}");
    }
    assert_eq!(comments.matches("Lỗi V02: 13 + 13 khác 19.").count(), 2);
}

#[actix_web::test]
async fn what_is_not_to_be_filled_in_is_locked() {
    let app = TestApp::real().await;
    let answer = export(&app, "/api/v1/exports/template.xlsx?ward=07798&quarter=2024-Q1", "vi").await;
    let mut sheet = String::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(answer.body)).unwrap();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert!(sheet.contains("<sheetProtection ") && !sheet.contains("password"), "protected, without a password");
    for rule in ["type=\"whole\"", "type=\"decimal\"", "\"Thực hiện,Mục tiêu,Đăng ký,Tham chiếu\"", "state=\"frozen\""]
    {
        assert!(sheet.contains(rule) || sheet.contains(&rule.replace('"', "&quot;")), "{rule}");
    }
}

/// A workbook with one part changed.
fn rewritten(bytes: &[u8], part: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        if name == part {
            content = change(std::str::from_utf8(&content).unwrap()).into_bytes();
        }
        writer.start_file(name, options).unwrap();
        writer.write_all(&content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[actix_web::test]
async fn files_made_to_harm_are_refused_unread() {
    let app = TestApp::real().await;
    let good = book(|sheet| texts(sheet, &[&["indicator", "value"], &["edocs_issued", "1"]]));
    read(&app, &good, Kind::Xlsx).unwrap();
    let refused = |bytes: &[u8], code: &str, about: &str| {
        let error = read(&app, bytes, Kind::Xlsx).unwrap_err();
        assert_eq!(error.code().as_str(), code, "{about}: {error}");
        told(&error)
    };
    let strings = "xl/sharedStrings.xml";
    let bomb = rewritten(&good, strings, |text| format!("{text}{}", " ".repeat(60 * 1024 * 1024)));
    assert!(bomb.len() < 1024 * 1024);
    assert!(refused(&bomb, "invalidFile", "a bomb").contains("too large"));
    let dense = rewritten(&good, strings, |text| format!("{text}{}", " ".repeat(1024 * 1024)));
    assert!(refused(&dense, "invalidFile", "a dense part").contains("too large"));
    // The directory and the part's own header say 10 bytes; a mebibyte comes out.
    let mut lying = dense.clone();
    let size = u32::try_from(1024 * 1024 + strings_length(&good)).unwrap().to_le_bytes();
    let places: Vec<_> = (0..lying.len() - 4).filter(|at| lying[*at..*at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    refused(&lying, "invalidFile", "a lying directory");
    let promising = rewritten(&good, strings, |text| text.replace("uniqueCount=\"", "uniqueCount=\"99999999999"));
    assert_ne!(promising, good);
    refused(&promising, "invalidFile", "more strings than bytes");
    let laughing = rewritten(&good, strings, |text| {
        let entities = "<!DOCTYPE sst [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
        text.replacen("<sst", &format!("{entities}<sst"), 1).replace("edocs_issued", "&b;")
    });
    refused(&laughing, "invalidFile", "entities");
    // Where there is no document type, an entity of that name is unknown, and nothing stands for it.
    let unknown = rewritten(&good, strings, |text| text.replace("edocs_issued", "&b;"));
    refused(&unknown, "invalidFile", "an unknown entity");
    let far = book(|sheet| {
        texts(sheet, &[&["indicator", "value"], &["edocs_issued", "1"]]);
        sheet.write_string(1_048_575, 16_383, "x").unwrap();
    });
    assert!(refused(&far, "invalidFile", "a cell far away").contains("Sheet1!XFD1048576"));
    let wide = book(|sheet| {
        sheet.write_string(0, 64, "x").unwrap();
    });
    refused(&wide, "invalidFile", "65 columns");
    refused(&vec![b'P'; 5 * 1024 * 1024 + 1], "payloadTooLarge", "5 MiB");
    assert!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "invalidFile", "Excel 97").contains(".xls"));
    for bytes in [&b""[..], b"PK", b"indicator,value\nedocs_issued,1\n", &good[..100]] {
        refused(bytes, "invalidFile", "no workbook");
    }
}

#[actix_web::test]
async fn what_a_small_file_would_be_made_into_is_bounded() {
    let app = TestApp::real().await;
    // One long text, named by many cells: the file holds it once.
    let long = "x".repeat(30_000);
    let named = book(|sheet| {
        texts(sheet, &[&["indicator", "value", "note"]]);
        for row in 1..1_000 {
            sheet.write_string(row, 0, "edocs_issued").unwrap();
            sheet.write_number(row, 1, 1.0).unwrap();
            sheet.write_string(row, 2, &long).unwrap();
        }
    });
    assert!(named.len() < 100_000);
    let mut sheets = Workbook::new();
    for _ in 0..21 {
        texts(sheets.add_worksheet(), &[&["indicator", "value"], &["edocs_issued", "1"]]);
    }
    let merged = book(|sheet| {
        texts(sheet, &[&["indicator", "value"], &["edocs_issued", "1"]]);
        for row in 0..1_001 {
            sheet.merge_range(row, 10, row, 11, "", &Format::new()).unwrap();
        }
    });
    for bytes in [named, sheets.save_to_buffer().unwrap(), merged] {
        let error = read(&app, &bytes, Kind::Xlsx).unwrap_err();
        assert_eq!(error.code().as_str(), "invalidFile");
        assert!(error.detail().en.contains("at most 20 sheets"), "{error}");
    }
    // Lines that say nothing are none, however many.
    let blank = format!("indicator,value\nedocs_issued,7\n{}", ",\n".repeat(100_000));
    assert_eq!(plain(&read(&app, blank.as_bytes(), Kind::Csv).unwrap().observations).len(), 1);
}

fn strings_length(bytes: &[u8]) -> usize {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name("xl/sharedStrings.xml").unwrap().read_to_string(&mut text).unwrap();
    text.len()
}

#[actix_web::test]
async fn a_formula_that_was_never_computed_is_no_empty_cell() {
    let app = TestApp::real().await;
    let bytes = book(|sheet| {
        texts(sheet, &[&["indicator", "value"], &["edocs_issued"]]);
        sheet.write_formula(1, 1, Formula::new("=SUM(1,2)").set_result("3")).unwrap();
    });
    assert_eq!(read(&app, &bytes, Kind::Xlsx).unwrap().observations[0].value.to_string(), "3");
    let uncomputed = rewritten(&bytes, "xl/worksheets/sheet1.xml", |text| text.replace("<v>3</v>", ""));
    assert_eq!(faults(&read(&app, &uncomputed, Kind::Xlsx).unwrap_err()), [("Sheet1!B2".to_owned(), "invalidFile")]);
}

#[actix_web::test]
async fn csv_files_are_read_by_line_and_column() {
    let app = TestApp::real().await;
    let header = "ward,quarter,indicator,nature,numerator,denominator,value";
    let good = format!(
        "\u{feff}{header}\r\n07792,2024-Q1,online_submission_rate,actual,45,58,77.5\r\n,,edocs_issued,,,,280\r\n"
    );
    let found = read(&app, good.as_bytes(), Kind::Csv).unwrap();
    assert_eq!(found.observations.len(), 4);
    // As a spreadsheet writes it where the comma is the decimal mark.
    let semicolons = "Chỉ tiêu;Giá trị\nTỷ lệ hồ sơ nộp trực tuyến;77,5\n\nSố văn bản điện tử đã ban hành;1.280\n";
    let found = read(&app, semicolons.as_bytes(), Kind::Csv).unwrap();
    let values: Vec<_> = found.observations.iter().map(|figure| figure.value.to_string()).collect();
    assert_eq!(values, ["77.5", "1280"]);
    let bad = format!(
        "{header}\n07798,2024-Q1,edocs_issued,,,,1\n07792,2024-Q2,edocs_issued,,,,1\n07792,2024-Q1,edocs_issued,,,,x\n07792,2024-Q1,satisfaction_rate,,,,77,5\n07792,2024-Q1,edocs_issued,hoped,,,1\n"
    );
    let error = read(&app, bad.as_bytes(), Kind::Csv).unwrap_err();
    let places: Vec<_> = faults(&error).into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["2:1", "3:2", "4:7", "5:1", "6:4"], "{error}");
    let not_text = [header.as_bytes(), b"\n07792,2024-Q1,edocs_issued,,,,\xff\n"].concat();
    assert_eq!(read(&app, &not_text, Kind::Csv).unwrap_err().code().as_str(), "notUtf8");
    let long = format!("{header}\n{}", ",,edocs_issued,,,,1\n".repeat(10_000));
    assert_eq!(faults(&read(&app, long.as_bytes(), Kind::Csv).unwrap_err())[0].0, "10001:3");
}

#[actix_web::test]
async fn what_looks_like_a_formula_is_text_in_every_workbook() {
    let app = TestApp::real().await;
    let quotes = ["=HYPERLINK(\"http://x\",\"y\")", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"];
    let line = |(at, quote): (usize, &&str)| {
        let code = ["edocs_issued", "mediation_cases", "thanks_letters_sent", "staff_total", "population"][at];
        format!("07798,2024-Q1,{code},,,,{},\"{}\"\n", at + 1, quote.replace('"', "\"\""))
    };
    let rows: String = quotes.iter().enumerate().map(line).collect();
    let file = format!("ward,quarter,indicator,nature,numerator,denominator,value,quote\n{rows}");
    app.import("town_officer", file.as_bytes()).unwrap();
    app.app.follow().await.unwrap();
    for path in [
        "report.xlsx?ward=07798&quarter=2024-Q1",
        "template.xlsx?ward=07798&quarter=2024-Q1",
        "quarter.xlsx?area=222&quarter=2024-Q1",
    ] {
        let answer = export(&app, &format!("/api/v1/exports/{path}"), "en").await;
        let mut workbook = open(&answer.body);
        for sheet in workbook.sheet_names() {
            assert!(workbook.worksheet_formula(&sheet).unwrap().is_empty(), "{path} {sheet}");
        }
        if !path.starts_with("quarter") {
            let cells = rows_of_all(&answer.body);
            for quote in quotes {
                assert!(cells.iter().any(|cell| cell == quote), "{path}: {quote}");
            }
        }
    }
}

fn rows_of_all(bytes: &[u8]) -> Vec<String> {
    let names = open(bytes).sheet_names();
    names.iter().flat_map(|name| rows(bytes, name)).flatten().collect()
}

#[actix_web::test]
async fn a_report_is_taken_away_as_it_is_printed() {
    let app = TestApp::real().await;
    let answer = export(&app, "/api/v1/exports/report.xlsx?ward=07792&quarter=2024-Q1", "vi").await;
    assert_eq!(
        open(&answer.body).sheet_names(),
        [
            "Báo cáo",
            "Số liệu",
            "Văn bản ban hành",
            "Dự án",
            "Nội dung",
            "Tồn tại, hạn chế",
            "Nhiệm vụ quý sau",
            "Văn bản được dẫn"
        ]
    );
    let figures = rows(&answer.body, "Số liệu");
    let rate = figures.iter().find(|row| row[0] == "online_submission_rate").unwrap();
    assert_eq!((rate[4].as_str(), rate[5].as_str()), ("77,5%", "77.5"));
    let report = seed::report().unwrap();
    assert_eq!(figures.len(), report.observations.len() + 1);
    let issued = open(&answer.body).worksheet_range("Văn bản ban hành").unwrap();
    assert_eq!(issued.height(), 15);
    // A date is a date, the year as printed.
    assert!(
        matches!(issued.get_value((2, 2)), Some(Data::DateTime(day)) if day.to_ymd_hms_milli() == (2023, 1, 5, 0, 0, 0, 0))
    );
    let told: String = rows(&answer.body, "Nội dung").concat().concat();
    for section in &report.narrative {
        for paragraph in section.text.split("\n\n") {
            assert!(told.contains(paragraph.trim()), "{paragraph}");
        }
    }
    assert_eq!(rows(&answer.body, "Tồn tại, hạn chế").len(), report.limitations.len() + 1);
    assert_eq!(rows(&answer.body, "Nhiệm vụ quý sau").len(), report.tasks.len() + 1);
    assert_eq!(rows(&answer.body, "Văn bản được dẫn").len(), report.cited_acts.len() + 1);
    // It is read again like any sheet of figures.
    let found = read(&app, &answer.body, Kind::Xlsx).unwrap();
    assert_eq!(plain(&found.observations), plain(&report.observations));
}

#[actix_web::test]
async fn a_quarter_is_what_the_aggregates_are() {
    let app = TestApp::demo().await;
    let token = app.token("viewer").await;
    let answer = export(&app, "/api/v1/exports/quarter.xlsx?area=222&quarter=2024-Q1", "en").await;
    let whole = rows(&answer.body, "The whole");
    let about = rows(&answer.body, "About");
    let of = |label: &str| about.iter().find(|row| row[0] == label).unwrap()[1].clone();
    assert_eq!((of("Quarter"), of("Wards expected")), ("2024-Q1".to_owned(), "17".to_owned()));
    assert!(about.iter().any(|row| row[0].contains("generated for demonstration")));
    for code in
        ["online_submission_rate", "satisfaction_rate", "dossiers_received_total", "poverty_rate", "edocs_issued"]
    {
        let path = format!("/api/v1/aggregates?area=222&quarter=2024-Q1&indicator={code}");
        let item = app.items(&token, &path).await.remove(0);
        let row = whole.iter().find(|row| row[0] == code).unwrap();
        for (column, name) in [(4, "value"), (5, "numerator"), (6, "denominator")] {
            let cell = row[column].parse::<f64>().ok();
            assert_eq!(cell, item[name].as_f64(), "{code} {name}");
        }
        assert!(row[8].starts_with(item["status"].as_str().unwrap()), "{code}: {}", row[8]);
        for (column, name) in [(9, "expected"), (10, "reported"), (11, "included")] {
            assert_eq!(row[column], item["coverage"][name].to_string(), "{code} {name}");
        }
        assert_eq!(row[14] == "yes", item["synthetic"] == json!(true), "{code}");
    }
    // Every ward has its row, with its own numerator and denominator.
    let sheet = rows(&answer.body, "Administrative dossiers");
    let top = &sheet[1];
    let column = top.iter().position(|name| name == "Online submission rate").unwrap();
    let real = sheet.iter().find(|row| row[0] == "07792").unwrap();
    assert_eq!(&real[column..column + 3], ["77.5862", "45", "58"]);
    assert_eq!(real[2], "imported");
    let of = |mark: &str| sheet.iter().filter(|row| row[0].starts_with("07") && row[2] == mark).count();
    let published = app.items(&token, "/api/v1/reports?quarter=2024-Q1").await;
    let synthetic = published.iter().filter(|report| report["synthetic"] == json!(true)).count();
    assert!(synthetic > 10);
    assert_eq!((of("generated"), of("no published report")), (synthetic, 17 - published.len()));
    let bound = top.iter().position(|name| name == "Dossiers through online services").unwrap();
    assert_eq!(real[bound], "over 90");
}

#[actix_web::test]
async fn who_is_missing_is_told_and_what_is_missing_is_empty() {
    let app = TestApp::real().await;
    let answer = export(&app, "/api/v1/exports/quarter.xlsx?area=222&quarter=2024-Q1", "vi").await;
    let missing = rows(&answer.body, "Còn thiếu");
    assert_eq!(missing.iter().filter(|row| row[4] == "chưa công bố báo cáo").count(), 16);
    let sheet = rows(&answer.body, "Sự hài lòng");
    let other = sheet.iter().find(|row| row[0] == "07798").unwrap();
    assert_eq!(other[2], "chưa công bố báo cáo");
    assert!(other[3..].iter().all(String::is_empty), "{other:?}");
}

#[actix_web::test]
async fn what_cannot_be_exported_is_refused_clearly() {
    let app = TestApp::real().await;
    let token = app.token("viewer").await;
    for (path, refusal) in [
        ("template.xlsx", "400 missingParameter"),
        ("template.xlsx?ward=07792", "400 missingParameter"),
        ("template.xlsx?ward=07792&quarter=2024-Q5", "400 invalidQuarter"),
        ("template.xlsx?ward=07792&quarter=2031-Q1", "422 quarterInFuture"),
        ("template.xlsx?ward=99999&quarter=2024-Q1", "404 areaNotFound"),
        ("template.xlsx?ward=222&quarter=2024-Q1", "404 areaNotFound"),
        ("template.xlsx?ward=07792&quarter=2025-Q3", "404 areaNotFound"),
        ("report.xlsx?ward=07798&quarter=2024-Q1", "404 reportNotFound"),
        ("quarter.xlsx?area=x&quarter=2024-Q1", "404 areaNotFound"),
        ("quarter.xlsx?area=222&quarter=2024-Q1&ward=07792", "400 unknownParameter"),
    ] {
        let answer = app.get_as(&token, &format!("/api/v1/exports/{path}")).await;
        assert_eq!(answer.refusal(), refusal, "{path}");
    }
}
