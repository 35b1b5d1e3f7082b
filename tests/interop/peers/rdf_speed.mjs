// How long jsonld.js takes from parsed JSON-LD to canonical N-Quads, warm. In: {contexts by URL, documents by name} on
// standard input. Out: {name: {microseconds, nquads}}, medians of CPU time over interleaved rounds.

import {readFileSync} from 'node:fs';
import jsonld from 'jsonld';

const ROUNDS = 21;
const SAMPLE_MICROSECONDS = 5000;
const {contexts, documents} = JSON.parse(readFileSync(0, 'utf8'));
const documentLoader = async url => ({
  contextUrl: null, documentUrl: url, document: contexts[url], tag: 'static',
});
const canonize = document => jsonld.canonize(document, {
  documentLoader, safe: true, algorithm: 'RDFC-1.0', format: 'application/n-quads',
});

async function sample(document, loops) {
  const before = process.cpuUsage();
  for(let loop = 0; loop < loops; loop++) {
    await canonize(document);
  }
  const {user, system} = process.cpuUsage(before);
  return (user + system) / loops;
}

const cases = [];
for(const [name, document] of Object.entries(documents)) {
  const warm = await sample(document, 200);
  cases.push({name, document, loops: Math.max(1, Math.round(SAMPLE_MICROSECONDS / warm)), samples: []});
}
for(let round = 0; round < ROUNDS; round++) {
  for(const one of cases) {
    one.samples.push(await sample(one.document, one.loops));
  }
}
const answers = {};
for(const {name, document, samples} of cases) {
  const sorted = samples.sort((a, b) => a - b);
  answers[name] = {microseconds: sorted[sorted.length >> 1], nquads: await canonize(document)};
}
process.stdout.write(JSON.stringify(answers));
