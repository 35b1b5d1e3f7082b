// Compiles AnchorLog.sol and writes ../AnchorLog.json; with --check compares instead and fails on a difference.
// The output depends only on the source, the settings in compiler.mjs and the compiler that package-lock.json names.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile, settings, version } from "./compiler.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "AnchorLog.json");
const source = readFileSync(join(here, "AnchorLog.sol"), "utf8");
const lock = JSON.parse(readFileSync(join(here, "package-lock.json"), "utf8"));

const output = compile("AnchorLog.sol", source, [
  "abi",
  "evm.bytecode.object",
  "evm.deployedBytecode",
  "storageLayout",
]);

const complaints = output.errors ?? [];
if (complaints.length > 0) {
  for (const complaint of complaints) console.error(complaint.formattedMessage);
  process.exit(1);
}

const contract = output.contracts["AnchorLog.sol"].AnchorLog;
const deployed = contract.evm.deployedBytecode;
if (Object.keys(deployed.immutableReferences).length > 0) {
  console.error("the deployed code must not depend on its deployment: remove the immutables");
  process.exit(1);
}

const artefact = {
  contract: "AnchorLog",
  compiler: {
    name: "solc",
    version,
    integrity: lock.packages["node_modules/solc"].integrity,
  },
  settings,
  sourceSha256: createHash("sha256").update(source).digest("hex"),
  abi: contract.abi,
  bytecode: "0x" + contract.evm.bytecode.object,
  deployedBytecode: "0x" + deployed.object,
  storageLayout: contract.storageLayout,
};
const text = JSON.stringify(artefact, null, 1) + "\n";

if (process.argv.includes("--check")) {
  if (readFileSync(target, "utf8") !== text) {
    console.error("AnchorLog.json differs from what this source compiles to: run `npm run build`");
    process.exit(1);
  }
  console.log("AnchorLog.json is what AnchorLog.sol compiles to");
} else {
  writeFileSync(target, text);
  console.log(`wrote AnchorLog.json: ${deployed.object.length / 2} bytes at run time`);
}
