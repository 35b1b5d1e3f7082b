// The suites but bbs-2023. Given {documents: by URL, keys: by name, Multikeys with their secrets, now}.
//   issue({suite, key, credential, mandatory}), derive({secured, selective}), verify({suites, secured})
//   issue_2020({key, credential}): with Ed25519Signature2020
//   add({suite, key, secured}): one proof more; the proof's options come from the library
//   present({suite, key, presentation, challenge, domain}), verify_presentation({suites, presentation, challenge, domain})
//   verify_data({suite, secured}): what the one proof signs, in hexadecimal

import * as ecdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {converse, documentLoader, toHex, verdict} from './conversation.mjs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import jsigs from 'jsonld-signatures';

const signing = {
  'eddsa-jcs-2022': () => eddsaJcs.createSignCryptosuite(),
  'eddsa-rdfc-2022': () => eddsaRdfc,
  'ecdsa-rdfc-2019': () => ecdsaRdfc,
  'ecdsa-jcs-2019': () => ecdsaJcs.createSignCryptosuite(),
  'ecdsa-sd-2023': mandatory => ecdsaSd.createSignCryptosuite({mandatoryPointers: mandatory}),
};
const verifying = {
  'eddsa-jcs-2022': () => new DataIntegrityProof({cryptosuite: eddsaJcs.createVerifyCryptosuite()}),
  'eddsa-rdfc-2022': () => new DataIntegrityProof({cryptosuite: eddsaRdfc}),
  'ecdsa-rdfc-2019': () => new DataIntegrityProof({cryptosuite: ecdsaRdfc}),
  'ecdsa-jcs-2019': () => new DataIntegrityProof({cryptosuite: ecdsaJcs.createVerifyCryptosuite()}),
  'ecdsa-sd-2023': () => new DataIntegrityProof({cryptosuite: ecdsaSd.createVerifyCryptosuite()}),
  Ed25519Signature2020: () => new Ed25519Signature2020(),
};
const verifiers = names => names.map(name => verifying[name]());

await converse(given => {
  const signerOf = async name => {
    const multikey = name.endsWith('ed25519') ? ed25519Multikey : ecdsaMultikey;
    return (await multikey.from(given.keys[name])).signer();
  };
  const proofBy = async (suite, key, mandatory) => new DataIntegrityProof({
    signer: await signerOf(key), date: given.now, cryptosuite: signing[suite](mandatory),
  });
  const means = {documentLoader: documentLoader(given.documents), now: given.now};
  return {
    issue: async ({suite, key, credential, mandatory}) => vc.issue({
      credential, ...means, suite: await proofBy(suite, key, mandatory),
    }),
    issue_2020: async ({key, credential}) => vc.issue({credential, ...means, suite: new Ed25519Signature2020({
      signer: await signerOf(key), date: given.now,
    })}),
    add: async ({suite, key, secured}) => jsigs.sign(secured, {
      ...means, suite: await proofBy(suite, key), purpose: new jsigs.purposes.AssertionProofPurpose(),
    }),
    derive: ({secured, selective}) => vc.derive({verifiableCredential: secured, ...means, suite: new DataIntegrityProof({
      cryptosuite: ecdsaSd.createDiscloseCryptosuite({selectivePointers: selective}),
    })}),
    verify: async ({suites, secured}) => verdict(
      await vc.verifyCredential({credential: secured, ...means, suite: verifiers(suites)})),
    present: async ({suite, key, presentation, challenge, domain}) => vc.signPresentation({
      presentation, challenge, domain, ...means, suite: await proofBy(suite, key),
    }),
    verify_presentation: async ({suites, presentation, challenge, domain}) => {
      const found = await vc.verify({presentation, challenge, domain, ...means, suite: verifiers(suites)});
      return verdict({
        ...found, error: found.error ?? found.presentationResult?.error ?? found.credentialResults?.find(one => one.error)?.error,
      });
    },
    verify_data: async ({suite, secured}) => {
      const {proof, ...document} = secured;
      const stated = suite.includes('-jcs-') ? proof : {'@context': document['@context'], ...proof};
      const by = verifying[suite]();
      const verificationMethod = given.documents[proof.verificationMethod];
      const asked = {
        document, proof: stated, proofSet: [stated], cryptosuite: by._cryptosuite, dataIntegrityProof: by,
        verificationMethod, ...means,
      };
      return toHex(await (by._cryptosuite.createVerifyData ?? by.createVerifyData.bind(by))(asked));
    },
  };
});
