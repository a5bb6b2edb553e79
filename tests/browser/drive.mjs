// Opens one page in a headless Chromium, does what standard input asks for, and prints what came of it as JSON.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";

const [folder] = process.argv.slice(2);
const require = createRequire(`${folder}/package.json`);
const load = async (name) => {
  const module = await import(require.resolve(name));
  return module.default ?? module;
};
const [chromium, puppeteer] = [await load("@sparticuz/chromium"), await load("puppeteer-core")];
const axe = await readFile(require.resolve("axe-core"), "utf-8");

let input = "";
for await (const chunk of process.stdin) input += chunk;
const { page: address, steps } = JSON.parse(input);

const browser = await puppeteer.launch({
  args: [...chromium.args, "--no-sandbox"], executablePath: await chromium.executablePath(), headless: "shell",
});
try {
  const page = await browser.newPage();
  const said = [], asked = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  const results = [], client = await page.createCDPSession(), look = { scheme: "light", media: "" };
  for (const step of steps) {
    if (step.script === false) await page.setJavaScriptEnabled(false);
    if (step.size) await page.setViewport({ width: step.size[0], height: step.size[1] });
    if (step.scheme || step.media) {
      Object.assign(look, step);
      const features = [{ name: "prefers-color-scheme", value: look.scheme }];
      await client.send("Emulation.setEmulatedMedia", { media: look.media, features });
    }
    if (step.open) await page.goto(address, { waitUntil: "load" });
    let result = null;
    if (step.run) result = await page.evaluate(step.run);
    if (step.axe) {
      await page.evaluate(axe);
      result = await page.evaluate(async () => {
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
        const found = await globalThis.axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
        return found.violations.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))}`);
      });
    }
    if (step.screenshot) await page.screenshot({ path: step.screenshot, fullPage: step.whole ?? true });
    if (step.pdf) await page.pdf({ path: step.pdf, format: "A4", margin: { top: "15mm", bottom: "15mm", left: "12mm", right: "12mm" } });
    results.push(result);
  }
  console.log(JSON.stringify({ results, said, asked }));
} finally {
  await browser.close();
}
