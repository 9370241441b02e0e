//! Deadlines, extensions and locks: who may set them, what they change, and what they refuse.

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};
use danbiet::domain::policy::Role;

const DEADLINES: &str = "/api/v1/deadlines";
const LOCKS: &str = "/api/v1/locks";

fn board(path: &str, area: &str, quarter: &str) -> String {
    format!("{path}?area={area}&quarter={quarter}")
}

/// Sets something by the tag that was just read.
async fn put(app: &TestApp, token: &str, path: &str, body: Value) -> Answer {
    let (area, quarter) = (body["area"].as_str().unwrap(), body["quarter"].as_str().unwrap());
    let read = app.get_as(token, &board(path, area, quarter)).await;
    let tag = read.header("etag").to_owned();
    app.put_as(token, path, Some(&tag).filter(|tag| !tag.is_empty()).map(String::as_str), body).await
}

fn due(board: &Value, level: usize) -> (&Value, &Value) {
    (&board["deadlines"][level]["dueOn"], &board["deadlines"][level]["source"])
}

#[actix_web::test]
async fn a_ward_has_its_extension_else_its_towns_date_else_the_decrees() {
    let app = TestApp::real().await;
    let (officer, viewer) = (app.token_of("town_officer"), app.token_of("viewer"));
    let read = |area: &'static str| async { app.get_as(&viewer, &board_of(area)).await.json() };
    // The cut-off, 14 March 2024, was a Thursday: one working day after it was Friday the 15th.
    let town = read("222").await;
    assert_eq!(due(&town, 0), (&json!("2024-03-15"), &json!("decree")));
    assert_eq!(due(&town, 1), (&json!("2024-03-20"), &json!("decree")));
    assert_eq!((&town["extensions"], &town["revision"]), (&json!([]), &Value::Null));

    let before = app.get_as(&viewer, "/api/v1/quarters/2024-Q1").await.header("etag").to_owned();
    let set = json!({"area": "222", "quarter": "2024-Q1", "level": "ward", "dueOn": "2024-03-18"});
    let answer = put(&app, &officer, DEADLINES, set).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(answer.json(), read("222").await, "what is answered is what is read afterwards");
    let ward = read("07792").await;
    assert_eq!(due(&ward, 0), (&json!("2024-03-18"), &json!("area")));
    assert_eq!(ward["deadlines"][0]["setBy"]["code"], json!("222"));
    assert_ne!(app.get_as(&viewer, "/api/v1/quarters/2024-Q1").await.header("etag"), before, "a revision");

    let extend = json!({"area": "07792", "quarter": "2024-Q1", "dueOn": "2024-03-20", "reason": "Mất điện hai ngày."});
    assert_eq!(put(&app, &officer, DEADLINES, extend).await.status, 200);
    let (town, ward, other) = (read("222").await, read("07792").await, read("07798").await);
    assert_eq!(due(&ward, 0), (&json!("2024-03-20"), &json!("extension")));
    assert_eq!(due(&other, 0), (&json!("2024-03-18"), &json!("area")));
    assert_eq!(
        (&town["extensions"][0]["area"]["code"], &town["extensions"][0]["reason"]),
        (&json!("07792"), &json!("Mất điện hai ngày."))
    );
    assert_eq!(town["revision"].as_i64().unwrap(), answer.json()["revision"].as_i64().unwrap() + 1);

    // Where all get longer than the extension, the extension takes nothing away.
    let later = json!({"area": "222", "quarter": "2024-Q1", "dueOn": "2024-03-25"});
    assert_eq!(put(&app, &officer, DEADLINES, later).await.status, 200);
    assert_eq!(due(&read("07792").await, 0), (&json!("2024-03-25"), &json!("area")));
    let of_quarter = app.get_as(&viewer, "/api/v1/quarters/2024-Q1?area=07792").await.json();
    assert_eq!(of_quarter["deadlines"]["ward"], json!("2024-03-25"));
    let everywhere = app.get_as(&viewer, "/api/v1/quarters/2024-Q1").await.json();
    assert_eq!(everywhere["deadlines"]["ward"], json!("2024-03-15"), "another town keeps the decree's");
    let graphql =
        "{ quarter(quarter: \"2024-Q1\") { deadlines(area: \"07792\") { ward } general: deadlines { ward } } }";
    let data = app.data(&viewer, graphql).await;
    assert_eq!(data["quarter"], json!({"deadlines": {"ward": "2024-03-25"}, "general": {"ward": "2024-03-15"}}));

    let back = json!({"area": "222", "quarter": "2024-Q1", "dueOn": null});
    assert_eq!(put(&app, &officer, DEADLINES, back).await.status, 200);
    assert_eq!(due(&read("222").await, 0), (&json!("2024-03-15"), &json!("decree")));
    assert_eq!(due(&read("07792").await, 0), (&json!("2024-03-20"), &json!("extension")));
}

