// Does with a credential what the request on standard input asks, with the npm implementation of bbs-2023, and
// answers on standard output. Nothing is fetched: contexts and the controller's documents come in the request.
//
// {key, controller, method, contexts, header (hex), tasks: {name: task}} where a task is one of
//   {issue: document, mandatory: [pointers]}, {derive: credential, selective: [pointers]}, {verify: credential}

import * as multikey from '@digitalbazaar/bls12-381-multikey';
import * as suite from '@digitalbazaar/bbs-2023-cryptosuite';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import jsigs from 'jsonld-signatures';
import {readFileSync} from 'node:fs';

const request = JSON.parse(readFileSync(0, 'utf8'));
const header = new Uint8Array(Buffer.from(request.header, 'hex'));
const key = await multikey.from(request.key);
const known = {
  ...request.contexts,
  [request.method.id]: request.method,
  [request.controller.id]: request.controller,
};

async function documentLoader(url) {
  if(known[url] === undefined) {
    throw new Error(`not in the request: ${url}`);
  }
  return {contextUrl: null, documentUrl: url, document: structuredClone(known[url])};
}

const options = proof => ({
  suite: new DataIntegrityProof({date: false, ...proof}),
  purpose: new jsigs.purposes.AssertionProofPurpose(),
  documentLoader,
});

const does = {
  issue: ({issue, mandatory}) => jsigs.sign(issue, options({
    signer: key.signer(),
    cryptosuite: suite.createSignCryptosuite({mandatoryPointers: mandatory}),
  })),
  derive: ({derive, selective}) => jsigs.derive(derive, options({
    cryptosuite: suite.createDiscloseCryptosuite({selectivePointers: selective, presentationHeader: header}),
  })),
  verify: async ({verify}) => {
    const cryptosuite = suite.createVerifyCryptosuite({expectedPresentationHeader: header});
    return (await jsigs.verify(verify, options({cryptosuite}))).verified;
  },
};

const answers = {};
for(const [name, task] of Object.entries(request.tasks)) {
  const kind = Object.keys(does).find(kind => kind in task);
  try {
    answers[name] = await does[kind](structuredClone(task));
  } catch(error) {
    answers[name] = {error: error.message};
  }
}
process.stdout.write(JSON.stringify(answers));
