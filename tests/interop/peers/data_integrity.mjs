// The suites but bbs-2023 and eddsa-jcs-2022. Given {documents: by URL, keys: by name, Multikeys with their secrets, now}.
//   issue({suite, key, credential, mandatory}), derive({secured, selective}), verify({suite, secured})
//   verify_set({suites, secured}): several proofs; what is issued may have proofs already
//   issue_2020({key, credential}): with Ed25519Signature2020

import * as ecdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {converse, documentLoader, verdict} from './conversation.mjs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';

await converse(given => {
  const signing = {
    'eddsa-rdfc-2022': () => eddsaRdfc,
    'ecdsa-rdfc-2019': () => ecdsaRdfc,
    'ecdsa-jcs-2019': () => ecdsaJcs.createSignCryptosuite(),
    'ecdsa-sd-2023': mandatory => ecdsaSd.createSignCryptosuite({mandatoryPointers: mandatory}),
  };
  const verifying = {
    'eddsa-rdfc-2022': () => new DataIntegrityProof({cryptosuite: eddsaRdfc}),
    'ecdsa-rdfc-2019': () => new DataIntegrityProof({cryptosuite: ecdsaRdfc}),
    'ecdsa-jcs-2019': () => new DataIntegrityProof({cryptosuite: ecdsaJcs.createVerifyCryptosuite()}),
    'ecdsa-sd-2023': () => new DataIntegrityProof({cryptosuite: ecdsaSd.createVerifyCryptosuite()}),
    Ed25519Signature2020: () => new Ed25519Signature2020(),
  };
  const signerOf = async name => {
    const multikey = name === 'ed25519' ? ed25519Multikey : ecdsaMultikey;
    return (await multikey.from(given.keys[name])).signer();
  };
  const means = {documentLoader: documentLoader(given.documents), now: given.now};
  return {
    issue: async ({suite, key, credential, mandatory}) => vc.issue({credential, ...means, suite: new DataIntegrityProof({
      signer: await signerOf(key), date: given.now, cryptosuite: signing[suite](mandatory),
    })}),
    issue_2020: async ({key, credential}) => vc.issue({credential, ...means, suite: new Ed25519Signature2020({
      signer: await signerOf(key), date: given.now,
    })}),
    derive: ({secured, selective}) => vc.derive({verifiableCredential: secured, ...means, suite: new DataIntegrityProof({
      cryptosuite: ecdsaSd.createDiscloseCryptosuite({selectivePointers: selective}),
    })}),
    verify_set: async ({suites, secured}) => verdict(await vc.verifyCredential({
      credential: secured, ...means, suite: suites.map(suite => verifying[suite]()),
    })),
    verify: async ({suite, secured}) => verdict(
      await vc.verifyCredential({credential: secured, ...means, suite: verifying[suite]()})),
  };
});