fn board_of(area: &str) -> String {
    board(DEADLINES, area, "2024-Q1")
}

#[actix_web::test]
async fn an_extension_makes_a_late_report_timely_and_shows_in_every_read() {
    let app = TestApp::demo().await;
    let (officer, viewer) = (app.token_of("town_officer"), app.token_of("viewer"));
    let path = "/api/v1/reports?quarter=2024-Q1&limit=200";
    let late = |items: &[Value]| items.iter().filter(|it| it["inTime"] == json!(false)).cloned().collect::<Vec<_>>();
    let quarters = "/api/v1/quarters?area=222&from=2024-Q1&to=2024-Q1";
    let before = late(&app.items(&viewer, path).await);
    let counted = app.items(&viewer, quarters).await.remove(0)["reporting"].clone();
    assert_eq!(counted["late"], json!(before.len()));
    let ward = before[0]["area"]["code"].as_str().unwrap();
    let sent = before[0]["submittedAt"].as_str().unwrap();
    // Office hours in UTC are on the same day in Vietnam.
    let extend = json!({"area": ward, "quarter": "2024-Q1", "dueOn": sent[..10], "reason": "ốm"});
    assert_eq!(put(&app, &officer, DEADLINES, extend).await.status, 200);
    let after = late(&app.items(&viewer, path).await);
    assert_eq!(after.len(), before.len() - 1);
    let now = app.items(&viewer, quarters).await.remove(0)["reporting"].clone();
    assert_eq!(now["late"].as_u64().unwrap() + 1, counted["late"].as_u64().unwrap());
    assert_eq!(now["inTime"].as_u64().unwrap(), counted["inTime"].as_u64().unwrap() + 1);
    assert_eq!(now["completeness"], counted["completeness"]);
    // Another replica loads the same from the database.
    let other = app.another();
    assert_eq!(late(&other.items(&viewer, path).await), after);
}

