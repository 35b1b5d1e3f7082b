// eddsa-jcs-2022. Given {documents: by URL, key: Multikey with its secret, now}.
//   issue({credential}), sign({document}): the secured document
//   verify_credential({secured}), verify({secured}): whether it verifies

import * as multikey from '@digitalbazaar/ed25519-multikey';
import * as suite from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {converse, documentLoader, verdict} from './conversation.mjs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import jsigs from 'jsonld-signatures';

await converse(async given => {
  const signer = (await multikey.from(given.key)).signer();
  const means = cryptosuite => ({
    suite: new DataIntegrityProof({signer, date: given.now, cryptosuite}),
    documentLoader: documentLoader(given.documents),
    now: given.now,
  });
  const purpose = () => new jsigs.purposes.AssertionProofPurpose();
  const signing = () => means(suite.createSignCryptosuite());
  const verifying = () => means(suite.createVerifyCryptosuite());
  return {
    issue: ({credential}) => vc.issue({credential, ...signing()}),
    sign: ({document}) => jsigs.sign(document, {purpose: purpose(), ...signing()}),
    verify_credential: async ({secured}) => verdict(await vc.verifyCredential({credential: secured, ...verifying()})),
    verify: async ({secured}) => verdict(await jsigs.verify(secured, {purpose: purpose(), ...verifying()})),
  };
});
