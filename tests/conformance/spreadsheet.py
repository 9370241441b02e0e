"""A sheet on its way: out of the service, filled by openpyxl, saved by LibreOffice as a workbook and as CSV, and in again.

The figures that come in are those that were typed, whichever program wrote the file last.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import openpyxl

ORIGIN = os.environ["DANBIET_URL"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WARD, QUARTER = "07792", "2024-Q2"
REPORT = f"/api/v1/wards/{WARD}/reports/{QUARTER}"
# The headings of the template by what is written under them.
CODE, VALUE, ABOVE, BELOW, OPERATOR = "Mã chỉ tiêu", "Giá trị", "Tử số", "Mẫu số", "Dấu"
TYPED = {
    "dossiers_received_total": {VALUE: 61},
    "dossiers_resolved_total": {VALUE: 20},
    "dossiers_in_progress_total": {VALUE: 41},
    "online_submission_rate": {VALUE: 78.7, ABOVE: 48, BELOW: 61},
    "satisfaction_rate": {VALUE: 98.5},
    "land_compensation_approved": {VALUE: 548147000},
    "edocs_issued": {VALUE: 280},
}
EXPECTED = {
    "dossiers_received_total": "61",
    "dossiers_resolved_total": "20",
    "dossiers_in_progress_total": "41",
    "dossiers_received_online": "48",
    "online_submission_rate": "78.7",
    "satisfaction_rate": "98.5",
    "land_compensation_approved": "548147000",
    "edocs_issued": "280",
}


def call(method, path, body=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(ORIGIN + path, body, {"Accept-Language": "vi", **headers}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refusal:
        sys.exit(f"{method} {path}: {refusal.code} {refusal.read().decode()}")


def fill(template, filled):
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    header = next(row for row in sheet.iter_rows() if row[0].value == CODE)
    columns = {cell.value: cell.column for cell in header if cell.value}
    open_cells, left = 0, dict(TYPED)
    for row in sheet.iter_rows(min_row=header[0].row + 1):
        typed = left.pop(row[0].value, {}) if row[0].value in left else {}
        for heading, number in typed.items():
            cell = sheet.cell(row[0].row, columns[heading])
            assert not cell.protection.locked, f"{cell.coordinate} is to be filled in and is locked"
            cell.value = number
            open_cells += 1
    assert not left, f"no row for {sorted(left)}"
    assert sheet.protection.sheet, "what is not to be filled in is not locked"
    assert all(cell.data_type != "f" for page in book.worksheets for row in page.iter_rows() for cell in row)
    book.save(filled)
    return open_cells


def office(file, kind, folder):
    """Has LibreOffice open a file and save it; what it cannot open it does not save."""
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", str(folder / "out"), str(file)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / "out" / f"{file.stem}.{kind.split(':')[0]}"


def figures(report):
    return {figure["indicator"]: figure["value"] for figure in report["document"]["observations"]}


def main():
    credentials = {"username": "ward_officer", "password": os.environ["DANBIET_DEMO_PASSWORD"]}
    _, _, body = call("POST", "/api/v1/sessions", json.dumps(credentials).encode(), Content_Type="application/json")
    bearer = "Bearer " + json.loads(body)["accessToken"]
    template = f"/api/v1/exports/template.xlsx?ward={WARD}&quarter={QUARTER}"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        _, _, body = call("GET", template, Authorization=bearer)
        (folder / "template.xlsx").write_bytes(body)
        typed = fill(folder / "template.xlsx", folder / "filled.xlsx")
        assert typed == sum(len(row) for row in TYPED.values())
        ways = [
            ("openpyxl", folder / "filled.xlsx", XLSX),
            ("LibreOffice, workbook", office(folder / "filled.xlsx", "xlsx", folder), XLSX),
            # 59 and 34 are the semicolon and the quotation mark, 76 is UTF-8: as a Vietnamese installation saves CSV.
            (
                "LibreOffice, CSV",
                office(folder / "filled.xlsx", "csv:Text - txt - csv (StarCalc):59,34,76,1", folder),
                "text/csv; charset=utf-8",
            ),
        ]
        tag = None
        for name, file, kind in ways:
            precondition = {"If_Match": tag} if tag else {"If_None_Match": "*"}
            _, headers, body = call(
                "POST", f"{REPORT}/file", file.read_bytes(), Authorization=bearer, Content_Type=kind, **precondition
            )
            tag, report = headers["ETag"], json.loads(body)
            assert figures(report) == EXPECTED, f"{name}: {figures(report)}"
            assert "ignoredColumns" not in report, f"{name}: {report['ignoredColumns']}"
        # What the service fills in itself, LibreOffice opens too, and it means the same.
        _, _, body = call("GET", template, Authorization=bearer)
        (folder / "own.xlsx").write_bytes(body)
        again = office(folder / "own.xlsx", "xlsx", folder)
        _, headers, body = call(
            "POST", f"{REPORT}/file", again.read_bytes(), Authorization=bearer, Content_Type=XLSX, If_Match=tag
        )
        assert figures(json.loads(body)) == EXPECTED, f"as filled in by the service: {figures(json.loads(body))}"
        print(f"{len(ways) + 1} passed, of {len(EXPECTED)} figures each")


main()