#[actix_web::test]
async fn a_deadline_that_makes_no_sense_is_refused_and_changes_nothing() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let tag = app.get_as(&officer, &board_of("222")).await.header("etag").to_owned();
    let body = |more: Value| {
        let mut body = json!({"area": "222", "quarter": "2024-Q1", "dueOn": "2024-03-18"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let long = "a".repeat(2_001);
    for (more, refusal, pointer) in [
        // The cut-off itself leaves no working day (Decree 09/2019/NĐ-CP, article 8.5).
        (json!({"dueOn": "2024-03-14"}), "422 notMeaningful", "/dueOn"),
        (json!({"dueOn": "2204-03-18"}), "422 notMeaningful", "/dueOn"),
        (json!({"dueOn": "18/03/2024"}), "400 invalidBody", "/dueOn"),
        (json!({"dueOn": "2024-02-30"}), "400 invalidBody", "/dueOn"),
        (json!({"dueOn": 20_240_318}), "400 invalidBody", "/dueOn"),
        (json!({"level": "province"}), "422 notMeaningful", "/level"),
        (json!({"level": "huyện"}), "400 invalidBody", "/level"),
        (json!({"quarter": "2024Q1"}), "400 invalidQuarter", "/quarter"),
        (json!({"quarter": "2019-Q4"}), "404 quarterNotFound", "/quarter"),
        (json!({"area": "99999"}), "404 areaNotFound", "/area"),
        (json!({"area": "07792"}), "422 notMeaningful", "/reason"),
        (json!({"area": "07792", "reason": "  "}), "422 notMeaningful", "/reason"),
        (json!({"area": "07792", "reason": long}), "422 notMeaningful", "/reason"),
        (json!({"area": "07792", "reason": "ốm", "level": "town"}), "422 notMeaningful", "/level"),
        (json!({"area": "07792", "reason": "ốm", "dueOn": "2024-03-15"}), "422 notMeaningful", "/dueOn"),
        (json!({"until": "2024-03-18"}), "400 invalidBody", "/until"),
    ] {
        let tag = if more["area"] == json!("07792") { "*" } else { &tag };
        let answer = app.put_as(&officer, DEADLINES, Some(tag), body(more.clone())).await;
        assert_eq!(answer.refusal(), refusal, "{more}: {}", answer.json());
        assert_eq!(answer.json()["errors"][0]["pointer"], json!(pointer), "{more}");
    }
    let missing = app.put_as(&officer, DEADLINES, Some("*"), json!({"area": "222", "quarter": "2024-Q1"})).await;
    assert_eq!(missing.json()["errors"][0]["pointer"], json!("/dueOn"), "left out is not null");
    for area in ["24", "07798@2025-07-01"] {
        let body = body(json!({"area": area, "quarter": "2025-Q3", "dueOn": "2025-09-16", "reason": "ốm"}));
        assert_eq!(app.put_as(&officer, DEADLINES, Some("*"), body).await.refusal(), "403 forbidden", "{area}");
    }
    assert_eq!(app.get_as(&officer, &board_of("222")).await.header("etag"), tag, "nothing was written");
    let entries = danbiet::db::audit::verify(&mut app.connect()).unwrap().entries;
    assert_eq!(entries, 1, "only the report's publication");
    for path in ["/api/v1/deadlines?area=222", "/api/v1/deadlines?quarter=2024-Q1", "/api/v1/locks?quarter=2024-Q1"] {
        assert_eq!(app.get_as(&officer, path).await.refusal(), "400 missingParameter", "{path}");
    }
}

#[actix_web::test]
async fn a_write_names_the_state_that_it_replaces() {
    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let set = |day: u32| json!({"area": "222", "quarter": "2024-Q1", "dueOn": format!("2024-03-{day}")});
    let tag = app.get_as(&officer, &board_of("222")).await.header("etag").to_owned();
    assert_eq!(app.put_as(&officer, DEADLINES, None, set(18)).await.refusal(), "428 preconditionRequired");
    let first = app.put_as(&officer, DEADLINES, Some(&tag), set(18)).await;
    assert_eq!((first.status, first.header("cache-control")), (200, "no-store"));
    assert_eq!(app.put_as(&officer, DEADLINES, Some(&tag), set(19)).await.refusal(), "412 preconditionFailed");
    let current = first.header("etag").to_owned();
    // The same again changes nothing, and so takes no revision.
    let again = app.put_as(&officer, DEADLINES, Some(&current), set(18)).await;
    assert_eq!((again.status, again.header("etag")), (200, current.as_str()));
    assert_eq!(again.json()["revision"], first.json()["revision"]);
    let read =
        actix_web::test::TestRequest::get().uri(&board_of("222")).insert_header(("If-None-Match", current.clone()));
    assert_eq!(app.send(read.insert_header(("Authorization", format!("Bearer {officer}")))).await.status, 304);
    // Of several at once, one wins; another replica is no way around.
    let other = app.another();
    let replicas = [&app, &other];
    let writes = (19..23).zip([0, 1, 0, 1]).map(|(day, replica)| {
        let (officer, current) = (officer.clone(), current.clone());
        async move { replicas[replica].put_as(&officer, DEADLINES, Some(&current), set(day)).await.status }
    });
    let mut statuses = futures_util::future::join_all(writes).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412]);
    // What the town sets changes what its wards have, so a ward's tag moves with it.
    let ward = app.get_as(&officer, &board_of("07792")).await.header("etag").to_owned();
    assert_eq!(put(&app, &officer, DEADLINES, set(27)).await.status, 200);
    let extend = json!({"area": "07792", "quarter": "2024-Q1", "dueOn": "2024-03-28", "reason": "ốm"});
    assert_eq!(app.put_as(&officer, DEADLINES, Some(&ward), extend).await.refusal(), "412 preconditionFailed");
}

#[actix_web::test]
async fn a_deadline_can_be_set_before_its_quarter_begins_and_a_lock_cannot() {
    let app = TestApp::real().await;
    // Since 1 July 2025 wards belong to the province, whose officer manages their quarters.
    app.add_account("province", Role::TownOfficer, "24-2").await;
    let officer = app.token("province").await;
    // The cut-off, 14 March 2027, is a Sunday.
    let set = json!({"area": "24-2-is-no-code", "quarter": "2027-Q1", "dueOn": "2027-03-16"});
    assert_eq!(app.put_as(&officer, DEADLINES, Some("*"), set).await.refusal(), "404 areaNotFound");
    let code = app.items(&officer, "/api/v1/areas?at=2026-Q3&kind=province").await.remove(0)["code"].take();
    let set = json!({"area": code, "quarter": "2027-Q1", "dueOn": "2027-03-16"});
    assert_eq!(put(&app, &officer, DEADLINES, set).await.status, 200);
    let ward = app.get_as(&officer, &board(DEADLINES, "07798", "2027-Q1")).await.json();
    assert_eq!(due(&ward, 0), (&json!("2027-03-16"), &json!("area")));
    assert_eq!(app.get_as(&officer, &board(LOCKS, "07798", "2027-Q1")).await.refusal(), "422 quarterInFuture");
}

