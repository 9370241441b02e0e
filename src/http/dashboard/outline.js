// The outline that wards' reports on grassroots democracy follow. Its headings are the document's words, so they are
// Vietnamese in either language of the page.
import { shift } from "./format.js";

const ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
const KINDS = { ward: "phường", commune: "xã", township: "thị trấn" };

/** Place, heading, and whether it stands below the numbered outline, with a star. */
const SECTIONS = [
  ["I", "CÔNG TÁC TRIỂN KHAI, CHỈ ĐẠO"],
  ["I.1", "Kết quả công tác quán triệt, phổ biến, tuyên truyền chủ trương của Đảng, chính sách, pháp luật của Nhà nước về thực hiện dân chủ ở cơ sở"],
  ["I.2", "Việc ban hành văn bản chỉ đạo và tổ chức thực hiện dân chủ ở cơ sở"],
  ["II", "KẾT QUẢ THỰC HIỆN DÂN CHỦ Ở CƠ SỞ"],
  ["II.1", "Thực hiện dân chủ ở {kind}"],
  ["II.1.a", "Đánh giá kết quả thực hiện Luật Thực hiện dân chủ ở cơ sở", true],
  ["II.1.b", "Kết quả thực hiện cải cách hành chính, đặc biệt là cải cách thủ tục hành chính", true],
  ["II.1.c", "Thực hiện trách nhiệm tiếp dân, đối thoại trực tiếp với nhân dân của người đứng đầu cấp ủy, chính quyền", true],
  ["II.1.d", "Việc xây dựng, sửa đổi, bổ sung hương ước, quy ước", true],
  ["II.1.e", "Kết quả hoạt động của các tổ hòa giải, các hoạt động tự quản cộng đồng, gắn với giảm nghèo bền vững và xây dựng đời sống văn hóa", true],
  ["II.2", "Thực hiện dân chủ trong hoạt động của UBND {kind}"],
  ["II.2.a", "Đánh giá việc thực hiện dân chủ trong hoạt động của cơ quan", true],
  ["II.2.b", "Đánh giá hoạt động của Ban Thanh tra nhân dân, Ban Giám sát đầu tư của cộng đồng", true],
  ["II.2.c", "Thực hiện dân chủ trong công tác thu hồi đất, bồi thường, hỗ trợ", true],
  ["III", "KẾT QUẢ TRIỂN KHAI THỰC HIỆN CÁC TIÊU CHÍ XÂY DỰNG CHÍNH QUYỀN THÂN THIỆN"],
  ["III.1", "Hoạt động của chính quyền thân thiện"],
  ["III.1.1", "Hoạt động công khai, minh bạch"],
  ["III.1.2", "“Mềm hóa” hoạt động của chính quyền"],
  ["III.2", "Xây dựng môi trường công sở văn minh, thân thiện"],
  ["III.2.1", "Đầu tư kinh phí xây dựng cơ sở vật chất, mua sắm trang thiết bị phục vụ hoạt động của bộ phận Một cửa"],
  ["III.2.2", "Xây dựng cảnh quan môi trường làm việc trong lành, thân thiện, xanh - sạch - đẹp"],
  ["III.3", "Cán bộ của chính quyền thân thiện, vì Nhân dân phục vụ"],
  ["III.3.1", "Đội ngũ cán bộ, công chức thân thiện và có trách nhiệm với Nhân dân"],
  ["III.3.2", "Người đứng đầu gương mẫu, thân thiện và có trách nhiệm với Nhân dân"],
  ["IV", "ĐÁNH GIÁ CHUNG"],
  ["IV.1", "Những kết quả chủ yếu"],
  ["IV.2", "Những hạn chế, yếu kém và nguyên nhân"],
  ["V", "PHƯƠNG HƯỚNG, NHIỆM VỤ {next}"],
];

/** The outline for a ward and a quarter: sections as the document has them, without their text. */
export function outlineOf(kind, quarter) {
  const [year, index] = shift(quarter, 1).split("-Q");
  const words = { kind: KINDS[kind] ?? KINDS.ward, next: `QUÝ ${ROMAN[index - 1]} NĂM ${year}` };
  return SECTIONS.map(([outline, heading, starred]) =>
    ({ outline, heading: heading.replace(/\{(\w+)\}/g, (_, name) => words[name]), ...(starred && { starred }) }));
}

const rank = (part) => (ROMAN.includes(part) ? ROMAN.indexOf(part) : part);

/** Which of two sections comes first. */
export function compareOutlines(left, right) {
  const [one, other] = [left, right].map((outline) => outline.split("."));
  for (const [at, part] of one.entries()) {
    if (other[at] === undefined) return 1;
    const [a, b] = [part, other[at]].map((name) => (at === 0 ? rank(name) : name));
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** The sections that a section stands in, the outermost first, and itself. */
const lineage = (outline) => outline.split(".").map((_, at, parts) => parts.slice(0, at + 1).join("."));

/**
 * A narrative with other words in some of its sections. A section that it lacks is put where the outline has it, with the
 * headings that it stands under.
 */
export function withSections(narrative, changes, outline) {
  const all = narrative.map((section) => ({ ...section, ...changes.get(section.outline) }));
  for (const name of [...changes.keys()].flatMap(lineage)) {
    const known = outline.find((one) => one.outline === name);
    if (all.some((one) => one.outline === name) || !(known || changes.has(name))) continue;
    const after = all.findIndex((one) => compareOutlines(one.outline, name) > 0);
    all.splice(after < 0 ? all.length : after, 0, { outline: name, heading: name, ...known, text: "", ...changes.get(name) });
  }
  return all;
}
