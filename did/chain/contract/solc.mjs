#!/usr/bin/env node
// The compiler as static analysis calls it: `solc.mjs --version`, `solc.mjs FILE --combined-json …`.
// Standard output is written synchronously: a pipe would cut it at 128 KiB when the process ends.
import { readFileSync, writeSync } from "node:fs";
import { compile, version } from "./compiler.mjs";

function write(text) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (fault) {
      if (fault.code !== "EAGAIN") throw fault; // the reader is slower than we are
    }
  }
}

if (process.argv[2] === "--version") {
  write(`Version: ${version}\n`);
  process.exit(0);
}

const file = process.argv[2];
const wanted = ["abi", "userdoc", "devdoc", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers"];
const output = compile(file, readFileSync(file, "utf8"), wanted, ["ast"]);
const complaints = output.errors ?? [];
for (const complaint of complaints) process.stderr.write(complaint.formattedMessage);
if (complaints.some((complaint) => complaint.severity === "error")) process.exit(1);

const contracts = {};
for (const [name, found] of Object.entries(output.contracts[file])) {
  contracts[`${file}:${name}`] = {
    abi: found.abi,
    userdoc: found.userdoc,
    devdoc: found.devdoc,
    hashes: found.evm.methodIdentifiers,
    bin: found.evm.bytecode.object,
    srcmap: found.evm.bytecode.sourceMap,
    "bin-runtime": found.evm.deployedBytecode.object,
    "srcmap-runtime": found.evm.deployedBytecode.sourceMap,
  };
}
write(JSON.stringify({ contracts, sources: { [file]: { AST: output.sources[file].ast } }, sourceList: [file], version }));
