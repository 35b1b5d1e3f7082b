// JSON-LD in safe mode to canonical N-Quads by RDFC-1.0. Given {documents: contexts by URL}.
//   canonize({documents}): for each {value: {nquads, labels}} or {error}
//   rdfc({nquads}): for each data set, the same from N-Quads

import {attempt, converse, documentLoader} from './conversation.mjs';
import jsonld from 'jsonld';
import {canonize as rdfc} from 'rdf-canonize';

await converse(given => {
  const loader = documentLoader(given.documents);
  const answer = async (canonize, input, options) => {
    const labels = new Map();
    const nquads = await canonize(input, {
      algorithm: 'RDFC-1.0', format: 'application/n-quads', canonicalIdMap: labels, ...options,
    });
    return {nquads, labels: Object.fromEntries(labels)};
  };
  const each = async (inputs, call) => {
    const answers = [];
    for(const input of inputs) {
      answers.push(await attempt(() => call(input)));
    }
    return answers;
  };
  return {
    canonize: ({documents}) => each(documents, document =>
      answer(jsonld.canonize, document, {documentLoader: loader, safe: true})),
    rdfc: ({nquads}) => each(nquads, input => answer(rdfc, input, {inputFormat: 'application/n-quads'})),
  };
});
