// JSON-LD in safe mode to canonical N-Quads by RDFC-1.0. Given {documents: contexts by URL}.
//   canonize({documents}): for each {value: {nquads, labels}} or {error}
//   rdfc({nquads, hash}): for each data set, the same from N-Quads, with sha256 or sha384

import {attempt, converse, documentLoader} from './conversation.mjs';
import jsonld from 'jsonld';
import {canonize as rdfc} from 'rdf-canonize';

const each = async (inputs, call) => {
  const answers = [];
  for(const input of inputs) {
    answers.push(await attempt(() => call(input)));
  }
  return answers;
};

await converse(({documents: contexts}) => {
  // Three where the default is one: how much it may try for nodes that look alike.
  const canonicalization = labels => ({
    algorithm: 'RDFC-1.0', format: 'application/n-quads', canonicalIdMap: labels, maxWorkFactor: 3,
  });
  return {
    canonize: ({documents}) => each(documents, async document => {
      const labels = new Map();
      const nquads = await jsonld.canonize(document, {
        documentLoader: documentLoader(contexts), safe: true, canonizeOptions: canonicalization(labels),
      });
      return {nquads, labels: Object.fromEntries(labels)};
    }),
    rdfc: ({nquads, hash}) => each(nquads, async input => {
      const labels = new Map();
      const output = await rdfc(input, {
        inputFormat: 'application/n-quads', messageDigestAlgorithm: hash, ...canonicalization(labels),
      });
      return {nquads: output, labels: Object.fromEntries(labels)};
    }),
  };
});
