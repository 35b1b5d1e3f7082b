// Static analysis of AnchorLog.sol: every finding must stand in slither.json, with its reason, and every
// finding there must still be found. The environment variable SLITHER names the analyser (`make slither`).
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const explained = JSON.parse(readFileSync(join(here, "slither.json"), "utf8"));

const run = spawnSync(
  process.env.SLITHER ?? "slither",
  ["AnchorLog.sol", "--solc", join(here, "solc.mjs"), "--exclude-location", "--json", "-", "--json-types", "detectors,console"],
  { cwd: here, encoding: "utf8", maxBuffer: 1 << 26 },
);
if (run.error) fail(`the analyser does not run (${run.error.code}): use \`make slither\``);
let answer;
try {
  answer = JSON.parse(run.stdout);
} catch {
  fail(`the analyser gave no answer:\n${run.stderr}`);
}
if (!answer.success) fail(`the analysis failed: ${answer.error}`);
const console_ = answer.results.console?.stderr ?? "";
const detectors = Number(/with (\d+) detectors/.exec(console_)?.[1] ?? 0);
if (detectors < explained.leastDetectors) fail(`only ${detectors} detectors ran:\n${console_}`);

const found = (answer.results.detectors ?? []).map(({ check, impact, description }) => ({
  check,
  impact,
  description: description.trim().replace(/\s+/g, " "),
}));
const key = ({ check, description }) => `${check}: ${description}`;
const known = new Set(explained.findings.filter(({ reason }) => reason).map(key));
const seen = new Set(found.map(key));
const fresh = found.filter((finding) => !known.has(key(finding)));
const gone = explained.findings.filter((finding) => !seen.has(key(finding)));
for (const finding of fresh) console.error(`new finding (${finding.impact}) ${key(finding)}`);
for (const finding of gone) console.error(`explained and no longer found: ${key(finding)}`);
if (fresh.length + gone.length > 0) fail("mend the contract, or explain in slither.json; drop what is gone");
console.log(`slither: ${detectors} detectors, ${found.length} findings, all explained in slither.json`);

function fail(message) {
  console.error(message);
  process.exit(1);
}
