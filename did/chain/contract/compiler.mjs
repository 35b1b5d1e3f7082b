// The compiler that package-lock.json names, and the settings that AnchorLog is compiled with, for all
// who compile it here.
import solc from "solc";

export const version = solc.version();

export const settings = {
  evmVersion: "cancun",
  viaIR: false,
  optimizer: { enabled: true, runs: 10000 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

// Compiles one source; `wanted` is what to put out for each contract, `forFile` for the file as a whole.
export function compile(name, content, wanted, forFile = []) {
  const outputSelection = { "*": { "*": wanted, "": forFile } };
  const sources = { [name]: { content } };
  const input = { language: "Solidity", sources, settings: { ...settings, outputSelection } };
  return JSON.parse(solc.compile(JSON.stringify(input)));
}
