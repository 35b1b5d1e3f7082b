// bbs-2023. Given {documents: by URL, key: Multikey with its secret, header: hexadecimal, now}.
//   issue({credential, mandatory}): with a base proof; derive({secured, selective}); verify({secured, header})

import * as multikey from '@digitalbazaar/bls12-381-multikey';
import * as suite from '@digitalbazaar/bbs-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {converse, documentLoader, fromHex, verdict} from './conversation.mjs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';

await converse(async given => {
  const header = fromHex(given.header);
  const key = await multikey.from(given.key);
  const means = proof => ({
    suite: new DataIntegrityProof({date: null, ...proof}),
    documentLoader: documentLoader(given.documents),
    now: given.now,
  });
  return {
    issue: ({credential, mandatory}) => vc.issue({credential, ...means({
      signer: key.signer(),
      cryptosuite: suite.createSignCryptosuite({mandatoryPointers: mandatory}),
    })}),
    derive: ({secured, selective}) => vc.derive({verifiableCredential: secured, ...means({
      cryptosuite: suite.createDiscloseCryptosuite({selectivePointers: selective, presentationHeader: header}),
    })}),
    verify: async ({secured, header: other}) => {
      const expectedPresentationHeader = other === undefined ? header : fromHex(other);
      const cryptosuite = suite.createVerifyCryptosuite({expectedPresentationHeader});
      return verdict(await vc.verifyCredential({credential: secured, ...means({cryptosuite})}));
    },
  };
});
