"use strict";
const assets = ASSETS;
const query = `# Hai thao tác: chọn bằng nút Chạy. / Two operations: choose with the Run button.
#
# 1. SignIn: ghi mật khẩu vào khung Variables, chạy, rồi chép accessToken vào khung Headers:
#    write the password into Variables, run, then copy the accessToken into Headers:
#    { "Authorization": "Bearer ..." }
# 2. Headline: tỷ lệ nộp hồ sơ trực tuyến. / the rate of online submission.

mutation SignIn($username: String! = "viewer", $password: String!) {
  createSession(username: $username, password: $password) {
    accessToken
    expiresIn
  }
}

query Headline {
  aggregates(area: "222", indicators: ["online_submission_rate"], quarter: "2024-Q1") {
    area { code name }
    value
    numerator
    denominator
    basis
    status
    synthetic
    coverage { expected reported included missing { area { name } reason } }
  }
}
`;
const element = (id) => document.getElementById(id);
const waiting = new Set(assets.map(({ url }) => url));

function explain(urls) {
  element("loading").hidden = true;
  element("notice").hidden = false;
  element("missing").replaceChildren(...[...urls].map((url) => {
    const item = document.createElement("li");
    item.textContent = url;
    return item;
  }));
}

function load({ url, integrity }) {
  const isStyle = url.endsWith(".css");
  const tag = document.createElement(isStyle ? "link" : "script");
  const loaded = new Promise((resolve, reject) => {
    tag.onload = () => {
      waiting.delete(url);
      resolve();
    };
    tag.onerror = () => reject(new Error(url));
  });
  Object.assign(tag, { integrity, crossOrigin: "anonymous" });
  // In the order of the list, whichever comes first.
  Object.assign(tag, isStyle ? { rel: "stylesheet", href: url } : { async: false, src: url });
  document.head.append(tag);
  return loaded;
}

function show() {
  element("loading").hidden = true;
  element("notice").hidden = true;
  element("graphiql").hidden = false;
  ReactDOM.createRoot(element("graphiql")).render(React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: location.pathname }),
    defaultQuery: query,
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
  }));
}

for (const origin of document.querySelectorAll(".origin")) {
  origin.textContent = location.origin;
}
// A network that drops packets gives no error for minutes.
const patience = setTimeout(() => explain(waiting), 6000);
Promise.all(assets.map(load)).then(show, () => explain(waiting)).finally(() => clearTimeout(patience));