#[actix_web::test]
async fn a_locked_quarter_refuses_changes_until_it_is_opened_where_it_was_locked() {
    let app = TestApp::real().await;
    let (officer, viewer) = (app.token_of("town_officer"), app.token_of("viewer"));
    let lock = |area: &str, locked: bool, reason: &str| json!({"area": area, "quarter": "2024-Q1", "locked": locked, "reason": reason});
    let open = app.get_as(&viewer, &board(LOCKS, "07792", "2024-Q1")).await.json();
    assert_eq!((&open["locked"], &open["lockedBy"], &open["revision"]), (&json!(false), &Value::Null, &Value::Null));
    let answer = put(&app, &officer, LOCKS, lock("222", true, "Đã báo cáo lên tỉnh.")).await;
    assert_eq!((answer.status, &answer.json()["locked"]), (200, &json!(true)), "{}", answer.json());
    assert_eq!(answer.json()["lockedAt"], json!("2026-11-20T05:00:00Z"));

    let ward = app.get_as(&viewer, &board(LOCKS, "07792", "2024-Q1")).await.json();
    assert_eq!((&ward["locked"], &ward["lockedBy"]["code"]), (&json!(true), &json!("222")));
    let query = "{ quarter(quarter: \"2024-Q1\") { locked(area: \"07792\") everywhere: locked } }";
    let expected = json!({"locked": true, "everywhere": false});
    assert_eq!(app.data(&viewer, query).await["quarter"], expected);
    let rest = app.get_as(&viewer, "/api/v1/quarters/2024-Q1?area=07792").await.json();
    assert_eq!(rest["locked"], json!(true));

    let file = b"ward,quarter,indicator,nature,numerator,denominator,value\n07792,2024-Q1,edocs_issued,actual,,,3\n";
    let refused = app.import("town_officer", file).unwrap_err();
    let told = &refused.fields()[0];
    assert_eq!((told.pointer.as_str(), told.code.as_str()), ("2:2", "conflict"));
    assert!(told.detail.vi.contains("Đã báo cáo lên tỉnh.") && told.detail.vi.contains("Thị xã Việt Yên"));
    let other = b"ward,quarter,indicator,nature,numerator,denominator,value\n07792,2024-Q2,edocs_issued,actual,,,3\n";
    app.import("town_officer", other).unwrap();

    let above = put(&app, &officer, LOCKS, lock("07792", false, "sửa lỗi")).await;
    assert_eq!(above.refusal(), "409 conflict");
    // Its own lock beside the town's: opening the town's leaves it.
    assert_eq!(put(&app, &officer, LOCKS, lock("07792", true, "đang thanh tra")).await.status, 200);
    assert_eq!(put(&app, &officer, LOCKS, lock("222", false, "sửa lỗi")).await.status, 200);
    let ward = app.get_as(&viewer, &board(LOCKS, "07792", "2024-Q1")).await.json();
    assert_eq!((&ward["locked"], &ward["reason"]), (&json!(true), &json!("đang thanh tra")));
    assert_eq!(put(&app, &officer, LOCKS, lock("07792", false, "xong")).await.json()["locked"], json!(false));
    app.import("town_officer", file).unwrap();

    for (body, refusal) in [
        (lock("222", true, " "), "422 notMeaningful"),
        (lock("24", true, "x"), "403 forbidden"),
        (json!({"area": "222", "quarter": "2027-Q1", "locked": true, "reason": "x"}), "422 quarterInFuture"),
        (json!({"area": "222", "quarter": "2024-Q1", "locked": "yes", "reason": "x"}), "400 invalidBody"),
    ] {
        assert_eq!(app.put_as(&officer, LOCKS, Some("*"), body.clone()).await.refusal(), refusal, "{body}");
    }
    assert_eq!(app.put_as(&officer, LOCKS, None, lock("222", true, "x")).await.refusal(), "428 preconditionRequired");
}

#[actix_web::test]
async fn the_same_locks_hold_inside_a_transaction() {
    use danbiet::domain::aggregate::Published as _;
    use danbiet::domain::policy::{Action, Caller};
    use danbiet::service::lock::ensure_open;

    let app = TestApp::real().await;
    let officer = app.token_of("town_officer");
    let reader = Caller { role: Role::Admin, ..Caller::public() };
    let snapshot = app.app.snapshots.read(&reader, Action::FiguresRead).unwrap();
    let (ward, quarter) = (snapshot.areas().find("07792-1").unwrap(), "2024-Q1".parse().unwrap());
    let ask = || app.transact(|conn| ensure_open(conn, &snapshot, ward, quarter));
    assert!(ask().is_ok());
    let body = json!({"area": "222", "quarter": "2024-Q1", "locked": true, "reason": "x"});
    assert_eq!(put(&app, &officer, LOCKS, body).await.status, 200);
    assert!(!snapshot.locked(ward, quarter), "this snapshot is as of before");
    assert_eq!(ask().unwrap_err().code().as_str(), "conflict", "the transaction knows");
    let now = app.app.snapshots.read(&reader, Action::FiguresRead).unwrap();
    assert!(now.locked(ward, quarter) && !now.locked(ward, "2024-Q2".parse().unwrap()));
    assert!(!now.locked(now.areas().find("07798-2").unwrap(), quarter), "not of that town");
}
