// The words that only the form needs come with the form.
import { language, learn } from "./i18n.js";

const WORDS = { vi: () => import("./words-form-vi.js"), en: () => import("./words-form-en.js") };

export async function formWords() {
  learn((await WORDS[language()]()).default);
}
